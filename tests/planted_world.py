"""The generated example world as tests use it: its folder, its truth, and git to ask."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GENERATOR = Path(__file__).resolve().parents[1] / "examples" / "hansekontor" / "generate.py"


@dataclass(frozen=True)
class World:
    """A generated world: its folder and its truth."""

    folder: Path
    truth: dict[str, Any]

    @property
    def portfolio(self) -> Path:
        return self.folder / "portfolio.yaml"

    def git(self, repository: str, *arguments: str) -> str:
        """What git says about one of its repositories."""
        command = ["git", "-C", str(self.folder / "repos" / f"{repository}.git"), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
