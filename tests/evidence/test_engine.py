"""Connecting to an engine, and what is said when one cannot be had. What engines compute is tested in tests/engines."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from copartner.evidence import spark_engine
from copartner.evidence.engine import connect
from copartner.evidence.errors import EvidenceError


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(EvidenceError, match="no engine 'polars'; known are duckdb and spark"):
        connect("polars")


def test_what_spark_lacks_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(spark_engine, "find_spec", lambda name: None)
    with pytest.raises(EvidenceError, match=r"cannot start: pyspark is not installed; install the extra"):
        connect("spark")
    monkeypatch.setattr(spark_engine, "find_spec", lambda name: object())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert spark_engine.missing_parts() == "there is no Java"
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").touch()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert spark_engine.missing_parts() is None


def test_the_greetings_of_a_child_go_to_a_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with spark_engine._standard_error_to(tmp_path / "log"):
        subprocess.run([sys.executable, "-c", "import sys; sys.stderr.write('WARN')"], check=True)
    os.write(2, b"later")
    assert (tmp_path / "log").read_text() == "WARN"
    assert capfd.readouterr().err == "later"


def test_reading_and_writing_a_ledger_imports_no_ibis(tmp_path: Path) -> None:
    script = """
import sys
from evidence_rows import collect
from copartner.evidence import inspection, engine
from copartner.evidence.ledger import Ledger
ledger = Ledger.open(sys.argv[1])
collect(ledger, range(3))
inspection.list_tables(ledger.snapshot())
inspection.compact(ledger)
print(sorted(name for name in ("ibis", "duckdb", "pyspark", "django") if name in sys.modules))
"""
    paths = os.pathsep.join([str(Path(__file__).parent.parent), *sys.path])
    environment = {**os.environ, "PYTHONPATH": paths}
    command = [sys.executable, "-c", script, str(tmp_path / "evidence")]
    assert subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout == "[]\n"
