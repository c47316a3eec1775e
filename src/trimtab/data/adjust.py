"""Series derived from prices as they traded: the split factor, prices on one scale, and the total-return index.

Everything is anchored at the first date, so that a later row changes no bit of an earlier one. The index follows the CRSP
rule: r_t = (p_t f_t + d_t + what was handed out) / p_t' - 1 over gaps in prices, with f the units after for each unit
before (CRSP's factor to adjust prices, plus one) and d in units before. A dividend is given for a unit as traded on its
ex-date, so d is f times it. Adjusted closes as vendors print them, anchored at the last row, are in `backward`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trimtab.core.arrays import Array, Dates, Index, require_shape
from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE, DIVIDEND, SPLIT, TOTAL_RETURN, Field
from trimtab.data.actions import outcome
from trimtab.data.history import Action, ActionKind, History

SPLIT_ADJUSTED = Field("split_adjusted")  # closes in the units of the last row


def split_factor(splits: Array) -> Array:
    """S(t), (T,): product of the ratios of all splits with ex-date up to t. NaN or 1 stand for none.

    Raises DataError for a ratio that is zero, negative or infinite.
    """
    bad = np.flatnonzero((splits <= 0.0) | np.isinf(splits))
    if len(bad):
        what = f"the split ratio in row {bad[0]} is {splits[bad[0]]:g}"
        raise DataError(what, remedy="Ratios are units after for each unit before: 2 for 2:1; leave other days empty.")
    return np.asarray(np.cumprod(np.where(np.isnan(splits), 1.0, splits)), dtype=np.float64)


def as_seen(values: Array, splits: Array, *, row: int = -1) -> Array:
    """Prices or dividends as traded (T,), as somebody on the date of `row` sees them: v(t) S(t) / S(row), rows up to it."""
    upto, factor = _upto(values, splits, row)
    return upto * (factor / factor[-1]) if len(upto) else upto


def total_return(
    dates: Dates, close: Array, *, split: Array | None = None, dividend: Array | None = None, actions: Sequence[Action] = ()
) -> Array:
    """Total-return index (T,) of closes as traded, starting at the first of them; NaN where the close is.

    `split` and `dividend` (T,) are NaN (or 1, or 0) where there is none. Of a spin-off, a right (at its theoretical worth) and
    a return of capital the value counts on the first row on or after the ex-date; in the last row of a merged unit the terms
    of the deal take the place of the close. What is paid on a row without a close is earned on the next one. A delisting is
    no matter of this function but of `delisting.ended`.

    Raises DataError for a price at or below zero, a negative dividend, an action without its numbers, or prices after a merger.
    """
    ratios = np.full(len(close), np.nan) if split is None else split
    factor, cash = split_factor(ratios), _cash(dividend, len(close))
    require_shape("close", close, factor.shape)
    _require_prices(dates, close)
    before = np.concatenate([[1.0], factor[:-1]])[: len(factor)]
    due = [(row, action) for action in actions if (row := int(np.searchsorted(dates, action.effective))) < len(close)]
    worth = _with_mergers(dates, close, due)
    paid = cash * factor
    for row, action in due:
        if action.kind not in (ActionKind.MERGER, ActionKind.DELISTING):
            paid[row] += _handed_out(action, _price_before(close, factor, row)) * before[row]
    return _chained(worth, factor, paid)


def total_return_of(history: History) -> Array:
    """The index (T,) of a history's closes, splits, dividends and actions. Raises DataError where a date stands twice."""
    if history.revised:
        raise DataError(f"{history.about.name} holds several vintages of a date", remedy="Read it as of an instant first.")
    given = history.fields
    return total_return(
        history.dates, given[CLOSE], split=given.get(SPLIT), dividend=given.get(DIVIDEND), actions=history.actions
    )


def derived(history: History) -> dict[Field, Array]:
    """What follows from a history with one row a date: its closes as seen from the last row, and its total-return index.

    Only what its own fields do not say already: nothing for a series without splits, dividends and actions.
    """
    given = history.fields
    found: dict[Field, Array] = {}
    if SPLIT in given and bool((split_factor(given[SPLIT]) != 1.0).any()):
        found[SPLIT_ADJUSTED] = as_seen(given[CLOSE], given[SPLIT])
    if TOTAL_RETURN not in given and (history.actions or {DIVIDEND, SPLIT} & given.keys()):
        found[TOTAL_RETURN] = total_return_of(history)
    return found


def _chained(worth: Array, factor: Array, paid: Array) -> Array:
    """The chain over rows with a value. `paid` is cash for a unit of the first date, as `factor` counts them."""
    index = np.full(len(worth), np.nan)
    rows: Index = np.flatnonzero(np.isfinite(worth))
    if len(rows) == 0:
        return index
    between = np.add.reduceat(paid[: rows[-1] + 1], np.append(0, rows[:-1] + 1))
    held = worth[rows] * factor[rows]
    steps = np.ones(len(rows))
    steps[1:] = (held[1:] + between[1:]) / held[:-1]
    index[rows] = worth[rows[0]] * np.cumprod(steps)
    return index


def _with_mergers(dates: Dates, close: Array, due: Sequence[tuple[int, Action]]) -> Array:
    """The closes, with the value of the deal where a merger ends the unit."""
    worth = close
    for row, action in due:
        if action.kind is not ActionKind.MERGER:
            continue
        later = np.flatnonzero(np.isfinite(close[row + 1 :]))
        if len(later):
            what = f"a close on {dates[row + 1 + later[0]]} lies after the merger of {action.effective}"
            raise DataError(what, remedy="A merged unit ends: give the successor an id of its own.")
        worth = worth.copy()
        worth[row] = _handed_out(action, float("nan"))
    return worth


def _handed_out(action: Action, price: float) -> float:
    """Currency a unit before the action, zero where nobody held the unit yet."""
    if np.isnan(price) and action.kind is not ActionKind.MERGER:
        return 0.0
    value = outcome(action, price).value
    if not np.isfinite(value):
        what = f"the {action.kind.value} of {action.effective} has no price for {action.other or 'what was handed out'}"
        raise DataError(what, remedy="Give the first price of what was received.")
    return value


def _price_before(close: Array, factor: Array, row: int) -> float:
    """The last close before `row`, for a unit as it stood just before the actions of that row."""
    known = np.flatnonzero(np.isfinite(close[:row]))
    if len(known) == 0:
        return float("nan")
    return float(close[known[-1]] * factor[known[-1]] / factor[row - 1])


def _upto(values: Array, splits: Array, row: int) -> tuple[Array, Array]:
    require_shape("splits", splits, values.shape)
    end = row + 1 if row >= 0 else len(values) + row + 1
    return values[:end], split_factor(splits[:end])


def _cash(dividend: Array | None, count: int) -> Array:
    """Dividends with zero for none."""
    if dividend is None:
        return np.zeros(count)
    require_shape("dividend", dividend, (count,))
    bad = np.flatnonzero((dividend < 0.0) | np.isinf(dividend))
    if len(bad):
        what = f"the dividend in row {bad[0]} is {dividend[bad[0]]:g}"
        raise DataError(what, remedy="Give cash a unit, zero or more; a correction is a new vintage of its date.")
    return np.where(np.isnan(dividend), 0.0, dividend)


def _require_prices(dates: Dates, close: Array) -> None:
    require_shape("dates", dates, close.shape)
    bad = np.flatnonzero((close <= 0.0) | np.isinf(close))
    if len(bad):
        what = f"the close on {dates[bad[0]]} is {close[bad[0]]:g}: there is no return over it"
        raise DataError(what, remedy="Leave an unknown price empty (NaN); futures are chained by `futures.chained`.")
