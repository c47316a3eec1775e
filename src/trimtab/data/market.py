"""A market: histories aligned on shared sessions, ready to be looked at through a view or traded against.

Sessions are the dates on which any asset of the universe has an observation. T sessions, A assets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from trimtab.core.arrays import Array, Dates, Instants, Mask, frozen
from trimtab.core.calendar import closes, is_monthly
from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE, DIVIDEND, OPEN, TOTAL_RETURN, Field
from trimtab.core.values import Asset
from trimtab.data.history import About, History, Issue


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """Prices and series of a universe.

    `fields` maps a field to (T, A), NaN where unknown. `known` (T, A) are the instants at which the rows became known,
    or None where every row was known at its own session's close. `series` are named histories that nobody holds.
    """

    assets: tuple[Asset, ...]
    sessions: Dates
    fields: Mapping[Field, Array]
    about: tuple[About, ...]
    series: Mapping[str, History] = field(default_factory=dict)
    known: Instants | None = None
    issues: tuple[Issue, ...] = ()

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
            sha.update(self.instants(history).tobytes())
        if self.known is not None:
            sha.update(self.known.tobytes())
        return sha.hexdigest()

    def instants(self, history: History) -> Instants:
        """When each value of a named series became known (UTC)."""
        return history.known if history.known is not None else known_instants(history)


def known_instants(history: History) -> Instants:
    """The close of the effective date, `lag_days` business days later."""
    dates = history.dates.astype("datetime64[D]")
    if history.about.lag_days:
        dates = np.busday_offset(dates, history.about.lag_days, roll="backward")
    return closes(dates)


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
    sessions = held[0].dates
    for history in held[1:]:
        sessions = np.union1d(sessions, history.dates)
    _require_overlap(assets, held)
    fields = {name: _align(held, name, sessions) for name in (CLOSE, OPEN, DIVIDEND, TOTAL_RETURN) if _any(held, name)}
    fields[TOTAL_RETURN] = _total_return(held, fields, sessions)
    found = [issue for history in (*held, *(histories[name] for name in series)) for issue in history.issues]
    return Market(
        tuple(assets),
        sessions,
        fields,
        tuple(history.about for history in held),
        {name: histories[name] for name in series},
        _known(held, sessions),
        (*issues, *dict.fromkeys(found)),
    )


def _any(held: Sequence[History], name: Field) -> bool:
    return any(name in history.fields for history in held)


def _align(held: Sequence[History], name: Field, sessions: Dates) -> Array:
    values = np.full((len(sessions), len(held)), np.nan)
    for a, history in enumerate(held):
        if name in history.fields:
            values[np.searchsorted(sessions, history.dates), a] = history.fields[name]
    return values


def _total_return(held: Sequence[History], fields: Mapping[Field, Array], sessions: Dates) -> Array:
    """The index that a source gives, else one chained from closes and dividends (CRSP): (p + d) / p' - 1."""
    index = fields[TOTAL_RETURN].copy() if TOTAL_RETURN in fields else np.full((len(sessions), len(held)), np.nan)
    for a, history in enumerate(held):
        if TOTAL_RETURN in history.fields:
            continue
        close = history.fields[CLOSE]
        rows = np.searchsorted(sessions, history.dates)
        index[rows, a] = chained(close, history.fields[DIVIDEND]) if DIVIDEND in history.fields else close
    return index


def chained(close: Array, dividend: Array) -> Array:
    """Total-return index (T,) of closes and cash dividends a unit (NaN or 0: none). Gaps stay NaN; starts at the price."""
    index = np.full(len(close), np.nan)
    rows = np.flatnonzero(np.isfinite(close))
    if len(rows) == 0:
        return index
    paid = np.add.reduceat(np.nan_to_num(dividend[: rows[-1] + 1]), np.append(0, rows[:-1] + 1))
    steps = np.ones(len(rows))
    steps[1:] = (close[rows[1:]] + paid[1:]) / close[rows[:-1]]
    index[rows] = close[rows[0]] * np.cumprod(steps)
    return index


def _known(held: Sequence[History], sessions: Dates) -> Instants | None:
    if all(history.known is None and history.about.lag_days == 0 for history in held):
        return None
    known = np.full((len(sessions), len(held)), np.datetime64("NaT"), dtype="datetime64[s]")
    for a, history in enumerate(held):
        instants = history.known if history.known is not None else known_instants(history)
        known[np.searchsorted(sessions, history.dates), a] = instants
    return known


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


def last_known(values: Array) -> tuple[Array, Mask]:
    """Values (T, A) with each gap showing the last one before it, for marking positions only; and where that happened."""
    if np.isfinite(values).all():
        return values, np.zeros(values.shape, dtype=bool)
    rows = np.where(np.isfinite(values), np.arange(len(values))[:, None], 0)
    np.maximum.accumulate(rows, axis=0, out=rows)
    carried = np.take_along_axis(values, rows, axis=0)
    return carried, ~np.isfinite(values) & np.isfinite(carried)
