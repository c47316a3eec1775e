"""The latest decision: what was wanted, what the limits allowed, what is held, what was traded, and why."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.rules import one_way
from trimtab.core.trades import Decision
from trimtab.desk.record import after
from trimtab.desk.result import Result
from trimtab.desk.why import on_signals
from trimtab.surfaces.report.markup import Content, Markup, prose, tag
from trimtab.surfaces.report.panel import Section, bullets, section, summary, table
from trimtab.surfaces.report.wording import listed, number, percent, points, signed, signed_points

FOLDED = 8  # more sentences on signals than this fold away
HAIR = 5e-4  # a smaller trade reads as 0.0 %


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
        _why(result.reason(last)),
    ]
    return section("decision", "What was decided, and why", f"{last.today.when}: {_finding(result, last)}", body)


def _why(reasons: Sequence[str]) -> Markup:
    """What limits and turnover did, then what the signals said; many signals fold away."""
    said = [line for line in reasons if on_signals(line)]
    rest = [line for line in reasons if not on_signals(line)]
    if not reasons:
        rest = ["No signal speaks and no limit binds: the benchmark is held."]
    first = bullets([prose(line) for line in rest], class_="why") if rest else None
    signals = bullets([prose(line) for line in said], class_="why") if said else None
    if len(said) > FOLDED:
        opened = tag("summary", f"What each signal says, in {len(said)} sentences")
        return tag("div", first, tag("details", opened, signals, class_="print-open"))
    return tag("div", signals, first)


def _finding(result: Result, last: Decision) -> str:
    moves = traded(last)
    words = [
        f"{'buy' if moves[a] > 0.0 else 'sell'} {percent(abs(float(moves[a])))} {asset.title}"
        for a, asset in enumerate(result.assets)
        if abs(moves[a]) >= HAIR
    ]
    if words:
        return f"{listed(words)}."
    if last.refused:
        return "nothing is traded, for nothing can be decided."
    return "trades of less than 0.1 % each." if last.orders else "nothing to trade."


def _dates(result: Result, last: Decision) -> str:
    """Decision and execution are two dates, always both shown."""
    fill = result.traded[-1]
    filled = f"filled on {fill}" if fill is not None else "not filled, for the data end first"
    if last.refused:
        filled = f"nothing is traded: {last.refused}"
    elif not last.orders:
        filled = "no order was placed"
    elif any(line.startswith(f"{last.today.when}: ") for line in result.blocked):
        filled = "not filled, for a blocking rule stopped it"
    cut_off = str(last.today.cutoff)[:16].replace("T", " ")
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
        known = [points(float(column[a])) for column in columns]
        rows.append([asset.title, *known, drift, _trade(last, a, moves), points(float(then[a]))])
    cash = [1.0 - float(np.sum(c)) for c in (*columns, then)]
    drift = signed_points(cash[3] - cash[2])
    rows.append(["Cash", *map(points, cash[:4]), drift, "", points(cash[4])])
    head = ["Weights, %", "SAA", "Aim", "Target", "Held", "Drift", "Trade", "After"]
    return table(head, rows, label="The latest decision, weights in percent", class_="figures decision")


def _trade(last: Decision, a: int, moves: Array) -> Markup:
    if a in last.below_minimum:
        return tag("td", "below minimum")
    if not moves[a]:
        return tag("td", "none")
    side = "BUY" if moves[a] > 0.0 else "SELL"
    size = points(abs(float(moves[a]))) if abs(moves[a]) >= HAIR else "under 0.1"
    return tag("td", f"{side} {size}", class_="trade")


def traded(last: Decision) -> Array:
    """Weight (A,) that the orders move, at the decision's prices."""
    return np.asarray(after(last) - last.book.held)


def _drift(last: Decision) -> str:
    gap = last.book.held - last.target
    drift = one_way(gap)
    share = 1.0 if last.refused else float(last.reach.share)
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
    scores = last.today.scores.values[:, np.newaxis]
    if last.today.aims.sleeves is not None:  # each sleeve has its own
        scores = scores[:, :0]
    rows = []
    for a, asset in enumerate(result.assets):
        values = [*parts.values[:, a], *scores[a]]
        if np.isfinite(values).any():
            rows.append([asset.title, *(signed(float(v)) if np.isfinite(v) else "silent" for v in values)])
    silent = [asset.title for a, asset in enumerate(result.assets) if not np.isfinite(parts.values[:, a]).any()]
    note = tag("p", f"No signal speaks on {listed(silent)}.", class_="note") if silent else None
    head: list[Content] = ["Asset", *parts.names, *([tag("strong", "Score")] if scores.size else [])]
    return tag("div", tag("h3", "Signals"), table(head, rows, label="Signals by asset", class_="figures"), note)
