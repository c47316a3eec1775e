"""Every forecaster of means that runs through the conformance tests, on a universe of three assets A0, A1, A2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.forecasts.fixed import Sampled
from trimtab.core.opinions import Opinion
from trimtab.core.terms import Span, months, sessions
from trimtab.forecasts.black_litterman import BlackLitterman, Uncertainty
from trimtab.forecasts.equilibrium import Equilibrium
from trimtab.forecasts.historical import Historical
from trimtab.forecasts.shrunk_mean import BayesStein

WEIGHTS = (0.5, 0.3, 0.1)


@dataclass(frozen=True)
class MeanCase:
    """A forecaster, and the rows that it needs. `alone`: an asset's mean does not depend on the others."""

    forecaster: Any
    span: Span
    alone: bool = False


CASES = [
    MeanCase(Historical(Sampled(months(9)), months(7)), months(10), alone=True),
    MeanCase(Historical(Sampled(sessions(9)), sessions(11)), sessions(12), alone=True),
    MeanCase(Equilibrium(Sampled(months(9)), benchmark=WEIGHTS), months(10)),
    MeanCase(BayesStein(Sampled(months(9)), months(7)), months(10)),
    MeanCase(BayesStein(Sampled(sessions(9)), sessions(11)), sessions(12)),
    MeanCase(BlackLitterman(Sampled(months(9)), benchmark=WEIGHTS), months(10)),
    MeanCase(
        BlackLitterman(Sampled(sessions(9)), tau=0.2, uncertainty=Uncertainty.CONFIDENCE, benchmark=WEIGHTS), sessions(10)
    ),
]


def opinion(dates: str, gain: float = 0.05, *, by: str = "desk", confidence: float = 0.6, **assets: float) -> Opinion:
    """A view in one line, with `dates` such as 2000-02-01/2000-12-31."""
    stated, expires = dates.split("/")
    return Opinion(np.datetime64(stated, "s"), np.datetime64(expires, "D"), by, assets, gain, confidence, "a test")


SAID = (
    opinion("2000-02-01/2000-12-31", A0=1.0, A1=-1.0),
    opinion("2000-01-20/2001-06-30", by="other", A2=1.0),
    opinion("2000-06-01/2001-03-31", -0.02, confidence=1.0, A0=1.0, A1=-1.0),
    opinion("2001-02-01/2030-12-31", by="third", A1=0.5, A2=0.5),
)
