"""A policy asked again at each of its decisions, on a book that has the fills which an account really had."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from trimtab.accounting.ledger import Ledger
from trimtab.core.entries import Entry, Fill
from trimtab.core.money import exact
from trimtab.core.trades import Decision
from trimtab.desk.backtest import Run
from trimtab.desk.beside import Beside
from trimtab.desk.cycle import counted_moves


def replayed(found: Beside) -> tuple[Decision, ...]:
    """The decisions of the policy on a book that has the account's own fills, which count in its turnover too."""
    clock, _ = found.reading
    own = [one for one in found.owned.entries if isinstance(one, Fill) and one.when > found.first]
    arrivals: dict[int, list[Entry]] = {}
    for fill in own:
        arrivals.setdefault(clock.time(fill) // 2, []).append(fill)
    days = [one.item() for one in found.view.days.dates]

    def amend(decision: Decision, ledger: Ledger) -> Decision:
        day = decision.today.when.item()
        following = next((one for one in days if one > day), date.max)
        fills = [one for one in own if day < one.when <= following]
        units, prices = np.zeros(len(decision.target)), decision.book.prices.copy()
        for fill in fills:
            units[fill.asset], prices[fill.asset] = float(fill.units), float(fill.price)
        if decision.book.funded and fills:
            ledger.record_turnover(decision.today.when, counted_moves(decision, units, prices, fills))
        return replace(decision, orders=())

    begins = replace(found.beginning, arrivals=arrivals)
    with exact():
        return Run(found.policy, found.market, found.view, found.knowledge, begins, amend).walk().decisions
