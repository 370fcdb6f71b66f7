"""For whom somebody worked when: the order of evidence, stints, two organisations at once, weights, speed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copartner.analysis.knowledge.affiliation import Directory, EvidenceClass, attribute, pseudonym
from copartner.analysis.knowledge.base import CONTRIBUTION
from copartner.evidence.portfolio import (
    Affiliation,
    Bot,
    Company,
    EmailDomain,
    Organisation,
    Partner,
    PartnerKind,
    Person,
    Portfolio,
    Settings,
    email_digest,
)
from copartner.evidence.tables import CO_AUTHOR, COMMIT

DAY = date(2014, 6, 1)


def portfolio(
    people: Sequence[Person] = (), domains: Sequence[EmailDomain] = (), bots: Sequence[Bot] = ()
) -> Portfolio:
    return Portfolio(
        company=Company("hansekontor", "Hansekontor"),
        partners=(
            Partner("nordhang", "Nordhang Digital", PartnerKind.AGENCY),
            Partner("quendel", "Quendel Labs", PartnerKind.SOFTWARE_HOUSE),
        ),
        organisations=(Organisation("altdorf", "Altdorf Soft"),),
        domains=tuple(domains),
        people=tuple(people),
        bots=tuple(bots),
        repositories=(),
        systems=(),
        engagements=(),
        contracts=(),
        settings=Settings(),
        sha256="0" * 64,
    )


def person(name: str, *stints: Affiliation, emails: Sequence[str] = ()) -> Person:
    return Person(name, None, tuple(emails) or (f"{name}@mail.example",), stints)


def stint(organisation: str, first: str | None = None, last: str | None = None) -> Affiliation:
    return Affiliation(
        organisation, date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None
    )


def answer(
    declared: Portfolio, email: str, day: date | str = DAY, *, mapped: str | None = None, name: str = "N"
) -> tuple[str, str]:
    when = date.fromisoformat(day) if isinstance(day, str) else day
    found = Directory(declared).attribute(email, name, mapped or email, name, when)
    return found.organisation, found.evidence_class


def commits(rows: Sequence[tuple[str, str, date | datetime, bool]]) -> pa.Table:
    """Rows of (commit, raw e-mail, author time, merge); mailmap leaves the address alone."""
    table = []
    for commit, email, when, merge in rows:
        at = when if isinstance(when, datetime) else datetime(when.year, when.month, when.day, 12, tzinfo=UTC)
        values: dict[str, Any] = dict.fromkeys(COMMIT.schema.names, "")
        values |= {
            "repository": "r",
            "commit": commit,
            "parents": [],
            "is_merge": merge,
            "author_email_raw": email,
            "author_email": email,
            "author_time": at,
            "author_offset_minutes": 0,
            "commit_time": at,
        }
        table.append(values)
    return pa.Table.from_pylist(table, schema=COMMIT.schema)


def trailers(rows: Sequence[tuple[str, int, str]]) -> pa.Table:
    values = [
        {
            "repository": "r",
            "commit": commit,
            "ordinal": ordinal,
            "name_raw": "",
            "email_raw": email,
            "name": "",
            "email": email,
        }
        for commit, ordinal, email in rows
    ]
    return pa.Table.from_pylist(values, schema=CO_AUTHOR.schema)


# The two mistakes real tools made on real history


def test_todays_employer_does_not_reach_old_commits_through_mailmap() -> None:
    """Mailmap leads the address of 2014 to the one of today, whose owner bought the employer of 2014 years later."""
    declared = portfolio(
        [person("kim", stint("quendel", "2018-01-01"), emails=["kim@quendel.example"])],
        [EmailDomain("nordhang.example", "nordhang"), EmailDomain("quendel.example", "quendel")],
    )
    assert answer(declared, "kim@nordhang.example", mapped="kim@quendel.example") == ("nordhang", "domain")
    # Nor does mailmap's own domain count where the raw address says nothing.
    assert answer(declared, "kim@gmail.com", mapped="kim@quendel.example") == ("unknown", "unknown")
    assert answer(declared, "kim@gmail.com", "2018-01-01", mapped="kim@quendel.example") == ("quendel", "mailmap")


def test_an_undated_record_does_not_override_a_corporate_address() -> None:
    """The record says where the person works, the address of 2014 says for whom that commit was made."""
    declared = portfolio(
        [person("kim", stint("quendel"), emails=["kim@nordhang.example", "kim@gmail.com"])],
        [EmailDomain("nordhang.example", "nordhang")],
    )
    assert answer(declared, "kim@nordhang.example") == ("nordhang", "domain")
    assert answer(declared, "kim@gmail.com") == ("quendel", "undated_affiliation")


# Order of evidence


def test_a_dated_affiliation_outranks_the_domain_on_its_days_only() -> None:
    declared = portfolio(
        [person("kim", stint("quendel", "2014-01-01", "2014-12-31"), emails=["kim@nordhang.example"])],
        [EmailDomain("nordhang.example", "nordhang")],
    )
    assert answer(declared, "kim@nordhang.example", "2013-12-31") == ("nordhang", "domain")
    assert answer(declared, "kim@nordhang.example", "2014-01-01") == ("quendel", "dated_affiliation")
    assert answer(declared, "kim@nordhang.example", "2014-12-31") == ("quendel", "dated_affiliation")
    assert answer(declared, "kim@nordhang.example", "2015-01-01") == ("nordhang", "domain")


def test_a_day_no_stint_covers_is_unknown_rather_than_the_next_or_last_stint() -> None:
    declared = portfolio([person("kim", stint("nordhang", "2014-01-01", "2014-12-31"))])
    assert answer(declared, "kim@mail.example", "2013-06-01") == ("unknown", "unknown")
    assert answer(declared, "kim@mail.example", "2015-06-01") == ("unknown", "unknown")


def test_letter_case_and_digests_do_not_matter() -> None:
    declared = portfolio([person("kim", stint("nordhang", "2014-01-01"), emails=[email_digest("Kim@Mail.example")])])
    assert answer(declared, "KIM@mail.EXAMPLE") == ("nordhang", "dated_affiliation")
    assert answer(declared, "tim@mail.example") == ("unknown", "unknown")


def test_the_longest_domain_valid_on_the_day_decides() -> None:
    declared = portfolio(
        domains=[
            EmailDomain("nordhang.example", "nordhang"),
            EmailDomain("labs.nordhang.example", "quendel", date(2018, 1, 1), None),
        ]
    )
    assert answer(declared, "a@ci.labs.nordhang.example", "2017-12-31") == ("nordhang", "domain")
    assert answer(declared, "a@ci.labs.nordhang.example", "2018-01-01") == ("quendel", "domain")
    assert answer(declared, "a@labs.nordhang.example.org") == ("unknown", "unknown")
    assert answer(declared, "a@hardnordhang.example") == ("unknown", "unknown")


@pytest.mark.parametrize("email", ["", "no-at-sign", "@", "x@", "kim@localhost", "a@b@c", " kim@x ", "\udce9@x"])
def test_malformed_addresses_are_unknown(email: str) -> None:
    declared = portfolio(domains=[EmailDomain("nordhang.example", "nordhang")])
    assert answer(declared, email) == ("unknown", "unknown")


def test_bots_come_first_and_are_told_by_raw_address_or_name() -> None:
    declared = portfolio(
        [person("kim", stint("nordhang", "2014-01-01"), emails=["kim@nordhang.example"])],
        [EmailDomain("nordhang.example", "nordhang")],
        [
            Bot("renovate", ("renovate@*",), ("*[bot]",)),
            Bot("hidden", (email_digest("zuul@nordhang.example"),)),
        ],
    )
    assert answer(declared, "Renovate@nordhang.example") == ("bot", "bot")
    assert answer(declared, "kim@nordhang.example", name="helper[BOT]") == ("bot", "bot")
    assert answer(declared, "kim@nordhang.example", name="helper b") == ("nordhang", "dated_affiliation")
    assert answer(declared, "zuul@nordhang.example") == ("bot", "bot")
    # The address mailmap leads to does not make a machine of a person.
    assert answer(declared, "kim@nordhang.example", mapped="renovate@x.example") == ("nordhang", "dated_affiliation")


# Several stints


def test_a_second_stint_at_the_same_partner_is_kept() -> None:
    """hatstall#108, sortinghat#955: the second stint was lost or put in the wrong order."""
    declared = portfolio(
        [
            person(
                "kim",
                stint("nordhang", "2018-01-01"),
                stint("hansekontor", "2015-01-01", "2017-12-31"),
                stint("nordhang", "2012-01-01", "2014-12-31"),
            )
        ]
    )
    by_year = [answer(declared, "kim@mail.example", date(year, 6, 1))[0] for year in range(2011, 2020)]
    assert by_year == ["unknown"] + ["nordhang"] * 3 + ["hansekontor"] * 3 + ["nordhang"] * 2


def test_from_partner_to_employee_keeps_the_earlier_commits_with_the_partner() -> None:
    declared = portfolio(
        [person("kim", stint("nordhang", None, "2016-03-31"), stint("hansekontor", "2016-04-01", None))],
        [EmailDomain("hansekontor.example", "hansekontor")],
    )
    assert answer(declared, "kim@mail.example", "2016-03-31") == ("nordhang", "dated_affiliation")
    assert answer(declared, "kim@mail.example", "2016-04-01") == ("hansekontor", "dated_affiliation")


def test_merging_organisations_keeps_history() -> None:
    """sortinghat#571: after Altdorf was merged into Nordhang its years stay its own."""
    declared = portfolio(
        [person("kim", stint("altdorf", None, "2017-06-30"), stint("nordhang", "2017-07-01"))],
        [
            EmailDomain("altdorf.example", "altdorf", None, date(2017, 6, 30)),
            EmailDomain("altdorf.example", "nordhang", date(2017, 7, 1), None),
        ],
    )
    for email in ("kim@mail.example", "colleague@altdorf.example"):
        assert answer(declared, email, "2017-06-30")[0] == "altdorf"
        assert answer(declared, email, "2017-07-01")[0] == "nordhang"


def test_two_organisations_at_once() -> None:
    declared = portfolio(
        [
            person(
                "kim",
                stint("nordhang", "2013-01-01"),
                stint("quendel", "2014-01-01"),
                stint("altdorf", "2014-01-01"),
                emails=["kim@mail.example", "kim@nordhang.example", "kim@hansekontor.example"],
            )
        ],
        [EmailDomain("nordhang.example", "nordhang"), EmailDomain("hansekontor.example", "hansekontor")],
    )
    # The domain names one of the two.
    assert answer(declared, "kim@nordhang.example") == ("nordhang", "dated_affiliation")
    # It names none of them: the one that began last, and of two that began together the one declared first.
    assert answer(declared, "kim@mail.example") == ("quendel", "dated_affiliation")
    assert answer(declared, "kim@hansekontor.example") == ("quendel", "dated_affiliation")
    assert answer(declared, "kim@mail.example", "2013-06-01") == ("nordhang", "dated_affiliation")


def test_the_affiliation_of_a_person_on_a_day() -> None:
    directory = Directory(
        portfolio([person("kim", stint("nordhang", "2014-01-01", "2014-12-31"), stint("altdorf")), person("mara")])
    )
    assert directory.affiliation("kim", date(2014, 5, 1)) == ("nordhang", EvidenceClass.DATED_AFFILIATION)
    assert directory.affiliation("kim", date(2015, 5, 1)) == ("altdorf", EvidenceClass.UNDATED_AFFILIATION)
    assert directory.affiliation("mara", DAY) is None
    with pytest.raises(KeyError):
        directory.affiliation("nobody", DAY)


# Person identity


def test_identity_is_the_raw_addresss_person_then_mailmaps_then_a_pseudonym() -> None:
    directory = Directory(portfolio([person("kim"), person("mara")]))

    def identity(raw: str, mapped: str) -> str:
        return directory.attribute(raw, "N", mapped, "N", DAY).person

    assert identity("kim@mail.example", "mara@mail.example") == "kim"
    assert identity("old@mail.example", "mara@mail.example") == "mara"
    assert identity("old@mail.example", "New@mail.example") == pseudonym("new@mail.example", "")
    assert identity("other@mail.example", "new@mail.example") == pseudonym("new@mail.example", "")
    assert pseudonym("a@b.example", "") == "p-ebb18a030bf1"
    assert pseudonym("", "Kim") != pseudonym("", "Mara")


# The table


def test_the_table_has_the_published_schema_and_no_merges() -> None:
    declared = portfolio([person("kim", stint("nordhang", "2014-01-01"))])
    table = attribute(
        declared,
        commits(
            [("c2", "kim@mail.example", DAY, False), ("c1", "x@y.example", DAY, False), ("c3", "kim@m", DAY, True)]
        ),
        trailers([("c3", 0, "kim@mail.example")]),
    )
    assert table.schema == CONTRIBUTION
    assert table["commit"].to_pylist() == ["c1", "c2"]
    assert table["organisation"].to_pylist() == ["unknown", "nordhang"]
    assert attribute(declared, COMMIT.schema.empty_table(), CO_AUTHOR.schema.empty_table()).num_rows == 0


def test_co_authors_share_a_commit_and_the_author_counts_once() -> None:
    declared = portfolio(
        [
            person("kim", stint("nordhang", "2014-01-01"), emails=["kim@mail.example", "kim@home.example"]),
            person("mara", stint("hansekontor", "2014-01-01")),
        ]
    )
    table = attribute(
        declared,
        commits([("c1", "kim@mail.example", DAY, False)]),
        trailers([("c1", 0, "kim@home.example"), ("c1", 1, "mara@mail.example"), ("c1", 2, "mara@mail.example")]),
    )
    assert table.select(["person", "organisation", "weight", "ordinal"]).to_pylist() == [
        {"person": "kim", "organisation": "nordhang", "weight": 0.5, "ordinal": 0},
        {"person": "mara", "organisation": "hansekontor", "weight": 0.5, "ordinal": 2},
    ]


@pytest.mark.parametrize(
    ("when", "organisation"),
    [
        (datetime(2014, 12, 31, 23, 59, 59, 999999, UTC), "nordhang"),
        (datetime(2015, 1, 1, 0, 0, 0, 0, UTC), "quendel"),
        (datetime(1969, 12, 31, 23, 0, tzinfo=UTC), "nordhang"),
        (datetime(9999, 12, 31, tzinfo=UTC), "quendel"),
    ],
)
def test_the_day_is_the_utc_day_of_authoring(when: datetime, organisation: str) -> None:
    declared = portfolio([person("kim", stint("nordhang", None, "2014-12-31"), stint("quendel", "2015-01-01"))])
    table = attribute(declared, commits([("c", "kim@mail.example", when, False)]), CO_AUTHOR.schema.empty_table())
    assert table["organisation"].to_pylist() == [organisation]


PEOPLE = ["kim@mail.example", "mara@mail.example", "x@nordhang.example", "renovate@x", "y@z.example"]
DECLARED = portfolio(
    [person("kim", stint("nordhang", "2014-01-01")), person("mara", stint("hansekontor"))],
    [EmailDomain("nordhang.example", "nordhang")],
    [Bot("renovate", ("renovate@*",))],
)


@given(
    st.lists(
        st.tuples(st.sampled_from(PEOPLE), st.booleans(), st.lists(st.sampled_from(PEOPLE), max_size=6)), max_size=8
    )
)
def test_weights_of_a_commit_sum_to_one(history: list[tuple[str, bool, list[str]]]) -> None:
    table = attribute(
        DECLARED,
        commits([(f"c{i}", email, DAY, merge) for i, (email, merge, _) in enumerate(history)]),
        trailers([(f"c{i}", n, email) for i, (_, _, co) in enumerate(history) for n, email in enumerate(co)]),
    )
    sums: dict[str, float] = defaultdict(float)
    for row in table.to_pylist():
        sums[row["commit"]] += row["weight"]
    assert set(sums) == {f"c{i}" for i, (_, merge, _) in enumerate(history) if not merge}
    assert all(total == pytest.approx(1) for total in sums.values())
    keys = list(zip(table["commit"].to_pylist(), table["ordinal"].to_pylist(), strict=True))
    assert len(set(keys)) == len(keys)


days = st.integers(0, 400).map(lambda n: date(2014, 1, 1) + timedelta(n))
periods = st.tuples(st.none() | days, st.none() | days).filter(lambda p: not (p[0] and p[1] and p[1] < p[0]))
stints = st.builds(
    lambda organisation, p: Affiliation(organisation, *p),
    st.sampled_from(["nordhang", "quendel", "hansekontor", "altdorf"]),
    periods,
)


@given(st.lists(stints, min_size=1, max_size=4), st.data())
def test_changing_one_affiliation_moves_only_commits_inside_it(before: list[Affiliation], data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(before) - 1))
    changed = data.draw(stints)
    after = [*before[:position], changed, *before[position + 1 :]]
    inside = [before[position], changed]

    def history(affiliations: list[Affiliation]) -> list[str]:
        declared = portfolio([person("kim", *affiliations)], [EmailDomain("mail.example", "quendel", None, DAY)])
        days_ = [date(2013, 12, 1) + timedelta(n) for n in range(0, 500, 7)]
        table = attribute(
            declared,
            commits([(f"{d}", "kim@mail.example", d, False) for d in days_]),
            CO_AUTHOR.schema.empty_table(),
        )
        return list(zip(table["commit"].to_pylist(), table["organisation"].to_pylist(), strict=True))

    for (day, old), (_, new) in zip(history(before), history(after), strict=True):
        if old != new:
            assert any(stint.covers(date.fromisoformat(day)) for stint in inside)


@given(st.lists(stints, max_size=4), st.lists(periods, max_size=3), days)
def test_the_precomputed_course_answers_like_the_rules_asked_day_by_day(
    affiliations: list[Affiliation], validity: list[tuple[date | None, date | None]], day: date
) -> None:
    domains = [EmailDomain("mail.example", "altdorf", *period) for period in validity]
    declared = portfolio([person("kim", *affiliations)], domains)
    covering = [a for a in affiliations if a.dated and a.covers(day)]
    valid = any((d.valid_from or date.min) <= day <= (d.valid_to or date.max) for d in domains)
    if covering and valid and any(a.organisation == "altdorf" for a in covering):
        expected = ("altdorf", "dated_affiliation")
    elif covering:
        begun = max(a.valid_from or date.min for a in covering)
        first = next(a for a in covering if (a.valid_from or date.min) == begun)
        expected = (first.organisation, "dated_affiliation")
    elif valid:
        expected = ("altdorf", "domain")
    elif any(not a.dated for a in affiliations):
        expected = (next(a.organisation for a in affiliations if not a.dated), "undated_affiliation")
    else:
        expected = ("unknown", "unknown")
    assert answer(declared, "kim@mail.example", day) == expected


def test_sixty_thousand_commits_take_less_than_a_second_of_cpu() -> None:
    people = [
        person(f"p{i}", stint("nordhang", None, "2015-01-01"), stint("quendel", "2015-01-02")) for i in range(500)
    ]
    declared = portfolio(people, [EmailDomain(f"d{i}.example", "altdorf") for i in range(300)])
    emails = [f"p{i}@mail.example" for i in range(500)] + [f"x@d{i}.example" for i in range(1500)]
    n = 60_000
    at = pa.array([1_400_000_000_000_000 + i * 10**9 for i in range(n)], pa.int64()).cast(
        COMMIT.schema.field("author_time").type
    )
    column = pa.array([emails[i % len(emails)] for i in range(n)])
    empty = pa.array([""] * n)
    columns = dict.fromkeys(COMMIT.schema.names, empty) | {
        "commit": pa.array([f"{i:040x}" for i in range(n)]),
        "parents": pa.array([[]] * n, pa.list_(pa.string())),
        "is_merge": pa.array([False] * n),
        "author_email_raw": column,
        "author_email": column,
        "author_time": at,
        "author_offset_minutes": pa.array([0] * n, pa.int16()),
        "commit_time": at,
    }
    table = pa.table([columns[name] for name in COMMIT.schema.names], schema=COMMIT.schema)
    if sys.gettrace() is not None:
        pytest.skip("a tracer is at work: the time would be its own")
    started = time.process_time()
    found = attribute(declared, table, CO_AUTHOR.schema.empty_table())
    assert time.process_time() - started < 1
    assert found.num_rows == n
    classes = Counter(found["evidence_class"].to_pylist())
    assert set(classes) == {"dated_affiliation", "domain", "unknown"}


def test_attribution_does_not_import_pandas(tmp_path: Path) -> None:
    """It would cost the better part of a second in every assessment."""
    history = [("c1", "kim@mail.example", DAY, False), ("c2", "x@nordhang.example", DAY, False)]
    for name, table in (("commits", commits(history)), ("co_authors", trailers([]))):
        with pa.OSFile(str(tmp_path / name), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    script = (
        "import sys, pyarrow as pa\n"
        "from copartner.analysis.knowledge.affiliation import attribute\n"
        "from copartner.sources.portfolio_file import parse_portfolio\n"
        "company = 'company: {id: a, name: A, domains: [nordhang.example]}'\n"
        "portfolio = parse_portfolio('apiVersion: copartner/v1\\nkind: Portfolio\\n' + company)\n"
        "read = lambda name: pa.ipc.open_file(pa.OSFile(name)).read_all()\n"
        "found = attribute(portfolio, read('commits'), read('co_authors'))\n"
        "print(found['organisation'].to_pylist(), 'pandas' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == "['unknown', 'a'] False"
