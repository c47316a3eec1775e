"""Means of ranks: each signal says only which assets it prefers to which, and by how many places.

Robust against signals of different scale and against outliers; what a signal says of all assets alike, such as a macro
spread, moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from trimtab.core.arrays import Array
from trimtab.core.values import Parts
from trimtab.signals.mean import Mean
from trimtab.signals.ranking import Within, groups_of, ranking


@dataclass(frozen=True, slots=True)
class RankMean(Mean):
    """Weighted mean of the ranks of the assets by each signal that speaks, in [-1, 1]. Shape (D, A).

    Each signal ranks the assets on which it speaks, or those of one class (`within`), evenly from -1 to 1 on the date;
    ties share their mean rank, so that a signal that says the same on all is present and neutral: 0. One that speaks on a
    single asset of a group ranks nothing and is absent. `weights`, `by_state`, `minimum_coverage` and `cap` as in `Mean`.
    """

    within: Within = Within.UNIVERSE

    def heard(self, parts: Parts) -> Array:
        """(K, ..., A) the numbers that are averaged: ranks."""
        return ranking(parts.values, groups_of(parts.assets, self.within)).scaled

    @property
    def words(self) -> str:
        """How the signals become one score."""
        among = "" if self.within is Within.UNIVERSE else " of the same class"
        return f"the mean of their ranks among assets{among}{self._details}"
