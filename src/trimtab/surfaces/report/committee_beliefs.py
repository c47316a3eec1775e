"""Sections 5 to 7 of a committee's pack: whether signals still work, what the regime says, and whether it is worth its cost."""

from __future__ import annotations

import numpy as np

from trimtab.attribution.health import SignalHealth
from trimtab.desk.committee import Pack
from trimtab.desk.committee_told import Told
from trimtab.desk.economising import CostAlarm, Economised
from trimtab.desk.regime_review import regime_words
from trimtab.desk.regime_table import FEW, Regimes
from trimtab.surfaces.report.attribution import COEFFICIENT, verdicts
from trimtab.surfaces.report.committee_pieces import blocks, counted, found_in, grid, texts
from trimtab.surfaces.report.markup import Content, prose, tag
from trimtab.surfaces.report.panel import Section, bullets, section, summary
from trimtab.surfaces.report.wording import (
    NONE,
    basis_points,
    capital,
    day,
    listed,
    minus,
    money,
    number,
    percent,
    signed,
    signed_percent,
)

QUARTERS = 8  # rows of the table of costs
TABLE = (
    "Periods between decisions of the policy's own backtest, by the likeliest state at the decision; returns are those of the "
    "periods of a state one after another, a year."
)
WORTH = (
    "At what the accounts are worth together. A benefit below 1 % a year at a cost above 0.5 % is marginal. Costs of data and "
    "software count where the policy states them. Realised cost is the shortfall of what was filled, assumed the estimate on "
    "the ticket."
)


def signals(pack: Pack) -> Section:
    """The health of each signal, since launch against the years before."""
    parts = [(one.title, one.health) for one in pack.policies]
    return section("signals", "Signal health", judged(pack), summary(COEFFICIENT), list(blocks(parts, _health)))


def judged(pack: Pack) -> str:
    """How many signals stand where, in a sentence."""
    found = [one for each in found_in([(one.title, one.health) for one in pack.policies]) for one in each]
    return verdicts(tuple(found)) if found else "No signal is judged."


def _health(name: str, found: tuple[SignalHealth, ...]) -> Content:
    lately = found[0].words.lately.removeprefix("over ").removeprefix("in ")
    head: list[Content] = ["Signal", *texts("Verdict"), "Coefficient, all", "Its t-statistic", f"Coefficient, {lately}"]
    head += ["Hit rate, all", "Hit rate before", f"Hit rate, {lately}", "Whipsaws"]
    rows = [_signal(one) for one in found]
    return [grid(head, rows, f"Signal health of {name}"), bullets([minus(one.overall) for one in found])]


def _signal(one: SignalHealth) -> list[Content]:
    whole, hits = one.information, one.hits
    figures = [signed(whole.value, 3), signed(whole.t, 1), signed(one.decay.recent.value, 3)]
    rates = [percent(part.rate) for part in (hits.whole, hits.before, hits.recent)]
    verdict = tag("td", capital(one.verdict.value), class_="words")
    return [one.name, verdict, *figures, *rates, f"{one.whipsaws.count:,}"]


def regimes(pack: Pack) -> Section:
    """What was made in each state, and what the model says now."""
    parts = [(one.title, one.regimes) for one in pack.policies]
    return section("regimes", "Regimes", said_now(pack), summary(TABLE), list(blocks(parts, _states)))


def said_now(pack: Pack) -> str:
    """What the models say now, in a sentence."""
    now = [f"{one.title} {one.regimes.found.now.state}" for one in pack.policies if one.regimes.found is not None]
    return f"On {pack.until.isoformat()}: {listed(now)}." if now else "No policy tells regimes apart, or none is known."


def _states(name: str, found: Regimes) -> Content:
    head: list[Content] = ["State", "Periods", "Policy, % a year", "Benchmark, % a year", "Difference, %", "Worst period, %"]
    rows: list[list[Content]] = [
        [
            f"{row.state}{' (now)' * (row.state == found.now.state)}{f' (fewer than {FEW})' * row.few}",
            str(row.periods),
            *map(_points, (row.portfolio, row.benchmark, row.portfolio - row.benchmark, row.worst)),
        ]
        for row in found.rows
    ]
    now = f"Now {found.now.state}, probability {number(found.now.probability)}: {found.now.why}." if found.now.why else ""
    span = f"From {day(found.first)} to {day(found.last)}."
    lines = [line for line in (now, span, *regime_words(found.review)) if line]
    return [grid(head, rows, f"Regimes of {name}"), bullets([prose(minus(line)) for line in lines])]


def _points(value: float) -> str:
    return signed(100.0 * value, 1) if np.isfinite(value) else NONE


def economics(pack: Pack) -> Section:
    """Benefit, cost and capacity, and what trading really cost beside what was assumed."""
    parts = [(one.title, one.economics) for one in pack.policies]
    costs = [(each.account, Told(each)) for one in pack.policies for each in one.costs]
    body = [list(blocks(parts, _economy)), tag("h3", "Cost of trading, realised against assumed"), list(blocks(costs, _costs))]
    return section("economics", "Economics", worth(pack), summary(WORTH), body)


def worth(pack: Pack) -> str:
    """Whether it pays, and whether costs are beyond what was assumed, in a sentence."""
    parts = [(one.title, one.economics) for one in pack.policies]
    alarms = sum(each.alarm for one in pack.policies for each in one.costs)
    alarm = f" Cost alarm: {counted(alarms, 'account')}." if alarms else ""
    found = found_in(parts)
    if not found:
        return f"Whether it is worth its cost is not known.{alarm}"
    if len(found) == 1:
        return f"{minus(found[0].verdict)}{alarm}"
    marginal = sum(one.economics.marginal for one in found)
    return f"{capital(counted(marginal, 'policy' if marginal == 1 else 'policie'))} of {len(found)} marginal.{alarm}"


def _economy(name: str, found: Economised) -> Content:
    one = found.economics
    low, high = (signed_percent(float(end), 2) for end in (one.low, one.high))
    rows: list[list[Content]] = [["Assets", money(float(one.assets.amount), one.assets.currency)]]
    rows.append(["Benefit a year before costs", f"{signed_percent(float(one.benefit), 2)} [{low}, {high}]"])
    rows += [[capital(cost), basis_points(float(rate))] for cost, rate in one.rates.items()]
    rows += [[capital(cost), money(float(paid.amount), paid.currency)] for cost, paid in one.fixed.items()]
    rows.append(["Cost a year", basis_points(float(one.cost))])
    rows.append(["Left over a year", signed_percent(float(one.net), 2)])
    rows.append(["Capacity at a tenth of daily volume", _capacity(found)])
    source = f"The benefit is {found.source}; the interval holds {percent(found.level, 0)}. {found.verdict}"
    validated = f"validated: {found.validation}" if found.validation else "not validated in this workspace"
    lines = [source, validated, *found.remarks, *([found.no_capacity] if found.capacity is None else [found.capacity.words])]
    shown = bullets([prose(minus(capital(line))) for line in lines if line])
    return [grid(["A year", "Value"], rows, f"Economics of {name}"), shown]


def _capacity(found: Economised) -> str:
    if found.capacity is None or not np.isfinite(found.capacity.fifth):
        return NONE
    return money(found.capacity.fifth, found.economics.assets.currency)


def _costs(name: str, found: CostAlarm) -> Content:
    if found.quarters is None:
        return tag("p", f"{name}: nothing was traded through the orders of the book.", class_="note")
    head: list[Content] = [
        "Quarter",
        "Trades",
        f"Traded, {found.currency}",
        "Realised, bp",
        "Assumed, bp",
        "Realised over assumed",
    ]
    traded = [row for row in found.quarters.quarters if row.trades][::-1][:QUARTERS]
    rows: list[list[Content]] = [
        [
            row.quarter,
            str(row.trades),
            number(row.traded, 0),
            *(number(value, 1) for value in (row.realised_bps, row.assumed_bps)),
            number(row.ratio),
        ]
        for row in traded
    ]
    lines = [found.words or found.quarters.sentence.replace(" bps ", " bp "), *found.untold]
    return [grid(head, rows, f"Costs of {name} by quarter"), bullets([prose(minus(capital(line))) for line in lines])]
