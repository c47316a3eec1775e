"""The neighbourhood of a policy: each of its numbers a quarter and a half below and above, and which of these can be read.

Numbers are the parameters of signals, combiner, regime, forecast, allocator and reacher: windows, bands, thresholds, sizes.
Weights by asset and lists are no parameters, 0 has no neighbour in percent, and whole numbers and windows move by whole
steps. METHODS 9 asks for a grid of 50 % to both sides (Pardo 2008, "The evaluation and optimization of trading strategies").
A quorum of more signals than there are is no neighbour: it could never act.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trimtab.core.errors import TrimtabError
from trimtab.desk.grid import Axis, Grid
from trimtab.desk.policy import Policy
from trimtab.desk.variants import Variants

PARTS = ("signals", "combine", "regime", "forecast", "allocator", "reacher")
FACTORS = (0.5, 0.75, 1.25, 1.5)
_SPAN = re.compile(r"(\d{1,6})([A-Za-z]+)")
_SESSIONS = {"D": 1.0, "W": 5.0, "M": 21.0, "Q": 63.0, "Y": 252.0}  # in a unit of time
_NO_CHOICE = frozenset({"seed"})  # nobody chooses it for what comes out


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of a policy: its axis with the policy's own value in its place, in rising order, and where that stands."""

    axis: Axis
    own: int

    @property
    def name(self) -> str:
        """The key, as messages and `--grid` write it."""
        return self.axis.name

    @property
    def others(self) -> tuple[int, ...]:
        """Places of the values that are not the policy's."""
        return tuple(place for place in range(len(self.axis.values)) if place != self.own)


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The parameters that can be varied, and in words what cannot and why."""

    parameters: tuple[Parameter, ...]
    left_out: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many neighbours there are, one parameter at a time."""
        return sum(len(one.others) for one in self.parameters)


def neighbourhood(policy: Policy) -> Neighbourhood:
    """The neighbours of a policy that the policy's own reader accepts; what it refuses is named with its reason."""
    found, refused = list[Parameter](), list[str]()
    for path, value in _numbers(policy.identity.canonical):
        near, silent = _acting(policy.identity.canonical, path, tuple(neighbours(value)))
        refused += silent
        if not near:
            continue
        axis, kept = Axis(path, near), []
        for one, fault in zip(near, _faults(policy, axis), strict=True):
            if fault:
                refused.append(f"{axis.name}={one}: {fault}")
            else:
                kept.append(one)
        if kept:
            values = sorted([*kept, value], key=size_of)
            found.append(Parameter(Axis(path, tuple(values)), values.index(value)))
    return Neighbourhood(tuple(found), tuple(refused))


def neighbours(value: Any) -> Iterator[Any]:
    """Values 50 % and 25 % below, and 25 % and 50 % above a number or a window such as `10M`; none for 0 and for texts.

    Whole numbers and windows stay whole, at least 1, and each value comes once.
    """
    size, unit = _read(value)
    if not size:
        return
    whole = unit or isinstance(value, int)
    seen = {size}
    for factor in FACTORS:
        near = max(1.0, float(int(factor * size + 0.5))) if whole and size > 0 else float(f"{factor * size:.6g}")
        if near not in seen:
            seen.add(near)
            yield f"{int(near)}{unit}" if unit else int(near) if whole else near


def _read(value: Any) -> tuple[float, str]:
    """The size and the unit of a value; 0 where it is no number."""
    if isinstance(value, bool) or value is None:
        return 0.0, ""
    if isinstance(value, int | float):
        return float(value), ""
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    return (float(match[1]), match[2]) if match else (0.0, "")


def size_of(value: Any) -> float:
    """How large a number is, or how long a window in sessions: 3M before 26W before 10M; NaN for anything else."""
    size, unit = _read(value)
    known = bool(unit) or (isinstance(value, int | float) and not isinstance(value, bool))
    return size * _SESSIONS.get(unit.upper(), 1.0) if known else math.nan


def _acting(canonical: Any, path: tuple[str | int, ...], near: tuple[Any, ...]) -> tuple[tuple[Any, ...], list[str]]:
    """Of the neighbours of a number those that can act, and in words which cannot: a quorum of more signals than there are."""
    if path[-2:] != ("combine", "minimum"):
        return near, []
    for part in path[:-2]:
        canonical = canonical[part]
    most = len(canonical.get("signals") or ())
    there = "there is 1 signal" if most == 1 else f"there are {most} signals"
    silent = [f"{Axis(path, (one,)).name}={one}: {there}, so that it could never act" for one in near if one > most]
    return tuple(one for one in near if one <= most), silent


def _numbers(canonical: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Path and value of every number that is a component's own field."""
    for part in PARTS:
        if part != "combine" or canonical.get("signals"):  # else there is nothing to combine
            yield from _inside((part,), canonical.get(part))


def _inside(path: tuple[str | int, ...], value: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, Mapping):
        component = "use" in value
        for key, inner in value.items():
            if isinstance(inner, Mapping | list | tuple):
                yield from _inside((*path, str(key)), inner)
            elif component and key != "use" and key not in _NO_CHOICE and _read(inner)[0]:
                yield (*path, str(key)), inner
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _inside((*path, place), inner)


def _faults(policy: Policy, axis: Axis) -> Iterator[str]:
    """Why the policy cannot be read with each value of an axis; empty where it can."""
    variants = Variants.of(policy, Grid((axis,)))
    for number in range(len(variants)):
        try:
            variants.policy(number)
        except TrimtabError as error:
            yield error.what
        else:
            yield ""
