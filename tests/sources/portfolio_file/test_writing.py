"""What is written is read back as the same portfolio, whatever the texts in it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from copartner.evidence.portfolio import (
    Affiliation,
    Bot,
    Company,
    Component,
    Contract,
    Criticality,
    Duration,
    DurationUnit,
    EmailDomain,
    Engagement,
    Notice,
    Organisation,
    Partner,
    PartnerKind,
    Person,
    Portfolio,
    RenewalMode,
    Repository,
    RepositoryScope,
    Settings,
    System,
    Tier,
)
from copartner.sources.portfolio_file import load_portfolio, parse_portfolio, write_portfolio
from copartner.sources.portfolio_file.canonical import with_digest

HERE = Path(__file__).parent

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).map(str.strip).filter(bool) | (
    st.sampled_from(
        ["no", "NULL", "~", "1e3", "0x1f", "2024-01-01", "12:30:45", "- a", "a: b", "#", "*a", "a\u2028b", "="]
    )
)
ids = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,6}", fullmatch=True).filter(lambda i: i not in ("unknown", "bot"))
days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
periods = st.tuples(st.none() | days, st.none() | days).map(lambda p: p if None in p or p[0] <= p[1] else p[::-1])
durations = st.builds(Duration, st.integers(1, 9), st.sampled_from(list(DurationUnit)))
globs = st.lists(st.sampled_from(["**", "src/**", "a b/*.py", "no", "x/[ab]?.go", "ü/**"]), min_size=1, max_size=3).map(
    tuple
)
maybe = st.none


@st.composite
def portfolios(draw: st.DrawFn) -> Portfolio:
    names = draw(st.lists(ids, min_size=6, max_size=6, unique=True))
    company, partner, other, somebody, repository, system = names
    first, last = draw(periods)
    start = date(2020, 1, 1)
    # Long enough for any notice above, so that only the form is varied here.
    term_end = draw(st.none() | st.just(date(2199, 12, 31)))
    renewal = draw(st.sampled_from(list(RenewalMode))) if term_end else RenewalMode.NONE
    return with_digest(
        Portfolio(
            company=Company(company, draw(texts)),
            partners=(
                Partner(
                    partner,
                    draw(texts),
                    draw(st.sampled_from(list(PartnerKind))),
                    draw(maybe() | st.sampled_from(list(Tier))),
                    draw(st.sampled_from([{}, {"duns": "012345678"}])),
                    draw(st.sampled_from([None, somebody])),
                    draw(maybe() | texts),
                ),
            ),
            organisations=(Organisation(other, draw(texts)),),
            domains=(
                EmailDomain("a.example", company),
                EmailDomain("b.example", partner, first, last),
                EmailDomain("b.c.example", other),
            ),
            people=(
                Person(
                    somebody,
                    draw(maybe() | texts),
                    draw(st.sampled_from([(), ("no@a.example", "sha256:" + "0" * 64), ("1e3@x.example",)])),
                    tuple(
                        Affiliation(organisation, *draw(periods))
                        for organisation in draw(st.lists(st.sampled_from([company, partner, other]), max_size=3))
                    ),
                ),
            ),
            bots=(Bot("zz-bot", ("renovate@*",), draw(st.lists(texts.map(lambda t: "b" + t), max_size=2).map(tuple))),),
            repositories=(
                Repository(repository, draw(st.sampled_from(["no", "../a b", "https://x/y.git"])), "main"),
                Repository("zz-other", "z"),
            ),
            systems=(
                System(
                    system,
                    draw(texts),
                    draw(st.sampled_from(list(Criticality))),
                    (RepositoryScope(repository), RepositoryScope("zz-other", draw(globs), draw(globs))),
                    (Component("zz", draw(texts), draw(globs)),),
                    draw(st.sampled_from([None, somebody])),
                    draw(maybe() | st.sampled_from([0.0, 0.5, 4.0])),
                    draw(maybe() | st.sampled_from([1.0, 24.25])),
                ),
            ),
            engagements=(
                Engagement("e", partner, (system,), start, draw(maybe() | st.just(term_end)), draw(maybe() | texts)),
            ),
            contracts=(
                Contract(
                    "c",
                    partner,
                    draw(texts),
                    start,
                    term_end,
                    renewal,
                    Duration(99, DurationUnit.YEARS) if renewal is not RenewalMode.NONE else None,
                    Notice(draw(maybe() | durations), draw(maybe() | durations), draw(st.booleans())),
                    draw(maybe() | durations),
                    draw(st.sampled_from([(), ("e",)])),
                ),
            ),
            settings=Settings(draw(st.integers(1, 999)), limits=draw(st.sampled_from([{}, {"a.b": 0.25, "no": -1.0}]))),
            sha256="",
            note=draw(maybe() | texts),
        )
    )


@given(portfolios())
def test_written_and_read_is_the_same(portfolio: Portfolio) -> None:
    assert parse_portfolio(write_portfolio(portfolio)) == portfolio


def test_the_example_survives_and_stays_readable() -> None:
    portfolio = load_portfolio(HERE / "good.yaml")
    text = write_portfolio(portfolio)
    assert parse_portfolio(text) == portfolio
    assert text == write_portfolio(parse_portfolio(text))
    assert "  - {organisation: nordhang, to: 2018-12-31}\n" in text
    assert "  notice: {company: 3 months, partner: 2 quarters, must_be: sent}\n" in text
