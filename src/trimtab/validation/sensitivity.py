"""How much does the result hang on the parameters? The metric over a grid of them, and where on it the choice stands.

METHODS 9: the grid reaches about 50 % to both sides of each parameter; stated are its median, quartiles, the share that beats
the benchmark and how far the choice stands from the edge of the grid; prefer the centre of a plateau (Pardo 2008, "The
evaluation and optimization of trading strategies", asks for the same).

Neighbours are the cells one step away in one parameter. The plateau measure `kept` is the part of the lead of the choice over
the lower quartile of the grid that its neighbours keep, in the parameter in which they keep least: 1 on a plateau, 0 on a
spike in a flat field, the same whatever the unit and zero of the metric. A choice is a spike where they keep less than half,
and it stands out from them by more than three robust standard deviations of how cells elsewhere stand out from theirs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from trimtab.core.arrays import Array, Mask, frozen
from trimtab.core.errors import ParameterError
from trimtab.core.terms import TIE
from trimtab.validation.percents import number, percent

HALF = 0.5  # neighbours that keep less than half of the lead are no plateau
STANDS_OUT = 3.0 * 1.4826  # three standard deviations, each 1.4826 median absolute deviations of a normal (Hampel 1974)
ALIKE = 0.75  # cells that keep three quarters of the best smoothed lead belong to the plateau
Label = float | str


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A metric over a grid: `names` of n parameters, their values in order (`axes`), and `metric` (L1, ..., Ln).

    More is better. NaN is a variant without an answer. Numbers along an axis rise; texts stand in the order of their meaning.
    Raises ParameterError where the shapes or the order are wrong.
    """

    names: tuple[str, ...]
    axes: tuple[tuple[Label, ...], ...]
    metric: Array

    def __post_init__(self) -> None:
        """Check shapes, names and order; keep a read-only copy."""
        metric = np.array(self.metric, dtype=float)
        want = tuple(len(axis) for axis in self.axes)
        if not self.names or len(set(self.names)) != len(self.names) or len(self.names) != len(self.axes):
            what = f"{len(self.axes)} axes stand beside the names {', '.join(self.names) or '(none)'}"
            raise ParameterError(what, field="names", remedy="Give each axis one name of its own.")
        if metric.shape != want or 0 in want:
            what = f"the metric has shape {metric.shape} and the axes {want}"
            raise ParameterError(what, field="metric", remedy="Give one number for each combination, NaN where there is none.")
        if np.isinf(metric).any():
            raise ParameterError(
                "the metric is infinite somewhere", field="metric", remedy="Give NaN where there is no answer."
            )
        for name, axis in zip(self.names, self.axes, strict=True):
            _require_order(name, axis)
        object.__setattr__(self, "metric", frozen(metric))

    def at(self, cell: tuple[int, ...]) -> dict[str, Label]:
        """The parameters of a cell by name."""
        return {name: axis[i] for name, axis, i in zip(self.names, self.axes, cell, strict=True)}


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Where the `chosen` cell stands on its surface.

    `value` is its metric, `low`, `median`, `high` the quartiles of the `known` of all `cells`, `share` the part of these that
    beats the benchmark (NaN without one). `edge` has the steps to the nearest end of each axis, None for an axis of one value.
    `kept` by axis is the plateau measure, NaN where the choice does not lead or has no known neighbour; `centre` is the cell in
    the middle of the widest plateau, None where nothing is known; `wanted` are its parameters.
    """

    chosen: tuple[int, ...]
    parameters: dict[str, Label]
    value: float
    low: float
    median: float
    high: float
    known: int
    cells: int
    share: float
    edge: dict[str, int | None]
    kept_by_axis: dict[str, float]
    spike: bool
    centre: tuple[int, ...] | None
    wanted: dict[str, Label]

    @property
    def spread(self) -> float:
        """Interquartile range of the metric over the grid."""
        return self.high - self.low

    @property
    def kept(self) -> float:
        """The plateau measure: of the parameter in which the neighbours keep least."""
        found = [one for one in self.kept_by_axis.values() if math.isfinite(one)]
        return min(found) if found else math.nan

    @property
    def at_edge(self) -> tuple[str, ...]:
        """Parameters whose choice is the first or last value tried: better ones may lie beyond."""
        return tuple(name for name, steps in self.edge.items() if steps == 0)

    @property
    def words(self) -> str:
        """One sentence."""
        if not math.isfinite(self.value):
            return f"The chosen parameters have no answer; {self.known} of {self.cells} on the grid have one."
        beat = f", {percent(self.share, 0)} beat the benchmark" if math.isfinite(self.share) else ""
        grid = f"{number(self.value)} stands against a median of {number(self.median)} over {self.known} variants{beat}"
        ends = f", at the edge of the grid in {', '.join(self.at_edge)}" if self.at_edge else ""
        return f"The choice is {self._ground()}: {grid}{ends}."

    def _ground(self) -> str:
        if not math.isfinite(self.kept):
            leads = self.value - self.low > TIE * max(abs(self.value), abs(self.low))
            return "alone, without a known neighbour" if leads or self.known == 1 else "no better than its surroundings"
        part = f"its neighbours keep {percent(self.kept, 0)} of its lead"
        return f"{'a spike' if self.spike else 'on a plateau' if self.kept >= HALF else 'on rough ground'} ({part})"


def sensitivity(surface: Surface, chosen: tuple[int, ...], *, benchmark: float = math.nan) -> Sensitivity:
    """Where the cell `chosen` stands on `surface`; `benchmark` is its metric, in the same unit.

    Raises ParameterError for a cell that is not on the grid.
    """
    shape = surface.metric.shape
    if len(chosen) != len(shape) or any(not 0 <= i < n for i, n in zip(chosen, shape, strict=False)):
        what = f"the cell {chosen} is not on a grid of {shape}"
        raise ParameterError(what, field="chosen", remedy="Give the number of the value on each axis, from 0.")
    metric = surface.metric
    known = metric[np.isfinite(metric)]
    low, median, high = np.quantile(known, [0.25, 0.5, 0.75]).tolist() if len(known) else [math.nan] * 3
    share = float((known > benchmark).mean()) if len(known) and math.isfinite(benchmark) else math.nan
    value, (around, spike) = float(metric[chosen]), _standing(metric, chosen, low)
    centre = plateau_centre(metric)
    return Sensitivity(
        chosen,
        surface.at(chosen),
        value,
        low,
        median,
        high,
        len(known),
        metric.size,
        share,
        edge={name: min(i, n - 1 - i) if n > 1 else None for name, i, n in zip(surface.names, chosen, shape, strict=True)},
        kept_by_axis=dict(zip(surface.names, around, strict=True)),
        spike=spike,
        centre=centre,
        wanted={} if centre is None else surface.at(centre),
    )


def plateau_centre(metric: Array) -> tuple[int, ...] | None:
    """The cell in the middle of the widest plateau of `metric` (L1, ..., Ln); None where nothing is known.

    Each cell is smoothed to the median of itself and its neighbours. The plateau holds the cells whose smoothed metric keeps
    three quarters of the best one's lead over the lower quartile; its middle is the cell with most steps to what does not
    belong to it, the edge of the grid included; among equals the highest, then the first nearest to their mean.
    """
    smooth = _smoothed(metric)
    if not np.isfinite(smooth).any():
        return None
    low, best = float(np.nanquantile(smooth, 0.25)), float(np.nanmax(smooth))
    inside = np.nan_to_num(smooth, nan=-np.inf) >= best - (1.0 - ALIKE) * (best - low) - TIE * abs(best)
    depth = _depth(inside)
    cells = np.argwhere(depth == depth.max())
    heights = smooth[tuple(cells.T)]
    cells = cells[heights >= heights.max() - TIE * abs(float(heights.max()))]
    nearest = ((cells - cells.mean(0)) ** 2).sum(-1).round(9).argmin()
    return tuple(int(i) for i in cells[nearest])


def _require_order(name: str, axis: tuple[Label, ...]) -> None:
    """Stop at an axis whose numbers do not rise or whose texts repeat."""
    numbers = [value for value in axis if isinstance(value, (int, float))]
    mixed = len(numbers) not in (0, len(axis))
    if mixed or len(set(axis)) != len(axis) or any(not a < b for a, b in pairwise(numbers)):
        shown = ", ".join(str(value) for value in axis[:8])
        raise ParameterError(f"the values {shown} are in no order", field=name, remedy="Give each once, and numbers rising.")


def _standing(metric: Array, chosen: tuple[int, ...], low: float) -> tuple[list[float], bool]:
    """Of the choice: the part of its lead over `low` that neighbours keep, by axis, and whether it is a spike."""
    beside = _beside(metric)
    value, lead = float(metric[chosen]), float(metric[chosen]) - low
    flat = not lead > TIE * max(abs(value), abs(low))
    around = [math.nan if flat else (float(level[chosen]) - low) / lead for level in beside]
    away = np.abs(metric - beside)
    away[(slice(None), *_window(chosen))] = np.nan  # neither the choice nor what stands beside it tells of elsewhere
    elsewhere = away[np.isfinite(away)]
    rough = float(np.median(elsewhere)) if len(elsewhere) else 0.0
    worst = min((one for one in around if math.isfinite(one)), default=math.nan)
    return around, bool(worst < HALF and (1.0 - worst) * lead > STANDS_OUT * rough + TIE * abs(value))


def _window(cell: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(max(i - 1, 0), i + 2) for i in cell)


def _shifted(values: Array, axis: int, step: int, fill: float) -> Array:
    """Each cell's neighbour, `step` (1 or -1) away along an axis; `fill` beyond the grid."""
    out = np.roll(values, -step, axis)
    edge = [slice(None)] * values.ndim
    edge[axis] = slice(-1, None) if step > 0 else slice(0, 1)
    out[tuple(edge)] = fill
    return out


def _beside(metric: Array) -> Array:
    """(n, L1, ..., Ln) mean of the known neighbours along each axis; NaN where there is none."""
    pairs = np.stack([[_shifted(metric, axis, step, np.nan) for step in (1, -1)] for axis in range(metric.ndim)])
    known = np.isfinite(pairs)
    count = known.sum(1)
    return np.where(count > 0, np.where(known, pairs, 0.0).sum(1) / np.maximum(count, 1), np.nan)


def _smoothed(metric: Array) -> Array:
    """Median of each known cell and its known neighbours; NaN stays NaN."""
    steps = [_shifted(metric, axis, step, np.nan) for axis in range(metric.ndim) for step in (1, -1)]
    stack = np.sort(np.stack([metric, *steps]), axis=0)  # NaN sorts last
    count = np.isfinite(stack).sum(0, keepdims=True)
    middle = [np.take_along_axis(stack, np.maximum(place, 0), 0)[0] for place in ((count - 1) // 2, count // 2)]
    return np.where(np.isfinite(metric), (middle[0] + middle[1]) / 2.0, np.nan)


def _depth(inside: Mask) -> Array:
    """Steps from each cell to the nearest one outside, along the axes with more than one value; the grid ends outside."""
    axes = [axis for axis in range(inside.ndim) if inside.shape[axis] > 1]
    depth, left = np.zeros(inside.shape), inside.astype(float)
    while left.any():  # each round takes off the outermost cells
        depth += left
        peeled = left.copy()
        for axis in axes:
            peeled = np.minimum(peeled, np.minimum(_shifted(left, axis, 1, 0.0), _shifted(left, axis, -1, 0.0)))
        left = peeled if axes else np.zeros_like(left)
    return depth
