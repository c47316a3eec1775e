"""What a policy would aim at if only some of its signals spoke: the game whose Shapley value shares out the aim.

A signal that is silent counts as 0, which is neutral, wherever it had said anything; its answer is silenced when it is
combined, after all memory of its own. An allocator or a sleeve that is nothing without scores holds its benchmark while all
of its signals are silent. Signals are asked once, combiners and allocators anew for each coalition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from trimtab.construction.blend import Blend, Sleeve
from trimtab.construction.static import Static
from trimtab.core.arrays import Array, Dates, Mask
from trimtab.core.roles import Combiner, Fold, Latch, Levering, State, View
from trimtab.core.values import Aims, Forecast, Parts, Regime, Scores
from trimtab.data.view import MarketView
from trimtab.desk.asking import combined, prepared, told
from trimtab.desk.decide import placed
from trimtab.desk.policy import Policy


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """A signal that repeats what was said on the decision dates (D,): `values` (D, A)."""

    dates: Dates
    values: Array

    def __call__(self, view: View) -> Scores:
        """The rows of the dates of a view."""
        return Scores(view.assets, self.values[np.searchsorted(self.dates, view.days.dates)])


@dataclass(frozen=True, slots=True, eq=False)
class Muted:
    """A combiner that hears only `speaking`: the others count as 0 wherever they are known.

    `ready` says that the parts went through the memory of the combiner already.
    """

    inner: Combiner
    speaking: frozenset[str]
    ready: bool = False

    @property
    def prepares(self) -> Fold | None:
        """That of the combiner, where it is still due: memory is not silenced."""
        return None if self.ready else self.inner.prepares

    def __call__(self, parts: Parts, regime: Regime) -> Scores:
        """(D, A) scores of parts (K, D, A), those that are silent at 0."""
        heard = np.array([name in self.speaking for name in parts.names], dtype=bool)
        heard = heard.reshape(-1, *(1,) * (parts.values.ndim - 1))
        values = np.where(heard | np.isnan(parts.values), parts.values, 0.0)
        return self.inner(Parts(parts.assets, parts.names, values), regime)


@dataclass(frozen=True, slots=True, eq=False)
class MutedFold(Muted):
    """The same of a combiner that remembers its scores."""

    def start(self, row: Array) -> State:
        """As the combiner."""
        return self.inner.start(row)  # type: ignore[attr-defined,no-any-return]

    def advance(self, state: State, row: Array) -> tuple[State, Array]:
        """As the combiner."""
        return self.inner.advance(state, row)  # type: ignore[attr-defined,no-any-return]


@dataclass(frozen=True, slots=True, eq=False)
class MutedLatch(MutedFold):
    """The same of one that says which scores it takes."""

    def takes(self, rows: Array) -> Mask | None:
        """As the combiner."""
        return self.inner.takes(rows)  # type: ignore[attr-defined,no-any-return]


def muted(combine: Combiner, speaking: frozenset[str], *, ready: bool = False) -> Muted:
    """`combine` where only `speaking` are heard, of parts that are `ready` or still to be prepared."""
    kind = MutedLatch if isinstance(combine, Latch) else MutedFold if isinstance(combine, Fold) else Muted
    return kind(combine, speaking, ready)


@dataclass(frozen=True, slots=True, eq=False)
class Game:
    """The aims (D, A) of one policy under coalitions of its signals, by number in `policy.voices`; each is worked out once."""

    policy: Policy
    view: MarketView
    parts: Parts  # what every signal said, with its memory
    forecast: Forecast
    regime: Regime
    ready: Parts  # those of the policy itself, prepared for its combiner
    _known: dict[frozenset[int], Array] = field(default_factory=dict, repr=False)
    _scored: dict[frozenset[str], Scores] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, policy: Policy, view: MarketView, knowledge: Aims) -> Game:
        """The game of the signals that stand in `knowledge`."""
        said, own = knowledge.parts, len(policy.signals)
        ready = prepared(policy.combine, Parts(view.assets, said.names[:own], said.values[:own]))
        return cls(policy, view, said, knowledge.forecast, told(policy.regime, view), ready)

    def __call__(self, players: frozenset[int]) -> Array:
        """(D, A) aims where only `players` speak; NaN where too little is known."""
        if players not in self._known:
            self._known[players] = self._aim(frozenset(self.parts.names[k] for k in players))
        return self._known[players]

    def _aim(self, speaking: frozenset[str]) -> Array:
        policy, view = self.policy, self.view
        allocator = self._with(policy.allocator, speaking)
        if policy.signals and not speaking & set(self.parts.names):
            allocator = without_scores(allocator, tuple(policy.benchmark.tolist()))
        scores = self._scores(speaking)
        return placed(policy, allocator, view, (scores, self.regime, self._forecast(scores))).aim

    def _forecast(self, scores: Scores) -> Forecast:
        """What is forecast: anew where the forecaster says that it reads scores or the regime, else as it was."""
        forecaster = self.policy.forecaster
        reads = any(getattr(forecaster, name, False) for name in ("reads_scores", "reads_regime"))
        return forecaster(self.view, scores, self.regime) if reads else self.forecast

    def _scores(self, speaking: frozenset[str]) -> Scores:
        """What the combiner of the policy makes of its own signals; those of sleeves change nothing in it."""
        own = speaking & frozenset(self.ready.names)
        if own not in self._scored:
            self._scored[own] = combined(muted(self.policy.combine, own, ready=True), self.ready, self.regime)
        return self._scored[own]

    def _with(self, allocator: Any, speaking: frozenset[str]) -> Any:
        """The allocator; of a blend, with sleeves in which only `speaking` (as `sleeve.signal`) are heard."""
        if isinstance(allocator, Levering):
            return replace(allocator, of=self._with(allocator.of, speaking))  # type: ignore[type-var]
        if not isinstance(allocator, Blend):
            return allocator
        return replace(allocator, sleeves={n: self._sleeve(n, one, speaking) for n, one in allocator.sleeves.items()})

    def _sleeve(self, name: str, sleeve: Sleeve, speaking: frozenset[str]) -> Sleeve:
        if sleeve.combine is None or not sleeve.signals:
            return sleeve
        dates, said = self.view.days.dates, dict(zip(self.parts.names, self.parts.values, strict=True))
        signals: Mapping[str, Any] = {key: Said(dates, said[f"{name}.{key}"]) for key in sleeve.signals}
        own = frozenset(key for key in sleeve.signals if f"{name}.{key}" in speaking)
        sleeve = replace(sleeve, signals=signals, combine=muted(sleeve.combine, own))
        if own:
            return sleeve
        held = (
            [sleeve.holds.get(asset.id, 0.0) for asset in self.view.assets] if sleeve.holds else self.policy.benchmark.tolist()
        )
        return replace(sleeve, allocator=without_scores(sleeve.allocator, tuple(held)))


def without_scores(allocator: Any, benchmark: tuple[float, ...]) -> Any:
    """The allocator where no signal speaks: the benchmark in place of one that is nothing without scores."""
    if isinstance(allocator, Levering):
        return replace(allocator, of=without_scores(allocator.of, benchmark))  # type: ignore[type-var]
    return Static(benchmark) if getattr(allocator, "reads_scores", False) else allocator


def unheard(regime: Regime) -> bool:
    """Whether a regime tells nothing apart."""
    return len(regime.states) < 2
