"""Rules of the house that no linter knows."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def tracked(pattern: str) -> list[Path]:
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", pattern],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: the list of the project's files is not to be had")
    return [ROOT / name.decode() for name in listed.split(b"\0") if name and (ROOT / name.decode()).is_file()]


def test_the_lock_file_names_no_host_but_the_public_ones() -> None:
    hosts = set(re.findall(r"https?://([^/\"]+)", (ROOT / "uv.lock").read_text()))
    assert hosts == {"pypi.org", "files.pythonhosted.org"}


def test_no_file_is_long_without_a_reason() -> None:
    """A file of more than 500 lines says why at its top."""
    long = [
        path.relative_to(ROOT).as_posix()
        for path in tracked("*.py")
        if len(lines := path.read_text(encoding="utf-8").splitlines()) > 500
        and "Longer than 500 lines because" not in "\n".join(lines[:30])
    ]
    assert long == []


def test_no_drawer_for_anything() -> None:
    """A module called utils, helpers, common or core says nothing about what it holds."""
    drawers = {"utils", "util", "helpers", "common", "core", "misc"}
    assert [path for path in tracked("src/*.py") if {path.stem, *path.relative_to(ROOT).parts} & drawers] == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in tracked("src/*.py")
        if path.read_text(encoding="utf-8").strip() and not path.read_text(encoding="utf-8").lstrip().startswith('"""')
    ]
    assert silent == []


def test_links_in_the_documentation_lead_somewhere() -> None:
    broken = []
    for page in tracked("*.md"):
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []
