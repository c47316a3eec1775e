"""What the checks of a validation look at: monthly returns of the policy, its neighbours, its benchmark and bills.

All in the months that they share. `active` is what each earns over the benchmark at its own exposure to it (alpha plus
residual, see `validation.hedged`): a rule that stands in cash half of the time is held against half of the benchmark. A
variant that begins later than a quarter of the policy's own history is left out, and named: it would cut short all others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Dates, Index
from trimtab.core.errors import DataError
from trimtab.desk.backtest import backtest
from trimtab.desk.result import Result
from trimtab.desk.rivals import static
from trimtab.desk.tried import Tried, month_rows, month_wealth
from trimtab.numerics.returns import divisor, over
from trimtab.validation.checks import Check, Light
from trimtab.validation.hedged import hedged

PER_YEAR = 12
FEWEST = 24  # months, below which nothing that is asked here has an answer
LATE = 0.25  # of the policy's own history
SAME = "it never differs from the benchmark"
NOTHING = 1e-6  # a month: what rounding to cents leaves between two that hold the same


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The policy's `result`, that of its benchmark held still, and N variants (`places` in `tried`, the policy first).

    `dates` (M,) are month ends; `returns` and `active` (M - 1, N), `benchmark` and `rf` (M - 1,) simple returns a month.
    """

    result: Result
    still: Result
    tried: Tried
    places: Index
    dates: Dates
    returns: Array
    benchmark: Array
    rf: Array
    active: Array
    seed: int
    late: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether the policy never differs from its benchmark by more than rounding."""
        return not self.active[:, 0].any()

    @property
    def years(self) -> float:
        """Length of the shared history."""
        return len(self.rf) / PER_YEAR

    @property
    def per_variant(self) -> Array:
        """Sharpe ratio over the benchmark a YEAR of all that was tried, in its order; NaN for those left out."""
        found = np.full(len(self.tried), np.nan)
        found[self.places] = sharpe_of(self.active.T)
        return found

    @property
    def months(self) -> Index:
        """Numbers of `dates` among the month ends of the market."""
        ends = self.result.market.sessions[month_rows(self.result.market)]
        return np.searchsorted(ends, self.dates)

    def shared(self, wealth: Array) -> tuple[Array, Array]:
        """Wealth (V, K) and returns over the benchmark (K - 1, V) of others, from wealth (V, all month ends).

        They are cut to the months that they share. One that begins later than a quarter of this history is left out.
        """
        mine = wealth[:, self.months]
        first = np.argmax(np.isfinite(mine), axis=1)
        kept = (first <= LATE * mine.shape[1]) & np.isfinite(mine[:, -1])
        begin = int(first[kept].max(initial=0))
        cut = mine[kept, begin:]
        if not len(cut):
            return cut, cut[:, 1:].T
        return cut, rest_of(_growth(cut).T, self.benchmark[begin:], self.rf[begin:])


def evidence(result: Result, tried: Tried, *, seed: int) -> Evidence:
    """Bring all to the months they share. Raises DataError where these are fewer than two years."""
    still = backtest(static(result.policy).with_horizon(start=result.dates[0].item()), result.market)
    wealth = np.array(tried.months)
    first = np.array([int(np.argmax(np.isfinite(one))) for one in wealth])
    held = np.isfinite(wealth[:, -1])
    late = ~held | (first > first[0] + LATE * (wealth.shape[1] - first[0]))
    places = np.flatnonzero(~late)
    begin = int(first[places].max())
    ends = month_rows(result.market)[begin:]
    dates = result.market.sessions[ends]
    if len(dates) <= FEWEST:
        what = f"{max(len(dates) - 1, 0)} months of shared history are too few to validate anything"
        raise DataError(what, remedy=f"Give more than {FEWEST} months of returns.")
    returns = np.ascontiguousarray(_growth(wealth[places][:, begin:]).T)
    benchmark, rf = _growth(month_wealth(still)[begin:]), _bills(result, dates)
    active = rest_of(returns, benchmark, rf)
    named = tuple(" ".join(f"{n}={v}" for n, v in tried.points[place].items()) for place in np.flatnonzero(late).tolist())
    return Evidence(result, still, tried, places, dates, returns, benchmark, rf, active, seed, named)


def no_answer(name: str, why: str, threshold: float = math.nan) -> Check:
    """A check that cannot be asked, and why."""
    return Check(name, math.nan, threshold, Light.UNKNOWN, f"no answer: {why}")


def rest_of(returns: Array, benchmark: Array, rf: Array) -> Array:
    """Alpha plus residual (T, N) of returns (T, N); exactly 0 where it is less than rounding to cents leaves."""
    found = hedged(returns, benchmark, rf=rf)
    return np.where(found.std(axis=0) > NOTHING, found, 0.0)


def sharpe_of(returns: Array) -> Array:
    """Mean over standard deviation (ddof 1) a YEAR of monthly returns (..., T); NaN where they do not vary."""
    return np.asarray(over(returns.mean(-1), divisor(returns)) * np.sqrt(PER_YEAR))


def _growth(wealth: Array) -> Array:
    return np.asarray(wealth[..., 1:] / wealth[..., :-1] - 1.0)


def _bills(result: Result, dates: Dates) -> Array:
    """Returns of bills (M - 1,) between month ends."""
    if result.cash_index is None:
        return np.zeros(len(dates) - 1)
    return _growth(result.cash_index[np.searchsorted(result.dates, dates)])
