"""``copartner evidence verify --repair``: damage is named, taken out, and comes back with the next collection."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from copartner.cli.evidence import app
from copartner.evidence.ledger import Ledger
from copartner.evidence.tables import COMMIT
from evidence_rows import collect


def test_a_damaged_ledger_is_named_repaired_and_collected_again(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "evidence")
    collect(ledger, range(5), "payments", "payments-api")
    expected = ledger.snapshot().content_hash(COMMIT)
    file = Path(ledger.snapshot().files(COMMIT)[0])
    file.write_bytes(file.read_bytes()[:-9])
    command = ["verify", "--data", str(tmp_path)]

    found = CliRunner().invoke(app, command)
    assert found.exit_code == 1
    assert file.name in found.output
    assert "copartner evidence verify --repair" in found.output
    assert "1 damaged" in found.output

    repaired = CliRunner().invoke(app, [*command, "--repair"])
    assert repaired.exit_code == 1
    assert "Took out what git said of payments-api; collect it again." in repaired.output
    collect(Ledger.open(tmp_path / "evidence"), range(5), "payments", "payments-api")
    assert Ledger.open(tmp_path / "evidence").snapshot().content_hash(COMMIT) == expected
