"""Tickets at the last hop, blocks, the two voices of the gate, and its short way in a backtest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.execution.desk_words import CUT_OFF, book, decision
from tests.execution.gate_words import ASSETS, HELD, UNIVERSE, VERSION, Scene, moment, orders, scene, ticket
from trimtab.construction.limits import MaxTilt, MaxWeight
from trimtab.construction.restricted import Locked
from trimtab.core.controls import Circumstances, Earlier, Outcome, Ruled
from trimtab.core.errors import BreachError, DataError, InvariantError, TrimtabError
from trimtab.core.orders import OrderKind, Ticket, TradingState
from trimtab.core.rules import Rule, Rules, Severity
from trimtab.execution.batch import Batch, at_decision, instant, line_of, weights_after
from trimtab.execution.controls import DEFAULTS
from trimtab.execution.controls.order_units import OrderUnits
from trimtab.execution.controls.price_collar import PriceCollar
from trimtab.execution.gate import Gate, Stamped, joined

CAP = Rule(MaxWeight(0.6, only=("A0",), universe=UNIVERSE), "CAP")
OVER = book(100.0, [70.0, 20.0], [10.0, 10.0])  # 0.7 of A0 where 0.6 is allowed

small = st.sampled_from(["-31", "-30", "-5", "-1", "1", "5", "40", "41"])
trades = st.lists(st.tuples(st.integers(0, 1), small, st.sampled_from(["9", "10", "10.5", "0"])), min_size=0, max_size=3)
sent = st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["1", "5"]), st.integers(0, 2000)), max_size=3)


def earlier(rows: list[tuple[int, str, int]]) -> tuple[Earlier, ...]:
    now = moment().now
    return tuple(
        Earlier(f"e{k}", asset, Decimal(units), 10 * Decimal(units), now - np.timedelta64(ago, "s"))
        for k, (asset, units, ago) in enumerate(rows)
    )


# Two voices.


@settings(max_examples=150, deadline=None)
@given(trades=trades, rows=sent, state=st.sampled_from(TradingState), entry=st.sampled_from(["decision", "tickets"]),
       open_=st.sampled_from([None, (True, False)]), late=st.booleans())  # fmt: skip
def test_it_stamps_what_it_does_not_block_and_names_the_first_that_does(
    trades: list[Any], rows: Any, state: TradingState, entry: str, open_: Any, late: bool
) -> None:
    now = {"earlier": earlier(rows), "state": state, "open": None if open_ is None else np.array(open_)}
    if late:
        now["now"] = CUT_OFF + np.timedelta64(5, "D")
    one = Scene(tuple(trades), now=now, rules=(CAP,))
    gate, batch = Gate(Rules(one.rules, 2), 0.0, DEFAULTS, VERSION), one.batch(entry)
    judgement = gate.judge(batch, one.moment())
    if not judgement.blocked:
        assert gate.stamp(batch, now=one.moment()).orders == batch.stamped
        return
    with pytest.raises(TrimtabError) as caught:
        gate.stamp(batch, now=one.moment())
    first = judgement.blocks[0]
    assert first.source == "always" and first.words == caught.value.what or first.rule in caught.value.what  # noqa: RUF021


@settings(max_examples=150, deadline=None)
@given(trades=trades, most=st.sampled_from([0.04, 0.05, 0.1]))
def test_the_short_way_of_a_backtest_says_the_same(trades: list[Any], most: float) -> None:
    batch = Scene(tuple(trades)).decided()
    gate = Gate(Rules((CAP,), 2), 0.0, (Ruled(PriceCollar(most)), *DEFAULTS, Ruled(OrderUnits(35.0))))

    def said(now: Circumstances | None) -> str:
        try:
            return str(gate.stamp(batch, now=now).orders)
        except TrimtabError as error:
            return str(error)

    assert said(None) == said(at_decision(batch))


def test_a_judgement_reads_out_rules_and_controls_with_value_limit_and_source() -> None:
    # 31 units bought: 61 % of A0 where 60 % are allowed, and 31 units where 30 are.
    soft = Ruled(OrderUnits(30.0), "SIZE", "manual 7.2", Severity.WARN)
    gate = Gate(Rules((replace(CAP, source="IPS 4.2"),), 2), 0.0, (soft,), VERSION)
    found = gate.judge(scene((0, "31", "10")).ticketed(), moment())
    rule, control = found.evaluations[-2:]
    assert (rule.rule, rule.source, rule.value, rule.outcome) == ("CAP", "IPS 4.2", "0.010000", Outcome.BLOCK)
    assert control[:6] == ("SIZE", "manual 7.2", "o0", "31", "30", Outcome.WARN)
    assert found.blocks == (rule,)
    assert found.warnings == (control,)
    assert found.outcome is Outcome.BLOCK
    assert control in found.of("o0")
    assert control not in found.of("o1")


def test_soft_rules_and_controls_report_and_let_pass() -> None:
    soft = Ruled(OrderUnits(30.0), "SIZE", severity=Severity.WARN)
    gate = Gate(Rules((replace(CAP, severity=Severity.WARN),), 2), 0.0, (soft,), VERSION)
    for batch in (scene((0, "31", "10")).ticketed(), scene((0, "31", "10")).decided()):
        stamped = gate.stamp(batch, now=moment())
        assert [breach.rule.id for breach in stamped.warnings] == ["CAP"]
        assert [(one.rule, one.on, one.value) for one in stamped.cautions] == [("SIZE", "o0", "31")]
        assert gate.judge(batch, moment()).outcome is Outcome.WARN


def test_numbers_that_are_none_stop_the_judgement_before_anything_is_measured_on_them() -> None:
    for wrong in (("NaN", "10"), ("1", "NaN"), ("1", "Infinity"), ("Infinity", "10")):
        found = scene((0, *wrong), controls=(OrderUnits(5.0),)).gate().judge(scene((0, *wrong)).ticketed(), moment())
        assert [one.rule for one in found.evaluations] == ["sound"]
        assert found.blocked
    stray = Batch.after([orders((0, "1", "10"))[0]._replace(asset=-1)], HELD)
    assert Gate(Rules((), 2)).judge(stray, moment()).blocked


# The last hop.


def test_an_order_that_lessens_a_breach_or_leaves_it_passes_and_one_that_adds_to_it_does_not() -> None:
    for trade in ((0, "-1", "10"), (0, "-10", "10"), (1, "1", "10")):
        stamped = scene(trade, held=OVER, rules=(CAP,)).gate().stamp(scene(trade, held=OVER).ticketed(), now=moment())
        assert [breach.rule.id for breach in stamped.warnings] == ([] if trade[1] == "-10" else ["CAP"])
    for units in ("0.00001", "1"):
        more = scene((0, units, "10"), held=OVER)
        with pytest.raises(BreachError, match="CAP would be broken"):
            scene(rules=(CAP,)).gate().stamp(more.ticketed(), now=moment())


def test_a_decision_is_held_to_its_rules_whatever_was_held_before() -> None:
    with pytest.raises(BreachError, match="CAP would be broken"):
        scene(rules=(CAP,)).gate().stamp(scene((0, "-1", "10"), held=OVER).decided(), now=moment())


def test_what_was_relaxed_on_the_record_does_not_block_tickets_either() -> None:
    tilt = Rule(MaxTilt(0.05, benchmark=(0.3, 0.3), universe=UNIVERSE), "TILT")
    made = [ticket(order) for order in orders((0, "10", "10"))]
    gate = Gate(Rules((tilt,), 2), version=VERSION)
    with pytest.raises(BreachError, match="TILT"):
        gate.stamp(Batch.after(made, HELD, assets=ASSETS), now=moment())
    assert len(gate.stamp(Batch.after(made, HELD, assets=ASSETS, relaxed=("tilt",)), now=moment()).warnings) == 1


def test_weights_after_orders_are_those_of_the_book_they_leave() -> None:
    # 1000: 0.3 and 0.3; 10 more of A0 at 10 are 0.1 of it; what is not traded keeps its weight to the last bit.
    after = weights_after([line_of(one) for one in orders((0, "10", "12"))], HELD)
    assert after.tolist() == [0.3 + 100.0 / 1000.0, HELD.held[1]]


def test_two_places_of_an_account_may_sell_the_same_asset_and_no_more_than_it_holds() -> None:
    def two(second: str) -> Batch:
        return scene((0, "-20", "10"), (0, second, "10"), tickets=({}, {"place": "ann/growth"})).ticketed()

    assert len(scene().gate().stamp(two("-10"), now=moment()).orders) == 2
    with pytest.raises(BreachError, match="sells more than is held"):
        scene().gate().stamp(two("-10.00000001"), now=moment())


def test_nobody_stamps_tickets_without_saying_when() -> None:
    with pytest.raises(DataError, match="nobody said when these orders are judged"):
        scene().gate().stamp(scene().ticketed())


def test_a_ticket_for_what_nobody_knows_is_refused() -> None:
    with pytest.raises(DataError, match="A0, which is not known here"):
        Batch.after([ticket(orders((0, "1", "10"))[0])], HELD, assets={"A1": 1})


@pytest.mark.parametrize("text", ["", "2026-01-05T21:00:00", "soon Z", "2026-13-05T21:00:00Z"])
def test_an_instant_that_is_none_is_not_known(text: str) -> None:
    assert np.isnat(instant(text))


def test_tickets_that_come_with_other_orders_are_no_batch() -> None:
    mixed = [ticket(orders((0, "1", "10"))[0]), orders((1, "1", "10"))[0]._replace(id="o1")]
    with pytest.raises(InvariantError, match="a batch is of one account"):
        scene().gate().stamp(Batch.after(mixed, HELD, assets=ASSETS), now=moment())


def test_what_no_target_can_cure_is_reported_and_does_not_stop() -> None:
    # 0.7 of A0 is held and cannot be sold: the cap of 0.6 gives way by as much.
    locked = Rule(Locked(("A0",), universe=UNIVERSE), "LOCKED")
    for batch in (scene((1, "1", "10"), held=OVER).decided(), scene((1, "1", "10"), held=OVER).ticketed()):
        stamped = Gate(Rules((CAP, locked), 2), version=VERSION).stamp(batch, now=moment())
        assert [breach.rule.id for breach in stamped.warnings] == ["CAP"]


@pytest.mark.parametrize(("hopeful", "most"), [({}, "50"), ({"kind": OrderKind.LIMIT, "limit": Decimal(20)}, "40")])
def test_a_sale_brings_its_reference_and_nothing_where_it_waits_for_a_limit(hopeful: dict[str, Any], most: str) -> None:
    # 10 sold at 10 bring 100: with 400 in cash 500 may be bought, and no cent more. At a limit they may never be sold.
    def batch(bought: Decimal) -> Batch:
        return scene((0, "-10", "10"), (1, str(bought), "10"), tickets=(hopeful, {})).ticketed()

    assert len(scene().gate().stamp(batch(Decimal(most)), now=moment()).orders) == 2
    with pytest.raises(BreachError, match=r"the orders cost 400\.01, the account has 400\.00"):
        scene().gate().stamp(batch(Decimal(most) + Decimal("0.001")), now=moment())


# A control that does not do its work.


@dataclass(frozen=True)
class Odd:
    """A fault: it measures nothing, or what is no number."""

    answer: tuple[Any, ...] = ()
    batch: ClassVar[bool] = False
    most: ClassVar[float] = 1.0
    words: ClassVar[str] = "Odd"

    def values(self, lines: Any, now: Any) -> Any:
        return self.answer


def test_a_control_that_measures_nothing_lets_nothing_through() -> None:
    with pytest.raises(InvariantError, match="Odd measured 0 values of 1"):
        scene(controls=(Odd(),)).gate().stamp(scene().decided())
    for nothing in (None, float("nan"), Decimal("NaN")):
        with pytest.raises(DataError, match="Odd: what it asks of order o0 is not known"):
            scene(controls=(Odd((nothing,)),)).gate().stamp(scene().decided())
    assert scene(controls=(Odd((1.0,)),)).gate().stamp(scene().decided()).orders
    with pytest.raises(BreachError, match=r"Odd would be broken: 1\.5 of order o0, at most 1\.0"):
        scene(controls=(Odd((1.5,)),)).gate().stamp(scene().decided())


def test_an_empty_batch_passes_whatever_was_sent() -> None:
    gate = Gate(Rules((), 2), 0.0, (Ruled(Odd((9.0,))),))
    assert gate.stamp(decision([0.3, 0.3], HELD), HELD.held).orders == ()
    assert not gate.judge(Batch.of(decision([0.3, 0.3], HELD)), moment()).blocked


# Blocks.


def member(number: int, units: str, account: str, **rest: Any) -> Stamped:
    one = orders((0, units, "10"))[0]._replace(id=f"m{number}")
    made = ticket(one, account=account, block="b", **rest)
    return scene().gate().stamp(Batch.after([made], HELD, assets=ASSETS), now=moment())


def block(units: str, *parts: tuple[str, str], **rest: Any) -> Ticket:
    whole = orders((0, units, "10"))[0]._replace(id="b")
    return ticket(whole, account="", parts=tuple((name, Decimal(count)) for name, count in parts), **rest)


TWO = [member(0, "3", "ann"), member(1, "4", "bob")]
PARTS = (("m0", "3"), ("m1", "4"))


def test_a_block_is_stamped_for_its_members() -> None:
    whole = block("7", *PARTS)
    assert joined(whole, TWO).of("b") is whole


@pytest.mark.parametrize(
    "other",
    [
        block("7.00000001", *PARTS),
        block("7", ("m0", "3.00000001"), ("m1", "3.99999999")),
        block("3", ("m0", "3"), ("m9", "0")),
        block("7", *PARTS, ("m9", "0")),
        block("6", ("m0", "3"), ("m0", "3")),
        block("0"),
        replace(block("7", *PARTS), instrument="A1"),
        replace(block("7", *PARTS), limit=Decimal(11)),
        replace(block("7", *PARTS), id="c"),
        replace(block("7", *PARTS), account="ann"),
        replace(block("7", *PARTS), code="1.3"),
    ],
)
def test_a_block_that_is_not_its_members_together_is_not_stamped(other: Ticket) -> None:
    with pytest.raises(BreachError, match="is not what its members are together"):
        joined(other, TWO)


def test_a_forged_stamp_makes_no_block() -> None:
    forged: Any = SimpleNamespace(orders=TWO[0].orders, cautions=())
    with pytest.raises(InvariantError, match="did not pass the gate"):
        joined(block("3", PARTS[0]), [forged])


def test_members_that_go_opposite_ways_are_no_block() -> None:
    with pytest.raises(BreachError, match="is not what its members are together"):
        joined(block("1", ("m0", "3"), ("m2", "-2")), [TWO[0], member(2, "-2", "cat")])
