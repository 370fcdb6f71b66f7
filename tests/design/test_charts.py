"""Charts: geometry, order, refusal of impossible shares, and that nothing needs a style attribute or a colour value."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copartner.design import charts
from copartner.design.charts import Mark, Segment


def shapes(svg: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg))  # noqa: S314


def kinds(svg: str) -> list[str]:
    return [shape.attrib.get("class", "") for shape in shapes(svg)]


def width(shape: ElementTree.Element) -> float:
    return float(shape.attrib["width"].rstrip("%"))


def test_ownership_bar_keeps_its_order() -> None:
    bar = charts.ownership_bar([0.12, 0.10, 0.71, 0.07], "Payments")
    parts = [shape for shape in shapes(bar) if shape.attrib["class"] != "gap"]
    assert [part.attrib["class"] for part in parts] == ["ours", "shared", "partner", "nobody"]
    assert [width(part) for part in parts] == [12, 10, 71, 7]
    assert [part.attrib["x"] for part in parts] == ["0%", "12%", "22%", "93%"]
    assert kinds(bar).count("gap") == 3


def test_what_the_shares_leave_open_is_unknown() -> None:
    assert kinds(charts.ownership_bar([0.5, 0.2, 0.1, 0.0], "x"))[:4] == ["ours", "shared", "partner", "unknown"]
    assert "unknown" not in kinds(charts.ownership_bar([0.5, 0.2, 0.2971, 0.0], "x"))


def test_one_unknown_share_makes_the_whole_bar_no_data() -> None:
    bar = charts.ownership_bar([0.5, None, 0.1, 0.0], "no data")
    assert kinds(bar) == ["dashed"]
    assert "nodata" in bar


@pytest.mark.parametrize("shares", [[0.5, 0.5], [0.5, 0.5, 0.5, 0.0], [-0.1, 0.5, 0.5, 0.1], [1.2, 0, 0, 0]])
def test_impossible_shares_are_refused(shares: list[float | None]) -> None:
    with pytest.raises(ValueError, match=r"share"):
        charts.ownership_bar(shares, "x")


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(lambda shares: sum(shares) > 0))
def test_bars_fill_exactly_their_width(shares: list[float]) -> None:
    total = sum(shares)
    bar = charts.ownership_bar([share / total for share in shares], "x")
    drawn = sum(width(shape) for shape in shapes(bar) if shape.attrib["class"] != "gap")
    assert drawn == pytest.approx(100, abs=0.05)


def test_limit_bar_has_a_tick_and_an_interval() -> None:
    bar = charts.limit_bar(0.71, 0.4, "71% known only to them, limit 40%", over=True, interval=(0.68, 0.74))
    by_kind = {shape.attrib["class"]: shape for shape in shapes(bar)}
    assert by_kind["fill"].attrib["width"] == "71%"
    assert by_kind["tick"].attrib["x"] == "40%"
    assert (by_kind["range"].attrib["x"], by_kind["range"].attrib["width"]) == ("68%", "6%")
    assert 'class="bar act"' in bar
    assert 'aria-label="71% known only to them, limit 40%"' in bar


def test_limit_bar_without_a_value_shows_the_limit_only() -> None:
    assert kinds(charts.limit_bar(None, 0.4, "no data")) == ["dashed", "tick"]


def test_values_beyond_the_scale_stay_inside() -> None:
    bar = charts.limit_bar(120, 150, "x", top=100)
    assert [shape.attrib.get("width") for shape in shapes(bar)][1] == "100%"
    for draw in (charts.limit_bar, charts.strip):
        with pytest.raises(ValueError, match="above zero"):
            draw(() if draw is charts.strip else 1, *([] if draw is charts.strip else [1]), "x", top=0)  # type: ignore[operator]


def test_strip_draws_the_choice_last() -> None:
    svg = charts.strip([Mark(0.41, chosen=True), Mark(0.36), Mark(0.48)], "x", interval=(0.38, 0.45), limit=0.2)
    assert kinds(svg) == ["axis", "band", "tick", "other", "other", "chosen"]
    assert [shape.attrib["cx"] for shape in shapes(svg) if "cx" in shape.attrib] == ["36%", "48%", "41%"]


def test_dumbbell_draws_circle_and_diamond() -> None:
    svg = charts.dumbbell(4.1, 2.4, "we 4.1, they 2.4", low=1, high=5)
    assert kinds(svg) == ["axis", "span", "first", "place"]
    assert shapes(svg)[2].attrib["cx"] == "77.5%"
    assert shapes(svg)[3].attrib["x"] == "35%"
    assert shapes(svg)[1].attrib == {"class": "span", "x": "35%", "y": "8", "width": "42.5%", "height": "3"}


def test_dumbbell_with_a_side_unknown() -> None:
    assert kinds(charts.dumbbell(None, 0.4, "x")) == ["axis", "place"]
    assert kinds(charts.dumbbell(0.4, None, "x")) == ["axis", "first"]
    assert "nodata" in charts.dumbbell(None, None, "x")
    with pytest.raises(ValueError, match="ends above"):
        charts.dumbbell(1, 2, "x", low=1, high=1)


def test_sparkline_breaks_where_data_is_missing() -> None:
    svg = charts.sparkline([1, 2, None, 4], "rising", target=3)
    line = shapes(svg)[1].attrib["d"]
    assert line.count("M") == 2
    assert shapes(svg)[0].attrib["class"] == "base"
    assert "act" in charts.sparkline([1, 1], "x", bad=True)
    assert kinds(charts.sparkline([None, None], "no data")) == ["dashed"]


def test_labels_are_escaped_and_colours_left_to_classes() -> None:
    label = "<script>alert(\"x\")</script> & 'co'"
    for svg in (
        charts.ownership_bar([0.4, 0.3, 0.2, 0.1], label),
        charts.stacked_bar([Segment("ours", 0.5), Segment("exposed", 0.5)], label, tall=True),
        charts.limit_bar(0.5, 0.4, label),
        charts.strip([Mark(0.5, True)], label),
        charts.dumbbell(0.1, 0.5, label),
        charts.sparkline([1, 2], label),
        charts.no_data_bar(label),
    ):
        assert "<script" not in svg
        assert ElementTree.fromstring(svg).attrib["aria-label"] == label  # noqa: S314
        assert ElementTree.fromstring(svg).attrib["role"] == "img"  # noqa: S314
        assert "style=" not in svg
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?!\))|rgb\(", svg)
