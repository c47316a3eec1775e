"""What to expect of a policy: its signals recomputed on possible histories, and its account run on each.

Histories are drawn from the rows of the policy's own market (all assets, bills and named series of a row together), by the
stationary bootstrap of Politis and Romano (1994) or from a stated distribution (see `numerics.resampling`). What the policy
does on a path is what `backtest` does on a market made of the path's rows (law 8 of the design).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.arrays import Array, frozen
from trimtab.core.errors import DataError, ParameterError
from trimtab.data.market import Market
from trimtab.desk.policy import Policy
from trimtab.desk.resampled_paths import Found, Walker
from trimtab.desk.resampled_world import World
from trimtab.numerics.drawdown import max_drawdown
from trimtab.numerics.ratios import beta
from trimtab.numerics.resampling import Futures, Model, block_of, drawn
from trimtab.numerics.returns import cagr
from trimtab.validation.expectations import Expectations, Origin, expectations_of

MONTHS = 12.0
_CELLS = 3_000_000  # numbers of drawn rows that are worked on together: 24 MB
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Range:
    """The middle `level` of a figure over all paths, and its median."""

    low: float
    median: float
    high: float
    level: float = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Resampled:
    """Wealth (B, H + 1) at the launch and at H month ends after it, of policy and benchmark, in currency; bills from 1.

    `block` is the mean block in rows, None for Monte Carlo; `history` counts the rows drawn from, `span` has the first and the
    last of their dates. `alone` paths had to be run by themselves, and `why` says what kept all of them apart.
    """

    policy: Policy
    futures: Futures
    wealth: Array
    benchmark: Array
    bills: Array
    block: float | None
    history: int
    span: tuple[np.datetime64, np.datetime64]
    data_sha256: str
    alone: int = 0
    why: str = ""

    def __post_init__(self) -> None:
        for name in ("wealth", "benchmark", "bills"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def returns(self) -> Array:
        """Simple monthly returns (B, H) of the policy."""
        return _returns(self.wealth)

    @property
    def benchmark_returns(self) -> Array:
        """Simple monthly returns (B, H) of the benchmark."""
        return _returns(self.benchmark)

    def ranges(self, level: float = 0.9) -> dict[str, Range]:
        """The middle `level` of CAGR, of the deepest fall of month ends, and of Jensen's alpha a year, after costs."""
        mine, theirs, rf = self.returns, self.benchmark_returns, _returns(self.bills)
        found = {
            "cagr": cagr(mine, MONTHS),
            "benchmark_cagr": cagr(theirs, MONTHS),
            "max_drawdown": max_drawdown(mine),
            "benchmark_max_drawdown": max_drawdown(theirs),
            "alpha": _alpha(mine, theirs, rf),
        }
        ends = [(1.0 - level) / 2.0, 0.5, (1.0 + level) / 2.0]
        at = {name: np.quantile(values, ends).tolist() for name, values in found.items()}
        return {name: Range(low, median, high, level) for name, (low, median, high) in at.items()}


def resample(policy: Policy, market: Market, futures: Futures, *, progress: Progress | None = None) -> Resampled:
    """Run `policy` and its benchmark (`rivals.static`) on the futures of `market`, by default 10,000 of them.

    The same seed gives the same numbers, and more paths continue fewer. Raises PolicyError or DataError where the policy
    cannot be run, where rows cannot be drawn from its market, and where an account is ruined on a path; ParameterError for
    a block where rows are drawn from a distribution.
    """
    _require_blocks(futures)
    world = World.of(policy, market, futures.years, stated=futures.model is not Model.BOOTSTRAP)
    walker, rows = Walker(world), world.rows
    block = block_of(rows.growth, futures)
    futures = futures if block is None else replace(futures, block=block)
    at_once = max(1, _CELLS // (len(world.sessions) * rows.table.shape[1]))
    parts: list[Found] = []
    for some in drawn(rows.table, rows.positive, len(world.sessions), futures, at_once=at_once):
        parts.append(walker.walk(some))
        if progress is not None:
            progress(sum(len(part.wealth) for part in parts), futures.paths)
    wealth, benchmark, bills = (np.concatenate([getattr(p, n) for p in parts]) for n in ("wealth", "benchmark", "bills"))
    _require_alive(policy, wealth, benchmark)
    told = (block, len(rows.table), rows.span, rows.market.digest, sum(part.alone for part in parts), world.why)
    return Resampled(policy, futures, wealth, benchmark, bills, *told)


def fan_of(found: Resampled) -> Expectations:
    """The fan of wealth, drawdown and shortfall by month, and the odds of lagging (see `validation.expectations`)."""
    fan = expectations_of(found.returns, found.benchmark_returns, per_year=MONTHS)
    return replace(fan, origin=Origin(len(found.wealth), found.futures.seed, found.block, found.history))


def _require_blocks(futures: Futures) -> None:
    """Refuse a mean block that nothing would be drawn in."""
    if futures.block is not None and futures.model is not Model.BOOTSTRAP:
        what = f"a mean block of {futures.block:g} rows with the {futures.model.value} distribution, which draws single rows"
        raise ParameterError(what, field="block", remedy="Leave one of the two out.")


def _alpha(returns: Array, benchmark: Array, rf: Array) -> Array:
    """(B,) Jensen's alpha a year: geometric returns beyond bills and beta times the benchmark's beyond bills."""
    bills = cagr(rf, MONTHS)
    return np.asarray(cagr(returns, MONTHS) - bills - beta(returns, benchmark, rf=rf) * (cagr(benchmark, MONTHS) - bills))


def _returns(wealth: Array) -> Array:
    return np.asarray(wealth[:, 1:] / wealth[:, :-1] - 1.0)


def _require_alive(policy: Policy, wealth: Array, benchmark: Array) -> None:
    lost = ~(np.isfinite(wealth).all(axis=1) & (wealth.min(axis=1) > 0.0) & np.isfinite(benchmark).all(axis=1))
    if lost.any():
        what = f"{policy.name} loses everything on {lost.sum()} of {len(lost)} paths, or cannot begin on them"
        raise DataError(what, remedy="Lower its leverage, or give it more history.")
