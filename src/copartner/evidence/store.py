"""Where a ledger lies: a folder, or an object store that ``deltalake`` opens, addressed in one way.

Layout: ``ledger.json`` (format; folders only), ``batches/`` (the Delta table whose newest row is the truth), and one
Delta table per evidence table under ``tables/``. Paths of data files are relative to their table.

Format: tables never use partitions or deletion vectors, so a version's file list is all an engine needs to read it.
Delta's clean-up of old log entries is switched off, because it would end time travel after 30 days.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa
from deltalake.exceptions import DeltaError, TableNotFoundError

from copartner.evidence.errors import EvidenceError

FORMAT = 1
MARKER = "ledger.json"
BATCHES = "batches"

_CONFIGURATION: dict[str, str | None] = {
    "delta.enableExpiredLogCleanup": "false",
    "delta.enableDeletionVectors": "false",
    "delta.checkpointInterval": "50",
}
_DESCRIPTION = "copartner evidence ledger, format {}"


class Store:
    """One ledger's place. ``local`` is its folder, or ``None`` for an object store.

    ``remembered`` keeps what cannot change once read: entries of the batch log by file, file lists by table version.
    """

    def __init__(self, location: str | os.PathLike[str], options: Mapping[str, str] | None = None) -> None:
        text = os.fspath(location)
        self.options = dict(options or {})
        self.local = None if "://" in text else Path(text).absolute()
        self.root = text.rstrip("/") if self.local is None else str(self.local)
        self.remembered: dict[tuple[str, str | int], Any] = {}
        self._filesystems: dict[str, Any] = {}

    def uri(self, table: str) -> str:
        """Address of a table's Delta folder; ``BATCHES`` is the batch log."""
        return f"{self.root}/{BATCHES}" if table == BATCHES else f"{self.root}/tables/{table}"

    def afresh(self) -> Store:
        """The same place with nothing remembered, to look at what lies there now."""
        return Store(self.root, self.options)

    def address(self, table: str, file: str) -> str:
        """Address of a data file, as engines take it."""
        return f"{self.uri(table)}/{file}"

    def prepare(self, *, create: bool) -> None:
        """Check that the place holds a ledger of a format this version reads, or make a new one.

        Raises ``EvidenceError`` where it holds something else, a newer format, or (``create=False``) nothing.
        """
        found = self._format()
        if found is None:
            if not create:
                raise EvidenceError(f"{self.root} holds no evidence ledger; run a collection or name another folder.")
            self._create()
        elif found != FORMAT:
            raise EvidenceError(
                f"{self.root} is an evidence ledger of format {found}; this version reads format {FORMAT}. "
                "Use the version of copartner that wrote it, or name another folder."
            )

    def _format(self) -> int | None:
        if self.local is None:
            batches = self.delta(BATCHES)
            if batches is None:
                return None
            description = batches.metadata().description or ""
            if not description.startswith(_DESCRIPTION.format("")):
                raise EvidenceError(f"{self.uri(BATCHES)} is a Delta table of something else; name another place.")
            return int(description.removeprefix(_DESCRIPTION.format("")))
        if self.local.exists() and not self.local.is_dir():
            raise EvidenceError(f"{self.local} is a file, not an evidence ledger; name a folder.")
        marker = self.local / MARKER
        if marker.is_file():
            return self._marker()["format"]
        strangers = sorted(p.name for p in self.local.iterdir()) if self.local.exists() else []
        strangers = [name for name in strangers if not name.startswith(f".{MARKER}")]
        if strangers:
            shown = ", ".join(strangers[:3]) + (", …" if len(strangers) > 3 else "")
            raise EvidenceError(
                f"{self.local} is not an evidence ledger: it holds {shown} but no {MARKER}. Name a new or empty folder."
            )
        return None

    def _create(self) -> None:
        if self.local is None:
            from copartner.evidence.batches import SCHEMA

            self.create_table(BATCHES, SCHEMA)
            return
        self.local.mkdir(parents=True, exist_ok=True)
        self.note_newest(0)

    def note_newest(self, sequence: int) -> None:
        """Write down, in a folder, how far the batch log reaches, so that the loss of its last entry is noticed."""
        if self.local is None:
            return
        note = {"format": FORMAT, "holds": "copartner evidence ledger", "newest_batch": sequence}
        draft = self.local / f".{MARKER}.{os.getpid()}"
        draft.write_text(json.dumps(note) + "\n", encoding="utf-8")
        draft.replace(self.local / MARKER)

    def noted_newest(self) -> int:
        """Number of the last batch known to be committed; 0 where nothing is noted."""
        if self.local is None:
            return 0
        return self._marker()["newest_batch"]

    def _marker(self) -> dict[str, int]:
        """What a folder's ``ledger.json`` says. Raises ``EvidenceError`` where it is damaged."""
        marker = Path(self.root) / MARKER
        try:
            content = json.loads(marker.read_text(encoding="utf-8"))
            return {"format": int(content["format"]), "newest_batch": int(content.get("newest_batch", 0))}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise EvidenceError(
                f'{marker} is damaged ({error}); write {{"format": {FORMAT}}} into it if the folder is a ledger.'
            ) from error

    def delta(self, table: str, version: int | None = None) -> Any:
        """The Delta table, at ``version`` or newest; ``None`` where it does not exist.

        Raises ``EvidenceError`` where its log cannot be read up to that version.
        """
        try:
            return deltalake.DeltaTable(self.uri(table), version=version, storage_options=self.options)
        except TableNotFoundError:
            if version is None:
                return None
            raise EvidenceError(self._log_message(table, version, "the table is missing")) from None
        except (DeltaError, OSError) as error:
            raise EvidenceError(self._log_message(table, version, str(error).splitlines()[0])) from error

    def _log_message(self, table: str, version: int | None, problem: str) -> str:
        wanted = "" if version is None else f" at version {version}"
        return (
            f"Table {table}: its Delta log ({self.uri(table)}/_delta_log){wanted} cannot be read: {problem}. "
            "Put the missing or changed log files back from a backup, or collect into a new folder: "
            "equal evidence gives an equal content hash."
        )

    def create_table(self, table: str, schema: pa.Schema) -> Any:
        """A new, empty Delta table. It starts empty so that a killed first collection can be rolled back."""
        return deltalake.DeltaTable.create(
            self.uri(table),
            schema,
            mode="ignore",
            name=table,
            description=_DESCRIPTION.format(FORMAT),
            configuration=_CONFIGURATION,
            storage_options=self.options,
        )

    def open(self, table: str, file: str) -> Any:
        """A readable, seekable Arrow file. Raises ``FileNotFoundError`` or another ``OSError``."""
        if self.local is not None:
            return pa.OSFile(self.address(table, file), "rb")
        if table not in self._filesystems:
            from deltalake.fs import DeltaStorageHandler
            from pyarrow.fs import PyFileSystem

            self._filesystems[table] = PyFileSystem(DeltaStorageHandler(self.uri(table), self.options))
        return self._filesystems[table].open_input_file(file)

    def checksum(self, table: str, file: str) -> tuple[int, str]:
        """Size in bytes and SHA-256 of a data file as it lies there now. Raises ``OSError``."""
        if self.local is not None:
            with open(self.address(table, file), "rb") as stream:
                digest = hashlib.file_digest(stream, "sha256")
                return stream.tell(), digest.hexdigest()
        content = self.open(table, file).readall()
        return len(content), hashlib.sha256(content).hexdigest()

    def size(self, table: str, file: str) -> int | None:
        """Size of a file in bytes, ``None`` where there is none."""
        try:
            with self.open(table, file) as stream:
                return int(stream.size())
        except FileNotFoundError:
            return None

    def keep_on_disk(self, table: str, file: str) -> None:
        """Ask the disk to keep a file, so that power loss cannot take away what a later commit builds on."""
        if self.local is not None:
            with open(self.address(table, file), "rb") as stream:
                os.fsync(stream.fileno())


def file_names(delta: Any) -> list[str]:
    """Names of the data files of an opened Delta table, sorted."""
    return sorted(uri.rsplit("/", 1)[-1] for uri in delta.file_uris())


def names_digest(names: list[str]) -> str:
    """Digest of a version's file list: a Delta log that was changed behind the ledger's back does not match it."""
    return hashlib.sha256("\n".join(names).encode()).hexdigest()
