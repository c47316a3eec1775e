"""What each signal should say at the month-ends of the shared data, worked out by pandas from the files alone.

Each function answers with (scores, measures), month-ends by funds; NaN on funds that it does not speak about. The
parameters are those of the table `real_cases`.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from scipy.stats import norm

from tests import real_files as files
from tests.real_world import FUNDS

Answer = tuple[pd.DataFrame, pd.DataFrame]


def on(values: pd.Series, names: tuple[str, ...] = tuple(FUNDS)) -> pd.DataFrame:
    """The same on each of the named funds."""
    return pd.DataFrame({name: values if name in names else np.nan for name in FUNDS}, index=files.ends())


def held(sides: pd.DataFrame) -> pd.DataFrame:
    """Nothing new keeps the side before; 0 before the first."""
    return sides.where(sides != 0.0).ffill().fillna(0.0).where(sides.notna())


def calm(ranks: pd.DataFrame) -> pd.DataFrame:
    """Off above the 80th percentile, on again below the 60th."""
    return held(((ranks < 0.6) * 1.0 - (ranks > 0.8) * 1.0).where(ranks.notna()))


def evenly(values: pd.DataFrame) -> pd.DataFrame:
    """Ranks among the funds that are known, from -1 to 1."""
    count = values.count(axis=1)
    return (2.0 * (values.rank(axis=1) - 1.0)).div(count.where(count > 1) - 1.0, axis=0) - 1.0


def moves() -> pd.DataFrame:
    """Simple returns by session."""
    return files.closes().pct_change(fill_method=None)


def trend(fast: int = 1) -> Answer:
    price = files.monthly()
    average, quick = price.rolling(10).mean(), price.rolling(fast).mean()
    return held(np.sign(quick - average)), quick / average - 1.0


def crossover() -> Answer:
    return trend(fast=2)


def momentum() -> Answer:
    price, bills = files.monthly(), files.late(files.bills(), 1)
    excess = (price / price.shift(12)).div(bills / bills.shift(12), axis=0) - 1.0
    return np.sign(excess), excess


def scaled_momentum() -> Answer:
    """261 sum of w_i (r_{t-1-i} - mean)^2, w_i in proportion to (60/61)^i, the first 279: 1 - (60/61)^279 is 99 %."""
    sign, excess = momentum()
    weights = (60.0 / 61.0) ** np.arange(278, -1, -1)
    weights /= weights.sum()
    variance = {}
    for end in files.ends():
        rows = moves().loc[:end].to_numpy()[-280:-1]
        if len(rows) == 279:
            variance[end] = 261.0 * weights @ np.square(rows - weights @ rows)
    size = 0.40 / np.sqrt(pd.DataFrame(variance, index=list(FUNDS)).T.reindex(files.ends()))
    return sign * size.clip(upper=10.0), excess


def relative_momentum() -> Answer:
    price = files.monthly()
    gain = price.shift(1) / price.shift(12) - 1.0
    return evenly(gain), gain


def dual_momentum() -> Answer:
    growth = files.monthly() / files.monthly().shift(12)
    bills = files.late(files.bills(), 1)
    pair, rival = growth[["SPY", "EFA"]].dropna(), bills / bills.shift(12)
    best = pair.idxmax(axis=1).where(pair.max(axis=1) > rival[pair.index], "IEF")
    ready = pair.index[files.monthly().loc[pair.index, "IEF"].notna()]
    held = pd.get_dummies(best.loc[ready]).reindex(index=files.ends(), columns=list(FUNDS))
    scores = 2.0 * held.astype(float) - 1.0
    over = (pair.max(axis=1) / rival - 1.0).reindex(files.ends())
    return scores, on(over, ("SPY", "EFA", "IEF"))


def drawdown() -> Answer:
    lost = (files.closes() / files.closes().cummax() - 1.0).loc[files.ends()]
    return held(((lost > -0.05) * 1.0 - (lost < -0.10) * 1.0).where(lost.notna())), lost


def cape_z(start: str) -> pd.Series:
    """Z of ln CAPE among all since `start`, four months late."""
    x = np.log(files.cape().loc[start:])
    past = x.expanding(120)
    return files.late((x - past.mean()) / past.std(), 4)


def valuation() -> Answer:
    z = cape_z("1993-01-29")
    return on(-z.clip(-3.0, 3.0)), on(z)


def valuation_rule() -> Answer:
    level = files.late(files.cape(), 4)
    return on(((level < 14.0) * 1.0 - (level >= 22.0) * 1.0).where(level.notna())), on(level)


def dividend_yield() -> Answer:
    total, price = files.monthly(), files.monthly("close")
    paid = (total / total.shift(12)) / (price / price.shift(12)) - 1.0
    past = paid.rolling(120, min_periods=60)
    z = (paid - past.mean()) / past.std()
    return z.clip(-3.0, 3.0).where(past.max() > 1e-9), paid  # gold pays nothing


def real_yield() -> Answer:
    rise = files.in_print("CPIAUCSL", lambda seen: seen.iloc[-1] / seen[seen.index[-1] - 12] - 1.0, oldest=100)
    real = files.late(files.read("shiller_monthly.csv.gz")["gs10"], 1) / 100.0 - rise
    return on(np.sign(real), ("IEF", "TLT")), on(real, ("IEF", "TLT"))


def reversal() -> Answer:
    price = np.log(files.monthly())
    fallen = (price.shift(54).rolling(13).mean() - price) / 5.0
    return (fallen / 0.10).clip(-1.0, 1.0), fallen


def carry() -> Answer:
    sheet = files.read("shiller_monthly.csv.gz")
    earned = {
        "SPY": files.late(sheet["dividend"] / sheet["price"], 4),
        "IEF": files.late(sheet["gs10"], 1) / 100.0,
        "LQD": files.in_print("BAA", lambda seen: seen.iloc[-1]) / 100.0,
    }
    rate = files.late(files.read("tb3ms_monthly.csv.gz")["tb3ms"], 1) / 100.0
    over = pd.DataFrame(earned).sub(rate, axis=0).reindex(columns=list(FUNDS))
    return np.sign(over), over


def spread() -> Answer:
    seen = files.latest(files.slope(), after=1)
    return held(on(np.sign(seen))), on(seen)


@cache
def credit() -> tuple[pd.Series, pd.Series]:
    """Z of Aaa less Baa among its last 120 months as printed, and the spread itself."""
    z, last = {}, {}
    for month, end in zip(files.months(), files.ends(), strict=True):
        rows = (files.printed("AAA", str(month)) - files.printed("BAA", str(month))) / 100.0
        if len(rows):
            last[end] = rows.iloc[-1]
        if len(rows) >= 120:
            z[end] = (rows.iloc[-1] - rows.iloc[-120:].mean()) / rows.iloc[-120:].std()
    return pd.Series(z).reindex(files.ends()), pd.Series(last).reindex(files.ends())


def spread_score() -> Answer:
    z, last = credit()
    return on(z.clip(-3.0, 3.0)), on(last)


def recession_odds() -> Answer:
    odds = norm.cdf(-0.5333 - 63.30 * files.latest(files.slope().rolling(21).mean(), after=1))
    return on(pd.Series(1.0 - 2.0 * odds, files.ends())), on(pd.Series(odds, files.ends()))


def realised_volatility() -> Answer:
    sizes = moves().pow(2).rolling(21).sum()
    past = sizes.rolling(1260, min_periods=252)
    ranks = (past.rank(pct=True) - 0.5 / past.count()).loc[files.ends()]
    return calm(ranks), ranks


def implied_volatility() -> Answer:
    past = files.vix().loc["1993-01-29":].expanding(252)
    ranks = on(files.latest(past.rank(pct=True) - 0.5 / past.count()))
    return calm(ranks), ranks


def low_volatility() -> Answer:
    size = (np.sqrt(252.0) * moves().rolling(252).std()).loc[files.ends()]
    return evenly(-size), size


def factor_exposure() -> Answer:
    """Least squares on the 36 months that end two before: those whose factor returns are out."""
    excess = files.monthly().pct_change(fill_method=None).set_axis(files.months())
    excess = excess.sub(files.bills().pct_change().pipe(lambda r: r.set_axis(pd.PeriodIndex(r.index, freq="M"))), axis=0)
    slopes, sure = (pd.DataFrame(np.nan, files.ends(), list(FUNDS)) for _ in range(2))
    for month, end in zip(files.months(), files.ends(), strict=True):
        y = excess.loc[month - 37 : month - 2].dropna(axis=1)
        if len(y) == 36:
            x = np.column_stack([files.factors().loc[y.index, ["hml", "mkt_rf", "smb"]], np.ones(36)])
            inverse = np.linalg.inv(x.T @ x)
            found = inverse @ x.T @ y.to_numpy()
            noise = np.square(y.to_numpy() - x @ found).sum(axis=0) / (36 - 4)
            slopes.loc[end, y.columns], sure.loc[end, y.columns] = found[0], found[0] / np.sqrt(noise * inverse[0, 0])
    return sure.clip(-3.0, 3.0), slopes


def weighted_momentum() -> Answer:
    """A month counts twelve times, three months four times, six twice and a year once: each at its yearly rate."""
    price = files.monthly()
    mean = sum(weight * (price / price.shift(n) - 1.0) for weight, n in ((12, 1), (4, 3), (2, 6), (1, 12))) / 4.0
    return mean, mean


def volatility_managed() -> Answer:
    """The sign of momentum, times 12 % over the root mean square of 126 daily returns, at most twice."""
    size = (np.sqrt(252.0) * moves().pow(2).rolling(126).mean().pow(0.5)).loc[files.ends()]
    return momentum()[0] * (0.12 / size).clip(upper=2.0), size


def optimiser() -> Answer:
    """Inverse volatility needs no optimiser: 1 / standard deviation of 252 daily returns, over its sum."""
    inverse = 1.0 / moves()[["SPY", "EFA", "IEF", "LQD", "GLD"]].rolling(252).std().dropna()
    weights = inverse.div(inverse.sum(axis=1), axis=0).reindex(index=files.ends(), columns=list(FUNDS))
    return weights, weights


def ensemble() -> Answer:
    gains = [files.monthly() / files.monthly().shift(n) - 1.0 for n in (3, 6, 9, 12)]
    return sum(np.sign(one) for one in gains) / 4.0, sum(gains) / 4.0


def weighted_sum() -> Answer:
    """Its measure is the sum before memory: that of the spread was exactly 0 once, and counted for nothing."""
    rest = 0.5 * trend()[0] + 0.25 * valuation_rule()[0]
    return rest + 0.25 * spread()[0], rest + 0.25 * np.sign(spread()[1])
