"""What the signals say: one reading a signal and asset, with its number, score, state, since when, and what flips it.

States are those of the decision dates: since when is the first of them in a row on which the state was the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.roles import Signal
from trimtab.core.saying import sentence_of
from trimtab.core.terms import TIE
from trimtab.core.values import Aims, Measure
from trimtab.data.view import MarketView
from trimtab.desk.policy import Policy

VOTE = "score"
STATES = {1: "up", 0: "neutral", -1: "down"}
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reading:
    """One signal on one asset, or on several of which it says the same (numbers of assets)."""

    name: str
    assets: tuple[int, ...]
    value: float  # what its answer is taken from, NaN where the signal does not say
    measured: str  # what that number is, empty where the signal does not say
    percent: bool
    score: float
    state: str
    since: np.datetime64 | None
    why: str
    flips: str = ""


@dataclass(frozen=True, slots=True)
class Weather:
    """The regime at the last date: its most probable state, since when, and the numbers behind it."""

    state: str
    probability: float
    since: np.datetime64 | None
    why: str
    probabilities: tuple[tuple[str, float], ...]


def readings(policy: Policy, view: MarketView, knowledge: Aims) -> tuple[Reading, ...]:
    """Every signal at the last date of `view`, in the order of the policy, and the combined score of each asset last."""
    found: list[Reading] = []
    for k, (name, signal) in enumerate(policy.voices.items()):
        found += _of_signal(name, signal, view, knowledge.parts.values[k])
    if policy.signals:
        found += [_score(a, knowledge) for a in range(len(policy.universe))]
    return tuple(found)


def weather(policy: Policy, view: MarketView, knowledge: Aims) -> Weather | None:
    """The regime at the last date; None where the policy tells none apart."""
    regime = knowledge.regime
    if len(regime.states) < 2:
        return None
    states = likeliest(regime.probabilities)
    pairs = tuple(zip(regime.states, regime.probabilities[-1].tolist(), strict=True))
    name, most = UNKNOWN, np.nan
    if np.isfinite(states[-1]):
        name, most = pairs[int(states[-1])]
    return Weather(name, most, _since(states, knowledge), sentence_of(policy.regime, view.only(-1)), pairs)


def likeliest(probabilities: Array) -> Array:
    """(D,) number of the most probable state (D, S) of each date, the first of equals; NaN where unknown."""
    unknown = np.isnan(probabilities).any(axis=-1)
    return np.where(unknown, np.nan, np.where(np.isnan(probabilities), -1.0, probabilities).argmax(axis=-1))


def measure_of(signal: Signal, view: MarketView) -> Measure:
    """The number behind a signal's answer (D, A); NaN without a name where the signal does not say."""
    measure = getattr(signal, "measure", None)
    if measure is None:
        return Measure("", np.full((len(view.days), len(view.assets)), np.nan), percent=False)
    return measure(view)  # type: ignore[no-any-return]


def state_of(score: float) -> str:
    """The side of a score in a word."""
    if np.isnan(score):
        return UNKNOWN
    return STATES[0 if abs(score) <= TIE else int(np.sign(score))]


def _of_signal(name: str, signal: Signal, view: MarketView, scores: Array) -> Iterator[Reading]:
    measure, today = measure_of(signal, view), view.only(-1)
    speaks: list[bool] = np.any(np.isfinite(scores) | np.isfinite(measure.values), axis=0).tolist()
    said: dict[tuple[str, str, str], list[int]] = {}
    for a in range(scores.shape[1]):
        if speaks[a] or not any(speaks):
            flip = getattr(signal, "flip", None)
            key = (repr(float(scores[-1, a])), sentence_of(signal, today, a), flip(today, a) if flip is not None else "")
            said.setdefault(key, []).append(a)
    alike = len(said) == 1  # the same on some by accident is no one thing
    for (_, why, flips), assets in said.items():
        for shared in [assets] if alike else [[a] for a in assets]:
            a = shared[0]
            value, score, since = float(measure.values[-1, a]), float(scores[-1, a]), _since(_sides(scores[:, a]), view)
            state = state_of(score)
            yield Reading(name, tuple(shared), value, measure.name, measure.percent, score, state, since, why, flips)


def _score(a: int, knowledge: Aims) -> Reading:
    scores = knowledge.scores.values[:, a]
    score, since = float(scores[-1]), _since(_sides(scores), knowledge)
    return Reading(VOTE, (a,), score, "combined", False, score, state_of(score), since, "")


def _sides(scores: Array) -> Array:
    """-1, 0 or 1, and NaN."""
    return np.where(np.abs(scores) <= TIE, 0.0, np.sign(scores))


def _since(states: Array, dated: Aims | MarketView) -> np.datetime64 | None:
    """The first date of the last run of equal states (D,); None where the last one is unknown."""
    last = states[-1] if len(states) else np.nan
    if np.isnan(last):
        return None
    other = np.flatnonzero(states != last)
    first = int(other[-1]) + 1 if len(other) else 0
    return dated.days.dates[first]  # type: ignore[no-any-return]
