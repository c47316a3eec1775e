"""Whether each named series is what the component that reads it takes it for: an index, a rate, or returns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from trimtab.core.errors import PolicyError
from trimtab.core.terms import Reads
from trimtab.data.history import History, Kind
from trimtab.data.market import Market
from trimtab.desk.policy import Policy

LARGEST = 0.5  # a typical rate or return above this is written in percent, or is no rate at all


def require_kinds(policy: Policy, market: Market) -> None:
    """Raise PolicyError where a component would read a series as something that it plainly is not."""
    parts = {f"signals.{name}": signal for name, signal in policy.voices.items()}
    for where, part in (parts | {"regime": policy.regime, "forecast": policy.forecaster}).items():
        for name, wanted in _reads(part):
            fault = _fault(market.series[name], wanted) if name in market.series else ""
            if fault:
                raise PolicyError(f"{where} takes {name} for {_WORDS[wanted]}, but {fault}", remedy=_REMEDIES[wanted])


def reads_of(policy: Policy) -> dict[str, Reads]:
    """What the parts of a policy take each named series for, as far as they say."""
    parts = (*policy.voices.values(), policy.regime, policy.forecaster)
    return {name: wanted for part in parts for name, wanted in _reads(part)}


_WORDS = {
    Reads.INDEX: "an index",
    Reads.RATE: "a rate per year in decimals",
    Reads.RETURN: "returns per step in decimals",
}
_REMEDIES = {
    Reads.INDEX: "Name a series that grows, such as a total-return index of bills.",
    Reads.RATE: "Give rates such as 0.042 for 4.2 %.",
    Reads.RETURN: "Give returns such as 0.01 for 1 %; for an index say series_are: index.",
}


def _reads(component: Any) -> Iterator[tuple[str, Reads]]:
    """What a component, and those that it is made of, take each series for."""
    yield from getattr(component, "reads", {}).items()
    for member in getattr(component, "members", ()):
        yield from _reads(member)


def _fault(history: History, wanted: Reads) -> str:
    """What the series is instead; empty where it may well be what is wanted."""
    known = np.abs(history.values[np.isfinite(history.values)])
    size = float(np.median(known)) if len(known) else 0.0
    if wanted is Reads.INDEX:
        return "it is a yield" if history.about.kind is Kind.YIELD else ""
    if history.about.holdable:
        return "it is a price or an index"
    return f"its values are typically {size:.3g}" if size > LARGEST else ""
