"""What measures against a benchmark are made of: sums over one block of returns and the benchmark's, each taken once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.numerics.measuring import Asked, Found, Room, dot
from trimtab.numerics.ratios import Capture
from trimtab.numerics.returns import NO_SPREAD


@dataclass(frozen=True, slots=True, eq=False)
class Rival:
    """Benchmark returns, one row for all series or one for each, (1 or R, T): what is known of them alone.

    `away` are the deviations of its excess returns, `rose` and `fell` the periods of the captures.
    """

    returns: Array
    away: Array
    rose: Mask
    fell: Mask
    found: Found


def rival(returns: Array, asked: Asked) -> Rival:
    """Everything that is known of the benchmark alone."""
    convention = asked.conventions.capture
    excess = returns - asked.rf
    away = excess - excess.mean(-1, keepdims=True)
    plain = returns - returns.mean(-1, keepdims=True)
    rose, fell = returns > 0.0, returns <= 0.0 if convention is Capture.CUMULATIVE else returns < 0.0
    factors = np.where(returns < -1.0, np.nan, 1.0 + returns)
    found = {
        "b_known": np.where(np.isfinite(returns).all(-1), 1.0, np.nan),
        "b_low": returns.min(-1),
        "b_excess": excess.mean(-1),
        "b_excess_m2": dot(away, away),
        "b_m2": dot(plain, plain),
        "b_growth": np.multiply.reduce(factors, axis=-1),
        "rises": np.count_nonzero(rose, axis=-1).astype(float),
        "drops": np.count_nonzero(fell, axis=-1).astype(float),
        "b_up": _over(returns, factors, rose, convention),
        "b_down": _over(returns, factors, fell, convention),
    }
    return Rival(returns, away, rose, fell, found)


def _over(returns: Array, factors: Array, chosen: Mask, convention: Capture) -> Array:
    """Growth over the chosen periods, or the sum of their returns."""
    if convention is Capture.MEANS:
        return np.asarray(np.where(chosen, returns, 0.0).sum(-1))
    return np.asarray(np.multiply.reduce(np.where(chosen, factors, 1.0), axis=-1) - 1.0)


def against(x: Array, room: Room, _asked: Asked, other: Rival) -> Found:
    """Sums of the difference, and of what the benchmark does not explain. Needs `centred`."""
    found = {"ahead": np.count_nonzero(np.greater(x, other.returns, out=room.mask), axis=-1).astype(float)}
    active = np.subtract(room.centred, other.away, out=room.spare)
    found["active_m2"] = dot(active, active)
    moved = other.found["b_excess_m2"]
    steady = np.where(moved > (x.shape[1] - 1) * NO_SPREAD**2, moved, np.nan)
    with_it = room.centred @ other.away[0] if len(other.away) == 1 else dot(room.centred, other.away)
    found["beta"] = with_it / steady
    rest = np.multiply(other.away, found["beta"][:, None], out=room.spare)
    np.subtract(room.centred, rest, out=rest)
    found["rest2"] = dot(rest, rest)
    return found | {name: np.broadcast_to(value, len(x)) for name, value in other.found.items()}


def captures(x: Array, room: Room, asked: Asked, other: Rival) -> Found:
    """Growth over the periods in which the benchmark rose, and fell. Needs `factors`."""
    convention, found = asked.conventions.capture, {}
    for name, chosen in (("up_capture", other.rose), ("down_capture", other.fell)):
        if len(chosen) > 1 or len(x) == 1:
            found[name] = _over(x, room.factors, chosen, convention)
        elif convention is Capture.MEANS:
            found[name] = np.take(x, np.flatnonzero(chosen), axis=1).sum(-1)
        else:
            found[name] = np.multiply.reduce(np.take(room.factors, np.flatnonzero(chosen), axis=1), axis=-1) - 1.0
    return found
