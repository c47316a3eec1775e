"""Everything the signals ever said, as one tidy table: a row for each decision date, signal and asset."""

from __future__ import annotations

from typing import Any

import numpy as np

from trimtab.core.values import Aims
from trimtab.data.view import MarketView
from trimtab.desk.policy import Policy
from trimtab.desk.readings import UNKNOWN, VOTE, likeliest, measure_of

COLUMNS = ("date", "cut_off", "name", "asset", "value", "measured", "score", "state")
REGIME = "regime"


def signal_history(policy: Policy, view: MarketView, knowledge: Aims) -> dict[str, np.ndarray[Any, Any]]:
    """Columns of equal length: each signal, then `score` (the combined one), then `regime` (by state, no asset).

    `value` is the number behind the answer, `score` the answer itself, NaN where unknown; for the regime both are the
    probability of the state that stands under `state`.
    """
    blocks, ids = [], [asset.id for asset in policy.universe]
    for k, (name, signal) in enumerate(policy.voices.items()):
        measure, parts = measure_of(signal, view), knowledge.parts.values[k]
        blocks.append(_rows(knowledge, name, ids, (measure.values, measure.name, parts)))
    if policy.signals:
        scores = knowledge.scores.values
        blocks.append(_rows(knowledge, VOTE, ids, (scores, "combined", scores)))
    if len(knowledge.regime.states) > 1:
        blocks.append(_regime(knowledge))
    empty = {name: np.array([]) for name in COLUMNS}
    return {name: np.concatenate([block[name] for block in blocks]) for name in COLUMNS} if blocks else empty


def _rows(knowledge: Aims, name: str, ids: list[str], said: tuple[Any, str, Any]) -> dict[str, Any]:
    values, measured, scores = said
    count, width = scores.shape
    sides = np.select([np.isnan(scores), scores > 0.0, scores < 0.0], [UNKNOWN, "up", "down"], "neutral")
    return {
        "date": np.repeat(knowledge.days.dates, width),
        "cut_off": np.repeat(knowledge.days.cutoffs, width),
        "name": np.full(count * width, name, dtype=object),
        "asset": np.tile(np.array(ids, dtype=object), count),
        "value": np.asarray(values).ravel(),
        "measured": np.full(count * width, measured, dtype=object),
        "score": np.asarray(scores).ravel(),
        "state": sides.ravel().astype(object),
    }


def _regime(knowledge: Aims) -> dict[str, Any]:
    regime = knowledge.regime
    block = _rows(knowledge, REGIME, [""] * len(regime.states), (regime.probabilities, "probability", regime.probabilities))
    chosen = likeliest(regime.probabilities)[:, None] == np.arange(len(regime.states))
    states = np.tile(np.array(regime.states, dtype=object), len(regime.probabilities))
    return block | {
        "state": states,
        "measured": np.where(chosen.ravel(), "probability, the likeliest", "probability").astype(object),
    }
