"""What the tests of hierarchical risk parity share: random covariances, ties, and the method by scipy and plain lists."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import leaves_list
from scipy.cluster.hierarchy import linkage as scipy_linkage
from scipy.spatial.distance import squareform

from trimtab.construction.hierarchical import Distance, HierarchicalRiskParity
from trimtab.core.arrays import Array


def covariances(seed: int, dates: int, count: int) -> Array:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(dates, 3 * count + 2, count)) @ rng.normal(size=(dates, count, count))
    return np.swapaxes(x, 1, 2) @ x


def one_by_one(parity: HierarchicalRiskParity, covariance: Array) -> Array:
    """The same by scipy's trees and lists of names."""
    rows = []
    for sigma in covariance:
        deviation = np.sqrt(np.diag(sigma))
        plain = np.sqrt(np.clip((1.0 - sigma / np.outer(deviation, deviation)) / 2.0, 0.0, 1.0))
        np.fill_diagonal(plain, 0.0)
        given_ = squareform(plain, checks=False)
        if parity.distance is Distance.LDP:
            given_ = squareform(np.array([[np.linalg.norm(a - b) for b in plain] for a in plain]), checks=False)
        weights = np.ones(len(sigma))
        lists = [leaves_list(scipy_linkage(given_, parity.linkage.value)).tolist()]
        while lists:
            whole = lists.pop()
            left, right = whole[: len(whole) // 2], whole[len(whole) // 2 :]
            if left and right:
                share = 1.0 - spread(sigma, left) / (spread(sigma, left) + spread(sigma, right))
                weights[left] *= share
                weights[right] *= 1.0 - share
                lists += [left, right]
        rows.append(weights)
    return np.array(rows)


def spread(sigma: Array, members: list[int]) -> float:
    part = sigma[np.ix_(members, members)]
    weights = 1.0 / np.diag(part)
    weights /= weights.sum()
    return float(weights @ part @ weights)


def tied(count: int) -> Array:
    """Equal correlations, unequal volatilities: every pair is as close as any other."""
    deviation = 0.1 + 0.05 * np.arange(count)
    return (0.3 + 0.7 * np.eye(count)) * np.outer(deviation, deviation)
