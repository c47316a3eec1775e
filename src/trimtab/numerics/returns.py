"""Returns and wealth: compounding, growth a year, volatility, rolling windows.

Conventions (METHODS 0): returns are simple and lie along the last axis, (..., T), oldest first; `per_year` is how many
make a year (252, 52, 12, 4). A return per year is geometric, a volatility has ddof 1 and grows with the root of
time. Nothing is filled: a figure that needs an unknown return (NaN) is NaN, and so is every figure that compounds a
return below -100 %. A return of exactly -100 % is ruin: wealth is 0 from there on.
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError

NO_SPREAD = 1e-13  # a standard deviation below this is rounding of wealth near 1, not risk


def unknown(returns: Array) -> Array:
    """NaN for each series in `returns` (..., T): shape (...)."""
    return np.full(returns.shape[:-1], np.nan)


def paired(returns: Array, other: Array, name: str = "benchmark") -> Array:
    """`other` (..., T) as an array. Raises ParameterError where its length is not that of `returns`."""
    other = np.asarray(other, dtype=float)
    if other.ndim and other.shape[-1] != returns.shape[-1]:
        what = f"{returns.shape[-1]} returns stand against {other.shape[-1]} of the {name}"
        raise ParameterError(what, remedy="Cut both to the dates they share.")
    return other


def finite(values: Array) -> Array:
    """The same numbers with NaN where one is infinite: no figure is ever a silent infinity."""
    return np.where(np.isfinite(values), values, np.nan)


def over(top: Array | float, bottom: Array | float) -> Array:
    """`top` over `bottom`, broadcast; NaN where the divisor is zero or the ratio too large to state."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return finite(np.asarray(top) / np.asarray(bottom))


def spread(values: Array) -> Array:
    """Standard deviation along the last axis, ddof 1, shape (...); NaN for fewer than two values."""
    return np.asarray(values.std(-1, ddof=1)) if values.shape[-1] > 1 else unknown(values)


def divisor(values: Array) -> Array:
    """`spread` to divide by: NaN where the values do not vary."""
    sd = spread(values)
    return np.where(sd > NO_SPREAD, sd, np.nan)


def wealth(returns: Array) -> Array:
    """Growth of 1, which stands in front: (..., T + 1). NaN from the first return that is unknown or below -100 %."""
    start = np.ones((*returns.shape[:-1], 1))
    factors = np.where(returns < -1.0, np.nan, 1.0 + returns)
    return np.concatenate([start, np.cumprod(factors, axis=-1)], axis=-1)


def returns_of(values: Array) -> Array:
    """Simple returns (..., T - 1) of an index or a wealth (..., T) above zero; NaN after a value that is not."""
    before = values[..., :-1]
    return over(values[..., 1:], np.where(before > 0.0, before, np.nan)) - 1.0


def total_return(returns: Array) -> Array:
    """Growth over the whole window less 1, shape (...)."""
    return np.asarray(wealth(returns)[..., -1] - 1.0 if returns.shape[-1] else unknown(returns))


def cagr(returns: Array, per_year: float) -> Array:
    """Geometric return per year, product(1 + r) ** (per_year / T) - 1, shape (...)."""
    count = returns.shape[-1]
    if not count:
        return unknown(returns)
    with np.errstate(over="ignore"):
        return finite(wealth(returns)[..., -1] ** (per_year / count) - 1.0)


def volatility(returns: Array, per_year: float) -> Array:
    """Standard deviation per year, ddof 1, times sqrt(per_year), shape (...). Zero where returns do not vary."""
    return np.asarray(spread(returns) * np.sqrt(per_year))


def downside_deviation(returns: Array, per_year: float, *, least: Array | float = 0.0) -> Array:
    """Root mean square of what falls short of `least` (a period; scalar or (T,)), over ALL T returns, per year."""
    short = np.minimum(returns - paired(returns, np.asarray(least), "least acceptable return"), 0.0)
    return np.sqrt((short**2).mean(-1) * per_year) if returns.shape[-1] else unknown(returns)


def rolling_return(returns: Array, count: int) -> Array:
    """Growth over the last `count` returns less 1, (..., T); NaN in the first count - 1 rows and after ruin."""
    out = np.full(returns.shape, np.nan)
    path = wealth(returns)
    before = path[..., :-count]
    out[..., count - 1 :] = over(path[..., count:], before) - 1.0
    return out


def rolling_volatility(returns: Array, count: int, per_year: float) -> Array:
    """Volatility per year of the last `count` returns, (..., T); NaN in the first count - 1 rows."""
    out = np.full(returns.shape, np.nan)
    if returns.shape[-1] >= count > 1:
        windows = np.lib.stride_tricks.sliding_window_view(returns, count, axis=-1)
        out[..., count - 1 :] = volatility(windows, per_year)
    return out
