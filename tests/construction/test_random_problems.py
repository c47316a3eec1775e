"""All limits together: every target keeps them to 1e-6, or it is refused in words; never a NaN weight."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from tests.construction.problems import Problem, problem
from tests.construction.reference import aims_of
from trimtab.construction.admit import admit
from trimtab.construction.bands import To
from trimtab.construction.pace import Pace
from trimtab.core.errors import BreachError
from trimtab.core.frictions import LimitKind
from trimtab.core.trades import Reach
from trimtab.execution.gate import book_from

Way = Callable[[Problem], Reach]
SEED = int(os.environ.get("TRIMTAB_SOAK_SEED", "0"))
PACES = (Pace(), Pace(0.02), Pace(each=0.02, to=To.EDGE), Pace(relative=0.25, to=To.HALF), Pace(each=0.05, relative=0.2))


def ours(question: Problem, pace: Pace = Pace()) -> Reach:  # noqa: B008 - frozen
    goal = admit(question.aim[None], question.rules, question.covariance[None]).weights[0]
    if np.isnan(goal).any():
        raise BreachError("no goal")
    return pace(aims_of(goal), question.book, question.rules, None)  # type: ignore[arg-type]


def check(question: Problem, reach: Reach) -> None:
    """What the gate checks, without its grace for turnover: only a tilt that was set aside may be broken."""
    book, target = question.book, reach.target
    assert np.isfinite(target).all()
    assert (target >= -1e-9).all()
    for breach in question.rules.breaches(target, book_from(reach.base, book), tolerance=1e-6):
        tilt = breach.rule.limit.kind is LimitKind.TILT and "tilt" in reach.relaxed
        assert tilt or breach.amount <= breach.passive + 1e-6, (breach.rule.limit.words, breach.amount, breach.passive)
    if "turnover" not in reach.relaxed:
        window = question.rules.window(book)
        low, high = window if window is not None else (-np.inf, np.inf)
        assert (reach.base >= low - 1e-9).all()
        assert (reach.base <= high + 1e-9).all()


def run(seed: int, count: int, way: Way | None = None) -> Counter[str]:
    rng = np.random.default_rng(seed)
    seen: Counter[str] = Counter()
    for number in range(count):
        question = problem(rng)
        try:
            reach = way(question) if way else ours(question, PACES[number % len(PACES)])
        except BreachError:
            seen["refused"] += 1
            continue
        check(question, reach)
        seen["kept"] += 1
        seen.update(reach.relaxed)
    return seen


def test_random_problems_are_solved_or_refused() -> None:
    seen = run(1, 300)
    assert seen["kept"] > 200
    assert seen["tilt"] > 10
    assert seen["turnover"] > 10


@pytest.mark.soak
def test_ten_thousand_random_problems_are_solved_or_refused() -> None:
    seen = run(SEED, 10_000)
    assert seen["kept"] > 7_000
