"""The people of an area at work, commit after commit, month after month."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

from planted.clock import LAST_WORK, day, local, months, working_time
from planted.dice import Dice
from planted.lines import File
from planted.people import FORMATTER, Signature, sign, stranger
from planted.plan import Area, Crew, Plan, Round
from planted.repository import MAIN, Commit, Repository
from planted.writing import DIALECTS, subject

Event = tuple[datetime, Callable[[datetime], None]]
"""When something happens, and what; the moment is handed back to it."""


class Team:
    """An area with its people, its files and, at times, an open topic branch."""

    def __init__(self, area: Area, plan: Plan, repository: Repository) -> None:
        self.area = area
        self.plan = plan
        self.repository = repository
        self.dice = Dice(f"{plan.id}/{area.folder}")
        self.folder = area.formerly[0] if area.formerly else area.folder
        self.planned = list(area.files)
        self.ref = MAIN
        self.left = 0

    @property
    def files(self) -> list[File]:
        return [file for path, file in self.repository.files.items() if path.startswith(self.folder + "/")]

    def work(self) -> Iterable[Event]:
        """The ordinary commits of all crews."""
        schedule = Dice(f"{self.plan.id}/{self.area.folder}/schedule")
        for crew in self.area.crews:
            for first, last in months(max(day(crew.first), self.plan.first), min(day(crew.last), LAST_WORK)):
                share = ((last - first).days + 1) / 30.4
                for _ in range(schedule.round(crew.pace * share)):
                    yield working_time(schedule, first, last), partial(self._commit, crew)
        yield local(min(day(self.area.crews[-1].last), LAST_WORK) + timedelta(days=1), 18), self.finish
        if self.area.formerly:
            _, when, human = self.area.formerly
            yield local(day(when), 12), partial(self._move_folder, human)

    def round(self, entry: Round) -> Iterable[Event]:
        """The commits of a round through all files, four files each."""

        def act(when: datetime, step: int) -> None:
            files = sorted(self.files, key=lambda file: file.path)[step * 4 : step * 4 + 4]
            if not files:
                return
            mates = (sign(entry.mate, when),) if entry.mate else ()
            title = f"Go through {self.area.folder} together, part {step + 1}"
            commit = self._begin(sign(entry.human, when), when, title, co_authors=mates)
            for file in files:
                file.edit(commit.number, self.dice, replace=self.dice.between(6, 9), insert=2, delete=1)
                self.repository.write(commit, file)

        for step in range((len(self.area.files) + 3) // 4):
            yield local(day(entry.when) + timedelta(days=step), 10), partial(act, step=step)

    def edit_one(self, author: Signature, when: datetime, title: str, **more: object) -> None:
        """A single deed: edit the file that was left alone longest."""
        commit = self._begin(author, when, title, **more)
        file = min(self.files, key=lambda file: file.touches[-1].commit)
        file.edit(commit.number, self.dice, replace=3, insert=2, delete=0)
        self.repository.write(commit, file)

    def reformat(self, when: datetime) -> None:
        """A machine passes over two files."""
        files = [file for file in self.files if file.dialect is not None]
        if len(files) < 2:
            return
        commit = self._begin(FORMATTER, when, f"Format {self.area.folder}")
        for file in self.dice.some(files, 2):
            file.edit(commit.number, self.dice, replace=self.dice.between(2, 4), insert=0, delete=0)
            self.repository.write(commit, file)

    def remove(self, human: str, path: str, when: datetime) -> None:
        """Delete a file for good."""
        commit = self._begin(sign(human, when), when, f"Remove {path}, nobody calls it")
        self.repository.remove(commit, self.repository.files[path])

    def finish(self, when: datetime) -> None:
        if self.ref != MAIN:
            self._merge(sign(self.plan.releaser, when), when)

    def _begin(self, author: Signature, when: datetime, title: str, **more: object) -> Commit:
        return self.repository.begin(author, when, title, ref=self.ref, **more)  # type: ignore[arg-type]

    def _commit(self, crew: Crew, when: datetime) -> None:
        dice = self.dice
        human = dice.weighted(crew.people)
        author = stranger(dice) if dice.chance(self.area.strangers) else sign(human, when, dice=dice)
        mates = [mate for mate in crew.mates if mate != human]
        co_authors = (sign(dice.pick(mates), when),) if mates and dice.chance(crew.pairing) else ()
        if self.ref == MAIN and not self.planned and dice.chance(0.07):
            self.ref = self._open_topic()
            self.left = dice.between(2, 4)
        if self.planned:
            self._create(author, co_authors, when)
        else:
            self._edit(author, co_authors, when)
            if self.ref == MAIN and dice.chance(0.02):
                self._revert(sign(dice.weighted(crew.people), when), when + timedelta(hours=2))
        if self.ref != MAIN:
            self.left -= 1
            if self.left <= 0:
                self._merge(sign(human, when), when + timedelta(minutes=40))

    def _create(self, author: Signature, co_authors: tuple[Signature, ...], when: datetime) -> None:
        name = self.planned.pop(0)
        dialect = DIALECTS[self.area.suffix]
        title = f"Add {name.replace('_', ' ')} to {self.area.folder.replace('_', ' ')}"
        commit = self._begin(author, when, title, co_authors=co_authors)
        file = File(f"{self.folder}/{name}.{self.area.suffix}", dialect, (*self.area.nouns, name))
        words = f"{self.area.folder}: {name}".replace("_", " ").capitalize()
        file.create(
            commit.number,
            dialect.file(self.dice, words, file.nouns, self.dice.between(*self.area.functions), file.used),
        )
        self.repository.add(commit, file)

    def _edit(self, author: Signature, co_authors: tuple[Signature, ...], when: datetime) -> None:
        dice = self.dice
        commit = self._begin(author, when, subject(dice, self.area.folder, self.area.nouns), co_authors=co_authors)
        files = sorted(self.files, key=lambda file: (file.touches[-1].commit, file.path))
        # Half the time the file that was left alone longest, so that no file is forgotten by accident.
        chosen = {file.path: file for file in (files[0] if dice.chance(0.5) else dice.pick(files), dice.pick(files))}
        for file in list(chosen.values())[: dice.between(1, 2)]:
            long = len(file.lines) > 18 * self.area.functions[1]
            if not long and dice.chance(0.12):
                file.grow(commit.number, dice)
            elif long or dice.chance(0.6):
                file.edit(
                    commit.number, dice, replace=dice.between(2, 7), insert=dice.between(0, 4), delete=3 if long else 1
                )
            else:
                file.edit(commit.number, dice, replace=dice.between(3, 8), insert=0, delete=0)
            self.repository.write(commit, file)

    def _revert(self, author: Signature, when: datetime) -> None:
        last = self.repository.commits[-1]
        files = [file for file in self.files if file.touches[-1].commit == last.number]
        if not files or not all(file.undo for file in files):
            return
        commit = self._begin(
            author, when, f'Revert "{last.subject}"', body="Settlement runs failed with it last night."
        )
        for file in files:
            file.revert(commit.number)
            self.repository.write(commit, file)

    def _move_folder(self, human: str, when: datetime) -> None:
        if self.ref != MAIN:
            self._merge(sign(human, when), when)
        files = self.files
        commit = self._begin(sign(human, when), when, f"Call {self.folder} what it is: {self.area.folder}")
        for file in files:
            self.repository.move(commit, file, self.area.folder + file.path.removeprefix(self.folder))
        self.folder = self.area.folder

    def _open_topic(self) -> str:
        name = f"{self.area.folder}-{self.dice.pick(self.area.nouns)}-{len(self.repository.commits)}"
        return self.repository.branch(name.replace("_", "-"))

    def _merge(self, author: Signature, when: datetime) -> None:
        self.repository.merge(self.ref, author, when)
        self.ref = MAIN
