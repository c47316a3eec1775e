"""What the gate says of each fault, word by word, and its rules a unit to either side. Found by mutants that lived."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from tests.execution.desk_words import CUT_OFF, book, decision
from tests.execution.gate_words import ASSETS, HELD, LATER, SECOND, UNIVERSE, VERSION, moment, orders, scene, ticket
from trimtab.construction.limits import MaxWeight
from trimtab.construction.turnover import MaxTurnover
from trimtab.core.controls import Evaluation, Outcome, Ruled
from trimtab.core.errors import BreachError, DataError, Halted, InvariantError
from trimtab.core.orders import OrderKind, TradingState
from trimtab.core.rules import Rule, Rules, Severity
from trimtab.core.trades import Turnover
from trimtab.execution import checks
from trimtab.execution.batch import Batch, line_of, weights_after
from trimtab.execution.checks import Case
from trimtab.execution.controls.order_units import OrderUnits
from trimtab.execution.controls.price_collar import PriceCollar
from trimtab.execution.gate import Gate, Stamped, book_from, joined, merged

D = Decimal
NAT = np.datetime64("NaT", "s")
BUY = (0, "1", "10")
Told = tuple[str, str, str, str]  # check, order, value, limit


def blocks(*trades: Any, borrow: float = 0.0, decided: bool = False, **rest: Any) -> list[Evaluation]:
    one = scene(*trades, borrow=borrow, **rest)
    return list(one.gate().judge(one.decided() if decided else one.ticketed(), one.moment()).blocks)


def told(*trades: Any, **rest: Any) -> list[Told]:
    return [(one.rule, one.on, one.value, one.limit) for one in blocks(*trades, **rest)]


SLICE = {"parent": "p"}
LIMIT = {"kind": OrderKind.LIMIT, "limit": D(0)}
CASES: list[tuple[list[Told], list[Any], dict[str, Any]]] = [
    ([("sound", "o0", "0", "above 0")], [(0, "1", "0")], {}),
    ([("sound", "o0", "NaN", "a number of units")], [(0, "NaN", "0.5")], {}),
    ([("sound", "o0", "0", "a number of units")], [(0, "0", "10")], {}),
    ([("sound", "o0", "0", "a price for limit orders alone")], [BUY], {"ticket": LIMIT}),
    ([("sound", "o0", "9", "a price for limit orders alone")], [BUY], {"ticket": {"limit": D(9)}}),
    ([("known", "o0", "2020-01-31T23:00:01.000000", "2020-01-31T23:00:00.000000")], [BUY], {"known": CUT_OFF + SECOND}),
    ([("past", "", "2020-01-31T23:00:01", "2020-01-31T23:00:00")], [BUY], {"now": {"known": CUT_OFF + SECOND}}),
    ([("past", "", "2020-01-31T23:00:00", "2020-01-31T22:59:59"),
      ("past", "o0", "2020-01-31T23:00:00.000000", "2020-01-31T22:59:59")], [BUY], {"now": {"now": CUT_OFF - SECOND}}),
    ([("state", "o0", "halted", "nothing")], [(0, "-1", "10")], {"now": {"state": TradingState.HALTED}}),
    ([("state", "o1", "reducing", "sales alone")], [(0, "-1", "10"), (1, "1", "10")],
     {"now": {"state": TradingState.REDUCING}}),
    ([("account", "", "none", "one account")], [BUY], {"ticket": {"account": ""}}),
    ([("account", "", "ann, bob", "one account")], [BUY, (1, "1", "10")], {"tickets": ({"account": "bob"}, {})}),
    ([("version", "o0", "1.3", VERSION)], [BUY], {"ticket": {"code": "1.3"}}),
    ([("market_open", "o0", "closed", "open")], [BUY], {"now": {"open": np.array([False, True])}}),
    ([("restricted", "o0", "restricted", "free")], [BUY], {"now": {"restricted": frozenset({0})}}),
    ([("parents", "o0", "", "")], [BUY], {"ticket": SLICE}),
    ([("parents", "o0", "1", "0.99")], [BUY], {"ticket": SLICE, "now": {"parents": {"p": D("0.99")}}}),
    ([("parents", "o0", "", ""), ("parents", "o1", "1", "-1")], [BUY, (1, "1", "10")],
     {"tickets": (SLICE, {"parent": "q"}), "now": {"parents": {"q": D(-1)}}}),
    ([("target", "", "1.000020", "1.000000")], [BUY], {"target": (0.7, 0.30002), "decided": True}),
    ([("target", "", "nan", "a number")], [BUY], {"target": (float("nan"), 0.3), "decided": True}),
    ([("distinct", "o1", "2", "1"), ("distinct", "o2", "2", "1")], [BUY, BUY, BUY], {}),
    ([("held", "o0", "31.0", "30.0")], [(0, "-31", "10")], {"target": (0.0, 0.3), "decided": True}),
    ([("held", "o1", "31.0", "30.0"), ("held", "o2", "32.0", "30.0")], [(0, "-30", "10"), (0, "-1", "10"), (0, "-1", "10")],
     {"tickets": ({"place": "ann/a"}, {"place": "ann/b"}, {"place": "ann/c"})}),
    ([("cash", "", "400.01", "400.00")], [(0, "40.001", "10")], {}),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "trades", "rest"), CASES, ids=lambda value: value[0][0] if isinstance(value, list) else "")
def test_a_fault_says_on_which_order_how_much_and_how_much_is_allowed(
    wanted: list[Told], trades: list[Any], rest: dict[str, Any]
) -> None:
    found = [one for one in told(*trades, **rest) if one[0] == wanted[0][0]]
    assert found == wanted


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ({"ticket": {"code": ""}}, "planned by an unknown version, and this is 1.2"),
        ({"ticket": {"code": "1.3"}}, "planned by 1.3, and this is 1.2"),
        ({"ticket": {"account": ""}}, "a batch is of one account, not of none"),
        ({"now": {"state": TradingState.HALTED}}, "the account is halted and sends nothing"),
        ({"now": {"state": TradingState.REDUCING}}, "the account is reducing and sends sales alone"),
        ({"ticket": SLICE}, "nobody knows what is left of order p"),
        ({"ticket": LIMIT}, "order o0 is limit with a limit of 0"),
    ],
)
def test_a_fault_is_said_in_a_sentence(what: dict[str, Any], words: str) -> None:
    assert words in blocks(BUY, **what)[0].words


def test_an_unknown_version_sends_nothing_that_was_planned() -> None:
    one = scene(BUY)
    found = Gate(Rules((), 2), version="").judge(one.ticketed(), moment()).blocks
    assert "was planned by 1.2, and this is an unknown version" in found[0].words


def test_prices_and_limits_below_one_are_prices() -> None:
    cheap = {"kind": OrderKind.LIMIT, "limit": D("0.5")}
    assert told((0, "1", "0.5")) == []
    assert told((0, "1", "0.5"), ticket=cheap) == []
    assert told((0, "1", "10"), ticket={"kind": OrderKind.ON_OPEN, "limit": D("0.5")}) == []


def test_the_number_after_the_last_asset_is_none() -> None:
    stray = Batch.after([orders(BUY)[0]._replace(asset=2)], HELD)
    found = Gate(Rules((), 2)).judge(stray, moment())
    assert [(one.rule, one.value) for one in found.evaluations] == [("sound", "1")]


def test_slices_go_the_way_of_what_they_are_slices_of() -> None:
    one = {"ticket": SLICE}
    assert told((0, "0.5", "10"), now={"parents": {"p": D("0.5")}}, **one) == []
    assert told((0, "-0.5", "10"), now={"parents": {"p": D("-0.5")}}, **one) == []
    assert [row[0] for row in told((0, "0.5", "10"), now={"parents": {"p": D("-0.5")}}, **one)] == ["parents"]


def test_two_orders_of_one_id_are_refused_whatever_they_trade() -> None:
    made = [ticket(one) for one in orders(BUY, (1, "1", "10"))]
    twins = [made[0], replace(made[1], id="o0")]
    found = scene().gate().judge(Batch.after(twins, HELD, assets=ASSETS), moment()).blocks
    assert [(one.rule, one.on, one.words) for one in found] == [("distinct", "o0", "two orders with the same id in one batch")]


def test_a_sale_of_part_of_a_unit_beyond_what_is_held_is_refused() -> None:
    assert told((0, "-30", "10"), target=(0.0, 0.3), decided=True) == []
    assert told((0, "0.5", "10"), decided=True) == []  # a purchase of what is held asks for nothing
    empty = book(400.0, [0.0, 30.0], [10.0, 10.0])
    assert told((0, "0.5", "10"), held=empty, target=(0.005, 0.3), decided=True) == []


def test_what_may_be_borrowed_may_be_spent_and_no_cent_more() -> None:
    # 400 of cash, and a tenth of 1000
    assert told((0, "50", "10"), borrow=0.1) == []
    assert [row for row in told((0, "50.001", "10"), borrow=0.1) if row[0] == "cash"] == [("cash", "", "500.01", "500.00")]


def test_an_account_in_debt_may_sell_and_not_buy() -> None:
    # 45 units at 10 and a debt of 50: net 400, invested 450. Rounding lets a decision be a cent short of nothing.
    debt = book(-50.0, [30.0, 15.0], [10.0, 10.0])
    assert told((0, "-1", "10"), held=debt) == []
    assert [row[0] for row in told((0, "1", "10"), held=debt)] == ["target", "cash"]
    assert told((0, "0.001", "10"), held=debt, decided=True) == []
    assert told((0, "0.0011", "10"), held=debt, decided=True)[-1][:3] == ("cash", "", "0.01")


def test_what_is_lent_already_may_stay_lent() -> None:
    debt = book(-50.0, [30.0, 15.0], [10.0, 10.0])  # 1.125 of what it is worth
    assert told((0, "1", "10"), (1, "-1", "10"), held=debt) == []
    assert "target" in [row[0] for row in told((0, "1", "10"), (1, "-0.9", "10"), held=debt)]


def test_a_target_may_miss_by_what_rounding_does_and_by_no_more() -> None:
    hair = 1e-9
    most = 1.0 + (hair + 0.01 / 1000.0)  # a cent of 1000, and a hair
    for good in ((most, 0.0), (-hair, 0.3)):
        assert told(BUY, target=good, decided=True) == []
    for bad in ((np.nextafter(most, 2.0), 0.0), (-1.01 * hair, 0.3)):
        assert [row[0] for row in told(BUY, target=bad, decided=True)] == ["target"]
    debt = book(-50.0, [30.0, 15.0], [10.0, 10.0])
    assert told((1, "-1", "10"), held=debt, target=(-0.1, 1.0), decided=True) == [("target", "", "0.900000", "1.000000")]


def test_purchases_make_no_room_for_sales() -> None:
    for bought, sold in (("5", "-31"), ("0.5", "-30.5")):
        places = ({"place": "ann/a"}, {"place": "ann/b"})
        found = told((0, bought, "10"), (0, sold, "10"), tickets=places)
        assert [row[:2] for row in found] == [("held", "o1")]


# Rules of construction and controls.


def test_the_turnover_of_a_batch_counts_from_what_is_held_after_repair() -> None:
    held = replace(HELD, turnover=Turnover(np.array(["2020-01-15"], dtype="datetime64[D]"), np.zeros((1, 3))), funded=True)
    rule = Rule(MaxTurnover(0.05, universe=UNIVERSE), "TURN")
    gate = Gate(Rules((rule,), 2), version=VERSION)
    repaired = np.array([0.36, 0.3])  # a repair of 0.06 is exempt: 0.02 more is within 0.05, and 0.08 together is not
    batch = Batch.of(decision([0.38, 0.3], held, orders((0, "8", "10"))), repaired)
    found = gate.judge(batch, moment()).evaluations[-1]
    assert (found.rule, found.outcome) == ("TURN", Outcome.PASS)
    assert float(found.value) == pytest.approx(-0.03, abs=1e-6)
    bare = Batch.of(decision([0.38, 0.3], held, orders((0, "8", "10"))))
    assert gate.judge(bare, moment()).evaluations[-1].outcome is Outcome.BLOCK
    assert book_from(held.held, held) is held
    assert book_from(repaired, held).base is repaired


def test_soft_controls_say_what_they_measured_too_much_of_and_hard_ones_after_them_still_stop() -> None:
    soft, hard = Ruled(OrderUnits(1.0), "SOFT", severity=Severity.WARN), Ruled(OrderUnits(2.0), "HARD")
    gate = Gate(Rules((), 2), 0.0, (soft, hard), VERSION)
    assert gate.stamp(scene(BUY).ticketed(), now=moment()).cautions == ()
    two = gate.stamp(scene((0, "2", "10"), (1, "1", "10")).ticketed(), now=moment())
    assert [(one.rule, one.on) for one in two.cautions] == [("SOFT", "o0")]
    for batch, now in ((scene((0, "3", "10")).ticketed(), moment()), (scene((0, "3", "10")).decided(), None)):
        with pytest.raises(BreachError, match="HARD would be broken: 3 of order o0, at most 2"):
            gate.stamp(batch, now=now)


def test_a_rule_without_a_name_is_called_by_its_words() -> None:
    rule = Rule(MaxWeight(0.6, only=("A0",), universe=UNIVERSE))
    gate = Gate(Rules((rule,), 2), version=VERSION)
    with pytest.raises(BreachError) as caught:
        gate.stamp(scene((0, "31", "10")).ticketed(), now=moment())
    assert caught.value.what == f"{rule.limit.words} would be broken by 1.0000%"
    found = gate.judge(scene(BUY).ticketed(), moment()).evaluations[-1]
    assert (found.rule, found.value, found.limit, found.outcome) == (rule.limit.words, "-0.290000", "0", Outcome.PASS)


def test_what_is_too_old_is_the_fault_of_the_data_and_what_is_too_dear_is_not() -> None:
    gate = Gate(Rules((), 2), 0.0, (Ruled(PriceCollar(0.05), "COLLAR"),), VERSION)
    with pytest.raises(BreachError, match="COLLAR would be broken"):
        gate.stamp(scene((0, "1", "11")).ticketed(), now=moment())
    with pytest.raises(DataError, match="COLLAR: what it asks of order o0 is not known"):
        gate.stamp(scene(BUY).ticketed(), now=moment(prices=np.array([np.nan, 10.0])))


# Batches.


def test_weights_after_are_unknown_where_nothing_is_left_and_leave_strays_alone() -> None:
    lines = [line_of(one) for one in orders(BUY, (1, "2", "10"))]
    assert weights_after(lines, HELD).tolist() == [HELD.held[0] + 0.01, HELD.held[1] + 0.02]
    broke = replace(HELD, nav=0.0)
    assert np.isnan(weights_after(lines, broke)).all()
    stray = [one._replace(asset=number) for one, number in zip(lines, (2, -1), strict=True)]
    assert weights_after(stray, HELD).tolist() == HELD.held.tolist()


def test_a_check_asks_nothing_of_no_orders() -> None:
    case = Case(Batch.after([], HELD), moment(), 0.0, VERSION)
    assert [check.name for check in checks.ALWAYS if check.faults(case)] == []


# Blocks.


def member(number: int, units: str, account: str) -> Stamped:
    made = ticket(orders((0, units, "10"))[0]._replace(id=f"m{number}"), account=account, block="b")
    return scene().gate().stamp(Batch.after([made], HELD, assets=ASSETS), now=moment())


def block(units: str, *parts: str) -> Any:
    whole = orders((0, units, "10"))[0]._replace(id="b")
    return ticket(whole, account="", parts=tuple((f"m{k}", D(part)) for k, part in enumerate(parts)))


@pytest.mark.parametrize("side", ["", "-"])
def test_a_block_of_less_than_one_unit_is_a_block(side: str) -> None:
    stamps = [member(0, f"{side}0.25", "ann"), member(1, f"{side}0.5", "bob")]
    whole = block(f"{side}0.75", f"{side}0.25", f"{side}0.5")
    assert joined(whole, stamps).orders == (whole,)
    with pytest.raises(BreachError, match="is not what its members are together"):
        joined(block(f"{side}0.5", f"{side}0.25", f"{side}0.5"), stamps)


def test_one_forged_stamp_among_good_ones_is_enough() -> None:
    good = member(0, "1", "ann")
    for forged in ([good, object()], [object(), good], [object()]):
        with pytest.raises(InvariantError, match="did not pass the gate"):
            joined(block("1", "1"), forged)  # type: ignore[arg-type]


def test_what_a_decision_ordered_is_no_part_of_a_block() -> None:
    made = scene(BUY).gate().stamp(scene(BUY).decided(), now=moment())
    whole = replace(block("1", "1"), parts=(("o0", D(1)),))
    with pytest.raises(BreachError, match="is not what its members are together"):
        joined(whole, [made])


def test_stamps_of_several_accounts_are_merged_with_all_that_they_say() -> None:
    soft = Ruled(OrderUnits(1.0), "SOFT", severity=Severity.WARN)
    gate = Gate(Rules((), 2), 0.0, (soft,), VERSION)
    stamps = [gate.stamp(scene((0, units, "10")).ticketed(), now=moment()) for units in ("2", "3")]
    found = merged(stamps)
    assert [one.units for one in found.orders] == [D(2), D(3)]
    assert [one.value for one in found.cautions] == ["2", "3"]
    with pytest.raises(InvariantError, match="order o9 is not among those"):
        found.of("o9")
    forged = object.__new__(Stamped)
    object.__setattr__(forged, "seal", object())
    with pytest.raises(InvariantError, match="did not pass the gate"):
        merged([stamps[0], forged])


def test_a_halted_account_is_told_so_by_its_own_error() -> None:
    with pytest.raises(Halted, match="the account is halted"):
        scene().gate().stamp(scene().ticketed(), now=moment(state=TradingState.HALTED))


def test_nothing_undated_is_known_or_past() -> None:
    assert [row[0] for row in told(BUY, known=NAT)] == ["known"]
    assert [row[0] for row in told(BUY, now={"known": NAT})] == ["past"]
    assert told(BUY, now={"now": LATER}) == []
