"""Off above a high percentile, on again below a lower one, and the side before in between: the sides of volatility."""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.signals.sides import side


def calm(rank: Array, on_below: float, off_above: float) -> Array:
    """+1 below `on_below`, -1 above `off_above`, 0 between or at an edge, NaN where the percentile is unknown."""
    high, low = side(rank, np.asarray(off_above)), side(rank, np.asarray(on_below))
    return np.where(np.isnan(rank), np.nan, np.where(high > 0.0, -1.0, np.where(low < 0.0, 1.0, 0.0)))


def require_apart(on_below: float, off_above: float) -> None:
    """Raise ParameterError where a percentile could be on and off at once."""
    if on_below > off_above:
        what = f"on_below {on_below:g} is above off_above {off_above:g}"
        raise ParameterError(what, field="on_below", remedy="Give a lower one, such as 0.6 with 0.8.")


def place(rank: float, on_below: float, off_above: float) -> str:
    """`percentile 85.0 %, above 80 %: off`."""
    where = float(calm(np.asarray(rank), on_below, off_above))
    far = (
        f"below {100 * on_below:g} %: on"
        if where > 0.0
        else f"above {100 * off_above:g} %: off"
        if where < 0.0
        else f"between {100 * on_below:g} % and {100 * off_above:g} %: the state before stays"
    )
    return f"percentile {100 * rank:.1f} %, {far}"


def turn(rank: float, on_below: float, off_above: float) -> str:
    """What turns the side; empty where the percentile is unknown."""
    if np.isnan(rank):
        return ""
    where = float(calm(np.asarray(rank), on_below, off_above))
    ways = {1.0: f"off above {100 * off_above:g} %", -1.0: f"on below {100 * on_below:g} %"}
    return f"turns {ways.get(where, ', '.join(reversed(ways.values())))}"
