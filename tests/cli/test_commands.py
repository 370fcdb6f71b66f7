"""The commands as a user types them: output, exit codes, and that wrong input writes nothing."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from copartner.assessments.report import render_report
from copartner.cli.main import main
from copartner.evidence.ledger import Ledger, Pin
from copartner.evidence.tables import COMMIT
from git_repositories import RepositoryBuilder
from small_company import AS_OF, INES, Run, at, found, lines

DAY = AS_OF.isoformat()


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    """Run the command; returns its exit code."""
    monkeypatch.setattr(sys, "argv", ["copartner", *map(str, arguments)])
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("COPARTNER_DATA", raising=False)
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def test_assess_prints_the_answer_and_where_it_lies(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, "assess", run.portfolio, "--as-of", DAY) == 0
    printed = capsys.readouterr().out
    assert "Payments" in printed
    assert str(run.result.folder) in printed
    assert "report.html" in printed


def test_assess_as_json_is_the_document(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, "assess", run.portfolio, "--as-of", DAY, "--json") == 0
    assert json.loads(capsys.readouterr().out)["hash"] == run.result.document["hash"]


@pytest.mark.parametrize("data", [None, "other"])
def test_verify_derives_the_same_bytes_on_any_data_folder(
    run: Run, tmp_path: Path, data: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--data", tmp_path / data] if data else []
    assert command(monkeypatch, "verify", run.result.folder, *place) == 0
    assert f"Verified: {run.result.document['hash']}" in capsys.readouterr().out


def test_verify_names_what_it_could_not_reproduce(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from copartner.assessments import document as documents

    forged = json.loads((run.result.folder / documents.FILE_NAME).read_text())
    forged["values"][0]["n"] += 1
    forged["hash"] = documents.document_hash(forged)
    folder = tmp_path / "forged"
    shutil.copytree(run.result.folder, folder)
    documents.write(forged, folder)
    assert command(monkeypatch, "verify", folder) == 1
    printed = capsys.readouterr().out
    assert "Not reproduced" in printed
    assert f"values[{forged['values'][0]['key']}].n" in printed


def test_explain_opens_a_number(run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(monkeypatch, "explain", run.result.folder, "kappa_int", "--system", "payments", "--rows", "2") == 0
    printed = capsys.readouterr().out
    assert "Formula" in printed
    assert "half_life_days=180" in printed
    assert "core/pay.py" in printed
    assert "2 of 4 rows" in printed


def test_explain_derives_rows_again_that_the_document_does_not_hold(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The frozen document holds 25 rows of 30; asking for all of them reads the pinned evidence again."""
    folder = tmp_path / "many"
    portfolio = found(folder)
    shutil.rmtree(folder / "shop.git")
    builder = RepositoryBuilder(folder / "shop.git")
    builder.commit({f"part{n}.py": lines(f"part{n}", 5) for n in range(30)}, author=INES, time=at(2026, 5))
    builder.build()
    assert command(monkeypatch, "assess", portfolio, "--as-of", DAY, "--out", tmp_path / "out") == 0
    (assessed,) = (tmp_path / "out").iterdir()
    capsys.readouterr()
    builder.commit({"later.py": lines("later", 5)}, time=at(2026, 6))
    builder.build()
    question = ["explain", assessed, "kappa_int", "--system", "shop", "--json"]
    assert command(monkeypatch, *question, "--rows", "25") == 0
    held = json.loads(capsys.readouterr().out)["values"][0]["rows"]
    assert (len(held["rows"]), held["total"]) == (25, 30)
    assert command(monkeypatch, *question, "--rows", "30") == 0
    rows = json.loads(capsys.readouterr().out)["values"][0]["rows"]
    assert (len(rows["rows"]), rows["total"]) == (30, 30), "a later commit is not among them"


def test_the_report_says_what_rests_on_line_ownership(run: Run) -> None:
    assert run.result.report is not None
    page = run.result.report.read_text(encoding="utf-8")
    assert 'id="lines"' in page
    assert 'href="#e-only-partner-lines-partner-nord"' in page
    assert 'id="e-only-partner-lines-partner-nord"' in page
    without = {**run.result.document, "values": [], "findings": [], "exits": [], "ownership_over_time": []}
    assert 'id="lines"' not in render_report(without)


def test_explain_names_the_measures_there_are(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, "explain", run.result.folder, "kappa") == 2
    assert "kappa_int" in capsys.readouterr().err


def test_exit_says_by_when_to_decide(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, "exit", run.portfolio, "--partner", "nord", "--as-of", DAY, "--json") == 0
    simulated = json.loads(capsys.readouterr().out)["exit"]
    assert (simulated["on"], simulated["decision_date"]) == ("2026-12-31", "2026-10-31")
    assert simulated["living_lines"] == {"surviving_line_share": 0.711538, "only_partner_lines": 0.711538}
    assert command(monkeypatch, "exit", run.portfolio, "--partner", "nord", "--as-of", DAY) == 0
    printed = capsys.readouterr().out
    assert "31 Oct 2026" in printed
    assert "Living lines they wrote last  71%" in printed


def test_exit_names_the_partners_there_are(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, "exit", run.portfolio, "--partner", "south", "--as-of", DAY) == 2
    assert "Declared partners: nord" in capsys.readouterr().err


def test_measures_are_listed_and_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(monkeypatch, "measures") == 0
    assert "surviving_line_share" in capsys.readouterr().out
    assert command(monkeypatch, "measures", "kappa_int") == 0
    assert "half-life" in capsys.readouterr().out
    assert command(monkeypatch, "measures", "kappa_in") == 2
    assert "Did you mean kappa_int?" in capsys.readouterr().err
    assert command(monkeypatch, "measures", "--json") == 0
    assert any(item["id"] == "orphan" for item in json.loads(capsys.readouterr().out))


def test_ownership_counts_living_lines_by_organisation(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clone = run.portfolio.parent / "pay.git"
    parquet = tmp_path / "runs.parquet"
    arguments = ["ownership", clone, "--portfolio", run.portfolio, "--every", "year", "--json", "--parquet", parquet]
    assert command(monkeypatch, *arguments, "--data", tmp_path / "data") == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["organisations"] == {"Nord": 371, "unknown": 20}
    assert [row["organisations"]["Nord"] for row in summary["series"]] == [321, 371]
    assert parquet.stat().st_size > 0
    assert command(monkeypatch, "ownership", clone, "--path", "core/**", "--memory", "64m") == 0
    printed = capsys.readouterr().out
    assert "nord.example" in printed
    assert "350 living lines in 3 files" in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--every", "day"], "choose week, month"), (["--memory", "much"], "512m"), (["--rev", "nope"], "nope")],
)
def test_ownership_refuses_what_it_cannot_read(
    run: Run,
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command(monkeypatch, "ownership", run.portfolio.parent / "pay.git", *arguments) == 2
    assert message in capsys.readouterr().err


def test_evidence_is_listed_shown_exported_and_verified(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ["--data", run.data]
    assert command(monkeypatch, "evidence", "ls", *at) == 0
    assert "file_change" in capsys.readouterr().out
    assert command(monkeypatch, "evidence", "ls", "--batches", *at) == 0
    assert "git-ownership" in capsys.readouterr().out
    assert command(monkeypatch, "evidence", "show", "commit", "--where", "repository=pay", "--limit", "2", *at) == 0
    assert "2 of 4 rows" in capsys.readouterr().out
    assert command(monkeypatch, "evidence", "show", "commit", "--json", *at) == 0
    assert json.loads(capsys.readouterr().out)["matching"] == 6
    target = tmp_path / "commits.csv"
    assert command(monkeypatch, "evidence", "export", "commit", target, *at) == 0
    assert len(target.read_text().splitlines()) == 7
    assert command(monkeypatch, "evidence", "verify", *at) == 0
    assert "intact" in capsys.readouterr().out
    assert command(monkeypatch, "evidence", "verify", "--json", *at) == 0
    assert json.loads(capsys.readouterr().out)["damage"] == []


def test_evidence_refuses_unknown_tables_and_conditions(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, "evidence", "show", "commits", "--data", run.data) == 2
    assert "'commit'" in capsys.readouterr().err
    assert command(monkeypatch, "evidence", "show", "commit", "--where", "x", "--data", run.data) == 2
    assert "COLUMN=VALUE" in capsys.readouterr().err
    assert command(monkeypatch, "evidence", "ls", "--data", run.data / "nothing") == 2
    assert capsys.readouterr().err


def test_damage_is_named_and_is_bad_news(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "data"
    shutil.copytree(run.data, copy)
    victim = next((copy / "evidence").glob("**/commit/*.parquet"))
    victim.write_bytes(victim.read_bytes()[:-20])
    assert command(monkeypatch, "evidence", "verify", "--data", copy) == 1
    assert victim.name in capsys.readouterr().out


def test_compacting_changes_no_result(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "data"
    shutil.copytree(run.data, copy)
    ledger = Ledger.open(copy / "evidence")
    assert f"assessment {run.result.document['hash']}" in ledger.kept()
    pin = Pin.from_json(json.loads((run.result.folder / "provenance.json").read_text())["ledger"])
    assert command(monkeypatch, "evidence", "compact", "--retain-days", "0", "--data", copy) == 0
    assert ledger.snapshot(pin).arrow(COMMIT).num_rows == 6
    assert "no kept state needs" in capsys.readouterr().out
    assert command(monkeypatch, "verify", run.result.folder, "--data", copy) == 0


def test_init_writes_a_portfolio_that_can_be_assessed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "mine" / "portfolio.yaml"
    clone = run.portfolio.parent / "pay.git"
    assert command(monkeypatch, "init", clone, "-o", target) == 0
    assert "copartner assess" in capsys.readouterr().out
    assert command(monkeypatch, "assess", target, "--as-of", DAY, "--no-ownership") == 0
    assert command(monkeypatch, "init", clone, "-o", target) == 2
    assert "--force" in capsys.readouterr().err
    assert command(monkeypatch, "init", clone, "-o", target, "--force", "--hash") == 0


def test_a_bad_portfolio_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    portfolio = tmp_path / "portfolio.yaml"
    portfolio.write_text("apiVersion: copartner/v1\nkind: Portfolio\ncompany: {id: us, nam: Us}\n")
    assert command(monkeypatch, "assess", portfolio) == 2
    error = capsys.readouterr().err
    assert "portfolio.yaml:3" in error
    assert "nothing was written" in error
    assert [entry.name for entry in tmp_path.iterdir()] == ["portfolio.yaml"]


def test_a_limit_that_does_not_exist_is_refused_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    portfolio = found(tmp_path)
    with portfolio.open("a") as file:
        file.write("settings:\n  limits: {black_box.kapa_int: 0.2, abandoned_code.act: 7}\n")
    line = len(portfolio.read_text().splitlines())
    assert command(monkeypatch, "assess", portfolio, "--as-of", DAY) == 2
    error = capsys.readouterr().err
    assert f"portfolio.yaml:{line}: settings.limits.black_box.kapa_int: unknown limit. Did you mean" in error
    assert f"portfolio.yaml:{line}: settings.limits.abandoned_code.act: 7 is outside 0 to 1" in error
    assert not (tmp_path / ".copartner").exists()


def test_no_readable_repository_is_an_error_and_one_unreadable_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    portfolio = found(tmp_path)
    shutil.rmtree(tmp_path / "pay.git")
    assert command(monkeypatch, "assess", portfolio, "--as-of", DAY, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["filter"]["repositories"]["pay"]["unreadable"]
    shares = {v["key"]: v for v in document["values"]}
    assert shares["kappa_int@system=payments"]["value"] is None
    shutil.rmtree(tmp_path / "shop.git")
    assert command(monkeypatch, "assess", portfolio, "--as-of", DAY) == 2
    assert "No repository could be read" in capsys.readouterr().err
