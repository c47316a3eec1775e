"""What is traded where overrides live: never the record of what the model said, never beyond a limit, never twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.desk.desk_worlds import Desk
from tests.desk.override_worlds import UNTIL, fills, goes_to, holdings, lives, overrides, overriding_desk, units
from trimtab.accounting.database.notes import last_note
from trimtab.core.errors import ApprovalRequired, DataError
from trimtab.core.orders import Status
from trimtab.desk.books import Signature
from trimtab.desk.circumstances import at_planning
from trimtab.desk.gates import gate_of
from trimtab.desk.overridden_trades import applied
from trimtab.desk.overrides_in_force import NONE, InForce, in_force
from trimtab.desk.overriding import end, instant, kept_overrides
from trimtab.desk.proposing import Fate, propose_all
from trimtab.desk.rebalancing import Rebalance, rebalance
from trimtab.desk.record import decision_record
from trimtab.governance.overrides import Override
from trimtab.surfaces.cli.overriding import document, lines

MOST = {"limit": {"use": "max_weight", "at_most": 0.55}, "id": "IPS-1"}
CAREFUL = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
percents = st.integers(-12, 12).map(lambda number: Decimal(number) / 100)
shifting = st.fixed_dictionaries(dict.fromkeys(("SPY", "TLT", "GLD"), percents))
holding = st.lists(st.sampled_from(["SPY", "TLT", "GLD"]), unique=True, max_size=2)


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """An account off its model (100 SPY more than 50 %), where no asset may be above 55 % and cash not below 2 %."""
    cash = {"limit": {"use": "min_cash", "at_least": 0.02}, "id": "IPS-2"}
    with overriding_desk(tmp_path_factory.mktemp("limited"), rules=[MOST, cash], costs={"use": "linear", "bps": 5}) as one:
        one.holds("A", 0, date(2026, 6, 1), SPY=400, TLT=100, GLD=20)
        yield one


def asked(one: Desk, *living: Override, put: dict[str, float] | None = None) -> Rebalance:
    """The rebalance of the account with these overrides, wherever they are from."""
    accounts = one.accounts()
    found = accounts.asked("A")
    now = at_planning(accounts.outlook, found.book.nav, one.orders.state("A"), one.clock.at)
    overrides = InForce(tuple(living), put or {}) if living else NONE
    return rebalance(accounts.outlook, found, gate_of(one.policy), now, overrides=overrides)


def wish(one: Desk, number: int, shifts: dict[str, Decimal], holds: list[str]) -> Override | None:
    left = {name: shift for name, shift in shifts.items() if shift and name not in holds}
    if not left and not holds:
        return None
    return Override(f"O-{number}", "A", "ann", "why", instant(one.by), date(2026, 11, 2), UNTIL, left, tuple(holds))


# Laws.


@CAREFUL
@given(shifts=shifting, holds=holding)
def test_what_is_traded_keeps_the_limits_or_is_blocked_and_what_the_model_said_stays(
    limited: Desk, shifts: dict[str, Decimal], holds: list[str]
) -> None:
    plain, living = asked(limited), wish(limited, 1, shifts, holds)
    found = asked(limited, *([living] if living else []))
    policy = limited.policy
    assert decision_record(policy, found.decision) == decision_record(policy, plain.decision)
    if not found.blocked:
        assert (found.after <= 0.55 + 1e-3).all()
        assert 1.0 - found.after.sum() >= 0.02 - 1e-3
    assert {order.asset for order in found.traded.orders} == {trade.asset for trade in found.trades}
    assert set(holds).isdisjoint(found.instruments[trade.asset] for trade in found.trades)


@CAREFUL
@given(one=shifting, other=shifting)
def test_two_overrides_add_up_to_one(limited: Desk, one: dict[str, Decimal], other: dict[str, Decimal]) -> None:
    """As far as no weight would fall below zero, where a shift takes no more than there is."""
    both = {name: one[name] + other[name] for name in one}
    parts = [part for part in (wish(limited, 1, one, []), wish(limited, 2, other, [])) if part]
    model = asked(limited).decision
    together = wish(limited, 3, both, [])
    found = applied(limited.policy, model, parts).decision.target
    expected = applied(limited.policy, model, [together] if together else []).decision.target
    assert np.allclose(found, expected, atol=1e-12) or (np.minimum(found, expected) < 1e-12).any()


def test_without_a_living_override_the_decision_is_the_models_own(limited: Desk) -> None:
    found = asked(limited)
    assert found.traded is found.decision
    assert found.applied is None
    assert applied(limited.policy, found.decision, ()).decision is found.decision


# Worked by hand.


def test_from_the_first_trade_over_the_days_between_to_the_end(tmp_path: Path) -> None:
    """100,100: SPY 53 % at 100 are 530.5, TLT 27 % at 50 are 540.5, GLD 10 % at 200 are 50.05; whole units, rounded down.

    While it lives nothing more is traded. On the day after it has ended the model's 500 and 600 are traded back.
    """
    with overriding_desk(tmp_path) as one:
        overrides(one, date(2026, 11, 4), SPY="0.03", TLT="-0.03")
        assert lives(one) == {"SPY": 530, "TLT": 540, "GLD": 50}
        assert lives(one, "2026-11-03") == {}
        assert lives(one, "2026-11-04") == {}
        assert lives(one, "2026-11-05") == {"TLT": 60, "SPY": -30}
        assert holdings(one) == {"SPY": 500, "TLT": 600, "GLD": 50}


def test_where_the_model_trades_nothing_the_override_still_trades(tmp_path: Path) -> None:
    with overriding_desk(tmp_path) as one:
        lives(one)
        overrides(one, TLT="-0.02", GLD="0.02")
        found = one.rebalances("A")[0]
        assert found.decision.orders == ()
        assert {found.instruments[trade.asset]: int(trade.units) for trade in found.trades} == {"TLT": -40, "GLD": 10}
        assert found.turnover == pytest.approx(2000 / 100_100)
        assert found.exit_code == 5


def test_a_hold_leaves_units_untouched_and_purchases_do_without_what_it_keeps(tmp_path: Path) -> None:
    """850 SPY and 15,100 in cash; the model sells 350 of them. Held, they stay, and cash pays for what is bought.

    Wanted 30,030 of TLT and 10,010 of GLD: 15,100 are 37.7 % of that, 11,325 and 3,775, which is 226.5 TLT and 18.9 GLD.
    """
    with overriding_desk(tmp_path) as one:
        one.holds("A", -85_000, date(2026, 6, 1), SPY=850)
        overrides(one, UNTIL, ("SPY",))
        found = one.rebalances("A")[0]
        assert {found.instruments[trade.asset]: int(trade.units) for trade in found.trades} == {"TLT": 226, "GLD": 18}
        assert not found.blocked


def test_a_hold_is_listed_with_what_it_kept_at_its_last_decision(tmp_path: Path) -> None:
    """A regression: it was listed as 0.00. 85,000 of 100,100 are held, 84.9 %, where the model wants 50 %."""
    with overriding_desk(tmp_path) as one:
        one.holds("A", -85_000, date(2026, 6, 1), SPY=850)
        overrides(one, UNTIL, ("SPY",))
        (written,) = kept_overrides(one.book)
        assert written.size is None
        one.proposes("A")
        (decided,) = kept_overrides(one.book)
        assert decided.size == Decimal("0.349151")
        for kept, shown, told in ((written, "-", None), (decided, "34.92", "0.349151")):
            assert list(lines([kept], [], {}, one.by.day))[1].split()[-2:] == [shown, "-"]
            assert document(kept, one.by.day, None)["size"] == told


def test_bands_do_not_put_a_shift_in_again_and_again(tmp_path: Path) -> None:
    """Within its band of 5 % the model leaves SPY where it is, at 53 % too: it is not 56 % at the next decision.

    500 SPY are 49.95 % and 600 TLT 29.97 %: 3 % more and less are 530.03 SPY and 539.94 TLT, rounded down.
    """
    reacher = {"use": "pace", "each": 0.05}
    with overriding_desk(tmp_path, reacher=reacher) as one:
        lives(one)
        overrides(one, SPY="0.03", TLT="-0.03")
        assert lives(one, "2026-11-03") == {"TLT": -61, "SPY": 30}
        assert lives(one, "2026-11-04") == {}
        assert one.rebalances("A")[0].traded.target[0] == pytest.approx(530 / 1001, abs=1e-6)
        overrides(one, GLD="0.01")
        assert lives(one, "2026-11-05") == {"GLD": 5}  # the second one alone
        end(one.book, "O-1", "enough", one.by)
        assert in_force(one.orders, "A", date(2026, 11, 5)).put == pytest.approx({"SPY": 0, "TLT": 0, "GLD": 0.01})


def test_what_was_filled_in_part_is_made_up_for(tmp_path: Path) -> None:
    """15 of 30 SPY and 30 of 61 TLT were filled: so much of each 3 % is in the book, and the rest is traded next."""
    with overriding_desk(tmp_path, reacher={"use": "pace", "each": 0.05}) as one:
        lives(one)
        overrides(one, SPY="0.03", TLT="-0.03")
        goes_to(one, "2026-11-03")
        (made,) = one.proposes("A")
        fills(one, made, "0.5")
        assert units(made) == {"TLT": -61, "SPY": 30}
        assert in_force(one.orders, "A", date(2026, 11, 4)).put == pytest.approx({"SPY": 0.015, "TLT": -0.03 * 30 / 61})
        assert lives(one, "2026-11-04") == {"TLT": -31, "SPY": 15}


def test_of_two_that_pull_apart_the_one_that_stays_is_in_the_book_alone(tmp_path: Path) -> None:
    """SPY -3 % and +1 % are -2 % in the book; once the first has ended, +1 % of it is left to the second."""
    with overriding_desk(tmp_path, reacher={"use": "pace", "each": 0.05}) as one:
        lives(one)
        overrides(one, SPY="-0.03")
        overrides(one, SPY="0.01")
        assert lives(one, "2026-11-03") == {"SPY": -21}
        end(one.book, "O-1", "enough", one.by)
        assert in_force(one.orders, "A", date(2026, 11, 4)).put == pytest.approx({"SPY": 0.01})


def test_beyond_a_limit_it_is_blocked_and_nothing_is_planned(tmp_path: Path) -> None:
    with overriding_desk(tmp_path, rules=[MOST]) as one:
        overrides(one, SPY="0.06", TLT="-0.06")
        (made,) = one.proposes("A")
        assert made.fate is Fate.BLOCKED
        assert made.exit_code == 3
        assert one.orders.standings() == ()


def test_beyond_a_soft_limit_it_passes_with_the_warning_on_the_ticket(tmp_path: Path) -> None:
    with overriding_desk(tmp_path, rules=[{**MOST, "severity": "warn"}]) as one:
        overrides(one, SPY="0.06", TLT="-0.06")
        (made,) = one.proposes("A")
        assert made.fate is Fate.PROPOSED
        assert all("IPS-1" in order.ticket.warnings for order in made.orders)


def test_a_shift_that_nothing_pays_for_is_blocked(tmp_path: Path) -> None:
    """10 % are in cash: 11 % more of SPY would be a loan."""
    with overriding_desk(tmp_path) as one:
        overrides(one, SPY="0.11")
        (made,) = one.proposes("A")
        assert made.fate is Fate.BLOCKED
        assert [check.rule for check in made.rebalance.judgement.blocks][:1] == ["target"]


def test_it_counts_in_the_turnover_that_budgets_see(tmp_path: Path) -> None:
    """The budget of a quarter is 4 %: 3 % go, 3 % more do not."""
    budget = {"limit": {"use": "max_turnover", "at_most": 0.04, "per": "quarter"}, "id": "IPS-3"}
    with overriding_desk(tmp_path, rules=[budget]) as one:
        lives(one)
        overrides(one, SPY="0.03", TLT="-0.03")
        assert lives(one, "2026-11-03") == {"TLT": -60, "SPY": 30}
        overrides(one, SPY="-0.03", GLD="0.03")
        goes_to(one, "2026-11-04")
        (made,) = one.proposes("A")
        assert made.fate is Fate.BLOCKED
        assert [check.rule for check in made.rebalance.judgement.blocks] == ["IPS-3"]


# In the journal, at the approval and on the way out.


def test_the_journal_has_what_the_model_said_and_beside_it_what_was_traded(tmp_path: Path) -> None:
    with overriding_desk(tmp_path) as one:
        plain = decision_record(one.policy, one.rebalances("A")[0].decision)
        overrides(one, SPY="0.03", TLT="-0.03")
        (made,) = one.proposes("A")
        note = last_note(one.book, "record", "A")
        assert note is not None
        said = dict(note.body)
        traded = said.pop("traded")
        assert said == plain | {"batch": made.batch}
        assert traded["overrides"] == ["O-1"]
        assert traded["assets"]["SPY"] == {"target": 0.53, "after": 53_000 / 100_100, "units": "530"}
        reasons = {order.ticket.instrument: order.ticket.reason for order in made.orders}
        assert reasons["SPY"] == "held 0.0%, target 53.0%; the model's is 50.0%, the rest is of O-1"
        assert reasons["GLD"] == "held 0.0%, target 10.0%"


def test_four_eyes_ask_for_another_person_as_ever(tmp_path: Path) -> None:
    with overriding_desk(tmp_path, approval={"four_eyes": True}) as one:
        overrides(one, SPY="0.03", TLT="-0.03")
        (made,) = one.proposes("A")
        ids = [order.id for order in made.orders]
        with pytest.raises(ApprovalRequired):
            one.orders.approve(ids, "ann")
        assert {order.status for order in one.orders.approve(ids, "bob")} == {Status.APPROVED}


def test_what_was_meant_with_overrides_leaves_at_the_last_hop(tmp_path: Path) -> None:
    """SPY goes from 500 to 470, 46.95 % after rounding down to units, and at least 47 % are to be held.

    What was meant, 47 %, keeps the limit; the model's 50 % is not what these orders are of.
    """
    least = {"limit": {"use": "min_weight", "at_least": 0.47, "only": ["SPY"]}, "id": "IPS-4"}
    with overriding_desk(tmp_path, rules=[least]) as one:
        lives(one)
        overrides(one, SPY="-0.03", TLT="0.03")
        goes_to(one, "2026-11-03")
        (made,) = one.proposes("A")
        assert units(made) == {"SPY": -30, "TLT": 60}
        done = one.sends(one.approved(made), "2026-11-04T14:00:00")
        assert not done.refused
        assert len(done.sent) == 2


def test_an_override_of_what_the_policy_does_not_hold_asks_somebody_to_look(limited: Desk) -> None:
    living = wish(limited, 1, {"QQQ": Decimal("0.01")}, [])
    with pytest.raises(DataError, match="override O-1 is about QQQ, which is no asset of flat") as error:
        asked(limited, *([living] if living else []))
    assert error.value.exit_code == 4


def test_a_decision_that_cannot_be_made_stays_refused(limited: Desk) -> None:
    plain = asked(limited).decision
    living = wish(limited, 1, {"SPY": Decimal("0.01")}, [])
    found = applied(limited.policy, replace(plain, refused="no portfolio"), [living] if living else [])
    assert found.decision.refused == "no portfolio"
    assert found.living == ()


def test_whoever_wrote_an_override_does_not_approve_what_it_moved(tmp_path: Path) -> None:
    """A regression: she wrote it, the clock proposed, and she approved. GLD is as the model has it, and is hers to approve."""
    with overriding_desk(tmp_path, approval={"four_eyes": True}) as one:
        overrides(one, SPY="0.03", TLT="-0.03")
        (made,) = propose_all(one.orders, one.rebalances("A"), Signature("cron", one.clock.at), claimant="test")
        ids = {order.ticket.instrument: order.id for order in made.orders}
        for name in ("SPY", "TLT"):
            with pytest.raises(ApprovalRequired, match="Ann wrote an override that moved order"):
                one.orders.approve([ids[name]], "Ann")
        with pytest.raises(ApprovalRequired, match="cron asked for order"):
            one.orders.approve([ids["SPY"]], "cron")
        assert one.orders.approve([ids["GLD"]], "ann")[0].status is Status.APPROVED
        assert one.orders.approve([ids["SPY"], ids["TLT"]], "bob")[0].status is Status.APPROVED


def test_what_was_taken_back_is_the_models_own_for_anybody_to_approve(tmp_path: Path) -> None:
    with overriding_desk(tmp_path, approval={"four_eyes": True}) as one:
        end(one.book, overrides(one, SPY="0.03", TLT="-0.03").id, "a slip", one.by)
        (made,) = propose_all(one.orders, one.rebalances("A"), Signature("cron", one.clock.at), claimant="test")
        assert len(one.orders.approve([order.id for order in made.orders], "ann")) == 3
