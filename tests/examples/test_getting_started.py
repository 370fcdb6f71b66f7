"""The commands of docs/getting-started.md run as written, and what the page quotes is what they print."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from planted_world import GENERATOR, World

PAGE = GENERATOR.parents[2] / "docs" / "getting-started.md"


def steps() -> list[tuple[str, list[str]]]:
    """Commands in order, each with the lines the page quotes from its output."""
    found: list[tuple[str, list[str]]] = []
    for kind, text in re.findall(r"^```(console|text)\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE):
        if kind == "console":
            found += [(line.removeprefix("$ "), []) for line in text.splitlines()]
        else:
            found[-1][1].extend(text.splitlines())
    return found


@pytest.fixture(scope="module")
def desk(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone's top folder as far as the page needs it."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "examples").symlink_to(GENERATOR.parents[1])
    shutil.copytree(world.folder, folder / "world")
    return folder


def test_every_command_of_the_page_works(desk: Path) -> None:
    commands = steps()
    assert len(commands) >= 7
    bin_folder = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "200"}
    for command, quoted in commands:
        shell = ["sh", "-c", command]
        done = subprocess.run(shell, cwd=desk, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        output = " ".join(done.stdout.split())
        for line in quoted:
            assert line in output, (command, line, done.stdout)
