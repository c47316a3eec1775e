"""Which assets a limit means: `only` names them or their classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trimtab.core.arrays import Mask, frozen
from trimtab.core.errors import ParameterError
from trimtab.core.values import Asset


def meant(universe: Sequence[Asset], only: Sequence[str]) -> Mask:
    """A mask (A,) of the assets that `only` names, by id or by class; all of them where it names none.

    Raises ParameterError for a name that is neither. An empty universe is not asked: its limit is not bound yet.
    """
    known = {name for asset in universe for name in (asset.id, asset.asset_class) if name}
    for name in only if universe else ():
        if name not in known:
            remedy = f"Known are {', '.join(sorted(known))}."
            raise ParameterError(f"{name!r} is no asset or class of the universe", field="only", remedy=remedy)
    chosen = [not only or asset.id in only or asset.asset_class in only for asset in universe]
    return frozen(np.array(chosen, dtype=bool))
