"""Operations that measures are made of, with answers worked out by hand: equal on every engine."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from copartner.evidence.engine import Engine
from copartner.evidence.ledger import Ledger, Snapshot
from copartner.evidence.tables import CO_AUTHOR, COMMIT, FILE_CHANGE, RAW_RECORD
from evidence_rows import START, collect, commits

FAR = date(9999, 12, 31)
SCALE = 1_000_000


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Ten commits of payments in two batches and three of refunds."""
    ledger = Ledger.open(tmp_path_factory.mktemp("data") / "evidence ü")
    collect(ledger, range(6), "payments")
    collect(ledger, range(10), "payments")
    collect(ledger, range(3), "refunds")
    return ledger.snapshot()


def rows(engine: Engine, expression: ibis.Table, *order: str) -> list[dict[str, object]]:
    return engine.execute(expression.order_by(list(order)) if order else expression).to_pylist()


def test_a_table_is_read_whole_and_in_its_types(engine: Engine, snapshot: Snapshot) -> None:
    for table in (COMMIT, FILE_CHANGE, RAW_RECORD):
        read = engine.execute(engine.table(snapshot, table))
        plain = {field.name: field.type for field in table.stored_schema}
        assert {field.name: field.type for field in read.schema} == plain
        keys = [(key, "ascending") for key in table.key]
        expected = snapshot.arrow(table).sort_by(keys).to_pylist()
        assert read.sort_by(keys).to_pylist() == expected


def test_times_are_utc(engine: Engine, snapshot: Snapshot) -> None:
    table = engine.table(snapshot, COMMIT)
    found = rows(engine, table.filter(table.subject == "Change 3", table.repository == "payments"))
    assert [row["author_time"] for row in found] == [START + timedelta(hours=3)]
    late = engine.register("late", pa.table({"t": pa.array([datetime(2024, 12, 31, 23, 30, tzinfo=UTC)])}))
    assert rows(engine, late.select(day=late.t.date(), hour=late.t.hour(), month=late.t.month())) == [
        {"day": date(2024, 12, 31), "hour": 23, "month": 12}
    ]


def test_an_empty_table_can_be_asked(engine: Engine, snapshot: Snapshot) -> None:
    table = engine.table(snapshot, CO_AUTHOR)
    assert rows(engine, table.aggregate(n=table.count(), names=table.name.nunique())) == [{"n": 0, "names": 0}]


def test_old_pins_are_read_as_they_were(engine: Engine, snapshot: Snapshot) -> None:
    ledger = Ledger(snapshot.store)
    counts = [engine.table(ledger.snapshot(pin), COMMIT).count().as_table() for pin in ledger.pins()]
    assert [engine.execute(count)[0].to_pylist() for count in counts] == [[6], [10], [13]]


def test_aggregation(engine: Engine, snapshot: Snapshot) -> None:
    table = engine.table(snapshot, FILE_CHANGE)
    expression = table.group_by("repository").agg(
        rows=table.count(),
        paths=table.path.nunique(),
        added=table.added.sum(),
        known=table.added.count(),
        most=table.added.max(),
        large=table.count(where=table.added >= 2),
        mean=table.added.mean(),
    )
    assert rows(engine, expression, "repository") == [
        {
            "repository": "payments",
            "rows": 20,
            "paths": 15,
            "added": 45,
            "known": 10,
            "most": 9,
            "large": 8,
            "mean": 4.5,
        },
        {"repository": "refunds", "rows": 6, "paths": 6, "added": 3, "known": 3, "most": 2, "large": 1, "mean": 1.0},
    ]


def test_counting_distinct_pairs_and_ignoring_nulls(engine: Engine) -> None:
    table = engine.register(
        "pairs", pa.table({"a": ["x", "x", "y", None, None], "b": pa.array([1, 1, 2, 3, None], pa.int64())})
    )
    assert rows(engine, table.aggregate(a=table.a.nunique(), b=table.b.nunique())) == [{"a": 2, "b": 3}]
    assert rows(engine, table.select("a", "b").distinct().count().as_table())[0].popitem()[1] == 4


def test_joins_on_validity_intervals(engine: Engine) -> None:
    """What an as-of join would answer, as an interval join: closed on both sides, ``None`` is open."""
    stints = engine.register(
        "stints",
        pa.table(
            {
                "person": ["ann", "ann", "bob", "cem"],
                "organisation": ["nordhang", "internal", "nordhang", "weser"],
                "valid_from": pa.array([None, date(2024, 7, 1), date(2024, 1, 1), date(2024, 1, 1)]),
                "valid_to": pa.array([date(2024, 6, 30), None, date(2024, 1, 31), date(2023, 1, 1)]),
            }
        ),
    )
    work = engine.register(
        "work",
        pa.table(
            {
                "person": ["ann", "ann", "ann", "bob", "bob", "cem", "dan"],
                "day": [
                    date(2024, 6, 30),
                    date(2024, 7, 1),
                    date(1999, 1, 1),
                    date(2024, 1, 31),
                    date(2024, 2, 1),
                    date(2024, 1, 1),
                    date(2024, 1, 1),
                ],
            }
        ),
    )
    valid_from = stints.valid_from.coalesce(ibis.date(1, 1, 1))
    valid_to = stints.valid_to.coalesce(ibis.literal(FAR))
    joined = work.left_join(
        stints, [work.person == stints.person, valid_from <= work.day, work.day <= valid_to]
    ).select(work.person, work.day, organisation=stints.organisation.coalesce(ibis.literal("unknown")))
    assert [
        (row["person"], row["day"].isoformat(), row["organisation"]) for row in rows(engine, joined, "person", "day")
    ] == [  # type: ignore[attr-defined]
        ("ann", "1999-01-01", "nordhang"),
        ("ann", "2024-06-30", "nordhang"),
        ("ann", "2024-07-01", "internal"),
        ("bob", "2024-01-31", "nordhang"),
        ("bob", "2024-02-01", "unknown"),
        ("cem", "2024-01-01", "unknown"),
        ("dan", "2024-01-01", "unknown"),
    ]


def test_integer_fixed_point_sums_are_exact_and_independent_of_order(engine: Engine) -> None:
    """Shares are summed as integers in millionths: floating sums depend on the order, which engines choose freely."""
    shares = [333_333, 333_333, 333_334] * 1000
    table = engine.register("shares", pa.table({"k": ["a", "b", "c"] * 1000, "v": pa.array(shares, pa.int64())}))
    total = table.aggregate(total=table.v.sum().cast("int64"))
    assert rows(engine, total) == [{"total": 1000 * SCALE}]
    large = engine.register("large", pa.table({"v": pa.array([2**62 - 1, 1, -(2**61)], pa.int64())}))
    assert rows(engine, large.aggregate(total=large.v.sum().cast("int64"))) == [{"total": 2**62 - 2**61}]


def test_integer_division_and_remainders_of_signed_numbers_are_spelled_out(engine: Engine) -> None:
    """Engines round negative quotients differently; measures divide floored floats."""
    table = engine.register("n", pa.table({"n": pa.array([-7, -1, 0, 7], pa.int64())}))
    floored = table.select("n", week=(table.n / 7.0).floor().cast("int64"))
    assert [row["week"] for row in rows(engine, floored, "n")] == [-1, -1, 0, 1]


def test_logarithms_and_halving(engine: Engine) -> None:
    table = engine.register("x", pa.table({"i": [1, 2, 3, 4], "x": [1.0, math.e, 100.0, 1e-9]}))
    table = table.mutate(age=table.i.cast("float64") * 182.5)
    expression = table.select(
        "i",
        ln=table.x.ln(),
        decay=(table.age / -365.0 * math.log(2)).exp(),
        exp2=ibis.literal(2.0).pow(-table.age / 365.0),
    )
    for row, x, i in zip(rows(engine, expression, "i"), [1.0, math.e, 100.0, 1e-9], range(1, 5), strict=True):
        assert row["ln"] == pytest.approx(math.log(x), rel=1e-14, abs=1e-15)
        assert row["decay"] == pytest.approx(2 ** (-i / 2), rel=1e-14)
        assert row["exp2"] == pytest.approx(2 ** (-i / 2), rel=1e-14)


def test_fixed_point_weights_agree_to_the_last_digit(engine: Engine) -> None:
    """A float may differ in its last bit between engines; as whole millionths it does not where it matters.

    ``round`` is not used: halves (2 to the -7 is 7812.5 millionths) go to even numbers in Python, away from 0 in SQL.
    """
    table = engine.register("ages", pa.table({"days": pa.array(range(5000), pa.int64())}))
    weight = (ibis.literal(2.0).pow(-table.days.cast("float64") / 365.0) * SCALE + 0.5).floor().cast("int64")
    found = rows(engine, table.select("days", weight=weight), "days")
    assert [row["weight"] for row in found] == [math.floor(2 ** (-day / 365) * SCALE + 0.5) for day in range(5000)]


def test_nulls(engine: Engine) -> None:
    table = engine.register(
        "nulls", pa.table({"k": ["a", "a", "b", "b", None], "v": pa.array([1, None, None, None, 5], pa.int64())})
    )
    found = rows(
        engine,
        table.group_by("k")
        .agg(n=table.count(), known=table.v.count(), total=table.v.sum(), least=table.v.min())
        .order_by(ibis.asc("k", nulls_first=True)),
    )
    assert found == [
        {"k": None, "n": 1, "known": 1, "total": 5, "least": 5},
        {"k": "a", "n": 2, "known": 1, "total": 1, "least": 1},
        {"k": "b", "n": 2, "known": 0, "total": None, "least": None},
    ]
    assert rows(engine, table.filter(table.v > 0).count().as_table())[0].popitem()[1] == 2
    assert rows(engine, table.filter(~(table.v > 1)).count().as_table())[0].popitem()[1] == 1
    assert rows(engine, table.join(table.view(), "k").count().as_table())[0].popitem()[1] == 8
    assert rows(engine, table.filter(table.v.isnull()).count().as_table())[0].popitem()[1] == 3


def test_the_latest_row_by_rank_instead_of_last(engine: Engine, snapshot: Snapshot) -> None:
    """``last()`` over a window differs between engines; a row number over a total order does not."""
    table = engine.table(snapshot, COMMIT)
    window = ibis.window(group_by=["repository", "author_name_raw"], order_by=[ibis.desc("author_time"), "commit"])
    ranked = table.mutate(rank=ibis.row_number().over(window))
    newest = ranked.filter(ranked["rank"] == 0).select("repository", "author_name_raw", "subject")
    found = [tuple(row.values()) for row in rows(engine, newest, "repository", "author_name_raw")]
    assert found == [
        ("payments", "Ann 0", "Change 9"),
        ("payments", "Ann 1", "Change 7"),
        ("payments", "Ann 2", "Change 8"),
        ("refunds", "Ann 0", "Change 0"),
        ("refunds", "Ann 1", "Change 1"),
        ("refunds", "Ann 2", "Change 2"),
    ]


def test_running_sums_and_shares_by_window(engine: Engine, snapshot: Snapshot) -> None:
    table = engine.table(snapshot, FILE_CHANGE)
    known = table.filter(table.added.notnull(), table.repository == "payments")
    running = known.added.sum().over(ibis.cumulative_window(order_by=["added", "path"])).cast("int64")
    share = known.added.cast("float64") / known.added.sum().over(ibis.window(group_by="repository"))
    found = rows(engine, known.select("added", running=running, share=share), "added")
    assert [row["running"] for row in found] == [0, 1, 3, 6, 10, 15, 21, 28, 36, 45]
    assert found[9]["share"] == 0.2


def test_semi_and_anti_joins_and_unions(engine: Engine, snapshot: Snapshot) -> None:
    table = engine.table(snapshot, COMMIT)
    some = engine.register("some", pa.table({"repository": ["payments"], "commit": [f"{2:040x}"]}))
    keys = ["repository", "commit"]
    assert rows(engine, table.semi_join(some, keys).select("subject")) == [{"subject": "Change 2"}]
    assert rows(engine, table.anti_join(some, keys).count().as_table())[0].popitem()[1] == 12
    both = some.union(some, distinct=False).union(some, distinct=True)
    assert rows(engine, both.count().as_table())[0].popitem()[1] == 1


def test_text_is_ordered_and_compared_by_code_points(engine: Engine) -> None:
    words = ["a", "B", "ä", "Z", "z", "😀", "\uffff", ""]
    table = engine.register("words", pa.table({"word": words}))
    assert [row["word"] for row in rows(engine, table, "word")] == sorted(words, key=lambda word: word.encode())
    assert rows(engine, table.filter(table.word.startswith("😀")).count().as_table())[0].popitem()[1] == 1
    assert {row["l"] for row in rows(engine, table.select(l=table.word.lower()))} >= {"ä", "b"}


def test_registering_a_name_again_replaces_it(engine: Engine) -> None:
    engine.register("again", pa.table({"v": [1]}))
    table = engine.register("again", pa.table({"v": [1, 2, 3], "w": ["a", "b", "c"]}))
    assert rows(engine, table.aggregate(n=table.v.sum(), m=table.w.max())) == [{"n": 6, "m": "c"}]


def test_results_have_the_types_of_the_expression(engine: Engine) -> None:
    table = engine.register("typed", commits([1]))
    result = engine.execute(
        table.select("parents", "is_merge", "author_offset_minutes", "author_time", n=ibis.literal(1, "int32"))
    )
    assert [str(field.type) for field in result.schema] == [
        "list<item: string>",
        "bool",
        "int16",
        "timestamp[us, tz=UTC]",
        "int32",
    ]
    assert result["parents"].to_pylist() == [[f"{0:040x}"]]


def test_data_files_lie_where_the_ledger_says(engine: Engine, snapshot: Snapshot) -> None:
    assert all(Path(file).is_file() for file in snapshot.files(COMMIT))
    assert engine.table(snapshot, COMMIT).equals(engine.table(snapshot, COMMIT))
