"""Starting and leaving Spark, each in a process of its own because a process has but one session."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from copartner.evidence.spark_engine import missing_parts

pytestmark = pytest.mark.spark


@pytest.fixture(autouse=True)
def _spark() -> None:
    if lacking := missing_parts():
        pytest.skip(f"engine spark not tested: {lacking} (needs the extra `spark` and Java 17)")


def run(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join(filter(None, sys.path))
    variables = {**os.environ, "PYTHONPATH": paths, **environment}
    return subprocess.run([sys.executable, "-c", script], env=variables, capture_output=True, text=True, check=False)


def test_spark_starts_and_stops_quietly_in_utc(tmp_path: Path) -> None:
    script = """
import ibis, pyarrow as pa
from copartner.evidence.engine import connect
with connect("spark") as engine:
    rows = engine.register("x", pa.table({"n": [1, None]}))
    print(engine.execute(rows.aggregate(n=rows.n.sum()))["n"].to_pylist())
    settings = engine.session.conf
    print(settings.get("spark.sql.session.timeZone"), settings.get("spark.sql.catalogImplementation"))
print(engine._folder.exists())
"""
    result = run(script, TMPDIR=str(tmp_path))
    assert (result.stdout, result.stderr) == ("[1]\nUTC in-memory\nFalse\n", "")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("copartner")] == []


def test_a_session_of_somebody_else_is_used_and_left_running() -> None:
    script = """
import pyarrow as pa
from pyspark.sql import SparkSession
from copartner.evidence.engine import connect
session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
with connect("spark") as engine:
    print(engine.session is session)
print(session.range(3).count())
session.stop()
"""
    result = run(script)
    assert result.stdout == "True\n3\n", result.stderr


def test_a_java_that_cannot_run_spark_is_reported_with_what_it_said(tmp_path: Path) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'Unsupported class file major version' >&2\nexit 1\n")
    java.chmod(0o755)
    script = """
from copartner.evidence.engine import connect
from copartner.evidence.errors import EvidenceError
try:
    connect("spark")
except EvidenceError as error:
    print(error)
"""
    result = run(script, JAVA_HOME=str(tmp_path), TMPDIR=str(tmp_path))
    assert "The engine spark cannot start" in result.stdout
    assert "Unsupported class file major version" in result.stdout
    assert "use the engine duckdb" in result.stdout
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("copartner")] == []
