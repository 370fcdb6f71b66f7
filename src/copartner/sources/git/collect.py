"""Collecting git repositories into the evidence ledger.

Each repository is one batch: pinned to a head, read from where earlier collections ended, and committed as a whole or
not at all. A run that was killed leaves what it had committed, and what it had compared (the hunk store); the next run
continues. One repository that cannot be read does not stop the others.

Repositories are read in parallel by threads: git's own processes do four fifths of the work, and numpy and Arrow most
of the rest, outside Python's interpreter lock. One thread at a time writes to the ledger.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from copartner.evidence import tables
from copartner.evidence.ledger import Ledger
from copartner.evidence.portfolio import Repository
from copartner.evidence.snapshot import Snapshot
from copartner.sources.git import columns
from copartner.sources.git.hunks import HunkStore
from copartner.sources.git.mapping import AUTHOR, CO_AUTHOR, Pair, Rows, map_head, map_lineage, map_mailmap, map_tags
from copartner.sources.git.mirror import Clone, open_clone, remove_leftovers
from copartner.sources.git.pinned_head import UnreadableRepository, resolve_head
from copartner.sources.git.reading import Reading, read_and_map
from copartner.sources.git.references import parse_tags, tag_listing
from copartner.sources.git.repository import GitError, GitRepository
from copartner.sources.git.transcript import TAGS, Churn, Listener, RawRecord, churn_record
from copartner.sources.git.tree import map_tree, read_tree

Progress = Callable[[str, str, int, int], None]
"""Told (repository id, step, done, total); the steps of a repository are `STEPS`, in this order."""

STEPS = ("fetch", "history", "churn", "mapping", "files", "ledger")
SOURCE = "git"

_MOST_BASES = 200
_PORTION = 32 << 20
_log = logging.getLogger(__name__)


class CollectionCancelled(RuntimeError):
    """The collection was asked to stop. Repositories that were finished before are in the ledger."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What became of one repository.

    `head` is the pinned commit, None where the repository is unreadable; then `reason` says why and what to do.
    `notes` are the limits of sight, in words. `commits` were new to the ledger. `bases` are the heads collected before
    on which this reading stands. `seconds` is wall time by step.
    """

    repository: str
    head: str | None
    reason: str | None = None
    notes: tuple[str, ...] = ()
    commits: int = 0
    bases: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass
class _Gathered:
    """Everything one repository contributes to its batch."""

    head: str
    notes: list[str]
    bases: tuple[str, ...] = ()
    commits: int = 0
    rows: Rows = field(default_factory=dict)
    raw: list[RawRecord] = field(default_factory=list)


def collect(
    ledger: Ledger,
    repositories: Sequence[Repository],
    *,
    data_folder: Path,
    as_of: date | None = None,
    base_folder: Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> dict[str, Collected]:
    """Bring the evidence of `repositories` as they stood at the end of `as_of` (UTC; default: now) into `ledger`.

    Mirrors and caches live in `data_folder`; relative locations start at `base_folder` (default: the working folder).
    `workers` bounds the git processes that work at once (default: the processors this process may use). `cancelled`
    is asked often; when it says so, or when `progress` raises, everything stops and `CollectionCancelled` or the
    exception of `progress` is raised. Collecting the same twice adds nothing.

    Raises `EvidenceError` (for example `LedgerBusy`) where the ledger cannot be written. Whatever is wrong with a
    single repository stands in its result instead.
    """
    workers = workers or len(os.sched_getaffinity(0))
    run = _Run(ledger, data_folder, as_of, base_folder or Path.cwd(), _Reporter(progress, cancelled))
    remove_leftovers(_mirrors(data_folder))
    results: dict[str, Collected] = {}
    ordered = sorted(repositories, key=lambda repository: -_weight(repository, run.base_folder))
    threads = max(1, min(workers, len(ordered)))
    with ThreadPoolExecutor(threads, "copartner-git") as pool:
        reading = {pool.submit(run.gather, item, max(1, workers // threads)): item for item in ordered}
        try:
            for future in as_completed(reading):
                item = reading[future]
                clock, outcome = future.result()
                if isinstance(outcome, _Gathered):
                    run.reporter.tell(item.id, "ledger", 0, 1)
                    with clock.step("ledger"):
                        _write(ledger, item.id, outcome)
                    run.reporter.tell(item.id, "ledger", 1, 1)
                    results[item.id] = Collected(
                        item.id,
                        outcome.head,
                        None,
                        tuple(outcome.notes),
                        outcome.commits,
                        outcome.bases,
                        clock.seconds,
                    )
                else:
                    results[item.id] = Collected(item.id, None, outcome, seconds=clock.seconds)
        except BaseException as error:
            run.reporter.stop()
            for future in reading:
                future.cancel()
            if isinstance(error, CollectionCancelled) and run.reporter.failure is not None:
                raise run.reporter.failure from None
            raise
    return {repository.id: results[repository.id] for repository in repositories}


def open_collected(repository: Repository, *, data_folder: Path, base_folder: Path) -> GitRepository:
    """Open a repository that `collect` has read, without asking its remote again. Raises `UnreadableRepository`."""
    return _open(repository, data_folder, base_folder, fetch=False, check=lambda: None).repository


def cache_folder(data_folder: Path, repository: str) -> Path:
    """Return the cache of the repository of this id; collecting and scans of line ownership share its hunk store."""
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", repository).strip("-.") or "repository"
    if slug != repository:
        slug += "-" + hashlib.sha256(repository.encode()).hexdigest()[:8]
    return data_folder / "git" / "cache" / slug


def _mirrors(data_folder: Path) -> Path:
    return data_folder / "git" / "mirrors"


def _open(
    repository: Repository, data_folder: Path, base_folder: Path, *, fetch: bool, check: Callable[[], None]
) -> Clone:
    mirrors = _mirrors(data_folder)
    return open_clone(repository.location, mirrors=mirrors, base_folder=base_folder, fetch=fetch, check=check)


def _weight(repository: Repository, base_folder: Path) -> int:
    """Bytes of a local clone's packs: the longest work first lets the workers end together."""
    top = base_folder / repository.location
    for objects in (top / ".git" / "objects" / "pack", top / "objects" / "pack"):
        try:
            return sum(pack.stat().st_size for pack in objects.glob("*.pack"))
        except OSError:
            continue
    return 0


def _write(ledger: Ledger, repository: str, gathered: _Gathered) -> None:
    with ledger.collection(source=SOURCE, connection=repository) as batch:
        for kind in sorted({record.kind for record in gathered.raw}):
            for records in _portions([record for record in gathered.raw if record.kind == kind]):
                keys = columns.text_array([record.native_key for record in records])
                batch.add_raw(kind, keys, columns.binary([record.payload for record in records]))
        for table, rows in gathered.rows.items():
            batch.add(table, rows)


def _portions(records: list[RawRecord]) -> Iterator[list[RawRecord]]:
    """Consecutive records of some tens of megabytes together: what one Arrow column holds without strain."""
    portion: list[RawRecord] = []
    size = 0
    for record in records:
        portion.append(record)
        size += len(record.payload)
        if size >= _PORTION:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


class _Run:
    """What every repository of one call has in common."""

    def __init__(
        self, ledger: Ledger, data_folder: Path, as_of: date | None, base_folder: Path, reporter: _Reporter
    ) -> None:
        self.ledger = ledger
        self.data_folder = data_folder
        self.as_of = as_of
        self.base_folder = base_folder
        self.reporter = reporter

    def gather(self, repository: Repository, workers: int) -> tuple[_Clock, _Gathered | str]:
        """Read one repository; return its clock and what it contributes, or why it is unreadable."""
        clock = _Clock()
        try:
            return clock, self._gather(repository, workers, clock)
        except CollectionCancelled:
            raise
        except (UnreadableRepository, GitError, OSError) as error:
            return clock, str(error)
        except Exception as error:
            _log.exception("repository %s could not be collected", repository.id)
            return clock, f"unexpected {type(error).__name__}: {error}"
        finally:
            clock.stop()

    def _gather(self, repository: Repository, workers: int, clock: _Clock) -> _Gathered:
        name = repository.id

        def next_step(step: str, done: int = 0, total: int = 1) -> None:
            clock.start(step)
            self.reporter.tell(name, step, done, total)

        next_step("fetch")
        clone = _open(repository, self.data_folder, self.base_folder, fetch=True, check=self.reporter.check)
        git = clone.repository
        head = resolve_head(git, repository.revision, self.as_of)
        gathered = _Gathered(head, list(clone.notes))
        listing = tag_listing(git, self.as_of)
        if listing:
            key = f"{head} {hashlib.sha256(listing).hexdigest()[:16]}"
            gathered.raw.append(RawRecord(TAGS, key, listing))
            gathered.rows[tables.TAG] = map_tags(name, parse_tags(listing))
        snapshot = self.ledger.snapshot()
        known = snapshot.arrow(tables.REPOSITORY_HEAD, ["head", "history_cut", "notes"], {"repository": name})
        here = known.filter(pc.equal(known["head"], columns.text(head))).to_pylist()
        if here and (git.completeness.shallow or not here[0]["history_cut"]):
            gathered.notes += here[0]["notes"]
            return gathered
        gathered.bases = _bases(git, known)
        next_step("history")
        listener = Listener(git, head, gathered.bases)
        churn_of = self._comparer(repository, git, workers)
        reading = read_and_map(listener, name, head, gathered.bases, churn_of, next_step)
        gathered.raw += [*listener.transcript.records(), churn_record(listener.transcript, reading.churn)]
        gathered.rows |= reading.rows
        gathered.commits = len(reading.history)
        gathered.notes += [note for note in reading.history.notes if "rename" in note]
        whole = _Whole(name, head, git, snapshot, gathered.bases, reading)
        gathered.rows[tables.MAILMAP_CONTACT] = map_mailmap(name, head, git, whole.contacts())
        next_step("files")
        tree = read_tree(git, head, lambda done, total: self.reporter.tell(name, "files", done, total))
        gathered.rows[tables.FILE_LINEAGE] = whole.lineage(columns.text_array(tree.names))
        gathered.rows |= map_tree(name, head, tree, whole.former_paths())
        missing = whole.missing_objects()
        missing |= {
            blob for blob, verdict in zip(tree.blobs, tree.verdicts, strict=True) if verdict.excluded == "missing"
        }
        notes = _limits(git, len(missing), len(reading.cut))
        gathered.notes += notes
        gathered.rows[tables.REPOSITORY_HEAD] = map_head(
            name,
            head,
            commits=len(whole.order),
            missing_objects=len(missing),
            history_cut=bool(reading.cut),
            notes=notes,
        )
        self.reporter.tell(name, "files", 1, 1)
        return gathered

    def _comparer(self, repository: Repository, git: GitRepository, workers: int) -> Callable[[list[Pair]], Churn]:
        def compare(pairs: list[Pair]) -> Churn:
            store = HunkStore(git, cache_folder(self.data_folder, repository.id) / "hunks", workers=workers)
            return store.churn(
                pairs, progress=lambda done, total, _: self.reporter.tell(repository.id, "churn", done, total)
            )

        return compare


def _bases(git: GitRepository, known: pa.Table) -> tuple[str, ...]:
    """The collected heads whose history need not be read again.

    After a shallow clone there are none: behind its cut there may be history now that was not there then.
    """
    if git.completeness.shallow:
        return ()
    heads = known.filter(pc.invert(known["history_cut"]))["head"].to_pylist()
    gone = git.missing_objects(head.encode() for head in heads)
    return tuple(sorted(head for head in heads if head.encode() not in gone)[:_MOST_BASES])


def _limits(git: GitRepository, missing: int, cut: int) -> list[str]:
    """What cannot be seen in this clone, in words. The same for the same head and clone, however it was collected."""
    notes = []
    if cut:
        notes.append(f"history cut at {cut} commits of a shallow clone: older authorship cannot be seen")
    if missing:
        notes.append(f"{missing} objects are missing from this clone: their lines and churn cannot be seen")
    if git.completeness.grafts:
        notes.append("the clone overrides parents by grafts: history is read as grafted")
    return notes


class _Whole:
    """The whole history of a head: what was read now and what the ledger holds of it already."""

    def __init__(
        self,
        repository: str,
        head: str,
        git: GitRepository,
        snapshot: Snapshot,
        bases: Sequence[str],
        reading: Reading,
    ) -> None:
        self._repository = repository
        self._head = head
        self._git = git
        self._people = [reading.rows[tables.COMMIT].select(AUTHOR), reading.rows[tables.CO_AUTHOR].select(CO_AUTHOR)]
        changes = reading.rows[tables.FILE_CHANGE]
        names = ["commit", "path", "old_path", "status", "old_blob", "new_blob", "content"]
        if bases:
            earlier = snapshot.arrow(tables.FILE_CHANGE, names, {"repository": repository})
            listed = git.run("rev-list", "--topo-order", head, "--").split()
            self.order = columns.hexadecimal(np.array(listed, f"S{2 * git.hash_length}"))
            self._people.append(snapshot.arrow(tables.COMMIT, AUTHOR, {"repository": repository}))
            self._people.append(snapshot.arrow(tables.CO_AUTHOR, CO_AUTHOR, {"repository": repository}))
            # Later commits of another branch may be in the ledger too; they are no part of this history.
            earlier = earlier.filter(pc.is_in(earlier["commit"], value_set=self.order))
            self._changes = pa.concat_tables([changes.select(names), earlier])
        else:
            self.order = columns.hexadecimal(reading.history.commit)
            self._changes = changes.select(names)

    def lineage(self, alive: pa.Array) -> pa.Table:
        return map_lineage(self._repository, self._head, self.order, self._changes, alive)

    def contacts(self) -> list[tuple[str, str]]:
        """Every raw (name, e-mail address) among authors and co-authors, sorted."""
        found: set[tuple[str, str]] = set()
        for people in self._people:
            name, email = (people.column(at).to_pylist() for at in (0, 1))
            found.update(zip(name, email, strict=True))
        return sorted(found)

    def former_paths(self) -> frozenset[str]:
        """Every path a non-merge commit ever touched."""
        old = self._changes["old_path"].drop_null()
        return frozenset(pc.unique(pa.chunked_array([*self._changes["path"].chunks, *old.chunks])).to_pylist())

    def missing_objects(self) -> set[bytes]:
        """The blobs of this history that the clone lacks."""
        doubtful = self._changes.filter(pc.equal(self._changes["content"], columns.text("missing")))
        names = {name for column in ("old_blob", "new_blob") for name in doubtful[column].to_pylist() if name}
        return self._git.missing_objects(name.encode() for name in names)


class _Clock:
    """Wall seconds by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._step: str | None = None
        self._since = 0.0

    def start(self, step: str) -> None:
        self.stop()
        self._step, self._since = step, time.perf_counter()

    def stop(self) -> None:
        if self._step is not None:
            spent = time.perf_counter() - self._since
            self.seconds[self._step] = self.seconds.get(self._step, 0.0) + spent
        self._step = None

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.start(name)
        try:
            yield
        finally:
            self.stop()


class _Reporter:
    """Progress from several threads, and the wish to stop to all of them."""

    def __init__(self, progress: Progress | None, cancelled: Callable[[], bool] | None) -> None:
        self.failure: BaseException | None = None
        self._progress = progress
        self._cancelled = cancelled
        self._stopped = threading.Event()
        self._lock = threading.Lock()

    def tell(self, repository: str, step: str, done: int, total: int) -> None:
        """Report, or raise `CollectionCancelled`."""
        self.check()
        if self._progress is None:
            return
        with self._lock:
            try:
                self._progress(repository, step, done, total)
            except BaseException as error:
                self.failure = self.failure or error
                self.stop()
                raise CollectionCancelled("the collection was stopped by its observer") from error

    def check(self) -> None:
        """Raise `CollectionCancelled` when the collection shall stop."""
        if self._stopped.is_set() or (self._cancelled is not None and self._cancelled()):
            self._stopped.set()
            raise CollectionCancelled("the collection was cancelled; run it again to continue")

    def stop(self) -> None:
        self._stopped.set()
