"""Wealth at every session against an obvious loop over the entries."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import worlds
from trimtab.accounting import marks as module
from trimtab.accounting.conditions import Conditions
from trimtab.accounting.ledger import Ledger, replay
from trimtab.accounting.marks import Track, mark
from trimtab.core.arrays import Array
from trimtab.core.entries import Fill, Flow, Interest
from trimtab.core.money import ZERO, exact
from trimtab.core.terms import CLOSE
from trimtab.costs.financing import Cash
from trimtab.desk.backtest import backtest
from trimtab.desk.prepare import bills
from trimtab.desk.result import Result


def wealth_by_loop(result: Result) -> tuple[Array, Array]:
    """Replay the entries up to each session: units at its close, and cash with the interest since it was last posted."""
    prices = result.market.fields[CLOSE]
    growth = bills(result.policy, result.market)
    wealth, weights = [], []
    with exact():
        for day in result.dates:
            row = int(np.searchsorted(result.market.sessions, day))
            past = [entry for entry in result.entries if entry.when <= day.item()]
            book = replay(past, len(result.assets))
            posted = max(entry.when for entry in past if isinstance(entry, Interest | Flow))
            since = int(np.searchsorted(result.market.sessions, np.datetime64(posted)))
            cash = float(book.cash) * growth[row] / growth[since]
            held = np.array([float(units) for units in book.units]) * prices[row]
            wealth.append(held.sum() + cash)
            weights.append(held / wealth[-1])
    return np.array(wealth), np.array(weights)


@given(st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from(["next_open", "same_close"]), st.booleans())
@settings(max_examples=8)
def test_wealth_is_that_of_the_obvious_loop(seed: int, pay: bool, trade: str, earning: bool) -> None:
    policy = worlds.policy(
        execution={"dividends": "pay" if pay else "reinvest", "rounding": "none"},
        schedule={"decide": "month-end", "trade": trade},
        cash={"series": "bills"} if earning else None,
    )
    result = backtest(policy, worlds.market(policy, seed, count=160))
    wealth, weights = wealth_by_loop(result)
    # Interest on a cash that stood still is compounded from its last posting here and from its last change there.
    assert result.wealth[0] == 1_000_000.0  # the capital, before the first funding pays its costs
    assert np.allclose(result.wealth[1:], wealth[1:], rtol=1e-6 if earning else 1e-12)
    assert np.allclose(result.weights, weights, rtol=0, atol=1e-6 if earning else 1e-12)


def test_the_check_of_marks_catches_units_that_lag_a_session(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = worlds.policy(execution={"rounding": "none"}, cash=None)
    world = worlds.market(policy, 3, count=160)
    real = module.Track.note
    monkeypatch.setattr(module.Track, "note", lambda self, row, ledger: real(self, row + 1 if self.rows else row, ledger))
    result = backtest(policy, world)
    assert not np.allclose(result.wealth[1:], wealth_by_loop(result)[0][1:], rtol=1e-12)


def test_marks_by_hand() -> None:
    # 1000 in on session 0; on session 2, 10 units at 50. Closes 40, 45, 50, 60. Bills 1, 1.01, 1.02, 1.04.
    # wealth: 1000; 1010; 10 * 50 + 520 = 1020 (1020 of cash less 500); 10 * 60 + 520 * 1.04 / 1.02 = 1130.196...
    sessions = np.busday_offset("2020-01-02", np.arange(4))
    world = Conditions(sessions, np.array([[40.0], [45.0], [50.0], [60.0]]), None, np.array([1, 1.01, 1.02, 1.04]), np.zeros(4))
    ledger, track = Ledger(1), Track()
    ledger.post(Flow(sessions[0].item(), Decimal(1000)))
    track.note(0, ledger)
    ledger.post(Interest(sessions[2].item(), Decimal(20)))
    ledger.post(Fill(sessions[2].item(), 0, Decimal(10), Decimal(50), Decimal(-500), ZERO, "o"))
    track.note(2, ledger)
    track.note(2, ledger)  # noted twice: the last word counts
    found = mark(track, world, Cash("bills"), last=3)
    assert found.wealth == pytest.approx([1000.0, 1010.0, 1020.0, 600.0 + 520.0 * 1.04 / 1.02])
    assert found.weights[:, 0] == pytest.approx([0.0, 0.0, 500.0 / 1020.0, 600.0 / found.wealth[3]])
    assert found.cash == pytest.approx([1000.0, 1010.0, 520.0, 520.0 * 1.04 / 1.02])


def test_an_asset_that_is_not_held_may_have_no_price() -> None:
    sessions = np.busday_offset("2020-01-02", np.arange(2))
    world = Conditions(sessions, np.array([[np.nan], [np.nan]]), None, np.ones(2), np.zeros(2))
    ledger, track = Ledger(1), Track()
    ledger.post(Flow(sessions[0].item(), Decimal(7)))
    track.note(0, ledger)
    assert mark(track, world, Cash(), last=1).wealth.tolist() == [7.0, 7.0]
