"""The attribution by asset class (Brinson and Fachler 1985): the bets between classes, and those inside them.

Taken at the targets, so that it speaks of decisions; waiting, rounding, cash, costs, fees and taxes are rows of their own,
and all of it sums to the difference from the benchmark.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.attribution.layers import whole
from trimtab.attribution.levels import levels
from trimtab.attribution.linking import Linking, link
from trimtab.attribution.risk import realised_risk
from trimtab.attribution.segments import Segments
from trimtab.attribution.tactical import Attribution, Part
from trimtab.core.arrays import Array
from trimtab.desk.account_attribution import AccountAttribution
from trimtab.desk.attributing import periods_of, targets_of
from trimtab.desk.result import Result

CASH = "cash"
AFTER = (Part.LAG, Part.ROUNDING, Part.CASH, Part.COSTS, Part.FEES, Part.TAXES)


@dataclass(frozen=True, slots=True, eq=False)
class ClassReview:
    """G classes, cash last: mean weights of benchmark and target, and linked effects (G,) as fractions.

    `execution` is all that came after the target: waiting, rounding, costs, fees and taxes. Over all classes the three sum
    to the difference from the benchmark. `risk` (G,) is the part of the ex-post tracking error a year.
    """

    names: tuple[str, ...]
    benchmark: Array
    target: Array
    allocation: Array
    selection: Array
    execution: Array
    risk: Array

    @property
    def total(self) -> Array:
        """(G,) allocation, selection and execution together."""
        return self.allocation + self.selection + self.execution


def class_of(asset_class: str, own: str) -> str:
    """The class that an asset is counted under: its own id where it has none."""
    return asset_class or own


def review_classes(
    result: Result | AccountAttribution, found: Attribution, *, linking: Linking = Linking.CARINO
) -> ClassReview:
    """The difference of `result` from its benchmark by asset class, over the periods of `found`.

    The target of an account is what its policy asked for; all that it did otherwise is execution.
    """
    labels = [*(class_of(asset.asset_class, asset.id) for asset in result.assets), CASH]
    names = tuple(dict.fromkeys(labels))
    number = np.array([names.index(label) for label in labels])
    target, bench, growth = _stood(result, found)
    top, *_ = levels(Segments(target, growth, bench, growth), (number,))
    after = sum((row.effects for row in found.rows if row.part in _after(result)), np.zeros_like(growth))
    spent = np.stack([after[:, number == k].sum(axis=1) for k in range(len(names))], axis=1)
    effects = np.stack([top.allocation, top.selection, spent], axis=1)
    linked = link(effects, found.returns, found.benchmark, method=linking).total
    held = [np.stack([w[:, number == k].sum(axis=1) for k in range(len(names))], axis=1).mean(axis=0) for w in (bench, target)]
    risk = realised_risk(effects.sum(axis=1), found.periods_a_year, names).parts
    (bench_held, target_held), (allocation, selection, execution) = held, linked
    return ClassReview(names, bench_held, target_held, allocation, selection, execution, risk)


def _stood(result: Result | AccountAttribution, found: Attribution) -> tuple[Array, Array, Array]:
    """Weights of target and benchmark, and growth, each (N, A + 1) with cash last, in the periods of `found`."""
    if isinstance(result, AccountAttribution):
        starts, target, periods = result.attribution.starts, result.goal, result.periods
    else:
        starts = np.array([decision.today.when for decision in result.decisions])
        target, periods = targets_of(result), periods_of(result)
    keep = np.searchsorted(starts, found.starts)
    bench = np.broadcast_to(periods.benchmark, periods.growth.shape)
    return whole(target[keep]), whole(bench[keep]), periods.all_growth[keep]


def _after(result: Result | AccountAttribution) -> tuple[Part, ...]:
    """What came after the target."""
    return (*AFTER, Part.PACE, Part.OVERRIDES) if isinstance(result, AccountAttribution) else AFTER
