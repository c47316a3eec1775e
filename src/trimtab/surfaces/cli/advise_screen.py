"""The advice on the screen: the approach, the points of all six, settings, reasons, conflicts, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from trimtab.desk.advising import CALENDAR, NO_ADVICE, Plan, standing, target_of
from trimtab.governance.answers import QUESTIONS
from trimtab.governance.checklist import CORE, SIMPLEST, WATCH, Advice
from trimtab.governance.decision_table import ORDER, Approach
from trimtab.surfaces.cli.wrapping import wrapped

WIDE = max(len(one.value) for one in ORDER)


def lines(plan: Plan) -> Iterator[str]:
    """The whole answer."""
    advice = plan.advice
    if advice.blocked:
        yield from wrapped(f"NOTHING MAY START YET: {advice.blocked}.")
        yield from wrapped("Write them down: --benchmark, --volatility or --tracking-error, --max-drawdown.")
        yield from wrapped(f"By the other answers it would be: {advice.approach.value}")
    elif _wanted(advice):
        yield from wrapped(f"What was wanted: {advice.approach.value}. What fits the answers: {_best(advice).value}")
    else:
        yield from wrapped(f"What fits: {advice.approach.value}")
    yield ""
    yield from _scores(advice)
    yield ""
    yield from _settings(plan)
    yield ""
    yield from _reasons(advice)
    for sentence in advice.conflicts:
        yield from wrapped(f"! {sentence}")
    yield ""
    yield from _begin()


def _best(advice: Advice) -> Approach:
    """The approach with the most points, of equals the simplest."""
    return max(SIMPLEST, key=lambda one: advice.scores[one])


def _wanted(advice: Advice) -> bool:
    """Whether somebody chose another approach than the one that fits."""
    return advice.approach is not Approach.STATIC and advice.approach is not _best(advice)


def _scores(advice: Advice) -> Iterator[str]:
    """One line an approach, in the order of the table; who wins is told by a word, not by colour."""
    for one in ORDER:
        points = advice.scores[one]
        mark = "<- close: a satellite" if one is advice.satellite else ""
        if one is advice.approach:
            mark = "<- wanted" if _wanted(advice) else "<- fits"
        yield f"  {one.value:<{WIDE}} {points:+3d}  {'#' * max(points, 0):<9} {mark}".rstrip()
    if advice.satellite is not None:
        words = f"{CORE:.0%} in {advice.approach.value}, {1 - CORE:.0%} in {advice.satellite.value}"
        yield from wrapped(f"Within a point of each other: core and satellite are open, {words}.")
    if advice.approach is Approach.STATIC:
        yield from wrapped("No answer asks for a static allocation: it has no points.")


def _settings(plan: Plan) -> Iterator[str]:
    """The hard settings in words."""
    settings = plan.advice.settings
    bounds = [
        f"tilts of at most {settings.tilt:.0%}" + (" (more is open to those who ask)" if settings.wider_tilt else ""),
        f"turnover of at most {settings.turnover:.0%} a quarter",
        "no bound on leverage" if settings.leverage is None else f"leverage of at most {settings.leverage}",
        f"a volatility target ({target_of(plan):.0%} a year)" if settings.volatility_target else "",
        f"at most {settings.signals} signals" if settings.signals else "",
        "overrides within the tilt, each logged, with an expiry" if settings.overrides else "no overrides",
    ]
    yield from wrapped(f"Hard settings: {'; '.join(filter(None, bounds))}.")
    for sentence in standing(plan.advice):
        yield from wrapped(f"- {sentence}")
    if plan.yardstick.words:
        yield from wrapped(f"Success is: {'; '.join(plan.yardstick.words)}.")
    if not plan.advice.blocked:
        for sentence in plan.yardstick.missing:
            yield from wrapped(f"! success is defined, but this is not written down: {sentence}")


def _reasons(advice: Advice) -> Iterator[str]:
    """Question, answer, points for the approach, what it sets."""
    yield f" {'Why':<10} {'answer':<11} points  what it sets"
    width = max(map(len, QUESTIONS))
    for one in advice.reasons:
        ours = " (our choice: the article says nothing)" if one.ours else ""
        text = f"{one.question:<{width}}  {one.answer.value:<11} {one.points:+6d}  {one.setting}{ours}"
        yield from wrapped(text, indent=width + 22)


def _begin() -> Iterator[str]:
    yield from wrapped(f"{WATCH} {CALENDAR}")
    yield from wrapped(NO_ADVICE)


def next_steps(policy: str, plan: Plan) -> tuple[str, ...]:
    """Commands to go on with, in their order: what was it worth, is it to be believed, and then on paper in the past."""
    first = "2018-01-31" if plan.data is None else "DATE"
    desk = "--workspace practice"
    steps = (
        f"backtest {policy}",
        f"practice {policy} --account ME --at {first} {desk}",
        f"validate {policy} {desk}",
        f'policy commit {policy} --hypothesis "..." {desk}',
        f"policy promote {policy} --to candidate {desk}",
        f"policy promote {policy} --to paper {desk}",
        f"month --account ME {desk}",
    )
    return tuple(f"trimtab {step}" for step in steps)
