"""Attribution on several levels: between classes, within classes, and so on down to the single instrument.

Decisions are taken from the top down, and each is paid for what it added to the one above it: Brinson and Fachler
(1985) on every level. Inside a class the benchmark's mix is scaled to what the portfolio holds of the class, so that the
size of the class is not counted again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from trimtab.attribution.groupings import nested, numbered, summed
from trimtab.attribution.segments import Segments
from trimtab.core.arrays import Array, Index, Mask

CANCELLED = 1e-12  # a net weight below this share of the gross one is rounding of longs against shorts


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """One level: its G groups and what each of them added, as a fraction of wealth: arrays (..., G).

    `labels` (G,) names the groups, sorted; `parents` (G,) is the place of each one's group on the level above, all 0 on
    the first. `allocation` is the bet on the group inside its parent, `selection` all that was decided below the group.
    """

    labels: npt.NDArray[Any]
    parents: Index
    allocation: Array
    selection: Array

    @property
    def by_group(self) -> Array:
        """Allocation and selection together, (..., G)."""
        return self.allocation + self.selection

    @property
    def for_parents(self) -> Array:
        """`by_group` summed over the children of each group above, whose `selection` there it is: (..., groups above)."""
        return summed(self.by_group, self.parents)


def levels(segments: Segments, groupings: Sequence[npt.ArrayLike] = ()) -> tuple[Level, ...]:
    """One level for each of `groupings`, coarse to fine, and a last one for the instruments of `segments` (..., A).

    A grouping (A,) gives each instrument the number or the name of its group; every group lies inside one group of the
    grouping before. The allocations of all levels down to any one, and the selections of that one, sum to the active
    return. What the benchmark does not hold of a class is compared as the portfolio mixes it: all is the bet on it, none
    the mix within, or the other way round where longs and shorts cancel. NaN where those of the benchmark cancel: then
    it has no return there. Raises ParameterError for groupings that do not fit or do not nest.
    """
    count = segments.weights.shape[-1]
    found: list[Level] = []
    above, place = _whole(segments), np.zeros(count, dtype=np.intp)
    for number, grouping in enumerate((*groupings, np.arange(count))):
        labels, below = numbered(grouping, count, f"groupings[{number}]")
        parents = nested(below, place, labels, f"groupings[{number}]")
        groups = _groups(segments, below)
        found.append(Level(labels, parents, groups.allocation(above, parents), groups.selection))
        above, place = groups, below
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """Of each group: its weights, the return it is measured by, what the portfolio made of it; each (..., G).

    `foreign`: the benchmark holds nothing of it. `cancelled`: nor does the portfolio, net of its shorts.
    """

    weight: Array
    benchmark_weight: Array
    benchmark_return: Array
    result: Array
    foreign: Mask
    cancelled: Mask

    @property
    def selection(self) -> Array:
        return self.result - self.weight * self.benchmark_return

    def allocation(self, above: _Groups, parents: Index) -> Array:
        theirs, ours = above.benchmark_weight[..., parents], above.weight[..., parents]
        scaled = self.benchmark_weight * (ours / np.where(theirs == 0.0, 1.0, theirs))
        mixed = np.where(above.cancelled[..., parents], 0.0, self.weight)
        inside = np.where(above.foreign[..., parents], mixed, scaled)
        return (self.weight - inside) * (self.benchmark_return - above.benchmark_return[..., parents])


def _whole(segments: Segments) -> _Groups:
    """Everything as one group, of weight 1 in both: what is decided above the first level is nothing."""
    one, no = np.ones((*segments.par.shape, 1)), np.zeros((*segments.par.shape, 1), dtype=bool)
    return _Groups(one, one, segments.par[..., None], segments.portfolio_return[..., None], no, no)


def _groups(segments: Segments, place: Index) -> _Groups:
    w, v, b = segments.weights, segments.benchmark_weights, segments.benchmark_returns
    weight, benchmark_weight = summed(w, place), summed(v, place)
    gross, benchmark_gross = summed(np.abs(w), place), summed(np.abs(v), place)
    foreign, cancelled = benchmark_gross == 0.0, np.abs(weight) <= CANCELLED * gross
    lost = ~foreign & (np.abs(benchmark_weight) <= CANCELLED * benchmark_gross)
    held = np.where(foreign, weight, benchmark_weight)
    amount = np.where(foreign, summed(w * b, place), summed(v * b, place))
    nothing = foreign & cancelled
    mean = np.where(nothing, 0.0, amount / np.where(nothing | lost, 1.0, held))
    result = summed(w * segments.returns, place)
    return _Groups(weight, benchmark_weight, np.where(lost, np.nan, mean), result, foreign, nothing)
