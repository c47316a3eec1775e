"""The effects of one decision by hand, in plain NumPy: from the opens, closes and dividends of the files of prices.

The reference that the page on why is held against: none of it runs through `trimtab.attribution`.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from tests.desk.real_gallery import fund, ran
from trimtab.core.terms import CLOSE, DIVIDEND, OPEN


@cache
def prices(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Dates, opens, closes, and the total-return index of a fund at its closes: dividends go back in on the ex-date."""
    history = fund(name)
    close, paid = history.fields[CLOSE], np.nan_to_num(history.fields[DIVIDEND])
    index = np.cumprod(np.concatenate([[1.0], (close[1:] + paid[1:]) / close[:-1]]))
    return history.dates, history.fields[OPEN], close, index


@cache
def at(name: str, day: object, *, opening: bool = False) -> tuple[float, float]:
    """Price and total-return index of a fund at the close of a day, or at its opening."""
    dates, opens, close, index = prices(name)
    row = int(np.searchsorted(dates, np.datetime64(str(day))))
    step = float(opens[row] / close[row]) if opening else 1.0
    return float(close[row]) * step, float(index[row]) * step


SOLVED = ("trend-tilts",)  # weights of a solver: their last bits, and so the ids of decisions, are those of a processor


def known_as(name: str, decision: str) -> str:
    """What a decision of a policy goes by on any processor: its id, or where a solver had a part in it its date."""
    return decision.partition("/")[0] if name in SOLVED else decision


class Month:
    """One decision and what the market did until the next, from the files of prices alone."""

    def __init__(self, name: str, decision: str) -> None:
        result = ran(name)
        ids = [known_as(name, one.id) for one in result.decisions]
        self.n = ids.index(known_as(name, decision))
        self.result, self.decision, after = result, result.decisions[self.n], result.decisions[self.n + 1 :]
        self.start = self.decision.today.when
        self.end = after[0].today.when if after else result.market.sessions[-1]
        self.fill = result.traded[self.n]
        self.after = after[0].book.nav if after else float(result.wealth[-1])
        self.growth = np.array([self.made(asset.series) for asset in result.assets])
        self.cash = self.made("BIL")
        self.bench = float(result.policy.benchmark @ self.growth + (1.0 - result.policy.benchmark.sum()) * self.cash)

    def made(self, name: str) -> float:
        return at(name, self.end)[1] / at(name, self.start)[1] - 1.0

    def brought(self, moves: np.ndarray) -> float:
        """What moving the weights (A,) brought; cash pays."""
        return float(moves @ (self.growth - self.bench) - moves.sum() * (self.cash - self.bench))

    @property
    def night(self) -> float:
        """Bought and sold at the opening after, against at the close."""
        if self.fill is None:
            return 0.0
        way, total = self.decision.target - self.decision.book.held, 0.0
        later = at("BIL", self.end)[1] / at("BIL", self.fill)[1] - 1.0
        for asset, weight, growth in zip(self.result.assets, way.tolist(), self.growth.tolist(), strict=True):
            price, index = at(asset.series, self.fill, opening=True)
            money = weight * price / at(asset.series, self.start)[0]
            total += money * (at(asset.series, self.end)[1] / index - 1.0) - money * later - weight * (growth - self.cash)
        return total

    @property
    def charged(self) -> float:
        orders = {order.id for order in self.decision.orders}
        return -sum(float(fill.cost) for fill in self.result.fills if fill.order in orders) / self.decision.book.nav
