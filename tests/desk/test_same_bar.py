"""No order fills within the bar that decided it: a run whose decisions read the bar that they trade in is stopped (B6)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.desk.worlds import market, policy
from trimtab.core.arrays import Index
from trimtab.core.errors import DataError
from trimtab.core.values import Days
from trimtab.data.market import Market
from trimtab.data.view import MarketView
from trimtab.desk import dates
from trimtab.desk.backtest import backtest

TRADES = [{"decide": "month-end", "trade": trade} for trade in ("next_open", "next_close")]


def early(ahead: int) -> Any:
    """A look that stands `ahead` sessions later than it says: its orders fill in a bar that its signals have seen."""

    def look(seen: Market, rows: Index, *, cut_off: np.timedelta64, since: np.datetime64) -> MarketView:
        later = np.minimum(rows + ahead, len(seen.sessions) - 1)
        days = Days(seen.sessions[rows], seen.closes_at(rows) + cut_off.astype("timedelta64[s]"))
        return MarketView(seen, days, later, since, seen.closes_at(later))

    return look


@pytest.mark.parametrize("schedule", TRADES, ids=lambda one: one["trade"])
def test_a_fill_in_the_bar_that_the_signal_used_is_caught(schedule: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    honest = policy(schedule=schedule)
    world = market(honest)
    monkeypatch.setattr(dates, "look", early(0))
    assert backtest(honest, world).fills
    monkeypatch.setattr(dates, "look", early(1))
    with pytest.raises(DataError, match=r"became known at .*, after the cut-off"):
        backtest(honest, world)


@pytest.mark.parametrize(("trade", "gap"), [("next_open", 1), ("next_close", 1), ("same_close", 0)])
def test_fills_stand_on_the_next_session_or_say_that_they_do_not(trade: str, gap: int) -> None:
    one = policy(schedule={"decide": "month-end", "trade": trade})
    world = market(one)
    ran = backtest(one, world)
    fills = [
        (np.searchsorted(world.sessions, made.today.when), np.searchsorted(world.sessions, when))
        for made, when in zip(ran.decisions, ran.traded, strict=True)
        if when is not None
    ]
    assert len(fills) > 5
    assert {int(filled - decided) for decided, filled in fills} == {gap}
