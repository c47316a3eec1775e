"""What each regime should say at the month-ends of the shared data, worked out from the files with pandas and statsmodels.

Each function answers with (states by name, measure), both by month-end; None and NaN where nothing is known. The
parameters are those of the table `real_cases`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

from tests import real_files as files
from tests.regimes.test_turbulence import by_loop

Answer = tuple[pd.Series, pd.Series]


def at_ends(states: Iterable[object]) -> pd.Series:
    return pd.Series(list(states), files.ends(), dtype=object)


def kept(values: pd.Series, enter: float, leave: float, names: tuple[str, str]) -> pd.Series:
    """The second state above `enter`, the first below `leave`, the one before in between; the first to begin with."""
    state, found = names[0], []
    for value in values:
        state = names[1] if value > enter else names[0] if value < leave else state
        found.append(None if np.isnan(value) else state)
    return at_ends(found)


def moves(*names: str) -> pd.DataFrame:
    return files.closes()[list(names)].pct_change(fill_method=None)


def percentile(values: pd.Series, count: int) -> pd.Series:
    """Ranks among the last `count` values, by session."""
    return values.rolling(count).rank(pct=True) - 0.5 / count


def threshold() -> Answer:
    ranks = files.latest(percentile(files.vix(), 1260))
    return kept(ranks, 0.8, 0.6, ("calm", "stressed")), ranks


def volatility() -> Answer:
    gains = moves("SPY", "IEF") @ [0.6, 0.4]
    ranks = percentile(gains.pow(2).rolling(21).mean(), 1260).loc[files.ends()]
    return kept(ranks, 0.8, 0.6, ("calm", "stressed")), ranks


def gap(prices: pd.Series) -> float:
    """Inflation over twelve months less its mean over the sixty months before."""
    if len(prices) < 73:
        return np.nan
    inflation = prices.pct_change(12)
    return inflation.iloc[-1] - inflation.iloc[-61:-1].mean()


def inflation_growth() -> Answer:
    """The last file is that of 2024-03: after June 2024 its last month is more than 150 days old."""
    gaps = files.in_print("CPIAUCSL", gap, oldest=150)
    growth = files.in_print("INDPRO", lambda output: output.iloc[-1] / output.iloc[-13] - 1.0, oldest=150)
    state, states = "stable", []
    for dear, grown in zip(gaps, growth, strict=True):
        if dear > 0.015 or (state == "inflationary" and dear > 0.005):
            state = "inflationary"
        elif grown < -0.02 or (state == "deflationary" and grown < 0.0):
            state = "deflationary"
        elif np.isfinite(dear + grown):
            state = "stable"
        states.append(state if np.isfinite(dear + grown) else None)
    return at_ends(states), gaps


def stock_bond() -> Answer:
    """Beyond .25 an outer state is entered, within .15 it is left; coming from the other side, neutral lies between."""
    pair = moves("SPY", "TLT")
    found = pair["SPY"].rolling(60).corr(pair["TLT"]).loc[files.ends()]
    state, states = "", []
    for rho in found:
        outer = "negative" if rho < 0.0 else "positive"
        if abs(rho) > 0.25 or (abs(rho) > 0.15 and state == outer):
            state = outer
        elif np.isfinite(rho):
            state = "neutral"
        states.append(None if np.isnan(rho) else state)
    return at_ends(states), found


def turbulence() -> Answer:
    days = moves("SPY", "EFA", "IEF", "LQD")
    smooth = pd.Series(by_loop(days.to_numpy(), 500), days.index).rolling(21).mean()
    ranks = percentile(smooth, 500).loc[files.ends()]
    return kept(ranks, 0.75, 0.5, ("calm", "turbulent")), smooth.loc[files.ends()].where(ranks.notna())


def absorption() -> Answer:
    days = moves("SPY", "QQQ", "IWM", "EFA", "IEF", "LQD")
    weights = 0.5 ** (np.arange(499, -1, -1) / 250.0)
    share = pd.Series(np.nan, files.ends())
    for end in files.ends():
        rows = days.loc[:end].to_numpy()[-500:]
        if len(rows) == 500 and np.isfinite(rows).all():
            off = (rows - np.average(rows, axis=0, weights=weights)) * np.sqrt(weights)[:, None]
            squares = np.linalg.svd(off, compute_uv=False) ** 2
            share[end] = squares[0] / squares.sum()  # a fifth of six, rounded, is one
    return kept(share, 0.85, 0.8, ("resilient", "fragile")), share


def week_of(dates: pd.DatetimeIndex) -> np.ndarray:
    """Number of the week, Monday to Sunday, since that of 1970-01-01."""
    return (dates.to_numpy().astype("datetime64[D]").astype(int) + 3) // 7


@cache
def weeks() -> pd.Series:
    """SPY's last close of each week."""
    price = files.closes()["SPY"]
    return price.groupby(week_of(price.index)).last()


@cache
def fitted(refit: int) -> tuple[np.ndarray, pd.Series]:
    """Statsmodels' parameters of the 520 weeks before `refit`, and its filter's probability of the first state by week.

    In per cent, since it searches in the units it is given.
    """
    gains = 100.0 * weeks().pct_change().loc[refit - 520 : refit + 51]
    parameters = MarkovRegression(gains.to_numpy()[:520], 2, switching_variance=True).fit(disp=False, cov_type="none").params
    seen = MarkovRegression(gains.to_numpy(), 2, switching_variance=True).filter(parameters)
    return np.asarray(parameters), pd.Series(seen.filtered_marginal_probabilities[:, 0], gains.index)


def markov() -> Answer:
    """Fits before every week whose number divides by 52; the running week is one more step, as far as it has come."""
    found = pd.Series(np.nan, files.ends())
    for end, week in zip(files.ends(), week_of(files.ends()).tolist(), strict=True):
        refit = week - week % 52
        if refit - 521 < weeks().index[0]:
            continue
        (stay, back, mean0, mean1, variance0, variance1), past = fitted(refit)
        first = past[week - 1]
        today = 100.0 * (files.closes().loc[end, "SPY"] / weeks()[week - 1] - 1.0)
        prior = np.array([stay * first + back * (1.0 - first), (1.0 - stay) * first + (1.0 - back) * (1.0 - first)])
        both = prior * norm.pdf(today, [mean0, mean1], np.sqrt([variance0, variance1]))
        found[end] = both[int(variance1 > variance0)] / both.sum()
    return at_ends(None if np.isnan(p) else "turbulent" if p > 0.5 else "calm" for p in found), found
