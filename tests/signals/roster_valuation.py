"""The signals of valuation and carry that run through the conformance tests."""

from __future__ import annotations

from tests.signals.roster import Case
from trimtab.core.terms import DAY, Span, months, sessions
from trimtab.signals.carry import Carry
from trimtab.signals.dividend_yield import DividendYield
from trimtab.signals.real_yield import RealYield
from trimtab.signals.reversal import Reversal
from trimtab.signals.valuation import Cheap, Valuation
from trimtab.signals.valuation_rule import ValuationRule

VALUATION = [
    Case(Valuation("long", minimum=12), months(12), named=True, sides=False, sided=False, window=False),
    Case(Valuation("long", log=False, minimum=9, clip=1.0), months(9), named=True, sides=False, sided=False, window=False),
    Case(Valuation("short", window=Span(0, DAY), minimum=5), sessions(5), named=True, sides=False, sided=False, window=False),
    Case(
        Valuation("short", window=months(18), minimum=6, cheap_is=Cheap.HIGH), months(6), named=True, sides=False, sided=False
    ),
    Case(Valuation("long", log=False, window=months(9), minimum=9), months(9), named=True, sides=False, sided=False),
    Case(ValuationRule("long", dear=0.035, cheap=0.025), sessions(1), named=True, sided=False),
    Case(DividendYield(months(18), minimum=18), months(30), sides=False, sided=False),
    Case(DividendYield(months(30), minimum=6, clip=1.5), months(42), sides=False, sided=False, exact=False),
    Case(RealYield("long", "prices"), months(13), named=True),
    Case(RealYield("short", "prices", threshold=0.005, max_age=45), months(13), named=True),
    Case(Reversal(months(24), months(6)), months(28), sides=False),
    Case(Reversal(sessions(20), sessions(0), scale=0.5), sessions(21), sides=False),
    Case(Carry({"A0": "long"}, "short"), sessions(1), named=True),
    Case(Carry({"A0": "short"}, "long", threshold=0.002, scale=0.01), sessions(1), named=True, sides=False),
]
