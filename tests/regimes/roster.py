"""Every regime model that runs through the conformance tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trimtab.core.terms import MONTH, Span, months, sessions
from trimtab.regimes.absorption import Absorption
from trimtab.regimes.correlation import StockBond
from trimtab.regimes.inflation import InflationGrowth
from trimtab.regimes.none import NoRegime
from trimtab.regimes.thresholds import Threshold
from trimtab.regimes.turbulence import Turbulence
from trimtab.regimes.volatility import VolatilityRegime


@dataclass(frozen=True)
class Case:
    """A model on three assets, the rows that it needs, and which laws apply to it as they stand.

    `named`: it reads named series alone. `window`: nothing before `span` rows is read. `sure`: it has no warm-up at all.
    """

    model: Any
    span: Span
    named: bool = False
    window: bool = True
    sure: bool = False
    memory: bool = True


ELSEWHERE = {"MarkovSwitching"}  # needs too many rows for these panels: test_markov.py holds it to the same laws
CASES = [
    Case(NoRegime(), sessions(1), sure=True, memory=False),
    Case(Threshold("long", 0.034, 0.028), sessions(1), named=True),
    Case(Threshold("long", 0.6, 0.4, percentile=True, minimum=5), sessions(1), named=True, window=False),
    Case(Threshold("output", 0.7, 0.5, True, sessions(9), sessions(3), dwell=2), sessions(11), named=True),
    Case(Threshold("short", 0.028, 0.034, smoothing=months(2), max_age=60, states=("wide", "flat")), months(2), named=True),
    Case(VolatilityRegime("A1", sessions(4), sessions(9)), sessions(13)),
    Case(VolatilityRegime("", Span(3, MONTH), months(6), benchmark=(0.5, 0.2, 0.0)), months(9)),
    Case(InflationGrowth("prices", "output", history=months(10), growth_span=months(6)), months(23), named=True),
    Case(StockBond("A0", "A2", sessions(9), band=0.1), sessions(10)),
    Case(StockBond("A2", "A1", months(8), halflife=3.0, dwell=2), months(9)),
    Case(Turbulence(sessions(8), sessions(6)), sessions(15)),
    Case(Turbulence(months(6), months(5), months(3), assets=("A2", "A0")), months(14)),
    Case(Absorption(0.4, sessions(9), halflife=4.0, enter=0.8, exit=0.75), sessions(10)),
    Case(Absorption(0.34, months(7), halflife=0.0, enter=0.85, exit=0.75), months(8)),
]
