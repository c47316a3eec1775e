"""Covariances that risk budgeting is tried on, made from seeds."""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array


def factor_covariance(count: int, seed: int = 0) -> Array:
    """One market, a few other factors and noise; volatilities from 5 to 40 %."""
    random = np.random.default_rng(seed)
    loadings = np.hstack([np.ones((count, 1)), 0.5 * random.normal(size=(count, 3))])
    whole = loadings @ loadings.T + np.diag(random.uniform(0.5, 2.0, count))
    return rescaled(whole, random.uniform(0.05, 0.4, count))


def rescaled(matrix: Array, volatility: Array) -> Array:
    """The same correlations with other volatilities, symmetric to the bit."""
    scale = volatility / np.sqrt(np.diag(matrix))
    found = matrix * scale[:, None] * scale
    return np.asarray((found + found.T) / 2.0)


def spectral(values: Array, seed: int = 0) -> Array:
    """A covariance with given eigenvalues in random directions."""
    random = np.random.default_rng(seed)
    axes = np.linalg.qr(random.normal(size=(len(values), len(values))))[0]
    found = (axes * values) @ axes.T
    return np.asarray((found + found.T) / 2.0)


def sample_covariance(count: int, rows: int, seed: int = 0) -> Array:
    """Of fewer rows than assets, so singular; a common factor keeps long-only portfolios from being without risk."""
    random = np.random.default_rng(seed)
    return np.asarray(np.cov(random.normal(size=(count, rows)) + 1.5 * random.normal(size=rows)))


def skewed(count: int, seed: int = 0) -> Array:
    """Budgets far from equal, which sum to 1."""
    found = np.exp(2.0 * np.random.default_rng(seed).normal(size=count))
    return np.asarray(found / found.sum())
