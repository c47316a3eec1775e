"""Where risk comes from: by asset, group, signal and factor, and in the record itself (METHODS 7.6).

Risk is homogeneous of degree 1 in the weights, so that weight times marginal risk adds up to it (Euler; Litterman 1996, "Hot
spots and hedges"). The marginal is (S w) / sigma; the same number is sigma_i times the correlation of asset i with the whole,
which gives the form X-sigma-rho: weight x volatility x correlation (Menchero and Hu 2006). With active weights the risk is
tracking error, the marginal MCTE. All functions work over leading axes; a portfolio without risk has NaN parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.numerics.covariance import diagonal
from trimtab.numerics.returns import over
from trimtab.numerics.risk_contributions import contributions

RESIDUAL, SPECIFIC = "residual", "specific"


@dataclass(frozen=True, slots=True, eq=False)
class RiskParts:
    """Parts (..., K) of a risk `total` (...), which add up to it; both in the units of the covariance's root."""

    names: tuple[str, ...]
    total: Array
    parts: Array

    @property
    def shares(self) -> Array:
        """(..., K) parts over the total, which add up to 1."""
        return self.parts / self.total[..., None]

    def grouped(self, groups: Sequence[str]) -> RiskParts:
        """The same by group, such as the asset class; `groups` names that of each part. Order of first appearance."""
        if len(groups) != len(self.names):
            what = f"{len(groups)} groups stand against {len(self.names)} parts"
            raise ParameterError(what, field="groups", remedy="Name the group of each part, in its order.")
        names = tuple(dict.fromkeys(groups))
        member = np.array([[group == name for name in names] for group in groups], dtype=float).reshape(len(groups), len(names))
        return RiskParts(names, self.total, self.parts @ member)


@dataclass(frozen=True, slots=True, eq=False)
class AssetRisk:
    """Risk by asset (..., A): part = weight x marginal = weight x volatility x correlation.

    `marginal` is the change of risk for one unit more of the asset (MCTE where the weights are active ones), `volatility` that
    of the asset alone, `correlation` that of the asset with the whole.
    """

    risk: RiskParts
    weights: Array
    marginal: Array
    volatility: Array
    correlation: Array


def risk_by_asset(weights: Array, covariance: Array, names: Sequence[str]) -> AssetRisk:
    """Risk of weights (..., A), or of active weights, under covariances (..., A, A), by asset.

    NaN where anything is unknown, and where there is no risk. Raises ParameterError where names and shapes differ.
    """
    weights, covariance = _checked(weights, covariance, names)
    pull = (covariance @ weights[..., None])[..., 0]
    total = _total(weights, covariance)
    parts = contributions(weights, covariance) * total[..., None]
    alone = np.sqrt(np.maximum(diagonal(covariance), 0.0))
    marginal = over(pull, total[..., None])
    alone = np.broadcast_to(alone, marginal.shape)
    return AssetRisk(RiskParts(tuple(names), total, parts), weights, marginal, alone, over(marginal, alone))


def risk_by_signal(parts: Array, covariance: Array, names: Sequence[str], *, active: Array | None = None) -> RiskParts:
    """Tracking error by signal: `parts` (..., K, A) are the active weights that each of K signals asked for.

    Contribution m_k' S a / TE, where a is their sum, or `active` (..., A) where it is given: then what the signals do not
    explain, such as the work of limits, is one more row, "residual".
    """
    parts = np.asarray(parts, dtype=float)
    if parts.ndim < 2 or parts.shape[-2] != len(names):
        what = f"{len(names)} names stand against parts of shape {parts.shape}"
        raise ParameterError(what, field="names", remedy="Parts are (signals, assets): name each signal.")
    told = tuple(names)
    if active is not None:
        parts = np.concatenate([parts, (active - parts.sum(-2))[..., None, :]], axis=-2)
        told = (*told, RESIDUAL)
    whole, covariance = _checked(parts.sum(-2), covariance, range(parts.shape[-1]))
    total = _total(whole, covariance)
    pull = (covariance @ whole[..., None])[..., 0]
    return RiskParts(told, total, over(np.einsum("...ka,...a->...k", parts, pull), total[..., None]))


def risk_by_factor(weights: Array, exposures: Array, factors: Array, specific: Array, names: Sequence[str]) -> RiskParts:
    """Risk by factor where the covariance is B F B' + diag(specific): one part a factor, and "specific" as the last.

    Of weights (..., A), exposures B (..., A, K), covariance of factors F (..., K, K), specific variances (..., A). With
    x = B'w the part of factor k is x_k (F x)_k / sigma; specific is the sum of w_i^2 d_i / sigma.
    """
    own = np.asarray(exposures).shape[-1]
    if own != len(names) or np.shape(exposures)[-2] != np.shape(weights)[-1]:
        what = f"exposures of shape {np.shape(exposures)} stand against {len(names)} factors and {np.shape(weights)[-1]} assets"
        raise ParameterError(what, field="exposures", remedy="Exposures are (assets, factors).")
    held = np.einsum("...ak,...a->...k", exposures, weights)
    apart = (np.square(weights) * specific).sum(-1)
    terms = np.concatenate([held * (factors @ held[..., None])[..., 0], apart[..., None]], axis=-1)
    total = _root(terms.sum(-1))
    return RiskParts((*names, SPECIFIC), total, over(terms, total[..., None]))


def realised_risk(paths: Array, per_year: float, names: Sequence[str]) -> RiskParts:
    """Volatility per year, ddof 1, of the sum of return paths (..., T, K), by path: cov(c_k, whole) / sd(whole).

    With the contributions of assets or signals to the active return of each period, the total is the ex-post tracking error.
    NaN for fewer than two periods, an unknown number, or a sum that does not vary.
    """
    paths = np.asarray(paths, dtype=float)
    count, many = paths.shape[-2:]
    if many != len(names):
        what = f"{len(names)} names stand against {many} paths"
        raise ParameterError(what, field="names", remedy="Paths are (periods, parts): name each part.")
    if count < 2:
        none = np.full((*paths.shape[:-2], many), np.nan)
        return RiskParts(tuple(names), np.full(paths.shape[:-2], np.nan), none)
    away = paths - paths.mean(-2, keepdims=True)
    whole = away.sum(-1)
    size = np.abs(paths).max((-2, -1), initial=0.0)
    terms = np.einsum("...tk,...t->...k", away, whole) * (per_year / (count - 1))
    still = np.sqrt(np.square(whole).sum(-1)) <= 1e-13 * size * np.sqrt(count)
    total = np.where(still, np.nan, _root(terms.sum(-1)))
    return RiskParts(tuple(names), total, over(terms, total[..., None]))


def _checked(weights: Array, covariance: Array, names: Sequence[object]) -> tuple[Array, Array]:
    """Weights and covariance as arrays; ParameterError where their shapes do not go together."""
    weights, covariance = np.asarray(weights, dtype=float), np.asarray(covariance, dtype=float)
    many = len(names)
    if weights.shape[-1:] != (many,) or covariance.shape[-2:] != (many, many):
        what = f"weights {weights.shape} and covariance {covariance.shape} are not those of {many} assets"
        raise ParameterError(what, remedy="Give weights (..., A), a covariance (..., A, A) and A names.")
    return weights, covariance


def _root(variance: Array) -> Array:
    """Square roots (...) of variances; NaN where there is none."""
    return np.sqrt(np.where((variance > 0.0) & (variance < np.inf), variance, np.nan))


def _total(weights: Array, covariance: Array) -> Array:
    """(...) sqrt(w'Sw)."""
    return _root((weights * (covariance @ weights[..., None])[..., 0]).sum(-1))
