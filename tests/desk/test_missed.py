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


@pytest.mark.parametrize(("edited", "stops"), [(0, False), (16, True)])
def test_a_trade_too_small_to_be_placed_does_not_stop_the_others(edited: int, stops: bool, tmp_path: Path) -> None:
    """SPY 52 % to 50 %, GLD 7 % to 10 %; TLT stays at 30.1 %, as 100 is below 500. So cash is 9.9 %, of 10 % in the target.

    One GLD more than the decision asks for (3 000 / 200 = 15) is a person's, and stopped: cash would be 9.7 %.
    """
    with desk(tmp_path, [A], rules=TENTH, execution={"units": "whole", "minimum": "500 USD"}) as one:
        one.holds("A", 10_900, SPY=520, TLT=602, GLD=35)
        (made,) = one.proposes()
        assert [(o.ticket.instrument, o.ticket.units) for o in made.orders] == [("SPY", -20), ("GLD", 15)]
        if edited:
            one.orders.edit(made.orders[1].id, units=Decimal(edited), reason="one more")
        done = one.sends(one.approved(made), "2026-11-03T03:00:00")
        assert bool(done.refused) is stops
        assert "Cash at least 10 %" in str(done.refused[0].error) if stops else len(done.sent) == 2
