"""Does it hang on dates? The first day, the best stretches, the day of the month, parts of history, crises, regimes.

Parts of history and crises are compared with the benchmark as it is, episodes and rebalance days with the benchmark at the
policy's own exposure to it: a rule that stands in cash half of the time is not praised for a fall.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, frozen
from trimtab.core.terms import TOTAL_RETURN
from trimtab.desk.evidence import NOTHING, PER_YEAR, SAME, Evidence, no_answer
from trimtab.validation.checks import Check, lit
from trimtab.validation.correlation_regimes import correlation_regimes
from trimtab.validation.episodes import edge
from trimtab.validation.luck import StartLuck, start_luck, worst_start
from trimtab.validation.percents import signed
from trimtab.validation.subperiods import History, SubPeriod, SubPeriods, decades, halves, windows

HOLD = 5.0  # years that an investor is taken to stay
EPISODES, EPISODE = 2, 12  # the best stretches of a year
BROAD, ALL = 0.5, 1.0  # share of the edge in these up to which it is broad, and from which nothing else is left
CORRELATED = 36  # months
PAIR = (("equity",), ("bonds",))
EVEN = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """The checks, and what one path gives by its start."""

    checks: tuple[Check, ...]
    starts: StartLuck
    start_dates: Array


def calendar(found: Evidence) -> Calendar:
    """Start, episodes, parts of history, crises and correlation regimes."""
    result = found.result
    starts = start_luck(result.wealth, result.periods_per_year, rf=result.riskfree)
    dates = result.dates[: len(starts.cagr)]
    checks = (_start(found, starts), _episodes(found), _parts(found), _crises(found), _correlation(found))
    return Calendar(checks, starts, frozen(dates))


def _start(found: Evidence, starts: StartLuck) -> Check:
    """The worst holding period of some years, beside that of the benchmark."""
    name, f = "start date", found.result.periods_per_year
    mine = worst_start(found.result.wealth, f, HOLD)
    theirs = worst_start(found.still.wealth, f, HOLD)
    if not math.isfinite(mine.value):
        return no_answer(name, f"the history is shorter than {HOLD:g} years and a day")
    when, level = found.result.dates[mine.start], mine.value >= theirs.value - PER_YEAR * NOTHING
    words = f"{mine.words} It began on {when}; the benchmark's worst: {100.0 * theirs.value:+.1f} %. {starts.words}"
    return Check(name, mine.value, theirs.value, lit(mine.value, passes=level, fails=False), words)


def _episodes(found: Evidence) -> Check:
    """How much of the lead its best years make up."""
    name, ahead = "few episodes", found.active[:, 0]
    one = edge(ahead, np.zeros(len(ahead)), per_year=PER_YEAR, best=EPISODES, length=EPISODE)
    if not math.isfinite(one.share):
        return no_answer(name, one.reason or "it is not ahead of the benchmark at its own exposure: there is no edge to share")
    names = ", ".join(f"{found.dates[part.first]} to {found.dates[part.last + 1]}" for part in one.episodes)
    light = lit(one.share, passes=one.share <= BROAD, fails=one.share >= ALL)
    return Check(name, one.share, BROAD, light, f"{one.words} They are {names}.")


def _parts(found: Evidence) -> Check:
    """Both halves and every decade."""
    name, history = "sub-periods", _history(found)
    if found.same:
        return no_answer(name, SAME)
    two, tens = halves(history).parts, decades(history).parts
    every = SubPeriods((*two, *tens))
    leads = [(_lead(part), part.name) for part in every.differing]
    if len(every.differing) + len(every.level) < len(every.parts):
        return no_answer(name, "some values are unknown")
    if not leads:
        return no_answer(name, "it is level with the benchmark in every part")
    share = every.share_ahead
    worst, where = min(leads)
    words = f"Ahead of the benchmark in {share * len(leads):.0f} of {len(leads)} parts (two halves, {len(tens)} decades"
    words += f"; level, and not counted: {', '.join(every.level)})" if every.level else ")"
    both = all(_lead(part) > 0.0 for part in two)
    said = f"{words}; least in the {where}: {signed(worst)} a year."
    return Check(name, share, EVEN, lit(share, passes=both and share >= EVEN, fails=False), said)


def _lead(part: SubPeriod) -> float:
    """Growth a year ahead of the benchmark; of less than a year, all of it; 0 where the part is level with it."""
    if part.level:
        return 0.0
    mine, theirs = part.strategy, part.benchmark
    return mine.cagr - theirs.cagr if math.isfinite(mine.cagr) else mine.total - theirs.total


def _crises(found: Evidence) -> Check:
    """The great falls that the history holds whole."""
    name, seen = "crises", windows(_history(found))
    if found.same:
        return no_answer(name, SAME)
    if seen.level and not seen.differing:
        return no_answer(name, f"it is level with the benchmark in {', '.join(seen.level)}")
    if not math.isfinite(seen.share_ahead):
        return no_answer(name, f"the data reach none of {', '.join(one.split(',')[0] for one in seen.without)}")
    told = "; ".join(part.words.rstrip(".") for part in seen.parts)
    missed = f". Not reached: {', '.join(one.split(',')[0] for one in seen.without)}" if seen.without else ""
    even = f". Level, and not counted: {', '.join(one.split(',')[0] for one in seen.level)}" if seen.level else ""
    share = seen.share_ahead
    return Check(name, share, EVEN, lit(share, passes=share >= EVEN, fails=False), f"{told}{even}{missed}.")


def _correlation(found: Evidence) -> Check:
    """Whether it needs bonds that rise when shares fall."""
    name = "stock-bond correlation"
    if found.same:
        return no_answer(name, SAME)
    pair = [_of_class(found, wanted) for wanted in PAIR]
    if pair[0] is None or pair[1] is None:
        return no_answer(name, "the universe has no class `equity`, or none `bonds`, with known prices")
    if len(found.rf) <= CORRELATED:
        return no_answer(name, f"{len(found.rf)} months are no longer than the window of {CORRELATED}")
    both = correlation_regimes(
        found.returns[:, 0], found.benchmark, (pair[0], pair[1]), window=CORRELATED, per_year=PER_YEAR, rf=found.rf
    )
    leads = [one.ahead for one in (both.together, both.apart) if math.isfinite(one.ahead)]
    if len(leads) < 2:
        kind = "together" if math.isfinite(both.together.ahead) else "apart"
        return no_answer(name, f"shares and bonds only ever moved {kind} here")
    if not any(leads):
        return no_answer(name, "it is level with the benchmark, whichever way shares and bonds moved")
    least = min(leads)
    return Check(name, least, 0.0, lit(least, passes=least > 0.0, fails=False), both.words)


def _of_class(found: Evidence, classes: tuple[str, ...]) -> Array | None:
    """Monthly returns (M - 1,) of the assets of a class in equal parts; None where there is none with known prices."""
    market = found.result.market
    mine = [a for a, asset in enumerate(market.assets) if asset.asset_class in classes]
    rows = np.searchsorted(market.sessions, found.dates)
    index = market.fields[TOTAL_RETURN][rows]
    known = [a for a in mine if np.isfinite(index[:, a]).all()]
    return np.asarray((index[1:, known] / index[:-1, known] - 1.0).mean(axis=1)) if known else None


def _history(found: Evidence) -> History:
    """All sessions of the policy and its benchmark, or the months they share where one begins later."""
    mine, theirs = found.result, found.still
    if not np.array_equal(mine.dates, theirs.dates):  # a benchmark that could not start as early
        return _monthly(found)
    return History(mine.dates, mine.wealth, theirs.wealth, float(mine.periods_per_year), mine.riskfree)


def _monthly(found: Evidence) -> History:
    grown = np.concatenate([[1.0], np.cumprod(1.0 + found.returns[:, 0])])
    other = np.concatenate([[1.0], np.cumprod(1.0 + found.benchmark)])
    return History(found.dates, grown, other, float(PER_YEAR), found.rf)
