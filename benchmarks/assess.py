"""What an assessment costs, beside what git itself needs to list the same history.

    python benchmarks/assess.py PORTFOLIO [--as-of DATE] [--clone REPO] [--quick] [-o FILE]

In one run on one machine: ``git log --raw -M`` over the pinned head, ``git log -p -U0 -M`` (the floor of everything
that counts lines: each pair of file versions compared once), then ``copartner assess --no-ownership`` on an empty data
folder, the same again (nothing new), and with line ownership. CPU is user + system of the process and all its children.
``--quick`` leaves line ownership out. The last line printed is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def measured(command: list[str], output: Path) -> dict[str, Any]:
    """Wall and CPU seconds and peak memory of a command and its children."""
    started = time.perf_counter()
    with output.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE)
        errors = process.stderr.read() if process.stderr else b""
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "exit": process.returncode,
        "wall_s": round(time.perf_counter() - started, 2),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mb": usage.ru_maxrss // 1024,
        "error": errors.decode("utf-8", "replace").strip()[-300:] if process.returncode else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("portfolio", type=Path, nargs="?")
    parser.add_argument("--as-of", default="2026-09-30")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("-o", "--output", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        portfolio = arguments.portfolio
        if portfolio is None:
            generator = Path(__file__).resolve().parents[1] / "examples" / "hansekontor" / "generate.py"
            subprocess.run([sys.executable, str(generator), str(scratch / "world")], check=True, capture_output=True)
            portfolio = scratch / "world" / "portfolio.yaml"
        result = run(portfolio, arguments.as_of, scratch, quick=arguments.quick)
    if arguments.output:
        arguments.output.write_text(json.dumps(result, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    print(json.dumps(result, sort_keys=True))


def run(portfolio: Path, as_of: str, scratch: Path, *, quick: bool) -> dict[str, Any]:
    from copartner.assessments.document import read
    from copartner.sources.portfolio_file import load_portfolio

    copartner = [sys.executable, "-m", "copartner.cli.main", "assess", str(portfolio), "--as-of", as_of]
    place = ["--data", str(scratch / "data"), "--out", str(scratch / "out")]
    steps = {
        "assess, first": [*copartner, *place, "--no-ownership"],
        "assess, nothing new": [*copartner, *place, "--no-ownership"],
    }
    if not quick:
        steps["assess with line ownership, first"] = [
            *copartner, "--data", str(scratch / "data2"), "--out", str(scratch / "out2")
        ]  # fmt: skip
    measurements: dict[str, Any] = {}
    for name, command in steps.items():
        measurements[name] = measured(command, scratch / "printed")
        print(f"{name}: {measurements[name]}", flush=True)
    (folder,) = (scratch / "out").iterdir()
    heads = read(folder)["pins"]["heads"]
    base = portfolio.resolve().parent
    locations = {item.id: item.location for item in load_portfolio(portfolio).repositories}
    for name, options in {"git log --raw -M": ["--raw", "-M"], "git log -p -U0 -M": ["-p", "-U0", "-M"]}.items():
        parts = [
            measured(["git", "-C", str(base / locations[key]), "log", *options, head], scratch / "printed")
            for key, head in heads.items()
        ]
        measurements[name] = {
            "exit": max(part["exit"] for part in parts),
            "wall_s": round(sum(part["wall_s"] for part in parts), 2),
            "cpu_s": round(sum(part["cpu_s"] for part in parts), 2),
            "peak_mb": max(part["peak_mb"] for part in parts),
        }
        print(f"{name}: {measurements[name]}", flush=True)
    raw, floor = (measurements[name]["cpu_s"] for name in ("git log --raw -M", "git log -p -U0 -M"))
    first = measurements["assess, first"]["cpu_s"]
    return {
        "benchmark": "assess",
        "portfolio": portfolio.resolve().parent.name,
        "as_of": as_of,
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "measurements": measurements,
        "cpu_ratio_to_git_log_raw": round(first / raw, 2),
        "cpu_ratio_to_git_log_patch": round(first / floor, 2),
    }


if __name__ == "__main__":
    main()
