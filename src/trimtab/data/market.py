"""A market: histories aligned on shared sessions, ready to be looked at through a view or traded against.

Sessions are the dates on which any asset of the universe has an observation. T sessions, A assets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from trimtab.core.arrays import Array, Dates, Index, Instants, Mask, frozen
from trimtab.core.calendar import closes, is_monthly
from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE, DIVIDEND, OPEN, SPLIT, TOTAL_RETURN, Field
from trimtab.core.values import Asset
from trimtab.data.adjust import total_return_of
from trimtab.data.exits import exits
from trimtab.data.history import About, History, Issue
from trimtab.data.holidays import closed_cells, rows_behind
from trimtab.data.markets import NEW_YORK, last_close
from trimtab.data.vintages import first_versions, instants_of, last_versions, restated_values


@dataclass(frozen=True, slots=True)
class Earlier:
    """A value of asset `asset` on session `row` that was in force from one instant until another, then restated."""

    row: int
    asset: int
    since: np.datetime64
    until: np.datetime64
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """Prices and series of a universe.

    `fields` maps a field to (T, A), NaN where unknown. `known` (T, A) are the instants at which the rows first became
    known, or None where every row was known at its own session's close. `series` are named histories that nobody holds.
    `splits` (T, A) holds units after per unit before on ex-dates and 1 elsewhere; None: no split. Prices are then as they
    traded. `earlier` holds restated values by field. `closing` (T,) is when the last member market closes; None: New York.
    `endings` say for a session which assets have stopped trading before it, and what is paid a unit for them. `closed`
    (T, A) marks prices of the session before that still hold, because the asset's market was closed; None: there are none.
    """

    assets: tuple[Asset, ...]
    sessions: Dates
    fields: Mapping[Field, Array]
    about: tuple[About, ...]
    series: Mapping[str, History] = field(default_factory=dict)
    known: Instants | None = None
    issues: tuple[Issue, ...] = ()
    splits: Array | None = None
    earlier: Mapping[Field, tuple[Earlier, ...]] = field(default_factory=dict)
    closing: Instants | None = None
    endings: Mapping[int, Mapping[int, float]] = field(default_factory=dict)
    closed: Mask | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "sessions", frozen(self.sessions))
        object.__setattr__(self, "fields", {name: frozen(values) for name, values in self.fields.items()})

    @property
    def monthly(self) -> bool:
        """Whether sessions lie a month apart, so that no next session exists to trade on."""
        return is_monthly(self.sessions)

    @property
    def has_open(self) -> bool:
        """Whether any opening price is known."""
        return OPEN in self.fields and bool(np.isfinite(self.fields[OPEN]).any())

    @property
    def averages(self) -> tuple[str, ...]:
        """Names of the series that are averages over a period."""
        every = (*self.about, *(history.about for history in self.series.values()))
        return tuple(dict.fromkeys(about.name for about in every if about.is_average))

    @property
    def digest(self) -> str:
        """SHA-256 over everything a backtest can see."""
        sha = hashlib.sha256(self.sessions.tobytes())
        for name in sorted(self.fields, key=lambda f: f.name):
            sha.update(name.name.encode() + np.ascontiguousarray(self.fields[name]).tobytes())
        for key, history in sorted(self.series.items()):
            sha.update(key.encode() + history.dates.tobytes() + history.values.tobytes())
            sha.update(instants_of(history).tobytes())
        for array in (self.known, self.splits, self.closing, self.closed):
            if array is not None:
                sha.update(array.tobytes())
        for name, versions in self.earlier.items():
            sha.update(f"{name.name}{versions}".encode())
        if self.endings:
            sha.update(repr(sorted((row, sorted(ends.items())) for row, ends in self.endings.items())).encode())
        return sha.hexdigest()

    def closes_at(self, rows: Index) -> Instants:
        """(D,) when the last member market closed on the sessions `rows` (D,)."""
        return self.closing[rows] if self.closing is not None else closes(self.sessions[rows])

    @property
    def split_events(self) -> tuple[tuple[int, int, float], ...]:
        """Row, asset and ratio of every split, oldest first."""
        if self.splits is None:
            return ()
        rows, columns = np.nonzero(self.splits != 1.0)
        return tuple(zip(rows.tolist(), columns.tolist(), self.splits[rows, columns].tolist(), strict=True))


def assemble(
    assets: Sequence[Asset],
    histories: Mapping[str, History],
    *,
    series: Sequence[str] = (),
    issues: Sequence[Issue] = (),
) -> Market:
    """Align the histories of `assets` (by `asset.series`) on shared sessions and hang the named `series` beside them.

    Raises DataError where an asset's series cannot be held or no two assets share any date.
    """
    held = [histories[asset.series] for asset in assets]
    _require_holdable(assets, held)
    _require_overlap(assets, held)
    firsts = [first_versions(history) for history in held]
    sessions = shared_sessions([history.dates for history in firsts])
    rows = [_rows(sessions, history.dates) for history in firsts]
    last = [last_versions(history) for history in held]
    fields = {
        name: _align(last, name, rows, len(sessions)) for name in (CLOSE, OPEN, DIVIDEND, TOTAL_RETURN) if _any(held, name)
    }
    splits = _splits(last, rows, len(sessions))
    fields[TOTAL_RETURN] = _total_return(last, fields, rows)
    closing = _closing(held, sessions)
    ends = exits(last, sessions)
    known = _known(firsts, rows, sessions, closing)
    earlier = _earlier(held, rows, fields)
    closed = closed_cells([history.about.market for history in held], sessions, fields[CLOSE])
    if closed is not None:
        fields, known = _held_over(fields, known, closed)
    found = [issue for history in (*held, *(histories[name] for name in series)) for issue in history.issues]
    return Market(
        tuple(assets),
        sessions,
        fields,
        tuple(history.about for history in held),
        {name: histories[name] for name in series},
        known,
        (*issues, *dict.fromkeys((*found, *ends.issues))),
        splits,
        earlier,
        closing,
        ends.by_row,
        closed,
    )


def shared_sessions(dates: Sequence[Dates]) -> Dates:
    """The union of several rising columns of dates."""
    first = dates[0]
    others = [column for column in dates[1:] if not np.array_equal(column, first)]
    return np.unique(np.concatenate([first, *others])) if others else first


def _rows(sessions: Dates, dates: Dates) -> Index | slice:
    return slice(None) if len(dates) == len(sessions) else np.searchsorted(sessions, dates)


def _any(held: Sequence[History], name: Field) -> bool:
    return any(name in history.fields for history in held)


def _align(held: Sequence[History], name: Field, rows: Sequence[Index | slice], count: int) -> Array:
    values = np.full((len(held), count), np.nan)
    for a, history in enumerate(held):
        if name in history.fields:
            values[a, rows[a]] = history.fields[name]
    return np.ascontiguousarray(values.T)


def _splits(held: Sequence[History], rows: Sequence[Index | slice], count: int) -> Array | None:
    """Ratios (T, A), 1 where nothing happens; None where nothing ever does."""
    if not any(SPLIT in history.fields and bool((_ratios(history) != 1.0).any()) for history in held):
        return None
    splits = np.ones((count, len(held)))
    for a, history in enumerate(held):
        if SPLIT in history.fields:
            splits[rows[a], a] = _ratios(history)
    return splits


def _ratios(history: History) -> Array:
    ratios = history.fields[SPLIT]
    return np.asarray(np.where(np.isfinite(ratios) & (ratios > 0.0), ratios, 1.0))


def _closing(held: Sequence[History], sessions: Dates) -> Instants | None:
    """(T,) the last close among the member markets; None where all keep New York's hours."""
    markets = {history.about.market for history in held}
    return None if markets <= NEW_YORK else last_close(markets, sessions)


def _total_return(held: Sequence[History], fields: Mapping[Field, Array], rows: Sequence[Index | slice]) -> Array:
    """The index that a source gives, else one chained from closes, dividends, splits and actions (see `adjust`)."""
    index = fields[CLOSE]
    for a, history in enumerate(held):
        given = TOTAL_RETURN in history.fields
        if not (given or history.actions or {DIVIDEND, SPLIT} & history.fields.keys()):
            continue  # the price is all there is
        if index is fields[CLOSE]:
            index = index.copy()
        index[rows[a], a] = history.fields[TOTAL_RETURN] if given else total_return_of(history)
    return index


def _known(
    held: Sequence[History], rows: Sequence[Index | slice], sessions: Dates, closing: Instants | None
) -> Instants | None:
    """(T, A) when each row was first known; None where that was never after the session's last close."""
    close = closes(sessions) if closing is None else closing
    instants = [instants_of(history) if _has_rule(history) else close[place] for history, place in zip(held, rows, strict=True)]
    if all(bool((found <= close[place]).all()) for found, place in zip(instants, rows, strict=True)):
        return None
    known = np.full((len(sessions), len(held)), np.datetime64("NaT"), dtype="datetime64[s]")
    for a, found in enumerate(instants):
        known[rows[a], a] = found
    return known


def _held_over(
    fields: Mapping[Field, Array], known: Instants | None, closed: Mask
) -> tuple[dict[Field, Array], Instants | None]:
    """Closes, indices and their instants with those of the session before where a market was closed."""
    rows, columns = np.nonzero(closed)
    source = rows_behind(fields[CLOSE])[rows, columns]
    shown = {name: values.copy() if name in (CLOSE, TOTAL_RETURN) else values for name, values in fields.items()}
    for name in (CLOSE, TOTAL_RETURN):
        shown[name][rows, columns] = fields[name][source, columns]
    if known is not None:
        known = known.copy()
        known[rows, columns] = known[source, columns]
    return shown, known


def _has_rule(history: History) -> bool:
    """Whether anything but the close of the session says when the rows were known."""
    return history.known is not None or bool(history.about.lag_days or history.about.market)


def _earlier(
    held: Sequence[History], rows: Sequence[Index | slice], fields: Mapping[Field, Array]
) -> Mapping[Field, tuple[Earlier, ...]]:
    """Values that were restated later, by field. The total-return index moves with its close."""
    found: dict[Field, list[Earlier]] = {}
    for a, history in enumerate(held):
        if not history.revised:
            continue
        where = np.arange(len(fields[CLOSE]))[rows[a]]
        for name, old in restated_values(history, (CLOSE, OPEN, DIVIDEND, TOTAL_RETURN)):
            row = int(where[old.period])
            found.setdefault(name, []).append(Earlier(row, a, old.since, old.until, old.value))
            if name == CLOSE and TOTAL_RETURN not in history.fields:
                index = float(fields[TOTAL_RETURN][row, a] * old.value / fields[CLOSE][row, a])
                found.setdefault(TOTAL_RETURN, []).append(Earlier(row, a, old.since, old.until, index))
    return {name: tuple(versions) for name, versions in found.items()}


def _require_holdable(assets: Sequence[Asset], held: Sequence[History]) -> None:
    for asset, history in zip(assets, held, strict=True):
        if not history.about.holdable:
            raise DataError(
                f"{asset.id} uses the series {history.about.name}, a {history.about.kind.value} that nobody can hold",
                remedy="Use it in a signal, and a price or total-return series in the universe.",
            )
        if not np.isfinite(history.values).any():
            raise DataError(f"{asset.id} ({history.about.name}) has no price at all", remedy="Check the file.")


def _require_overlap(assets: Sequence[Asset], held: Sequence[History]) -> None:
    first, last = max(h.span[0] for h in held), min(h.span[1] for h in held)
    if first > last:
        late = assets[int(np.argmax([h.span[0] for h in held]))]
        early = assets[int(np.argmin([h.span[1] for h in held]))]
        raise DataError(
            f"no overlap between the series: {early.id} ends {last}, {late.id} starts {first}",
            remedy="Give series that share dates, or leave one of them out.",
        )


def last_known(values: Array, splits: Array | None = None) -> tuple[Array, Mask]:
    """Values (T, A) with each gap showing the last one before it, for marking positions only; and where that happened.

    A price that is carried over a split stands in the units after it.
    """
    if np.isfinite(values).all():
        return values, np.zeros(values.shape, dtype=bool)
    rows = np.where(np.isfinite(values), np.arange(len(values))[:, None], 0)
    np.maximum.accumulate(rows, axis=0, out=rows)
    carried = np.take_along_axis(values, rows, axis=0)
    gaps = ~np.isfinite(values) & np.isfinite(carried)
    if splits is not None:
        factor = np.cumprod(splits, axis=0)
        carried = np.where(gaps, carried * np.take_along_axis(factor, rows, axis=0) / factor, carried)
    return carried, gaps
