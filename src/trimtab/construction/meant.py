"""Which assets are meant by name: parameters name them by id, or by class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trimtab.core.arrays import Mask, frozen
from trimtab.core.errors import ParameterError
from trimtab.core.values import Asset


def named(universe: Sequence[Asset], names: Sequence[str], field: str) -> Mask:
    """(A,) the assets whose id or class is in `names`, read-only; none where it names none.

    Raises ParameterError, pointing at `field`, for a name that is neither, and for one named twice. An empty universe knows
    no names yet, and is not asked.
    """
    known = {word for asset in universe for word in (asset.id, asset.asset_class) if word}
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f"{name!r} is named twice", field=field, remedy="Name it once.")
        if universe and name not in known:
            what = f"{name!r} is no asset or class of the universe"
            raise ParameterError(what, field=field, remedy=f"Known are {', '.join(sorted(known))}.")
    return frozen(np.array([asset.id in names or asset.asset_class in names for asset in universe], dtype=bool))


def meant(universe: Sequence[Asset], only: Sequence[str]) -> Mask:
    """(A,) the assets that `only` names, read-only; all of them where it names none. Raises as `named`."""
    found = named(universe, only, "only")
    return found if only else frozen(np.ones(len(universe), dtype=bool))
