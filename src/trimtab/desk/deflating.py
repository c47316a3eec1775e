"""What is left of a backtest's Sharpe ratio beside all the trials of its workspace (Bailey and Lopez de Prado 2014).

The number of trials is the effective one, and the variance that goes with it no less than that of one trial without merit
(`validation.deflation`). The first trial of a workspace has nothing to be deflated by: the probabilistic Sharpe ratio, the
probability of a true one above 0. Moments are those of the return of a period above bills.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.desk.result import Result, Trials
from trimtab.validation.deflation import deflated_sharpe
from trimtab.validation.sharpe_probability import track_record
from trimtab.validation.subperiods import ROUNDING


@dataclass(frozen=True, slots=True)
class Record:
    """Sharpe ratio A PERIOD, skewness and kurtosis (not in excess) of `periods` returns, `per_year` of them in a year."""

    sharpe: float
    skew: float
    kurtosis: float
    periods: int
    per_year: int

    @property
    def figures(self) -> dict[str, Any]:
        """As a line of the registry holds it, the Sharpe ratio a YEAR; None where a figure is not defined."""
        values = {"sharpe": self.sharpe * math.sqrt(self.per_year), "skew": self.skew, "kurtosis": self.kurtosis}
        known = {key: value if math.isfinite(value) else None for key, value in values.items()}
        return known | {"periods": self.periods, "periods_per_year": self.per_year}


@dataclass(frozen=True, slots=True)
class Deflated:
    """`probability` that the true Sharpe ratio is above `target` (A YEAR), what luck alone shows; NaN where not defined.

    `trials` is how many different ones there were, 0 where nobody counts them; `words` says all of it in a sentence.
    """

    probability: float = math.nan
    target: float = math.nan
    trials: int = 0
    effective: float = 0.0
    words: str = ""


def record_of(result: Result) -> Record:
    """The moments of a backtest; NaN where nothing but rounding lies between its returns and those of bills."""
    excess = result.returns - result.riskfree
    found = track_record(excess)
    known = bool(np.abs(excess).max(initial=0.0) > ROUNDING)
    moments = (float(found.sharpe), float(found.skew), float(found.kurtosis)) if known else (math.nan,) * 3
    return Record(*moments, len(result.returns), result.periods_per_year)


def deflated(result: Result) -> Deflated:
    """The deflated Sharpe ratio of a backtest; without number where it belongs to no workspace, or there is no ratio."""
    return Deflated() if not result.trials.total else deflate(record_of(result), result.trials)


def deflate(record: Record, trials: Trials) -> Deflated:
    """The deflated Sharpe ratio of a record, the best perhaps of `trials`."""
    count = max(trials.distinct, 1)
    effective = min(max(trials.effective or float(count), 1.0), float(count))
    if not all(map(math.isfinite, (record.sharpe, record.skew, record.kurtosis))) or record.periods < 2:
        return Deflated(trials=count, effective=effective, words=f"No Sharpe ratio to deflate, of {_trials(count)}.")
    found = deflated_sharpe(
        record.sharpe,
        periods=record.periods,
        skew=record.skew,
        kurtosis=record.kurtosis,
        trials=effective,
        variance=max(trials.variance or 0.0, 1.0 / (record.periods - 1)),
    )
    target = float(found.target) * math.sqrt(record.per_year)
    probability = float(found.probability)
    return Deflated(probability, target, count, effective, _words(probability, target, count, effective))


def chance(probability: float) -> str:
    """A probability as it is read; never 0 or 1, which no sample shows."""
    if math.isnan(probability):
        return "n/a"
    return "below 0.001" if probability < 0.0005 else "above 0.999" if probability >= 0.9995 else f"{probability:.3f}"


def _words(probability: float, target: float, count: int, effective: float) -> str:
    if count == 1:
        what = f"Probabilistic Sharpe ratio {chance(probability)}: the probability that the true one is above 0"
        return f"{what}, of {_trials(count)}."
    alike = f", worth {effective:.1f} independent ones," if effective < count - 0.05 else ""
    what = f"Deflated Sharpe ratio {chance(probability)}: the probability that the true one is above {target:.2f} a year"
    return f"{what}, which the best of {_trials(count)}{alike} would show by luck."


def _trials(count: int) -> str:
    return f"{count:,} trial{'' if count == 1 else 's'} in this workspace"
