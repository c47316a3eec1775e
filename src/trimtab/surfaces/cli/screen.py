"""The one screen: what was decided, at which date and price, what it costs, and every flaw that must be said. Plain ASCII."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from trimtab.core.rules import Severity, one_way
from trimtab.core.trades import Decision
from trimtab.desk.deflating import deflated
from trimtab.desk.fee_review import fee_words, review_fees
from trimtab.desk.record import after
from trimtab.desk.regime_review import regime_words, review_regime
from trimtab.desk.result import Result
from trimtab.desk.summary import after_what, summary
from trimtab.desk.tax_review import review_taxes, tax_words, uneven
from trimtab.execution.gate import book_from
from trimtab.surfaces.cli.wrapping import wrapped


def screen(result: Result, rivals: tuple[Result, ...] = ()) -> Iterator[str]:
    """Lines of the first screen of a run."""
    yield from head(result)
    yield ""
    yield from decision_lines(result, result.decisions[-1])
    yield ""
    yield from figures(result, rivals)
    if result.trials.total:
        yield from wrapped(deflated(result).words)
    yield from taken(result, rivals)
    yield from detection(result)


def taken(result: Result, rivals: tuple[Result, ...]) -> Iterator[str]:
    """What taxes and fees took of the return, and which rivals are not taxed or charged alike."""
    taxes, fees = review_taxes(result), review_fees(result)
    if taxes is not None:
        yield from wrapped(f"Taxes: {' '.join(tax_words(taxes))}")
    if fees is not None:
        yield from wrapped(f"Fees: {' '.join(fee_words(fees))}")
    for line in uneven(result, rivals):
        yield from wrapped(f"! {line}")


def detection(result: Result) -> Iterator[str]:
    """How often the regime changed, and how late it saw the falls of the benchmark."""
    first = len(result.aims) - len(result.decisions)
    review = review_regime(result.policy, result.market, result.aims, first)
    for line in regime_words(review) if review is not None else ():
        yield from wrapped(line)


def head(result: Result) -> Iterator[str]:
    """Title, data, execution assumption, number of trials, and the notes: nothing is hidden."""
    policy, trials = result.policy, result.trials
    counted = (
        f"trials in this workspace: {trials.total} ({trials.distinct} different)" if trials.total else "not counted as a trial"
    )
    yield f" {policy.title}    policy {policy.sha256[:12]}    {counted}"
    yield from wrapped(f"data: {result.dates[0]} to {result.dates[-1]}, {_sources(result)}")
    yield from wrapped(f"{result.execution_words}.")
    if trials.missing:
        yield from wrapped(f"! {trials.missing}")
    for note in result.notes:
        yield from wrapped(f"! {note}")
    for why in result.blocked[-3:]:
        yield from wrapped(f"! blocked {why}")


def decision_lines(result: Result, decision: Decision) -> Iterator[str]:
    """Signals, the table of one line an asset, drift, turnover, costs, rules."""
    yield f" as of {decision.today.when}, cut-off {str(decision.today.cutoff)[:16]}Z"
    yield from signals(result, decision)
    yield ""
    yield from table(result, decision)
    yield from verdict(result, decision)


def signals(result: Result, decision: Decision) -> Iterator[str]:
    """The regime; each signal's answer on each asset it speaks of, and the score."""
    today = decision.today
    if len(today.regime.states) > 1:
        pairs = zip(today.regime.states, today.regime.probabilities.tolist(), strict=True)
        yield from wrapped(f"Regime: {', '.join(f'{state} {p:.2f}' for state, p in pairs)}")
    for a, asset in enumerate(result.assets):
        said = [
            f"{name} {today.parts.values[k, a]:+.0f}"
            if float(today.parts.values[k, a]).is_integer()
            else f"{name} {today.parts.values[k, a]:+.2f}"
            for k, name in enumerate(today.parts.names)
            if np.isfinite(today.parts.values[k, a])
        ]
        if said:
            score = float(today.scores.values[a])
            last = "" if np.isnan(score) else f"; score {score:+.2f}"
            yield from wrapped(f"Signals on {asset.title}: {', '.join(said)}{last}")


def table(result: Result, decision: Decision) -> Iterator[str]:
    """One row an asset, and cash: benchmark, target, held, drift, trade, after; in percent of net asset value."""
    width = max([16, *(len(asset.title) for asset in result.assets)])
    yield f" {'':<{width}}    SAA  Target    Held   Drift  Trade        After"
    held, target, then = decision.book.held, decision.target, after(decision)
    for a, asset in enumerate(result.assets):
        yield row((asset.title, width), result.benchmark_weights[a], target[a], held[a], then[a])
    rest = [1.0 - float(np.sum(w)) for w in (result.benchmark_weights, target, held, then)]
    if max(abs(w) for w in rest) > 5e-4:
        yield row(("Cash", width), *rest)


def row(name: tuple[str, int], saa: float, target: float, held: float, then: float) -> str:
    """One line of the table."""
    traded = then - held
    verb = "-" if abs(traded) < 5e-5 else f"{'BUY ' if traded > 0 else 'SELL'} {abs(traded) * 100:5.1f}"
    if name[0] == "Cash":
        verb = "-" if abs(traded) < 5e-5 else f"{traded * 100:+10.1f}"
    drift = (held - target) * 100
    cells = "".join(f" {round(value * 100, 1) + 0.0:6.1f} " for value in (saa, target, held))  # + 0.0: never -0.0
    return f" {name[0]:<{name[1]}}{cells} {drift:+6.1f}  {verb:<10} {then * 100:6.1f}"


def verdict(result: Result, decision: Decision) -> Iterator[str]:
    """Drift, what is done about it, turnover and rules."""
    if decision.refused:
        yield from wrapped(f"NOTHING IS TRADED: {decision.refused}")
        yield f" rules: {_rules(result, decision)}, by what is held"
        return
    gap = decision.book.held - decision.target
    drift = float(one_way(gap))
    moved = after(decision) - decision.book.held
    turnover = float(one_way(moved))
    left = float(decision.reach.left)
    budget = f" (left: {left:.1%})" if np.isfinite(left) else ""
    act = "TRADE" if decision.orders else "nothing to do"
    yield f" drift {drift:.1%}: {act}    one-way turnover {turnover:.1%}{budget}"
    yield f" rules: {_rules(result, decision)}"


def _rules(result: Result, decision: Decision) -> str:
    rules = result.policy.rules
    broken = rules.breaches(decision.target, book_from(decision.reach.base, decision.book))
    block = sum(breach.rule.severity is Severity.BLOCK for breach in broken)
    return f"{len(rules.rules) - len(broken)} pass, {len(broken) - block} warn, {block} block"


def figures(result: Result, rivals: tuple[Result, ...]) -> Iterator[str]:
    """Net key figures of the run and of its rivals, a line each."""
    label = after_what(result)
    lines = [(result.policy.title, summary(result)), *((rival.policy.title, summary(rival)) for rival in rivals)]
    width = max(len(label), min(40, max(len(title) for title, _ in lines)))
    yield f" {label:<{width}}    CAGR     vol  Sharpe [90 %]        max DD  turnover/y  cost/y"
    for title, values in lines:
        yield f" {title[:width]:<{width}} {_figures(values)}"


def _figures(values: dict[str, Any]) -> str:
    sharpe = f"{_number(values['sharpe'])} [{_number(values['sharpe_low'])},{_number(values['sharpe_high'])}]"
    parts = [_percent(values["cagr"]), _percent(values["volatility"]), f" {sharpe}", _percent(values["max_drawdown"])]
    return f"{' '.join(parts)}     {_percent(values['turnover_per_year'])}  {_percent(values['cost_per_year'], 2)}"


def _percent(value: float | None, digits: int = 1) -> str:
    return f"{value * 100:6.{digits}f}%" if value is not None else "     - "


def _number(value: float | None) -> str:
    return f"{value:5.2f}" if value is not None else "    -"


def _sources(result: Result) -> str:
    names = ", ".join(dict.fromkeys(about.name for about in result.about))
    return f"{result.market.frequency}: {names}"
