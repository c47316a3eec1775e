"""Which trials are one idea in several dresses: clusters by the correlation of their returns.

Average linkage on 1 - correlation, cut where clusters correlate by less than `likeness` on average: two trials with a
correlation of 0.5 move together more than apart. Lopez de Prado and Lewis (2019, "Detection of false investment strategies
using unsupervised learning methods", Quantitative Finance 19(9)) cut by silhouettes, which have no answer for one cluster and
none for trials without any likeness; the fixed cut has: copies are one cluster, N independent trials N, k blocks k, and a
trial unlike all others adds one.

Up to MOST trials all correlations are read. More are taken in parts of MOST, in the order of their correlation with the mean
of all; the clusters found take part in the next round as they are, until all are in one part, or a round joins fewer than a
tenth of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Index, frozen
from trimtab.core.errors import ParameterError
from trimtab.core.terms import TIE
from trimtab.numerics.average_chain import average_chain
from trimtab.numerics.returns import divisor
from trimtab.validation.effective_trials import trial_returns, unit_columns

MOST = 1000  # trials clustered at once: 16 MB
_FEWER = 0.9  # a round that leaves more of the clusters than this is the last


@dataclass(frozen=True, slots=True, eq=False)
class TrialClusters:
    """`labels` (N,) names the cluster of each trial, from 0 in the order of first members; -1 where returns do not vary."""

    labels: Index

    @property
    def count(self) -> int:
        """How many clusters there are."""
        return int(self.labels.max(initial=-1)) + 1

    @property
    def sizes(self) -> Index:
        """How many trials each cluster has."""
        return np.bincount(self.labels[self.labels >= 0], minlength=self.count)

    def sharpes(self, returns: Array) -> Array:
        """The Sharpe ratio a period of each cluster: of its members held together, each at the same volatility.

        `returns` (T, N) are those that were clustered. NaN where the members cancel.
        """
        values = trial_returns(returns)
        sd = divisor(values.T)
        means = np.zeros((self.count, len(values)))
        for trial in np.flatnonzero(self.labels >= 0):  # one row at a time: no copy of all returns
            means[self.labels[trial]] += values[:, trial] / sd[trial]
        return np.asarray(means.mean(axis=1) / divisor(means))


def trial_clusters(returns: Array, *, likeness: float = 0.5) -> TrialClusters:
    """The clusters of trials from their returns (T, N) over the same periods.

    Raises ParameterError for a likeness outside (0, 1), DataError as `effective_trials`.
    """
    if not 0.0 < likeness < 1.0:
        raise ParameterError(f"likeness {likeness:g} is not between 0 and 1", field="likeness", remedy="Use 0.5.")
    values = trial_returns(returns)
    varies = np.isfinite(divisor(values.T))
    means = np.ascontiguousarray(unit_columns(values).T)
    size, label = np.ones(len(means)), np.arange(len(means))
    while True:
        before = len(means)
        means, size, found = _round(means, size, 1.0 - likeness)
        label = found[label]
        if before <= MOST or len(means) > _FEWER * before:
            break
    labels = np.full(values.shape[1], -1)
    labels[varies] = _by_first(label)
    return TrialClusters(frozen(labels))


def _round(means: Array, size: Array, cut: float) -> tuple[Array, Array, Index]:
    """One round over clusters (C, T) of `size` members each: the new clusters, their sizes, and where each went (C,)."""
    order = np.arange(len(means))
    if len(means) > MOST:
        order = np.argsort(means @ (size @ means), kind="stable")
    went, named = np.empty(len(order), dtype=np.intp), 0
    for place in range(0, len(order), MOST):
        chosen = order[place : place + MOST]
        part = _cut(1.0 - means[chosen] @ means[chosen].T, size[chosen], cut)
        went[chosen] = part + named
        named += int(part.max(initial=-1)) + 1
    total = np.asarray(np.bincount(went, size, named), dtype=float)
    joined = np.zeros((named, means.shape[1]))
    np.add.at(joined, went, size[:, None] * means)
    return np.asarray(joined / total[:, None]), total, went


def _cut(distances: Array, size: Array, cut: float) -> Index:
    """The cluster of each row once all mergers up to the height `cut` are made."""
    tree = average_chain(distances, size)
    place = np.arange(len(size))
    for k in np.argsort(tree.height, kind="stable"):  # each merger rests on those below it
        if tree.height[k] > cut * (1.0 + TIE):
            break
        place[place == tree.gone[k]] = tree.kept[k]
    return np.unique(place, return_inverse=True)[1]


def _by_first(label: Index) -> Index:
    """Clusters renumbered in the order of their first members."""
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]
