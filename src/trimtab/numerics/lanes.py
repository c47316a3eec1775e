"""Many accounts side by side on one market: wealth at every session, under weights that are sought on given dates.

A lane is one account. At each decision it is valued, brought back inside its fence (the closest portfolio, see
`numerics.projection`), and sent towards its goal as far as its turnover budgets leave (METHODS 5.1 to 5.3). The value V
after trading solves V = nav - rate * sum |w V - held|, a piecewise linear equation with one root. In between, units stand
still and cash grows as the bank does.

The work is written twice: `lanes_stepped` in array calls, one decision of all lanes at a time, and `lanes_compiled` in
loops that numba compiles, up to 128 lanes at a time. They agree to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from trimtab.core.arrays import Array, Index
from trimtab.core.region import Group, Region

TALLIES = ("end", "excess", "squares", "cubes", "fourths", "gain", "gain_squares", "deepest", "turnover", "cost", "drag")
_BLOCK = 64  # sessions, a power of two
_CACHED = 512  # sessions
FUNDED = 1e-12  # weights this close to the fence lie inside it: what rounding does to held weights is no breach


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What all lanes share: prices to value at and to trade at (T, A), the growth of cash (T,), of bills (T,), the capital.

    All prices are total returns of fractional units, known (finite, above 0) wherever a lane is on its way.
    """

    closes: Array
    fills: Array
    bank: Array
    riskfree: Array  # (T,) simple return of bills since the session before, 0 at the first
    capital: float


@dataclass(frozen=True, slots=True, eq=False)
class Timetable:
    """The n decisions of a schedule: rows decided at and filled at, rows of the table of goals, and periods of budgets (B, n).

    A fill row of T or more is never reached. No decision lies before the fill of the one before it.
    """

    decided: Index
    filled: Index
    goals: Index
    periods: Index


@dataclass(frozen=True, slots=True, eq=False)
class Fence:
    """Limits of all lanes: a box (A,), bounds on cash, disjoint groups with floors and caps (G,), budgets (B,) of turnover."""

    low: Array
    high: Array
    low_cash: float
    high_cash: float
    group: Index  # (A,) number of the group that an asset is in, -1 for none
    floors: Array
    caps: Array
    budgets: Array
    groups: tuple[Group, ...] = ()  # the same groups, as the region has them

    @staticmethod
    def around(region: Region, budgets: Array) -> Fence:
        """The fence of a region whose groups are disjoint."""
        group = np.full(len(region.low), -1, dtype=np.intp)
        for number, one in enumerate(region.groups):
            group[one.members] = number
        ends = ([getattr(one, end) for one in region.groups] for end in ("floor", "cap"))
        floors, caps = (np.array(values, dtype=float) for values in ends)
        cash = (region.low_cash, region.high_cash)
        return Fence(region.low, region.high, *cash, group, floors, caps, budgets, region.groups)


@dataclass(frozen=True, slots=True, eq=False)
class Lanes:
    """K lanes on one timetable, each by its number among all: whose goals of the table, since which decision, at which cost."""

    timetable: Timetable
    numbers: Index  # (K,) rows of the trails
    whose: Index  # (K,) rows of the table of goals (W, R, A), which lie inside the fence
    first: Index  # (K,) number of the first decision
    rate: Array  # (K,) cost of trading as a fraction of what is traded


@dataclass(slots=True, eq=False)
class Trails:
    """What lanes left behind: `tallies` (V, 11) as `TALLIES` names them, wealth at chosen sessions (V, M), at all (V, T).

    Tallies of returns are sums over the sessions after the first decision: of returns over bills, their squares, cubes and
    fourth powers, of returns and their squares; `deepest` is the least of wealth over its highest so far; `turnover`
    (one-way, first funding left out) and `drag` (cost over value) are sums over decisions; `cost` is in currency.
    """

    tallies: Array
    marks: Array
    wealth: Array  # (V, T), or (V, 0) where it is not asked for; the capital before the first decision
    marked: Index = field(default_factory=lambda: np.empty(0, dtype=np.intp))  # (M,) rows of the marks

    @staticmethod
    def blank(count: int, sessions: int, marked: Index, *, whole: bool = False) -> Trails:
        """Room for `count` lanes."""
        room = np.empty((count, sessions if whole else 0))
        return Trails(np.zeros((count, len(TALLIES))), np.full((count, len(marked)), np.nan), room, marked)


def tally(wealth: Array, riskfree: Array) -> Array:
    """The first 8 of `TALLIES` (8, K) of wealth (T, K), bills having earned `riskfree` (T,) since the session before."""
    sums = np.zeros((6, wealth.shape[1]))
    for begin in range(1, len(wealth), _CACHED):  # so many sessions at a time that they stay in the cache
        rows = slice(begin, begin + _CACHED)
        sums += _powers(wealth[begin - 1 : begin + _CACHED], riskfree[rows])
    return np.concatenate((wealth[-1:], sums, deepest(wealth)[np.newaxis]))


def _powers(wealth: Array, bills: Array) -> Array:
    """(6, K) sums over sessions of returns over bills to the fourth power, and of returns to the second; wealth (n + 1, K)."""
    each = np.ones(len(bills))
    gain = wealth[1:] / wealth[:-1]
    gain -= 1.0
    over = gain - bills[:, np.newaxis] if bills.any() else gain
    squares = over * over
    sums = [each @ over, each @ squares, each @ (squares * over)]
    squares *= squares
    sums.append(each @ squares)
    sums += sums[:2] if over is gain else [each @ gain, each @ (gain * gain)]
    return np.stack(sums)


def deepest(wealth: Array) -> Array:
    """(K,) the least of wealth (T, K) over its highest so far, at most 1.

    Most blocks of sessions cannot hold it: their lowest over the highest up to their end is no less than what is reached
    for sure elsewhere, their lowest over the highest before them. The others are looked at day by day.
    """
    whole = len(wealth) // _BLOCK * _BLOCK
    parts = wealth[:whole].reshape(-1, _BLOCK, wealth.shape[1])
    low, high = _extremes(parts)
    if (low <= 0.0).any():  # the less a loss is divided by, the deeper it is
        return _fallen(wealth, wealth[:1])
    before = np.maximum.accumulate(np.concatenate((wealth[:1], high)), axis=0)
    depth: Array = (low / before[:-1]).min(axis=0, initial=1.0)
    for block in np.flatnonzero((low / before[1:] < depth).any(axis=1)).tolist():
        depth = np.minimum(depth, _fallen(parts[block], before[block : block + 1]))
    return np.minimum(depth, _fallen(wealth[whole:], before[-1:]))


def _extremes(parts: Array) -> tuple[Array, Array]:
    """(B, K) the lowest and the highest of blocks (B, n, K) of sessions, n a power of two: halves at a time, in long rows."""
    low = high = parts
    while low.shape[1] > 1:
        half = low.shape[1] // 2
        low, high = np.minimum(low[:, :half], low[:, half:]), np.maximum(high[:, :half], high[:, half:])
    return low[:, 0], high[:, 0]


def _fallen(wealth: Array, high: Array) -> Array:
    """The same of wealth (T, K) that stood as high as (1, K) before."""
    highest = np.maximum.accumulate(np.concatenate((high, wealth)), axis=0)[1:]
    return np.asarray(np.divide(wealth, highest, out=highest).min(axis=0, initial=1.0))
