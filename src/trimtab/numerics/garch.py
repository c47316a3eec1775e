"""GARCH(1,1) with a constant mean and normal likelihood (Bollerslev 1986), fitted to many series at once.

h_t = omega + alpha e_{t-1}^2 + beta h_{t-1}, e = y - mu; before the first row both e^2 and h count as the sample variance
(ddof 0), as in the benchmark of Fiorentini, Calzolari and Panattoni (1996, "Analytic derivatives and the computation of
GARCH estimates"). Their analytic scores and expected information drive a damped scoring step in (mu, log omega, logit of
alpha + beta, logit of alpha's share), so that 0 < alpha, beta and alpha + beta < 1 hold by themselves; after a few steps
the information is carried on by what the slopes show (BFGS), which ends sooner than scoring does.

The work runs along the rows, each step elementwise over all series: a series has the same bits alone and among others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Index, Mask
from trimtab.numerics.returns import NO_SPREAD

SCORING, PATIENCE, MOST_STEPS = 6, 25, 80
ENOUGH, FLAT = 1e-10, 1e-5  # the gain in log-likelihood that the next step promises, at which a series is done; the larger
# one after PATIENCE steps: without a shock that is remembered the likelihood is a ridge, and all its points say the same
BLOCK = 2048  # series worked on at once: what a step touches stays in the cache
EDGE = 12.0  # logits stay within: 1 - 6e-6 is as near to 1 as it gets
STARTS = [(alpha, total) for total in (0.7, 0.9, 0.98) for alpha in (0.03, 0.08, 0.2)]
LOG_TWO_PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True, slots=True, eq=False)
class Garch:
    """Fits (...), one of each series; NaN where a row is unknown or, but for mean and variance, where nothing varies.

    `variance` is that of the next row, given all rows. `done`: the search came to its end.
    """

    mean: Array
    omega: Array
    alpha: Array
    beta: Array
    likelihood: Array
    variance: Array
    done: Mask

    @property
    def persistence(self) -> Array:
        """Alpha + beta: how much of a shock to the variance is left after one row."""
        return np.asarray(self.alpha + self.beta)


def garch(returns: Array) -> Garch:
    """Fit each series of returns (..., n, A): answers (..., A), in the units of the returns."""
    lead, n, count = returns.shape[:-2], returns.shape[-2], returns.shape[-1]
    rows = np.ascontiguousarray(np.moveaxis(returns, -2, 0).reshape(n, -1), dtype=float)
    found = np.full((7, rows.shape[1]), np.nan)
    for start in range(0, rows.shape[1], BLOCK):
        found[:, start : start + BLOCK] = _fitted(np.ascontiguousarray(rows[:, start : start + BLOCK]))
    mean, omega, alpha, beta, likelihood, variance, done = found.reshape(7, *lead, count)
    return Garch(mean, omega, alpha, beta, likelihood, variance, done == 1.0)


def _fitted(rows: Array) -> Array:
    """(7, N) mean, omega, alpha, beta, likelihood, next variance and done, of rows (n, N)."""
    n, out = len(rows), np.full((7, rows.shape[1]), np.nan)
    if n < 2:
        return out
    mean = _along(rows) / n
    off = rows - mean
    variance = _along(off * off) / n
    scale = np.sqrt(variance)
    still = np.isfinite(mean) & ~(scale > NO_SPREAD)
    out[0, still], out[5, still] = mean[still], 0.0
    good = np.flatnonzero(scale > NO_SPREAD)
    if len(good):
        fit = _search(np.ascontiguousarray(off[:, good] / scale[good]))
        s = scale[good]
        out[0, good] = mean[good] + s * fit[0]
        out[1, good], out[5, good] = s * s * fit[1], s * s * fit[5]
        out[2:4, good], out[6, good] = fit[2:4], fit[6]
        out[4, good] = fit[4] - n * np.log(s)
    return out


def _along(rows: Iterable[Array]) -> Array:
    """The sum of rows, first to last."""
    return np.asarray(sum(rows, np.zeros(())))  # the order is fixed, whatever the layout


def _search(rows: Array) -> Array:
    """The most likely parameters of standardised rows (n, N), as `_fitted` gives them."""
    point = _first(rows)
    value, slope, information = _scores(rows, point)
    damping, done = np.full(rows.shape[1], 1e-3), np.zeros(rows.shape[1])
    left = np.arange(rows.shape[1])
    mine = rows
    for turn in range(MOST_STEPS):
        step, promise = _step(point[:, left], slope[:, left], information[:, :, left], damping[left])
        finished = promise < (ENOUGH if turn < PATIENCE else FLAT)
        if finished.any():
            done[left[finished]] = 1.0
            left, step = left[~finished], step[:, ~finished]
            mine = np.ascontiguousarray(rows[:, left])
        if not len(left):
            break
        tried = _inside(point[:, left] + step)
        better = _try(mine, tried, left, (point, value, slope, information), scoring=turn < SCORING)
        damping[left] = np.where(better, np.maximum(damping[left] * 0.2, 1e-8), np.minimum(damping[left] * 6.0, 1e8))
    omega, alpha, beta = _natural(point)
    return np.array([point[0], omega, alpha, beta, value, _next(rows, point), done])


def _try(rows: Array, tried: Array, left: Index, held: tuple[Array, Array, Array, Array], *, scoring: bool) -> Mask:
    """Put the points `tried` (4, L) in place of those held wherever they are more likely, and say where."""
    point, value, slope, information = held
    new, its_slope, its_information = _scores(rows, tried, informed=scoring)
    better = np.asarray(new > value[left])
    moved = left[better]
    if not scoring:
        step, change = tried - point[:, left], slope[:, left] - its_slope
        its_information = _updated(information[:, :, left], step, change)
    point[:, moved], value[moved] = tried[:, better], new[better]
    slope[:, moved], information[:, :, moved] = its_slope[:, better], its_information[:, :, better]
    return better


def _updated(curvature: Array, step: Array, change: Array) -> Array:
    """The curvature (4, 4, L) that also explains the `change` of the slope (4, L) along a step; BFGS."""
    along = _along(step * change)
    forced = np.array([_along(curvature[i] * step) for i in range(4)])
    size = _along(step * forced)
    usable = (along > 1e-8 * size) & (size > 0.0)
    along, size = np.where(usable, along, 1.0), np.where(usable, size, 1.0)
    new = curvature + change[:, None] * change[None] / along - forced[:, None] * forced[None] / size
    return np.where(usable, new, curvature)


def _step(point: Array, slope: Array, information: Array, damping: Array) -> tuple[Array, Array]:
    """The damped scoring step (4, N), and the gain in likelihood that an undamped one promises (N,)."""
    blocked = (np.abs(point) >= EDGE) & (slope * point > 0.0)
    blocked[:2] = False
    g = np.where(blocked, 0.0, slope)
    free = ~blocked[:, None] & ~blocked[None]
    eye = np.eye(4)[..., None]
    info = np.where(free, information, 0.0) + eye * np.where(blocked, 1.0, 1e-10)
    matrices = np.moveaxis(np.stack([info, info + eye * damping * info]), -1, 1)
    steps = np.linalg.solve(np.ascontiguousarray(matrices), np.broadcast_to(g.T[..., None], (2, g.shape[1], 4, 1)))[..., 0]
    whole, damped = steps[0].T, steps[1].T
    longest = np.maximum(np.abs(damped).max(axis=0), 1.0)
    return damped / longest, 0.5 * (g[0] * whole[0] + g[1] * whole[1] + g[2] * whole[2] + g[3] * whole[3])


def _inside(point: Array) -> Array:
    """The point with its logits within their edges."""
    return np.concatenate([point[:2], np.clip(point[2:], -EDGE, EDGE)])


def _first(rows: Array) -> Array:
    """(4, N) the most likely of a few starting points at which the long-run variance is that of the sample."""
    best, value = np.zeros((4, rows.shape[1])), np.full(rows.shape[1], -np.inf)
    for alpha, whole in STARTS:
        share = alpha / whole
        start = np.array([0.0, np.log(1.0 - whole), np.log(whole / (1.0 - whole)), np.log(share / (1.0 - share))])
        point = np.repeat(start[:, None], rows.shape[1], axis=1)
        found = _likelihood(rows, point)
        best, value = np.where(found > value, point, best), np.maximum(found, value)
    return best


def _natural(point: Array) -> tuple[Array, Array, Array]:
    """omega, alpha and beta (N,) at a point (4, N)."""
    whole, share = 1.0 / (1.0 + np.exp(-point[2])), 1.0 / (1.0 + np.exp(-point[3]))
    return np.exp(point[1]), whole * share, whole * (1.0 - share)


def _likelihood(rows: Array, point: Array) -> Array:
    """Log-likelihood (N,) of rows (n, N) whose sample variance is 1."""
    omega, alpha, beta = _natural(point)
    square = h = np.ones(rows.shape[1])
    found = np.zeros(rows.shape[1])
    for row in rows:  # each variance depends on the one before
        h = omega + alpha * square + beta * h
        square = np.square(row - point[0])
        found += np.log(h) + square / h
    return np.asarray(-0.5 * (len(rows) * LOG_TWO_PI + found))


def _next(rows: Array, point: Array) -> Array:
    """The variance (N,) of the row after the last."""
    omega, alpha, beta = _natural(point)
    square = h = np.ones(rows.shape[1])
    for row in rows:
        h = omega + alpha * square + beta * h
        square = np.square(row - point[0])
    return np.asarray(omega + alpha * square + beta * h)


def _scores(rows: Array, point: Array, *, informed: bool = True) -> tuple[Array, Array, Array]:
    """Log-likelihood (N,), its slope (4, N) and the expected information (4, 4, N), where asked for, at a point (4, N)."""
    natural = omega, alpha, beta = _natural(point)
    count = rows.shape[1]
    h, error, square = np.ones(count), np.zeros(count), np.ones(count)
    change, drive = np.zeros((4, count)), np.ones((4, count))  # of h, by mu, omega, alpha, beta
    slope, information, found = np.zeros((4, count)), np.zeros((4, 4, count)), np.zeros(count)
    for row in rows:  # each variance depends on the one before
        drive[0], drive[2], drive[3] = -2.0 * alpha * error, square, h
        change *= beta
        change += drive
        h = omega + alpha * square + beta * h
        error = row - point[0]
        square = error * error
        inverse = 1.0 / h
        ratio = square * inverse
        found += np.log(h) + ratio
        scaled = change * inverse
        slope += scaled * (0.5 * (ratio - 1.0))
        slope[0] += error * inverse
        if informed:
            _inform(information, scaled, inverse)
    value = -0.5 * (len(rows) * LOG_TWO_PI + found)
    return value, *_transformed(slope, information, natural)


def _inform(information: Array, scaled: Array, inverse: Array) -> None:
    """Add what one row says to twice the information (4, 4, N), upper triangle."""
    for i in range(4):
        information[i, i:] += scaled[i] * scaled[i:]
    information[0, 0] += 2.0 * inverse


def _transformed(slope: Array, information: Array, natural: tuple[Array, Array, Array]) -> tuple[Array, Array]:
    """Slope and information (twice it, upper triangle) by (mu, omega, alpha, beta), by the coordinates of the search."""
    omega, alpha, beta = natural
    whole = alpha + beta
    share = alpha / whole
    jacobian = np.zeros((4, 4, len(omega)))  # of natural parameters (rows) by coordinates (columns)
    jacobian[0, 0], jacobian[1, 1] = 1.0, omega
    jacobian[2, 2], jacobian[3, 2] = alpha * (1.0 - whole), beta * (1.0 - whole)
    jacobian[2, 3], jacobian[3, 3] = alpha * (1.0 - share), -alpha * (1.0 - share)
    by = np.array([_along(jacobian[k, j] * slope[k] for k in range(4)) for j in range(4)])
    whole = np.array([[0.5 * information[min(i, j), max(i, j)] for j in range(4)] for i in range(4)])
    half = [[_along(whole[i, k] * jacobian[k, j] for k in range(4)) for j in range(4)] for i in range(4)]
    full = [[_along(jacobian[k, i] * half[k][j] for k in range(4)) for j in range(4)] for i in range(4)]
    return by, np.array(full)
