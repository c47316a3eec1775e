"""What the gate says, evaluation by evaluation, whole rows at a time; and the batches that it says it of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from tests.execution.desk_words import CUT_OFF, book, decision
from tests.execution.gate_words import ASSETS, HELD, KNOWN, UNIVERSE, VERSION, moment, orders, scene, ticket
from trimtab.construction.limits import MaxWeight
from trimtab.construction.restricted import Locked
from trimtab.core.controls import Evaluation, Outcome, Ruled
from trimtab.core.errors import BreachError, DataError
from trimtab.core.rules import Breach, Rule, Rules, Severity
from trimtab.execution.batch import Batch, instant, line_of, weights_after
from trimtab.execution.checks import ALWAYS, HAIR, Case
from trimtab.execution.gate import Gate
from trimtab.execution.judgement import Judgement, grew, refusal, said

D = Decimal
BUY = (0, "1", "10")
CAP = Rule(MaxWeight(0.6, only=("A0",), universe=UNIVERSE), "CAP", "IPS 1")
OTHER = Rule(MaxWeight(0.9, only=("A1",), universe=UNIVERSE), "OTHER", "IPS 2")
LOCKED = Rule(Locked(("A0",), universe=UNIVERSE), "LOCKED")
OVER = book(100.0, [70.0, 20.0], [10.0, 10.0])  # 0.7 of A0 where 0.6 is allowed


@dataclass(frozen=True)
class Together:
    """A control that measures the batch as one."""

    answer: Any = 3.0
    batch: ClassVar[bool] = True
    most: ClassVar[float] = 2.0
    words: ClassVar[str] = "At most 2 together"

    def values(self, lines: Any, now: Any) -> Any:
        return [self.answer]


def judged(*rules: Rule, batch: Batch | None = None) -> tuple[Evaluation, ...]:
    made = scene(BUY).ticketed() if batch is None else batch
    return Gate(Rules(rules, 2), version=VERSION).judge(made, moment()).evaluations[len(ALWAYS) :]


def one(outcome: Outcome, on: str = "") -> Evaluation:
    return Evaluation("r", "s", on, "1", "0", outcome)


def test_the_worst_of_all_is_the_outcome() -> None:
    good, soft, hard = one(Outcome.PASS), one(Outcome.WARN), one(Outcome.BLOCK)
    assert [Judgement(some).outcome for some in ((), (good,), (good, soft), (soft, hard, good))] == [
        Outcome.PASS, Outcome.PASS, Outcome.WARN, Outcome.BLOCK,
    ]  # fmt: skip
    found = Judgement((good, soft, hard))
    assert (found.warnings, found.blocks, found.blocked, Judgement((soft,)).blocked) == ((soft,), (hard,), True, False)


def test_what_is_measured_on_the_batch_concerns_each_of_its_orders() -> None:
    whole, first, second = one(Outcome.PASS), one(Outcome.PASS, "o0"), one(Outcome.PASS, "o1")
    assert Judgement((whole, first, second)).of("o1") == (whole, second)


def test_a_check_that_was_passed_says_so_in_full() -> None:
    found = Gate(Rules((), 2), version=VERSION).judge(scene(BUY).ticketed(), moment()).evaluations
    assert list(found) == [Evaluation(c.name, "always", "", "0", "0", Outcome.PASS, c.words) for c in ALWAYS]


def test_each_rule_is_read_out_in_full_whichever_is_broken() -> None:
    # 31 units bought: 0.61 of A0 where 0.6 are allowed, 0.3 of A1 where 0.9 are
    broken = Evaluation("CAP", "IPS 1", "", "0.010000", "0", Outcome.BLOCK, CAP.limit.words)
    kept = Evaluation("OTHER", "IPS 2", "", "-0.600000", "0", Outcome.PASS, OTHER.limit.words)
    batch = scene((0, "31", "10")).ticketed()
    assert judged(CAP, OTHER, batch=batch) == (broken, kept)
    assert judged(OTHER, CAP, batch=batch) == (kept, broken)
    soft = replace(CAP, severity=Severity.WARN)
    assert judged(soft, batch=batch) == (broken._replace(outcome=Outcome.WARN),)


def test_a_hard_rule_that_stops_nothing_says_why() -> None:
    held = judged(CAP, batch=scene((1, "1", "10"), held=OVER).ticketed())
    assert [(row.outcome, row.words) for row in held] == [(Outcome.WARN, f"{CAP.limit.words}: broken, and not by these orders")]
    incurable = judged(CAP, LOCKED, batch=scene((1, "1", "10"), held=OVER).decided())[0]
    assert (incurable.outcome, incurable.words) == (Outcome.WARN, f"{CAP.limit.words}: broken, and no target could help it")


def test_a_control_of_the_batch_is_said_of_the_batch() -> None:
    control = Ruled(Together(), "SUM", "manual 3")
    gate = Gate(Rules((), 2), 0.0, (control,), VERSION)
    found = gate.judge(scene(BUY).ticketed(), moment()).evaluations[-1]
    assert found == Evaluation("SUM", "manual 3", "", "3.0", "2.0", Outcome.BLOCK, "At most 2 together")
    with pytest.raises(BreachError) as caught:
        gate.stamp(scene(BUY).ticketed(), now=moment())
    assert caught.value.what == "SUM would be broken: 3.0, at most 2.0"
    unknown = refusal(Ruled(Together(None), "SUM"), "", None)
    assert isinstance(unknown, DataError)
    assert unknown.what == "SUM: what it asks is not known"
    assert refusal(Ruled(Together(None), "SUM"), "o1", None).what == "SUM: what it asks of order o1 is not known"
    assert refusal(control, "o1", 3.0).what == "SUM would be broken: 3.0 of order o1, at most 2.0"


def test_as_much_as_is_allowed_is_allowed() -> None:
    gate = Gate(Rules((), 2), 0.0, (Ruled(Together(2.0), "SUM"),), VERSION)
    assert gate.stamp(scene(BUY).ticketed(), now=moment()).orders


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "unknown"), (1.5, "1.5"), (3, "3"), (D("1E+3"), "1000"), (D("0.10"), "0.1"), (D("NaN"), "NaN"),
     (D("-Infinity"), "-Infinity")],
)  # fmt: skip
def test_a_number_is_said_with_every_digit(value: Any, text: str) -> None:
    assert said(value) == text


def test_a_breach_grows_by_more_than_rounding_or_not_at_all() -> None:
    def after(before: float, amount: float) -> bool:
        rule: Any = SimpleNamespace(limit=SimpleNamespace(breach=lambda *_: before))
        return grew(Breach(rule, amount), scene(BUY).ticketed())

    assert [after(0.0, HAIR), after(0.0, 2 * HAIR), after(-1.0, HAIR), after(-1.0, 2 * HAIR)] == [False, True, False, True]
    assert [after(0.1, 0.1 + HAIR), after(0.1, 0.1 + 3 * HAIR), after(0.1, float("nan"))] == [False, True, True]


def test_a_gate_lends_nothing_and_is_of_no_version_unless_told() -> None:
    gate, case = Gate(Rules((), 2)), Case(scene(BUY).decided(), moment())
    assert (gate.borrow, gate.version, gate.controls, case.borrow, case.version) == (0.0, "", (), 0.0, "")


# Batches.


def test_an_instant_says_its_zone() -> None:
    assert instant("2026-01-05T21:00:00.12Z") == np.datetime64("2026-01-05T21:00:00.12")
    assert np.isnat(instant("2026-01-05T21:00:00.12"))  # also where all but its last letter would be one


def test_weights_of_an_account_worth_less_than_one_are_weights() -> None:
    small = replace(HELD, nav=0.5)
    assert weights_after([line_of(orders(BUY)[0])], small)[0] == HELD.held[0] + 20.0


def test_a_decision_is_a_batch_with_the_date_of_all_its_inputs() -> None:
    made = decision([0.31, 0.3], HELD, orders(BUY), ("tilt",))
    batch = Batch.of(made)
    assert [tuple(dated) for dated in batch.dates] == [("", KNOWN, CUT_OFF)]
    assert (batch.base is HELD.held, batch.before, batch.decided, batch.relaxed) == (True, None, True, ("tilt",))
    assert (batch.tickets, batch.stamped) == ((), tuple(orders(BUY)))
    repaired = np.array([0.3, 0.2])
    assert Batch.of(made, repaired).base is repaired


def test_tickets_are_a_batch_with_the_date_of_each() -> None:
    made = [ticket(order) for order in orders(BUY, (1, "-1", "10"))]
    batch = Batch.after(made, HELD, assets=ASSETS)
    assert [(dated.on, dated.known, dated.cutoff) for dated in batch.dates] == [("o0", KNOWN, CUT_OFF), ("o1", KNOWN, CUT_OFF)]
    assert (batch.base is HELD.held, batch.before is HELD.held, batch.decided, batch.relaxed) == (True, True, False, ())
    assert (batch.stamped, [line.id for line in batch.lines]) == (tuple(made), ["o0", "o1"])
    repaired = np.array([0.3, 0.2])
    assert Batch.after(made, HELD, repaired, assets=ASSETS).base is repaired


def test_a_line_is_a_line_and_what_an_order_moves_is_above_zero() -> None:
    sale = line_of(orders((1, "-2", "10"))[0])
    assert (sale.asset, sale.units, sale.notional, sale.limit, sale.parent) == (1, -2, 20, 0, "")
    assert line_of(sale) is sale
    assert Batch.after([sale], HELD).lines == (sale,)
    written = line_of(ticket(orders((1, "-2", "10"))[0], parent="p"), ASSETS)
    assert written == sale._replace(parent="p")
