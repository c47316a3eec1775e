"""The conservation laws after every step of a machine that hypothesis drives: what breaks one is shrunk to a few entries."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.accounting.conservation import agree, expected, kept, lots_sum, money_adds_up, opened, replays, seen
from tests.accounting.events import MIX, buy
from tests.accounting.lives import HELD, Life
from trimtab.core.entries import Cancel, Entry
from trimtab.core.errors import InvariantError
from trimtab.core.money import Currency, exact

KINDS = [kind for kind, _ in MIX]
dice = st.integers(0, 10**6).map(random.Random)  # steps are shrunk away, their numbers are not


class Account(RuleBasedStateMachine):
    """A random life beside the ledger and the second bookkeeper."""

    def __init__(self) -> None:
        super().__init__()
        self.life = Life(0)
        self.ledger = opened(self.life.currency)

    def post(self) -> None:
        """What the life has done since."""
        with exact():
            for entry in self.life.entries[len(self.ledger.entries) :]:
                self.ledger.post(entry)

    @initialize(dice=dice)
    def something_is_bought(self, dice: random.Random) -> None:
        self.life.dice = dice
        for _ in range(5):
            buy(self.life)
        self.post()

    @rule(kind=st.sampled_from(KINDS), dice=dice, later=st.integers(0, 3))
    def something_happens(self, kind: Callable[[Life], None], dice: random.Random, later: int) -> None:
        self.life.dice = dice
        self.life.today += timedelta(days=later)
        kind(self.life)
        self.post()

    @rule(asset=st.sampled_from(HELD), more=st.integers(1, 10**6))
    def more_is_sold_than_is_held(self, asset: int, more: int) -> None:
        sale = self.life.fill(asset, -self.held(asset) - more, self.life.today)
        self.refused(sale)
        self.refused(self.life.fill(asset, 1, self.life.today), sale._replace(units=sale.units * 2))

    @rule(asset=st.sampled_from(HELD))
    def what_is_held_is_sold_before_it_came(self, asset: int) -> None:
        if self.held(asset):
            self.refused(self.life.fill(asset, -self.held(asset), date(2001, 1, 1)))

    def held(self, asset: int) -> int:
        return sum(step.change for step in self.life.chains[asset])

    @rule(number=st.integers(-3, 60))
    def what_never_was_is_cancelled(self, number: int) -> None:
        if number in self.life.dead or not 0 <= number < len(self.life.entries):
            self.refused(Cancel(self.life.today, number))

    def refused(self, *entries: Entry) -> None:
        """Entries that cannot be change nothing."""
        before = seen(self.ledger)
        with exact(), pytest.raises(InvariantError):
            self.ledger.extend(entries) if len(entries) > 1 else self.ledger.post(entries[0])
        agree(seen(self.ledger), before, "what is refused changes nothing")
        assert self.ledger.entries == self.life.entries

    @invariant()
    def the_laws_hold(self) -> None:
        with exact():
            lots_sum(self.ledger)
            money_adds_up(self.ledger)
            replays(self.ledger)
            agree(
                seen(self.ledger), expected(kept(self.life.entries, self.life.currency)), "the second bookkeeper has the same"
            )


FEW = settings(max_examples=30, stateful_step_count=40)


def test_the_laws_hold_after_every_step() -> None:
    run_state_machine_as_test(Account, settings=FEW)


@pytest.mark.soak
def test_the_laws_hold_after_every_step_of_many_lives() -> None:
    run_state_machine_as_test(Account, settings=settings(max_examples=1500, stateful_step_count=60))


def test_the_machine_catches_a_share_of_the_cost_that_is_rounded_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Currency, "round", lambda self, amount: amount.quantize(self.minor, "ROUND_DOWN"))
    with pytest.raises((AssertionError, ExceptionGroup)):
        run_state_machine_as_test(Account, settings=settings(FEW, max_examples=100, phases=[Phase.generate]))
