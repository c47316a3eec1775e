"""The best portfolio by an objective, within limits: one convex programme, its answer checked in plain numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from trimtab.construction.conic import cap, hold, pinned, settled
from trimtab.construction.form import Form
from trimtab.construction.terms import Cost, Objective, Scene, Writing
from trimtab.core.arrays import Array, Index, Mask
from trimtab.core.errors import InvariantError
from trimtab.core.region import Region, RiskBound

_NOTHING = 1e-10  # one-way turnover, below which a budget is used up
_WORSE = 1e-7  # of the objective per year, by which rounding may put the answer behind what is held


@dataclass(frozen=True, slots=True, eq=False)
class Within:
    """Where the answer may lie: a region, bounds on risk under the covariance of the day, one-way turnover from `base`.

    `base` (A,) is what is held after repair, and lies in the region and within the bounds itself.
    """

    base: Array
    region: Region
    bounds: Sequence[RiskBound] = ()
    covariance: Array | None = None
    left: float = np.inf


def best(objective: Objective, scene: Scene, within: Within) -> Array:
    """The weights (A,) that maximise an objective of standard terms.

    Raises InvariantError where the solver finds no answer, or one that breaks a limit or is worse than to hold.
    """
    if within.left <= _NOTHING:
        return within.base
    form = Form()
    weights = form.variables(len(scene.held))
    moved = _charged(objective, scene)
    moves = _measured(form, weights[moved], scene.held[moved])
    writing = Writing(form, weights, moves, moved)
    for factor, term in objective.parts:
        term.write(factor, writing, scene)
    region, bounds = pinned(within.region, within.bounds, within.covariance, within.base)
    hold(form, weights, region)
    for bound in bounds:
        cap(form, weights, bound, within.covariance, within.base)
    if within.left < np.inf:
        same = bool(moved.all()) and np.array_equal(within.base, scene.held)
        _budget(form, weights, moves if same else _measured(form, weights, within.base), within)
    found = form.solve()
    if found is None:
        raise InvariantError("the solver sees no portfolio within limits that what is held keeps")
    return checked(found[weights], objective, scene, replace(within, region=region))


def checked(found: Array, objective: Objective, scene: Scene, within: Within) -> Array:
    """An answer of a solver (A,) within all limits, where it is at least as good as to hold. Else InvariantError."""
    answer = settled(found, within.region, within.bounds, within.covariance, base=scene.held)
    if objective.standard:
        reached, before = objective.value(answer, scene), objective.value(within.base, scene)
        if not reached - before >= -_WORSE * max(1.0, abs(reached)):
            raise InvariantError("the answer of the solver is worse than what is held")
    return answer


def _charged(objective: Objective, scene: Scene) -> Mask:
    """Whose moves (A,) cost anything."""
    found = np.zeros(len(scene.held), dtype=bool)
    if any(isinstance(term, Cost) and factor for factor, term in objective.parts):
        for power in scene.powers:
            found |= power.rate > 0.0
    return found


def _measured(form: Form, weights: Index, start: Array) -> Index:
    """Variables that are each at least the change of its weight from `start`, either way."""
    moves = form.variables(len(weights))
    rows = np.arange(len(weights))
    for sign in (1.0, -1.0) if len(rows) else ():
        form.at_most(sign * start, (rows, weights, sign), (rows, moves, -1.0))
    return moves


def _budget(form: Form, weights: Index, moves: Index, within: Within) -> None:
    """Half of all moves from the base, with the leg of cash, is at most what is left."""
    row, total = np.zeros(1, dtype=int), within.base.sum(keepdims=True)
    cash = form.variables(1)
    for sign in (1.0, -1.0):
        form.at_most(sign * total, (row, weights, sign), (row, cash, -1.0))
    form.at_most(np.array([2.0 * within.left]), (row, moves, 1.0), (row, cash, 1.0))
