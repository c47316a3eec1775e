"""Factors managed by their own volatility: month by month, as the papers do it, from daily returns (METHODS 3.2, 3.3).

* Moreira and Muir (2017, "Volatility-Managed Portfolios"): next month's return times c / RV, RV the sum of squared
  deviations of this month's daily returns from their mean. c makes both series equally volatile: over the full sample,
  as in the paper, which nobody could have known, or `ex_ante`, from the months before alone.
* Barroso and Santa-Clara (2015, "Momentum Has Its Moments"): next month's return times target / volatility, that of the
  last 126 days: sqrt(21 / 126 * sum of r^2).

Whether it pays is another question. Cederburg, O'Doherty, Wang and Yan (2020) find no gain out of sample, Barroso and
Detzel (2021) none after costs: look at `Managed.turnover` and at `spanned` with `ex_ante` beside the full sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Dates, Index, require_shape
from trimtab.core.calendar import period_number
from trimtab.core.errors import ParameterError
from trimtab.core.terms import MONTH, TIE
from trimtab.numerics.regression import robust_least_squares
from trimtab.numerics.returns import NO_SPREAD, over, spread

MONTHS = 12.0
DAYS, WINDOW = 21, 126  # sessions in a month, and the half year over which Barroso and Santa-Clara look back


@dataclass(frozen=True, slots=True, eq=False)
class Months:
    """A factor by month (M,): its compounded simple return, and the variance of the month, which scales the next one.

    `month` numbers calendar months from 1970-01 on. NaN where any day of the month is unknown.
    """

    month: Index
    returns: Array
    variance: Array


@dataclass(frozen=True, slots=True, eq=False)
class Managed:
    """A factor `raw` and the same held `weights` times, by month (M,); NaN where the month before is unknown."""

    raw: Array
    weights: Array

    @property
    def returns(self) -> Array:
        """(M,) of the managed factor, before costs and financing."""
        return self.raw * self.weights

    @property
    def both(self) -> tuple[Array, Array]:
        """Raw and managed returns of the months in which both are known."""
        known = np.isfinite(self.returns)
        return self.raw[known], self.returns[known]

    @property
    def turnover(self) -> float:
        """Mean change of the weight from month to month, one-way, of the factor's notional; NaN under two months."""
        steps = np.abs(np.diff(self.weights[np.isfinite(self.weights)]))
        return float(steps.mean()) if len(steps) else np.nan


@dataclass(frozen=True, slots=True)
class Spanned:
    """The regression of a managed factor on the raw one, monthly, stated per year as decimals (times 12).

    `alpha` is what the raw factor does not explain, `alpha_error` and `beta_error` are HC1, `spread` is the standard
    deviation of the residuals times 12, as the paper's RMSE is.
    """

    alpha: float
    alpha_error: float
    beta: float
    beta_error: float
    share: float
    spread: float
    count: int


def months_of(returns: Array, dates: Dates) -> Months:
    """Calendar months of daily simple returns (T,) on `dates` (T,), oldest first; months without a day are left out.

    The variance is sum (r - mean)^2 over the days of the month, as Moreira and Muir have it. Cut off what comes before the
    first known day: a month that begins with an unknown day is unknown. Raises ParameterError where dates do not rise.
    """
    number, starts = _starts(returns, dates)
    if not len(starts):
        return Months(number, np.empty(0), np.empty(0))
    counts = np.diff(np.append(starts, len(returns)))
    off = returns - np.repeat(np.add.reduceat(returns, starts) / counts, counts)
    grown = np.multiply.reduceat(np.where(returns < -1.0, np.nan, 1.0 + returns), starts) - 1.0
    return Months(number[starts], grown, np.add.reduceat(np.square(off), starts))


def volatility_managed(months: Months, *, ex_ante: int = 0) -> Managed:
    """Each month's return times c / variance of the month before (Moreira and Muir 2017).

    `ex_ante` 0: c from the full sample, so that both have the same standard deviation. Else c from the months before the
    one that is scaled, at least `ex_ante` (2 or more) of them. NaN after a month without variance, in the first month, and
    after a gap of months.
    """
    if ex_ante == 1 or ex_ante < 0:
        remedy = "Give 0 for the full sample, or at least 2 months, such as 120."
        raise ParameterError(f"ex_ante is {ex_ante}", field="ex_ante", remedy=remedy)
    inverse = next_month(months, over(1.0, np.where(months.variance > NO_SPREAD**2, months.variance, np.nan)))
    unscaled = Managed(months.returns, inverse)
    if ex_ante:
        return Managed(months.returns, inverse * _expanding(unscaled, ex_ante))
    raw, scaled = unscaled.both
    return Managed(months.returns, inverse * over(spread(raw), spread(scaled)))


def risk_managed(returns: Array, dates: Dates, *, target: float = 0.12, window: int = WINDOW) -> Managed:
    """Each month's return times target / volatility at the end of the month before (Barroso and Santa-Clara 2015).

    Daily simple returns (T,) on `dates` (T,). The monthly variance is 21 / window times the sum of the last `window`
    squared returns, mean zero; `target` is per year. NaN where any of them is unknown or all are zero.
    """
    if not target > 0.0 or window < 1:
        what = f"target {target}, window {window}: neither a volatility nor a window"
        raise ParameterError(what, remedy="Give a target such as 0.12 and a window such as 126 days.")
    months = months_of(returns, dates)
    variance = monthly_variance(returns, dates, window=window)
    found = np.sqrt(np.where(variance > NO_SPREAD**2, variance, np.nan))
    return Managed(months.returns, next_month(months, over(target / np.sqrt(MONTHS), found)))


def monthly_variance(returns: Array, dates: Dates, *, window: int = WINDOW) -> Array:
    """(M,) 21 / window times the sum of the last `window` squared daily returns (T,), at the end of each month; else NaN."""
    starts = _starts(returns, dates)[1]
    ends = np.append(starts[1:], len(returns))[: len(starts)]
    variance = np.full(len(ends), np.nan)
    for m, end in enumerate(ends):  # a running sum would pass rounding, and NaN, on
        if end >= window:
            variance[m] = DAYS / window * float(np.square(returns[end - window : end]).sum())
    return variance


def spanned(managed: Managed) -> Spanned:
    """Regress the managed factor on the raw one, over the months in which both are known; NaN where too few or constant."""
    raw, scaled = managed.both
    fit = robust_least_squares(scaled[:, None], raw[:, None])
    alpha, beta, share, wide = (float(part.ravel()[0]) for part in (fit.intercept, fit.slopes, fit.share, fit.spread))
    errors = [float(error) for error in fit.errors[:, 0]]
    return Spanned(MONTHS * alpha, MONTHS * errors[0], beta, errors[1], share, MONTHS * wide, len(raw))


def _starts(returns: Array, dates: Dates) -> tuple[Index, Index]:
    """The number of each day's month (T,), and the first row of each month (M,)."""
    require_shape("dates", dates, returns.shape)
    if (np.diff(dates.astype("datetime64[D]").astype(np.int64)) <= 0).any():
        raise ParameterError("dates do not rise", field="dates", remedy="Sort them, and give each day once.")
    number = period_number(dates, MONTH)
    return number, np.flatnonzero(np.diff(number, prepend=-(10**6)))  # a month that no date lies in comes before the first


def next_month(months: Months, values: Array) -> Array:
    """(M,) the value of the calendar month before; NaN in the first, and after a month that is missing."""
    before = np.concatenate([np.full(1, np.nan), values])[: len(values)]
    return np.where(np.diff(months.month, prepend=np.nan) == 1, before, np.nan)


def _expanding(managed: Managed, least: int) -> Array:
    """(M,) ratio of the standard deviations, raw over managed, of all months before each one that has `least` of them."""
    raw, scaled = (np.where(np.isfinite(managed.returns), one, 0.0) for one in (managed.raw, managed.returns))
    known = np.cumsum(np.isfinite(managed.returns)).astype(float)
    first, second = (_running_variance(one, known) for one in (raw, scaled))
    ratio = np.sqrt(over(first, np.where(second > TIE**2 * np.square(scaled).max(initial=0.0), second, np.nan)))
    ratio = np.where(known >= least, ratio, np.nan)
    return np.concatenate([np.full(1, np.nan), ratio])[: len(ratio)]


def _running_variance(values: Array, known: Array) -> Array:
    """(M,) variance times (n - 1) of the values up to each month, unknown ones counted as 0 and left out of `known`."""
    total, squares = np.cumsum(values), np.cumsum(np.square(values))
    return np.maximum(squares - total**2 / np.maximum(known, 1.0), 0.0)
