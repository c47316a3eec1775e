"""Which assets a signal speaks about: all of the universe, or those that it lists by id."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.places import place_of
from trimtab.core.roles import View
from trimtab.core.values import Asset, Measure, Scores


def listed(assets: Sequence[Asset], ids: tuple[str, ...], *, field: str = "assets") -> Mask:
    """(A,) whether each asset is listed; all of them where `ids` is empty.

    Raises ParameterError for an unknown id, which stands in `field`.
    """
    for one in ids:
        place_of(assets, one, field)
    return np.array([not ids or asset.id in ids for asset in assets], dtype=bool)


def chosen(view: View, ids: tuple[str, ...], values: Array) -> Scores:
    """Scores (D, A) of the listed assets, NaN on the others."""
    return Scores(view.assets, values if not ids else np.where(listed(view.assets, ids), values, np.nan))


def measured(view: View, ids: tuple[str, ...], name: str, values: Array, *, percent: bool = True) -> Measure:
    """A measure (D, A) of the listed assets, NaN on the others; (D,) values are those of every asset."""
    everywhere = values if values.ndim == 2 else spread_over(view, values)
    return Measure(name, np.where(listed(view.assets, ids), everywhere, np.nan), percent)


def spread_over(view: View, values: Array) -> Array:
    """Values (D,) that are the same on every asset, as (D, A)."""
    return np.broadcast_to(values[:, None], (len(view.days), len(view.assets)))


def silence(asset: Asset) -> str:
    """What a signal says on an asset that it does not list."""
    return f"says nothing on {asset.title}"
