"""The published truck factor of pallets/flask, from its real history.

Needs clones beside each other in a folder named by ``COPARTNER_CLONES``: ``flask`` with pallets/flask in it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT


def test_flask_at_the_published_date() -> None:
    """Avelino et al., ICPC 2016: 1. The snapshot date is estimated; every variant agrees."""
    folder = os.environ.get("COPARTNER_CLONES")
    if not folder or not (Path(folder) / "flask").is_dir():
        pytest.skip("set COPARTNER_CLONES to a folder with a clone of pallets/flask named flask")
    script = ROOT / "benchmarks" / "truck_factor.py"
    command = [sys.executable, str(script), f"{Path(folder) / 'flask'}@2015-02-26"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    (found,) = json.loads(done.stdout.splitlines()[-1])
    assert found["head"] == "818c42cfeac4c60ba9aea2d45954ba0db9d7d06a"
    assert found["truck_factor"] == {"paper": 1.0, "reference_tool": 1.0, "paper_top_author": 1.0}
    assert found["source_files"] == 98
