"""R9: every check, rule and control, just at what it allows and just beyond, by every entry; and each of them taken out.

A case is a batch that passes and one that differs from it by a unit, a cent or a second, and is stopped by one thing alone.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pytest

from tests.execution.desk_words import CUT_OFF
from tests.execution.gate_words import HELD, HOUR, KNOWN, LATER, SECOND, UNIVERSE, Scene, moment, scene
from trimtab.construction.limits import MaxTilt, MaxWeight
from trimtab.construction.turnover import MaxTurnover
from trimtab.core.controls import Earlier, Outcome
from trimtab.core.errors import BreachError, DataError, Halted, InvariantError, TrimtabError
from trimtab.core.money import Money
from trimtab.core.orders import OrderKind, TradingState
from trimtab.core.rules import Rule
from trimtab.core.trades import Turnover
from trimtab.execution import checks
from trimtab.execution.controls.day_count import DayCount
from trimtab.execution.controls.day_notional import DayNotional
from trimtab.execution.controls.day_turnover import DayTurnover
from trimtab.execution.controls.duplicates import Duplicates
from trimtab.execution.controls.minute_count import MinuteCount
from trimtab.execution.controls.order_notional import OrderNotional
from trimtab.execution.controls.order_units import OrderUnits
from trimtab.execution.controls.price_collar import PriceCollar
from trimtab.execution.controls.quote_age import QuoteAge
from trimtab.execution.controls.restricted import RestrictedList
from trimtab.execution.controls.trading_window import TradingWindow
from trimtab.execution.controls.volume_share import VolumeShare

BOTH = ("decision", "tickets")
BUY, SALE = ((0, "1", "10"),), ((0, "-1", "10"),)
TWO = ((0, "1", "10"), (1, "1", "10"))
LIMIT = {"kind": OrderKind.LIMIT, "limit": Decimal(10)}


class Case(NamedTuple):
    stop: str  # what stops `bad`: a check, `rule`, or a control
    good: Scene
    bad: Scene
    error: type[TrimtabError] | tuple[type[TrimtabError], ...] = BreachError
    entries: tuple[str, ...] = BOTH


def at(now: np.datetime64, **rest: Any) -> dict[str, Any]:
    return {"now": now, **rest}


def before(units: str = "1", ago: int = 60, notional: str = "10", order: str = "x", asset: int = 0) -> Earlier:
    return Earlier(order, asset, Decimal(units), Decimal(notional), LATER - np.timedelta64(ago, "s"))


def past(*sent: Earlier, **rest: Any) -> dict[str, Any]:
    return {"earlier": sent, **rest}


def within(control: Any, good: Scene, bad: Scene, error: type[TrimtabError] = BreachError) -> Case:
    return Case(type(control).__name__, replace(good, controls=(control,)), replace(bad, controls=(control,)), error)


WRONG = (InvariantError, BreachError)  # of a decision, of tickets
FUNDED = replace(HELD, turnover=Turnover(np.array(["2020-01-15"], dtype="datetime64[D]"), np.zeros((1, 3))), funded=True)
CAP = Rule(MaxWeight(0.6, only=("A0",), universe=UNIVERSE), "CAP")
TILT = Rule(MaxTilt(0.05, benchmark=(0.3, 0.3), universe=UNIVERSE), "TILT")
TURN = Rule(MaxTurnover(0.05, universe=UNIVERSE), "TURN")
REDUCING = {"state": TradingState.REDUCING}
SLICES = ({"parent": "p"}, {"parent": "p"})

CASES = [
    # Orders and their numbers.
    Case("sound", scene(*BUY), scene((0, "1", "0")), DataError),
    Case("sound", scene(*BUY), scene((0, "1", "-0.01")), DataError),
    Case("sound", scene((0, "0.00000001", "10")), scene((0, "0", "10")), WRONG),
    Case("sound", scene(*BUY, ticket=LIMIT), scene(*BUY, ticket=LIMIT | {"limit": Decimal(0)}), entries=("tickets",)),
    Case("sound", scene(*BUY), scene(*BUY, ticket={"limit": Decimal("-0.01")}), entries=("tickets",)),
    # Knowledge and time.
    Case("known", scene(known=CUT_OFF), scene(known=CUT_OFF + SECOND), DataError),
    Case("known", scene(known=KNOWN), scene(known=np.datetime64("NaT", "s")), DataError),
    Case("known", scene(), scene(ticket={"known": ""}), DataError, ("tickets",)),
    Case("past", scene(now=at(CUT_OFF)), scene(now=at(CUT_OFF - SECOND)), DataError),
    Case("past", scene(now={"known": CUT_OFF}), scene(now={"known": CUT_OFF + SECOND}), DataError),
    Case("past", scene(), scene(now={"known": np.datetime64("NaT", "s")}), DataError),
    Case("past", scene(now=at(CUT_OFF, cutoff=KNOWN)), scene(now=at(CUT_OFF - SECOND, cutoff=KNOWN)), DataError),
    # The account, the program, the market.
    Case("state", scene(*SALE, now=REDUCING), scene(*BUY, now=REDUCING), Halted),
    Case("state", scene(*SALE), scene(*SALE, now={"state": TradingState.HALTED}), Halted),
    Case("account", scene(*TWO), scene(*TWO, tickets=({}, {"account": "bob"})), InvariantError, ("tickets",)),
    Case("account", scene(), scene(ticket={"account": ""}), InvariantError, ("tickets",)),
    Case("version", scene(), scene(ticket={"code": "1.3"}), BreachError, ("tickets",)),
    Case("version", scene(), scene(ticket={"code": ""}), BreachError, ("tickets",)),
    Case("market_open", scene(now={"open": np.array([True, False])}), scene(now={"open": np.array([False, True])})),
    Case("restricted", scene(now={"restricted": frozenset({1})}), scene(now={"restricted": frozenset({0})})),
    # Slices: 2 of 2 are left, then one hundred-millionth less.
    Case("parents", scene(*TWO, tickets=SLICES, now={"parents": {"p": Decimal(2)}}),
         scene(*TWO, tickets=SLICES, now={"parents": {"p": Decimal("1.99999999")}}), BreachError, ("tickets",)),
    Case("parents", scene(*SALE, tickets=SLICES[:1], now={"parents": {"p": Decimal(-1)}}),
         scene(*BUY, tickets=SLICES[:1], now={"parents": {"p": Decimal(-1)}}), BreachError, ("tickets",)),
    Case("parents", scene(*SALE, tickets=SLICES[:1], now={"parents": {"p": Decimal(-1)}}),
         scene(*SALE, tickets=SLICES[:1], now={"parents": {"p": Decimal("-0.99999999")}}), BreachError, ("tickets",)),
    Case("parents", scene(*BUY, tickets=SLICES[:1], now={"parents": {"p": Decimal(1)}}),
         scene(*BUY, tickets=SLICES[:1]), DataError, ("tickets",)),
    Case("parents", scene((0, "3", "10"), (1, "-1", "10")),  # one with the order, one against it: 2 of 3 together
         scene((0, "3", "10"), (1, "-1", "10"), tickets=SLICES, now={"parents": {"p": Decimal(3)}}), BreachError, ("tickets",)),
    # The target. 40 units at a book price of 10 take the 400 of cash; paid at 9.99 they are a fraction more.
    Case("target", scene(target=(0.7, 0.3)), scene(target=(0.7, 0.30002)), InvariantError, ("decision",)),
    Case("target", scene(target=(0.0, 0.3)), scene(target=(-0.00001, 0.3)), InvariantError, ("decision",)),
    Case("target", scene(target=(0.7, 0.3)), scene(target=(float("nan"), 0.3)), InvariantError, ("decision",)),
    Case("target", scene((0, "40", "9.99")), scene((0, "40.002", "9.99")), BreachError, ("tickets",)),
    Case("distinct", scene(*TWO), scene(*BUY, *BUY), WRONG),
    Case("held", scene((0, "-30", "10"), target=(0.0, 0.3)), scene((0, "-30.00000001", "10"), target=(0.0, 0.3)), WRONG),
    Case("cash", scene((0, "40", "10")), scene((0, "40.001", "10")), BreachError, ("tickets",)),  # a cent
    Case("cash", scene((0, "40.001", "10"), target=(0.7, 0.3)), scene((0, "40.002", "10"), target=(0.7, 0.3)),
         BreachError, ("decision",)),  # a cent may be rounding
    Case("cash", scene((0, "1", "10"), ticket=LIMIT | {"limit": Decimal(400)}),  # a purchase may cost its limit
         scene((0, "1", "10"), ticket=LIMIT | {"limit": Decimal("400.01")}), BreachError, ("tickets",)),
    # Rules of construction: a unit is 0.01 of the account.
    Case("rule", scene((0, "30", "10"), rules=(CAP,)), scene((0, "31", "10"), rules=(CAP,))),
    Case("rule", scene((0, "5", "10"), rules=(TILT,)), scene((0, "6", "10"), rules=(TILT,))),
    Case("rule", scene((0, "5", "10"), held=FUNDED, rules=(TURN,)), scene((0, "6", "10"), held=FUNDED, rules=(TURN,))),
    # Controls.
    within(OrderUnits(2.5), scene((0, "2.5", "10")), scene((0, "2.50000001", "10"))),
    within(OrderUnits(2.5), scene((0, "-2.5", "10")), scene((0, "-2.50000001", "10"))),
    within(OrderNotional(Money(Decimal(25))), scene((0, "2.5", "10")), scene((0, "2.501", "10"))),
    within(PriceCollar(0.05), scene((0, "1", "10.5")), scene((0, "1", "10.51"))),
    within(PriceCollar(0.05), scene((0, "1", "9.5")), scene((0, "1", "9.49"))),
    within(PriceCollar(0.05), scene(), scene(now={"prices": np.array([np.nan, 10.0])}), DataError),
    within(QuoteAge(minutes=60.0), scene(), scene(now=at(LATER + SECOND)), DataError),
    within(QuoteAge(minutes=1.0), scene(now={"quoted": np.array([LATER - 60 * SECOND] * 2)}),
           scene(now={"quoted": np.array([LATER - 61 * SECOND, LATER])}), DataError),
    within(QuoteAge(days=1.0), scene(now={"quoted": np.array([LATER] * 2)}),
           scene(now={"quoted": np.array([LATER + SECOND] * 2)}), DataError),
    within(DayNotional(Money(Decimal(100))), scene(now=past(before(notional="90"))), scene(now=past(before(notional="90.01")))),
    within(DayTurnover(0.02), scene(now=past(before(notional="10"))), scene(now=past(before(notional="10.01")))),
    within(DayCount(2), scene(now=past(before())), scene(now=past(before(), before(order="y")))),
    within(MinuteCount(2), scene(now=past(before(ago=59), before(order="y"))),
           scene(now=past(before(ago=59), before(order="y", ago=59)))),
    within(Duplicates(minutes=10.0), scene(now=past(before(ago=601))), scene(now=past(before(ago=600)))),
    within(Duplicates(minutes=10.0), scene(now=past(before("1.00000001"))), scene(now=past(before("1")))),
    within(VolumeShare(0.01), scene(now={"adv": np.array([1000.0, 1.0])}), scene(now={"adv": np.array([999.99, 1.0])})),
    within(VolumeShare(0.01), scene(), scene(now={"adv": None}), DataError),
    within(RestrictedList(("A1",), UNIVERSE), scene(*BUY), scene((1, "1", "10"))),
    within(RestrictedList(("equity",), UNIVERSE), scene((1, "1", "10")), scene(*BUY)),
    # 23:00 UTC on 31 January is 18:00 in New York.
    within(TradingWindow("18:01", "19:00"), scene(now=at(LATER)), scene(now=at(LATER + SECOND))),
    within(TradingWindow("19:00", "20:00"), scene(now=at(LATER)), scene(now=at(LATER - SECOND))),
]  # fmt: skip
PAIRS = [pytest.param(case, entry, id=f"{k}-{case.stop}-{entry}") for k, case in enumerate(CASES) for entry in case.entries]


def outcome(one: Scene, entry: str, **without: Any) -> TrimtabError | None:
    """What the gate says in its two voices, which must agree: None where the batch is stamped."""
    gate, batch, now = one.gate(**without), one.batch(entry), one.moment()
    judgement = gate.judge(batch, now)
    try:
        stamped = gate.stamp(batch, now=now)
    except TrimtabError as error:
        assert judgement.blocked
        return error
    assert not judgement.blocked
    assert stamped.orders == batch.stamped
    return None


def require_boundary(case: Case, entry: str) -> None:
    """The boundary test itself: at the limit it passes, beyond it is stopped, by what is there to stop it."""
    assert outcome(case.good, entry) is None
    found = outcome(case.bad, entry)
    assert found is not None
    assert isinstance(found, case.error)
    first = case.bad.gate().judge(case.bad.batch(entry), case.bad.moment()).blocks[0]
    names = {"rule": [rule.id for rule in case.bad.rules]}
    assert first.rule in names.get(case.stop, [case.stop, *(control.words for control in case.bad.controls)])


@pytest.mark.parametrize(("case", "entry"), PAIRS)
def test_at_the_limit_it_passes_and_just_beyond_it_does_not(case: Case, entry: str) -> None:
    require_boundary(case, entry)


@pytest.mark.parametrize(("case", "entry"), PAIRS)
def test_without_what_stops_it_the_batch_gets_through(case: Case, entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: each check, rule and control is taken out in turn, and its boundary test fails."""
    monkeypatch.setattr(checks, "ALWAYS", tuple(check for check in checks.ALWAYS if check.name != case.stop))
    good, bad = (replace(one, rules=(), controls=()) for one in (case.good, case.bad))
    asleep = case if case.stop in {check.name for check in ALL} else case._replace(good=good, bad=bad)
    assert outcome(asleep.bad, entry) is None
    with pytest.raises(AssertionError):
        require_boundary(asleep, entry)


ALL = checks.ALWAYS


def test_every_check_has_a_boundary() -> None:
    assert {check.name for check in ALL} <= {case.stop for case in CASES}


def test_every_check_is_read_out_once_where_all_is_well() -> None:
    found = scene().gate().judge(scene().batch("tickets"), moment())
    assert [(one.rule, one.source, one.outcome) for one in found.evaluations] == [(c.name, "always", Outcome.PASS) for c in ALL]


@pytest.mark.parametrize("entry", BOTH)
def test_every_entry_meets_every_check(entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that always finds a fault stops both entries, and all but those of the moment stop a backtest."""
    for check in ALL:
        fault = checks.Fault("", "", "", BreachError(check.name))
        with monkeypatch.context() as patch:
            patch.setattr(checks, "ALWAYS", (check._replace(faults=lambda _, fault=fault: (fault,)),))
            assert str(outcome(scene(), entry)) == f"{check.name}."
            if entry == "decision" and not check.moment:
                with pytest.raises(BreachError):
                    scene().gate().stamp(scene().decided())


def test_an_hour_passes_between_the_cut_off_and_the_orders() -> None:
    assert LATER - CUT_OFF == HOUR  # what the cases above count from
