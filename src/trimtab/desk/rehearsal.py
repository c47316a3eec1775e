"""A policy asked about no date at all: names of assets, signals and states that do not fit are found when it is read.

Each component checks such names when it is called, because only then it sees the universe. Called on a view without
dates it answers with nothing, or says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Dates, Instants
from trimtab.core.errors import ParameterError
from trimtab.core.opinions import Opinion
from trimtab.core.terms import DAY, PER_YEAR, Field, Stat, Step
from trimtab.core.values import Asset, Days, Parts, Regime, Scores
from trimtab.desk.policy import Policy


@dataclass(frozen=True, slots=True)
class NoDates:
    """A `View` (see core.roles) from no date on a universe."""

    assets: tuple[Asset, ...]

    @property
    def days(self) -> Days:
        """No dates."""
        return Days(np.empty(0, dtype="datetime64[D]"), np.empty(0, dtype="datetime64[s]"))

    @property
    def known(self) -> Instants:
        """Nothing was handed out."""
        return np.empty(0, dtype="datetime64[s]")

    def window(self, field: Field, n: int, *, every: Step = DAY) -> Array:
        """(0, n, A)."""
        return np.empty((0, n, len(self.assets)))

    def series(self, name: str, n: int, *, every: Step = DAY) -> Array:
        """(0, n)."""
        return np.empty((0, n))

    def stamps(self, name: str, n: int, *, every: Step = DAY) -> Dates:
        """(0, n)."""
        return np.empty((0, n), dtype="datetime64[D]")

    def age(self, name: str) -> Array:
        """(0,)."""
        return np.empty(0)

    def expanding(self, what: Field | str, stat: Stat, *, every: Step = DAY) -> Array:
        """(0, A), or (0,) of a named series."""
        return np.empty((0,) if isinstance(what, str) else (0, len(self.assets)))

    def per_year(self, every: Step) -> int:
        """As on daily data."""
        return PER_YEAR[every]

    def opinions(self) -> tuple[tuple[Opinion, ...], ...]:
        """None."""
        return ()


def rehearse(policy: Policy) -> Iterator[tuple[tuple[str, ...], ParameterError]]:
    """What is wrong with the names in a policy, and under which key each stands."""
    view, universe = NoDates(policy.universe), policy.universe
    names = tuple(policy.signals)
    parts = Parts(universe, names, np.empty((len(names), 0, len(universe))))
    scores, unknown = Scores(universe, np.empty((0, len(universe)))), Regime(("all",), np.empty((0, 1)))
    for name, signal in policy.signals.items():
        _, faults = _asked(partial(signal, view))
        yield from ((("signals", name), fault) for fault in faults)
    found, faults = _asked(lambda: policy.regime(view))
    regime = found if isinstance(found, Regime) else unknown
    yield from ((("regime",), fault) for fault in faults)
    _, faults = _asked(lambda: policy.combine(parts, regime))
    yield from ((("combine",), fault) for fault in faults if names)
    _, faults = _asked(lambda: policy.forecaster(view, scores, regime))
    yield from ((("forecast",), fault) for fault in faults)


def _asked(ask: Callable[[], Any]) -> tuple[Any, list[ParameterError]]:
    """An answer, or the complaint about a parameter. Whatever else goes wrong without a date is no fault of the policy."""
    try:
        return ask(), []
    except ParameterError as fault:
        return None, [fault]
    except Exception:  # noqa: BLE001 - code of others may not expect a view without dates; with dates it will be heard
        return None, []
