"""All limits together: every target keeps them to 1e-6, or it is refused in words; never a NaN weight."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from tests.construction.problems import Problem, problem
from tests.construction.reference import aims_of
from trimtab.construction.admit import admit
from trimtab.construction.bands import To
from trimtab.construction.pace import Pace
from trimtab.construction.standing import stand
from trimtab.core.errors import BreachError
from trimtab.core.frictions import Box, LimitKind
from trimtab.core.region import Region
from trimtab.core.rules import Rules
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


# What was set aside had to be, says a linear programme.


def possible(region: Region, box: Box | None) -> bool:
    """Whether any portfolio lies in a region, groups overlapping or not, and a box (HiGHS)."""
    low, high = region.low, region.high
    if box is not None:
        low, high = np.maximum(low, box[0]), np.minimum(high, box[1])
    rows, ends = [np.ones(len(low)), -np.ones(len(low))], [1.0 - region.low_cash, region.high_cash - 1.0]
    for group in region.groups:
        rows += [group.members.astype(float), -group.members.astype(float)]
        ends += [group.cap, -group.floor]
    kept = np.isfinite(ends)
    if (low > high + 1e-9).any():
        return False
    bounds = list(zip(low, np.maximum(low, high), strict=True))
    answer = linprog(np.zeros(len(low)), np.array(rows)[kept], np.array(ends)[kept], bounds=bounds)
    return bool(answer.status == 0)


def check_order(question: Problem) -> str:
    """The first of the published steps on which there is a portfolio is the one that was taken."""
    book, rules = question.book, question.rules
    firm, window = rules.window(book, firm=True), rules.window(book)
    region, essential = rules.region, rules.essential
    if firm is not None:
        region, essential = region.widened(*firm), essential.widened(*firm)
    steps = {(): (region, window), ("turnover",): (region, firm), ("tilt",): (essential, window)}
    steps[("turnover", "tilt")] = (essential, firm)
    expected = next((kinds for kinds, step in steps.items() if possible(*step)), None)
    try:
        found = stand(book, rules).relaxed
    except BreachError:
        assert expected is None
        return "refused"
    assert found == expected
    return "+".join(found)


def test_no_kind_of_limit_is_set_aside_without_need() -> None:
    rng, seen = np.random.default_rng(11), Counter[str]()
    while seen.total() < 250:
        question = problem(rng)
        if not question.rules.bounds and not question.rules.plain:
            seen[check_order(replace(question, book=replace(question.book, still=None)))] += 1
    assert all(seen[kinds] for kinds in ("", "turnover", "tilt", "turnover+tilt", "refused")), seen


# Planted faults.


def ignores_today(question: Problem) -> Reach:
    """The goal, whatever is locked, thinly traded or spent."""
    goal = admit(question.aim[None], question.rules, question.covariance[None]).weights[0]
    if np.isnan(goal).any():
        raise BreachError("no goal")
    return Reach(goal, question.book.held, np.asarray(1.0), np.asarray(np.inf))


def never_repairs(question: Problem) -> Reach:
    return Reach(question.book.held, question.book.held, np.asarray(0.0), np.asarray(0.0))


def forgets_risk(question: Problem) -> Reach:
    """Every limit but those on risk."""
    rules = question.rules
    kept = Rules(tuple(rule for rule in rules.rules if not hasattr(rule.limit, "risk")), rules.count)
    return ours(Problem(question.aim, question.book, kept))


@pytest.mark.parametrize("fault", [ignores_today, never_repairs, forgets_risk], ids=lambda fault: fault.__name__)
def test_planted_faults_are_caught(fault: Way) -> None:
    with pytest.raises(AssertionError):
        run(1, 60, fault)
