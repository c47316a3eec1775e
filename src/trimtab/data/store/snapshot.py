"""A store as it stood: what was known at an instant, of what was recorded by another. The only way to read values.

`known` leaves out what the world could not know yet, `recorded` what had not been written down here yet. Research uses
everything recorded by now; replaying a decision uses what was recorded when it was taken.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trimtab.core.arrays import Array, Dates, Instants
from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE, DIVIDEND, SPLIT, Field
from trimtab.data.history import About, Action, History, Issue
from trimtab.data.known_names import require_names
from trimtab.data.store.manifest import Manifest, Part
from trimtab.data.store.observations import Observations, in_order, nothing, put_together, split, versions
from trimtab.data.store.parquet import RECORDED, WHOLE, read_observations, read_table
from trimtab.data.store.tables import KEYS, OBSERVATIONS, TABLES, Row, about_of, action_of, current, fields_in, issues_of
from trimtab.data.vintages import Panel, panel

_EVENTS = {DIVIDEND.name: 0.0, SPLIT.name: 1.0}  # fields that are stored only where something happens


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A store by its manifest; `known` and `recorded` (datetime64[s], UTC) are inclusive, None means no bound."""

    root: Path
    manifest: Manifest
    known: np.datetime64 | None = None
    recorded: np.datetime64 | None = None

    def table(self, name: str) -> list[Row]:
        """The rows of a small table that hold, one a key."""
        rows = [row for part in self.manifest.of(name) for row in read_table(self.root / part.name, TABLES[name])]
        return current(rows, KEYS[name], self.recorded)

    def names(self) -> tuple[str, ...]:
        """Ids of the series, in the order in which they came."""
        return tuple(row["id"] for row in self.table("series"))

    def about(self) -> tuple[About, ...]:
        """What each series is."""
        return tuple(about_of(row) for row in self.table("series"))

    def load(self, names: Iterable[str]) -> tuple[History, ...]:
        """The named series, in the order asked, with every vintage. Raises PolicyError (TT-POL-020) for an unknown name."""
        series = {row["id"]: row for row in self.table("series")}
        wanted = require_names(names, tuple(series), f"the store {self.root}")
        found = split(versions(self.observations(wanted if len(wanted) < len(series) else None, also=())))
        actions = self._actions()
        return tuple(history_of(series[name], found.get(name, {}), actions.get(name, ())) for name in wanted)

    def panel(self, names: Sequence[str], instants: Instants) -> Panel:
        """What was known of series at each of `instants` (D,): periods (T,) and values (D, T, S)."""
        return panel(self.load(names), instants)

    def observations(self, ids: Sequence[str] | None = None, *, also: Collection[str] = WHOLE) -> Observations:
        """Rows in order, verdicts of ours included: everything that this snapshot may see of `ids` (None: of all)."""
        parts = tuple(self._parts())
        needed = {*also, RECORDED} if self.recorded is not None or len(parts) > 1 else set(also)
        read = [read_observations(self.root / part.name, ids=ids, also=sorted(needed)) for part in parts]
        rows = in_order(put_together(read)) if len(read) > 1 else read[0] if read else nothing()
        keep = [
            found <= bound for found, bound in ((rows.known, self.known), (rows.recorded, self.recorded)) if bound is not None
        ]
        mask = np.logical_and.reduce(keep) if keep else None
        return rows if mask is None or bool(mask.all()) else rows.take(mask)

    def _parts(self) -> Iterable[Part]:
        for part in self.manifest.of(OBSERVATIONS):
            if not (self.root / part.name).is_file():
                remedy = "See what is damaged: trimtab data check. Restore it from a backup."
                raise DataError("a file of the store is missing", where=part.name, remedy=remedy)
            yield part

    def _actions(self) -> Mapping[str, tuple[Action, ...]]:
        found: dict[str, list[Action]] = {}
        for row in self.table("actions"):
            action = action_of(row)
            if self.known is None or action.known is None or action.known <= self.known:
                found.setdefault(row["id"], []).append(action)
        return {name: tuple(sorted(actions, key=lambda one: one.effective)) for name, actions in found.items()}


Slices = Mapping[str, Observations]


def history_of(row: Row, fields: Slices, actions: tuple[Action, ...] = ()) -> History:
    """One series out of its rows by field."""
    about, given = about_of(row), fields_in(row)
    issues: tuple[Issue, ...] = issues_of(row)
    dates, known, values = _aligned(fields)
    for name, silent in _EVENTS.items():
        if name in given and name not in values:
            values[name] = np.full(len(dates), silent)
        elif name in values:
            values[name] = np.where(np.isnan(values[name]), silent, values[name])
    if CLOSE.name not in values:
        values[CLOSE.name] = np.full(len(dates), np.nan)
    return History(about, dates, {Field(name): array for name, array in values.items()}, known, issues, actions)


def _aligned(fields: Slices) -> tuple[Dates, Instants, dict[str, Array]]:
    """Dates (T,), instants (T,) and values (T,) by field: one row for each version of a date."""
    parts = list(fields.values())
    if not parts:
        return np.empty(0, dtype="datetime64[D]"), np.empty(0, dtype="datetime64[s]"), {}
    first = fields.get(CLOSE.name, parts[0])
    if all(_fits(part, first) for part in parts):
        return first.effective, first.known, {name: part.values for name, part in fields.items()}
    if all(bool((np.diff(part.effective) > np.timedelta64(0, "D")).all()) for part in parts):
        return _merged(fields)
    return _versioned(fields)


def _fits(part: Observations, first: Observations) -> bool:
    return part is first or (np.array_equal(part.effective, first.effective) and np.array_equal(part.known, first.known))


def _merged(fields: Slices) -> tuple[Dates, Instants, dict[str, Array]]:
    """Fields on the union of their dates; a date is known when all of its fields are."""
    dates = np.unique(np.concatenate([part.effective for part in fields.values()]))
    known = np.full(len(dates), np.datetime64("0001-01-01", "s"))
    values = {}
    for name, part in fields.items():
        at = np.searchsorted(dates, part.effective)
        known[at] = np.maximum(known[at], part.known)
        values[name] = np.full(len(dates), np.nan)
        values[name][at] = part.values
    return dates, known, values


def _versioned(fields: Slices) -> tuple[Dates, Instants, dict[str, Array]]:
    """Fields with vintages: a row for every instant at which any field of a date changed, each as it stood then."""
    stamp = np.dtype([("date", "i8"), ("known", "i8")])

    def stamps(part: Observations) -> np.ndarray[tuple[int], np.dtype[np.void]]:
        made = np.empty(len(part), dtype=stamp)
        made["date"], made["known"] = part.effective.astype(np.int64), part.known.astype(np.int64)
        return made

    rows = np.unique(np.concatenate([stamps(part) for part in fields.values()]))
    values = {}
    for name, part in fields.items():
        at = np.searchsorted(stamps(part), rows, side="right") - 1  # the version in force
        same = (at >= 0) & (part.effective[at].astype(np.int64) == rows["date"])
        values[name] = np.where(same, part.values[at], np.nan)
    return rows["date"].astype("datetime64[D]"), rows["known"].astype("datetime64[s]"), values
