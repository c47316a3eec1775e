"""Does choosing the best variant by the past pay in a future that it did not see? Walk-forward, purged k-fold, CPCV.

Each time the variant with the best Sharpe ratio over the benchmark among the rows to learn from is held in the rows to be
judged on. A month's outcome reaches into the next one, since what is decided at its end is held there: so labels are two
months long, purged, and after them comes an embargo of a hundredth of the history (Lopez de Prado 2018, chapter 7).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, frozen
from trimtab.core.errors import ParameterError
from trimtab.desk.evidence import SAME, Evidence, no_answer, sharpe_of
from trimtab.validation.checks import Check, lit
from trimtab.validation.cross_validation import combinatorial, paths, purged_kfold
from trimtab.validation.percents import number
from trimtab.validation.splits import Split, spanning, stitched
from trimtab.validation.walk_forward import refits_on, walk_forward

LEARN = 60  # months before the first refit, a third of the history where that is less
HALF = 0.5  # of the ratio in sample that must be left out of it for a pass
AHEAD = 1  # months that an outcome reaches beyond its own
FOLDS = 5
WIDE, NARROW = (10, 2), (6, 2)  # groups and tested ones: 9 paths, and 5 where the history is short
ENOUGH = 12  # months in each group of the first
ALONE = "only one variant was tried: there is nothing to choose among"


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The checks, and the Sharpe ratios a YEAR of the paths of combinatorial cross-validation (P,)."""

    checks: tuple[Check, ...]
    paths: Array


def choice(found: Evidence) -> Choice:
    """All of them; UNKNOWN with a reason where a check cannot be asked."""
    checks = [_walked(found, rolling=rolling) for rolling in (False, True)]
    checks.append(_folded(found))
    crossed, ratios = _crossed(found)
    return Choice((*checks, crossed), frozen(ratios))


def _walked(found: Evidence, *, rolling: bool) -> Check:
    name = f"walk-forward, {'rolling' if rolling else 'anchored'}"
    months = len(found.active)
    first = min(LEARN, months // 3)
    try:
        refits = refits_on(found.dates[1:], first=first)
        splits = walk_forward(spanning(months, ahead=AHEAD), refits, window=first - AHEAD if rolling else None)
    except ParameterError as error:
        return no_answer(name, error.what)
    return _judged(found, name, splits, f"{len(splits)} yearly refits")


def _folded(found: Evidence) -> Check:
    name = "purged k-fold"
    try:
        splits = purged_kfold(spanning(len(found.active), ahead=AHEAD), folds=FOLDS, embargo=_embargo(found))
    except ParameterError as error:
        return no_answer(name, error.what)
    return _judged(found, name, splits, f"{FOLDS} folds, each judged by the others")


def _judged(found: Evidence, name: str, splits: Sequence[Split], how: str) -> Check:
    """One history put together from what was chosen for each split."""
    if found.active.shape[1] < 2:
        return no_answer(name, ALONE)
    followed = [_followed(found, split) for split in splits]
    whole = stitched(splits, [outcome for _, outcome in followed], len(found.active))
    outside = float(sharpe_of(whole[np.isfinite(whole)]))
    inside = float(np.mean([ratio for ratio, _ in followed]))
    if not math.isfinite(outside):
        return no_answer(name, SAME)
    words = f"Sharpe {number(outside)} out of sample, {number(inside)} in sample, over the benchmark ({how})"
    passes = outside >= HALF * inside and outside > 0.0
    return Check(name, outside, 0.0, lit(outside, passes=passes, fails=outside <= 0.0), words)


def _crossed(found: Evidence) -> tuple[Check, Array]:
    """Combinatorial purged cross-validation: the middle path and the spread of all."""
    name, months = "combinatorial purged CV", len(found.active)
    groups, tested = WIDE if months >= ENOUGH * WIDE[0] else NARROW
    if found.active.shape[1] < 2:
        return no_answer(name, ALONE), np.empty(0)
    try:
        plan = combinatorial(spanning(months, ahead=AHEAD), groups=groups, tested=tested, embargo=_embargo(found))
        outcomes = [_followed(found, split)[1] for split in plan.splits()]
    except ParameterError as error:
        return no_answer(name, error.what), np.empty(0)
    ratios = np.sort(sharpe_of(paths(plan, outcomes)))
    if not np.isfinite(ratios).all():
        return no_answer(name, SAME), np.empty(0)
    middle = float(np.median(ratios))
    words = (
        f"over {len(ratios)} histories that nothing was learnt from, Sharpe {number(float(ratios[0]))} to "
        f"{number(float(ratios[-1]))} over the benchmark, middle {number(middle)}"
    )
    return Check(name, middle, 0.0, lit(middle, passes=bool(ratios[0] > 0.0), fails=middle <= 0.0), words), ratios


def _followed(found: Evidence, split: Split) -> tuple[float, Array]:
    """The best ratio a year in the rows to learn from, and what that variant did in the rows to be judged on."""
    ratios = sharpe_of(found.active[split.train].T)
    known = np.where(np.isfinite(ratios), ratios, -np.inf)
    best = int(np.argmax(known))
    return float(np.nan_to_num(ratios[best])), found.active[split.test, best]


def _embargo(found: Evidence) -> int:
    return max(1, round(0.01 * len(found.active)))
