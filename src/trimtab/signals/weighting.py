"""The weights of signals, and how a regime moves them: the mean of each state's weights, by the state's probability.

So a policy says "no momentum while volatility is high, value instead" in its own words:
`weights: {momentum: 1, value: 0}`, `by_state: {stressed: {momentum: 0, value: 1}}`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.values import Parts, Regime

Weights = Mapping[str, float]
ByState = Mapping[str, Weights]


def require_weights(weights: Weights, by_state: ByState) -> None:
    """Raise ParameterError where a weight is negative or not finite, or all of a state are 0."""
    _require_row(weights, "weights", "weights")
    for state, row in by_state.items():
        if not row:
            remedy = "Give one for each signal, or leave the state out."
            raise ParameterError(f"by_state gives no weights for {state}", field="by_state", remedy=remedy)
        _require_row(row, f"by_state.{state}", "by_state")


def copied(weights: Weights, by_state: ByState) -> tuple[Weights, ByState]:
    """Dictionaries of one's own: the caller's may change later."""
    return dict(weights), {state: dict(row) for state, row in by_state.items()}


def weights_in_force(weights: Weights, by_state: ByState, parts: Parts, regime: Regime) -> Array:
    """(K, ..., 1) the weight of each signal, ready to multiply parts (K, ..., A); 1 each where none are given.

    With `by_state`, of each date: the weights of every state, each set scaled to sum 1, by the probabilities (..., S). A
    state that is not named there, and a date on which the regime is unknown, has `weights`. Raises ParameterError where
    the names do not fit the signals or the states.
    """
    plain = _row(weights, parts, "weights", "weights")
    if not by_state:
        return plain.reshape((-1,) + (1,) * (parts.values.ndim - 1))
    _require_states(by_state, regime)
    rows = {state: _scaled(_row(row, parts, f"by_state.{state}", "by_state")) for state, row in by_state.items()}
    plain = _scaled(plain).reshape((-1,) + (1,) * (regime.probabilities.ndim - 1))
    mixed = np.zeros((len(plain), *regime.probabilities.shape[:-1]))
    for s, state in enumerate(regime.states):  # a loop over states alone: the order of the sum is fixed
        mixed = mixed + rows.get(state, plain.ravel()).reshape(plain.shape) * regime.probabilities[..., s]
    known = (regime.probabilities >= 0.0).all(axis=-1) & (regime.probabilities > 0.0).any(axis=-1)
    mixed = np.where(known, mixed, plain)
    return mixed.reshape(mixed.shape + (1,) * (parts.values.ndim - mixed.ndim))


def weighted(weights: Weights, by_state: ByState) -> str:
    """The weights in words, after a comma; empty where all are equal."""
    said = f", weighted {_listed(weights)}" if weights else ""
    return said + "".join(f"; in {state} {_listed(row)}" for state, row in by_state.items())


def _listed(weights: Weights) -> str:
    return ", ".join(f"{name} {w:g}" for name, w in weights.items())


def _scaled(row: Array) -> Array:
    """To sum 1; no signals have no weights."""
    return row / (float(row.sum()) or 1.0)


def _require_row(weights: Weights, what: str, field: str) -> None:
    for name, weight in weights.items():
        if not 0.0 <= weight < np.inf:
            raise ParameterError(f"{what} gives {name} {weight}", field=field, remedy="Give weights of at least 0.")
    if weights and not any(weights.values()):
        raise ParameterError(f"{what} are all 0", field=field, remedy="Give at least one above 0.")


def _row(weights: Weights, parts: Parts, what: str, field: str) -> Array:
    """(K,) in the order of the signals. Raises ParameterError where the names are not theirs."""
    if weights and set(weights) != set(parts.names):
        unknown = [name for name in weights if name not in parts.names]
        without = [name for name in parts.names if name not in weights]
        fault = f"{what} names {unknown[0]!r}, no signal" if unknown else f"{what} leaves out the signal {without[0]!r}"
        remedy = f"Give one for each of {', '.join(parts.names) or 'no signals'}; 0 leaves a signal out."
        raise ParameterError(fault, field=field, remedy=remedy)
    return np.array([weights[name] if weights else 1.0 for name in parts.names], dtype=float)


def _require_states(by_state: ByState, regime: Regime) -> None:
    for state in by_state:
        if state not in regime.states:
            remedy = f"The regime tells apart {', '.join(regime.states)}."
            raise ParameterError(f"by_state names {state!r}, no state of the regime", field="by_state", remedy=remedy)
