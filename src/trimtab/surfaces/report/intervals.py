"""How sure the figures are: intervals from histories drawn anew, block by block, so that runs of good and bad times stay.

Stationary bootstrap (Politis and Romano 1994) with the automatic block length of Politis and White (2004, corrected 2009).
The seed is fixed, so that the same run gives the same page.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.intervals import Figure, Interval, best_block, intervals
from trimtab.numerics.performance import cagr, max_drawdown, sharpe, volatility
from trimtab.surfaces.report.markup import Content, tag
from trimtab.surfaces.report.panel import Section, section, summary, table
from trimtab.surfaces.report.study import Line, Study, shared
from trimtab.surfaces.report.wording import listed, number, percent, signed_percent

SEED, DRAWS, LEVEL = 20260101, 250, 0.90
UNITS = {1: "years", 4: "quarters", 12: "months", 52: "weeks"}
LEAST = 24  # returns below which an interval says nothing
NAMES = {
    "cagr": ("Return a year (CAGR)", signed_percent),
    "volatility": ("Volatility", percent),
    "sharpe": ("Sharpe ratio", number),
    "max_drawdown": ("Maximum drawdown", signed_percent),
    "ahead": ("Return a year beyond the benchmark", signed_percent),
}


def how_sure(study: Study) -> Section | None:
    """Intervals of the main figures; None for fewer than 24 returns or a year."""
    line, benchmark = study.subject, study.benchmark
    if len(line.returns) < LEAST or line.years < 1.0 or not np.isfinite(line.returns).all():
        return None
    found = _found(line, benchmark)
    one = found["ahead" if benchmark is not None else "cagr"]
    rows: list[list[Content]] = []
    for key, interval in found.items():
        name, worded = NAMES[key]
        rows.append([name, worded(interval.value), worded(interval.low), worded(interval.high)])
    body = table(["Figure", "Value", "From", "To"], rows, label="Intervals", class_="figures")
    outside = _outside(found)
    note = tag("p", outside, class_="note") if outside else None
    return section("intervals", "How sure", _finding(one, benchmark), summary(_method(one, line)), body, note)


def _outside(found: Mapping[str, Interval]) -> str:
    """Which figures lie outside their own interval, and why; empty where none does."""
    names = [NAMES[key][0] for key, one in found.items() if not one.low <= one.value <= one.high]
    if not names:
        return ""
    return (
        f"Outside its own interval: {listed(names)}. Histories drawn in short blocks break up what built up over long spells."
    )


def _found(line: Line, benchmark: Line | None) -> dict[str, Interval]:
    f = float(line.per_year)
    alone: dict[str, Figure] = {
        "cagr": lambda r, *_: cagr(r, f),
        "volatility": lambda r, *_: volatility(r, f),
        "sharpe": lambda r, rf, *_: sharpe_of(r, rf, f),
        "max_drawdown": lambda r, *_: max_drawdown(r),
    }
    how = {"seed": SEED, "draws": DRAWS}
    if benchmark is None:
        block = best_block(line.returns[None])
        return intervals(alone, line.returns, line.riskfree, level=LEVEL, block=block, **how)
    r, b, rf = shared(line, benchmark)
    block = best_block(np.stack([r, b]))  # that of bills, which hardly move, would be years
    if len(r) == len(line.returns):
        both = alone | {"ahead": lambda r, _, b: cagr(r, f) - cagr(b, f)}
        return intervals(both, r, rf, b, level=LEVEL, block=block, **how)
    own = intervals(alone, line.returns, line.riskfree, level=LEVEL, block=block, **how)
    return own | intervals({"ahead": lambda r, b: cagr(r, f) - cagr(b, f)}, r, b, level=LEVEL, block=block, **how)


def sharpe_of(returns: Array, riskless: Array, per_year: float) -> Array:
    """Sharpe ratios of drawn histories (R, T), each above the bills of its own rows."""
    return sharpe(returns - riskless, per_year)


def _finding(one: Interval, benchmark: Line | None) -> str:
    ends = f"{signed_percent(one.low)} and {signed_percent(one.high)}"
    if benchmark is None:
        return f"{percent(LEVEL, 0)} of histories drawn anew made between {ends} a year."
    sure = "chance alone may explain it" if one.low < 0.0 < one.high else "chance alone seldom explains it"
    lead = f"{signed_percent(one.value)} a year against {benchmark.title}"
    return f"{lead}, between {ends} in {percent(LEVEL, 0)} of histories drawn anew: {sure}."


def _method(one: Interval, line: Line) -> str:
    return (
        f"The middle {percent(LEVEL, 0)} of {DRAWS} histories drawn from this one in blocks of {number(one.block, 1)} "
        f"{UNITS.get(line.per_year, 'days')} on average (stationary bootstrap); the key figures take the Sharpe ratio's "
        f"interval from a formula. Both know only what happened here, and not how many policies were tried."
    )
