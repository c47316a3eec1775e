"""Equilibrium returns moved by discretionary views (Black and Litterman 1992; formulas of He and Litterman 1999).

mu = Pi + K (Q - P Pi),  M = tau Sigma - K P tau Sigma,  K = tau Sigma P' (P tau Sigma P' + Omega)^-1,

and the covariance is Sigma + M. Each row of P is the portfolio that a view speaks of, Q what it is expected to gain per
year: an absolute view in excess of cash, a relative one against its other side. Omega is diagonal. In proportion, it is
the variance of the view's portfolio, tau p Sigma p'; by confidence c (Idzorek 2005, in the closed form of Walters
2014), that times (1 - c) / c: certainty is 0, and one half is the same as in proportion.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.opinions import Opinion
from trimtab.core.places import place_of
from trimtab.core.roles import AForecaster, View
from trimtab.core.saying import sentence_of
from trimtab.core.terms import Positive, check_ranges
from trimtab.core.values import Asset, Forecast, Regime, Scores
from trimtab.forecasts.equilibrium import implied_returns, implied_sentence
from trimtab.forecasts.within import SINGULAR, Within, asked_alone, filled, percent, weights_of
from trimtab.numerics.covariance import diagonal

STILL = 1e-12  # a portfolio whose variance is a smaller share of that of its parts does not vary


class Uncertainty(Enum):
    """How far a view may be wrong."""

    PROPORTIONAL = "proportional"  # as far as its portfolio varies; confidence is not read
    CONFIDENCE = "confidence"  # less, the surer its author


@dataclass(frozen=True, slots=True)
class BlackLitterman(Within):
    """Posterior mean (D, A), in excess of cash, and covariance (D, A, A) per year, from the views held on each date.

    The views are those of `view.opinions()`: stated by the cut-off, not expired, not replaced by their author. Without any,
    the mean is Pi exactly. An asset is NaN as in `Equilibrium` and takes no part; a view that names one, or whose portfolio
    does not vary, waits until it is known; all do where known assets have an unknown covariance. Views that are certain
    and contradict each other are met as closely as can be.
    Raises ParameterError for a view on an asset that is not in the universe.
    """

    covariance: AForecaster
    delta: Positive = 2.5
    tau: Positive = 0.05
    uncertainty: Uncertainty = Uncertainty.CONFIDENCE
    benchmark: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)

    @property
    def reads_views(self) -> bool:
        """It is what a policy's `views` are for."""
        return True

    def __call__(self, view: View, scores: Scores, regime: Regime) -> Forecast:
        """(D, A) means and (D, A, A) covariances, per year."""
        asked = self.covariance(view, scores, regime)
        mean = implied_returns(asked.covariance, weights_of(self.benchmark, view), self.delta)
        covariance = asked.covariance * (1.0 + self.tau)
        for held, rows in _alike(view.opinions()):  # each set of views has a P of its own
            at = np.array(rows)
            mean[at], covariance[at] = self._moved(mean[at], asked.covariance[at], held, view.assets)
        return Forecast(mean, covariance, asked.repaired)

    def sentence(self, view: View) -> str:
        """What the benchmark implies on the last date, the views held then, and those that wait; then the covariance."""
        implied = implied_sentence(self.covariance, view, self.benchmark, self.delta)
        if len(view.days) == 0:
            return implied
        held = view.opinions()[-1]
        sigma = asked_alone(self.covariance, view).covariance[-1]
        mean = implied_returns(sigma, weights_of(self.benchmark, view), self.delta)
        usable = _usable(_portfolios(held, view.assets), sigma[None], _known(mean, sigma)[None])[0]
        said = "; ".join(_said(held, usable.tolist())) or "no view is held"
        return f"{implied}; {said}; {sentence_of(self.covariance, view)}"

    @property
    def words(self) -> str:
        """What it rests on."""
        how = "their confidence" if self.uncertainty is Uncertainty.CONFIDENCE else "how far their portfolios vary"
        what = f"excess returns that make the benchmark optimal at a risk aversion of {self.delta:g}, moved by views"
        return f"{what} weighed by {how} (tau {self.tau:g}), {self.covariance_words}"

    def _moved(self, prior: Array, sigma: Array, held: Sequence[Opinion], assets: Sequence[Asset]) -> tuple[Array, Array]:
        """Posterior mean (D, A) and covariance (D, A, A) of dates with the same views; unknown where the prior is."""
        rows, known = _portfolios(held, assets), _known(prior, sigma)
        usable = _usable(rows, sigma, known)
        S, Pi, P = filled(sigma, known), np.where(known, prior, 0.0), np.where(usable[..., None], rows, 0.0)
        confidence, Q = (np.array([getattr(one, name) for one in held]) for name in ("confidence", "gain"))
        spread = self.tau * S @ np.swapaxes(P, -1, -2)
        of_views = P @ spread
        ratio = 1.0 if self.uncertainty is Uncertainty.PROPORTIONAL else (1.0 - confidence) / confidence
        omega = np.where(usable, diagonal(of_views) * ratio, 1.0)  # a view that waits: P is 0, and Omega anything but 0
        gain = spread @ _inverse(of_views + omega[..., None] * np.eye(len(held)))
        mean = Pi + (gain @ (np.where(usable, Q, 0.0) - (P @ Pi[..., None])[..., 0])[..., None])[..., 0]
        moved = S * (1.0 + self.tau) - gain @ np.swapaxes(spread, -1, -2)
        moved = 0.5 * (moved + np.swapaxes(moved, -1, -2))  # symmetric to the last bit
        inside = known[..., :, None] & known[..., None, :]
        return np.where(known, mean, prior), np.where(inside, moved, sigma * (1.0 + self.tau))


def _alike(held: Sequence[tuple[Opinion, ...]]) -> Iterator[tuple[tuple[Opinion, ...], list[int]]]:
    """Each set of views that is held on some date, and the dates on which it is."""
    found: dict[tuple[int, ...], list[int]] = {}
    for d, row in enumerate(held):
        if row:
            found.setdefault(tuple(map(id, row)), []).append(d)
    return ((held[rows[0]], rows) for rows in found.values())


def _known(prior: Array, sigma: Array) -> Mask:
    """(D, A) the assets whose prior and variance are known; none where covariances among those are not."""
    known = np.isfinite(prior) & np.isfinite(diagonal(sigma))
    whole = np.asarray(np.isfinite(filled(sigma, known)).all(axis=(-2, -1)))
    return np.asarray(known & whole[..., None])


def _portfolios(held: Sequence[Opinion], assets: Sequence[Asset]) -> Array:
    """P (K, A): the portfolio of each view. Raises ParameterError for an asset that is not in the universe."""
    ids = [asset.id for asset in assets]
    for one in held:
        for name in one.assets:
            place_of(assets, name, f"a view of {one.author}")
    found = np.array([[one.assets.get(name, 0.0) for name in ids] for one in held], dtype=float)
    return found.reshape(len(held), len(ids))


def _usable(rows: Array, sigma: Array, known: Mask) -> Mask:
    """(D, K) the views (K, A) all of whose assets are known and whose portfolio varies."""
    inside = np.where(known[..., :, None] & known[..., None, :], sigma, 0.0)
    variance = diagonal(rows @ inside @ rows.T)
    scale = (np.square(rows) @ diagonal(inside)[..., None])[..., 0]
    waits = ((rows != 0.0) & ~known[..., None, :]).any(axis=-1)
    return np.asarray(~waits & (variance > STILL * scale))


def _inverse(matrix: Array) -> Array:
    """Inverse of positive semidefinite (..., K, K), each view measured in its own deviation; least squares where singular."""
    deviation = np.sqrt(diagonal(matrix))
    scale = deviation[..., :, None] * deviation[..., None, :]
    return np.asarray(np.linalg.pinv(matrix / scale, rcond=SINGULAR, hermitian=True) / scale)


def _said(held: Sequence[Opinion], usable: Sequence[bool]) -> Iterator[str]:
    """Each view in words."""
    for one, used in zip(held, usable, strict=True):
        portfolio = " ".join(f"{weight:+g} {name}" for name, weight in sorted(one.assets.items(), key=lambda part: -part[1]))
        waits = "" if used else ", which waits until its assets are known and vary"
        yield f"{one.author} expects {portfolio} to gain {percent(one.gain)} a year (confidence {one.confidence:.0%}){waits}"
