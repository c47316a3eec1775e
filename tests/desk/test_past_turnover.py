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
from trimtab.desk.blocking import gather
from trimtab.desk.crossing import book_crosses
from trimtab.desk.past_turnover import past_turnover
from trimtab.desk.prepare import load_market
from trimtab.desk.proposing import noted_of
from trimtab.desk.reviewing import turnovers

NUMBERS = {name: k for k, name in enumerate(FUNDS)}


@pytest.mark.parametrize(("trade", "minimum"), [("next_open", 500), ("same_close", 500), ("next_open", 20_000)])
def test_it_is_the_turnover_that_a_backtest_counts(trade: str, minimum: int, tmp_path: Path) -> None:
    """The weight of a fund is capped below what drift makes of it, so that breaches are repaired now and then.

    Regression: a repair too small to be placed counted as turnover, in a backtest alone, which broke law 1.
    """
    schedule = {"decide": "month-end" if minimum < 20_000 else "week-end", "trade": trade}
    execution = {"units": "whole", "minimum": f"{minimum} USD", "dividends": "pay"}
    rules = [{"use": "max_weight", "at_most": 0.36}, {"use": "max_turnover", "at_most": 0.3, "window": "3M"}]
    made = policy(written(tmp_path / "prices", generated(11)), trade, rules=rules, execution=execution, schedule=schedule)
    result = backtest(made, load_market(made))
    standings, notes = [], {}
    for k, decision in enumerate(result.decisions[:-1]):
        found: Any = SimpleNamespace(
            decision=decision,
            traded=decision,
            applied=None,
            book=decision.book,
            instruments=FUNDS,
            outlook=SimpleNamespace(policy=made),
        )
        notes[f"b{k}"] = noted_of(found, f"b{k}", {})
        assert notes[f"b{k}"]["planned"].keys() <= notes[f"b{k}"]["mended"].keys()
        for order in decision.orders:
            ticket = Ticket(order.id, "A", FUNDS[order.asset], order.units, order.reference, batch=f"b{k}")
            own = [fill for fill in result.fills if fill.order == order.id]
            spent = sum((fill.units * fill.price for fill in own), Decimal(0))
            standings.append(Standing(ticket, Status.FILLED, sum((fill.units for fill in own), Decimal(0)), spent))
    counted, told = result.decisions[-1].book.turnover, past_turnover(standings, notes, NUMBERS, len(FUNDS))
    mended = [k for k, note in notes.items() if note["mended"]]
    assert mended
    assert any(note["planned"] for note in notes.values())
    assert len(told.dates) > 8
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


def test_a_repair_is_left_out_as_far_as_it_was_filled() -> None:
    """Of -6 TLT (600 of 10,000; 200 of them repair) a half is filled, by a slice: -0.015, + 0.005; of EFA nothing."""
    order, never = standing("TLT", -6, 0, "b"), standing("EFA", -5, 0, "b")
    some = replace(order, ticket=replace(order.ticket, id="s", units=Decimal(-3), parent=order.id),
                   filled=Decimal(-3), spent=Decimal(-300))  # fmt: skip
    standings = [*(replace(one, filled=Decimal(0), status=Status.CANCELLED) for one in (order, never)), some]
    found = past_turnover(standings, {"b": note("2026-01-30", 1e4, TLT=-0.02, EFA=-0.05)}, NUMBERS, 4)
    np.testing.assert_allclose(found.moves, [[0, -0.01, 0, 0, -0.01]], atol=1e-15)


@pytest.mark.parametrize(("edited", "left_out"), [(-3, 0.005), (-12, 0.01)])
def test_of_an_edited_order_a_repair_is_left_out_by_the_units_that_were_planned(edited: int, left_out: float) -> None:
    """Regression: of -6 TLT, 200 of 10,000 were to repair; edited to -3 and filled, all of the repair was left out.

    A half is: 0.005; of -12 all of it, 0.01, and no more.
    """
    decided = {**note("2026-01-30", 1e4, TLT=-0.02), "planned": {"TLT": -6.0, "gone": 1.0}}
    found = past_turnover([standing("TLT", edited, 100 * edited, "b")], {"b": decided}, NUMBERS, 4)
    assert found.moves[0, NUMBERS["TLT"]] == pytest.approx(0.5 * edited / 100 + left_out)
    assert found.moves[0, -1] == pytest.approx(0.5 * edited / 100 + left_out)


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


def test_what_sleeves_cross_counts_for_both(tmp_path: Path) -> None:
    """Regression: what was crossed was in no count, so that a sleeve could get past its budget.

    Core sells SPY, of which sat buys less: half of that at the cross price of 110, over 40,000 and over 15,000.
    """
    account = Account("A", "Mueller", Wrapper.EXEMPT)
    budget = [{"use": "max_turnover", "at_most": 0.9, "window": "3M"}]
    with desk(tmp_path, [account], {"core": "A", "sat": "A"}, rules=budget) as one:
        one.holds("A/core", 10_000, SPY=300)
        one.holds("A/sat", 10_000, SPY=50)
        made = [*one.proposes("A/core"), *one.proposes("A/sat")]
        gathered = gather(one.orders, one.approved(*made))
        crossed = [cross for cross in gathered.netted.crosses if cross.seller.instrument == "SPY"]
        assert crossed
        names = ["A/core", "A/sat"]
        (rebalance,) = one.rebalances("A/core")
        before = turnovers(one.orders, rebalance.outlook, names, one.accounts())
        assert not before["A/core"].moves.any(), "not booked yet"
        book_crosses(one.orders, one.judge(), DAY, {"SPY": Decimal(110)})
        past = turnovers(one.orders, rebalance.outlook, names, one.accounts())
        moved = 0.5 * 110 * float(sum(cross.units for cross in crossed))
        assert past["A/core"].moves[0, 0] == pytest.approx(-moved / 40_000)
        assert past["A/sat"].moves[0, 0] == pytest.approx(moved / 15_000)
