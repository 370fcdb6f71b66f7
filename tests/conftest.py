"""Fixtures every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the evaluation data, not part of the repository; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("COPARTNER_SHARED", ROOT.parent / "shared"))
    if not (folder / "data" / "MANIFEST.md").is_file():
        pytest.skip(f"evaluation data not found beside the repository (looked at {folder.name}/data/MANIFEST.md)")
    return folder
