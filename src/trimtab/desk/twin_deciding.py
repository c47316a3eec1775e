"""Decisions of several accounts on one date, by the policy's own reacher: together where it can, else one by one.

Pace takes a batch where limits are plain: one call for all accounts. Where windows, bounds on risk, sleeves at rest,
another reacher or checks of orders that may bite ask for one account at a time, `decide` and the gate do what they do in
a backtest, on a book in exact money.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np

from trimtab.accounting.conditions import Conditions
from trimtab.construction.bands import To
from trimtab.construction.pace import Pace
from trimtab.construction.standing import stand
from trimtab.core.arrays import Array, Mask
from trimtab.core.controls import Ruled
from trimtab.core.errors import BreachError, DataError, InvariantError
from trimtab.core.money import exact
from trimtab.core.trades import Decision
from trimtab.core.values import Aims, Dealing, Today
from trimtab.desk.decide import decide
from trimtab.desk.gates import borrow_of, gate_of
from trimtab.desk.policy import Policy
from trimtab.desk.twin_holdings import EVERYONE, Holdings, Who
from trimtab.desk.twin_sizing import HAIR, Wanted, sized
from trimtab.desk.twin_trading import Ticketed
from trimtab.execution.controls.day_count import DayCount
from trimtab.execution.controls.minute_count import MinuteCount
from trimtab.execution.controls.price_collar import PriceCollar
from trimtab.execution.gate import Gate


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """Held weights (V, A) and net asset values (V,) of all accounts at the prices of a session (A,)."""

    held: Array
    nav: Array
    prices: Array


@dataclass(frozen=True, slots=True, eq=False)
class Deciding:
    """The decisions of V accounts under one policy, each with `knowledge` of its own about the same D dates.

    `stopped` says of an account asked alone why no run of it can go on.
    """

    policy: Policy
    knowledge: Sequence[Aims]
    conditions: Conditions
    stopped: dict[int, str] = field(default_factory=dict)
    goals: Array = field(init=False)  # (D, V, A)
    borrow: float = field(init=False)  # the fraction of net asset value that may be borrowed
    _together: bool = field(init=False)
    _blends: bool = field(init=False)
    _gate: Gate = field(init=False)
    _aims: Aims = field(init=False)  # of all: `goals` in the place of one goal

    def __post_init__(self) -> None:
        goals = np.stack([one.goal for one in self.knowledge], axis=1)
        found = {
            "goals": goals,
            "borrow": borrow_of(self.policy),
            "_together": takes_a_batch(self.policy),
            "_blends": any(one.sleeves is not None for one in self.knowledge),
            "_gate": gate_of(self.policy),
            "_aims": replace(self.knowledge[0], goal=goals),
        }
        for name, value in found.items():
            object.__setattr__(self, name, value)

    def worth(self, book: Holdings, row: int) -> Worth:
        """What all accounts hold at the last prices known on session `row`; NaN where there is no account."""
        prices = self.conditions.closes[row]
        values = book.worth(prices)
        nav = book.cash + np.add.reduce(values, -1)
        safe = nav if np.minimum.reduce(nav) > 0.0 else np.where(nav > 0.0, nav, np.nan)
        return Worth(values / safe[:, np.newaxis], nav, prices)

    def __call__(self, d: int, book: Holdings, worth: Worth, able: Mask) -> list[Ticketed]:
        """What those of `able` (V,) order on decision date `d`. Who is in none of the answers was refused."""
        together = self._together and not self._rests(d)
        ask = self._ask_together if together else self._ask_alone
        return [found for who, funded in book.groups(able) if (found := ask(d, book, worth, (who, funded))) is not None]

    def _rests(self, d: int) -> bool:
        """Whether any blend has sleeves that keep what they hold."""
        return self._blends and any(one.sleeves is not None and one.row(d).still is not None for one in self.knowledge)

    def _ask_together(self, d: int, book: Holdings, worth: Worth, group: tuple[Who, bool]) -> Ticketed | None:
        policy, (who, funded) = self.policy, group
        today = Today(self._aims, d)
        dealing = today.dealing
        if not isinstance(who, slice):
            some = np.broadcast_to(self.goals[d, who], (len(self._aims), len(who), worth.held.shape[1]))
            today = Today(replace(self._aims, goal=some), d)
        held, nav = worth.held[who], worth.nav[who]
        try:
            asked = book.book(today.when, worth.prices, (held, nav), group, dealing)
            reach = policy.reacher(today, asked, policy.rules, policy.costs)
        except BreachError:  # no portfolio keeps the rules: that depends on the rules alone
            return None
        target, base = reach.target, reach.base
        if policy.deals and (unknown := self._unknown_costs(target - held, nav, dealing)).any():
            known = np.flatnonzero(~unknown)
            who = np.arange(len(worth.nav))[who][known]
            held, nav, target, base = held[known], nav[known], target[known], base[known]
        wanted = Wanted(target, held, nav, book.quanta[who], book.cash[who], worth.prices, dealing)
        repair = None if reach.base is asked.held else base - held
        return Ticketed(who, sized(policy, wanted, borrow=self.borrow), nav, funded, repair, dealing)

    def _unknown_costs(self, way: Array, nav: Array, dealing: Dealing | None) -> Mask:
        """Which accounts (N,) would trade what costs nobody knows what."""
        charged = self.policy.costs.charge(np.where(np.abs(way) <= HAIR, 0.0, way) * nav[:, np.newaxis], dealing)
        return np.asarray(np.isnan(charged).any(axis=-1))

    def _ask_alone(self, d: int, book: Holdings, worth: Worth, group: tuple[Who, bool]) -> Ticketed | None:
        who, funded = group
        orders, repairs, blocked, asked = [], [], [], []
        with exact():
            for number in np.arange(len(worth.nav))[who].tolist():
                today = self.knowledge[number].row(d)
                own = book.alone(today.when, worth.prices, (worth.held, worth.nav), number)
                try:
                    decision = decide(self.policy, today, own)
                    stops = not decision.refused and self._blocks(decision)
                except (DataError, InvariantError) as error:  # where an exact run ends: the others go on
                    self.stopped[number] = error.what
                    continue
                if not decision.refused:
                    asked.append(number)
                    orders.append(_counted(decision, book.scale))
                    repairs.append(decision.reach.base - decision.book.held)
                    blocked.append(stops)
        if not asked:
            return None
        chosen = np.array(asked) if len(asked) < len(worth.nav) else EVERYONE
        repair, stopped = np.array(repairs), np.array(blocked)
        placed = np.where(stopped[:, np.newaxis], 0.0, np.array(orders))
        dealing = Today(self._aims, d).dealing
        return Ticketed(chosen, placed, worth.nav[chosen], funded, repair, dealing, stopped if stopped.any() else None)

    def _blocks(self, decision: Decision) -> bool:
        """Whether the gate stops the decision; limits on trading start from what is held after repair."""
        rules = self.policy.rules
        base = stand(decision.book, rules).base if rules.budgets or rules.windows else decision.book.held
        try:
            self._gate.stamp(decision, base)
        except BreachError:
            return True
        return False


def takes_a_batch(policy: Policy) -> bool:
    """Whether all accounts can be decided on in one call: Pace, plain limits, and no check of orders that may bite."""
    reacher, rules = policy.reacher, policy.rules
    if type(reacher) is not Pace or not rules.plain or policy.watches or policy.remembers or rules.locked is not None:
        return False
    if (reacher.each or reacher.relative) and reacher.to is not To.TARGET:
        return False  # the edge of bands is worked out for one goal
    return all(_never_bites(rule, len(policy.universe)) for rule in gate_of(policy).controls)


def _never_bites(rule: Ruled, count: int) -> bool:
    """Whether a check passes all that a backtest can order of `count` assets: one order each, at its decision's price."""
    control = rule.control
    if getattr(control, "moment", False) or isinstance(control, PriceCollar):
        return True
    return isinstance(control, DayCount | MinuteCount) and control.at_most >= count


def _counted(decision: Decision, scale: float) -> Array:
    """The orders of a decision (A,), in the smallest parts of units."""
    counts, parts = np.zeros(len(decision.book.held)), Decimal(int(scale))
    for order in decision.orders:
        counts[order.asset] = float(order.units * parts)  # exactly a whole number, so that what is sold off is gone
    return counts
