"""Is the variant that was chosen from a sweep any good, or is it what the best of so many had to look like?

Four questions, from the returns of ALL variants over the benchmark, in the order of their weight:

* **data snooping**: how often would the best of these variants, were none better than the benchmark, come out as far ahead
  as the chosen one? (Hansen 2005, consistent p-value; where the choice is not the best, one step of Romano and Wolf 2005.)
  The bootstrap keeps what the variants have in common, so 200 copies count as one and 200 strangers as 200.
* **deflated Sharpe** (Bailey and Lopez de Prado 2014): is the chosen Sharpe ratio above what the best of them shows by luck?
* **probability of overfitting** (Bailey et al. 2017): is the best of one half of the blocks of history in the lower half of
  the ranks in the other? Where all variants carry the same effect, ranks are noise though the effect is real: so it warns,
  and fails only together with
* **other half**: how often does what was best in one half lose money in the other?

Returns that follow themselves are first made as sure as they are: means are divided by the root of `persistence`, and rows
are drawn one by one. On noise with autocorrelation .4 blocks alone, of the automatic length, let one in five through.

The deflated ratio takes the variance of luck, 1 / (T - 1), with the effective number of trials, and not the variance across
trials, as the original does: that holds what differs between good and bad variants for luck. Where 20 of 200 variants
carried a true Sharpe ratio of 1 over 20 years, it passed 7 of 100.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from trimtab.core.arrays import Array, frozen
from trimtab.core.errors import ParameterError
from trimtab.numerics.returns import NO_SPREAD
from trimtab.validation.checks import Check, Ruling, overall
from trimtab.validation.effective_trials import effective_trials
from trimtab.validation.findings import deflated, halves, snooping
from trimtab.validation.persistence import persistence
from trimtab.validation.power import Detectable, History, detectable
from trimtab.validation.reality_check import TIE, superior_ability
from trimtab.validation.sharpe_probability import track_record
from trimtab.validation.thresholds import CHANCE, SEEN
from trimtab.validation.variants import variants

DRAWS, MOST_DRAWS = 1000, 50_000


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be thought of the variant `chosen`, one of `trials` that were run, worth `effective` independent ones.

    `sharpe` is its Sharpe ratio a YEAR over the benchmark as observed (ddof 1), `persistence` the variance of its mean over
    that of independent returns. `detectable` is the true Sharpe ratio a year that would have passed the checks of luck in 8
    of 10 histories such as this one, NaN where none would; where many variants carry an effect, less is enough. `by_luck`
    (draws,), from the least on, are the ratios a YEAR that the best of all showed in histories without merit.
    """

    ruling: Ruling
    checks: tuple[Check, ...]
    chosen: int
    trials: int
    effective: float
    sharpe: float
    persistence: float
    detectable: float
    by_luck: Array = field(repr=False, compare=False)

    @property
    def words(self) -> str:
        """The ruling and what this history could have shown, in two sentences."""
        many = f"the best of {self.trials:,} variants" if self.trials > 1 else "the only variant"
        said = {
            Ruling.HOLDS: f"Luck among {self.trials:,} does not explain it: the effect holds.",
            Ruling.NOT_SHOWN: "An effect is not shown.",
            Ruling.OVERFITTED: f"It is no better than {many} by luck: overfitted.",
        }[self.ruling]
        if np.isnan(self.detectable):
            return said
        return f"{said} A true Sharpe ratio of {self.detectable:.2f} a year over the benchmark would be seen 8 times in 10."


def judge(
    active: Array,
    *,
    seed: int,
    per_year: float,
    chosen: int | None = None,
    trials: int | None = None,
    draws: int | None = None,
) -> Judgement:
    """Judge the choice of one variant by the returns of all over the benchmark, `active` (T, N), one row a period.

    Take them from `hedged`; plain differences do where every variant is as exposed to the market as the benchmark. `chosen`
    is the variant's number, without one the best. `trials` counts every variant that was ever run, also those whose returns
    are not here; they count as if as unlike each other as these. Without `draws` there are 1,000, and as many more as there
    are more trials than variants, up to 50,000: a p-value is never below one in as many. Raises DataError for unknown
    returns and fewer than 3 rows, ParameterError for a number that is no variant's, fewer trials than variants, and no
    draws.
    """
    rows = variants(active, rows=3, columns=1)
    number = rows.shape[1]
    total = number if trials is None else trials
    _require(number, chosen, total, per_year)
    stretch, scores = persistence(rows), _scores(rows)
    pick = _pick(scores, stretch) if chosen is None else chosen
    effective = max(1.0, effective_trials(rows, seed=seed).count) * total / number
    many = draws_for(total / number) if draws is None else draws
    luck = superior_ability(_capped(rows, scores / np.sqrt(stretch), pick), seed=seed, draws=many, block=1.0).by_luck
    error, a_year = np.sqrt(stretch[pick] / len(rows)), np.sqrt(per_year * (1.0 - 1.0 / len(rows)))  # a year has ddof 1
    checks = (
        snooping(scores[pick], _reaching(luck, scores[pick] / error), total, total / number),
        *deflated(rows[:, pick], stretch[pick], effective, total),
        *halves(rows),
    )
    sharpe, lasts, by_luck = float(scores[pick] * a_year), float(stretch[pick]), frozen(luck * error * a_year)
    least = shown(rows[:, pick], per_year, effective, asked(by_luck, total / number), lasts).sharpe
    return Judgement(overall(checks), checks, pick, total, effective, sharpe, lasts, least, by_luck)


def asked(by_luck: Array, unseen: float = 1.0) -> float:
    """The lowest Sharpe ratio, as observed, that passes data snooping among `unseen` times as many trials as are at hand.

    `by_luck` (draws,), from the least on, are those of the best in histories without merit. NaN where none passes: too few
    histories were drawn to tell so small a chance, or no variant varies.
    """
    rare = -math.expm1(math.log1p(-CHANCE) / unseen)
    others = math.floor(rare * (1.0 + len(by_luck))) - 1  # so many, besides the real history, may reach it
    return float(by_luck[-1 - others]) if 0 <= others < len(by_luck) else math.nan


def shown(returns: Array, per_year: float, trials: float, least: float, stretch: float) -> Detectable:
    """How strong an effect a history such as that of `returns` (T,) shows with the chance SEEN.

    Held against `trials` independent ones, where data snooping passes from the ratio `least` a YEAR on and returns follow
    themselves by the persistence `stretch`.
    """
    record = track_record(returns)
    return detectable(
        History(record.periods, per_year, trials, least, stretch, float(record.skew), float(record.kurtosis)), power=SEEN
    )


def draws_for(unseen: float) -> int:
    """How many draws tell a chance of CHANCE among `unseen` times as many trials as are at hand."""
    return int(min(max(DRAWS, np.ceil(2.0 * unseen / CHANCE)), MOST_DRAWS))


def _reaching(by_luck: Array, lead: float) -> float:
    """The share of histories (draws,) that reach `lead`, the real one among them: none is rarer than one in as many.

    As Phipson and Smyth 2010 have it. NaN where nothing was drawn.
    """
    reached = np.count_nonzero(by_luck >= lead - TIE * abs(lead))
    return float((1.0 + reached) / (1.0 + len(by_luck))) if len(by_luck) else math.nan


def _require(number: int, chosen: int | None, trials: int, per_year: float) -> None:
    """Raise ParameterError for what `judge` refuses."""
    if trials < number:
        raise ParameterError(
            f"{trials} trials, but the returns of {number}", field="trials", remedy="Count every one ever run."
        )
    if not 0.0 < per_year < np.inf:
        raise ParameterError(f"{per_year:g} periods a year", field="per_year", remedy="Give 252, 52, 12 or 4.")
    if chosen is not None and not 0 <= chosen < number:
        raise ParameterError(f"variant {chosen} of {number}", field="chosen", remedy=f"Give 0 to {number - 1}.")


def _scores(rows: Array) -> Array:
    """Mean over standard deviation a period (N,), ddof 0 as in the bootstrap; NaN where a variant does not vary."""
    spread = rows.std(axis=0)
    return np.asarray(rows.mean(axis=0) / np.where(spread > NO_SPREAD, spread, np.nan))


def _pick(scores: Array, stretch: Array) -> int:
    """The best, for its persistence; the first where none varies."""
    known = np.where(np.isfinite(scores), scores / np.sqrt(stretch), -np.inf)
    return int(np.argmax(known))


def _capped(rows: Array, scores: Array, pick: int) -> Array:
    """The same variants with means that give `scores` (N,), none above that of `pick`, which is put at 0 where it lags.

    What the bootstrap draws about the means is not changed by that, and so the best lead it finds is the chosen one's. One
    that lags takes nobody down with it: what luck does is the same for a good choice and a bad one.
    """
    known = np.where(np.isfinite(scores), scores, 0.0)
    level = max(float(known[pick]), 0.0)
    wanted = np.minimum(known, level)
    wanted[pick] = level
    return np.asarray(rows - rows.mean(axis=0) + wanted * rows.std(axis=0))
