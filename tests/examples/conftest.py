"""The example world, generated once per test process."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from planted_world import GENERATOR, World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("hansekontor") / "world"
    subprocess.run([sys.executable, str(GENERATOR), str(folder)], check=True, capture_output=True)
    return World(folder, json.loads((folder / "truth.json").read_text()))
