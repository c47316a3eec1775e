"""Signals behind tactical allocations beside those of roster.py, for the conformance tests."""

from __future__ import annotations

from tests.signals.roster import Case
from trimtab.core.terms import WEEK, Span, months, sessions
from trimtab.signals.optimiser import Optimiser
from trimtab.signals.weighted_momentum import WeightedMomentum

WEEKS = (Span(1, WEEK), Span(4, WEEK))
CALM = "tests.signals.own_estimators:Calm"

TACTICAL = [
    Case(WeightedMomentum(), months(13), sides=False),
    Case(WeightedMomentum((months(2), months(5)), (3.0, 1.0), excess_of="bills"), months(6), sides=False),
    Case(WeightedMomentum(WEEKS, (4.0, 1.0)), Span(5, WEEK), sides=False),
    Case(Optimiser(CALM, window=sessions(12)), sessions(13), sides=False, alone=False, sided=False, signed=False),
    Case(Optimiser(CALM, {"full": 0.5}, months(5)), months(6), sides=False, alone=False, sided=False, signed=False),
]
