"""Could luck, and the number of trials, explain it? The checks of the policy's own record beside all that was tried.

Ratios of the choice are over the benchmark, in months; only the probabilistic Sharpe ratio is over bills, as on the first
screen. The number of trials is the workspace's: every backtest and every variant of every sweep, the neighbours of this
validation included, and as many independent ones as their leads over the benchmark are worth (`worth_over_benchmark`).
Where the trials at hand are fewer than that, the p-value of data snooping is raised as if the others were as many more
sets of the same worth (Sidak 1967).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trimtab.desk.deflating import chance, record_of
from trimtab.desk.evidence import PER_YEAR, SAME, Evidence, no_answer, sharpe_of
from trimtab.desk.result import Trials
from trimtab.validation.checks import DEFLATED_SHARPE, OTHER_HALF, OVERFITTING, Check, Light, Ruling, lit, overall
from trimtab.validation.deflation import minimum_backtest_length
from trimtab.validation.findings import deflated, snooping
from trimtab.validation.haircut import Statistic, independent_haircut
from trimtab.validation.percents import number, percent
from trimtab.validation.reality_check import reality_check, superior_ability
from trimtab.validation.sharpe_probability import probabilistic_sharpe, track_record
from trimtab.validation.verdict import DRAWS, Judgement, asked, draws_for, judge, shown

SURE, LEVEL = 0.95, 0.05
COIN = 0.5
NO_LEAD = "it is not ahead of the benchmark at its own exposure, so there is nothing that luck would have to explain"
ONLY_BILLS = "between it and bills lies nothing but rounding"
ONE = "one variant was tried: nothing was chosen"


@dataclass(frozen=True, slots=True)
class Luck:
    """The checks in order; `total` different trials in the workspace, worth `effective` independent ones.

    `asked` is the Sharpe ratio a YEAR over the benchmark, as observed, from which on data snooping passes, NaN where none
    does; `persistence` the variance of the policy's mean over that of independent returns.
    """

    checks: tuple[Check, ...]
    total: int
    effective: float
    asked: float
    persistence: float


def luck(found: Evidence, trials: Trials, over: float) -> Luck:
    """Judge the policy among its neighbours and all `trials` of the workspace, whose leads are worth `over`."""
    judged = judge(found.active, seed=found.seed, per_year=PER_YEAR, chosen=0)
    total = max(judged.trials, trials.distinct)
    effective = min(max(judged.effective, over), float(total))
    many = draws_for(effective / max(judged.effective, 1.0))
    if many > DRAWS:  # a p-value among so many more has to be known to a smaller share
        judged = judge(found.active, seed=found.seed, per_year=PER_YEAR, chosen=0, draws=many)
    beside = _Beside(found, judged, total, effective)
    checks = (*beside.halves(), beside.probabilistic(), *beside.deflated(), *beside.lengths(), beside.snooping())
    least = asked(judged.by_luck, beside.unseen)
    return Luck((*checks, beside.reality(), beside.haircut()), total, effective, least, judged.persistence)


def ruling_of(checks: Sequence[Check]) -> Ruling:
    """The ruling on all checks but those of the choice that have no answer because there was none to make."""
    return overall([check for check in checks if not (check.light is Light.UNKNOWN and check.words.endswith(ONE))])


@dataclass(frozen=True, slots=True)
class _Beside:
    """The record of the policy beside its trials."""

    found: Evidence
    judged: Judgement
    total: int
    effective: float

    @property
    def unseen(self) -> float:
        """How many times the worth of the trials at hand all are worth."""
        return self.effective / max(self.judged.effective, 1.0)

    def halves(self) -> Iterator[Check]:
        """Probability of overfitting, and what becomes of the best of one half."""
        named = {check.name: check for check in self.judged.checks}
        for name in (OVERFITTING, OTHER_HALF):
            yield named.get(name, no_answer(name, ONE, COIN))

    def probabilistic(self) -> Check:
        """Whether the true ratio over bills is above 0, were this the only trial."""
        record = record_of(self.found.result)
        value = (
            float(probabilistic_sharpe(record.sharpe, periods=record.periods, skew=record.skew, kurtosis=record.kurtosis))
            if math.isfinite(record.kurtosis)
            else math.nan
        )
        if not math.isfinite(value):
            return no_answer("probabilistic Sharpe", ONLY_BILLS, SURE)
        ratio = number(record.sharpe * math.sqrt(record.per_year))
        words = f"{chance(value)} that the true Sharpe ratio over bills, {ratio} as observed, is above 0"
        return _answer("probabilistic Sharpe", value, SURE, words, passes=value >= SURE, fails=value < COIN)

    def deflated(self) -> tuple[Check, ...]:
        """What is left beside the best of all trials by luck."""
        if self.total == 1:
            return (no_answer(DEFLATED_SHARPE, ONE, SURE),)
        return deflated(self.found.active[:, 0], self.judged.persistence, self.effective, self.total)

    def lengths(self) -> Iterator[Check]:
        """Months that such a record needs, and years below which the best of so many shows as much by luck."""
        months, ratio = len(self.found.active), self.judged.sharpe
        record = track_record(self.found.active[:, 0])
        needed = float(record.needed(0.0)) if math.isfinite(float(record.kurtosis)) else math.nan
        words = f"{needed:,.0f} months of such returns show a lead over the benchmark, {months:,} are there"
        yield _answer("track record", needed, float(months), words, passes=needed <= months, fails=False)
        least = float(minimum_backtest_length(max(self.effective, 1.0), ratio)) if ratio > 0.0 else math.nan
        luck_alone = f"the best of {self.effective:,.1f} trials without merit shows {number(ratio)} in {least:.1f} years"
        words = f"{luck_alone}; here are {self.found.years:.1f}"
        yield _answer("backtest length", least, self.found.years, words, passes=least <= self.found.years, fails=False)

    def snooping(self) -> Check:
        """How often luck does as well, among all trials."""
        score = self.judged.sharpe / math.sqrt(PER_YEAR)
        alone = self.judged.checks[0].value
        return snooping(score, alone, self.total, self.unseen)

    def reality(self) -> Check:
        """White's reality check and Hansen's test on the neighbours, in blocks: does the best of them beat the benchmark?"""
        white = reality_check(self.found.active, seed=self.found.seed)
        hansen = superior_ability(self.found.active, seed=self.found.seed, block=white.block if white.draws else None)
        count = self.found.active.shape[1]
        if hansen.best < 0:
            return no_answer("reality check", hansen.says, LEVEL)
        words = f"p {number(white.upper, 3)} that the best of {count} is luck (Hansen's p {number(hansen.consistent, 3)})"
        return _answer("reality check", white.upper, LEVEL, words, passes=white.upper <= LEVEL, fails=False)

    def haircut(self) -> Check:
        """The ratio that one single test would have needed (Harvey and Liu 2015)."""
        ratio, months = self.judged.sharpe, len(self.found.active)
        if not ratio > 0.0:
            return no_answer("haircut Sharpe", NO_LEAD, 0.0)
        cut = independent_haircut(
            ratio, periods=months, tests=max(self.effective, 1.0), per_year=PER_YEAR, statistic=Statistic.STUDENT
        )
        left, p = float(cut.sharpe), float(cut.adjusted)
        share = percent(float(cut.share), 0)
        words = f"{number(ratio)} over the benchmark comes down to {number(left)} ({share} cut, p {number(p, 3)})"
        return _answer("haircut Sharpe", left, 0.0, words, passes=p <= LEVEL, fails=False)


def power(found: Evidence, trials: Luck) -> Check:
    """How strong an effect this history could have shown at all, by the bar that the ruling on luck sets."""
    mine = found.active[:, 0]
    name, observed = "detectable effect", float(sharpe_of(mine))
    if not math.isfinite(observed):
        return no_answer(name, SAME)
    least = shown(mine, PER_YEAR, max(trials.effective, 1.0), trials.asked, trials.persistence)
    if not math.isfinite(least.sharpe):
        return no_answer(name, least.words, observed)
    words = f"{least.words} This one showed {number(observed)} over the benchmark."
    return _answer(name, least.sharpe, observed, words, passes=observed >= least.sharpe, fails=False)


def _answer(name: str, value: float, threshold: float, words: str, *, passes: bool, fails: bool) -> Check:
    """The check with its light; without a value UNKNOWN, and why."""
    if not math.isfinite(value):
        return no_answer(name, NO_LEAD, threshold)
    return Check(name, value, threshold, lit(value, passes=passes, fails=fails), words)
