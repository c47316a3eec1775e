"""Which part of a return a few factors explain: r - rf = alpha + sum of beta_k F_k + rest (METHODS 7.5).

A contribution is beta_k times the mean of F_k. With an intercept, least squares passes through the means, so that alpha and
the contributions add up to the mean excess return exactly. Errors are those of Newey and West (1987). Factors must be
returns above bills or of long-short portfolios, else alpha is no return that anyone could have earned (Jensen 1968).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from trimtab.core.arrays import Array, Index
from trimtab.core.errors import ParameterError
from trimtab.numerics.exponential import decay_of_halflife, exponential_weights
from trimtab.numerics.newey_west import HacFit, Unfit, newey_west
from trimtab.numerics.returns import paired

_AT_ONCE = 256  # windows in one call: bounds memory, and arrays stay in the cache


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """Names (F) and simple returns (T, F) of what may explain a return: factors, styles or indices."""

    names: tuple[str, ...]
    returns: Array

    def __post_init__(self) -> None:
        if self.returns.ndim != 2 or self.returns.shape[1] != len(self.names):
            what = f"{len(self.names)} names stand against returns of shape {self.returns.shape}"
            raise ParameterError(what, field="names", remedy="Give one name to each column; a row is a period.")


@dataclass(frozen=True, slots=True)
class Fitting:
    """How coefficients are estimated.

    `lag` of the errors (None: floor(4 (T / 100)^(2/9))); `corrected` multiplies their squares by T / (T - F - 1); with
    `halflife`, a period that many periods older counts half (None: all count the same).
    """

    lag: int | None = None
    corrected: bool = False
    halflife: float | None = None

    def __post_init__(self) -> None:
        if self.halflife is not None and not self.halflife > 0.0:
            what = f"a half-life of {self.halflife} periods is not above 0"
            raise ParameterError(what, field="halflife", remedy="Give a number of periods, such as 24, or None.")

    def weights(self, count: int) -> Array | None:
        """(count,) oldest first; None where all are the same."""
        return None if self.halflife is None else exponential_weights(count, decay_of_halflife(self.halflife))


PLAIN = Fitting()


@dataclass(frozen=True, slots=True, eq=False)
class FactorAttribution:
    """A record explained by factors, over leading axes (...) of records; rates are per year.

    `alpha` + the sum of `contributions` (..., F) = `excess`, the mean excess return. `errors`, `t` and `p` (..., 1 + F) begin
    with alpha's. `share` is R squared, `spread` the volatility of what is left. By period: `path` (..., T, F) and `rest`
    (..., T), alpha and residual together, add up to the excess return of the period. `fault` (...) holds an `Unfit`.
    """

    names: tuple[str, ...]
    alpha: Array
    betas: Array
    errors: Array
    contributions: Array
    excess: Array
    share: Array
    spread: Array
    t: Array
    p: Array
    path: Array
    rest: Array
    fault: Index
    lag: int

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why a record has no answer, one sentence each; empty where it has."""
        return tuple(Unfit(int(code)).says for code in self.fault.ravel())


def factor_attribution(
    returns: Array, factors: Factors, *, per_year: float, rf: Array | float = 0.0, fitting: Fitting = PLAIN
) -> FactorAttribution:
    """Explain returns (..., T) above `rf` (a period; scalar or (T,)) by factors (T, F); see `FactorAttribution`.

    With a half-life the means are weighted as the regression is. NaN with a reason where there is no answer. Raises
    ParameterError where lengths differ.
    """
    above = _excess(returns, factors, rf)
    found, fit = _explained(above, factors.returns, per_year, fitting)
    path, rest = by_period(above, factors, fit.slopes)
    return FactorAttribution(factors.names, *found, fit.t, fit.p, path, rest, fit.fault, fit.lag)


def by_period(excess: Array, factors: Factors, betas: Array) -> tuple[Array, Array]:
    """Contributions (..., T, F) of each period at `betas` (..., F) or (..., T, F), and what they leave of `excess` (..., T)."""
    wide = betas if betas.ndim == excess.ndim + 1 else betas[..., None, :]
    path = wide * factors.returns
    return path, excess - path.sum(-1)


@dataclass(frozen=True, slots=True, eq=False)
class RollingFactors:
    """`FactorAttribution` of the window that ends at each period, (T,) or (T, F); NaN before the first full window.

    `path` (T, F) and `rest` (T,) explain each period with the betas of the window before it: what was known at the time.
    """

    names: tuple[str, ...]
    alpha: Array
    betas: Array
    errors: Array
    contributions: Array
    excess: Array
    share: Array
    spread: Array
    path: Array
    rest: Array
    fault: Index


def rolling_factors(
    returns: Array, factors: Factors, window: int, *, per_year: float, rf: Array | float = 0.0, fitting: Fitting = PLAIN
) -> RollingFactors:
    """Regress over `window` periods up to each one, of one record (T,). With a half-life: weighted inside the window.

    Raises ParameterError where lengths differ, or where the window cannot hold the factors.
    """
    above, count = _excess(returns, factors, rf), len(factors.names)
    if window < count + 2:
        what = f"a window of {window} is too short for {count} factors"
        raise ParameterError(what, field="window", remedy=f"Give at least {count + 2} periods, better ten a factor.")
    rows = sliding_window_view(above, window) if len(above) >= window else np.empty((0, window))
    columns = np.empty((0, window, count))
    if len(rows):
        columns = np.swapaxes(sliding_window_view(factors.returns, window, axis=0), -1, -2)
    blocks = [slice(start, start + _AT_ONCE) for start in range(0, max(len(rows), 1), _AT_ONCE)]
    parts = [_explained(rows[block], columns[block], per_year, fitting) for block in blocks]
    found = _Explained(*(_late(len(above), list(part)) for part in zip(*(one for one, _ in parts), strict=True)))
    path, rest = by_period(above, factors, np.concatenate([np.full((1, count), np.nan), found.betas])[: len(above)])
    fault = np.full(len(above), Unfit.SHORT, dtype=np.intp)
    fault[len(above) - len(rows) :] = np.concatenate([fit.fault for _, fit in parts])
    return RollingFactors(factors.names, *found, path, rest, fault)


class _Explained(NamedTuple):
    """The figures that a whole record and a window share, per year."""

    alpha: Array
    betas: Array
    errors: Array
    contributions: Array
    excess: Array
    share: Array
    spread: Array


def _excess(returns: Array, factors: Factors, rf: Array | float) -> Array:
    """Returns above bills (..., T); ParameterError where the factors have another number of periods."""
    above = np.asarray(returns, dtype=float) - paired(returns, np.asarray(rf), "riskless rate")
    if above.shape[-1] != len(factors.returns):
        what = f"{above.shape[-1]} returns stand against {len(factors.returns)} of the factors"
        raise ParameterError(what, remedy="Cut both to the dates they share.")
    return above


def _explained(above: Array, factors: Array, per_year: float, fitting: Fitting) -> tuple[_Explained, HacFit]:
    """Regress (..., T) on (..., T, F); the means of the identity are weighted as the regression is."""
    count = above.shape[-1]
    weights = fitting.weights(count)
    fit = newey_west(above, factors, lag=fitting.lag, corrected=fitting.corrected, weights=weights)
    share_of_each = np.full(count, 1.0 / max(count, 1)) if weights is None else weights
    mean = np.einsum("t,...tf->...f", share_of_each, factors)
    excess = np.where(np.isnan(fit.intercept), np.nan, np.einsum("t,...t->...", share_of_each, above))
    errors = fit.errors.copy()
    errors[..., 0] *= per_year
    found = _Explained(
        fit.intercept * per_year,
        fit.slopes,
        errors,
        fit.slopes * mean * per_year,
        excess * per_year,
        fit.share,
        fit.spread * np.sqrt(per_year),
    )
    return found, fit


def _late(count: int, blocks: list[Array]) -> Array:
    """The blocks one after the other, behind NaN for the periods before the first window: (count, ...)."""
    tail = np.concatenate(blocks)
    return np.concatenate([np.full((count - len(tail), *tail.shape[1:]), np.nan), tail])
