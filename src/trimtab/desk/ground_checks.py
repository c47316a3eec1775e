"""The parameter surface: does the policy stand on a plateau of its own neighbours, or on a spike among them?

The metric is the Sharpe ratio over the benchmark a year of every variant; the surface lies over the two numbers that matter
most, or over the whole grid that was asked for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from trimtab.core.errors import ParameterError
from trimtab.desk.evidence import Evidence, no_answer
from trimtab.desk.grid import Axis
from trimtab.desk.neighbourhood import size_of
from trimtab.desk.tried import owned
from trimtab.desk.validation import Ground
from trimtab.validation.checks import Check, Light
from trimtab.validation.percents import number
from trimtab.validation.sensitivity import HALF, Label, Surface, sensitivity

NAME = "parameter surface"
EVEN = 0.5  # share of the variants that should beat the benchmark


def ground(found: Evidence) -> Ground:
    """The surface of what was tried; without one where nothing could be varied."""
    tried = found.tried
    left_out = (*tried.failed, *found.late)
    axes = tuple(_ordered(axis) for axis in tried.axes)
    if not axes:
        return Ground(None, None, len(tried), left_out, tried.around)
    metric = tried.grid_of(axes, found.per_variant)
    own = owned(tried.policy, axes)
    cell = [_place(axis, own[axis.name]) for axis in axes]
    chosen = None if None in cell else tuple(one for one in cell if one is not None)
    try:
        surface = Surface(tuple(axis.name for axis in axes), tuple(_labels(axis.values) for axis in axes), metric)
    except ParameterError as error:
        return Ground(None, None, len(tried), (*left_out, error.what), tried.around)
    return Ground(surface, chosen, len(tried), left_out, tried.around)


def ground_check(made: Ground, *, chosen_grid: bool = False) -> Check:
    """Spike, rough ground or plateau; and how many of the variants beat the benchmark.

    A spike counts where it is ahead of the benchmark and its neighbours have less than half of its ratio. The edge of a
    grid counts where somebody chose the grid: the neighbourhood ends where values end.
    """
    if made.surface is None:
        return no_answer(NAME, "the policy has no number that could be varied", EVEN)
    if made.chosen is None:
        return no_answer(NAME, "the policy's own values are not on the grid", EVEN)
    found = sensitivity(made.surface, made.chosen, benchmark=0.0)
    if not math.isfinite(found.share) or not math.isfinite(found.value):
        return no_answer(NAME, found.words, EVEN)
    rough = found.kept < HALF
    left = found.low + found.kept * (found.value - found.low)
    falls = rough and found.value > 0.0 and left < HALF * found.value
    cliff = falls and found.spike and _one_side(made.surface, made.chosen, found.kept_by_axis, found.low)
    edge = bool(found.at_edge) and chosen_grid
    light = Light.FAIL if falls and found.spike and not cliff else Light.PASS
    if light is Light.PASS and (falls or edge or found.share < EVEN):
        light = Light.WARN
    said = f" Its neighbours still have {number(left)}." if rough and not falls and found.value > 0.0 else ""
    side = " On one side its neighbour keeps the lead: it stands at a cliff." if cliff else ""
    over = " and ".join(made.surface.names)
    words = f"{found.words}{said}{side} {made.tried:,} variants were tried; the surface is over {over}."
    return Check(NAME, found.share, EVEN, light, words)


def _one_side(surface: Surface, cell: tuple[int, ...], kept: Mapping[str, float], low: float) -> bool:
    """Whether, along each number in which the neighbours keep less than half of the lead, the better one of them keeps it."""
    lead = float(surface.metric[cell]) - low
    for axis, name in enumerate(surface.names):
        if kept[name] < HALF:
            beside = [place for place in (cell[axis] - 1, cell[axis] + 1) if 0 <= place < surface.metric.shape[axis]]
            near = [float(surface.metric[(*cell[:axis], place, *cell[axis + 1 :])]) for place in beside]
            if not any(value - low >= HALF * lead for value in near):
                return False
    return True


def _ordered(axis: Axis) -> Axis:
    """The axis with its numbers or windows rising, windows by their length in time; as it is where a value is neither."""
    if all(math.isfinite(size_of(value)) for value in axis.values):
        return Axis(axis.path, tuple(sorted(axis.values, key=size_of)))
    return axis


def _labels(values: Sequence[Any]) -> tuple[Label, ...]:
    """Numbers as they are, everything else as text."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return tuple(float(value) for value in values)
    return tuple(str(value) for value in values)


def _place(axis: Axis, own: Any) -> int | None:
    return axis.values.index(own) if own in axis.values else None
