"""Sweeps of 200 timing rules on 12 assets over 20 years of months, on markets with nothing to find and with something.

Returns are those of correlated random walks with the same risk premium for all, so that no rule has any merit over holding
all alike. A planted effect is a drift of each asset's own that decays by half in six months: trends and momentum then see part
of it. How much of it makes a true Sharpe ratio of the best rule was found on 160,000 months (`PLANTED`; the soak tests it).
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.validation.hedged import hedged

ASSETS, MONTHS, WARM_UP = 12, 240, 24
WINDOWS, BANDS = range(3, 23), (0.0, 0.01, 0.02, 0.03, 0.05)  # price against its average, asset by asset, else cash
LOOKBACKS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 18, 20, 21, 22, 24)  # the best `top` by past return
TOPS = (2, 3, 4, 6, 8)
PREMIUM, VOLATILITY = 0.05 / 12.0, 0.15 / np.sqrt(12.0)
HALF_LIFE = 6.0
PLANTED = {0.0: 0.0, 0.3: 0.0975, 0.6: 0.146, 0.9: 0.1865, 1.0: 0.2}  # true annual Sharpe ratio of the best rule: drift


def markets(
    rng: np.random.Generator, *, drift: float = 0.0, correlation: float = 0.5, tails: float = np.inf, months: int = MONTHS
) -> Array:
    """Returns (WARM_UP + months, ASSETS); `drift` is the sd of the drift over that of noise, `tails` degrees of freedom."""
    count = WARM_UP + months
    common, own = _shocks(rng, (count, 1), tails), _shocks(rng, (count, ASSETS), tails)
    noise = np.sqrt(correlation) * common + np.sqrt(1.0 - correlation) * own
    return PREMIUM + VOLATILITY * (noise + drift * _drifts(rng, count))


def _shocks(rng: np.random.Generator, shape: tuple[int, int], tails: float) -> Array:
    if np.isinf(tails):
        return rng.standard_normal(shape)
    return rng.standard_t(tails, shape) / np.sqrt(tails / (tails - 2.0))


def _drifts(rng: np.random.Generator, count: int) -> Array:
    """Row t was there before the month began."""
    keep = 0.5 ** (1.0 / HALF_LIFE)
    shock = rng.standard_normal((count, ASSETS)) * np.sqrt(1.0 - keep**2)
    out = np.zeros((count, ASSETS))
    for t in range(1, count):
        out[t] = keep * out[t - 1] + shock[t - 1]
    return out


def swept(returns: Array) -> Array:
    """Returns of the 200 rules over equal weights of all, hedged: (T - WARM_UP, 200). Decided before they are earned."""
    index = np.vstack([np.ones(returns.shape[1]), np.cumprod(1.0 + returns, axis=0)])
    rules = [_timed(index, returns, window, band) for window in WINDOWS for band in BANDS]
    rules += [row for lookback in LOOKBACKS for row in _rotated(index, returns, lookback)]
    return hedged(np.stack(rules, axis=1), returns[WARM_UP:].mean(axis=1))


def _timed(index: Array, returns: Array, window: int, band: float) -> Array:
    sums = np.cumsum(np.vstack([np.zeros(index.shape[1]), index]), axis=0)
    above = index[window - 1 : -1] / ((sums[window:-1] - sums[: -window - 1]) / window) - 1.0
    said = np.where(above > band, 1.0, np.where(above < -band, -1.0, 0.0))
    last = np.maximum.accumulate(np.where(said != 0.0, np.arange(len(said))[:, None], 0), axis=0)  # inside the band: as before
    held = np.take_along_axis(said, last, axis=0) > 0.0
    return (held * returns[window - 1 :]).mean(axis=1)[WARM_UP - window + 1 :]


def _rotated(index: Array, returns: Array, lookback: int) -> list[Array]:
    gain = index[lookback:-1] / index[: -lookback - 1]
    place = np.argsort(np.argsort(-gain, axis=1), axis=1)
    earned = returns[lookback:]
    return [((place < top) * earned).sum(axis=1)[WARM_UP - lookback :] / top for top in TOPS]


def sweep(seed: int, *, sharpe: float = 0.0, correlation: float = 0.5, tails: float = np.inf) -> Array:
    """A sweep (240, 200) whose best rule has the true annual `sharpe` over the benchmark."""
    return swept(markets(np.random.default_rng([seed, 9]), drift=PLANTED[sharpe], correlation=correlation, tails=tails))


def few(seed: int, count: int, *, sharpe: float = 1.0, strangers: bool = False) -> Array:
    """Noise, a sweep or `strangers` to each other, in which `count` of the 200 carry a true annual `sharpe`, 0.9 alike."""
    rng = np.random.default_rng([seed, 10])
    noise = alike(seed, 0.0) if strangers else sweep(seed)
    shared = rng.standard_normal((MONTHS, 1))
    carriers = np.sqrt(0.9) * shared + np.sqrt(0.1) * rng.standard_normal((MONTHS, count)) + sharpe / np.sqrt(12.0)
    noise[:, rng.choice(noise.shape[1], count, replace=False)] = 0.01 * carriers
    return noise


def alike(seed: int, likeness: float, *, sharpe: float = 0.0, persistence: float = 0.0) -> Array:
    """(240, 200) with all correlations `likeness`, the autocorrelation `persistence`, and the same true annual `sharpe`."""
    rng = np.random.default_rng([seed, 11])
    start = 60
    shock = np.sqrt(likeness) * rng.standard_normal((start + MONTHS, 1))
    shock = shock + np.sqrt(1.0 - likeness) * rng.standard_normal((start + MONTHS, 200))
    for t in range(1, len(shock)):
        shock[t] += persistence * shock[t - 1]
    return 0.01 * (shock[start:] + sharpe / np.sqrt(12.0))
