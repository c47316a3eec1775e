"""Where an asset stands in a universe: components name assets by id, arrays count them."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from trimtab.core.errors import ParameterError
from trimtab.core.values import Asset


def place_of(assets: Sequence[Asset], one: str, field: str) -> int:
    """The number of the asset with the id `one`, which stands in `field`.

    Raises ParameterError for an unknown id, with the nearest known one.
    """
    known = [asset.id for asset in assets]
    if one not in known:
        near = get_close_matches(one, known, n=1)
        remedy = f"Did you mean {near[0]}?" if near else f"The universe holds {', '.join(known) or 'nothing'}."
        raise ParameterError(f"{field} names {one!r}, not in the universe", field=field, remedy=remedy)
    return known.index(one)
