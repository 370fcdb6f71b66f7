"""Charts as safe SVG: ownership bar, limit bar, strip of alternatives, dumbbell, sparkline.

Each takes numbers and the sentence that states the finding (its ``aria-label``) and returns markup. Geometry is in
percent and in SVG presentation attributes, colour only by class: so one drawing serves every width, dark mode and
print, and a content security policy that forbids ``style=`` has nothing to object to. Bars start at zero. A value that
is unknown is drawn as a dashed outline, never as an empty bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar. ``kind`` is a fill: ``ours``, ``shared``, ``shared-apart``, ``partner``, ``nobody``,
    ``exposed``, ``unknown``, or ``grade-1`` … ``grade-4`` for parts that are not about who knows something."""

    kind: str
    share: float


OWNERSHIP = ("ours", "shared", "partner", "nobody")
"""The order of the ownership bar, everywhere."""

_HATCHES = {"nobody": "hatch", "shared-apart": "hatch-apart", "exposed": "hatch-thin"}

_SUM_TOLERANCE = 0.005
"""Shares are rounded for display; a sum off by half a percent is rounding, more is an error of the caller."""


def ownership_bar(
    shares: Sequence[float | None], label: str, *, tall: bool = False, without_us: float | None = None
) -> SafeString:
    """Who knows the code: ours | shared | only the partner | nobody, always in this order.

    ``without_us`` is the part of *shared* that others share among themselves: it is striped, since code that several
    partners know and we do not is no safer for us.

    ``shares`` are four fractions of 1; they may sum to less (the rest is drawn as unknown). Any ``None`` makes
    the whole bar "no data". Raises ``ValueError`` for another count, a share outside 0..1, or a sum above 1.
    """
    if len(shares) != len(OWNERSHIP):
        raise ValueError(f"an ownership bar has {len(OWNERSHIP)} shares, not {len(shares)}")
    known = [share for share in shares if share is not None]
    if len(known) < len(shares):
        return no_data_bar(label, tall=tall)
    segments = [Segment(kind, share) for kind, share in zip(OWNERSHIP, known, strict=True)]
    if without_us:
        apart = min(without_us, known[1])
        segments[1:2] = [Segment("shared", known[1] - apart), Segment("shared-apart", apart)]
    rest = 1 - sum(known)
    if rest > _SUM_TOLERANCE:
        segments.append(Segment("unknown", rest))
    return stacked_bar(segments, label, tall=tall)


def stacked_bar(segments: Sequence[Segment], label: str, *, tall: bool = False) -> SafeString:
    """Parts of a whole, side by side. Raises ``ValueError`` for a share outside 0..1 or a sum above 1."""
    total = sum(segment.share for segment in segments)
    if any(not 0 <= segment.share <= 1 for segment in segments) or total > 1 + _SUM_TOLERANCE:
        raise ValueError(f"shares of a bar lie in 0..1 and sum to 1 at most: {[segment.share for segment in segments]}")
    scale = 1 / total if total > 1 else 1.0
    shapes: list[str] = []
    gaps: list[str] = []
    left = 0.0
    for segment in segments:
        width = segment.share * scale
        if width <= 0:
            continue
        if left > 0:
            gaps.append(f'<rect class="gap" x="{_pct(left)}" width="1.5" height="100%"/>')
        place = f'x="{_pct(left)}" width="{_pct(width)}" height="100%"{fill_of(segment.kind)}'
        shapes.append(f'<rect class="{escape(segment.kind)}" {place}/>')
        left += width
    return _svg(f"ob{' tall' if tall else ''}", label, "".join(shapes + gaps))


def fill_of(kind: str) -> str:
    """The fill attribute of a kind that is hatched; plain fills come from the class alone."""
    return f' fill="url(#{_HATCHES[kind]})"' if kind in _HATCHES else ""


def no_data_bar(label: str, *, tall: bool = False) -> SafeString:
    """The dashed outline that stands where a bar has no data."""
    return _svg(f"ob nodata{' tall' if tall else ''}", label, '<rect class="dashed" width="100%" height="100%"/>')


def limit_bar(
    value: float | None,
    limit: float | None,
    label: str,
    *,
    top: float = 1.0,
    over: bool = False,
    interval: tuple[float, float] | None = None,
) -> SafeString:
    """A value against its limit: a bar from zero, a tick at the limit, a thin line for the interval.

    ``top`` is the value at the right end. ``over`` says that the value is on the wrong side of the limit and past
    tolerance; the word beside the bar must say so as well, colour only confirms it.
    """
    if top <= 0:
        raise ValueError("the right end of a bar lies above zero")
    tick = "" if limit is None else f'<rect class="tick" x="{_pct(_inside(limit / top))}" width="2" height="100%"/>'
    if value is None:
        return _svg("bar nodata", label, f'<rect class="dashed" y="3" width="100%" height="8"/>{tick}')
    shapes = [
        '<rect class="track" y="3" width="100%" height="8" rx="2"/>',
        f'<rect class="fill" y="3" width="{_pct(_inside(value / top))}" height="8" rx="2"/>',
    ]
    if interval is not None:
        low, high = (_inside(end / top) for end in interval)
        shapes.append(f'<rect class="range" x="{_pct(low)}" y="12.5" width="{_pct(high - low)}" height="1.5"/>')
    return _svg("bar act" if over else "bar", label, "".join(shapes) + tick)


@dataclass(frozen=True, slots=True)
class Mark:
    """A point on a strip. The chosen one is filled, the alternatives are hollow."""

    value: float
    chosen: bool = False


def strip(
    marks: Sequence[Mark],
    label: str,
    *,
    top: float = 1.0,
    interval: tuple[float, float] | None = None,
    limit: float | None = None,
) -> SafeString:
    """Where a value would lie under other choices: hollow dots the alternatives, filled dot the choice made, a band
    for the interval and a tick for the limit. The scale runs from 0 to ``top``."""
    if top <= 0:
        raise ValueError("the right end of a strip lies above zero")
    shapes = ['<rect class="axis" y="9" width="100%" height="1"/>']
    if interval is not None:
        low, high = (_inside(end / top) for end in interval)
        shapes.append(f'<rect class="band" x="{_pct(low)}" y="5" width="{_pct(high - low)}" height="9" rx="2"/>')
    if limit is not None:
        shapes.append(f'<rect class="tick" x="{_pct(_inside(limit / top))}" y="2" width="2" height="15"/>')
    for mark in sorted(marks, key=lambda mark: mark.chosen):
        kind, radius = ("chosen", "5") if mark.chosen else ("other", "3.5")
        shapes.append(f'<circle class="{kind}" cx="{_pct(_inside(mark.value / top))}" cy="9.5" r="{radius}"/>')
    return _svg("strip", label, "".join(shapes))


def dumbbell(
    first: float | None, second: float | None, label: str, *, low: float = 0.0, high: float = 1.0
) -> SafeString:
    """Two sides of one question: a circle for us or today, a diamond for them or after. Either may be unknown."""
    if high <= low:
        raise ValueError("the scale of a dumbbell ends above its start")
    places = [None if value is None else _inside((value - low) / (high - low)) for value in (first, second)]
    shapes = ['<rect class="axis" y="9" width="100%" height="1"/>']
    known = sorted(place for place in places if place is not None)
    if len(known) == 2:
        shapes.append(f'<rect class="span" x="{_pct(known[0])}" y="8" width="{_pct(known[1] - known[0])}" height="3"/>')
    if places[0] is not None:
        shapes.append(f'<circle class="first" cx="{_pct(places[0])}" cy="9.5" r="6"/>')
    if places[1] is not None:
        # A nested svg is placed in percent; the diamond inside is drawn in pixels around its own origin.
        diamond = '<path class="second" d="M0-6.5 6.5 0 0 6.5-6.5 0Z"/>'
        shapes.append(f'<svg class="place" x="{_pct(places[1])}" y="9.5">{diamond}</svg>')
    return _svg("dumb" if known else "dumb nodata", label, "".join(shapes))


def sparkline(
    values: Sequence[float | None], label: str, *, target: float | None = None, bad: bool = False
) -> SafeString:
    """A trend. It need not start at zero, but then its target is drawn. A gap in the data is a gap in the line."""
    known = [value for value in values if value is not None]
    if not known:
        return _svg("spark nodata", label, '<rect class="dashed" width="100%" height="100%"/>')
    ends = known if target is None else [*known, target]
    bottom, top = min(ends), max(ends)
    spread = (top - bottom) or 1.0
    step = 100 / max(len(values) - 1, 1)

    def height(value: float) -> str:
        return _trim(33 - 30 * (value - bottom) / spread)

    path: list[str] = []
    pen_down = False
    for place, value in enumerate(values):
        if value is None:
            pen_down = False
            continue
        path.append(f"{'L' if pen_down else 'M'}{_trim(place * step)} {height(value)}")
        if not pen_down:
            path.append("h0")  # a lone point between two gaps stays visible through its round cap
        pen_down = True
    base = "" if target is None else f'<path class="base" d="M0 {height(target)}H100"/>'
    shapes = f'{base}<path class="line" d="{"".join(path)}"/>'
    return _svg("spark act" if bad else "spark", label, shapes, ' viewBox="0 0 100 36" preserveAspectRatio="none"')


def _svg(kind: str, label: str, shapes: str, attributes: str = "") -> SafeString:
    return mark_safe(f'<svg class="{kind}" role="img" aria-label="{escape(label)}"{attributes}>{shapes}</svg>')  # noqa: S308


def _inside(fraction: float) -> float:
    return min(max(fraction, 0.0), 1.0)


def _pct(fraction: float) -> str:
    return f"{_trim(fraction * 100)}%"


def _trim(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".") or "0"
