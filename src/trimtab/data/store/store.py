"""The market store: a folder that only grows. New observations come in, nothing that was written is changed.

`append` compares what a source hands over with what is stored: the same value again is nothing, a changed one is a new
row. Where a series restates (macro data) the change is news, known from now on; elsewhere it corrects what was known
then, so research sees it as of the past, and the replay of an earlier decision does not.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from trimtab.core.errors import UsageError
from trimtab.data.history import History
from trimtab.data.store.changes import Changes, compared
from trimtab.data.store.compaction import compacted
from trimtab.data.store.incoming import incoming
from trimtab.data.store.manifest import NAME, Manifest, Part, add_part, commit, locked, put_text, read_manifest, sweep
from trimtab.data.store.observations import Observations, in_order, put_together, split
from trimtab.data.store.parquet import write_observations, write_table
from trimtab.data.store.snapshot import Snapshot
from trimtab.data.store.tables import KEYS, OBSERVATIONS, TABLES, Row, about_row, action_row, differs, fields_in

_SECOND = np.timedelta64(1, "s")


@dataclass(frozen=True, slots=True)
class Store:
    """A market store in the folder `root`; holds no state but its place."""

    root: Path

    @classmethod
    def create(cls, root: Path) -> Store:
        """An empty store. Raises UsageError where the folder holds something already."""
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            what = "there is a market store already" if (root / NAME).exists() else "the folder is not empty"
            raise UsageError(what, where=str(root), remedy="Give another folder.")
        root.mkdir(parents=True, exist_ok=True)
        put_text(root / NAME, Manifest().text)
        return cls(root)

    def manifest(self) -> Manifest:
        """What the store consists of now. Raises UsageError where there is none, DataError where it is damaged."""
        return read_manifest(self.root)

    def as_of(self, known: np.datetime64 | None = None, recorded: np.datetime64 | None = None) -> Snapshot:
        """What was known at an instant, of what was recorded by another (datetime64[s], UTC; None: no bound)."""
        return Snapshot(self.root, self.manifest(), known, recorded)

    @contextlib.contextmanager
    def writing(self, now: np.datetime64) -> Iterator[Draft]:
        """A draft of changes under the lock; what it took in is committed at the end as one step, or not at all."""
        with locked(self.root):
            manifest = self.manifest()
            sweep(self.root, manifest)
            draft = Draft(self.root, manifest, max(now.astype("datetime64[s]"), manifest.recorded + _SECOND))
            yield draft
            draft.commit()

    def append(self, histories: Iterable[History], *, source: str, now: np.datetime64) -> tuple[Changes, ...]:
        """Take in what is new or changed in `histories`; says for each what that was."""
        with self.writing(now) as draft:
            return draft.take(histories, source=source)


def is_store(root: Path) -> bool:
    """Whether a folder holds a market store."""
    return (root / NAME).is_file()


@dataclass(slots=True)
class Draft:
    """Rows on their way into a store. `now` only runs forwards, a second a change, so that what is recorded has an order."""

    root: Path
    manifest: Manifest
    now: np.datetime64
    observations: list[Observations] = field(default_factory=list)
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def take(self, histories: Iterable[History], *, source: str) -> tuple[Changes, ...]:
        """Add what is new or changed in `histories`."""
        found = tuple(histories)
        before = Snapshot(self.root, self.manifest)
        stored = split(before.observations([history.about.name for history in found])) if found else {}
        made = []
        for history in found:
            rows = incoming(history, source=source, now=self.now)
            changes, added = compared(history.about, rows, tuple(stored.get(history.about.name, {}).values()), now=self.now)
            self.put(added)
            made.append(changes)
        self._describe(found, before)
        return tuple(made)

    def put(self, rows: Observations) -> None:
        """Add rows as they are. Verdicts on rows of the same draft are recorded a second later (see `verdicts`)."""
        if len(rows):
            self.observations.append(rows)
            self.now = max(self.now, rows.recorded.max())

    def add(self, table: str, rows: Sequence[Row]) -> None:
        """Add rows of a small table, those that say nothing new left out."""
        key = KEYS[table]
        held = {tuple(row[part] for part in key): row for row in Snapshot(self.root, self.manifest).table(table)}
        new = [row for row in rows if differs(row, held.get(tuple(row[part] for part in key)))]
        if new:
            self.rows.setdefault(table, []).extend(new)

    def _describe(self, histories: Sequence[History], before: Snapshot) -> None:
        held = {row["id"]: row for row in before.table("series")}
        rows = []
        for history in histories:
            fields = {name.name for name in history.fields}
            old = held.get(history.about.name)
            if old is not None:
                fields |= fields_in(old)
            rows.append(about_row(history.about, fields, history.issues, self.now))
        self.add("series", rows)
        actions = [action_row(h.about.name, action, self.now) for h in histories for action in h.actions]
        if actions:
            self.add("actions", actions)

    def commit(self) -> None:
        """Write the files and put the new manifest in place. Nothing happens where there is nothing to write."""
        added: list[Part] = []
        if self.observations:
            rows = in_order(put_together(self.observations))
            added.append(add_part(self.root, OBSERVATIONS, len(rows), lambda path: write_observations(rows, path)))
        for table, plain in self.rows.items():
            added.append(_table_part(self.root, table, plain, TABLES[table]))
        if not added:
            return
        after = commit(self.root, self.manifest, tuple(added), now=self.now)
        self.manifest = compacted(self.root, after)


def _table_part(root: Path, table: str, rows: Sequence[Row], kinds: Mapping[str, str]) -> Part:
    return add_part(root, table, len(rows), lambda path: write_table(rows, kinds, path))
