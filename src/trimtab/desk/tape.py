"""The market of a policy as a tape of sessions, from which a paper broker fills orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab.core.arrays import Array, Instants
from trimtab.core.calendar import plain_date
from trimtab.core.terms import CLOSE, HIGH, LOW, OPEN, TRADED, Field
from trimtab.data.history import History
from trimtab.data.market import Market
from trimtab.data.sessions import sessions
from trimtab.desk.policy import Policy
from trimtab.execution.brokers.tape import Bar

_BEFORE = np.timedelta64(390, "m")  # a session without a calendar opens so long before its close


@dataclass(frozen=True)
class MarketTape:
    """Sessions of a market as bars; `numbers` gives the asset of each instrument. Prices are those of the data.

    Where no open is known the close stands for it, as in a backtest (core.schedule.TradeAt). An asset opens and closes by the
    calendar of its own market, half days included; where that holds no session on a date, when the market as a whole does.
    """

    market: Market
    numbers: Mapping[str, int]
    highs: Array | None = None  # (T, A); None: the data hold none, and a limit is reached at open or close alone
    lows: Array | None = None

    def bars(self, instrument: str, after: np.datetime64, until: np.datetime64) -> Sequence[Bar]:
        """The sessions that close after `after` and not after `until`, on which it traded."""
        asset = self.numbers.get(instrument)
        if asset is None:
            return []
        _, closes = self._hours(self.market.about[asset].market)
        first, last = np.searchsorted(closes, [after, until], side="right")
        found = [self._bar(row, asset) for row in range(int(first), int(last))]
        return [bar for bar in found if bar is not None]

    @cached_property
    def _known(self) -> dict[str, tuple[Instants, Instants]]:
        return {}

    def _hours(self, name: str) -> tuple[Instants, Instants]:
        """(T,) when each session opened and closed in the market of this name."""
        if name not in self._known:
            dates = self.market.sessions
            usual = self.market.closes_at(np.arange(len(dates))).astype("datetime64[s]")
            held = sessions(name, dates[0], dates[-1])
            rows = np.minimum(np.searchsorted(held.dates, dates), len(held.dates) - 1)
            fits = held.dates[rows] == dates
            closes = np.where(fits, held.closes[rows], usual)
            self._known[name] = np.where(fits, held.opens[rows], closes - _BEFORE), closes
        return self._known[name]

    def _bar(self, row: int, asset: int) -> Bar | None:
        market = self.market
        close = float(market.fields[CLOSE][row, asset])
        if not np.isfinite(close) or (market.closed is not None and market.closed[row, asset]):
            return None
        volume = _cell(market.fields.get(TRADED), row, asset)
        opening = _cell(market.fields.get(OPEN), row, asset)
        opens, closes = self._hours(market.about[asset].market)
        return Bar(
            opens[row],
            closes[row],
            opening if np.isfinite(opening) else close,
            _cell(self.highs, row, asset),
            _cell(self.lows, row, asset),
            close,
            volume / close,
            plain_date(market.sessions[row]),
        )


def _cell(values: Array | None, row: int, asset: int) -> float:
    return float("nan") if values is None else float(values[row, asset])


def tape_of(policy: Policy, market: Market, numbers: Mapping[str, int]) -> MarketTape:
    """The tape of a policy's market, with highs and lows where its data hold them."""
    found = {one.about.name: one for one in policy.data.load(tuple(dict.fromkeys(a.series for a in policy.universe)))}
    rows = [found[asset.series] for asset in policy.universe]
    highs, lows = (_aligned(rows, field, market) for field in (HIGH, LOW))
    return MarketTape(market, numbers, highs, lows)


def _aligned(histories: Sequence[History], field: Field, market: Market) -> Array | None:
    """(T, A) of a field that markets do not carry; None where no history has it."""
    if not any(field in one.fields for one in histories):
        return None
    values = np.full((len(market.sessions), len(histories)), np.nan)
    for a, one in enumerate(histories):
        if field not in one.fields:
            continue
        at = np.searchsorted(one.dates, market.sessions)
        at = np.minimum(at, len(one.dates) - 1)
        fits = one.dates[at] == market.sessions
        values[fits, a] = one.fields[field][at[fits]]
    return values
