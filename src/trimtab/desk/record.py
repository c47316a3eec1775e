"""A decision as plain values, every intermediate number kept: what `decisions.jsonl` and `--json` show."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from trimtab.core.trades import Decision
from trimtab.core.values import Forecast
from trimtab.desk.policy import Policy


def decision_record(policy: Policy, decision: Decision) -> dict[str, Any]:
    """Signals, score, aim, goal, held, target and orders by asset; NaN becomes null."""
    today, reach = decision.today, decision.reach
    rows = dict(zip((asset.id for asset in policy.universe), _rows(policy, decision), strict=True))
    return (
        {
            "id": decision.id,
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


def _rows(policy: Policy, decision: Decision) -> Iterator[dict[str, Any]]:
    """Each asset, from its benchmark to its order."""
    today, book = decision.today, decision.book
    parts, forecast = today.parts, today.forecast
    units = {order.asset: str(order.units) for order in decision.orders}
    numbers = (policy.benchmark, today.scores.values, today.aim, today.goal, book.held, decision.target, after(decision))
    columns = zip(*(values.tolist() for values in numbers), book.prices.tolist(), strict=True)
    said = parts.values.T.tolist()
    for a, (benchmark, score, aim, goal, held, target, then, price) in enumerate(columns):
        yield {
            "benchmark": number(benchmark),
            "signals": {name: number(value) for name, value in zip(parts.names, said[a], strict=True)},
            "score": number(score),
            "aim": number(aim),
            "goal": number(goal),
            "held": number(held),
            "target": number(target),
            "after": number(then),
            "units": units.get(a, "0"),
            "price": number(price),
        } | _forecast(forecast, a)


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
