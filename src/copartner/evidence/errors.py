"""What can go wrong with evidence, each with the place and the remedy in its message."""

from __future__ import annotations

from dataclasses import dataclass


class EvidenceError(Exception):
    """The ledger cannot do what was asked. The message names the place and what to do about it."""


class LedgerBusy(EvidenceError):
    """Another writer is at work. Nothing was written; run the collection again when it has ended."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A file, log or row of the ledger that is not what was written.

    ``rows`` is the number of rows that cannot be read (``None`` where even that is unknown), ``batches`` the
    collection runs whose rows the place holds, newest last.
    """

    table: str
    file: str
    problem: str
    rows: int | None
    batches: tuple[str, ...]
    remedy: str

    def __str__(self) -> str:
        lost = "an unknown number of rows" if self.rows is None else f"{self.rows} rows"
        origin = f" of {', '.join(self.batches)}" if self.batches else ""
        return f"Table {self.table}, file {self.file}: {self.problem} ({lost}{origin}). {self.remedy}"


class DamagedEvidence(EvidenceError):
    """A file of the ledger is not what was written; ``damage`` names it. The rest stays readable."""

    def __init__(self, damage: Damage) -> None:
        super().__init__(str(damage))
        self.damage = damage
