"""What each regime should say at the month-ends of the shared data, worked out from the files with pandas and statsmodels.

Each function answers with (states by name, measure), both by month-end; None and NaN where nothing is known. The
parameters are those of the table `real_cases`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
import pandas as pd
from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

from tests import real_files as files
from tests.regimes.test_inflation import by_pandas
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


def inflation_growth() -> Answer:
    """The last file is that of 2024-03; its months, to 2024-02, are 150 days old after June."""
    frame = pd.concat([files.changes("CPIAUCSL"), files.changes("INDPRO")])
    dates = files.ends().strftime("%Y-%m-%d")
    found = by_pandas(frame, [date for date in dates if "1999-09" <= date < "2024-07"])
    nothing = (np.nan, np.nan, None)
    gaps = pd.Series([found.get(date, nothing)[0] for date in dates], files.ends())
    return at_ends(found.get(date, nothing)[2] for date in dates), gaps


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
    return kept(share, 0.7, 0.65, ("resilient", "fragile")), share


@cache
def weeks() -> pd.Series:
    """SPY's simple returns by week, Monday to Sunday, by the number of the week since 1970-01-01."""
    price = files.closes()["SPY"]
    number = (price.index.to_numpy().astype("datetime64[D]").astype(int) + 3) // 7
    return price.groupby(number).last().pct_change()


def markov() -> Answer:
    """Fits to the 520 weeks before every week whose number divides by 52, and statsmodels' filter from there on.

    The running week counts as far as it has come, so that its return is that of the month-end.
    """
    found = pd.Series(np.nan, files.ends())
    for end in files.ends():
        week = (np.datetime64(end, "D").astype(int) + 3) // 7
        refit = week - week % 52
        whole = weeks().loc[refit - 520 : week - 1]
        if not np.isfinite(weeks().reindex(range(refit - 520, week))).all():
            continue
        before = files.closes().loc[: end, "SPY"]
        before = before[(before.index.to_numpy().astype("datetime64[D]").astype(int) + 3) // 7 < week]
        rows = 100.0 * np.append(whole, files.closes().loc[end, "SPY"] / before.iloc[-1] - 1.0)
        parameters = fitted(int(refit))
        seen = MarkovRegression(rows, 2, switching_variance=True).filter(parameters).filtered_marginal_probabilities
        found[end] = seen[-1, int(np.argmax(parameters[-2:]))]
    return at_ends(None if np.isnan(p) else "turbulent" if p > 0.5 else "calm" for p in found), found


@cache
def fitted(refit: int) -> np.ndarray:
    """statsmodels' parameters of the 520 weeks before; in per cent, since it searches in the units it is given."""
    rows = 100.0 * weeks().loc[refit - 520 : refit - 1].to_numpy()
    return np.asarray(MarkovRegression(rows, 2, switching_variance=True).fit(disp=False).params)
