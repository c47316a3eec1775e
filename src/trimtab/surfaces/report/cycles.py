"""Sections on time and cost: results over full market cycles, peak to peak, and what trading cost beside what was assumed."""

from __future__ import annotations

import numpy as np

from trimtab.attribution.cost_creep import QuarterCosts
from trimtab.attribution.cycles import BEAR, Cycle, Leg, cycles
from trimtab.desk.cost_review import review_costs
from trimtab.desk.result import Result
from trimtab.surfaces.report.markup import Content, tag
from trimtab.surfaces.report.panel import Section, section, summary, table
from trimtab.surfaces.report.study import Study
from trimtab.surfaces.report.wording import NONE, day, minus, number, percent, signed_points

QUARTERS = 20  # rows of the table of quarters


def market_cycles(study: Study) -> Section | None:
    """Full cycles of the benchmark from peak to peak, beside what the portfolio made. None without a benchmark or a cycle."""
    benchmark = study.benchmark
    if benchmark is None:
        return None
    _, mine, theirs = np.intersect1d(study.subject.dates, benchmark.dates, assume_unique=True, return_indices=True)
    market = benchmark.wealth[theirs]
    found = cycles(market, benchmark.dates[theirs], study.subject.wealth[mine], market)
    full = [one for one in found if one.complete]
    if len(found) < 2:
        return None
    ahead = sum(one.whole.portfolio > one.whole.benchmark for one in full)
    finding = (
        f"Ahead of {benchmark.title} in {ahead} of {len(full)} full cycle{'s' * (len(full) > 1)}."
        if full
        else "No cycle is complete yet."
    )
    words = (
        f"A cycle runs from one peak of {benchmark.title} to the next; a peak is a high before a fall of {percent(BEAR, 0)} or "
        f"more. Down is the whole change from the peak to the trough, up that from the trough to the next peak."
    )
    head: list[Content] = ["From peak", "To", "Years", "Portfolio, % a year", "Benchmark, % a year"]
    head += ["Portfolio down, %", "Benchmark down, %", "Portfolio up, %", "Benchmark up, %"]
    rows = [_row(one) for one in found]
    return section(
        "cycles", "Market cycles", finding, summary(words), table(head, rows, label="Market cycles", class_="figures")
    )


def _row(one: Cycle) -> list[Content]:
    whole = one.whole
    note = "" if one.complete else f" ({one.part.value})"
    first, last = (tag("time", day(when)) for when in (whole.first, whole.last))
    cells: list[Content] = [[first, note], tag("td", last), number(whole.days / 365.25, 1)]
    rates = (whole.portfolio_a_year, whole.benchmark_a_year)
    cells += [signed_points(value) if np.isfinite(value) else NONE for value in rates]
    return cells + [part for leg in (one.down, one.up) for part in _both(leg)]


def _both(leg: Leg | None) -> list[Content]:
    return ["", ""] if leg is None else [signed_points(leg.portfolio), signed_points(leg.benchmark)]


def cost_quarters(result: Result) -> Section | None:
    """What trading cost, the move of prices until the fill included, beside what was assumed; None where nothing traded."""
    found = review_costs(result)
    if found is None or not found.quarters:
        return None
    words = "Realised is the charge and what prices moved against the trade between decision and fill; assumed is the charge."
    head: list[Content] = [
        "Quarter",
        "Trades",
        "Realised, bp",
        "Assumed, bp",
        "Realised of assets, bp",
        "Assumed of assets, bp",
    ]
    traded = [row for row in found.quarters if row.trades][::-1]
    rows = [_quarter(row) for row in traded[:QUARTERS]]
    left = f" The latest {QUARTERS} quarters are shown; the trend is that of all." if len(traded) > QUARTERS else ""
    body = table(head, rows, label="Costs by quarter", class_="figures")
    return section("costs", "Costs by quarter", minus(found.sentence).replace(" bps ", " bp "), summary(words + left), body)


def _quarter(row: QuarterCosts) -> list[Content]:
    values = (row.realised_bps, row.assumed_bps, row.realised_of_assets, row.assumed_of_assets)
    return [row.quarter, str(row.trades), *(number(value, 1) for value in values)]
