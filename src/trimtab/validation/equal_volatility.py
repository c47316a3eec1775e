"""Was it skill or only less (or more) risk? The benchmark mixed with cash to the volatility of the strategy.

The mix holds the part k = sd(r - rf) / sd(b - rf) of the benchmark and 1 - k of cash, the same in every period; above 1 it
borrows. Its excess return then has the standard deviation of the strategy's: the comparison of Modigliani and Modigliani (1997)
as a path, so that growth and drawdowns can be compared too. k is known only afterwards: the mix is a yardstick, no strategy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics.drawdown import max_drawdown
from trimtab.numerics.ratios import sharpe
from trimtab.numerics.returns import cagr, divisor, over, paired, volatility
from trimtab.validation.percents import number, percent, signed


@dataclass(frozen=True, slots=True)
class EqualVolatility:
    """Strategy and mix: growth a year, deepest drawdown and Sharpe ratio of each; `share` of the benchmark in the mix.

    `volatility` is the strategy's, a year. NaN with a `reason` where there is no mix, or it would have lost everything.
    """

    share: float
    volatility: float
    cagr: float
    mix_cagr: float
    drawdown: float
    mix_drawdown: float
    sharpe: float
    mix_sharpe: float
    reason: str = ""

    @property
    def ahead(self) -> float:
        """Growth a year of the strategy less that of the mix."""
        return self.cagr - self.mix_cagr

    @property
    def words(self) -> str:
        """One sentence."""
        if self.reason:
            return f"There is no benchmark of equal volatility: {self.reason}."
        cash = f"{percent(1.0 - self.share, 0)} cash" if self.share <= 1.0 else f"{percent(self.share - 1.0, 0)} borrowed"
        mix = f"{percent(self.share, 0)} benchmark and {cash} is as volatile ({percent(self.volatility)} a year)"
        grew = f"it grew by {signed(self.mix_cagr)} a year and fell by {percent(-self.mix_drawdown)} at most"
        mine = f"{signed(self.cagr)} and {percent(-self.drawdown)}"
        ratios = f"Sharpe ratios {number(self.mix_sharpe)} and {number(self.sharpe)}"
        return f"A mix of {mix}: {grew}, the strategy by {mine} ({ratios})."


def mixed(returns: Array, benchmark: Array, *, rf: Array | float = 0.0, spread: float = 0.0) -> tuple[Array, Array]:
    """Share of the benchmark (...) in the mix that is as volatile as `returns` (..., T), and the mix's returns (..., T).

    `rf` and `spread`, what borrowing costs above it, are a period's. NaN where the benchmark does not vary. Raises
    ParameterError where lengths differ or for a negative spread.
    """
    if not spread >= 0.0:
        raise ParameterError(f"spread is {spread}", field="spread", remedy="Give what borrowing costs above cash, 0 or more.")
    rate = paired(returns, np.asarray(rf), "riskless rate")
    excess = paired(returns, benchmark) - rate
    share = over(np.nan_to_num(divisor(returns - rate), nan=0.0) + 0.0 * returns.sum(-1), divisor(excess))
    part = share[..., None]
    return share, np.asarray(rate + part * excess - spread * np.maximum(part - 1.0, 0.0))


def equal_volatility(
    returns: Array, benchmark: Array, *, per_year: float, rf: Array | float = 0.0, spread: float = 0.0
) -> EqualVolatility:
    """Compare returns (T,) with the benchmark (T,) at equal volatility; `rf` is a period's, `spread` a year's.

    Raises as `mixed`, and DataError for more than one path.
    """
    if returns.ndim != 1:
        raise DataError(f"returns have shape {returns.shape}", remedy="Give one path (T,) at a time.")
    share, mix = mixed(returns, benchmark, rf=rf, spread=spread / per_year)
    reason = _reason(returns, np.asarray(benchmark), float(share), mix)
    return EqualVolatility(
        float(share),
        float(volatility(returns, per_year)),
        float(cagr(returns, per_year)),
        float(cagr(mix, per_year)),
        float(max_drawdown(returns)),
        float(max_drawdown(mix)),
        float(sharpe(returns, per_year, rf=rf)),
        float(sharpe(mix, per_year, rf=rf)),
        reason,
    )


def _reason(returns: Array, benchmark: Array, share: float, mix: Array) -> str:
    """Why there is no comparison; empty where there is one."""
    if len(returns) < 2:
        return "there are fewer than two periods"
    if not (np.isfinite(returns).all() and np.isfinite(benchmark).all()):
        return "some returns are unknown"
    if not math.isfinite(share):
        return "the benchmark does not vary"
    return "the mix would have lost more than everything" if mix.min() < -1.0 else ""
