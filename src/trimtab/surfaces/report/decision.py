"""The latest decision: what was wanted, what the limits allowed, what is held, what was traded, and why."""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.trades import Decision
from trimtab.desk.record import after
from trimtab.desk.result import Result
from trimtab.surfaces.report.markup import Content, Markup, tag
from trimtab.surfaces.report.panel import Section, bullets, section, summary, table
from trimtab.surfaces.report.wording import NONE, listed, number, percent, points, signed, signed_points

HAIR = 5e-5  # weights closer than this read the same


def decision(result: Result) -> Section | None:
    """The section; None where nothing was decided."""
    if not result.decisions:
        return None
    last = result.decisions[-1]
    body = [
        summary(_dates(result, last)),
        weights_table(result, last),
        tag("p", _drift(last), class_="note"),
        _signals(result, last),
        tag("h3", "Why"),
        bullets(result.reason(last) or ("No signal speaks and no limit binds: the benchmark is held.",), class_="why"),
    ]
    return section("decision", "What was decided, and why", f"{last.today.when}: {_finding(result, last)}", body)


def _finding(result: Result, last: Decision) -> str:
    moves = traded(last)
    words = [
        f"{'buy' if moves[a] > 0.0 else 'sell'} {percent(abs(float(moves[a])))} {asset.title}"
        for a, asset in enumerate(result.assets)
        if abs(moves[a]) >= HAIR
    ]
    return f"{listed(words)}." if words else "nothing to trade."


def _dates(result: Result, last: Decision) -> str:
    """Decision and execution are two dates, always both shown."""
    fill = result.traded[-1]
    moved = bool(last.orders)
    filled = f"filled on {fill}" if fill is not None and moved else "no order was placed" if not moved else "not filled"
    cut_off = str(last.today.days.cutoffs[-1])[:16].replace("T", " ")
    states = ""
    if len(last.today.regime.states) > 1:
        pairs = zip(last.today.regime.states, last.today.regime.probabilities, strict=True)
        states = " Regime: " + ", ".join(f"{state} {number(float(p))}" for state, p in pairs) + "."
    return f"Decided as of {last.today.when} with what was known by {cut_off} UTC; {filled}.{states}"


def weights_table(result: Result, last: Decision) -> Markup:
    """Asset by asset and cash, in percent of net asset value: benchmark, aim, target, held, drift, trade, after."""
    columns = [result.benchmark_weights, last.today.aim, last.target, last.book.held]
    moves, then = traded(last), after(last)
    rows: list[list[Content]] = []
    for a, asset in enumerate(result.assets):
        drift = signed_points(float(last.book.held[a] - last.target[a]))
        rows.append([asset.title, *(points(float(c[a])) for c in columns), drift, _trade(last, a, moves), points(float(then[a]))])
    cash = [1.0 - float(np.sum(c)) for c in (*columns, then)]
    drift = signed_points(cash[3] - cash[2])
    rows.append(["Cash", *map(points, cash[:4]), drift, "", points(cash[4])])
    head = ["Weights, %", "SAA", "Aim", "Target", "Held", "Drift", "Trade", "After"]
    return table(head, rows, label="The latest decision, weights in percent", class_="figures decision")


def _trade(last: Decision, a: int, moves: Array) -> Markup:
    if a in last.below_minimum:
        return tag("td", "below minimum")
    if abs(moves[a]) < HAIR:
        return tag("td", NONE if np.isnan(moves[a]) else "none")
    side = "BUY" if moves[a] > 0.0 else "SELL"
    return tag("td", f"{side} {points(abs(float(moves[a])))}", class_=f"trade {side.lower()}")


def traded(last: Decision) -> Array:
    """Weight (A,) that the orders move, at the decision's prices."""
    return np.asarray(after(last) - last.book.held)


def _drift(last: Decision) -> str:
    gap = last.book.held - last.target
    drift = 0.5 * (np.abs(gap).sum() + abs(gap.sum()))
    share = float(last.reach.share)
    reached = f" {percent(share, 0)} of the way from what is held to the goal was gone." if share < 1.0 else ""
    left = float(last.reach.left)
    budget = f" The turnover rules left {percent(left)}." if np.isfinite(left) else ""
    return (
        "SAA is the benchmark, aim what the signals ask for, target what limits and turnover allow. "
        f"Drift, half the sum of |held \u2212 target| with cash: {percent(float(drift))}.{reached}{budget}"
    )


def _signals(result: Result, last: Decision) -> Markup | None:
    """What each signal says on each asset, and the score they make together."""
    parts = last.today.parts
    if not parts.names:
        return None
    rows = []
    for a, asset in enumerate(result.assets):
        values = [*parts.values[:, a], last.today.scores.values[a]]
        if np.isfinite(values).any():
            rows.append([asset.title, *(signed(float(v)) if np.isfinite(v) else "silent" for v in values)])
    silent = [asset.title for a, asset in enumerate(result.assets) if not np.isfinite(parts.values[:, a]).any()]
    note = tag("p", f"No signal speaks on {listed(silent)}.", class_="note") if silent else None
    head: list[Content] = ["Signals", *parts.names, tag("strong", "Score")]
    return tag("div", tag("h3", "Signals"), table(head, rows, label="Signals by asset", class_="figures"), note)
