"""The hunk store: comparing once, keeping, counting."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.git_repositories import RepositoryBuilder, git, remove_blob

from copartner.sources.git import hunks as hunks_module
from copartner.sources.git.hunk_parsing import HunkReader
from copartner.sources.git.hunks import HunkState, HunkStore
from copartner.sources.git.repository import GitRepository

ZERO = b"0" * 40


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    builder = RepositoryBuilder(tmp_path / "r")
    builder.commit({"a": b"1\n2\n3\n", "image": b"\0\1", "empty": b"", "open": b"1\n2"})
    builder.commit({"a": b"1\ntwo\n3\n4\n", "image": b"\0\2"})
    return GitRepository(builder.build())


def name(repository: GitRepository, revision: str) -> bytes:
    return git(repository.git_dir, "rev-parse", revision).strip()


def test_churn_counts_as_git_does(repository: GitRepository, tmp_path: Path) -> None:
    old, new = name(repository, "HEAD~1:a"), name(repository, "HEAD:a")
    image = name(repository, "HEAD~1:image"), name(repository, "HEAD:image")
    empty, unfinished = name(repository, "HEAD:empty"), name(repository, "HEAD:open")
    pairs = [
        (old, new),
        image,
        (ZERO, new),
        (old, ZERO),
        (ZERO, empty),
        (ZERO, unfinished),
        (ZERO, image[0]),
        (new, new),
    ]
    added, deleted, state = HunkStore(repository, tmp_path / "c").churn(pairs)
    assert added.tolist() == [2, 0, 4, 0, 0, 2, 0, 0]
    assert deleted.tolist() == [1, 0, 0, 3, 0, 0, 0, 0]
    assert state.tolist() == [0, HunkState.BINARY, 0, 0, 0, 0, HunkState.BINARY, 0]


def test_hunks_are_kept_and_not_compared_again(
    repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = name(repository, "HEAD~1:a"), name(repository, "HEAD:a")
    first = HunkStore(repository, tmp_path / "c")
    assert first.extend([pair, pair]) == 1
    again = HunkStore(repository, tmp_path / "c")

    def never(*_: object) -> None:
        raise AssertionError("compared twice")

    monkeypatch.setattr(again, "_compare", never)
    assert again.extend([pair]) == 0
    row = again.row(*pair)
    assert again.hunks[again.hunk_start[row] : again.hunk_start[row + 1]].tolist() == [[2, 1, 2, 1], [3, 0, 4, 1]]


def test_forced_comparison_reads_binary_as_text(repository: GitRepository, tmp_path: Path) -> None:
    pair = name(repository, "HEAD~1:image"), name(repository, "HEAD:image")
    store = HunkStore(repository, tmp_path / "c")
    store.extend([pair])
    store.extend([pair], forced=True)
    assert store.state[store.row(*pair)] == HunkState.BINARY
    assert store.state[store.row(*pair, forced=True)] == HunkState.TEXT
    assert HunkStore(repository, tmp_path / "c").row(*pair, forced=True) >= 0


def test_a_missing_blob_is_a_state_and_asked_again_later(repository: GitRepository, tmp_path: Path) -> None:
    old, new = name(repository, "HEAD~1:a"), name(repository, "HEAD:a")
    image = name(repository, "HEAD~1:image"), name(repository, "HEAD:image")
    content = git(repository.git_dir, "cat-file", "blob", old.decode())
    remove_blob(repository.git_dir, old.decode())
    _, _, state = HunkStore(repository, tmp_path / "c").churn([(old, new), image, (old, ZERO), (ZERO, new)])
    assert state.tolist() == [HunkState.MISSING, HunkState.BINARY, HunkState.MISSING, HunkState.TEXT]
    git(repository.git_dir, "hash-object", "-w", "--stdin", stdin=content)
    added, _, state = HunkStore(repository, tmp_path / "c").churn([(old, new)])
    assert (added.tolist(), state.tolist()) == ([2], [HunkState.TEXT])


def test_files_above_the_limit_are_not_compared(repository: GitRepository, tmp_path: Path) -> None:
    pair = name(repository, "HEAD~1:a"), name(repository, "HEAD:a")
    store = HunkStore(repository, tmp_path / "c", largest_file=4)
    assert store.churn([pair, (ZERO, pair[1])])[2].tolist() == [HunkState.TOO_LARGE] * 2


def test_chunks_workers_and_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builder = RepositoryBuilder(tmp_path / "r")
    for count in range(60):
        builder.commit({"f": b"".join(b"%d\n" % (i * i % (count + 3)) for i in range(count + 5))})
    repository = GitRepository(builder.build())
    names = [name(repository, f"HEAD~{i}:f") for i in range(60)]
    pairs = list(zip(names[1:], names[:-1], strict=True))
    expected = HunkStore(repository, tmp_path / "one").churn(pairs)
    monkeypatch.setattr(hunks_module, "_CHUNK", 7)
    seen: list[tuple[int, int]] = []
    store = HunkStore(repository, tmp_path / "many", workers=3)
    found = store.churn(pairs, progress=lambda done, total, label: seen.append((done, total)))
    assert [column.tolist() for column in found] == [column.tolist() for column in expected]
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (59, 59)
    assert len(list((tmp_path / "many").glob("*.npz"))) == 9


def test_abandoned_folders_are_removed_and_living_ones_kept(repository: GitRepository, tmp_path: Path) -> None:
    cache = tmp_path / "c"
    for label in ("scratch-dead", "scratch-alive"):
        (cache / label / "objects").mkdir(parents=True)
        (cache / label / "in-use").touch()
    with (cache / "scratch-alive" / "in-use").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        HunkStore(repository, cache)
        assert not (cache / "scratch-dead").exists()
        assert (cache / "scratch-alive").exists()


@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(*[st.integers(0, 2**31 - 1)] * 4), max_size=4),
            st.sampled_from(["text", "binary"]),
        ),
        max_size=6,
    ),
    st.integers(1, 400),
)
def test_headers_are_read_however_the_diff_is_cut(pairs: list[tuple[list[tuple[int, ...]], str]], size: int) -> None:
    diff = []
    rows, owners, binary = [], [], []
    for number, (hunks, kind) in enumerate(pairs):
        diff.append(f"diff --git a/{number} b/{number}\nindex 11..22 100644\n")
        if kind == "binary":
            diff.append(f"Binary files a/{number} and b/{number} differ\n")
            binary.append(number)
            continue
        for old, old_len, new, new_len in hunks:
            one = f"{old}" if old_len == 1 else f"{old},{old_len}"
            two = f"{new}" if new_len == 1 else f"{new},{new_len}"
            diff.append(f"@@ -{one} +{two} @@ def @@ -1 +1 @@\n-@@ -7 +7 @@\n+Binary files\n+index 3\n")
            rows.append([old, old_len, new, new_len])
            owners.append(number)
    text = "".join(diff).encode()
    reader = HunkReader()
    for start in range(0, len(text), size):
        reader.feed(text[start : start + size])
    hunks_read, pair_read, binary_read = reader.finish()
    assert reader.pairs == len(pairs)
    assert hunks_read.tolist() == rows
    assert pair_read.tolist() == owners
    assert binary_read.tolist() == binary
