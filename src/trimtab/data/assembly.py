"""A market out of histories: aligned on shared sessions, each with what is to be known of its splits, endings and holidays.

What a source restated later is kept beside the last value, and prices stay as they traded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from trimtab.core.arrays import Array, Dates, Index, Instants, Mask
from trimtab.core.calendar import closes
from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE, DIVIDEND, OPEN, SPLIT, TOTAL_RETURN, TRADED, VOLUME, Field
from trimtab.core.values import Asset
from trimtab.data.adjust import total_return_of
from trimtab.data.exits import exits
from trimtab.data.history import History, Issue, Kind
from trimtab.data.holidays import closed_cells, rows_behind
from trimtab.data.market import Earlier, Market
from trimtab.data.markets import NEW_YORK, last_close
from trimtab.data.vintages import first_versions, instants_of, last_versions, restated_values

FIELDS = (CLOSE, OPEN, DIVIDEND, TOTAL_RETURN)


def assemble(
    assets: Sequence[Asset], histories: Mapping[str, History], *, series: Sequence[str] = (), issues: Sequence[Issue] = ()
) -> Market:
    """Align the histories of `assets` (by `asset.series`) on shared sessions and hang the named `series` beside them.

    Raises DataError where an asset's series cannot be held or no two assets share any date.
    """
    held = [histories[asset.series] for asset in assets]
    _require_usable(assets, held)
    firsts, last = [first_versions(history) for history in held], [last_versions(history) for history in held]
    sessions = shared_sessions([history.dates for history in firsts])
    rows = [_rows(sessions, history.dates) for history in firsts]
    closing, ends = _closing(held, sessions), exits(last, sessions)
    fields = _fields(last, rows, len(sessions))
    earlier, known = _earlier(held, rows, fields), _known(firsts, rows, sessions, closing)
    closed = closed_cells([history.about.market for history in held], sessions, fields[CLOSE])
    fields, known = _held_over(fields, known, closed)
    beside = {name: as_index(histories[name]) for name in series}
    found = [issue for history in (*held, *beside.values()) for issue in history.issues]
    found += _assumed(held, sessions)
    return Market(
        assets=tuple(assets),
        sessions=sessions,
        fields=fields,
        about=tuple(history.about for history in held),
        series=beside,
        known=known,
        issues=(*issues, *dict.fromkeys((*found, *ends.issues))),
        splits=_splits(last, rows, len(sessions)),
        earlier=earlier,
        closing=closing,
        endings=ends.by_row,
        closed=closed,
    )


def as_index(history: History) -> History:
    """A named series as it is read: a fund that pays out is its total-return index, anything else stays what it is."""
    pays = bool(history.actions or {TOTAL_RETURN, DIVIDEND, SPLIT} & history.fields.keys())
    if history.revised or not pays or not history.about.holdable:
        return history
    index = history.fields.get(TOTAL_RETURN)
    values = total_return_of(history) if index is None else index
    return replace(history, about=replace(history.about, kind=Kind.TOTAL_RETURN), fields={CLOSE: values}, actions=())


def _fields(held: Sequence[History], rows: Sequence[Index | slice], count: int) -> dict[Field, Array]:
    """Every field that any history has, (T, A); the total-return index always."""
    fields = {name: _align(held, name, rows, count) for name in FIELDS if _any(held, name)}
    fields[TOTAL_RETURN] = _total_return(held, fields, rows)
    if _any(held, VOLUME):
        fields[TRADED] = fields[CLOSE] * _align(held, VOLUME, rows, count)
    return fields


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


def _assumed(held: Sequence[History], sessions: Dates) -> tuple[Issue, ...]:
    """What is assumed of markets on dates that no calendar covers."""
    markets = sorted({history.about.market for history in held} - NEW_YORK)
    if not markets:
        return ()
    from trimtab.data.sessions import assumptions

    return assumptions(markets, sessions[0], sessions[-1])


def _held_over(
    fields: dict[Field, Array], known: Instants | None, closed: Mask | None
) -> tuple[dict[Field, Array], Instants | None]:
    """Closes, indices and their instants with those of the session before where a market was closed."""
    if closed is None:
        return fields, known
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
        for name, old in restated_values(_with_traded(history), (*FIELDS, TRADED)):
            row = int(where[old.period])
            found.setdefault(name, []).append(Earlier(row, a, old.since, old.until, old.value))
            if name == CLOSE and TOTAL_RETURN not in history.fields:
                index = float(fields[TOTAL_RETURN][row, a] * old.value / fields[CLOSE][row, a])
                found.setdefault(TOTAL_RETURN, []).append(Earlier(row, a, old.since, old.until, index))
    return {name: tuple(versions) for name, versions in found.items()}


def _with_traded(history: History) -> History:
    """The history with the value traded, row by row, so that each version of it is known as it was."""
    if VOLUME not in history.fields:
        return history
    traded = history.fields[CLOSE] * history.fields[VOLUME]
    return replace(history, fields={**history.fields, TRADED: traded})


def _require_usable(assets: Sequence[Asset], held: Sequence[History]) -> None:
    _require_holdable(assets, held)
    _require_overlap(assets, held)


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
