"""The frozen document: canonical bytes, hash, refusal of what was changed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copartner.analysis.measure import EvidenceRows, MeasureValue, Subject
from copartner.assessments import document as documents
from copartner.assessments.queries import differences, find_values

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_canonical_bytes_do_not_depend_on_the_order_of_keys(content: dict[str, object]) -> None:
    turned = dict(reversed(list(content.items())))
    assert documents.canonical(content) == documents.canonical(turned)
    assert json.loads(documents.canonical(content)) == content


def test_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        documents.canonical({"value": float("nan")})


def frozen() -> documents.Document:
    value = {"n": 1, "inputs": {"weighted": 1, "files": 2}, "inputs_in_order": ["weighted", "files"]}
    document: documents.Document = {"schema": documents.SCHEMA, "as_of": "2026-09-30", "values": [value]}
    document["hash"] = documents.document_hash(document)
    return document


def test_a_document_reads_back_as_written(tmp_path: Path) -> None:
    path = documents.write(frozen(), tmp_path / "a")
    assert documents.read(path) == documents.read(tmp_path / "a") == frozen()
    (value,) = documents.read(path)["values"]
    assert list(value["inputs"]) == ["weighted", "files"], "the order of the formula, not of the alphabet"
    assert [entry.name for entry in (tmp_path / "a").iterdir()] == [documents.FILE_NAME]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no assessment here"),
        (b"{", "not an assessment"),
        (b'{"schema":"copartner/assessment@99"}', "Assess again with this version"),
        (b"[]", "not an assessment of schema"),
    ],
)
def test_what_is_no_assessment_is_refused_with_a_remedy(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / documents.FILE_NAME).write_bytes(content)
    with pytest.raises(documents.AssessmentError, match=message):
        documents.read(tmp_path)


def test_a_changed_document_is_refused(tmp_path: Path) -> None:
    path = documents.write(frozen(), tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"n":1', b'"n":2'))
    with pytest.raises(documents.AssessmentError, match="changed after freezing"):
        documents.read(path)


def test_a_value_becomes_plain_data() -> None:
    value = MeasureValue(
        "kappa_int", 1, Subject(system="pay"), date(2026, 9, 30), 0.5, rows=EvidenceRows(("path",), (("a",),), 1)
    )
    plain = documents.plain(value)
    assert plain["subject"] == {"partner": None, "system": "pay", "component": None}
    assert plain["rows"] == {"columns": ["path"], "rows": [["a"]], "total": 1, "table": None}
    with pytest.raises(TypeError, match="no place"):
        documents.plain(object())


def test_an_unknown_value_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="needs a reason"):
        MeasureValue("kappa_int", 1, Subject(), date(2026, 9, 30), None)


def some_values() -> documents.Document:
    def value(partner: str | None, system: str | None) -> dict[str, object]:
        subject = Subject(partner, system)
        return {
            "measure": "orphan",
            "key": documents.value_key("orphan", subject),
            "subject": documents.plain(subject),
        }

    return {"values": [value("nord", None), value("nord", "pay"), value("sued", "pay")]}


def test_values_are_found_by_subject() -> None:
    document = some_values()
    keys = [value["key"] for value in find_values(document, "orphan", partner="nord")]
    assert keys == ["orphan@partner=nord"], "the exact subject wins"
    assert len(find_values(document, "orphan", system="pay")) == 2
    assert len(find_values(document, "orphan")) == 3


def test_a_missing_value_names_what_there_is() -> None:
    with pytest.raises(documents.AssessmentError, match="It has: orphan"):
        find_values(some_values(), "orphans")
    with pytest.raises(documents.AssessmentError, match="There are values for: partner=nord, "):
        find_values(some_values(), "orphan", partner="west")


def test_differences_name_the_place() -> None:
    before = {"a": 1, "gone": 1, "values": [{"key": "x", "value": 1}, {"key": "y", "value": 1}]}
    after = {"a": "1", "new": 1, "values": [{"key": "x", "value": 2}]}
    assert list(differences(before, after)) == [
        "a: 1 became '1'",
        "gone: is gone",
        "new: is new",
        "values: 2 entries became 1",
        "values[x].value: 1 became 2",
    ]
