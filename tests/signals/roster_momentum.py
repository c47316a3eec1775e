"""Signals from prices and factor returns beside those of roster.py, for the conformance tests."""

from __future__ import annotations

from tests.signals.roster import Case
from trimtab.core.terms import WEEK, Span, months, sessions
from trimtab.signals.drawdown import Drawdown
from trimtab.signals.dual_momentum import DualMomentum, Gate
from trimtab.signals.ensemble import Ensemble
from trimtab.signals.factor_exposure import FactorExposure, Show
from trimtab.signals.low_volatility import LowVolatility
from trimtab.signals.momentum import Momentum
from trimtab.signals.ranking import Within
from trimtab.signals.relative_momentum import RelativeMomentum
from trimtab.signals.scaled_momentum import ScaledMomentum
from trimtab.signals.trend import Trend
from trimtab.signals.volatility_managed import InverseVolatilityScale, Power, VolatilityManaged

EQUITY, BONDS = ("A0", "A2"), "A1"
WINDOWS = (months(3), months(5), months(8))

MOMENTUM = [
    Case(ScaledMomentum(sessions(11), centre=3.0), sessions(19), sides=False),
    Case(ScaledMomentum(months(3), centre=2.0, per_year=12.0, excess_of="bills"), months(14), sides=False, exact=False),
    Case(RelativeMomentum(months(5)), months(7), sides=False, alone=False, sided=False),
    Case(RelativeMomentum(sessions(9), sessions(0), Within.CLASS, top=1), sessions(10), alone=False, sided=False),
    Case(LowVolatility(months(6)), months(7), sides=False, alone=False, sided=False),
    Case(LowVolatility(sessions(15), Within.CLASS), sessions(16), sides=False, alone=False, sided=False),
    Case(DualMomentum(EQUITY, BONDS, "bills", months(4)), months(5), sided=False, signed=False, fewest=3),
    Case(DualMomentum(EQUITY, BONDS, "bills", sessions(6), Gate.HOME), sessions(7), sided=False, signed=False, fewest=3),
    Case(Ensemble(Trend(band=0.02), "window", WINDOWS), months(8), sides=False, sided=False),
    Case(Ensemble(Momentum(excess_of="bills"), "lookback", WINDOWS), months(9), sides=False, sided=False),
    Case(Drawdown(), sessions(9), window=False, exact=False),
    Case(Drawdown(sessions(12), out=0.08, back=0.08), sessions(12)),
    Case(Drawdown(Span(5, WEEK), out=0.12, back=0.0), Span(5, WEEK)),
    Case(FactorExposure("short", window=months(6)), months(10), sides=False, sided=False, exact=False),
    Case(
        FactorExposure("long", ("short",), "bills", months(9), Show.BETA, most_late=2),
        months(12),
        sides=False,
        sided=False,
        exact=False,
    ),
    Case(InverseVolatilityScale(window=sessions(15)), sessions(16), sides=False, sided=False, signed=False),
    Case(InverseVolatilityScale(0.1, months(6), Power.VARIANCE, 1.5), months(7), sides=False, sided=False, signed=False),
    Case(
        InverseVolatilityScale(0.05, months(6), of_factor="long"),
        months(6),
        sides=False,
        named=True,
        sided=False,
        signed=False,
    ),
    Case(VolatilityManaged(Momentum(sessions(11)), window=sessions(15)), sessions(16), sides=False),
    Case(VolatilityManaged(Trend(months(10), band=0.02), 0.2, months(4), Power.VARIANCE), months(10), sides=False, sided=False),
]
