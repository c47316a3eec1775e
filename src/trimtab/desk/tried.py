"""The variants of a policy that a validation runs: its neighbours one number at a time, the two that matter most together,
or a grid that somebody asks for. The policy itself is the first of them.

Two numbers matter most where the Sharpe ratio over bills moves furthest along them, one at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Index
from trimtab.core.errors import UsageError
from trimtab.core.terms import MONTH
from trimtab.data.market import Market
from trimtab.desk.deflating import record_of
from trimtab.desk.grid import Axis, Grid
from trimtab.desk.neighbourhood import Neighbourhood, Parameter
from trimtab.desk.policy import Policy
from trimtab.desk.result import Result
from trimtab.desk.sweep import sweep
from trimtab.desk.sweep_result import SweepResult
from trimtab.desk.swept import Swept
from trimtab.desk.variants import Variants

Point = Mapping[str, Any]
Told = Callable[[str], None]
Around = Grid | Neighbourhood | tuple[Grid, SweepResult]


@dataclass(slots=True, eq=False)
class Tried:
    """N variants, the policy first: what each has otherwise (`points`), wealth at month ends (`months`, N of (M,)), hashes.

    `sharpes` are a session, over bills. `failed` says why others have no figures. `axes` are those of the parameter surface,
    which somebody asked for where `asked`.
    """

    policy: Policy
    market: Market
    points: list[Point] = field(default_factory=list)
    months: list[Array] = field(default_factory=list)
    sharpes: list[float] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    axes: tuple[Axis, ...] = ()
    asked: bool = False
    around: str = "its neighbours"

    def __len__(self) -> int:
        """How many, the policy included."""
        return len(self.points)

    def run(self, grid: Grid) -> Swept | None:
        """Run those variants of a grid that were not run yet; None where there is none. What fails is named."""
        variants, own = Variants.of(self.policy, grid), owned(self.policy, grid.axes)
        known = {key(point) for point in self.points}
        points = [differing(grid.point(number), own) for number in range(len(variants))]
        new = [number for number, point in enumerate(points) if key(point) not in known]
        if not new:
            return None
        swept = sweep(variants, self.market, np.array(new))
        self._add(variants, swept, points)
        return swept

    def take(self, grid: Grid, swept: SweepResult) -> None:
        """Take the variants of a finished sweep over `grid` on the same market."""
        own, f = owned(self.policy, grid.axes), np.sqrt(periods(self.market))
        known = {key(point) for point in self.points}
        for row, number in enumerate(swept.numbers.tolist()):
            point = differing(grid.point(number), own)
            if number in swept.failed:
                self.failed.append(f"{', '.join(f'{name}={value}' for name, value in point.items())}: {swept.failed[number]}")
            elif key(point) not in known:
                self.points.append(point)
                begun = int(np.searchsorted(self.market.sessions, swept.first[row]))
                self.months.append(self._begun(swept.months[row], begun))
                self.sharpes.append(float(swept.figures["sharpe"][row] / f))
                self.hashes.append(swept.policies[row])

    def _add(self, variants: Variants, swept: Swept, points: Sequence[Point]) -> None:
        f = np.sqrt(periods(self.market))
        for place, number in enumerate(swept.numbers.tolist()):
            if number in swept.failed:
                said = ", ".join(f"{name}={value}" for name, value in points[number].items())
                self.failed.append(f"{said}: {swept.failed[number]}")
                continue
            self.points.append(points[number])
            self.months.append(self._begun(swept.months[place], int(swept.first[place])))
            self.sharpes.append(float(swept.figures["sharpe"][place] / f))
            self.hashes.append(variants.sha256(number))

    def _begun(self, months: Array, first: int) -> Array:
        """The same wealth with the capital at the month end of the first decision, where it was decided on one."""
        at = int(np.searchsorted(month_rows(self.market), first))
        if at < len(months) and month_rows(self.market)[at] == first and not np.isfinite(months[at]):
            months = months.copy()
            months[at] = float(self.policy.horizon.capital.amount)
        return months

    def grid_of(self, axes: Sequence[Axis], figure: Array) -> Array:
        """(L1, ..., Ln) a figure (N,) of each variant over all combinations of `axes`; NaN where there is none."""
        found = {key(point): place for place, point in enumerate(self.points)}
        grid, own = Grid(tuple(axes)), owned(self.policy, axes)
        places = [found.get(key(differing(grid.point(number), own)), -1) for number in range(len(grid))]
        return np.array([figure[place] if place >= 0 else np.nan for place in places]).reshape(grid.shape)


def tried(result: Result, around: Around, *, told: Told = lambda _: None) -> Tried:
    """The policy of a result and the variants `around` it; `told` hears what is run next.

    Raises UsageError for a grid none of whose variants can be run.
    """
    policy, market = result.policy, result.market
    ratio = record_of(result).sharpe
    made = Tried(policy, market, [{}], [month_wealth(result)], [ratio], [policy.sha256])
    if isinstance(around, tuple):
        made.take(*around)
        made.axes, made.asked, made.around = around[0].axes, True, f"those of sweep {around[1].place.parent.name[:12]}"
        return made
    if isinstance(around, Grid):
        told("grid")
        made.run(around)
        made.axes, made.asked, made.around = around.axes, True, "those of the grid"
        if len(made) == 1 and made.failed:
            remedy = "Give values that the policy can have; keys are those of the policy file."
            raise UsageError(f"no variant of the grid can be run: {made.failed[0]}", remedy=remedy)
        return made
    made.failed += around.left_out
    for parameter in around.parameters:
        told(parameter.name)
        made.run(Grid((parameter.axis,)))
    made.axes = tuple(one.axis for one in _matter_most(made, around.parameters))
    if len(made.axes) > 1:
        told("pairs")
        made.run(Grid(made.axes))
    return made


def month_wealth(result: Result) -> Array:
    """Wealth (M,) at the month ends of the market, NaN before the first decision: as `Swept.months` has it."""
    sessions = result.market.sessions
    values = np.concatenate([np.full(len(sessions) - len(result.dates), np.nan), result.wealth])
    return np.asarray(values[month_rows(result.market)])


def month_rows(market: Market) -> Index:
    """Rows (M,) of the last sessions of months."""
    return market.ends(MONTH)


def periods(market: Market) -> float:
    """Sessions a year."""
    return float(market.per_year)


def owned(policy: Policy, axes: Iterable[Axis]) -> Point:
    """The policy's own value on each of `axes`; None where it says nothing there."""
    found = {}
    for axis in axes:
        here: Any = policy.identity.canonical
        for part in axis.path:
            inside = isinstance(here, Mapping) or (isinstance(here, list | tuple) and isinstance(part, int))
            try:
                here = here[part] if inside else None
            except (KeyError, IndexError):
                here = None
        found[axis.name] = here
    return found


def differing(point: Point, own: Point) -> Point:
    """What of a point is not the policy's own."""
    return {name: value for name, value in point.items() if value != own[name]}


def key(point: Point) -> Hashable:
    """Two points are one where they differ from the policy in the same."""
    return tuple(sorted((name, repr(value)) for name, value in point.items()))


def _matter_most(made: Tried, parameters: Sequence[Parameter]) -> list[Parameter]:
    """The two parameters along which the Sharpe ratio moves furthest, in the order of the policy; fewer where there are."""
    ratios = np.array(made.sharpes)
    moves = [_range(made.grid_of((one.axis,), ratios)) for one in parameters]
    best = sorted(range(len(moves)), key=lambda place: -moves[place])[:2]
    return [parameters[place] for place in sorted(best) if moves[place] > 0.0]


def _range(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(np.ptp(known)) if len(known) else 0.0
