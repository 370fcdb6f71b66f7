"""Spark as an engine: a local session, quiet, in UTC, without Hive.

Where a Spark session is already running in this process, for example on a cluster, that one is used and left running.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from copartner.evidence.engine import IbisEngine
from copartner.evidence.errors import EvidenceError

HOW_TO = "install the extra (`pip install 'copartner[spark]'`) and Java 17, or use the engine duckdb"

_CONFIGURATION = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.shuffle.partitions": "4",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}


def missing_parts() -> str | None:
    """What Spark lacks on this machine, or ``None``."""
    if find_spec("pyspark") is None:
        return "pyspark is not installed"
    java = Path(os.environ.get("JAVA_HOME", ""), "bin", "java")
    if shutil.which("java") is None and not java.is_file():
        return "there is no Java"
    return None


class SparkEngine(IbisEngine):
    """A local Spark session with a temporary folder of its own; ``close`` stops it."""

    name = "spark"

    def __init__(self) -> None:
        lacking = missing_parts()
        if lacking is not None:
            raise EvidenceError(f"The engine spark cannot start: {lacking}; {HOW_TO}.")
        import ibis
        from pyspark.sql import SparkSession

        self._folder = Path(tempfile.mkdtemp(prefix="copartner-spark-"))
        self._owned = SparkSession.getActiveSession() is None
        builder = SparkSession.builder.master("local[*]").appName("copartner")
        places = {"spark.sql.warehouse.dir": "warehouse", "spark.local.dir": "scratch"}
        for key, value in (_CONFIGURATION | {key: str(self._folder / name) for key, name in places.items()}).items():
            builder = builder.config(key, value)
        log = self._folder / "spark.log"
        try:
            with _standard_error_to(log):
                self.session = builder.getOrCreate()
        except Exception as error:
            said = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
            shutil.rmtree(self._folder, ignore_errors=True)
            raise EvidenceError(f"The engine spark cannot start: {error}\n{said}\nTo go on, {HOW_TO}.") from error
        self.session.sparkContext.setLogLevel("ERROR")
        super().__init__(ibis.pyspark.connect(self.session))

    def register(self, name: str, rows: pa.Table) -> Any:
        file = self._folder / f"{name}_{next(self._numbers)}.parquet"
        pq.write_table(rows, file)
        return self._read(name, [str(file)], rows.schema)

    def _read(self, name: str, files: list[str], schema: pa.Schema) -> Any:
        self.session.read.parquet(*files).createOrReplaceTempView(name)
        table = self.backend.table(name)
        # Spark's timestamps are moments but Ibis takes them for local times; both engines shall have the same types.
        moments = [field.name for field in schema if pa.types.is_timestamp(field.type) and field.type.tz is not None]
        return table.cast(dict.fromkeys(moments, "timestamp('UTC', 6)")) if moments else table

    def execute(self, expression: Any) -> pa.Table:
        # Not by way of Ibis' to_pyarrow: that goes through pandas, which turns integers beside nulls into floats.
        self.backend._run_pre_execute_hooks(expression)
        with warnings.catch_warnings():
            # pyspark leaves the socket of a result to the garbage collector.
            warnings.filterwarnings("ignore", "unclosed", ResourceWarning)
            result = self.session.sql(self.backend.compile(expression)).toArrow()
        return result.cast(expression.schema().to_pyarrow())

    def close(self) -> None:
        if self._owned:
            self.session.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def _standard_error_to(file: Path) -> Iterator[None]:
    """Let a process started within write its standard error to a file: Java greets with warnings nobody can act on."""
    saved = os.dup(2)
    target = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.dup2(target, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(target)
