"""Ranks among assets on one date, scaled evenly to [-1, 1]: the cross-section, not the past."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from trimtab.core.arrays import Array, Index
from trimtab.core.roles import View
from trimtab.core.values import Asset
from trimtab.signals.selection import listed
from trimtab.signals.sides import side


class Within(Enum):
    """Among whom an asset is ranked: all that are listed, or those of its own asset class."""

    UNIVERSE = "universe"
    CLASS = "class"


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """How many known values of its group each value (..., A) leaves behind; all NaN where the value is unknown."""

    behind: Array  # values below it
    level: Array  # values equal to it (1e-12 relatively), itself included
    count: Array  # known values of the group

    @property
    def scaled(self) -> Array:
        """(..., A) evenly from -1, the lowest, to 1; ties share their mean rank. NaN for a value that stands alone."""
        last = np.where(self.count > 1.0, self.count - 1.0, np.nan)
        return np.asarray(2.0 * (self.behind + 0.5 * (self.level - 1.0)) / last - 1.0)

    def best(self, top: int) -> Array:
        """(..., A) 1 for the `top` highest and -1 for the others; a tie across the edge is all in. NaN as in `scaled`."""
        inside = self.count - self.behind - self.level < top
        return np.where(self.count > 1.0, np.where(inside, 1.0, -1.0), np.nan)

    @property
    def place(self) -> Array:
        """(..., A) 1 for the highest; ties share the better place."""
        return np.asarray(self.count - self.behind - self.level + 1.0)


def ranking(values: Array, groups: Index) -> Ranking:
    """Rank values (..., A) among those of the same group (A,); NaN takes no part."""
    counts = np.full((3, *values.shape), np.nan)
    known = np.isfinite(values)
    for a in range(values.shape[-1]):  # asset by asset: all pairs at once would take A times the memory
        mates = groups == groups[a]
        sides = side(values[..., [a]], values[..., mates])
        found = np.stack([(sides > 0.0).sum(-1), (sides == 0.0).sum(-1), known[..., mates].sum(-1)])
        counts[..., a] = np.where(known[..., a], found, np.nan)
    return Ranking(*counts)


def ranked(view: View, values: Array, ids: tuple[str, ...], within: Within) -> Ranking:
    """Rank values (D, A) among the listed assets, or among those of them that are of the same class."""
    return ranking(np.where(listed(view.assets, ids), values, np.nan), groups_of(view.assets, within))


def groups_of(assets: tuple[Asset, ...], within: Within) -> Index:
    """(A,) number of each asset's group; assets without a class are one together."""
    names = [asset.asset_class if within is Within.CLASS else "" for asset in assets]
    return np.array([names.index(name) for name in names], dtype=np.intp)


def placed(found: Ranking, asset: int, order: str = "") -> str:
    """The place of one asset on the last date, for a sentence; `order` says how places are counted."""
    count = int(found.count[-1, asset])
    if count < 2:
        return "unknown: no other asset to be ranked among has one"
    tie = " (shared)" if found.level[-1, asset] > 1.0 else ""
    return f"rank {int(found.place[-1, asset])} of {count}{tie}{order}"
