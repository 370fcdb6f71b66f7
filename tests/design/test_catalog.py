"""Translations are complete, current and compiled, checked without any external tool."""

from __future__ import annotations

import gettext
import io
from pathlib import Path

import pytest

from copartner.design import catalog
from copartner.design.catalog import Message

CATALOGUES = list(catalog.catalogues())
names = [f"{room.name}/{language}" for room, language, _ in CATALOGUES]


def test_there_is_a_catalogue_for_each_room_with_texts() -> None:
    assert {"design/de", "assessments/de"} <= set(names)


@pytest.mark.parametrize(("room", "language", "file"), CATALOGUES, ids=names)
def test_every_text_is_translated_and_none_is_left_over(room: Path, language: str, file: Path) -> None:
    present = catalog.read_po(file.read_text(encoding="utf-8"))
    wanted = catalog.room_messages(room)
    remedy = "run python -m copartner.design.catalog and translate what it lists"
    assert {message.key for message in present} == {message.key for message in wanted}, remedy
    assert [message.text for message, forms in present.items() if not all(forms)] == [], remedy


@pytest.mark.parametrize(("room", "language", "file"), CATALOGUES, ids=names)
def test_translations_use_the_placeholders_of_their_text(room: Path, language: str, file: Path) -> None:
    for message, forms in catalog.read_po(file.read_text(encoding="utf-8")).items():
        for form in forms:
            assert catalog.placeholders(form) <= message.placeholders(), message.text
        # A singular may say "One partner" without its number; nothing else may lose a placeholder.
        assert catalog.placeholders(forms[-1]) == message.placeholders(), message.text


@pytest.mark.parametrize(("room", "language", "file"), CATALOGUES, ids=names)
def test_the_compiled_catalogue_is_current(room: Path, language: str, file: Path) -> None:
    present = catalog.read_po(file.read_text(encoding="utf-8"))
    assert file.with_suffix(".mo").read_bytes() == catalog.compile_mo(present, language)
    assert file.read_text(encoding="utf-8") == catalog.write_po(present, language)


@pytest.mark.parametrize(("room", "language", "file"), CATALOGUES, ids=names)
def test_words_follow_the_guide(room: Path, language: str, file: Path) -> None:
    for message, forms in catalog.read_po(file.read_text(encoding="utf-8")).items():
        for text in (message.text, message.plural or "", *forms):
            assert "!" not in text
            for word in ("please", "oops", "invalid", "sorry", "bitte ", " Sie "):
                assert word not in text.lower() if word.islower() else word not in text, text


def test_what_is_compiled_is_what_gettext_reads() -> None:
    messages = {
        Message("Partner"): ("Partner",),
        Message("no", "number"): ("kein",),
        Message("no"): ("nein",),
        Message("%(number)s day", "", "%(number)s days"): ("%(number)s Tag", "%(number)s Tage"),
        Message("untranslated"): ("",),
    }
    read = gettext.GNUTranslations(io.BytesIO(catalog.compile_mo(messages, "de")))
    assert read.gettext("no") == "nein"
    assert read.pgettext("number", "no") == "kein"
    assert read.ngettext("%(number)s day", "%(number)s days", 1) == "%(number)s Tag"
    assert read.ngettext("%(number)s day", "%(number)s days", 5) == "%(number)s Tage"
    assert read.gettext("untranslated") == "untranslated"
    assert read.charset() == "UTF-8"


def test_a_catalogue_survives_writing_and_reading() -> None:
    messages = {
        Message('Quoted "text"\nand a line', "a context"): ("Über\tmäßig \\ lang",),
        Message("one", "", "many"): ("eins", "viele"),
    }
    assert catalog.read_po(catalog.write_po(messages, "de")) == messages


def test_folded_entries_and_comments_are_read() -> None:
    text = '#: somewhere\nmsgid ""\n"a long "\n"text"\nmsgstr "ein Text"\n'
    assert catalog.read_po(text) == {Message("a long text"): ("ein Text",)}
    with pytest.raises(ValueError, match="line 2: not an entry"):
        catalog.read_po('msgid "a"\nnonsense\n')


def test_texts_are_found_in_code_and_templates() -> None:
    code = 'gettext("a (b)"); ngettext("one", "many", n); pgettext("ctx", "c"); gettext(name); other("d")'
    assert set(catalog.python_messages(code)) == {
        Message("a (b)"),
        Message("one", "", "many"),
        Message("c", "ctx"),
    }
    template = (
        '{% translate "it\'s (a) text" %}{% blocktranslate count n=1 %}{{ n }} row{% plural %}{{ n }} rows'
        '{% endblocktranslate %}{% translate "no" context "number" %}'
    )
    assert set(catalog.template_messages(template)) == {
        Message("it's (a) text"),
        Message("%(n)s row", "", "%(n)s rows"),
        Message("no", "number"),
    }


def test_merging_keeps_translations_and_drops_what_is_gone() -> None:
    before = {Message("kept"): ("behalten",), Message("gone"): ("weg",), Message("row"): ("Zeile",)}
    after = catalog.merge(before, [Message("kept"), Message("new"), Message("row", "", "rows")])
    assert after == {Message("kept"): ("behalten",), Message("new"): ("",), Message("row", "", "rows"): ("", "")}


def test_bringing_catalogues_up_to_date_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    room = tmp_path / "room"
    folder = room / "locale" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (room / "texts.py").write_text('gettext("kept"); gettext("new")', encoding="utf-8")
    (room / "templates").mkdir()
    (room / "templates" / "page.html").write_text('{% translate "from a page" %}', encoding="utf-8")
    po = catalog.write_po({Message("kept"): ("behalten",), Message("gone"): ("weg",)}, "de")
    (folder / "django.po").write_text(po, encoding="utf-8")
    monkeypatch.setattr(catalog.rendering, "PACKAGE", tmp_path)
    catalog.main()
    assert capsys.readouterr().out == "room/de: 3 texts, 2 without translation\n  from a page\n  new\n"
    merged = catalog.read_po((folder / "django.po").read_text(encoding="utf-8"))
    assert merged == {Message("from a page"): ("",), Message("kept"): ("behalten",), Message("new"): ("",)}
    assert (folder / "django.mo").is_file()
