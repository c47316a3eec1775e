"""What the cards of signals show besides `signals`: twenty years of states, the vote with its band, and shares of the tilt."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.desk.readings import likeliest, measure_of, state_of
from trimtab.desk.record import number
from trimtab.desk.sounding import Sounding, sound
from trimtab.desk.stages import wished
from trimtab.surfaces.cli.markets import market_of
from trimtab.surfaces.cli.options import opened
from trimtab.surfaces.serving.verbs import Served
from trimtab.surfaces.web.reads.policies import Plain, options_of

MONTHS = 240
_DIGITS = 5  # that a picture needs


def signal_pictures(served: Served, written: str) -> Plain:
    """Strips by `signal/asset`, votes and tilts by asset, probabilities of states: of the last 240 months, a point each."""
    options = options_of(served, "signals", policy=written)
    policy = opened(written, options).with_horizon(end=None)
    sounding = sound(policy, market_of(policy, options))
    rows = month_rows(sounding.knowledge.days.dates)
    return {
        "dates": [str(one) for one in sounding.knowledge.days.dates[rows]],
        "strips": _strips(sounding, rows),
        "votes": _votes(sounding, rows),
        "tilts": _tilts(sounding),
        "regime": _regime(sounding, rows),
        "combined": str(getattr(policy.combine, "words", "")) if policy.signals else "",
        "titles": {asset.id: asset.title for asset in policy.universe},
        "percent": {name: measure_of(one, sounding.view).percent for name, one in policy.voices.items()},
    }


def month_rows(dates: Any, most: int = MONTHS) -> Any:
    """Numbers of the last dates of the last `most` months."""
    months = dates.astype("datetime64[M]")
    last = np.flatnonzero(np.append(months[1:] != months[:-1], True)) if len(dates) else np.array([], dtype=int)
    return last[-most:]


def runs(states: list[str]) -> list[Plain]:
    """Equal states in a row: where they begin and how long they last."""
    found, at = [], 0
    for state, group in groupby(states):
        count = len(list(group))
        found.append({"state": state, "at": at, "months": count})
        at += count
    return found


def _strips(sounding: Sounding, rows: Any) -> dict[str, Plain]:
    found = {}
    for k, name in enumerate(sounding.policy.voices):
        for a, asset in enumerate(sounding.policy.universe):
            scores = sounding.knowledge.parts.values[k][:, a]
            if np.isfinite(scores).any():
                found[f"{name}/{asset.id}"] = _strip(scores[rows])
    return found


def _strip(scores: Array) -> Plain:
    states = [state_of(float(one)) for one in scores]
    said = [one for one in states if one != "unknown"]
    up = said.count("up") / len(said) if said else None
    changes = sum(one != two for one, two in pairwise(said))
    return {"runs": runs(states), "up": up, "changes": changes, "months": len(said)}


def _votes(sounding: Sounding, rows: Any) -> dict[str, Plain]:
    """The combined score of each asset, and the band inside which a side is kept."""
    band = float(getattr(sounding.policy.combine, "hysteresis", 0.0))
    found: dict[str, Plain] = {}
    for a, asset in enumerate(sounding.policy.universe if sounding.policy.signals else ()):
        scores = sounding.knowledge.scores.values[:, a]
        if np.isfinite(scores).any():
            found[asset.id] = {"values": thinned(scores[rows]), "band": band, "now": number(scores[-1])}
    return found


def _tilts(sounding: Sounding) -> dict[str, Plain]:
    """By asset: benchmark, aim, and what each step (signal, regime, limits) adds; the steps add up to goal less benchmark."""
    policy, knowledge = sounding.policy, sounding.knowledge
    last = len(knowledge.days.dates) - 1
    parts = wished(policy, sounding.view, knowledge, np.array([last]))
    found = {}
    for a, asset in enumerate(policy.universe):
        moves = [{"name": one.name, "part": one.part.value, "move": number(one.moves[0, a])} for one in parts]
        aim, goal = number(knowledge.aim[last, a]), number(knowledge.goal[last, a])
        found[asset.id] = {"benchmark": float(policy.benchmark[a]), "aim": aim, "goal": goal, "steps": moves}
    return found


def _regime(sounding: Sounding, rows: Any) -> Plain | None:
    regime = sounding.knowledge.regime
    if len(regime.states) < 2:
        return None
    chosen = likeliest(regime.probabilities[rows])
    names = ["unknown" if np.isnan(one) else regime.states[int(one)] for one in chosen]
    return {"runs": runs(names), "states": list(regime.states)}


def thinned(values: Array) -> list[float | None]:
    """Values of a picture, to five digits; None where unknown."""
    return [float(f"{one:.{_DIGITS}g}") if np.isfinite(one) else None for one in values.tolist()]
