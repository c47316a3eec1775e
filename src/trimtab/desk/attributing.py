"""The attribution of a backtest: from benchmark to net asset value, by cause, by asset, and by decision.

A period runs from one decision to the next, valued before trades. Within it every portfolio is held as it stands, so the
benchmark is the strategic weights put back at each decision without cost. The ledger says what each asset made, what
trading, fees and taxes took and what cash earned; the rest of the way from the target is waiting for the fill and rounding.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from trimtab.accounting.result import results
from trimtab.attribution.layers import Periods, Waits, waited, whole
from trimtab.attribution.tactical import Attribution, Part, Row, in_money
from trimtab.core.arrays import Array, Index
from trimtab.core.entries import Entry, Fill
from trimtab.core.errors import DataError
from trimtab.core.money import ZERO, decimal_of, exact
from trimtab.core.schedule import TradeAt
from trimtab.core.terms import CLOSE, OPEN, TOTAL_RETURN
from trimtab.data.market import Market, last_known
from trimtab.desk.attribution_rows import charged_rows, decided_rows, grown, split_cash, worth_telling
from trimtab.desk.booked import Booked, booked
from trimtab.desk.dates import view_at
from trimtab.desk.prepare import bills
from trimtab.desk.result import Result
from trimtab.desk.stages import steps


def attribute(result: Result, *, by_sleeve: bool = False) -> Attribution:
    """Where the difference of `result` from its benchmark came from. Raises DataError where it has no period."""
    bounds = _bounds(result)
    count = len(bounds.rows) - 1
    values = bounds.values[:-1]
    view = view_at(result.policy, result.market, np.searchsorted(result.market.sessions, result.aims.days.dates))
    numbers = np.searchsorted(result.aims.days.dates, [decision.today.when for decision in result.decisions[:count]])
    periods, booked = _periods(result, bounds), _booked(result, bounds)
    found = steps(result, view, numbers, by_sleeve=by_sleeve)
    rows = [*decided_rows(found, periods), *_traded(result, bounds, (periods, booked))]
    made = (booked.returns, periods.benchmark_returns)
    gain, benchmark_gain, money = in_money(values, made, rows, booked.money, whole=_gain(result))
    rows = [replace(row, money=amount) for row, amount in zip(rows, money, strict=True)]
    dates = result.market.sessions[bounds.rows]
    ids = tuple(decision.id for decision in result.decisions[:count])
    return Attribution(result.assets, dates[:-1], dates[1:], ids, values, *made, tuple(rows), gain, benchmark_gain)


def periods_of(result: Result) -> Periods:
    """What assets, cash and the benchmark made between the decisions of `result`."""
    return _periods(result, _bounds(result))


def targets_of(result: Result) -> Array:
    """(N, A) target weights of the decisions that begin its periods."""
    return np.array([decision.target for decision in result.decisions[: len(_bounds(result).rows) - 1]])


@dataclass(frozen=True, slots=True, eq=False)
class _Bounds:
    """Rows of the sessions (N + 1,) at which periods meet, and net asset value there before trades (N + 1,)."""

    rows: Index
    values: Array


def _bounds(result: Result) -> _Bounds:
    """The decisions, and the last session. What the last decision did on that very session is a period without length."""
    sessions = result.market.sessions
    rows = np.searchsorted(sessions, [decision.today.when for decision in result.decisions])
    values = [decision.book.nav for decision in result.decisions]
    last = len(sessions) - 1
    traded = bool(result.decisions) and result.traded[-1] is not None
    if len(rows) and (rows[-1] < last or traded):
        rows, values = np.append(rows, last), [*values, _worth(result)]
    if len(rows) < 2:
        raise DataError("there is no time between two decisions to attribute", remedy="Give a longer window.")
    return _Bounds(rows, np.array(values))


def _worth(result: Result) -> float:
    """Net asset value at the end as the ledger has it, interest in cents, less taxes owed."""
    return float(result.account.nav - (ZERO if result.taxes is None else result.taxes.owed))


def _gain(result: Result) -> Decimal:
    """Change of net asset value less flows, less taxes owed, exactly."""
    account = result.account
    with exact():
        return account.nav - account.flows - (ZERO if result.taxes is None else result.taxes.owed)


def _periods(result: Result, bounds: _Bounds) -> Periods:
    """What assets and bills made in each period, dividends in. An asset that ended, or is not priced yet, stands still."""
    growth, cash = grown(result.policy, result.market, bounds.rows[:-1], bounds.rows[1:])
    return Periods(growth, cash, result.policy.benchmark)


def _waits(result: Result, bounds: _Bounds) -> Waits:
    """What each period brought until the fills."""
    market, count = result.market, len(bounds.rows) - 1
    sessions = market.sessions
    filled = np.array([when is not None for when in result.traded[:count]])
    days = [sessions[bounds.rows[n]] if when is None else when for n, when in enumerate(result.traded[:count])]
    rows, start = np.searchsorted(sessions, days), bounds.rows[:-1]
    held = np.array([decision.book.held for decision in result.decisions[:count]])
    cash = bills(result.policy, market)
    growth, price = (_until_fill(result, values, rows, start) for values in (market.fields[TOTAL_RETURN], _unsplit(market)))
    return Waits(held, growth, price, cash[rows] / cash[start] - 1.0, filled)


def _until_fill(result: Result, values: Array, rows: Index, start: Index) -> Array:
    """(N, A) simple returns of `values` (T, A) from the rows `start` (N,) to the prices of the fills on `rows` (N,)."""
    market = result.market
    index, _ = last_known(values)
    growth = index[rows] / index[start]
    if result.policy.schedule.trade is TradeAt.NEXT_OPEN and OPEN in market.fields:
        step = market.fields[OPEN][rows] / market.fields[CLOSE][rows]
        growth = growth * np.where(np.isfinite(step) & (rows > start)[:, None], step, 1.0)
    return np.where(np.isfinite(growth), growth - 1.0, 0.0)


def _unsplit(market: Market) -> Array:
    """Closes (T, A) in the units of the first session."""
    closes = market.fields[CLOSE]
    return closes if market.splits is None else np.asarray(closes * np.cumprod(market.splits, axis=0))


def _booked(result: Result, bounds: _Bounds) -> Booked:
    """The ledger of each period."""
    prices = [decision.book.prices for decision in result.decisions[: len(bounds.rows)]]
    ends = [[decimal_of(p) if p > 0.0 else ZERO for p in row.tolist()] for row in prices[1:]]
    closing = [*ends, list(result.closing)] if len(ends) < len(bounds.rows) - 1 else ends
    with exact():
        found = results(result.entries, _numbering(result, bounds), closing)
    return booked(found, (bounds.values[:-1], bounds.values[1:]), taxed=result.taxes is not None)


def _numbering(result: Result, bounds: _Bounds) -> Callable[[Entry], int]:
    """The period of an entry: that of the decision whose order it filled, else the one in which its day lies."""
    starts = result.market.sessions[bounds.rows[:-1]]
    own = {str(when): number for number, when in enumerate(starts.tolist())}
    days = [when.toordinal() for when in starts.tolist()]

    def number(entry: Entry) -> int:
        if isinstance(entry, Fill) and (found := own.get(entry.order.rpartition(":")[0])) is not None:
            return found
        return max(bisect_left(days, entry.when.toordinal()) - 1, 0)

    return number


def _traded(result: Result, bounds: _Bounds, made: tuple[Periods, Booked]) -> list[Row]:
    """Rows for all that lies between the target and net asset value."""
    periods, booked = made
    count = len(periods.cash)
    target = np.array([decision.target for decision in result.decisions[:count]])
    late = waited(target, _waits(result, bounds), periods)
    meant = whole(target) * periods.all_growth + late
    moved_on = (whole(_after(result, bounds)) - whole(target)) * periods.benchmark_returns[:, None]
    real = np.concatenate([booked.assets, booked.interest[:, None]], axis=1)
    rest, cash = split_cash(real - meant - moved_on)
    rows = [
        Row(Part.LAG, "lag", "Waiting for the fill", late),
        Row(Part.ROUNDING, "rounding", "Rounding and what was not filled", rest),
        Row(Part.CASH, "cash", "Idle cash and its interest", cash),
        *charged_rows(booked),
    ]
    return worth_telling(rows)


def _after(result: Result, bounds: _Bounds) -> Array:
    """(N, A) weights held once the orders of each decision were filled, at the money that was paid."""
    count = len(bounds.rows) - 1
    held = np.array([decision.book.held for decision in result.decisions[:count]])
    own = {str(decision.today.when): number for number, decision in enumerate(result.decisions[:count])}
    for fill in result.fills:
        number = own.get(fill.order.rpartition(":")[0])
        if number is not None:
            held[number, fill.asset] -= float(fill.amount) / bounds.values[number]
    return held
