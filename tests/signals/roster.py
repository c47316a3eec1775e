"""Every signal that runs through the conformance tests: one list a file, so that a room grows without one long list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trimtab.core.terms import WEEK, Span, months, sessions
from trimtab.signals.algebra import Sum
from trimtab.signals.macro import Spread
from trimtab.signals.momentum import Momentum
from trimtab.signals.trend import Crossover, Trend


@dataclass(frozen=True)
class Case:
    """A signal, the rows that it needs, and which of the laws apply to it as they stand.

    `sides`: it answers in {-1, 0, 1}. `named`: it reads named series alone, so that prices and their gaps do not matter.
    `alone`: its answer on an asset does not depend on the other assets. `unitless`: the unit of prices does not matter.
    `sided`: its sentence says above or below as the sign says. `window`: nothing before `span` rows is read (no
    expanding statistic). `exact`: unknown for exactly the first `span` - 1 rows of clean prices. `signed`: it answers
    below 0 too. `fewest`: how many assets it speaks of by name, `A0` the first.
    """

    signal: Any
    span: Span
    sides: bool = True
    named: bool = False
    alone: bool = True
    unitless: bool = True
    sided: bool = True
    window: bool = True
    exact: bool = True
    signed: bool = True
    fewest: int = 1


TREND = [
    Case(Trend(), months(10)),
    Case(Trend(Span(5, WEEK), band=0.02), Span(5, WEEK)),
    Case(Trend(sessions(13), band=0.05), sessions(13)),
    Case(Trend(months(4), skip=months(2)), months(6)),
    Case(Trend(sessions(9), 0.03, skip=sessions(5)), sessions(14)),
    Case(Crossover(), months(10)),
    Case(Crossover(sessions(3), sessions(17), band=0.01), sessions(17)),
    Case(Momentum(), months(13)),
    Case(Momentum(months(5), months(1)), months(7)),
    Case(Momentum(sessions(11), excess_of="bills"), sessions(12)),
    Case(Spread("long", "short"), sessions(1), named=True),
    Case(Spread("short", "long", threshold=-0.005), sessions(1), named=True),
    Case(Sum((Trend(months(4)), Momentum(months(3))), (0.5, 2.0)), months(4), sides=False, sided=False),
]
