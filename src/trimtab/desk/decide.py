"""From knowledge to a decision: `aims` for many dates at once, `decide` for one account on one of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from trimtab.construction.admit import admit
from trimtab.core.arrays import Array
from trimtab.core.roles import Compound, Fold, Latch, Signal, View
from trimtab.core.terms import CLOSE
from trimtab.core.trades import Book, Decision
from trimtab.core.values import Aims, Parts, Regime, Scores, Today
from trimtab.desk.policy import Policy
from trimtab.execution.sizing import Sized, size
from trimtab.numerics.running import latched

NOTHING = Sized((), ())


def aims(policy: Policy, view: View) -> Aims:
    """What knowledge alone says, from the policy's `since` to the last date of `view`; folds run from its first row."""
    parts = read(policy, view)
    regime = weather(policy, view)
    scores = policy.combine(prepared(policy, parts), regime)
    scores = Scores(scores.assets, walk(policy.combine, scores.values))
    forecast = policy.forecaster(view, scores, regime)
    aim = policy.allocator(scores, regime, forecast)
    goal = admit(aim, policy.rules)
    view.window(CLOSE, 1)  # the book is valued at these prices: they are inputs too, and count as known
    return Aims(view.days, view.assets, parts, regime, scores, forecast, aim, goal.weights, goal.relaxed, view.known)


def decide(policy: Policy, today: Today, book: Book) -> Decision:
    """Target and orders of one account; `today` is one row of the aims."""
    reach = policy.reacher(today, book, policy.rules, policy.costs)
    moves = bool((reach.target != book.held).any())  # what stays as it is gets no order, not even for a cent of rounding
    sized = size(reach.target, book, policy.costs, policy.lotting, prefix=f"{today.when}:") if moves else NOTHING
    relaxed = ("tilt",) if today.relaxed else ()
    return Decision(today, book, reach, sized.orders, sized.below_minimum, relaxed)


def read(policy: Policy, view: View) -> Parts:
    """Each signal by itself (K, D, A), with the memory of those that have one."""
    values = [heard(signal, view) for signal in policy.signals.values()]
    empty = np.empty((0, len(view.days), len(view.assets)))
    return Parts(view.assets, tuple(policy.signals), np.stack(values) if values else empty)


def heard(signal: Signal, view: View) -> Array:
    """What one signal says (D, A), with its memory and that of the signals it is made of."""
    if isinstance(signal, Compound):
        return walk(signal, signal.gather(np.stack([heard(member, view) for member in signal.members])))
    return walk(signal, signal(view).values)


def weather(policy: Policy, view: View) -> Regime:
    """Probabilities of states (D, S), with the memory of a model that has one."""
    regime = policy.regime(view)
    return Regime(regime.states, walk(policy.regime, regime.probabilities))


def prepared(policy: Policy, parts: Parts) -> Parts:
    """The parts (K, D, A) as the combiner wants them: run through the memory that it names, if any."""
    rows = walk(policy.combine.prepares, np.moveaxis(parts.values, 1, 0))
    return Parts(parts.assets, parts.names, np.moveaxis(rows, 0, 1))


def walk(component: Any, rows: Array) -> Array:
    """The rows (D, ..., A) of a component's answer, run through its memory where it is a fold. Only the desk walks D."""
    if not isinstance(component, Fold) or len(rows) == 0:
        return rows
    taken = component.takes(rows) if isinstance(component, Latch) else None
    if taken is not None:
        return latched(rows, taken)
    out = np.empty_like(rows)
    state = component.start(rows[0])
    for d, row in enumerate(rows):
        state, out[d] = component.advance(state, row)
    return out
