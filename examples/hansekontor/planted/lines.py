"""Files as lines with an author each: the generator's own account of who wrote which living line.

No blame is run to know this. It holds because the story keeps to three rules: a text a person writes occurs only once
in its file; a line that repeats (a blank, a closing brace) is never changed or deleted; functions are added at the
end. Then only one shortest difference exists between two versions, and every tool has to count the same lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from planted.dice import Dice
from planted.writing import Dialect, Draft


@dataclass
class Line:
    text: str
    commit: int
    fixed: bool
    """Structure (headings, signatures, blanks, closing braces): never changed, only added."""


@dataclass(frozen=True)
class Touch:
    """What one commit did to a file, as ``git log --numstat -M`` counts it."""

    commit: int
    added: int
    deleted: int
    created: bool = False


@dataclass
class File:
    """A file through all its life and under all its names."""

    path: str
    dialect: Dialect | None
    nouns: tuple[str, ...] = ()
    lines: list[Line] = field(default_factory=list)
    touches: list[Touch] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    data: bytes | None = None
    """Contents of a file that is no text; it has no lines."""
    undo: list[tuple[Line, str]] = field(default_factory=list)
    """What the last edit replaced, for a revert; empty if it did anything else."""

    @property
    def content(self) -> bytes:
        if self.data is not None:
            return self.data
        return "".join(line.text + "\n" for line in self.lines).encode()

    def create(self, commit: int, draft: Draft) -> None:
        self._append(commit, draft)
        self.touches.append(Touch(commit, len(self.lines), 0, created=True))

    def append(self, commit: int, draft: Draft) -> None:
        """Add lines at the end."""
        self._append(commit, draft)
        self._touched(commit, len(draft), 0)

    def grow(self, commit: int, dice: Dice) -> None:
        """Write one more function at the end."""
        self.append(commit, self._writer.function(dice, self.nouns, self.used))

    def edit(self, commit: int, dice: Dice, *, replace: int, insert: int, delete: int) -> None:
        """Change statements inside functions: replace some, write new ones, drop some. At least one must remain."""
        free = [index for index, line in enumerate(self.lines) if not line.fixed]
        delete = min(delete, max(0, len(free) - replace - 8))
        chosen = dice.some(free, replace + delete)
        doomed = set(dice.some(chosen, delete))
        undo = []
        for index in chosen:
            if index not in doomed:
                old = self.lines[index].text
                self.lines[index] = Line(self._statement(dice, like=old), commit, False)
                undo.append((self.lines[index], old))
        for index in sorted(doomed, reverse=True):
            del self.lines[index]
        replaced = len(chosen) - len(doomed)
        for _ in range(insert):
            free = [index for index, line in enumerate(self.lines) if not line.fixed]
            place = dice.pick(free)
            self.lines.insert(place, Line(self._statement(dice, like=self.lines[place].text), commit, False))
        self._touched(commit, replaced + insert, replaced + len(doomed))
        self.undo = undo if not insert and not doomed else []

    def rewrite(self, commit: int, old: str, new: str) -> None:
        """Replace the one line that says ``old``."""
        index = next(number for number, line in enumerate(self.lines) if line.text == old)
        self.lines[index] = Line(new, commit, True)
        self.used.add(new)
        self._touched(commit, 1, 1)

    def revert(self, commit: int) -> None:
        """Take the last edit back: the old words return, written by whoever reverts. The edit must be undoable."""
        replaced = {id(line): text for line, text in self.undo}
        for index, line in enumerate(self.lines):
            if id(line) in replaced:
                self.lines[index] = Line(replaced[id(line)], commit, False)
        self._touched(commit, len(replaced), len(replaced))

    def move(self, commit: int, path: str) -> None:
        """Rename without changing a word: a change that adds and deletes nothing."""
        self.path = path
        self._touched(commit, 0, 0)

    def _touched(self, commit: int, added: int, deleted: int) -> None:
        self.undo = []
        if self.touches[-1].commit == commit:
            before = self.touches.pop()
            added, deleted = added + before.added, deleted + before.deleted
            self.touches.append(Touch(commit, added, deleted, before.created))
        else:
            self.touches.append(Touch(commit, added, deleted))

    def _append(self, commit: int, draft: Draft) -> None:
        self.lines.extend(Line(text, commit, fixed) for text, fixed in draft)
        self.used.update(text for text, _ in draft)

    def _statement(self, dice: Dice, like: str) -> str:
        """A new statement, indented like the line it stands at."""
        indent = like[: len(like) - len(like.lstrip())]
        return indent + self._writer.statement(dice, self.nouns, self.used, indent)

    @property
    def _writer(self) -> Dialect:
        if self.dialect is None:
            raise ValueError(f"{self.path} is not written in a language of this world")
        return self.dialect
