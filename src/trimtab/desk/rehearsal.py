"""A policy asked about no date at all: names of assets, signals and states that do not fit are found when it is read.

Each component checks such names when it is called, because only then it sees the universe. Called on a view without
dates it answers with nothing, or says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from trimtab.construction.blend import Blend
from trimtab.core.arrays import Array, Dates, Instants
from trimtab.core.errors import ParameterError
from trimtab.core.opinions import Opinion
from trimtab.core.roles import Allocator, Combiner, Forecaster, Levering, RegimeModel, Signal
from trimtab.core.terms import DAY, PER_YEAR, Field, Stat, Step
from trimtab.core.values import Asset, Days, Forecast, Parts, Regime, Scores
from trimtab.desk.other_sources import listening
from trimtab.desk.outsiders import of_policy
from trimtab.desk.policy import Policy

Faults = Iterator[tuple[tuple[str, ...], ParameterError]]


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


def rehearse(policy: Policy) -> Faults:
    """What is wrong with the names in a policy, and under which key each stands.

    Components of one's own are asked here for the first time: what they read beside the view is noted (`other_sources`).
    """
    with listening(*of_policy(policy)):
        found = tuple(_rehearsed(policy))
    yield from found


def _rehearsed(policy: Policy) -> Faults:
    stage = Stage(NoDates(policy.universe), policy.regime, policy.forecaster)
    yield from stage.signals(policy.signals, policy.combine, ())
    _, faults = _asked(lambda: policy.regime(stage.view))
    yield from ((("regime",), fault) for fault in faults)
    yield from stage.forecast(policy.forecaster, ("forecast",))
    yield from stage.allocator(policy.allocator, ("allocator",))


@dataclass(frozen=True, slots=True)
class Stage:
    """An empty stage on which the parts of a policy, or of a sleeve, say their names."""

    view: NoDates
    regime: RegimeModel
    forecaster: Forecaster

    @property
    def scores(self) -> Scores:
        """Of no date."""
        return Scores(self.view.assets, np.empty((0, len(self.view.assets))))

    @property
    def states(self) -> Regime:
        """The states that the regime tells apart; one where it does not answer."""
        found, _ = _asked(lambda: self.regime(self.view))
        return found if isinstance(found, Regime) else Regime(("all",), np.empty((0, 1)))

    @property
    def forecasts(self) -> Forecast:
        """Of no date."""
        count = len(self.view.assets)
        return Forecast(np.empty((0, count)), np.empty((0, count, count)))

    def signals(self, signals: Mapping[str, Signal], combine: Combiner | None, path: tuple[str, ...]) -> Faults:
        """Signals, and what combines them."""
        names = tuple(signals)
        for name, signal in signals.items():
            _, faults = _asked(partial(signal, self.view))
            yield from (((*path, "signals", name), fault) for fault in faults)
        if names and combine is not None:
            parts = Parts(self.view.assets, names, np.empty((len(names), 0, len(self.view.assets))))
            _, faults = _asked(lambda: combine(parts, self.states))
            yield from (((*path, "combine"), fault) for fault in faults)

    def forecast(self, forecaster: Forecaster, path: tuple[str, ...]) -> Faults:
        """A forecaster."""
        _, faults = _asked(lambda: forecaster(self.view, self.scores, self.states))
        yield from ((path, fault) for fault in faults)

    def allocator(self, allocator: Allocator, path: tuple[str, ...]) -> Faults:
        """An allocator, and those that it is made of."""
        empty = np.empty((0, len(self.view.assets)))
        if isinstance(allocator, Blend):
            yield from self.blend(allocator, path)
        elif isinstance(allocator, Levering):
            yield from self.allocator(allocator.of, (*path, "of"))
            _, faults = _asked(lambda: allocator.factors(empty, self.states, self.forecasts))
            yield from ((path, fault) for fault in faults)
        else:
            _, faults = _asked(lambda: allocator(self.scores, self.states, self.forecasts))
            yield from ((path, fault) for fault in faults)

    def blend(self, blend: Blend, path: tuple[str, ...]) -> Faults:
        """Each sleeve, and what mixes them."""
        for name, sleeve in blend.sleeves.items():
            here = (*path, "sleeves", name)
            own = replace(self, regime=sleeve.regime or self.regime, forecaster=sleeve.forecast or self.forecaster)
            yield from own.signals(sleeve.signals, sleeve.combine, here)
            if sleeve.forecast is not None:
                yield from own.forecast(sleeve.forecast, (*here, "forecast"))
            yield from own.allocator(sleeve.allocator, (*here, "allocator"))
        empty = np.empty((len(blend.sleeves), 0, len(self.view.assets)))
        _, faults = _asked(lambda: blend.shares(empty, self.states, self.forecasts))
        yield from (((*path, "mix"), fault) for fault in faults)


def _asked(ask: Callable[[], Any]) -> tuple[Any, list[ParameterError]]:
    """An answer, or the complaint about a parameter. Whatever else goes wrong without a date is no fault of the policy."""
    try:
        return ask(), []
    except ParameterError as fault:
        return None, [fault]
    except Exception:  # noqa: BLE001 - code of others may not expect a view without dates; with dates it will be heard
        return None, []
