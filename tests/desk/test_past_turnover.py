"""Past turnover out of orders is that of a backtest: repairs and first funding left out, whatever became of the orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.desk.desk_worlds import DAY, desk
from tests.desk.paper_year_policies import FUNDS, generated, policy, written
from trimtab.core.households import Account
from trimtab.core.orders import Standing, Status, Ticket
from trimtab.core.taxes import Wrapper
from trimtab.core.venues import Execution, Report
from trimtab.desk.backtest import backtest
from trimtab.desk.past_turnover import past_turnover
from trimtab.desk.prepare import load_market
from trimtab.desk.proposing import noted_of
from trimtab.desk.reviewing import turnovers

NUMBERS = {name: k for k, name in enumerate(FUNDS)}


@pytest.mark.parametrize("trade", ["next_open", "same_close"])
def test_it_is_the_turnover_that_a_backtest_counts(trade: str, tmp_path: Path) -> None:
    """The weight of a fund is capped below what drift makes of it, so that breaches are repaired now and then."""
    rules = [{"use": "max_weight", "at_most": 0.36}, {"use": "max_turnover", "at_most": 0.3, "window": "3M"}]
    made = policy(written(tmp_path / "prices", generated(11)), trade, rules=rules)
    result = backtest(made, load_market(made))
    standings, notes = [], {}
    for k, decision in enumerate(result.decisions[:-1]):
        found: Any = SimpleNamespace(
            decision=decision, book=decision.book, instruments=FUNDS, outlook=SimpleNamespace(policy=made)
        )
        notes[f"b{k}"] = noted_of(found, f"b{k}")
        for order in decision.orders:
            ticket = Ticket(order.id, "A", FUNDS[order.asset], order.units, order.reference, batch=f"b{k}")
            own = [fill for fill in result.fills if fill.order == order.id]
            spent = sum((fill.units * fill.price for fill in own), Decimal(0))
            standings.append(Standing(ticket, Status.FILLED, sum((fill.units for fill in own), Decimal(0)), spent))
    counted, told = result.decisions[-1].book.turnover, past_turnover(standings, notes, NUMBERS, len(FUNDS))
    mended = [k for k, note in notes.items() if note["mended"]]
    assert mended
    assert len(told.dates) > 10
    traded = np.isin(counted.dates, told.dates)
    assert not counted.moves[~traded].any()
    assert (counted.dates[traded] == told.dates).all()
    np.testing.assert_allclose(told.moves, counted.moves[traded], rtol=0, atol=1e-12)


def standing(name: str, units: int, spent: int, batch: str, status: Status = Status.FILLED) -> Standing:
    ticket = Ticket(f"{name}{batch}", "A", name, Decimal(units), Decimal(100), batch=batch)
    return Standing(ticket, status, Decimal(units), Decimal(spent))


def note(when: str, nav: float, *, funded: bool = True, **mended: float) -> Mapping[str, Any]:
    return {"when": when, "nav": nav, "funded": funded, "mended": mended}


def test_a_batch_by_hand() -> None:
    """Of 10,000: SPY bought for 400, TLT sold for 600, of which 2 % (200) repaired a breach.

    Half of each: 0.02, -0.03 + 0.01 = -0.02; cash -200 / 10,000 / 2 = -0.01, and + 0.01 of the repair: 0.
    """
    found = past_turnover(
        [standing("SPY", 4, 400, "b"), standing("TLT", -6, -600, "b")], {"b": note("2026-01-30", 1e4, TLT=-0.02)}, NUMBERS, 4
    )
    np.testing.assert_allclose(found.moves, [[0.02, -0.02, 0, 0, 0]], atol=1e-15)


def test_batches_of_one_day_add_up_funding_and_unknown_batches_do_not_count() -> None:
    standings = [standing("SPY", 4, 400, "a"), standing("SPY", 2, 200, "b"), standing("SPY", 99, 9900, "first"),
                 standing("SPY", 50, 5000, "of another place"), standing("XXX", 9, 900, "a")]  # fmt: skip
    notes = {"a": note("2026-01-30", 1e4), "b": note("2026-01-30", 2e4), "first": note("2026-01-02", 1e4, funded=False)}
    found = past_turnover(standings, notes, NUMBERS, 4)
    assert [str(day) for day in found.dates] == ["2026-01-30"]
    assert found.moves[0, 0] == pytest.approx(0.02 + 0.005)
    assert found.moves[0, 4] == pytest.approx(0.025)


def test_what_is_filled_counts_whatever_became_of_the_order() -> None:
    """Half of a cancelled order was filled at 100: 4 of 8."""
    ticket = Ticket("x", "A", "SPY", Decimal(8), Decimal(100), batch="a")
    part = Standing(ticket, Status.CANCELLED, Decimal(4), Decimal(400))
    never = replace(part, ticket=replace(ticket, id="y"), status=Status.REJECTED, filled=Decimal(0), spent=Decimal(0))
    found = past_turnover([part, never], {"a": note("2026-01-30", 1e4)}, NUMBERS, 4)
    assert found.moves[0, 0] == pytest.approx(0.02)


def test_a_sleeve_counts_its_own_trades_and_members_of_blocks_count_once(tmp_path: Path) -> None:
    account = Account("A", "Mueller", Wrapper.EXEMPT)
    budget = [{"use": "max_turnover", "at_most": 0.2, "window": "3M"}]
    with desk(tmp_path, [account], {"core": "A", "sat": "A"}, rules=budget) as one:
        one.holds("A/core", 20_000, SPY=200)
        one.holds("A/sat", 20_000, SPY=200)
        made = [*one.proposes("A/core"), *one.proposes("A/sat")]
        one.sends(one.approved(*made))
        for order in one.orders.standings():
            units = order.ticket.units
            fill = Execution(order.id, order.id, units, order.ticket.reference, Decimal(0), DAY, "")
            one.orders.record(Report(order.id, Status.FILLED, "v", units, (fill,)), "paper")
        (rebalance,) = one.rebalances("A/core")
        past = turnovers(one.orders, rebalance.outlook, ["A/core"], one.accounts())["A/core"]
        bought = sum(float(s.spent) for s in made[0].orders for s in [one.orders.standing(s.id)])
        assert past.dates.tolist() == [date(2026, 11, 2)]
        assert past.moves[0, -1] == pytest.approx(0.5 * bought / 40_000)
