"""Template tags of the design system: ``{% load design %}`` in the web application, built in for standalone pages."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from copartner.design import charts, numbers, standalone

register = template.Library()

STATUSES = ("act", "watch", "ok", "none")

register.filter("percent", numbers.percent)
register.filter("count", numbers.count)
register.filter("day", numbers.day)
register.filter("days", numbers.days)
register.filter("points", numbers.points)
register.filter("plain", numbers.plain)
register.filter("words", numbers.words)
register.filter("quantity", numbers.quantity)

register.simple_tag(standalone.sprite, name="sprite")


@register.simple_tag
def icon(name: str) -> SafeString:
    """A Lucide icon from the sprite; decoration only, so it is hidden from assistive technology."""
    return format_html('<svg class="i" aria-hidden="true"><use href="#i-{}"/></svg>', name)


@register.simple_tag
def mark(status: str, label: str = "") -> SafeString:
    """A status as a shape alone. Without ``label`` the word must stand beside it. Raises ``ValueError`` for another
    status than ``act``, ``watch``, ``ok`` or ``none``."""
    _check(status)
    if label:
        return format_html(
            '<svg class="m {}" role="img" aria-label="{}"><use href="#m-{}"/></svg>', status, label, status
        )
    return format_html('<svg class="m {}" aria-hidden="true"><use href="#m-{}"/></svg>', status, status)


@register.simple_tag
def status(state: str, word: str = "") -> SafeString:
    """A status with its word: quiet when fine, outlined when watch, filled when act, dashed when there is no data."""
    _check(state)
    usual = {
        "act": gettext("Act now"),
        "watch": gettext("Watch"),
        "ok": gettext("On track"),
        "none": gettext("No data"),
    }
    return format_html(
        '<span class="st {}"><svg aria-hidden="true"><use href="#m-{}"/></svg>{}</span>',
        state,
        state,
        word or usual[state],
    )


@register.simple_tag
def glyph(state: str, label: str = "") -> SafeString:
    """An anti-pattern cell: ``clear`` dot, ``early`` ring, ``confirmed`` disc, ``unknown`` dashed ring."""
    if label:
        return format_html('<svg class="glyph" role="img" aria-label="{}"><use href="#g-{}"/></svg>', label, state)
    return format_html('<svg class="glyph" aria-hidden="true"><use href="#g-{}"/></svg>', state)


@register.simple_tag
def source_mark(kind: str = "measured") -> SafeString:
    """The source mark's opening span class: ● measured, ◐ reported by the partner, ○ survey."""
    words = {
        "measured": gettext("Measured"),
        "reported": gettext("Reported by the partner"),
        "survey": gettext("Survey"),
    }
    return format_html('<span class="src {}">{}</span>', kind, words[kind])


@register.simple_tag
def ownership_bar(shares: Any, label: str, tall: bool = False, without_us: Any = None) -> SafeString:
    return charts.ownership_bar(shares, label, tall=tall, without_us=without_us)


@register.simple_tag
def stacked_bar(segments: Any, label: str, tall: bool = False) -> SafeString:
    return charts.stacked_bar(segments, label, tall=tall)


@register.simple_tag
def limit_bar(
    value: Any, limit: Any, label: str, top: float = 1.0, over: bool = False, interval: Any = None
) -> SafeString:
    return charts.limit_bar(value, limit, label, top=top, over=over, interval=interval)


@register.simple_tag
def strip(marks: Any, label: str, top: float = 1.0, interval: Any = None, limit: Any = None) -> SafeString:
    return charts.strip(marks, label, top=top, interval=interval, limit=limit)


@register.simple_tag
def dumbbell(first: Any, second: Any, label: str, low: float = 0.0, high: float = 1.0) -> SafeString:
    return charts.dumbbell(first, second, label, low=low, high=high)


@register.simple_tag
def sparkline(values: Any, label: str, target: Any = None, bad: bool = False) -> SafeString:
    return charts.sparkline(values, label, target=target, bad=bad)


@register.simple_tag
def key(kind: str) -> SafeString:
    """The square of a legend, in the fill of a bar's segment."""
    fill = mark_safe(charts.fill_of(kind))  # noqa: S308
    return format_html('<svg class="key {}" aria-hidden="true"><rect width="10" height="10"{}/></svg>', kind, fill)


def _check(state: str) -> None:
    if state not in STATUSES:
        raise ValueError(f"a status is one of {', '.join(STATUSES)}, not {state!r}")
