"""Line ownership against git blame and against git's own cost of a diff.

    python benchmarks/ownership.py CLONE... [--workers 2] [--blame-cache FOLDER] [--git-fame PATH] [--write FILE]
    python benchmarks/ownership.py --quick

For every clone: CPU (user + system of all processes), wall time and peak memory of a first scan with one and with
several workers, of ``git log -p -U0 -M`` (what git itself spends on emitting the diffs), of ``git blame`` over all text
files with the same number of processes, and of git-fame where its executable is given; line-by-line agreement with
blame; the cost of a rescan after 100 new commits and of a monthly series; growth fitted over four sizes of history.
``--quick`` builds a small repository instead and ends within 50 seconds. The last line printed is one JSON object.

``--blame-cache`` keeps what blame said (it costs minutes) for later runs on the same head; its figures are then those
of the run that made it.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {"GIT_CONFIG_GLOBAL": os.devnull}


def measure(command: list[str], output: Path | None = None) -> dict[str, float]:
    """Run a command; return CPU seconds of its whole process tree, wall seconds and the largest process' memory."""
    with (output or Path(os.devnull)).open("wb") as sink, tempfile.TemporaryFile() as errors:
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=sink, stderr=errors, env=ENVIRONMENT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        failure = errors.read().decode(errors="replace").strip()
    result = {
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "wall_s": round(time.monotonic() - started, 2),
        "largest_process_mb": usage.ru_maxrss >> 10,
    }
    if process.returncode:
        result["exit"] = process.returncode
        print(f"  {command[0]} ended with {process.returncode}: {failure[-200:]}", flush=True)
    return result


def engine(clone: Path, cache: Path, head: str, workers: int, every: str | None, out: Path | None) -> dict[str, Any]:
    """Scan in a fresh process, interpreter start included."""
    command = [sys.executable, __file__, "--scan", str(clone), str(cache), head, str(workers), every or "-"]
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        result: dict[str, Any] = measure([*command, str(out or "-")], Path(report.name))
        if "exit" not in result:
            result |= json.loads(Path(report.name).read_text())
    # Upper bound: the interpreter's peak plus that of every git process at once.
    result["peak_mb"] = result.pop("own_mb", 0) + workers * result.pop("git_mb", 0)
    return result


def run_scan(clone: str, cache: str, head: str, workers: str, every: str, out: str) -> None:
    """The child process of `engine`."""
    from copartner.analysis.knowledge.line_ownership_scan import scan_ownership
    from copartner.sources.git.line_source import GitLineSource

    with GitLineSource(clone, cache, workers=int(workers)) as source:
        scan = scan_ownership(source, head, every=None if every == "-" else every)  # type: ignore[arg-type]
    own, git = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        json.dumps(
            {
                "commits": len(scan.history),
                "files": len(scan.ownership.path),
                "lines": len(scan.ownership.owner),
                "unseen_lines": scan.unseen_lines,
                "snapshots": len(scan.snapshots),
                "python_cpu_s": round(own.ru_utime + own.ru_stime, 2),
                "git_cpu_s": round(git.ru_utime + git.ru_stime, 2),
                "own_mb": own.ru_maxrss >> 10,
                "git_mb": git.ru_maxrss >> 10,
            }
        )
    )
    if out != "-":
        history = scan.history
        paths = b"".join(history.paths[i] + b"\0" for i in scan.ownership.path.tolist())
        names = np.append(history.commit, b"")[scan.ownership.owner]
        np.savez(
            out,
            head=np.array(history.commit[scan.ownership.commit]),
            paths=np.frombuffer(paths, np.uint8),
            line_start=scan.ownership.line_start,
            owner=names,
        )


def blame_all(clone: Path, found: Any, workers: int, kept: Path | None) -> dict[str, Any]:
    """Blame every file of a scan; return cost and agreement, line by line."""
    head = bytes(found["head"][()]).decode()
    paths = found["paths"].tobytes().split(b"\0")[:-1]
    if kept is not None and kept.is_file():
        with np.load(kept) as archive:
            if bytes(archive["head"][()]).decode() == head:
                cost = json.loads(str(archive["cost"]))
                return cost | agreement(found, paths, archive["names"][archive["owner"]])
    starts = found["line_start"].tolist()
    owner = np.zeros(starts[-1], found["owner"].dtype)

    def one(number: int) -> None:
        command = ["git", "-C", str(clone), "blame", "--incremental", head, "--", os.fsdecode(paths[number])]
        output = subprocess.run(command, stdout=subprocess.PIPE, env=ENVIRONMENT, check=True).stdout
        for line in output.split(b"\n"):
            words = line.split(b" ")
            if len(words) == 4 and len(words[0]) in (40, 64) and words[1].isdigit() and words[3].isdigit():
                first = starts[number] + int(words[2]) - 1
                owner[first : first + int(words[3])] = words[0]

    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, range(len(paths))))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = {
        "cpu_s": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2),
        "wall_s": round(time.monotonic() - started, 2),
        "processes": workers,
    }
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        names, numbers = np.unique(owner, return_inverse=True)
        np.savez(kept, head=np.array(head.encode()), cost=np.array(json.dumps(cost)), names=names, owner=numbers)
    return cost | agreement(found, paths, owner)


def agreement(found: Any, paths: list[bytes], owner: Any) -> dict[str, Any]:
    """Compare owners line by line; list the files that differ."""
    differing = np.flatnonzero(found["owner"] != owner)
    files = np.unique(np.searchsorted(found["line_start"], differing, side="right") - 1)
    return {
        "lines_compared": len(owner),
        "lines_differing": len(differing),
        "agreement_percent": round(100 - 100 * len(differing) / max(len(owner), 1), 6),
        "files_differing": [os.fsdecode(paths[i]) for i in files.tolist()],
    }


def git_text(clone: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(clone), *arguments], stdout=subprocess.PIPE, env=ENVIRONMENT, check=True, text=True
    ).stdout.strip()


def growth(clone: Path, folder: Path, chain: list[str]) -> dict[str, Any]:
    """Scan at an eighth, a quarter, half and all of the first-parent history; fit CPU ~ commits ** exponent."""
    points = []
    for share in (8, 4, 2, 1):
        head = chain[len(chain) - len(chain) // share]
        result = engine(clone, folder / f"growth-{share}", head, 1, None, None)
        points.append({key: result.get(key) for key in ("commits", "files", "lines", "cpu_s")})
        shutil.rmtree(folder / f"growth-{share}", ignore_errors=True)
    usable = [point for point in points if point["commits"] and point["cpu_s"]]
    logs = np.log([[point["commits"], point["cpu_s"]] for point in usable])
    exponent = float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0]) if len(usable) > 1 else math.nan
    return {"points": points, "exponent_of_commits": round(exponent, 2)}


def benchmark(clone: Path, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """All figures of one clone."""
    head = git_text(clone, "rev-parse", "HEAD")
    chain = git_text(clone, "rev-list", "--first-parent", head).split()
    name = clone.parent.name if clone.name in ("repo", ".git", "repository") else clone.name
    print(f"{name} at {head[:12]}, load {os.getloadavg()[0]:.1f}", flush=True)
    result: dict[str, Any] = {"repository": name.replace("+", "/"), "head": head, "load": round(os.getloadavg()[0], 1)}
    result["git_log_p"] = measure(["git", "-C", str(clone), "log", "-p", "-U0", "-M", head])
    print("  git log -p -U0 -M", result["git_log_p"], flush=True)
    owners = folder / "owners.npz"
    for workers in sorted({1, options.workers}):
        cache = folder / f"cache-{workers}"
        key = f"scan_{workers}_worker" + ("s" if workers > 1 else "")
        result[key] = engine(clone, cache, head, workers, None, owners)
        print(" ", key, result[key], flush=True)
    imports = "import copartner.analysis.knowledge.line_ownership_scan, copartner.sources.git.line_source"
    start = min(measure([sys.executable, "-c", imports])["cpu_s"] for _ in range(3))
    result["interpreter_start_cpu_s"] = start
    one, many = result["scan_1_worker"], result.get(f"scan_{options.workers}_workers", {})
    floor = result["git_log_p"]["cpu_s"]
    result["cpu_times_git_log_p"] = round(one["cpu_s"] / floor, 2)
    if many:
        result["speed_up"] = round(one["wall_s"] / many["wall_s"], 2)
    if len(chain) > 200:
        cache = folder / "rescan"
        # The newest first-parent commit with at least 100 commits after it.
        for older in chain[1:]:
            new = int(git_text(clone, "rev-list", "--count", head, f"^{older}"))
            if new >= 100:
                break
        engine(clone, cache, older, 1, None, None)
        again = folder / "rescan.npz"
        result["rescan"] = engine(clone, cache, head, 1, None, again)
        with np.load(owners) as full, np.load(again) as grown:
            result["rescan"]["identical"] = identical(full, grown)
        result["rescan"] |= {
            "new_commits": new,
            "share_of_full_cpu": round(result["rescan"]["cpu_s"] / one["cpu_s"], 4),
            "share_without_interpreter_start": round(
                (result["rescan"]["cpu_s"] - start) / max(one["cpu_s"] - start, 0.01), 4
            ),
        }
        print("  rescan", result["rescan"], flush=True)
    result["monthly_series"] = engine(clone, folder / "series", head, 1, "month", None)
    print("  monthly series", result["monthly_series"], flush=True)
    if options.growth:
        result["growth"] = growth(clone, folder, chain)
        print("  growth", result["growth"], flush=True)
    if options.blame:
        kept = options.blame_cache / f"{name}.npz" if options.blame_cache else None
        with np.load(owners) as archive:
            found = {key: archive[key] for key in archive.files}
        result["git_blame"] = blame_all(clone, found, options.workers, kept)
        result["times_less_cpu_than_blame"] = round(result["git_blame"]["cpu_s"] / one["cpu_s"], 1)
        print("  git blame", result["git_blame"], flush=True)
    if options.git_fame and one["files"] <= options.git_fame_files:
        result["git_fame"] = measure([options.git_fame, "--branch", head, str(clone)])
        print("  git-fame", result["git_fame"], flush=True)
    return result


def identical(one: Any, other: Any) -> bool:
    """Whether two scans name the same owner for every line, in whatever order the files stand."""

    def by_path(found: Any) -> dict[bytes, bytes]:
        paths, starts, owner = found["paths"].tobytes().split(b"\0"), found["line_start"], found["owner"]
        return {paths[i]: owner[starts[i] : starts[i + 1]].tobytes() for i in range(len(starts) - 1)}

    return by_path(one) == by_path(other)


def build_quick(folder: Path) -> Path:
    """A repository of 1,500 commits and 60 files, the same on every machine."""
    chance = random.Random(1)
    files = {f"src/module_{i}.py": [f"line {i} {j}" for j in range(200)] for i in range(60)}
    stream = []
    for commit in range(1500):
        stream.append(
            f"commit refs/heads/main\nauthor A{commit % 9} <a{commit % 9}@example.org> {1400000000 + commit * 40000}"
            f" +0000\ncommitter C <c@example.org> {1400000000 + commit * 40000} +0000\ndata 2\nx\n\n"
        )
        for path in files if commit == 0 else chance.sample(sorted(files), 3):
            lines = files[path]
            at = chance.randrange(len(lines))
            lines[at : at + chance.randint(0, 6)] = [f"{commit} {chance.random()}" for _ in range(chance.randint(0, 8))]
            content = "\n".join(lines) + "\n"
            stream.append(f"M 100644 inline {path}\ndata {len(content)}\n{content}\n")
        stream.append("\n")
    clone = folder / "quick"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(clone)], check=True, env=ENVIRONMENT)
    command = ["git", "-C", str(clone), "fast-import", "--quiet"]
    subprocess.run(command, input="".join(stream).encode(), check=True, env=ENVIRONMENT)
    return clone


def main() -> None:
    if sys.argv[1:2] == ["--scan"]:
        run_scan(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clones", nargs="*", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="a generated repository, at most 50 seconds")
    parser.add_argument("--no-blame", dest="blame", action="store_false")
    parser.add_argument("--no-growth", dest="growth", action="store_false")
    parser.add_argument("--blame-cache", type=Path, help="folder that keeps what git blame said")
    parser.add_argument("--git-fame", help="path of the git-fame executable")
    parser.add_argument("--git-fame-files", type=int, default=2000, help="not for clones with more files (hours)")
    parser.add_argument("--write", type=Path, help="file to write the result to")
    options = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as name:
        clones = [build_quick(Path(name))] if options.quick else options.clones
        for number, clone in enumerate(clones):
            folder = Path(name) / str(number)
            folder.mkdir()
            results.append(benchmark(clone.resolve(), folder, options))
            shutil.rmtree(folder)
    report = {
        "benchmark": "ownership",
        "machine": {"cpus": os.cpu_count(), "system": platform.system(), "python": platform.python_version()},
        "git": subprocess.run(["git", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()[2],
        "repositories": results,
    }
    if options.write:
        options.write.parent.mkdir(parents=True, exist_ok=True)
        options.write.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report))


if __name__ == "__main__":
    main()
