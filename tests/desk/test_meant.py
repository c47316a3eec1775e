"""Orders of a decision leave where its target just keeps a limit; what a person makes of them has no such room."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.desk.desk_worlds import desk
from trimtab.core.households import Account
from trimtab.core.taxes import Wrapper

A = Account("A", "Mueller", Wrapper.EXEMPT)
TENTH = [{"use": "min_cash", "at_least": 0.1}]
ROOM = {"size": 1.0}  # it is not the bounds of overrides that stop an order here


@pytest.mark.parametrize(("edited", "stops"), [(0, False), (15, True)])
def test_a_trade_too_small_to_be_placed_does_not_stop_the_others(edited: int, stops: bool, tmp_path: Path) -> None:
    """Target 50 %, 30 % and 10 %: 499 SPY, 599 TLT and 49 GLD, as cents are set aside. 8 TLT too many are 400, below 500.

    Held after it are 49.9 + 30.35 + 9.8 = 90.05 %: cash is short by 0.05 %. A person's one GLD more is
    stopped: 0.25 %.
    """
    with desk(tmp_path, [A], rules=TENTH, overrides=ROOM, execution={"units": "whole", "minimum": "500 USD"}) as one:
        one.holds("A", 10_650, SPY=520, TLT=607, GLD=35)
        (made,) = one.proposes()
        assert [(o.ticket.instrument, o.ticket.units) for o in made.orders] == [("SPY", -21), ("GLD", 14)]
        if edited:
            one.orders.edit(made.orders[1].id, units=Decimal(edited), reason="one more")
        done = one.sends(one.approved(made), "2026-11-03T03:00:00")
        assert bool(done.refused) is stops
        assert "Cash at least 10 %" in str(done.refused[0].error) if stops else len(done.sent) == 2


@pytest.mark.parametrize(("edited", "stops"), [(False, False), (True, True)])
def test_a_limit_that_was_set_aside_on_the_record_is_set_aside_at_the_last_hop(
    edited: bool, stops: bool, tmp_path: Path
) -> None:
    """SPY is 50 % of the benchmark and may be 35 % at most: no portfolio keeps a tilt of 2 %, and the decision says so.

    A person's sale of twice as much is no order of the decision, and the tilt limit stops it.
    """
    rules = [{"use": "max_tilt", "at_most": 0.02}, {"use": "max_weight", "at_most": 0.35}]
    with desk(tmp_path, [A], rules=rules, overrides=ROOM, execution={"units": "whole"}) as one:
        one.holds("A", 0, SPY=500, TLT=600, GLD=100)
        (made,) = one.proposes()
        assert "tilt" in made.rebalance.decision.relaxed
        sale = next(o for o in made.orders if o.ticket.instrument == "SPY")
        if edited:
            one.orders.edit(sale.id, units=2 * sale.ticket.units, reason="all of it")
        done = one.sends(one.approved(made), "2026-11-03T03:00:00")
        assert bool(done.refused) is stops
        assert "within 2 % of its benchmark" in str(done.refused[0].error) if stops else len(done.sent) == len(made.orders)
