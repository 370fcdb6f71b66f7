"""Payments and Nordhang Digital: the black box.

What is planted: Nordhang wrote nearly everything that still matters; our own knower left in June 2026; the only
documents are years old; nobody recorded a decision. Beside it stand the traps: generated code of ours, an import of
1,200 lines, a mailmap that would turn Nordhang's past into ours, and parts that fare differently when Nordhang leaves.
"""

from __future__ import annotations

from planted.clock import day
from planted.documents import readme, runbook
from planted.people import sign
from planted.plan import Area, Crew, Deed, Foreign, Plan, Removal

END = "2026-09-28"
_MAILMAP = {"wiebke.claasen@nordhang.example": "wiebke.claasen@hansekontor.example"}
LARGE = (24, 34)
"""Payments is the largest system: what nobody of ours knows does not fit into Nordhang's last days."""
_NORDHANG_NOW = {"ben-harder": 4, "carla-voss": 4, "emil-sander": 3, "frida-nolte": 3}

API = Plan(
    id="payments-api",
    title="Payments API",
    founder="arne-volkers",
    releaser="ben-harder",
    manifest=("requirements.txt", "requirements.lock"),
    bumps=1.2,
    mailmap=_MAILMAP,
    attributes=("generated/** linguist-generated=true", "*.png binary"),
    areas=(
        Area(
            "capture",
            "py",
            ("authorise", "capture", "void", "partial", "retries", "idempotency", "limits", "test_capture"),
            ("payment", "card", "authorisation", "merchant", "attempt", "amount_block", "issuer"),
            (
                Crew(
                    "2020-10-01",
                    "2022-06-30",
                    1.8,
                    {"oskar-thiele": 2, "arne-volkers": 1, "ben-harder": 2, "carla-voss": 2, "wiebke-claasen": 2},
                ),
                Crew(
                    "2022-07-01",
                    "2025-03-31",
                    1.8,
                    {"ben-harder": 3, "carla-voss": 3, "emil-sander": 2, "oskar-thiele": 0.4},
                ),
                Crew("2025-04-01", "2026-06-15", 1.8, {**_NORDHANG_NOW, "oskar-thiele": 0.5}),
                Crew("2026-06-16", END, 2.2, _NORDHANG_NOW),
            ),
            strangers=0.0,
            functions=LARGE,
        ),
        Area(
            "settlement",
            "py",
            ("batches", "payouts", "cutoff", "fees", "reconcile", "carry_over", "test_batches"),
            ("batch", "payout", "fee", "cut_off", "statement", "bank_day", "transfer"),
            (
                Crew("2020-10-01", "2022-12-31", 1.5, {"wiebke-claasen": 3, "ben-harder": 2, "arne-volkers": 1}),
                Crew("2023-01-01", "2025-03-31", 1.5, {"wiebke-claasen": 6, "frida-nolte": 1, "emil-sander": 1}),
                Crew("2025-04-01", END, 1.5, {"frida-nolte": 4, "emil-sander": 3, "ben-harder": 2}),
            ),
            formerly=("settle", "2023-05-10", "wiebke-claasen"),
            functions=LARGE,
            strangers=0.015,
        ),
        # Dilan Korkmaz knows this and will be ours on 1 November 2026: the exit leaves one knower.
        Area(
            "tokens",
            "py",
            ("vault", "rotation", "lookup", "test_rotation"),
            ("token", "vault_key", "alias", "network_token", "holder"),
            (
                Crew("2021-02-01", "2023-12-31", 0.9, {"carla-voss": 3, "dilan-korkmaz": 2}),
                Crew("2024-01-01", END, 1.0, {"dilan-korkmaz": 5, "carla-voss": 2}),
            ),
            strangers=0.0,
            functions=LARGE,
        ),
        # Ruth Janssen knows this and leaves us on 30 November 2026: the exit leaves nobody.
        Area(
            "webhooks",
            "py",
            ("inbound", "signatures", "replay", "test_inbound"),
            ("webhook", "event_body", "signature_key", "delivery", "endpoint"),
            (
                Crew("2021-03-01", "2023-12-31", 0.9, {"carla-voss": 3, "ruth-janssen": 2}),
                Crew("2024-01-01", END, 1.0, {"ruth-janssen": 4, "carla-voss": 3}),
            ),
            strangers=0.0,
            functions=LARGE,
        ),
        Area(
            "fraud_rules",
            "py",
            ("velocity", "blocklist", "scoring", "review_queue", "test_scoring"),
            ("rule", "score", "velocity_window", "block_entry", "review_case", "device"),
            (
                Crew("2021-06-01", "2024-06-30", 1.0, {"emil-sander": 3, "ben-harder": 1}),
                Crew("2024-07-01", END, 1.0, {"emil-sander": 3, "frida-nolte": 3}),
            ),
            strangers=0.0,
            functions=LARGE,
        ),
    ),
    documents=(
        readme(
            "arne-volkers", "2020-11-12", "Payments API", {"capture": "takes the money", "settlement": "pays it out"}
        ),
        runbook(
            "docs/runbooks/settlement-late.md",
            "oskar-thiele",
            "2022-03-08",
            "settlement batch is late",
            ("settlement/batches.py",),
            dangling=("settle/batches.py", "capture/void.py"),
        ),
        runbook(
            "docs/runbooks/capture-fails.md",
            "oskar-thiele",
            "2022-05-17",
            "captures fail",
            ("capture/capture.py", "capture/retries.py"),
        ),
    ),
    foreign=(
        # Ours and large: were it not excluded, payments would look well known to us.
        Foreign(
            "generated/psp_client.py",
            "jonas-breit",
            (
                ("2025-06-03", 960),
                ("2025-08-12", 950),
                ("2025-10-14", 950),
                ("2025-12-02", 940),
                ("2026-01-20", 950),
                ("2026-03-10", 940),
                ("2026-05-12", 950),
                ("2026-07-07", 940),
                ("2026-08-18", 950),
            ),
            "generated",
        ),
        Foreign("docs/img/flow.png", "arne-volkers", (("2020-11-12", 40),), "binary"),
    ),
    removals=(Removal("2025-01-15", "carla-voss", "capture/void.py"),),
    deeds=(
        # Half past midnight in Hamburg on her first day with us is still the last day at Nordhang in UTC.
        Deed("2025-04-01", "settlement", lambda when: sign("wiebke-claasen", when), "Hand over batch limits", hour=0),
        # Written at Nordhang, committed by us two months later: the day of writing counts.
        Deed(
            "2025-05-12",
            "settlement",
            lambda when: sign("wiebke-claasen", when),
            "Carry over partial payouts",
            authored="2025-03-20",
            committer="jonas-breit",
        ),
    ),
)

LEDGER = Plan(
    id="ledger",
    title="Ledger",
    founder="arne-volkers",
    releaser="ben-harder",
    manifest=("go.mod", "go.sum"),
    mailmap=_MAILMAP,
    areas=(
        Area(
            "postings",
            "go",
            ("post", "reverse", "split", "journal", "balance", "post_test"),
            ("posting", "journal", "booking_line", "account", "ledger_day", "voucher"),
            (
                Crew("2020-10-01", "2022-12-31", 1.6, {"wiebke-claasen": 3, "ben-harder": 3, "oskar-thiele": 1}),
                Crew("2023-01-01", END, 1.6, {"ben-harder": 3, "emil-sander": 3}),
            ),
            functions=LARGE,
            strangers=0.015,
        ),
        Area(
            "accounts",
            "go",
            ("chart", "opening", "closing", "mapping", "chart_test"),
            ("account", "chart_entry", "period", "cost_centre", "opening_balance"),
            (
                Crew("2021-01-01", "2025-03-31", 1.5, {"wiebke-claasen": 5, "frida-nolte": 1}),
                Crew("2025-04-01", END, 1.0, {"frida-nolte": 3, "ben-harder": 2}),
            ),
            functions=LARGE,
            strangers=0.015,
        ),
    ),
    documents=(
        readme(
            "arne-volkers", "2020-12-01", "Ledger", {"postings": "books", "accounts": "holds the chart of accounts"}
        ),
        runbook(
            "docs/runbooks/close-period.md", "oskar-thiele", "2021-12-20", "closing a period", ("accounts/closing.go",)
        ),
    ),
    # More than a thousand lines at once are an import of ours, not knowledge; what was added later is Nordhang's.
    foreign=(
        Foreign("tables/rates.go", "arne-volkers", (("2025-11-04", 1200), ("2026-03-24", 16)), None, "emil-sander"),
    ),
)

REFUNDS = Plan(
    id="refunds",
    title="Refunds",
    founder="oskar-thiele",
    releaser="carla-voss",
    manifest=("package.json", "package-lock.json"),
    mailmap=_MAILMAP,
    areas=(
        Area(
            "flow",
            "ts",
            ("request", "approval", "payback", "split_refund", "expiry", "request_test"),
            ("refund", "approval", "payback", "claim", "refund_window", "customer"),
            (
                Crew("2021-04-01", "2025-03-31", 1.8, {"carla-voss": 1, "wiebke-claasen": 5, "oskar-thiele": 0.4}),
                Crew("2025-04-01", END, 1.2, {"carla-voss": 3, "frida-nolte": 3}),
            ),
            functions=LARGE,
            strangers=0.015,
        ),
        # Written with Quendel Labs and Ruth Janssen: after the exit another partner still knows it, but none of us.
        Area(
            "order_sync",
            "ts",
            ("orders", "lines", "returns", "orders_test"),
            ("order", "order_line", "return_slip", "sync_mark", "parcel"),
            (Crew("2022-02-01", END, 1.2, {"carla-voss": 3, "henrike-maas": 3, "ruth-janssen": 3}),),
            strangers=0.0,
            functions=LARGE,
        ),
    ),
    documents=(
        readme(
            "oskar-thiele",
            "2021-05-04",
            "Refunds",
            {"flow": "decides and pays back", "order_sync": "tells the order core"},
        ),
    ),
    first=day("2021-04-01"),
)

PLANS = (API, LEDGER, REFUNDS)
