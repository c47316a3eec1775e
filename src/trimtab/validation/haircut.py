"""What a Sharpe ratio comes down to once the number of tests is counted (Harvey and Liu 2015).

"Backtesting", Journal of Portfolio Management 42(1). The ratio becomes a t-statistic, S sqrt(T) with S a period; that a
two-sided p-value; the p-value is adjusted for the number of tests; and the way back gives the ratio that one single test
would have needed for it. Returns that follow on one another carry less than they seem to: `autocorrelation_factor` (Lo 2002)
comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.numerics.normal import normal_cdf, normal_quantile
from trimtab.numerics.returns import over
from trimtab.numerics.student import student_beyond, student_tail
from trimtab.validation.multiple_testing import independent_p_value, number_of_tests


class Statistic(Enum):
    """The distribution that turns t into p and back."""

    STUDENT = "student"  # T - 1 degrees of freedom, as in the authors' program
    NORMAL = "normal"  # as in the worked example of the paper


@dataclass(frozen=True, slots=True, eq=False)
class Haircut:
    """All (...): the p-value `single` of one test, and `adjusted` for all; the Sharpe ratio a year that is left; the share
    cut off.

    `share` is NaN where the ratio is not above 0: it has nothing to lose.
    """

    single: Array
    adjusted: Array
    sharpe: Array
    share: Array


def bonferroni_haircut(
    sharpe: Array | float,
    *,
    periods: Array | float,
    tests: Array | float,
    per_year: float = 12.0,
    statistic: Statistic = Statistic.STUDENT,
) -> Haircut:
    """`sharpe` a YEAR from `periods` of which `per_year` make one, p adjusted as tests * p; see `haircut_at`."""
    single = single_p_value(sharpe, periods=periods, per_year=per_year, statistic=statistic)
    adjusted = np.minimum(single * number_of_tests(tests), 1.0)
    return haircut_at(sharpe, adjusted, periods=periods, per_year=per_year, statistic=statistic)


def independent_haircut(
    sharpe: Array | float,
    *,
    periods: Array | float,
    tests: Array | float,
    per_year: float = 12.0,
    statistic: Statistic = Statistic.NORMAL,
) -> Haircut:
    """`sharpe` a YEAR from `periods` of which `per_year` make one, p adjusted as 1 - (1 - p)^tests; see `haircut_at`.

    `tests` may be an effective number.
    """
    single = single_p_value(sharpe, periods=periods, per_year=per_year, statistic=statistic)
    return haircut_at(sharpe, independent_p_value(single, tests), periods=periods, per_year=per_year, statistic=statistic)


def haircut_at(
    sharpe: Array | float, adjusted: Array | float, *, periods: Array | float, per_year: float, statistic: Statistic
) -> Haircut:
    """The haircut (...) that leaves `sharpe` a YEAR with the p-value `adjusted` for all tests, however that was found.

    0 is left where `adjusted` is 1. NaN where a number is unknown and below two periods. Where p is too small for a double the
    ratio is left as it is. Raises ParameterError where `per_year` is not above 0.
    """
    ratio, count = np.asarray(sharpe, dtype=float), np.asarray(periods, dtype=float)
    single = single_p_value(ratio, periods=count, per_year=per_year, statistic=statistic)
    half = np.asarray(adjusted, dtype=float) / 2.0
    if statistic is Statistic.NORMAL:
        t = -normal_quantile(half)
    else:
        t = student_beyond(half, np.where(count >= 2.0, count - 1.0, 1.0))
    left = np.maximum(t, 0.0) * np.sqrt(per_year / np.where(count >= 2.0, count, np.nan))
    left = np.where(half == 0.0, ratio, left)
    share = over(ratio - left, np.where(ratio > 0.0, ratio, np.nan))
    return Haircut(single, 2.0 * half, left, share)


def single_p_value(
    sharpe: Array | float,
    *,
    periods: Array | float,
    per_year: float = 12.0,
    statistic: Statistic = Statistic.STUDENT,
) -> Array:
    """Two-sided p-value (...) of a Sharpe ratio a YEAR, as of one test; 1 for a ratio of 0 or less, which no haircut helps.

    NaN where a number is unknown and below two periods. Raises ParameterError where `per_year` is not above 0.
    """
    if not 0.0 < per_year < np.inf:
        raise ParameterError(f"per_year is {per_year}", field="per_year", remedy="Give 252, 52, 12, 4 or 1.")
    count = np.asarray(periods, dtype=float)
    enough = np.where(count >= 2.0, count, np.nan)
    t = np.asarray(sharpe, dtype=float) * np.sqrt(enough / per_year)
    tail = normal_cdf(-t) if statistic is Statistic.NORMAL else student_tail(t, np.where(count >= 2.0, count - 1.0, 1.0))
    return np.asarray(np.minimum(2.0 * tail, 1.0))


def autocorrelation_factor(correlation: Array | float, *, per_year: int) -> Array:
    """What a Sharpe ratio a year (...) is to be multiplied by where each return follows the one before by `correlation`.

    (1 + 2 r / (1 - r) (1 - (1 - r^q) / (q (1 - r))))^(-1/2) with r the first autocorrelation of an AR(1) and q = `per_year` (Lo
    2002). NaN where r is not between -1 and 1. Raises ParameterError where `per_year` is not a whole number from 1.
    """
    if per_year < 1 or per_year != int(per_year):
        raise ParameterError(f"per_year is {per_year}", field="per_year", remedy="Give 252, 52, 12, 4 or 1.")
    r = np.asarray(correlation, dtype=float)
    r = np.where(np.abs(r) < 1.0, r, np.nan)
    growth = 1.0 + 2.0 * r / (1.0 - r) * (1.0 - (1.0 - r**per_year) / (per_year * (1.0 - r)))
    return over(1.0, np.sqrt(np.where(growth > 0.0, growth, np.nan)))
