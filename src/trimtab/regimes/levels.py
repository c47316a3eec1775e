"""A number against the level at which a state is entered and the one at which it is left.

Two numbers within 1e-12 of each other relatively are equal, and at a level nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.errors import ParameterError
from trimtab.core.terms import TIE, hundredth


def above(value: Array, level: float) -> Mask:
    """Whether each value lies above the level, a tie left out; never where it is unknown."""
    return np.asarray(value - level > TIE * np.maximum(np.abs(value), abs(level)))


def below(value: Array, level: float) -> Mask:
    """Whether each value lies below the level, a tie left out; never where it is unknown."""
    return above(-value, -level)


def two_states(value: Array, enter: float, leave: float) -> Array:
    """Evidence (D, 2) for the first state and the second, which is entered beyond `enter` and left beyond `leave`.

    The second is the high one where `enter` is the higher level, else the low one. All 0 between the levels and at
    either of them; NaN where the value (D,) is unknown.
    """
    high = enter > leave
    second, first = (above(value, enter), below(value, leave)) if high else (below(value, enter), above(value, leave))
    return np.where(np.isfinite(value)[:, None], np.stack([first, second], axis=-1).astype(float), np.nan)


def require_apart(enter: float, leave: float, *, share: bool = False, rising: bool = False) -> None:
    """Raise ParameterError where the levels are no two numbers apart, or no shares where they must be.

    `rising`: the state is entered at the higher level, always.
    """
    for name, level in (("enter", enter), ("exit", leave)):
        if not np.isfinite(level):
            raise ParameterError(f"{name} is {level}", field=name, remedy="Give a plain number.")
        if share and not 0.0 < level < 1.0:
            meant = f"did you mean {hundredth(level)}?" if 1.0 < level < 100.0 else "such as 0.8."
            raise ParameterError(f"{name} is {level:g}", field=name, remedy=f"Give a fraction between 0 and 1: {meant}")
    if enter == leave:
        remedy = "Set them apart, such as 0.8 and 0.6: what lies between changes nothing."
        raise ParameterError(f"enter and exit are both {enter:g}", field="exit", remedy=remedy)
    if rising and enter < leave:
        what = f"exit {leave:g} is above enter {enter:g}"
        raise ParameterError(what, field="exit", remedy="Give an exit below the level that enters.")


def require_two(states: tuple[str, ...]) -> None:
    """Raise ParameterError where two states are not told apart by name."""
    if "" in states or len(set(states)) != len(states):
        raise ParameterError(f"states is {list(states)}", field="states", remedy="Give each state a name of its own.")


def place(value: float, levels: tuple[float, float], states: tuple[str, str], written: Callable[[float], str]) -> str:
    """Where a known value lies to the levels that enter and leave, and what that means; `written` puts a level in words."""
    enter, leave = levels
    first, second = two_states(np.array([value]), enter, leave)[0]
    over, under = ("above", "below") if enter > leave else ("below", "above")
    if second:
        return f"{over} {written(enter)}: {states[1]}"
    if first:
        return f"{under} {written(leave)}: {states[0]}"
    low, high = sorted(levels)
    return f"between {written(low)} and {written(high)}: the state before stays"


def in_words(enter: float, leave: float, states: tuple[str, str], written: Callable[[float], str]) -> str:
    """What enters the second state and what leaves it."""
    over, under = ("above", "below") if enter > leave else ("below", "above")
    return f"{states[1]} {over} {written(enter)} until {under} {written(leave)}"
