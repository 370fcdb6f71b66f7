"""A page that needs nothing but itself: style, font, icons and script inside one file, nothing loaded from elsewhere.

The content security policy names the one style and the one script by hash and allows nothing else, so text that
slipped through escaping could still not run, load or send anything.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path

from django.utils.safestring import SafeString, mark_safe

STATIC = Path(__file__).resolve().parent / "static" / "design"
FONT = STATIC / "fonts" / "inter-latin-wght-normal.woff2"

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_BLANK = re.compile(r"\s+")
_LOOSE = re.compile(r"\s*([{};,>])\s*")


@lru_cache(maxsize=1)
def stylesheet() -> str:
    """All style sheets in the order of their names, comments and blanks removed, the font inside."""
    font = base64.b64encode(FONT.read_bytes()).decode()
    face = (
        '@font-face{font-family:"Inter Variable";font-weight:100 900;font-display:swap;'
        f'src:url(data:font/woff2;base64,{font}) format("woff2")}}'
    )
    sheets = "".join(file.read_text(encoding="utf-8") for file in sorted((STATIC / "css").glob("*.css")))
    return _shrink(sheets) + face


@lru_cache(maxsize=1)
def script() -> str:
    """The one script, as it stands in its file."""
    return (STATIC / "js" / "standalone.js").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def policy() -> str:
    """The content security policy of a standalone page."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_digest(stylesheet())}'",
            f"script-src '{_digest(script())}'",
            "font-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


@lru_cache(maxsize=1)
def sprite() -> SafeString:
    """Icons, status marks, anti-pattern glyphs and the hatch, each once; the page refers to them by ``#id``."""
    icons = "".join(
        f'<symbol id="i-{file.stem}" viewBox="0 0 24 24">{_shapes(file)}</symbol>'
        for file in sorted((STATIC / "icons").glob("*.svg"))
    )
    return mark_safe(  # noqa: S308
        '<svg class="sprite" aria-hidden="true"><defs>'
        '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect class="hatch-a" width="6" height="6"/><rect class="hatch-b" width="3" height="6"/></pattern>'
        '<pattern id="hatch-apart" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect class="hatch-e" width="5" height="5"/><rect class="hatch-f" width="1.5" height="5"/></pattern>'
        '<pattern id="hatch-thin" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect class="hatch-d" width="5" height="5"/><rect class="hatch-c" width="1.5" height="5"/></pattern></defs>'
        f"{_MARKS}{icons}</svg>"
    )


_MARKS = (
    '<symbol id="m-act" viewBox="0 0 12 12"><path d="M6 .6 11.4 6 6 11.4.6 6Z" fill="currentColor"/></symbol>'
    '<symbol id="m-watch" viewBox="0 0 12 12"><path d="M6 1.6 11 10.4H1Z" fill="none" stroke="currentColor" '
    'stroke-width="1.5" stroke-linejoin="round"/><path d="M6 5v2.4" stroke="currentColor" stroke-width="1.4" '
    'stroke-linecap="round"/></symbol>'
    '<symbol id="m-ok" viewBox="0 0 12 12"><path d="M2.5 6.4 5 8.8 9.6 3.6" fill="none" stroke="currentColor" '
    'stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"/></symbol>'
    '<symbol id="m-none" viewBox="0 0 12 12"><circle cx="6" cy="6" r="4.4" fill="none" stroke="currentColor" '
    'stroke-width="1.3" stroke-dasharray="2 2"/></symbol>'
    '<symbol id="g-confirmed" viewBox="0 0 14 14"><circle cx="7" cy="7" r="5.6" fill="currentColor"/></symbol>'
    '<symbol id="g-early" viewBox="0 0 14 14"><circle cx="7" cy="7" r="5" fill="none" stroke="currentColor" '
    'stroke-width="1.5"/></symbol>'
    '<symbol id="g-clear" viewBox="0 0 14 14"><circle cx="7" cy="7" r="1.4" fill="currentColor"/></symbol>'
    '<symbol id="g-unknown" viewBox="0 0 14 14"><circle cx="7" cy="7" r="5" fill="none" stroke="currentColor" '
    'stroke-width="1.2" stroke-dasharray="2 2"/></symbol>'
)
"""Ours, not Lucide's: the states of the design guide. Shape carries the state, colour only confirms it."""


def _shapes(file: Path) -> str:
    """The drawing instructions of a Lucide icon without its wrapper; stroke and size come from the class ``i``."""
    text = _COMMENT.sub("", re.sub(r"<!--.*?-->", "", file.read_text(encoding="utf-8"), flags=re.DOTALL))
    opening = text.index(">", text.index("<svg")) + 1
    return _BLANK.sub(" ", text[opening : text.rindex("</svg>")]).replace(" />", "/>").replace("> <", "><").strip()


def _shrink(css: str) -> str:
    return _LOOSE.sub(r"\1", _BLANK.sub(" ", _COMMENT.sub("", css))).replace(";}", "}").strip()


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
