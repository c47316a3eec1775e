"""One case for each built-in regime on the shared data: what is asked, what the files say, and what everybody knows.

The test holds the literals against `real_reference`, which knows the files alone, and the regime against both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.real_world import FUNDS
from tests.regimes import real_reference as reference
from trimtab.core.terms import WEEK, Span, sessions
from trimtab.regimes.absorption import Absorption
from trimtab.regimes.correlation import StockBond
from trimtab.regimes.inflation import InflationGrowth
from trimtab.regimes.markov import MarkovSwitching
from trimtab.regimes.thresholds import Threshold
from trimtab.regimes.turbulence import Turbulence
from trimtab.regimes.volatility import VolatilityRegime

MONTHS = ("2008-10", "2013-06", "2020-03", "2021-12", "2022-06")
SIXTY_FORTY = tuple({"SPY": 0.6, "IEF": 0.4}.get(name, 0.0) for name in FUNDS)


@dataclass(frozen=True)
class Case:
    """`states` at the last sessions of `MONTHS`; `shares` of the month-ends that are known; range of the measure."""

    regime: Any
    reference: Callable[[], reference.Answer]
    first: str
    measures: tuple[float, float]
    shares: Mapping[str, float]
    states: tuple[str, str, str, str, str]


STRESS = ("stressed", "calm", "stressed", "calm", "stressed")

CASES: dict[str, Case] = {
    # 1,260 closes from 1990-01-02 end on 1994-12-27. The VIX closed at 59.9, 16.9, 53.5, 17.2 and 28.7
    "threshold": Case(
        Threshold("vix", 0.8, 0.6, percentile=True, history=sessions(1260)),
        reference.threshold,
        "1994-12-30",
        (0.0, 1.0),
        {"calm": 0.573, "stressed": 0.427},
        STRESS,
    ),
    # IEF's 1,281st close is in August 2007
    "volatility": Case(
        VolatilityRegime(benchmark=SIXTY_FORTY),
        reference.volatility,
        "2007-08-31",
        (0.0, 1.0),
        {"calm": 0.689, "stressed": 0.311},
        STRESS,
    ),
    # 73 months from 1995-01 on are in the file of 2001-02. At the end of October 2008 the last prices in print were those of
    # August, 5.4 % above the year before; in December 2021 those of October, 6.2 % above it
    "inflation_growth": Case(
        InflationGrowth("cpi", "indpro"),
        reference.inflation_growth,
        "2001-03-30",
        (-0.048, 0.061),
        {"stable": 0.636, "inflationary": 0.189, "deflationary": 0.175},
        ("inflationary", "stable", "stable", "inflationary", "inflationary"),
    ),
    # TLT's 61st close is in October 2002. Bonds hedged shares in both crashes, and no longer in June 2022
    "stock_bond": Case(
        StockBond("SPY", "TLT"),
        reference.stock_bond,
        "2002-10-31",
        (-0.821, 0.433),
        {"negative": 0.629, "neutral": 0.285, "positive": 0.086},
        ("negative", "negative", "negative", "negative", "neutral"),
    ),
    # 1,020 returns from 2002-07-31 on. June 2013 is the fright about the end of bond purchases
    "turbulence": Case(
        Turbulence(smoothing=sessions(21), assets=("SPY", "EFA", "IEF", "LQD")),
        reference.turbulence,
        "2006-08-31",
        (0.212, 31.700),
        {"calm": 0.588, "turbulent": 0.412},
        ("turbulent", "turbulent", "turbulent", "calm", "turbulent"),
    ),
    # 500 returns from 2002-07-31 on. Of six funds four hold shares, so that 71 % is the least it ever was: the levels are set
    # with hindsight
    "absorption": Case(
        Absorption(enter=0.85, exit=0.80, assets=("SPY", "QQQ", "IWM", "EFA", "IEF", "LQD")),
        reference.absorption,
        "2004-07-30",
        (0.707, 0.911),
        {"resilient": 0.545, "fragile": 0.455},
        ("fragile", "fragile", "fragile", "fragile", "resilient"),
    ),
    # 520 weekly returns from February 1993 on end in January 2003; the first week after that whose number (that of
    # 1970-01-01 is 0) divides by 52 is 34 * 52 = 1768, which begins on 2003-11-17
    "markov": Case(
        MarkovSwitching(asset="SPY", window=Span(520, WEEK), refit=Span(52, WEEK)),
        reference.markov,
        "2003-11-28",
        (0.004, 1.0),
        {"calm": 0.819, "turbulent": 0.181},
        ("turbulent", "calm", "turbulent", "calm", "turbulent"),
    ),
}
