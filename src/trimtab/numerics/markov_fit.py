"""Maximum likelihood of a Markov-switching autoregression (`markov_model`), by EM and then a quasi-Newton search.

EM (Hamilton 1990, "Analysis of Time Series Subject to Changes in Regime"; Kim and Nelson 1999, chapter 4) runs from several
fixed starts at once; the best are carried to the maximum along the exact score, which by Fisher's identity is the
expected score of the complete data. The likelihood starts from the chain's long-run law.

Inside, each row is weighed by the probability of its state given ALL rows: smoothed weights. They look ahead, serve the
search alone, and never leave this file: what comes out are parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.markov_model import Switching, SwitchingModel, ergodic, expanded, lagged, log_densities, unknown
from trimtab.numerics.markov_starts import starts
from trimtab.numerics.memo import memoised
from trimtab.numerics.quasi_newton import minimise

FLOOR = 1e-3  # least variance of a state, as a share of the sample's: below it a state sits on a few equal rows
_SWEEPS, _POLISHED = 25, 2  # EM sweeps of every start, and starts carried to the end, for each state more than one
_REST, _RESTED = 1e-11, 1e-5  # slope of the log likelihood at which the search ends, and up to which it has converged
_SAME = 1e-3  # standard deviations, and log variance, within which two states are one
_NEAR = 0.1  # standard deviations within which two starts have become one
_OFTEN = 8  # rows between two rescalings: no direction underflows in so few
_REMEMBERED = 1024  # fits: decades of monthly refits, a few megabytes


@dataclass(frozen=True, slots=True, eq=False)
class _Expected:
    """What the complete data are expected to be, given all rows: private to the search.

    `first` (..., k) the law of the oldest state, `moves` (..., k, k) the transitions, `rows` (..., K) the rows in each
    combination, `sums` (..., K, p + 1) and `products` (..., K, p + 1, p + 1) of a row and its lags there.
    """

    log_likelihood: Array
    first: Array
    moves: Array
    rows: Array
    sums: Array
    products: Array


def fit_switching(rows: Array, model: SwitchingModel) -> Switching:
    """Maximum-likelihood parameters from `rows` (T,), oldest first, in their units; states from the lowest mean up.

    With three states or more there are many maxima, and no search of this size is sure to end at the highest one.
    Deterministic, and a pure function of its arguments: fits of the same rows are remembered (`memo`). No fit, with the
    reason, where rows are unknown or too few (`model.fewest_rows`), do not vary, where every start ends with a state on
    fewer than two rows, with two states alike or with a variance at its floor (1e-3 of the sample's), or where the lags
    are not stationary.
    """
    return _fitted(rows, model)


@memoised(_REMEMBERED)
def _fitted(rows: Array, model: SwitchingModel) -> Switching:
    known = int(np.isfinite(rows).sum())
    if known < len(rows):
        return unknown(model, f"{known} of {len(rows)} rows are known")
    if len(rows) < model.fewest_rows:
        return unknown(model, f"{len(rows)} rows are too few, at least {model.fewest_rows} are needed")
    centre = float(rows.mean())
    spread = float(np.sqrt(np.mean((rows - centre) ** 2)))
    if not spread > 1e-12 * np.abs(rows).max():
        return unknown(model, "they have not varied")
    found = _searched((rows - centre) / spread, model)
    return found if found.reason else _in_units(found, centre, spread, len(rows) - model.order)


def _searched(rows: Array, model: SwitchingModel) -> Switching:
    """The best fit of standardised rows."""
    paths = lagged(rows, model.order)
    now = starts(model)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        for _ in range(_SWEEPS):
            now = _improved(_expected(rows, paths, model, now), model, now)
        reached = _expected(rows, paths, model, now)
        score = np.where(np.isfinite(reached.log_likelihood), reached.log_likelihood, -np.inf)
        good: list[Switching] = []
        faults = ["the search did not get under way"]
        for m in _distinct(now, score):
            end = _polished(rows, paths, model, _one(now, m))
            if end.reason:
                faults.append(end.reason)
                continue
            good.append(end)
            if len(good) == _POLISHED * (model.states - 1):
                break
    return max(good, key=lambda end: end.log_likelihood) if good else unknown(model, faults[-1])


def _distinct(many: Switching, score: Array) -> list[int]:
    """The starts by their likelihood, without those that EM has brought next to a better one."""
    place = np.concatenate([np.sort(many.means), np.sort(np.sqrt(many.variances))], axis=-1)
    found: list[int] = []
    for m in np.argsort(-score, kind="stable")[: np.isfinite(score).sum()].tolist():
        if not found or np.abs(place[found] - place[m]).max(axis=-1).min() > _NEAR:
            found.append(m)
    return found


def _one(many: Switching, m: int) -> Switching:
    """The fit of one start."""
    return Switching(many.means[m], many.variances[m], many.autoregression[m], many.transition[m])


# ----- expectation -----


def _expected(rows: Array, paths: Array, model: SwitchingModel, fit: Switching) -> _Expected:
    """The E-step, for one set of parameters or for a stack of them; `paths` are the lagged rows (T - p, p + 1)."""
    transition, law = expanded(fit.transition, model.order)
    density = log_densities(rows, model, fit)
    top = density.max(axis=-1, keepdims=True)
    density = np.exp(density - top)
    ahead, behind = _both_ways(law, transition, density)
    before = np.concatenate([law[..., None, :], ahead[..., :-1, :] @ transition], axis=-2)
    gained = (before * density).sum(axis=-1)
    weights = before * behind  # `behind` has the density of its own row in it
    total = weights.sum(axis=-1, keepdims=True)
    weights = weights / total
    pairs = transition * (np.swapaxes(ahead[..., :-1, :], -1, -2) @ (behind / total)[..., 1:, :])
    first, moves = _counted(weights[..., 0, :], pairs, model)
    lags, squares = paths, (paths[:, :, None] * paths[:, None, :]).reshape(len(paths), -1)
    sums, products = np.swapaxes(weights, -1, -2) @ lags, np.swapaxes(weights, -1, -2) @ squares
    likelihood = (np.log(gained) + top[..., 0]).sum(axis=-1)
    wide = (*products.shape[:-1], model.order + 1, model.order + 1)
    return _Expected(likelihood, first, moves, weights.sum(axis=-2), sums, products.reshape(wide))


def _both_ways(law: Array, transition: Array, density: Array) -> tuple[Array, Array]:
    """Directions (..., T, K) of the filter ahead, and of what follows a row with the row itself, behind.

    Both are the same walk, v <- (v P) * density, from the two ends: they take it side by side.
    """
    rows = np.moveaxis(np.stack([density, density[..., ::-1, :]]), -2, 0)[..., None, :]
    chains = np.stack([transition, np.swapaxes(transition, -1, -2)])
    rows, found = np.ascontiguousarray(rows), np.empty(rows.shape)
    now = found[0] = np.stack([law, np.ones_like(law)])[..., None, :] * rows[0]
    for t in range(1, len(rows)):  # one row needs the one before; every other axis is vectorised
        now = np.multiply(now @ chains, rows[t], out=found[t])
        if t % _OFTEN == 0:
            now /= now.max(axis=-1, keepdims=True)
    found /= found.sum(axis=-1, keepdims=True)
    both = np.moveaxis(found[..., 0, :], 0, -2)
    return both[0], both[1][..., ::-1, :]


def _counted(opening: Array, pairs: Array, model: SwitchingModel) -> tuple[Array, Array]:
    """Law of the oldest state (..., k) and transitions between states (..., k, k), those before the first row included."""
    flags = np.eye(model.states)[model.digits]  # (K, p + 1, k)
    moves = np.swapaxes(flags[:, 0], 0, 1) @ pairs @ flags[:, 0]
    for i in range(model.order):
        moves = moves + np.swapaxes(opening[..., None] * flags[:, i + 1], -1, -2) @ flags[:, i]
    return opening @ flags[:, -1], moves


# ----- maximisation -----


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    """How rows and lags lie around given means: what both the M-step and the score are made of.

    `lead` (K, k) flags the newest state, `filter` (..., p + 1) is (1, -phi), `loads` (..., K, k) how the means enter a
    residual, `off` (..., K, p + 1) and `spread` (..., K, p + 1, p + 1) the sums of deviations and of their products.
    """

    lead: Array
    filter: Array
    loads: Array
    off: Array
    spread: Array

    @property
    def squares(self) -> Array:
        """(..., K) sums of squared residuals."""
        return np.asarray(np.einsum("...i,...zij,...j->...z", self.filter, self.spread, self.filter))


def _moments(seen: _Expected, model: SwitchingModel, fit: Switching) -> _Moments:
    flags = np.eye(model.states)[model.digits]
    weights = np.concatenate([np.ones((*fit.autoregression.shape[:-1], 1)), -fit.autoregression], axis=-1)
    means = fit.means[..., model.digits]
    cross = seen.sums[..., :, None] * means[..., None, :]
    square = seen.rows[..., None, None] * means[..., :, None] * means[..., None, :]
    spread = seen.products - cross - np.swapaxes(cross, -1, -2) + square
    loads = np.einsum("...i,zik->...zk", weights, flags)
    return _Moments(flags[:, 0], weights, loads, seen.sums - seen.rows[..., None] * means, spread)


def _improved(seen: _Expected, model: SwitchingModel, was: Switching) -> Switching:
    """The M-step: means given the lags, lags given the means, then variances and transitions; each in closed form."""
    at = _moments(seen, model, was)
    precision = 1.0 / was.variances[..., model.digits[:, 0]]
    curve = np.einsum("...z,...zj,...zk->...jk", precision * seen.rows, at.loads, at.loads)
    pull = np.einsum("...z,...zk,...zi,...i->...k", precision, at.loads, at.off, at.filter)
    means = was.means + np.linalg.solve(curve + 1e-9 * np.eye(model.states), pull[..., None])[..., 0]
    now = Switching(means, was.variances, was.autoregression, was.transition)
    if model.order:
        joint = np.einsum("...z,...zij->...ij", precision, _moments(seen, model, now).spread)
        lags = np.linalg.solve(joint[..., 1:, 1:] + 1e-9 * np.eye(model.order), joint[..., 1:, :1])[..., 0]
        now = Switching(means, was.variances, lags, was.transition)
    squares, lead = _moments(seen, model, now).squares, at.lead
    if model.switching_variance:
        variances = (squares @ lead) / np.maximum(seen.rows @ lead, 1e-9)
    else:
        variances = np.broadcast_to((squares.sum(-1) / seen.rows.sum(-1))[..., None], means.shape)
    moves = np.maximum(seen.moves, 1e-6 * seen.moves.sum(axis=(-2, -1), keepdims=True))
    transition = moves / moves.sum(axis=-1, keepdims=True)
    return Switching(means, np.maximum(variances, 1.5 * FLOOR), now.autoregression, transition)


# ----- the last steps -----


def _polished(rows: Array, paths: Array, model: SwitchingModel, start: Switching) -> Switching:
    """From one start to the maximum, or why it is none."""

    def slope(point: Array) -> tuple[float, Array]:
        fit = _unpacked(point, model)
        seen = _expected(rows, paths, model, fit)
        gone = fit.variances.min() < 1.05 * FLOOR  # a collapse goes on for ever: no slope ends the search
        return -float(seen.log_likelihood), np.zeros_like(point) if gone else -_score(seen, model, fit)

    point, value, left = minimise(slope, _packed(start, model), tolerance=_REST)
    fit = _unpacked(point, model)
    reason = _fault(_expected(rows, paths, model, fit), model, fit)
    if reason:
        return unknown(model, reason)
    return Switching(fit.means, fit.variances, fit.autoregression, fit.transition, -value, left < _RESTED)


def _fault(seen: _Expected, model: SwitchingModel, fit: Switching) -> str:
    """Why a maximum is no use; empty where it is one."""
    lead = np.eye(model.states)[model.digits[:, 0]]
    if not np.isfinite(seen.log_likelihood):
        return "the search did not come to a likelihood"
    companion = np.eye(model.order, k=-1)
    if model.order:
        companion[0] = fit.autoregression
        if np.abs(np.linalg.eigvals(companion)).max() >= 1.0:
            return "the autoregression is not stationary"
    if fit.variances.min() < 2.0 * FLOOR:
        return "a variance has collapsed: beside that of the rows it is next to nothing"
    places = np.stack([fit.means, np.log(fit.variances)], axis=-1)
    apart = np.abs(places[:, None] - places[None]).max(axis=-1) + np.eye(model.states)
    if apart.min() < _SAME:
        return "two states are the same: nothing tells them apart"
    if (seen.rows @ lead).min() < 2.0:
        return "a state is reached in fewer than two rows"
    return ""


def _packed(fit: Switching, model: SwitchingModel) -> Array:
    """The parameters as free numbers: means, log variances above the floor, lags, log odds of leaving each state."""
    count = model.states if model.switching_variance else 1
    away = ~np.eye(model.states, dtype=bool)
    odds = np.log(fit.transition / np.diagonal(fit.transition)[:, None])[away]
    return np.concatenate([fit.means, np.log(fit.variances[:count] - FLOOR), fit.autoregression, odds])


def _unpacked(point: Array, model: SwitchingModel) -> Switching:
    """The parameters again."""
    k, count = model.states, model.states if model.switching_variance else 1
    means, logs, lags, odds = np.split(point, np.cumsum([k, count, model.order]))
    wide = np.zeros((k, k))
    wide[~np.eye(k, dtype=bool)] = np.minimum(odds, 500.0)
    weights = np.exp(wide - wide.max(axis=1, keepdims=True))
    variances = np.broadcast_to(FLOOR + np.exp(logs), (k,)).copy()
    return Switching(means, variances, lags, weights / weights.sum(axis=1, keepdims=True))


def _score(seen: _Expected, model: SwitchingModel, fit: Switching) -> Array:
    """Slopes of the log likelihood in the free numbers of `_packed`: the expected score of the complete data."""
    at = _moments(seen, model, fit)
    precision = 1.0 / fit.variances[model.digits[:, 0]]
    means = (precision * (at.off @ at.filter)) @ at.loads
    lags = precision @ (at.spread @ at.filter)[:, 1:]
    each = 0.5 * (at.squares * precision - seen.rows) * precision * (1.0 - FLOOR * precision) / precision
    logs = each @ at.lead if model.switching_variance else each.sum(keepdims=True)
    return np.concatenate([means, logs, lags, _odds_score(seen, fit)])


def _odds_score(seen: _Expected, fit: Switching) -> Array:
    """Slopes in the log odds: expected transitions, and what they do to the long-run law of the first state."""
    moves, transition = seen.moves, fit.transition
    slopes = moves - moves.sum(axis=1, keepdims=True) * transition
    law = ergodic(transition)
    pull = seen.first / np.maximum(law, 1e-300)
    reach = np.linalg.solve(np.eye(len(law)) - transition + law, pull)  # the fundamental matrix on it
    change = law[:, None] * reach[None, :]
    slopes = slopes + transition * (change - (transition * change).sum(axis=1, keepdims=True))
    return np.asarray(slopes[~np.eye(len(law), dtype=bool)])


def _in_units(fit: Switching, centre: float, spread: float, count: int) -> Switching:
    """A fit of standardised rows in the units of the rows themselves."""
    likelihood = fit.log_likelihood - count * np.log(spread)
    means, variances = centre + spread * fit.means, spread * spread * fit.variances
    found = Switching(means, variances, fit.autoregression, fit.transition, likelihood, fit.converged)
    return found.relabelled(np.argsort(means, kind="stable"))
