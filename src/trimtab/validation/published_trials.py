"""A haircut among strategies like those that others have tried and published (Harvey, Liu and Zhu 2016; Harvey and Liu 2015).

Holm's and BHY's adjustments need the p-values of ALL tests. Where the other tests are not at hand, Harvey and Liu draw them
from the world that Harvey, Liu and Zhu ("... and the cross-section of expected returns", Review of Financial Studies 29(1))
fitted to published factors: 240 months at 15 % volatility, equally correlated returns; a share of the strategies has no
merit, the mean monthly returns of the others are exponential. The share and the mean are those they found for each
correlation, and on the line between. The adjusted p-value is the median over the draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.numerics.normal import normal_cdf
from trimtab.validation.haircut import Haircut, Statistic, bonferroni_haircut, haircut_at
from trimtab.validation.multiple_testing import Adjustment, adjusted_p_values

# Harvey, Liu and Zhu 2016: correlation of returns, share without merit, mean monthly return of the others.
_CORRELATION = np.array([0.0, 0.2, 0.4, 0.6, 0.8])
_WITHOUT_MERIT = np.array([0.39660, 0.44589, 0.48604, 0.59902, 0.83901])
_MEAN_RETURN = np.array([0.0054995, 0.0055508, 0.0055413, 0.0055512, 0.0055956])
_MONTHS, _VOLATILITY = 240, 0.15 / np.sqrt(12.0)
AT_ONCE = 1_000_000  # p-values drawn at a time


@dataclass(frozen=True, slots=True)
class Published:
    """The world of the other tests: how many, how correlated their returns, and how it is drawn."""

    tests: int
    correlation: float = 0.2
    seed: int = 0
    draws: int = 2000

    def __post_init__(self) -> None:
        """Check the ranges; the correlation is that of the published table, 0 to 0.8."""
        if self.tests < 1 or self.draws < 1:
            what = f"{self.draws} draws of {self.tests} tests"
            raise ParameterError(what, field="tests", remedy="Give at least one of both.")
        if not 0.0 <= self.correlation <= 0.8:
            what = f"a correlation of {self.correlation:g}"
            raise ParameterError(what, field="correlation", remedy="The published world reaches from 0 to 0.8.")


def published_haircuts(
    sharpe: float, *, periods: int, world: Published, per_year: float = 12.0
) -> tuple[Mapping[Adjustment, Haircut], Haircut]:
    """The haircut of a Sharpe ratio a YEAR by each adjustment, and that at the mean of the three p-values.

    Raises ParameterError where `per_year` is not above 0.
    """
    plain = bonferroni_haircut(sharpe, periods=periods, tests=world.tests, per_year=per_year)
    found = {Adjustment.BONFERRONI: plain}
    for adjustment, p in zip((Adjustment.HOLM, Adjustment.BHY), _medians(plain.single, world), strict=True):
        found[adjustment] = haircut_at(sharpe, p, periods=periods, per_year=per_year, statistic=Statistic.STUDENT)
    mean = float(np.mean([one.adjusted for one in found.values()]))
    return found, haircut_at(sharpe, mean, periods=periods, per_year=per_year, statistic=Statistic.STUDENT)


def _medians(single: Array, world: Published) -> tuple[Array, Array]:
    """Median adjusted p-values by Holm and BHY of a test with the p-value `single` among drawn ones."""
    rng = np.random.default_rng(world.seed)
    step = max(1, AT_ONCE // (world.tests + 1))
    found: list[list[Array]] = [[], []]
    for done in range(0, world.draws, step):
        rows = min(step, world.draws - done)
        others = 2.0 * normal_cdf(-np.abs(_drawn(rng, rows, world)))
        everyone = np.concatenate([np.full((rows, 1), single), others], axis=1)
        for answers, adjustment in zip(found, (Adjustment.HOLM, Adjustment.BHY), strict=True):
            answers.append(adjusted_p_values(everyone, adjustment)[:, 0])
    holm, bhy = (np.asarray(np.median(np.concatenate(answers))) for answers in found)
    return holm, bhy


def _drawn(rng: np.random.Generator, rows: int, world: Published) -> Array:
    """t-statistics (rows, tests) of published strategies."""
    shape, r = (rows, world.tests), world.correlation
    luck = np.sqrt(r) * rng.normal(size=(rows, 1)) + np.sqrt(1.0 - r) * rng.normal(size=shape)
    merit = rng.random(shape) > np.interp(r, _CORRELATION, _WITHOUT_MERIT)
    means = merit * rng.exponential(np.interp(r, _CORRELATION, _MEAN_RETURN), shape)
    return np.asarray(luck + means * np.sqrt(_MONTHS) / _VOLATILITY)
