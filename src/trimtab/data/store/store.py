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
from trimtab.data.store.chains import require_no_chain
from trimtab.data.store.changes import Changes, compared
from trimtab.data.store.compaction import compacted
from trimtab.data.store.incoming import incoming
from trimtab.data.store.manifest import NAME, Manifest, Part, add_part, commit, locked, put_text, read_manifest, sweep
from trimtab.data.store.observations import Observations, in_order, nothing, put_together, split, versions
from trimtab.data.store.packages import NEEDED, package
from trimtab.data.store.parquet import write_observations, write_table
from trimtab.data.store.snapshot import Snapshot
from trimtab.data.store.tables import KEYS, OBSERVATIONS, TABLES, Row, about_row, action_row, differs, fields_in
from trimtab.data.store.verdicts import from_vendor

_SECOND = np.timedelta64(1, "s")


@dataclass(frozen=True, slots=True)
class Store:
    """A market store in the folder `root`; holds no state but its place."""

    root: Path

    @classmethod
    def create(cls, root: Path) -> Store:
        """An empty store. Raises UsageError where the folder holds something already, or a package is missing."""
        for name in NEEDED:
            package(name)
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
            draft = Draft(self.root, manifest, max(now.astype("datetime64[s]"), manifest.recorded + _SECOND))
            yield draft
            draft.commit()
            sweep(self.root, draft.manifest)

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
    rows: dict[str, list[Row]] = field(default_factory=dict)
    _series: dict[str, Row] = field(default_factory=dict)
    _stored: dict[str, dict[str, Observations]] = field(default_factory=dict)
    _added: dict[str, list[Observations]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._series = {row["id"]: row for row in self.before.table("series")}

    @property
    def before(self) -> Snapshot:
        """The store before this change."""
        return Snapshot(self.root, self.manifest)

    @property
    def names(self) -> tuple[str, ...]:
        """Ids of all series, new ones included."""
        return tuple(self._series)

    def open(self, names: Sequence[str]) -> None:
        """Read what is stored of some series."""
        left = [name for name in names if name not in self._stored]
        if left:
            self._stored |= {name: {} for name in left} | split(self.before.observations(left))

    def take(self, histories: Iterable[History], *, source: str) -> tuple[Changes, ...]:
        """Add what is new or changed in `histories`."""
        found = tuple(histories)
        require_no_chain([history.about.name for history in found], self.before.chains())
        self.open([history.about.name for history in found])
        made = []
        for history in found:
            rows = incoming(history, source=source, now=self.now)
            stored = tuple(self._stored[history.about.name].values())
            changes, added = compared(history.about, rows, stored, now=self.now, dated=history.known is not None)
            self.put(history.about.name, added)
            made.append(changes)
            self._describe(history)
        return tuple(made)

    def put(self, name: str, rows: Observations) -> None:
        """Add rows of a series as they are."""
        if len(rows):
            self._added.setdefault(name, []).append(rows)

    def drop(self, name: str) -> None:
        """Forget what this change brought of a series."""
        self._added.pop(name, None)
        self.rows["series"] = [row for row in self.rows.get("series", ()) if row["id"] != name]
        self.rows["actions"] = [row for row in self.rows.get("actions", ()) if row["id"] != name]

    def versions(self, name: str, *, vendor: bool) -> Observations:
        """Every version of a series with this change in it, in order; of the `vendor` alone, or verdicts of ours too."""
        self.open([name])
        parts = [*self._stored[name].values(), *self._added.get(name, ())]
        if not parts:
            return nothing()
        rows = put_together(parts)
        return versions(in_order(rows.take(from_vendor(rows.sources)) if vendor else rows))

    def stored(self, name: str) -> Observations:
        """The vendor's versions of a series before this change, in order."""
        self.open([name])
        parts = [*self._stored[name].values()]
        if not parts:
            return nothing()
        rows = put_together(parts)
        return versions(in_order(rows.take(from_vendor(rows.sources))))

    def feed(self, name: str) -> str:
        """The feed that a series comes from: the last one that gave a value of it."""
        rows = self.versions(name, vendor=True)
        return rows.sources.known[rows.sources.codes[np.argmax(rows.recorded)]] if len(rows) else ""

    @property
    def touched(self) -> tuple[str, ...]:
        """Ids of the series with new rows in this change."""
        return tuple(self._added)

    def series(self, name: str) -> Row:
        """What is written of a series, with this change in it."""
        return self._series[name]

    def describe(self, row: Row) -> None:
        """Write a series' row, where it says anything new."""
        old = next((new for new in self.rows.get("series", ()) if new["id"] == row["id"]), None)
        if old is not None:
            old.update(row)
        elif differs(row, self._series.get(row["id"])):
            self.rows.setdefault("series", []).append(row)
        self._series[row["id"]] = row

    def add(self, table: str, rows: Sequence[Row]) -> int:
        """Add rows of a small table, those that say nothing new left out. Returns how many were new."""
        key = KEYS[table]
        held = {tuple(row[part] for part in key): row for row in self.before.table(table)}
        new = [row for row in rows if differs(row, held.get(tuple(row[part] for part in key)))]
        if new:
            self.rows.setdefault(table, []).extend(new)
        return len(new)

    def _describe(self, history: History) -> None:
        name, fields = history.about.name, {field.name for field in history.fields}
        old = self._series.get(name)
        row = about_row(history.about, fields if old is None else fields | fields_in(old), history.issues, self.now)
        self.describe(row if old is None else row | {"findings": old["findings"]})
        if history.actions:
            self.add("actions", [action_row(name, action, self.now) for action in history.actions])

    def commit(self) -> None:
        """Write the files and put the new manifest in place. Nothing happens where there is nothing to write."""
        added: list[Part] = []
        parts = [rows for every in self._added.values() for rows in every]
        if parts:
            rows = in_order(put_together(parts))
            self.now = max(self.now, rows.recorded.max())  # verdicts are recorded a second later
            added.append(add_part(self.root, OBSERVATIONS, len(rows), lambda path: write_observations(rows, path)))
        for table, plain in self.rows.items():
            if plain:
                added.append(_table_part(self.root, table, plain, TABLES[table]))
        if not added:
            return
        after = commit(self.root, self.manifest, tuple(added), now=self.now)
        self.manifest = compacted(self.root, after)


def _table_part(root: Path, table: str, rows: Sequence[Row], kinds: Mapping[str, str]) -> Part:
    return add_part(root, table, len(rows), lambda path: write_table(rows, kinds, path))
