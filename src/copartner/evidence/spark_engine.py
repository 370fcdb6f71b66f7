"""Spark as an engine: a local session, quiet, in UTC, without Hive."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from copartner.evidence.engine import IbisEngine
from copartner.evidence.errors import EvidenceError

HOW_TO = "install the extra (`pip install 'copartner[spark]'`) and Java 17, or use the engine duckdb"


def missing_parts() -> str | None:
    """What Spark lacks on this machine, or ``None``."""
    from importlib.util import find_spec

    if find_spec("pyspark") is None:
        return "pyspark is not installed"
    java = Path(os.environ.get("JAVA_HOME", ""), "bin", "java")
    if shutil.which("java") is None and not java.is_file():
        return "there is no Java"
    return None


class SparkEngine(IbisEngine):
    """A local Spark session of its own temporary folder; ``close`` stops it."""

    name = "spark"

    def __init__(self) -> None:
        lacking = missing_parts()
        if lacking is not None:
            raise EvidenceError(f"The engine spark cannot start: {lacking}; {HOW_TO}.")
        import ibis
        from pyspark.sql import SparkSession

        self._folder = Path(tempfile.mkdtemp(prefix="copartner-spark-"))
        self.session = (
            SparkSession.builder.master("local[*]")
            .appName("copartner")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.catalogImplementation", "in-memory")
            .config("spark.sql.warehouse.dir", str(self._folder / "warehouse"))
            .config("spark.local.dir", str(self._folder / "scratch"))
            .config("spark.sql.shuffle.partitions", "4")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.ansi.enabled", "true")
            .config("spark.sql.execution.arrow.pyspark.enabled", "true")
            .getOrCreate()
        )
        self.session.sparkContext.setLogLevel("ERROR")
        super().__init__(ibis.pyspark.connect(self.session))

    def register(self, name: str, rows: pa.Table) -> Any:
        file = self._folder / f"{name}_{next(self._numbers)}.parquet"
        pq.write_table(rows, file)
        return self._read(name, [str(file)], rows.schema)

    def _read(self, name: str, files: list[str], schema: pa.Schema) -> Any:
        self.session.read.parquet(*files).createOrReplaceTempView(name)
        return self.backend.table(name)

    def close(self) -> None:
        self.session.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
