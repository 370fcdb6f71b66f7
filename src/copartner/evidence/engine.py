"""Engines: the same Ibis expression on DuckDB (in-process, default) or Spark (extra ``spark``, Java 17).

Both read the pinned version's own list of Parquet files, so neither needs to know Delta. Operations that the two are
known to answer differently are not used anywhere: ``first``/``last`` over windows and as-of joins; see
docs/decisions/0003-engines.md for what takes their place.

Ibis is imported when an engine connects, never with this module: it costs about a second.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Any, Protocol, Self

import pyarrow as pa

from copartner.evidence.errors import EvidenceError
from copartner.evidence.snapshot import Snapshot
from copartner.evidence.tables import Table

ENGINES = ("duckdb", "spark")


class Engine(Protocol):
    """Runs Ibis expressions over evidence. Use as a context manager, or ``close`` it."""

    name: str

    def table(self, snapshot: Snapshot, table: Table) -> Any:
        """The rows of a table at the snapshot's pin, with provenance columns, as an Ibis table."""

    def register(self, name: str, rows: pa.Table) -> Any:
        """Rows at hand as an Ibis table; registering a name again replaces it for later expressions."""

    def execute(self, expression: Any) -> pa.Table:
        """Compute a table expression. Row order is undefined unless the expression orders."""

    def close(self) -> None:
        """Free the engine; its tables cannot be used afterwards."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def connect(name: str = "duckdb") -> Engine:
    """Connect to an engine, ``duckdb`` or ``spark``.

    Raises ``EvidenceError`` for another name, or where Spark's parts are missing, saying how to get them.
    """
    if name == "duckdb":
        return DuckDBEngine()
    if name == "spark":
        from copartner.evidence.spark_engine import SparkEngine

        return SparkEngine()
    raise EvidenceError(f"There is no engine {name!r}; known are {' and '.join(ENGINES)}.")


class IbisEngine(ABC):
    """What both engines share: naming, context manager, results in the expression's own types."""

    name = ""

    def __init__(self, backend: Any) -> None:
        self.backend = backend
        self._numbers = itertools.count(1)
        self._tables: dict[tuple[str, str], Any] = {}

    def table(self, snapshot: Snapshot, table: Table) -> Any:
        files = snapshot.files(table) if snapshot.store.local is not None else None
        if not files:
            # Nothing collected yet, or an object store: then the ledger reads, and the engine computes.
            return self.register(f"{table.name}_{next(self._numbers)}", snapshot.arrow(table))
        key = (table.name, "\n".join(files))
        if key not in self._tables:
            self._tables[key] = self._read(f"{table.name}_{next(self._numbers)}", files, table.stored_schema)
        return self._tables[key]

    @abstractmethod
    def register(self, name: str, rows: pa.Table) -> Any:
        """See ``Engine``."""

    @abstractmethod
    def _read(self, name: str, files: list[str], schema: pa.Schema) -> Any:
        """Parquet files of one schema as an Ibis table of this name."""

    def execute(self, expression: Any) -> pa.Table:
        result = self.backend.to_pyarrow(expression)
        return result.cast(expression.schema().to_pyarrow())

    def close(self) -> None:
        self.backend.disconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class DuckDBEngine(IbisEngine):
    """DuckDB in this process, in memory, in UTC."""

    name = "duckdb"

    def __init__(self) -> None:
        import ibis

        backend = ibis.duckdb.connect()
        backend.raw_sql("SET TimeZone = 'UTC'")
        super().__init__(backend)

    def register(self, name: str, rows: pa.Table) -> Any:
        self.backend.con.register(name, rows)
        return self.backend.table(name)

    def _read(self, name: str, files: list[str], schema: pa.Schema) -> Any:
        return self.backend.read_parquet(files, table_name=name)
