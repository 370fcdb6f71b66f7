#!/usr/bin/env python3
"""Write the example portfolio of Hansekontor: a portfolio file, twelve git repositories, and the truth planted in them.

    python examples/hansekontor/generate.py FOLDER

Needs git and nothing else, no network. The same version of this generator makes the same commit names and the same
bytes on every machine. A second run finds its work done and does nothing; a run that was killed is repaired by the
next one.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from planted.portfolio import REPOSITORIES, portfolio_yaml
from planted.truth import truth
from planted.world import VERSION, play

STAMP = "world.json"
"""Written last: which generator made the folder, and what a complete folder holds."""
BUILDING = ".building"


class NotOurs(Exception):
    """The folder holds something this generator did not make."""


def generate(folder: Path) -> bool:
    """Make the world in ``folder``. Returns ``False`` if it was there already, whole and of this version.

    Raises ``NotOurs`` rather than overwrite a folder that something else filled.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        # Two runs at once: the second waits and then finds the work done.
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = _read_stamp(folder)
        if stamp is not None and _is_whole(folder, stamp):
            return False
        _refuse_foreign(folder, stamp)
        _write(folder / STAMP, {"generator": "hansekontor", "complete": False})
        _build(folder)
        return True


def _build(folder: Path) -> None:
    workshop = folder / BUILDING
    shutil.rmtree(workshop, ignore_errors=True)
    workshop.mkdir()
    repositories = play()
    names = {name: repository.make(workshop / f"{name}.git") for name, repository in repositories.items()}
    shutil.rmtree(folder / "repos", ignore_errors=True)
    workshop.rename(folder / "repos")
    files = {"portfolio.yaml": portfolio_yaml(), "truth.json": _json(truth(repositories, names))}
    for name, text in files.items():
        _write(folder / name, text)
    stamp = {
        "generator": "hansekontor",
        "complete": True,
        "version": VERSION,
        "sources": _sources_digest(),
        "heads": {name: names[name][len(repository.commits)] for name, repository in repositories.items()},
        "files": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()},
    }
    _write(folder / STAMP, stamp)


def _is_whole(folder: Path, stamp: dict[str, Any]) -> bool:
    """Whether the folder holds what the stamp of this very generator promises."""
    if not stamp.get("complete") or stamp.get("sources") != _sources_digest():
        return False
    for name, digest in stamp["files"].items():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            return False
    for name, head in stamp["heads"].items():
        repository = folder / "repos" / f"{name}.git"
        branch = repository / "refs" / "heads" / "main"
        packs = list((repository / "objects" / "pack").glob("*.pack"))
        if not branch.is_file() or branch.read_text().strip() != head or not packs:
            return False
    return True


def _refuse_foreign(folder: Path, stamp: dict[str, Any] | None) -> None:
    if stamp is not None:
        return
    present = sorted(path.name for path in folder.iterdir() if path.name != ".lock")
    if present:
        raise NotOurs(f"{folder} holds {present[0]} and was not made by this generator. Name an empty or new folder.")


def _read_stamp(folder: Path) -> dict[str, Any] | None:
    try:
        stamp = json.loads((folder / STAMP).read_text())
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) and stamp.get("generator") == "hansekontor" else None


def _sources_digest() -> str:
    """Digest of the generator itself: change a line of the story and the world is made anew."""
    here = Path(__file__).resolve().parent
    digest = hashlib.sha256()
    for path in sorted([here / "generate.py", *(here / "planted").glob("*.py")]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _json(content: object) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _write(path: Path, content: object) -> None:
    """Whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(content if isinstance(content, str) else _json(content), encoding="utf-8")
    partial.replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the world is written; new, empty, or written by this before")
    chosen = parser.parse_args(arguments)
    try:
        made = generate(chosen.folder)
    except NotOurs as problem:
        print(problem, file=sys.stderr)
        return 2
    print(f"{'Wrote' if made else 'Found'} {len(REPOSITORIES)} repositories and a portfolio in {chosen.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
