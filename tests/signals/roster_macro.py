"""Macro and volatility signals for the conformance tests."""

from __future__ import annotations

from tests.signals.roster import Case
from trimtab.core.terms import WEEK, Span, months, sessions
from trimtab.signals.implied_volatility import ImpliedVolatility
from trimtab.signals.macro import Spread
from trimtab.signals.macro_score import SpreadScore
from trimtab.signals.realised_volatility import RealisedVolatility
from trimtab.signals.recession import RecessionOdds

MACRO = [
    Case(Spread("slope"), sessions(1), named=True),
    Case(Spread("long", "short", confirm=months(3)), months(3), named=True),
    Case(Spread("slope", threshold=0.002, confirm=sessions(2)), sessions(2), named=True),
    Case(SpreadScore("long", "short", window=months(7)), months(7), named=True, sides=False),
    Case(SpreadScore("slope", window=sessions(5), clip=1.0), sessions(5), named=True, sides=False),
    Case(RecessionOdds("slope", 0.2, -60.0, smoothing=sessions(3)), sessions(3), named=True, sides=False, sided=False),
    Case(RecessionOdds("long", -0.1, -30.0, "short", months(2)), months(2), named=True, sides=False, sided=False),
    Case(RealisedVolatility(sessions(3), sessions(12), minimum=12), sessions(15), sided=False),
    Case(RealisedVolatility(Span(2, WEEK), Span(6, WEEK), 0.7, 0.5, 4), Span(8, WEEK), sided=False, exact=False),
    Case(ImpliedVolatility("vix", minimum=5), sessions(5), named=True, sided=False, window=False),
    Case(ImpliedVolatility("vix", sessions(9), 0.7, 0.7, 9), sessions(9), named=True, sided=False),
]
