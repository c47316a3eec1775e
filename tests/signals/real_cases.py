"""One case for each built-in signal on the shared data: what is asked, what pandas says, and what everybody knows.

The test holds the literals against `real_reference`, which knows the files alone, and the signal against both. The funds
begin with SPY on 1993-01-29, which is the policy's `since` too; first dates are counted from there by hand.
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
from trimtab.signals.optimiser import Optimiser
from trimtab.signals.real_yield import RealYield
from trimtab.signals.realised_volatility import RealisedVolatility
from trimtab.signals.recession import RecessionOdds
from trimtab.signals.relative_momentum import RelativeMomentum
from trimtab.signals.reversal import Reversal
from trimtab.signals.scaled_momentum import ScaledMomentum
from trimtab.signals.trend import Crossover, Trend
from trimtab.signals.valuation import Valuation
from trimtab.signals.valuation_rule import ValuationRule
from trimtab.signals.volatility_managed import VolatilityManaged
from trimtab.signals.weighted_momentum import WeightedMomentum

MONTHS = ("2008-10", "2013-06", "2020-03", "2022-06")


Range = tuple[float, float]


@dataclass(frozen=True)
class Case:
    """`asset` is looked at. All numbers to three decimals: `states` are its scores at the last sessions of `MONTHS`."""

    signal: Any
    reference: Callable[[], reference.Answer]
    asset: str
    first: str
    scores: Range
    measures: Range
    states: tuple[float, float, float, float]


SIDES = (-1.0, 1.0)
# With dividends SPY lost 36 % in the year to October 2008, gained 20 % to June 2013, lost 7 % to March 2020 (19 % in its
# last two months) and 11 % to June 2022: whatever looks back over about a year is out, in, out, out.
OUT_IN_OUT_OUT = (-1.0, 1.0, -1.0, -1.0)
QUARTERLY = tuple(months(n) for n in (3, 6, 9, 12))

CASES: dict[str, Case] = {
    # ten month-ends, the first in January 1993; farthest below in February 2009
    "trend": Case(Trend(), reference.trend, "SPY", "1993-10-29", SIDES, (-0.305, 0.194), OUT_IN_OUT_OUT),
    # the mean of two month-ends lies nearer to that of ten than the last one does, on either side
    "crossover": Case(Crossover(), reference.crossover, "SPY", "1993-10-29", SIDES, (-0.263, 0.157), OUT_IN_OUT_OUT),
    # twelve months after the first; worst in the year to February 2009, best in that to March 2021
    "momentum": Case(
        Momentum(excess_of="bills"), reference.momentum, "SPY", "1994-01-31", SIDES, (-0.441, 0.560), OUT_IN_OUT_OUT
    ),
    # the 281st session is that of 1994-03-09; a volatility of 40 / 0.695 = 58 % in October 2008, 40 / 2.929 = 14 % in 2013
    "scaled_momentum": Case(
        ScaledMomentum(excess_of="bills"),
        reference.scaled_momentum,
        "SPY",
        "1994-03-31",
        (-4.030, 6.351),
        (-0.441, 0.560),
        (-0.695, 2.929, -0.776, -1.502),
    ),
    # nobody to be ranked among until QQQ, of March 1999, is a year old; of thirteen funds, fourth from below in 2008, second
    # after IWM in 2013, in the middle in 2020, and fourth after gold, property and linkers in 2022, when bonds fell too
    "relative_momentum": Case(
        RelativeMomentum(),
        reference.relative_momentum,
        "SPY",
        "2000-03-31",
        SIDES,
        (-0.429, 0.494),
        (-0.5, 0.833, 0.0, 0.5),
    ),
    # EFA's first month-end is that of August 2001; SPY is held in June 2013 alone, bonds at the other three
    "dual_momentum": Case(
        DualMomentum(("SPY", "EFA"), "IEF", "bills"),
        reference.dual_momentum,
        "SPY",
        "2002-08-30",
        SIDES,
        (-0.441, 0.572),
        OUT_IN_OUT_OUT,
    ),
    # from the first close on; 51 % below the highest one in February 2009, 3.5 % in June 2013
    "drawdown": Case(Drawdown(), reference.drawdown, "SPY", "1993-01-29", SIDES, (-0.514, 0.0), OUT_IN_OUT_OUT),
    # 120 months, 1993-02 to 2003-01, the last of them known from May on. High against the bubble that the history begins
    # with until 2013, dear after: since 1881 it is dear at all four (see the facts)
    "valuation": Case(
        Valuation("cape"),
        reference.valuation,
        "SPY",
        "2003-05-30",
        (-1.681, 2.906),
        (-2.906, 1.681),
        (0.956, 0.608, -0.610, -1.263),
    ),
    # 22.4 in June 2008, 22.1 in February 2013, 29.8 in November 2019, 35.3 in February 2022: at least 22 each time. 13.3 in
    # March 2009, 44.2 in December 1999
    "valuation_rule": Case(
        ValuationRule("cape"),
        reference.valuation_rule,
        "SPY",
        "1993-01-29",
        SIDES,
        (13.324, 44.198),
        (-1.0, -1.0, -1.0, -1.0),
    ),
    # 60 yields of twelve months: 12 + 59 months after January 1993. 2.1 % after the fall of 2008, 1.4 % in 2022
    "dividend_yield": Case(
        DividendYield(),
        reference.dividend_yield,
        "SPY",
        "1998-12-31",
        (-3.0, 2.781),
        (0.010, 0.027),
        (1.698, 0.913, 0.162, -2.267),
    ),
    # the first file of FRED-MD is that of 1999-08. Prices rose by 5.4 % to August 2008, 1.1 % to April 2013, 2.5 % to January
    # 2020 and 8.2 % to April 2022; ten years paid 3.7, 1.9, 1.5 and 2.9 %
    "real_yield": Case(
        RealYield("gs10", "cpi", assets=("IEF", "TLT")),
        reference.real_yield,
        "IEF",
        "1999-09-30",
        SIDES,
        (-0.061, 0.055),
        (-1.0, 1.0, -1.0, -1.0),
    ),
    # 66 months after January 1993. In October 2008 SPY stood where it had five years before; by the other three it had gained
    "reversal": Case(
        Reversal(),
        reference.reversal,
        "SPY",
        "1998-07-31",
        (-1.0, 0.595),
        (-0.239, 0.060),
        (-0.032, -0.768, -0.670, -1.0),
    ),
    # in March 2020 the means of February are known: 1.50 % for ten years, 1.52 % for bills
    "carry": Case(
        Carry({"SPY": "dividends", "IEF": "gs10", "LQD": "baa"}, "tb3ms"),
        reference.carry,
        "IEF",
        "1993-01-29",
        SIDES,
        (-0.016, 0.037),
        (1.0, 1.0, -1.0, 1.0),
    ),
    # inverted before and after these four months, at none of them
    "spread": Case(Spread("slope"), reference.spread, "SPY", "1993-01-29", SIDES, (-0.019, 0.038), (1.0, 1.0, 1.0, 1.0)),
    # 120 months from 1995-01 on are in the file of 2005-01. Files come late: at the end of October 2008 the 1.51 points of
    # August are known, in March 2020 the 0.83 points of January
    "spread_score": Case(
        SpreadScore("aaa", "baa"),
        reference.spread_score,
        "HYG",
        "2005-02-28",
        (-3.0, 1.260),
        (-0.034, -0.005),
        (-2.565, 0.568, 0.589, 0.078),
    ),
    # a steep curve in 2008 and 2013, a flat one in 2020; the odds are highest in May 2023
    "recession_odds": Case(
        RecessionOdds("slope", -0.5333, -63.30),
        reference.recession_odds,
        "SPY",
        "1993-01-29",
        (-0.425, 0.996),
        (0.002, 0.712),
        (0.988, 0.948, 0.630, 0.882),
    ),
    # 21 returns and 252 volatilities: the 273rd session is that of 1994-02-25. Shocks in 2008 and 2020, a bear market in 2022
    "realised_volatility": Case(
        RealisedVolatility(),
        reference.realised_volatility,
        "SPY",
        "1994-02-28",
        SIDES,
        (0.0, 1.0),
        OUT_IN_OUT_OUT,
    ),
    # the 252nd value from 1993-01-29 on is that of 1994-01-26. The VIX closed at 59.9, 16.9, 53.5 and 28.7
    "implied_volatility": Case(
        ImpliedVolatility("vix"),
        reference.implied_volatility,
        "SPY",
        "1994-01-31",
        SIDES,
        (0.001, 1.0),
        OUT_IN_OUT_OUT,
    ),
    # QQQ's 253rd close is that of 2000-03-08. Calmer than other funds of shares, wilder than bonds: about the middle
    "low_volatility": Case(
        LowVolatility(),
        reference.low_volatility,
        "SPY",
        "2000-03-31",
        (-0.714, 1.0),
        (0.067, 0.456),
        (-0.167, 0.167, -0.333, -0.333),
    ),
    # 36 returns from April 1999 on end in March 2002, whose factors are out in May. The Nasdaq 100 is no value fund
    "factor_exposure": Case(
        FactorExposure("hml", ("mkt", "smb"), "bills"),
        reference.factor_exposure,
        "QQQ",
        "2002-05-31",
        (-3.0, -1.176),
        (-1.267, -0.199),
        (-3.0, -3.0, -3.0, -3.0),
    ),
    # twelve months after the first, as momentum; lowest where SPY lost 17 % in a month and 36 % in a year, in October 2008
    "weighted_momentum": Case(
        WeightedMomentum(),
        reference.weighted_momentum,
        "SPY",
        "1994-01-31",
        (-0.964, 0.673),
        (-0.964, 0.673),
        (-0.964, 0.109, -0.647, -0.535),
    ),
    # as momentum, whose sign it has, times 12 % over the volatility of half a year: 45 % in October 2008, 12.7 % in June 2013
    "volatility_managed": Case(
        VolatilityManaged(Momentum(excess_of="bills")),
        reference.volatility_managed,
        "SPY",
        "1994-01-31",
        (-1.358, 1.849),
        (0.065, 0.578),
        (-0.266, 0.947, -0.308, -0.479),
    ),
    # 252 returns of the youngest of the five, GLD, whose first close is that of 2004-11-18
    "optimiser": Case(
        Optimiser("skfolio.optimization:InverseVolatility", assets=("SPY", "EFA", "IEF", "LQD", "GLD")),
        reference.optimiser,
        "SPY",
        "2005-11-30",
        (0.079, 0.185),
        (0.079, 0.185),
        (0.116, 0.139, 0.105, 0.121),
    ),
    # as momentum; all four windows agree at the four dates
    "ensemble": Case(
        Ensemble(Momentum(), "lookback", QUARTERLY),
        reference.ensemble,
        "SPY",
        "1994-01-31",
        SIDES,
        (-0.372, 0.324),
        OUT_IN_OUT_OUT,
    ),
    # half of the trend, and a steep curve against a dear market, which cancel each other
    "sum": Case(
        Sum((Trend(), Spread("slope"), ValuationRule("cape")), (0.5, 0.25, 0.25)),
        reference.weighted_sum,
        "SPY",
        "1993-10-29",
        SIDES,
        SIDES,
        (-0.5, 0.5, -0.5, -0.5),
    ),
}
