"""The tokens keep the contrast the design guide states, in light and dark, computed as WCAG 2.2 does."""

from __future__ import annotations

import re

import pytest

from copartner.design.standalone import STATIC

_PAIR = re.compile(r"--([a-z0-9-]+): light-dark\((#[0-9A-F]{6}), (#[0-9A-F]{6})\)")
TOKENS = {
    name: (light, dark)
    for name, light, dark in _PAIR.findall((STATIC / "css" / "1-tokens.css").read_text(encoding="utf-8"))
}


def luminance(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("token", "light", "dark"),
    [
        ("line-strong", 3.7, 4.2),
        ("ink", 17.8, 15.2),
        ("ink-2", 8.9, 9.7),
        ("ink-3", 5.6, 6.5),
        ("ours", 7.1, 7.7),
        ("ours-fill", 4.0, 5.5),
        ("shared", 3.3, 3.4),
        ("partner", 5.7, 8.2),
        ("act", 7.1, 7.7),
    ],
)
def test_contrast_on_surface_is_as_published(token: str, light: float, dark: float) -> None:
    assert contrast(TOKENS[token][0], TOKENS["surface"][0]) == pytest.approx(light, abs=0.06)
    assert contrast(TOKENS[token][1], TOKENS["surface"][1]) == pytest.approx(dark, abs=0.06)


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["bg", "surface", "sunken"])
@pytest.mark.parametrize("text", ["ink", "ink-2", "ink-3", "act", "partner", "ours"])
def test_text_is_readable_on_every_ground(text: str, ground: str, mode: int) -> None:
    assert contrast(TOKENS[text][mode], TOKENS[ground][mode]) >= 4.5


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"), [("on-ink", "ink"), ("on-act", "act"), ("on-partner-soft", "partner-soft")]
)
def test_text_on_fills_is_readable(text: str, ground: str, mode: int) -> None:
    assert contrast(TOKENS[text][mode], TOKENS[ground][mode]) >= 4.5


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("mark", ["line-strong", "ours-fill", "shared", "partner", "act", "gone", "focus"])
def test_marks_stand_out_from_the_panel(mark: str, mode: int) -> None:
    assert contrast(TOKENS[mark][mode], TOKENS["surface"][mode]) >= 3
