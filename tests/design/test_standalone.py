"""What goes into a self-contained page: nothing external, hashes that fit, tags that keep their promises."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from django.template import Context

from copartner.design import rendering, standalone
from copartner.design.templatetags import design


def rendered(source: str, **context: object) -> str:
    return rendering.engine().from_string(source).render(Context(context))


def test_the_policy_names_exactly_the_style_and_the_script() -> None:
    policy = standalone.policy()
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for text in (standalone.stylesheet(), standalone.script()):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_the_stylesheet_loads_nothing() -> None:
    urls = re.findall(r"url\(([^)]{0,40})", standalone.stylesheet())
    assert urls
    assert all(url.startswith("data:font/woff2;base64,") for url in urls)
    assert "@import" not in standalone.stylesheet()
    assert "/*" not in standalone.stylesheet().split("data:font")[0]
    assert "</style" not in standalone.stylesheet()
    assert "</script" not in standalone.script()


def test_shrinking_keeps_what_matters_to_css() -> None:
    css = standalone.stylesheet()
    assert "light-dark(#F7F7F4,#101214)" in css
    assert "margin:0 0 0 auto" in css.replace(": ", ":")
    assert css.count("{") == css.count("}")


def test_each_icon_and_mark_is_in_the_sprite_once() -> None:
    sprite = standalone.sprite()
    names = re.findall(r'<symbol id="([^"]+)"', sprite)
    assert len(names) == len(set(names))
    assert {"i-printer", "i-x", "m-act", "m-none", "g-unknown"} <= set(names)
    assert "lucide" not in sprite
    assert "<!--" not in sprite


def test_vendored_parts_bring_their_licences() -> None:
    assert "SIL OPEN FONT LICENSE" in (standalone.STATIC / "fonts" / "inter-LICENSE.txt").read_text().upper()
    assert "ISC License" in (standalone.STATIC / "icons" / "lucide-LICENSE.txt").read_text()


def test_status_carries_word_and_shape() -> None:
    assert design.status("act") == (
        '<span class="st act"><svg aria-hidden="true"><use href="#m-act"/></svg>Act now</span>'
    )
    assert "No data" in design.status("none")
    assert "3 &lt;rules" in design.status("none", "3 <rules")
    with pytest.raises(ValueError, match="a status is one of"):
        design.status("green")
    with pytest.raises(ValueError, match="a status is one of"):
        design.mark("red")


def test_marks_and_glyphs_speak_only_where_no_word_stands_beside_them() -> None:
    assert 'aria-label="Watch"' in design.mark("watch", "Watch")
    assert 'aria-hidden="true"' in design.mark("watch")
    assert 'aria-label="Black box: early sign"' in design.glyph("early", "Black box: early sign")
    assert 'aria-hidden="true"' in design.glyph("early")


def test_tags_are_built_into_the_engine() -> None:
    html = rendered(
        '{% ownership_bar shares "who" %}{% limit_bar 0.7 0.4 "over" over=True %}{% strip marks "s" %}'
        '{% dumbbell 0.1 0.2 "d" %}{% sparkline points "t" %}{% stacked_bar parts "p" %}{% key "nobody" %}'
        '{% source_mark "reported" %}{% icon "x" %}{{ share|percent }} {{ 1204|count }} {{ "2027-01-31"|day }}',
        shares=[0.1, 0.2, 0.3, 0.4],
        marks=[],
        points=[1, 2],
        parts=[],
        share=0.71,
    )
    for part in ('class="ob"', 'class="bar act"', 'class="strip"', 'class="dumb"', 'class="spark"', "url(#hatch)"):
        assert part in html
    assert "Reported by the partner" in html
    assert html.endswith("71% 1,204 31 Jan 2027")
