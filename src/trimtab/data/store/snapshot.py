"""A store as it stood: what was known at an instant, of what was recorded by another. The only way to read values.

`known` leaves out what the world could not know yet, `recorded` what had not been written down here yet. Research uses
everything recorded by now; replaying a decision uses what was recorded when it was taken.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from trimtab.core.arrays import Array, Dates, Instants
from trimtab.core.errors import DataError
from trimtab.core.terms import CAPITAL_GAINS, CLOSE, DIVIDEND, SPLIT, Field
from trimtab.data.futures import Roll
from trimtab.data.history import About, Action, History, Issue
from trimtab.data.identity import Names
from trimtab.data.known_names import require_names
from trimtab.data.markets import market_closes
from trimtab.data.membership import Membership
from trimtab.data.store.chains import chain_about, chain_history, legs, rolls_by_chain, seen
from trimtab.data.store.manifest import Manifest, Part
from trimtab.data.store.observations import Observations, in_order, nothing, put_together, split, versions
from trimtab.data.store.parquet import RECORDED, WHOLE, read_observations, read_table
from trimtab.data.store.tables import KEYS, OBSERVATIONS, TABLES, Row, about_of, action_of, current, fields_in, issues_of
from trimtab.data.vintages import Panel, panel

_EVENTS = {DIVIDEND.name: 0.0, CAPITAL_GAINS.name: 0.0, SPLIT.name: 1.0}  # fields that are stored only where something happens


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A store by its manifest; `known` and `recorded` (datetime64[s], UTC) are inclusive, None means no bound."""

    root: Path
    manifest: Manifest
    known: np.datetime64 | None = None
    recorded: np.datetime64 | None = None

    def table(self, name: str) -> list[Row]:
        """The rows of a small table that hold, one a key."""
        return current(self._rows(name), KEYS[name], self.recorded)

    def names(self) -> tuple[str, ...]:
        """Ids of the series, in the order in which they came, then of the chains."""
        return tuple(dict.fromkeys((*(row["id"] for row in self.table("series")), *self.chains())))

    def about(self) -> tuple[About, ...]:
        """What each series is, and each chain as far as its contracts are stored."""
        stored = {row["id"]: about_of(row) for row in self.table("series")}
        made = {chain: self._chain_about(chain, rolls, stored) for chain, rolls in self._rolls().items()}
        return tuple((stored | made).values())

    def load(self, names: Iterable[str]) -> tuple[History, ...]:
        """The named series and chains, in the order asked, with every vintage.

        Raises PolicyError (TT-POL-020) for an unknown name, DataError for a chain of which a contract is missing.
        """
        series = {row["id"]: row for row in self.table("series")}
        rolls = self._rolls()
        wanted = require_names(names, tuple(dict.fromkeys((*series, *rolls))), f"the store {self.root}")
        found = self._stored([name for name in wanted if name not in rolls], series)
        asked = [name for name in wanted if name in rolls]
        contracts = self._contracts([leg for chain in asked for leg in legs(rolls[chain])], series) if asked else {}
        found |= {chain: chain_history(chain, rolls[chain], contracts, known=self.known) for chain in asked}
        return tuple(found[name] for name in wanted)

    def names_book(self) -> Names:
        """Every name that instruments bore, as recorded."""
        return Names.from_rows(self._recorded("names"))

    def membership(self) -> Membership:
        """Who belonged to which universe when, as recorded."""
        return Membership.from_rows(self._recorded("members"))

    def chains(self) -> tuple[str, ...]:
        """Ids of the chains, in the order in which they came."""
        return tuple(self._rolls())

    def rolls(self, chain: str) -> tuple[Roll, ...]:
        """The rolls of a chain known by then, by date. Raises PolicyError (TT-POL-020) for an unknown chain."""
        found = self._rolls()
        require_names([chain], tuple(found), f"the roll table of {self.root}")
        return self._seen(found[chain])

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

    def _rows(self, name: str) -> list[Row]:
        rows = [row for part in self.manifest.of(name) for row in read_table(self.root / part.name, TABLES[name])]
        return sorted(rows, key=lambda row: row["recorded"])  # merged files stand last, whatever their age

    def _recorded(self, name: str) -> list[Row]:
        """Every row of a small table recorded by then, those whose place another has taken too."""
        return [row for row in self._rows(name) if self.recorded is None or row["recorded"] <= self.recorded]

    def _stored(self, names: Sequence[str], series: Mapping[str, Row]) -> dict[str, History]:
        if not names:
            return {}
        found = split(versions(self.observations(names if len(names) < len(series) else None, also=())))
        actions = self._actions(series)
        return {name: history_of(series[name], found.get(name, {}), actions.get(name, ())) for name in names}

    def _rolls(self) -> dict[str, tuple[Roll, ...]]:
        """Every recorded roll of each chain, those that are not known yet too."""
        return rolls_by_chain(self.table("rolls"))

    def _contracts(self, names: Sequence[str], series: Mapping[str, Row]) -> dict[str, History]:
        """Those of the contracts that are stored, without the bound `known`: a chain sets its own."""
        return replace(self, known=None)._stored([name for name in dict.fromkeys(names) if name in series], series)

    def _seen(self, rolls: tuple[Roll, ...]) -> tuple[Roll, ...]:
        if self.known is None:
            return rolls
        series = {row["id"]: row for row in self.table("series")}
        return seen(rolls, self._contracts(legs(rolls), series), self.known)

    def _chain_about(self, chain: str, rolls: tuple[Roll, ...], stored: Mapping[str, About]) -> About:
        passed = self._seen(rolls)
        held = [stored[leg] for leg in legs(passed) or (rolls[0].old,) if leg in stored]
        return chain_about(chain, passed, held, front=rolls[0].old)

    def _actions(self, series: Mapping[str, Row]) -> Mapping[str, tuple[Action, ...]]:
        found: dict[str, list[Action]] = {}
        for row in self.table("actions"):
            action = action_of(row)
            if self.known is None or _announced(action, series.get(row["id"])) <= self.known:
                found.setdefault(row["id"], []).append(action)
        return {name: tuple(sorted(actions, key=lambda one: one.effective)) for name, actions in found.items()}


def _announced(action: Action, row: Row | None) -> np.datetime64:
    """When the world could know an action: as it says, else at the close of its date."""
    if action.known is not None:
        return action.known
    market = row["market"] if row is not None else ""
    closed: np.datetime64 = market_closes(market, np.array([action.effective], dtype="datetime64[D]"))[0]
    return closed


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
