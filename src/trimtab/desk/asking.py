"""Asking components that remember: the desk alone walks the decision dates, and hands each its own memory.

What is asked here is what a policy and a sleeve of a blend have in common: signals, a combiner, a regime, an allocator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeGuard

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.roles import Allocator, Combiner, Compound, Fold, Latch, Levering, RegimeModel, Signal, View
from trimtab.core.values import Forecast, Parts, Regime, Scores
from trimtab.desk.swift_view import SwiftView
from trimtab.numerics.running import latched


def remembers(component: Any) -> tuple[bool, bool]:
    """Whether a component is a fold, and whether it is a latch."""
    kind: object = type(component)
    return _remembers(kind)


@cache
def _remembers(kind: object) -> tuple[bool, bool]:
    """To ask a protocol takes long: once a class."""
    return issubclass(kind, Fold), issubclass(kind, Latch)  # type: ignore[arg-type]  # it is a class


_PLAYED: dict[tuple[type, type], bool] = {}


def compound(signal: Signal) -> TypeGuard[Compound]:
    """Whether a signal is made of others."""
    return _plays(signal, Compound)


def levering(allocator: Allocator) -> TypeGuard[Levering]:
    """Whether an allocator scales another."""
    return _plays(allocator, Levering)


def _plays(component: object, role: Any) -> bool:
    """Whether a component plays a role (a protocol): to ask takes long, so it is asked once a class."""
    key = (type(component), role)
    if key not in _PLAYED:
        _PLAYED[key] = isinstance(component, role)
    return _PLAYED[key]


def matters(component: Any, rows: Array) -> bool:
    """Whether the memory of a component changes any of the rows (D, ..., A) of its answer."""
    folds, latches = remembers(component)
    if not folds or not rows.size:
        return False
    taken = component.takes(rows) if latches else None
    return taken is None or not (taken.all() or (taken | np.isnan(rows)).all())


def walk(component: Any, rows: Array) -> Array:
    """The rows (D, ..., A) of a component's answer, run through its memory where it is a fold. Only the desk walks D."""
    folds, latches = remembers(component)
    if not folds or len(rows) == 0:
        return rows
    taken = component.takes(rows) if latches else None
    if taken is not None:
        return latched(rows, taken)
    out = np.empty_like(rows)
    state = component.start(rows[0])
    for d, row in enumerate(rows):
        state, out[d] = component.advance(state, row)
    return out


Walk = Callable[[Any, Array], Array]


def heard_all(signals: Mapping[str, Signal], view: View, *, along: Walk = walk) -> Parts:
    """Each signal by itself (K, D, A), with the memory of those that have one, run `along` the dates."""
    values = [heard(signal, view, along=along) for signal in signals.values()]
    if len(values) == 1:
        return Parts(view.assets, tuple(signals), values[0][np.newaxis])
    empty = np.empty((0, len(view.days), len(view.assets)))
    return Parts(view.assets, tuple(signals), np.stack(values) if values else empty)


def heard(signal: Signal, view: View, *, along: Walk = walk) -> Array:
    """What one signal says (D, A), with its memory and that of the signals it is made of."""
    if compound(signal):
        return along(signal, signal.gather(np.stack([heard(member, view, along=along) for member in signal.members])))
    return along(signal, view.said(signal) if isinstance(view, SwiftView) else signal(view).values)


def combined(combine: Combiner, parts: Parts, regime: Regime, *, along: Walk = walk) -> Scores:
    """One score per date and asset (D, A), with the memories of the combiner."""
    scores = combine(prepared(combine, parts, along=along), regime)
    return Scores(scores.assets, along(combine, scores.values))


def prepared(combine: Combiner, parts: Parts, *, along: Walk = walk) -> Parts:
    """The parts (K, D, A) as the combiner wants them: run through the memory that it names, if any."""
    if combine.prepares is None:
        return parts
    rows = along(combine.prepares, np.moveaxis(parts.values, 1, 0))
    return Parts(parts.assets, parts.names, np.moveaxis(rows, 0, 1))


def told(model: RegimeModel, view: View, *, along: Walk = walk) -> Regime:
    """Probabilities of states (D, S), with the memory of a model that has one."""
    regime = model(view)
    return Regime(regime.states, along(model, regime.probabilities))


def allocated(allocator: Allocator, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
    """Where we would be (D, A), with the memory of allocators that scale others."""
    if levering(allocator):
        weights = allocated(allocator.of, scores, regime, forecast)
        return weights * levers(allocator, weights, regime, forecast)[:, :1]
    return allocator(scores, regime, forecast)


def levers(allocator: Levering, weights: Array, regime: Regime, forecast: Forecast, *, along: Walk = walk) -> Array:
    """The factors (D, F) by which weights (D, A) are scaled, the first of them being it, with their memory."""
    return along(allocator, allocator.factors(weights, regime, forecast))
