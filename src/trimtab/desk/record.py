"""A decision as plain values, every intermediate number kept: what `decisions.jsonl` and `--json` show."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from trimtab.core.trades import Decision
from trimtab.core.values import Forecast
from trimtab.desk.policy import Policy


def decision_record(policy: Policy, decision: Decision) -> dict[str, Any]:
    """Signals, score, aim, goal, held, target and orders by asset; NaN becomes null."""
    today, reach = decision.today, decision.reach
    rows = {asset.id: _row(policy, decision, a) for a, asset in enumerate(policy.universe)}
    return (
        {
            "when": str(today.when),
            "cut_off": f"{today.cutoff}Z",
            "known": f"{decision.known}Z",
            "book": decision.book.digest,
            "nav": number(decision.book.nav),
            "share": number(reach.share),
            "turnover_left": number(reach.left),
            "relaxed": list(decision.relaxed),
            "regime": {name: number(p) for name, p in zip(today.regime.states, today.regime.probabilities, strict=True)},
            "assets": rows,
        }
        | _sleeves(policy, decision)
        | ({"refused": decision.refused} if decision.refused else {})
    )


def _row(policy: Policy, decision: Decision, a: int) -> dict[str, Any]:
    """One asset, from its benchmark to its order."""
    today = decision.today
    units = next((str(order.units) for order in decision.orders if order.asset == a), "0")
    return {
        "benchmark": number(policy.benchmark[a]),
        "signals": {name: number(today.parts.values[k, a]) for k, name in enumerate(today.parts.names)},
        "score": number(today.scores.values[a]),
        "aim": number(today.aim[a]),
        "goal": number(today.goal[a]),
        "held": number(decision.book.held[a]),
        "target": number(decision.target[a]),
        "after": number(after(decision)[a]),
        "units": units,
        "price": number(decision.book.prices[a]),
    } | _forecast(today.forecast, a)


def _sleeves(policy: Policy, decision: Decision) -> dict[str, Any]:
    """What each sleeve of a blend puts in, asset by asset, and whether it decided; nothing where there are none."""
    sleeves, d = decision.today.aims.sleeves, decision.today.d
    if sleeves is None:
        return {}
    parts = {}
    for k, name in enumerate(sleeves.names):
        put = {asset.id: number(sleeves.contributions[k, d, a]) for a, asset in enumerate(policy.universe)}
        parts[name] = {"decides": bool(sleeves.decides[k, d]), "puts": put}
    return {"sleeves": parts}


def _forecast(forecast: Forecast, asset: int) -> dict[str, float | None]:
    """Expected return and volatility of one asset per year; nothing where nobody forecasts."""
    mean, variance = forecast.mean[asset], forecast.covariance[asset, asset]
    if np.isnan(mean) and np.isnan(variance):
        return {}
    return {"expected": number(mean), "volatility": number(np.sqrt(variance))}


def after(decision: Decision) -> Any:
    """Weights (A,) that the orders lead to at the decision's prices, costs left out."""
    book = decision.book
    held = book.held.copy()
    for order in decision.orders:
        held[order.asset] += float(order.units) * float(order.reference) / book.nav
    return held


def number(value: float | np.floating[Any] | np.ndarray[Any, Any]) -> float | None:
    """A JSON number; None for what is not known and for what has no bound."""
    plain = float(value)
    return plain if math.isfinite(plain) else None
