"""Does it need bonds that rise when shares fall? Figures by the sign of the correlation between shares and bonds.

The correlation of a period is that of the returns over the `window` periods BEFORE it: a regime that could be known when the
period began. Regimes are not one stretch of time, so that no drawdown is stated; growth a year compounds the periods of the
regime alone. That the sign changed around 2000 and again in 2022 is documented in Campbell, Pflueger and Viceira (2020,
"Macroeconomic drivers of bond and equity risks").
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics.ratios import sharpe
from trimtab.numerics.returns import cagr, paired, volatility
from trimtab.numerics.rolling import rolling_correlation
from trimtab.validation.percents import signed
from trimtab.validation.subperiods import ROUNDING


@dataclass(frozen=True, slots=True)
class RegimeFigures:
    """What strategy and benchmark did in the `periods` of a regime: growth, volatility and Sharpe ratio a year; NaN if none."""

    periods: int
    cagr: float
    benchmark: float
    volatility: float
    sharpe: float

    @property
    def ahead(self) -> float:
        """Growth a year less the benchmark's; exactly 0 where no more than rounding lies between them."""
        lead = self.cagr - self.benchmark
        return 0.0 if abs(lead) <= 12.0 * ROUNDING * (1.0 + max(self.cagr, self.benchmark)) else lead


@dataclass(frozen=True, slots=True)
class CorrelationRegimes:
    """Figures where shares and bonds moved together (correlation above 0), and where they moved apart (0 or below).

    `unknown` periods come before the first window is full, or have a correlation that is not known.
    """

    together: RegimeFigures
    apart: RegimeFigures
    unknown: int
    window: int

    @property
    def words(self) -> str:
        """One sentence."""
        said = [
            f"{signed(one.ahead) if one.ahead else 'nothing'} a year against the benchmark while shares and bonds moved {name} "
            f"({one.periods} periods)"
            for name, one in (("together", self.together), ("apart", self.apart))
            if math.isfinite(one.ahead)
        ]
        return f"It made {' and '.join(said)}." if said else "No period has a known correlation between shares and bonds."


def correlation_regimes(
    returns: Array, benchmark: Array, pair: tuple[Array, Array], *, window: int, per_year: float, rf: Array | float = 0.0
) -> CorrelationRegimes:
    """Figures of returns (T,) and benchmark (T,) by the correlation of a `pair` of shares (T,) and bonds (T,), all a period.

    Raises ParameterError where lengths differ or `window` is below 3, DataError for more than one path.
    """
    if window < 3:
        raise ParameterError(f"window is {window}", field="window", remedy="Give at least 3 periods; 36 months are usual.")
    if returns.ndim != 1:
        raise DataError(f"returns have shape {returns.shape}", remedy="Give one path (T,) at a time.")
    other, shares, bonds, rate = (
        np.broadcast_to(paired(returns, np.asarray(series), name), returns.shape)
        for series, name in ((benchmark, "benchmark"), (pair[0], "shares"), (pair[1], "bonds"), (rf, "riskless rate"))
    )
    sign = np.concatenate([[np.nan], rolling_correlation(shares, bonds, window)[:-1]])[: len(returns)]
    together, apart = sign > 0.0, sign <= 0.0

    def of(chosen: Mask) -> RegimeFigures:
        mine, theirs = returns[chosen], other[chosen]
        ratio = float(sharpe(mine, per_year, rf=rate[chosen]))
        growth = float(cagr(mine, per_year)), float(cagr(theirs, per_year))
        return RegimeFigures(int(chosen.sum()), *growth, float(volatility(mine, per_year)), ratio)

    return CorrelationRegimes(of(together), of(apart), int(np.isnan(sign).sum()), window)
