"""One case for each built-in signal on the shared data: what is asked, what pandas says, and what everybody knows.

The literals are facts about markets, not answers of the code: the test holds them against pandas and against the signal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.signals import real_reference as reference
from trimtab.core.terms import months
from trimtab.signals.algebra import Sum
from trimtab.signals.carry import Carry
from trimtab.signals.dividend_yield import DividendYield
from trimtab.signals.drawdown import Drawdown
from trimtab.signals.dual_momentum import DualMomentum
from trimtab.signals.ensemble import Ensemble
from trimtab.signals.factor_exposure import FactorExposure
from trimtab.signals.implied_volatility import ImpliedVolatility
from trimtab.signals.low_volatility import LowVolatility
from trimtab.signals.macro import Spread
from trimtab.signals.macro_score import SpreadScore
from trimtab.signals.momentum import Momentum
from trimtab.signals.real_yield import RealYield
from trimtab.signals.realised_volatility import RealisedVolatility
from trimtab.signals.recession import RecessionOdds
from trimtab.signals.relative_momentum import RelativeMomentum
from trimtab.signals.reversal import Reversal
from trimtab.signals.scaled_momentum import ScaledMomentum
from trimtab.signals.trend import Crossover, Trend
from trimtab.signals.valuation import Valuation
from trimtab.signals.valuation_rule import ValuationRule

MONTHS = ("2008-10", "2013-06", "2020-03", "2022-06")
Four = tuple[float, float, float, float]


@dataclass(frozen=True)
class Case:
    """`asset` is looked at; `states` are its scores at the last sessions of `MONTHS`, to two decimals."""

    signal: Any
    reference: Callable[[], reference.Answer]
    asset: str
    first: str
    scores: tuple[float, float]
    measures: tuple[float, float]
    states: Four


CASES: dict[str, Case] = {
    "trend": Case(Trend(), reference.trend, "SPY", "", (0, 0), (0, 0), (0, 0, 0, 0)),
    "crossover": Case(Crossover(), reference.crossover, "SPY", "", (0, 0), (0, 0), (0, 0, 0, 0)),
    "momentum": Case(Momentum(excess_of="bills"), reference.momentum, "SPY", "", (0, 0), (0, 0), (0, 0, 0, 0)),
    "scaled_momentum": Case(
        ScaledMomentum(excess_of="bills"), reference.scaled_momentum, "SPY", "", (0, 0), (0, 0), (0, 0, 0, 0)
    ),
    "relative_momentum": Case(RelativeMomentum(), reference.relative_momentum, "SPY", "", (0, 0), (0, 0), (0, 0, 0, 0)),
    "dual_momentum": Case(
        DualMomentum(("SPY", "EFA"), "IEF", "bills"), reference.dual_momentum, "SPY", "", (0, 0), (0, 0), (0, 0, 0, 0)
    ),
    "drawdown": Case(Drawdown(), reference.drawdown, "SPY", "", (0, 0), (0, 0), (0, 0, 0, 0)),
    "valuation": Case(Valuation("cape"), reference.valuation, "SPY", "", (0, 0), (0, 0), (0, 0, 0, 0)),
    "valuation_rule": Case(ValuationRule("cape"), reference.valuation_rule, "SPY", "", (0, 0), (0, 0), (0, 0, 0, 0)),
    "dividend_yield": Case(DividendYield(), reference.dividend_yield, "SPY", "", (0, 0), (0, 0), (0, 0, 0, 0)),
    "real_yield": Case(
        RealYield("gs10", "cpi", assets=("IEF", "TLT")), reference.real_yield, "IEF", "", (0, 0), (0, 0), (0, 0, 0, 0)
    ),
    "reversal": Case(Reversal(), reference.reversal, "SPY", "", (0, 0), (0, 0), (0, 0, 0, 0)),
    "carry": Case(
        Carry({"SPY": "dividends", "IEF": "gs10", "LQD": "baa"}, "tb3ms"),
        reference.carry,
        "IEF",
        "",
        (0, 0),
        (0, 0),
        (0, 0, 0, 0),
    ),
    "spread": Case(Spread("slope"), reference.spread, "SPY", "", (0, 0), (0, 0), (0, 0, 0, 0)),
    "spread_score": Case(SpreadScore("aaa", "baa"), reference.spread_score, "HYG", "", (0, 0), (0, 0), (0, 0, 0, 0)),
    "recession_odds": Case(
        RecessionOdds("slope", -0.5333, -63.30), reference.recession_odds, "SPY", "", (0, 0), (0, 0), (0, 0, 0, 0)
    ),
    "realised_volatility": Case(RealisedVolatility(), reference.realised_volatility, "SPY", "", (0, 0), (0, 0), (0, 0, 0, 0)),
    "implied_volatility": Case(ImpliedVolatility("vix"), reference.implied_volatility, "SPY", "", (0, 0), (0, 0), (0, 0, 0, 0)),
    "low_volatility": Case(LowVolatility(), reference.low_volatility, "SPY", "", (0, 0), (0, 0), (0, 0, 0, 0)),
    "factor_exposure": Case(
        FactorExposure("hml", ("mkt", "smb"), "bills"), reference.factor_exposure, "QQQ", "", (0, 0), (0, 0), (0, 0, 0, 0)
    ),
    "ensemble": Case(
        Ensemble(Momentum(), "lookback", tuple(months(n) for n in (3, 6, 9, 12))),
        reference.ensemble,
        "SPY",
        "",
        (0, 0),
        (0, 0),
        (0, 0, 0, 0),
    ),
    "sum": Case(
        Sum((Trend(), Spread("slope"), ValuationRule("cape")), (0.5, 0.25, 0.25)),
        reference.weighted_sum,
        "SPY",
        "",
        (0, 0),
        (0, 0),
        (0, 0, 0, 0),
    ),
}
