"""The portfolios between the benchmark and the target, one for each step of a decision: who moved it, and how far.

In order: the framework without signals, each signal (or sleeve), the regime, the limits, and how far trading went, or what
a reacher that finds weights of its own made of it. Where nothing could be decided, every step stays where it was and
trading alone accounts for what was held.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.attribution.shapley import shares
from trimtab.attribution.tactical import Part
from trimtab.construction.blend import Blend
from trimtab.core.arrays import Array, Index, Mask
from trimtab.core.roles import Levering
from trimtab.core.values import Aims
from trimtab.data.view import MarketView
from trimtab.desk.policy import Policy
from trimtab.desk.regime_review import without_regime
from trimtab.desk.result import Result
from trimtab.desk.silencing import Game, unheard


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One step: how much of each asset it added, `moves` (N, A), at each of N decisions."""

    part: Part
    name: str
    title: str
    moves: Array


def steps(result: Result, view: MarketView, rows: Index, *, by_sleeve: bool = False) -> tuple[Step, ...]:
    """The steps from benchmark to target at the decisions of `result`; `rows` (N,) are their numbers among the aims."""
    target = np.array([decision.target for decision in result.decisions[: len(rows)]])
    _, goal = goals(result.policy, result.aims, rows)
    pace = Step(Part.PACE, "pace", "Turnover limits and bands", target - goal)
    if getattr(result.policy.reacher, "chooses", False):  # it finds weights of its own, whatever the goal
        pace = Step(Part.FRAMEWORK, "reacher", "The optimiser's own weights", target - goal)
    return (*wished(result.policy, view, result.aims, rows, by_sleeve=by_sleeve), pace)


def goals(policy: Policy, aims: Aims, rows: Index) -> tuple[Mask, Array]:
    """(N,) where anything could be decided, and the goal (N, A): the benchmark where nothing could."""
    aim, goal = aims.aim[rows], aims.goal[rows]
    known: Mask = np.asarray(np.isfinite(aim).all(axis=1) & np.isfinite(goal).all(axis=1))
    return known, np.where(known[:, None], goal, policy.benchmark)


def wished(policy: Policy, view: MarketView, aims: Aims, rows: Index, *, by_sleeve: bool = False) -> tuple[Step, ...]:
    """The steps that knowledge alone takes, from the benchmark to the goal: beliefs and limits, at the aims `rows` (N,)."""
    known, goal = goals(policy, aims, rows)
    start = np.broadcast_to(policy.benchmark, goal.shape)
    beliefs = _sleeves(policy, aims, rows) if by_sleeve else _beliefs(policy, view, aims, rows)
    beliefs = [Step(s.part, s.name, s.title, np.where(known[:, None], np.nan_to_num(s.moves), 0.0)) for s in beliefs]
    reached = start + sum((step.moves for step in beliefs), np.zeros(goal.shape))
    limits = Step(Part.LIMITS, "limits", "Limits on weights", goal - np.where(known[:, None], reached, start))
    return (*beliefs, limits)


def _beliefs(policy: Policy, view: MarketView, aims: Aims, rows: Index) -> list[Step]:
    """Framework, signals, regime: they lead from the benchmark to the aim."""
    plain = policy if unheard(aims.regime) else without_regime(policy)
    game = Game.of(plain, view, aims)
    nobody = game(frozenset())[rows]
    found = [Step(Part.FRAMEWORK, "framework", "Framework, signals silent", nobody - policy.benchmark)]
    names = tuple(policy.voices)
    everybody = game(frozenset(range(len(names))))[rows]
    each = shares(lambda who: game(who)[rows], len(names))
    if each is not None:
        found += [Step(Part.SIGNAL, name, f"Signal {name}", move) for name, move in zip(names, each, strict=True)]
    else:
        found.append(Step(Part.SIGNAL, "signals", f"The {len(names)} signals together", everybody - nobody))
    if not unheard(aims.regime):
        found.append(Step(Part.REGIME, "regime", "Regime", aims.aim[rows] - everybody))
    return found


def _sleeves(policy: Policy, aims: Aims, rows: Index) -> list[Step]:
    """What each sleeve puts in beyond its share of the benchmark: they lead from the benchmark to the aim."""
    sleeves = aims.sleeves
    blend = _blend(policy.allocator)
    if sleeves is None or blend is None:
        return [Step(Part.SLEEVE, "whole", "The whole, one sleeve", aims.aim[rows] - policy.benchmark)]
    part = blend.shares(sleeves.weights, aims.regime, aims.forecast)[:, rows]
    moves = sleeves.contributions[:, rows] - part[:, :, None] * policy.benchmark
    return [Step(Part.SLEEVE, name, f"Sleeve {name}", move) for name, move in zip(sleeves.names, moves, strict=True)]


def _blend(allocator: object) -> Blend | None:
    if isinstance(allocator, Levering):
        return _blend(allocator.of)
    return allocator if isinstance(allocator, Blend) else None
