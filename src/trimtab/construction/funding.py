"""Who pays for tilts: what the tilts of a date add up to is taken from assets or cash, pro rata to benchmark weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trimtab.construction.active import require_benchmark
from trimtab.core.arrays import Array, Mask, frozen, require_shape
from trimtab.core.errors import ParameterError
from trimtab.core.values import Asset

CASH = "cash"
DUST = 1e-12  # what rounding leaves of a weight of nothing pays for nothing


def funds(universe: Sequence[Asset], benchmark: Sequence[float], funding: Sequence[str]) -> Mask:
    """(A,) the assets that `funding` names by id or class. Raises ParameterError for names and weights that do not fit."""
    require_benchmark(benchmark, universe)
    words = [word for asset in universe for word in (asset.id, asset.asset_class)]
    if CASH in funding and CASH in words:
        remedy = "Rename the asset or class: in funding, cash means what the weights leave of 1."
        raise ParameterError("an asset or class is called cash", field="funding", remedy=remedy)
    known = {CASH, *words}
    for name in funding if universe else ():
        if name not in known:
            remedy = f"Known are {', '.join(sorted(filter(None, known)))}."
            raise ParameterError(f"{name!r} is no asset or class of the universe", field="funding", remedy=remedy)
    named = [asset.id in funding or asset.asset_class in funding for asset in universe]
    return frozen(np.array(named, dtype=bool))


def payers(named: Mask, funding: Sequence[str], silent: Mask) -> Mask:
    """(D, A) who pays: those `named` (A,); without `funding` those that are `silent` (D, A), or all where none is."""
    if funding:
        require_shape("the universe of an overlay", named, silent.shape[-1:])
        return np.broadcast_to(named, silent.shape).copy()
    return silent | ~silent.any(-1, keepdims=True)


def paid(benchmark: Array, tilts: Array, paying: Mask, *, by_cash: bool) -> Array:
    """Weights (D, A): the benchmark (A,) with tilts (D, A), whose sum those that pay (D, A), and cash, give up.

    Pro rata to benchmark weights, that of cash being what the others leave of 1; where nobody who pays has any, cash does.
    """
    weights = np.where(benchmark > DUST, benchmark, 0.0) * paying
    rest = 1.0 - float(benchmark.sum())
    cash = rest if by_cash and rest > DUST else 0.0
    pool = weights.sum(-1, keepdims=True) + cash
    shares = weights / np.where(pool > 0.0, pool, 1.0)  # what they leave of 1 is the share of cash
    return np.asarray(benchmark + tilts - shares * tilts.sum(-1, keepdims=True))
