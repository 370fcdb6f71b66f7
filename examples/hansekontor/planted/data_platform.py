"""The data platform and Brückau Data: how it should be.

What is planted: nothing may fire. Our people write most of it, pair with Brückau's, decide with them and check the
documents every summer. Traps: a vendored library Brückau updates, which would look like a lock-in if it were counted,
and a laptop of ours that only the mailmap leads to its owner.
"""

from __future__ import annotations

from planted.clock import day
from planted.documents import checks, madr3, madr4, readme, runbook
from planted.people import through_mailmap
from planted.plan import Area, Crew, Deed, Foreign, Plan, Removal, Round

END = "2026-09-28"

_DATA_NOW = {"ida-kroll": 3, "sofie-dahl": 3, "malte-brandt": 3, "tilda-moor": 1.3, "stefan-iversen": 1.3}
_DATA_MATES = ("ida-kroll", "sofie-dahl", "malte-brandt")
_DATA_CHECKS = checks("2024-08-06 sofie-dahl", "2025-07-22 malte-brandt", "2026-07-28 ida-kroll")


def _data_crews(first: str, pace: float) -> tuple[Crew, ...]:
    """Rosa Albers begins, Tilda Moor follows; more and more of the work, and half of the pairs, are ours."""
    began = {"rosa-albers": 2, "stefan-iversen": 2, "ida-kroll": 3}
    return (
        Crew(first, "2022-01-31", pace, began, 0.3, ("ida-kroll",)),
        Crew("2022-02-01", "2023-12-31", pace, {**began, "sofie-dahl": 2, "malte-brandt": 2}, 0.4, _DATA_MATES),
        Crew("2024-01-01", END, pace, {**_DATA_NOW, "ulf-nissen": 0.4}, 0.4, _DATA_MATES),
    )


EVENTS = Plan(
    id="events-lake",
    title="Events lake",
    founder="ida-kroll",
    releaser="ida-kroll",
    manifest=("requirements.txt", "requirements.lock"),
    mailmap={"ida@ida-laptop.local": "ida.kroll@hansekontor.example"},
    areas=(
        Area(
            "ingest",
            "py",
            ("readers", "parsers", "buffers", "offsets", "test_parsers"),
            ("event", "stream", "offset", "partition", "envelope"),
            _data_crews("2020-10-05", 1.7),
        ),
        Area(
            "schemas",
            "py",
            ("registry", "versions", "checks", "test_registry"),
            ("schema", "field_type", "schema_change", "contract"),
            _data_crews("2020-12-01", 1.3),
        ),
        Area(
            "quality",
            "py",
            ("freshness", "completeness", "outliers", "test_outliers"),
            ("check", "threshold", "sample", "incident"),
            _data_crews("2021-03-01", 1.3),
        ),
    ),
    rounds=(
        Round("2026-02-16", "sofie-dahl", "ingest", "tilda-moor"),
        Round("2026-03-16", "malte-brandt", "schemas", "stefan-iversen"),
        Round("2026-04-20", "ida-kroll", "quality", "tilda-moor"),
        Round("2026-05-18", "malte-brandt", "ingest"),
        Round("2026-06-15", "ida-kroll", "schemas"),
        Round("2026-07-13", "sofie-dahl", "quality"),
    ),
    documents=(
        readme(
            "ida-kroll",
            "2020-11-03",
            "Events lake",
            {"ingest": "reads events", "schemas": "says what they mean", "quality": "watches them"},
            _DATA_CHECKS,
        ),
        runbook(
            "docs/runbooks/late-events.md",
            "stefan-iversen",
            "2021-05-11",
            "events are late",
            ("ingest/readers.py", "quality/freshness.py"),
            _DATA_CHECKS,
        ),
        madr3(
            "docs/adr/0001-keep-raw-events.md",
            "ida-kroll",
            "Keep raw events",
            "2020-11-24",
            ("Ida Kroll", "Rosa Albers"),
            checked=_DATA_CHECKS,
        ),
        madr3(
            "docs/adr/0002-version-every-schema.md",
            "rosa-albers",
            "Version every schema",
            "2021-08-17",
            ("Rosa Albers", "Ida Kroll"),
            checked=_DATA_CHECKS,
        ),
        madr4(
            "docs/adr/0003-check-quality-at-the-door.md",
            "sofie-dahl",
            "Check quality at the door",
            "2023-02-07",
            ("Sofie Dahl", "Stefan Iversen"),
            checked=_DATA_CHECKS,
        ),
        madr4(
            "docs/adr/0004-share-the-on-call-week.md",
            "tilda-moor",
            "Share the on-call week",
            "2024-11-19",
            ("Tilda Moor", "Malte Brandt"),
            checked=_DATA_CHECKS,
        ),
    ),
    # Brückau's, large and not theirs: were it not excluded, the clean partner would look like a lock-in.
    foreign=(
        Foreign(
            "vendor/chartkit/render.py",
            "stefan-iversen",
            (("2025-03-04", 900), ("2025-09-09", 900), ("2026-02-10", 900), ("2026-04-14", 900), ("2026-08-04", 900)),
            "vendored",
        ),
    ),
    deeds=tuple(
        Deed(when, "ingest", lambda _: through_mailmap("ida-kroll", "ida", "ida@ida-laptop.local"), title)
        for when, title in (
            ("2023-01-17", "Try larger buffers"),
            ("2025-05-06", "Skip empty envelopes"),
            ("2026-01-13", "Note offsets twice"),
        )
    ),
)

REPORTING = Plan(
    id="reporting",
    title="Reporting",
    founder="ida-kroll",
    releaser="ida-kroll",
    manifest=("requirements.txt", "requirements.lock"),
    first=day("2021-02-01"),
    areas=(
        Area(
            "marts",
            "py",
            ("sales", "margins", "stock_days", "customers", "test_sales"),
            ("mart", "measure", "dimension", "fact_row"),
            _data_crews("2021-02-01", 1.6),
        ),
        Area(
            "exports",
            "py",
            ("files", "schedules", "receivers", "test_files"),
            ("export", "receiver", "file_drop", "schedule"),
            _data_crews("2021-05-01", 1.3),
        ),
    ),
    rounds=(
        Round("2026-03-02", "ida-kroll", "marts", "stefan-iversen"),
        Round("2026-05-04", "sofie-dahl", "exports", "tilda-moor"),
        Round("2026-06-29", "malte-brandt", "marts"),
        Round("2026-08-10", "ida-kroll", "exports"),
    ),
    documents=(
        readme(
            "sofie-dahl",
            "2021-06-15",
            "Reporting",
            {"marts": "what is counted", "exports": "who gets it"},
            _DATA_CHECKS,
        ),
        madr4(
            "docs/adr/0001-count-orders-once.md",
            "sofie-dahl",
            "Count orders once",
            "2022-09-27",
            ("Sofie Dahl", "Rosa Albers"),
            checked=_DATA_CHECKS,
        ),
    ),
    removals=(Removal("2024-04-16", "malte-brandt", "marts/stock_days.py"),),
)

PLANS = (EVENTS, REPORTING)
