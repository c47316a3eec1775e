"""What the checks of a validation look at: monthly returns of the policy, its neighbours, its benchmark and bills.

All in the months that they share. `active` is what each earns over the benchmark at its own exposure to it (alpha plus
residual, see `validation.hedged`): a rule that stands in cash half of the time is held against half of the benchmark. A
variant that begins later than a quarter of the policy's own history is left out, and named: it would cut short all others.
So is one that would leave two years or less. Where no variant is another rule than the policy, since each gives its returns
or never differs from the benchmark, the policy stands alone: nothing was chosen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from trimtab.core.arrays import Array, Dates, Index, Mask
from trimtab.core.errors import DataError
from trimtab.desk.backtest import backtest
from trimtab.desk.result import Result
from trimtab.desk.rivals import static
from trimtab.desk.tried import Tried, month_rows, month_wealth
from trimtab.numerics.returns import divisor, over
from trimtab.validation.checks import Check, Light
from trimtab.validation.hedged import hedged
from trimtab.validation.subperiods import ROUNDING

PER_YEAR = 12
FEWEST = 24  # months, below which nothing that is asked here has an answer
LATE = 0.25  # of the policy's own history
SAME = "it never differs from the benchmark"
NOTHING = ROUNDING  # a month


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The policy's `result`, that of its benchmark held still, and N variants (`places` in `tried`, the policy first).

    `dates` (M,) are month ends; `returns` and `active` (M - 1, N), `benchmark` and `rf` (M - 1,) simple returns a month.
    `late` says which variants are not looked at, and why; `copies` are places of those that give the policy's own returns.
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
    copies: Index = field(default_factory=lambda: np.empty(0, dtype=np.intp))

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
        found[self.copies] = found[0]
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
    """Bring all to the months they share. Raises DataError where those of the policy are two years or less."""
    still = backtest(static(result.policy).with_horizon(start=result.dates[0].item()), result.market)
    wealth = np.array(tried.months)
    first, late, short = _begins(wealth)
    places = np.flatnonzero(~late & ~short)
    begin = int(first[places].max())
    ends = month_rows(result.market)[begin:]
    dates = result.market.sessions[ends]
    if len(dates) - 1 <= FEWEST:
        what = f"{max(len(dates) - 1, 0)} months of shared history are too few to validate anything"
        raise DataError(what, remedy=f"Give more than {FEWEST} months of returns.")
    returns = np.ascontiguousarray(_growth(wealth[places][:, begin:]).T)
    benchmark, rf = _growth(month_wealth(still)[begin:]), _bills(result, dates)
    active = rest_of(returns, benchmark, rf)
    named = _named(tried, np.flatnonzero(late), "begins later than a quarter of the history")
    named += _named(tried, np.flatnonzero(short), f"would leave {FEWEST} months of shared history or less")
    found = Evidence(result, still, tried, places, dates, returns, benchmark, rf, active, seed, named)
    return _alone(found) if active.shape[1] > 1 else found


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


def _begins(wealth: Array) -> tuple[Index, Mask, Mask]:
    """First month (N,) of variants with wealth (N, M), which of them begin too late, and which of the others leave too little.

    The policy, the first of them, is neither: its history is judged by itself.
    """
    first = np.array([int(np.argmax(np.isfinite(one))) for one in wealth])
    late = ~np.isfinite(wealth[:, -1]) | (first > first[0] + LATE * (wealth.shape[1] - first[0]))
    short = ~late & (first >= wealth.shape[1] - 1 - FEWEST)
    short[0] = False
    return first, late, short


def _alone(found: Evidence) -> Evidence:
    """The policy alone where no variant is another rule; else the evidence as it is."""
    still = ~found.active[:, 1:].any(axis=0)
    same = np.abs(found.returns[:, 1:] - found.returns[:, :1]).max(axis=0) <= NOTHING
    if not (still | same).all():
        return found
    others = found.places[1:]
    named = _named(found.tried, others[same], "gives the policy's own returns")
    named += _named(found.tried, others[still & ~same], "never differs from the benchmark")
    returns, active = (np.ascontiguousarray(rows[:, :1]) for rows in (found.returns, found.active))
    late = (*found.late, *named)
    return replace(found, places=found.places[:1], returns=returns, active=active, late=late, copies=others[same])


def _named(tried: Tried, places: Index, why: str) -> tuple[str, ...]:
    """Variants by what they have otherwise than the policy, and why they are not looked at."""
    return tuple(f"{' '.join(f'{n}={v}' for n, v in tried.points[place].items())}: {why}" for place in places.tolist())


def _growth(wealth: Array) -> Array:
    return np.asarray(wealth[..., 1:] / wealth[..., :-1] - 1.0)


def _bills(result: Result, dates: Dates) -> Array:
    """Returns of bills (M - 1,) between month ends."""
    if result.cash_index is None:
        return np.zeros(len(dates) - 1)
    return _growth(result.cash_index[np.searchsorted(result.dates, dates)])
