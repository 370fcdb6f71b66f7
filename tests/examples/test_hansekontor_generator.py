"""The generator: the same world everywhere, made once, repaired when a run was cut short."""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from planted_world import GENERATOR, World

HEADS_OF_VERSION_1 = "7a5268a85ff93da882e0af380eaf32531ffa173946b465e220cb0317241bea16"
"""Digest over the heads of all repositories. It may only change together with ``VERSION`` of the world."""


def generate(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(GENERATOR), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, check=False)


def fingerprint(folder: Path) -> dict[str, str]:
    """Digest of every file a reader opens, and the references of every repository."""
    files = ("portfolio.yaml", "truth.json", "world.json")
    found = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files}
    for repository in sorted((folder / "repos").iterdir()):
        command = ["git", "-C", str(repository), "for-each-ref", "--format=%(objectname) %(refname)"]
        found[repository.name] = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return found


def modified(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in sorted(folder.rglob("*")) if path.name != ".lock"}


def test_same_world_in_another_place_under_other_settings(world: World, tmp_path: Path) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text("[user]\n\tname = Somebody\n[init]\n\tdefaultBranch = trunk\n[core]\n\tautocrlf = true\n")
    hostile = {
        "TZ": "Pacific/Auckland",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
        "GIT_CONFIG_GLOBAL": str(settings),
        "GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z",
        "GIT_DEFAULT_HASH": "sha256",
    }
    done = generate(tmp_path / "again", **hostile)
    assert done.returncode == 0, done.stderr
    assert fingerprint(tmp_path / "again") == fingerprint(world.folder)


def test_commit_names_are_those_of_every_other_machine(world: World) -> None:
    heads = {name: repository["head"] for name, repository in world.truth["repositories"].items()}
    assert world.truth["world"]["version"] == "1"
    assert hashlib.sha256(json.dumps(heads, sort_keys=True).encode()).hexdigest() == HEADS_OF_VERSION_1


def test_second_run_changes_nothing(world: World, tmp_path: Path) -> None:
    shutil.copytree(world.folder, tmp_path / "w")
    before = modified(tmp_path / "w")
    done = generate(tmp_path / "w")
    assert done.stdout.startswith("Found ")
    assert modified(tmp_path / "w") == before


def test_run_after_a_kill_repairs(world: World, tmp_path: Path) -> None:
    chance = random.Random(20260930)
    folder = tmp_path / "w"
    for _ in range(6):
        process = subprocess.Popen([sys.executable, str(GENERATOR), str(folder)], stdout=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.1, 2.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = generate(folder)
    assert done.returncode == 0, done.stderr
    assert fingerprint(folder) == fingerprint(world.folder)
    assert not (folder / ".building").exists()


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder: (folder / "truth.json").unlink(),
        lambda folder: (folder / "portfolio.yaml").write_text("kind: Portfolio\n"),
        lambda folder: (folder / "repos" / "ledger.git" / "refs" / "heads" / "main").unlink(),
        lambda folder: (folder / "repos" / "infra.git").rename(folder / "infra.git.away"),
        lambda folder: next((folder / "repos" / "refunds.git" / "objects" / "pack").glob("*.pack")).unlink(),
    ],
    ids=["truth gone", "portfolio changed", "branch gone", "repository gone", "pack gone"],
)
def test_damaged_world_is_repaired(world: World, tmp_path: Path, harm: Callable[[Path], object]) -> None:
    folder = tmp_path / "w"
    shutil.copytree(world.folder, folder)
    harm(folder)
    assert generate(folder).stdout.startswith("Wrote ")
    assert fingerprint(folder) == fingerprint(world.folder)


def test_two_runs_at_once_make_one_world(world: World, tmp_path: Path) -> None:
    command = [sys.executable, str(GENERATOR), str(tmp_path / "w")]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = sorted(run.communicate()[0].split()[0] for run in runs)
    assert answers == ["Found", "Wrote"]
    assert fingerprint(tmp_path / "w") == fingerprint(world.folder)


def test_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "portfolio.yaml").write_text("mine\n")
    done = generate(tmp_path)
    assert done.returncode == 2
    assert "was not made by this generator" in done.stderr
    assert (tmp_path / "portfolio.yaml").read_text() == "mine\n"
    assert not (tmp_path / "repos").exists()


def test_generation_is_cheap(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert generate(tmp_path / "w").stdout == f"Wrote 12 repositories and a portfolio in {tmp_path / 'w'}\n"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime) < 15


def test_a_relative_folder_is_taken_from_where_one_stands(world: World, tmp_path: Path) -> None:
    """As ``make run`` names it."""
    command = [sys.executable, str(GENERATOR), "deep/world"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert fingerprint(tmp_path / "deep" / "world") == fingerprint(world.folder)
