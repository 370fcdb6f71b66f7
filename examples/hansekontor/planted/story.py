"""From plan to commits: everything that happens in one repository, in the order of time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import partial

from planted.clock import AS_OF, LAST_WORK, day, local, months, working_time
from planted.dice import Dice
from planted.documents import Document, document_file
from planted.lines import File
from planted.people import RENOVATE, sign
from planted.plan import Deed, Foreign, Plan, Removal
from planted.repository import Commit, Repository
from planted.team import Event, Team
from planted.writing import DIALECTS


class Player:
    """Plays the plan of one repository, event after event, into a ``Repository``."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.repository = Repository(plan.id)
        self._teams = {area.folder: Team(area, plan, self.repository) for area in plan.areas}
        self._events: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._manifest: _Manifest | None = None

    def play(self) -> Repository:
        """Run the story from the first commit to the last and return what came of it."""
        plan = self.plan
        self._found()
        for team in self._teams.values():
            self._schedule(team.work())
        for entry in plan.rounds:
            self._schedule(self._teams[entry.area].round(entry))
        self._schedule((local(day(deed.when), deed.hour), self._deed(deed)) for deed in plan.deeds)
        self._schedule((local(day(gone.when), 16), self._removal(gone)) for gone in plan.removals)
        for foreign in plan.foreign:
            self._schedule(self._foreign(foreign))
        for document in plan.documents:
            self._schedule(self._document(document))
        self._schedule(self._bumps())
        self._schedule(self._releases())
        for when, _, action in sorted(self._events, key=lambda event: event[:2]):
            action(when)
        return self.repository

    def _schedule(self, events: Iterable[Event]) -> None:
        for when, action in events:
            self._events.append((when, len(self._events), action))

    def _found(self) -> None:
        """The first commit: what every repository of the company starts with."""
        plan = self.plan
        when = local(plan.first, 9, 5)
        commit = self.repository.begin(sign(plan.founder, when), when, "Start repository")
        texts = {".editorconfig": ["root = true", "[*]", "charset = utf-8"]}
        if plan.attributes:
            texts[".gitattributes"] = list(plan.attributes)
        if plan.mailmap:
            texts[".mailmap"] = [f"<{proper}> <{raw}>" for raw, proper in plan.mailmap.items()]
        for path, lines in texts.items():
            self._create(commit, path, lines)
        if plan.manifest:
            self._manifest = _Manifest(plan, self.repository, commit)

    def _create(self, commit: Commit, path: str, lines: list[str]) -> None:
        file = File(path, None)
        file.create(commit.number, [(line, True) for line in lines])
        self.repository.add(commit, file)

    def _deed(self, deed: Deed) -> Callable[[datetime], None]:
        def act(when: datetime) -> None:
            authored = local(day(deed.authored), deed.hour) if deed.authored else when
            author = deed.signature(authored)
            mates = tuple(mate(authored) for mate in deed.mates)
            committer = sign(deed.committer, when) if deed.committer else None
            more = {"authored": authored, "committer": committer, "co_authors": mates}
            self._teams[deed.area].edit_one(author, when, deed.subject, **more)

        return act

    def _removal(self, gone: Removal) -> Callable[[datetime], None]:
        def act(when: datetime) -> None:
            self._teams[gone.path.split("/")[0]].remove(gone.human, gone.path, when)

        return act

    def _foreign(self, foreign: Foreign) -> Iterable[Event]:
        dice = Dice(f"{self.plan.id}/{foreign.path}")
        suffix = foreign.path.rsplit(".", 1)[1]

        def act(when: datetime, size: int) -> None:
            present = self.repository.files.get(foreign.path)
            verb = "Update" if present else "Add"
            human = foreign.successor if present and foreign.successor else foreign.human
            commit = self.repository.begin(sign(human, when), when, f"{verb} {foreign.path}")
            if present is None:
                file = File(foreign.path, DIALECTS.get(suffix), ("record", "message", "channel", "entry", "payload"))
                if suffix == "png":
                    file.data = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + hashlib.sha256(file.path.encode()).digest() * size
                    file.create(commit.number, [])
                elif suffix == "js":
                    file.create(commit.number, [(_minified(dice, size), True)])
                else:
                    file.create(commit.number, _long_draft(file, dice, size))
                self.repository.add(commit, file)
            else:
                present.append(commit.number, _long_draft(present, dice, size))
                self.repository.write(commit, present)

        for when, size in foreign.sizes:
            yield local(day(when), 15), partial(act, size=size)

    def _document(self, document: Document) -> Iterable[Event]:
        def create(when: datetime) -> None:
            commit = self.repository.begin(sign(document.human, when), when, f"Write {document.path}")
            self.repository.add(commit, document_file(document, commit.number))

        def refresh(when: datetime, human: str, step: int) -> None:
            commit = self.repository.begin(sign(human, when), when, f"Check {document.path} against what runs")
            file = self.repository.files[document.path]
            old = next(line.text for line in file.lines if line.text.startswith("Last checked: "))
            file.rewrite(commit.number, old, f"Last checked: {when.date()}")
            file.append(commit.number, [(document.note(step, when.date()), False)])
            self.repository.write(commit, file)

        yield local(day(document.written), 14, 10), create
        later = [check for check in document.checked if check[0] > document.written]
        for step, (when, human) in enumerate(later):
            yield local(day(when), 14, 10), partial(refresh, human=human, step=step)

    def _bumps(self) -> Iterable[Event]:
        if self._manifest is None:
            return
        dice = Dice(f"{self.plan.id}/renovate")
        for first, last in months(self.plan.first + timedelta(days=20), LAST_WORK):
            for _ in range(dice.round(self.plan.bumps)):
                moment = working_time(dice, first, last).replace(hour=3)
                yield moment, partial(self._manifest.bump, dice)
        for year in range(self.plan.first.year + 1, AS_OF.year + 1):
            for team in self._teams.values():
                yield local(date(year, 2, 3), 4), team.reformat

    def _releases(self) -> Iterable[Event]:
        major = 1
        for number, (first, _) in enumerate(months(self.plan.first.replace(day=28), LAST_WORK)):
            if number and number % 3 == 0:
                name = f"v{major}.{number // 3 % 8}"
                major += number // 3 % 8 == 7

                def act(when: datetime, name: str = name) -> None:
                    # Every fourth tag is a bare one, made in a hurry.
                    tagger = None if name.endswith(".3") else sign(self.plan.releaser, when)
                    self.repository.tag(name, tagger, when)

                yield local(first.replace(day=27), 17), act


class _Manifest:
    """The dependency manifest and its lock file, kept up to date by a machine."""

    _NAMES = ("ledgerkit", "httpwire", "moneybag", "queueline", "tracepath", "formcheck", "timetable", "signpost")

    def __init__(self, plan: Plan, repository: Repository, commit: Commit) -> None:
        self.repository = repository
        names = plan.manifest or ("", "")
        self.versions = {name: [1, index] for index, name in enumerate(self._NAMES)}
        self.manifest, self.lock = File(names[0], None), File(names[1], None)
        for file, line in ((self.manifest, self._entry), (self.lock, self._pin)):
            draft = [(line(name), True) for name in self._NAMES]
            file.create(commit.number, [(f"# dependencies of {plan.title}", True), *draft])
            repository.add(commit, file)

    def _entry(self, name: str) -> str:
        return f"{name} {'.'.join(map(str, self.versions[name]))}"

    def _pin(self, name: str) -> str:
        entry = self._entry(name)
        return f"{entry} sha256:{hashlib.sha256(entry.encode()).hexdigest()[:32]}"

    def bump(self, dice: Dice, when: datetime) -> None:
        name = dice.pick(self._NAMES)
        entry, pin = self._entry(name), self._pin(name)
        self.versions[name][1] += 1
        commit = self.repository.begin(RENOVATE, when, f"Update {name} to {self._entry(name).split()[1]}")
        for file, old, new in ((self.manifest, entry, self._entry(name)), (self.lock, pin, self._pin(name))):
            file.rewrite(commit.number, old, new)
            self.repository.write(commit, file)


def _long_draft(file: File, dice: Dice, size: int) -> list[tuple[str, bool]]:
    if file.dialect is None:
        raise ValueError(f"{file.path}: no language to write it in")
    draft = file.dialect.file(dice, file.path, file.nouns, 1, file.used) if not file.lines else []
    while len(draft) < size:
        draft += file.dialect.function(dice, file.nouns, file.used)
    return draft


def _minified(dice: Dice, size: int) -> str:
    return (
        "!function(){"
        + ";".join(f"var {dice.pick('abcdefgh')}{n}={dice.between(0, 9999)}" for n in range(size))
        + "}();"
    )
