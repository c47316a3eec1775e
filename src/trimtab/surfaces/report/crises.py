"""Section on crises: what portfolio and rivals lost and how deep they fell in the great falls of shares since 2007.

The dates are the closing highs and lows of the S&P 500 around each fall; they are kept here, so that no search for the worst
window flatters or blames anybody. A window runs from the last valuation date up to its start to the first one from its
end on, so that monthly series show the months around it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.numerics.performance import max_drawdown
from trimtab.surfaces.report.markup import Content
from trimtab.surfaces.report.panel import Section, section, summary, table
from trimtab.surfaces.report.study import Line, Study
from trimtab.surfaces.report.wording import day, signed_percent, signed_points


@dataclass(frozen=True, slots=True)
class Crisis:
    """A fall of shares: from its high to its low, as ISO dates."""

    name: str
    high: str
    low: str


CRISES = (
    Crisis("2008, financial crisis", "2007-10-09", "2009-03-09"),
    Crisis("2011, euro debt and US downgrade", "2011-04-29", "2011-10-03"),
    Crisis("2018, fourth quarter", "2018-09-20", "2018-12-24"),
    Crisis("2020, pandemic", "2020-02-19", "2020-03-23"),
    Crisis("2022, inflation and rates", "2022-01-03", "2022-10-12"),
)


def crises(study: Study) -> Section | None:
    """Return and deepest fall in each; None where the history holds none of them whole."""
    found = [(crisis, [within(line, crisis) for line in study.lines]) for crisis in CRISES]
    seen = [(crisis, parts) for crisis, parts in found if parts[0] is not None]
    if not seen:
        return None
    rows: list[list[Content]] = []
    for crisis, parts in seen:
        numbers = [text for part in parts for text in _cells(part)]
        rows.append([crisis.name, f"{crisis.high} to {crisis.low}", *_sample(study, crisis), *numbers])
    heads = [text for line in study.lines for text in (f"{line.title}, %", "its deepest fall, %")]
    head: list[Content] = ["Crisis", "High to low of shares", *(["Sample"] if study.live is not None else []), *heads]
    words = "Dates are the closing high and low of the S&P 500; returns run over the valuation dates around them."
    if study.live is not None:
        words += f" Before {day(study.live)} a crisis lies in the sample on which the rules could be chosen."
    body = table(head, rows, label="Returns in crises", class_="figures crises")
    return section("crises", "Crises", _finding(study, seen), summary(words), body)


def within(line: Line, crisis: Crisis) -> tuple[float, float] | None:
    """Return and deepest fall over the valuation dates around a crisis; None where the history does not hold it whole."""
    high, low = np.datetime64(crisis.high), np.datetime64(crisis.low)
    first = int(np.searchsorted(line.dates, high, side="right")) - 1
    last = int(np.searchsorted(line.dates, low, side="left"))
    if first < 0 or last >= len(line.dates) or last <= first:
        return None
    return float(line.wealth[last] / line.wealth[first] - 1.0), float(max_drawdown(line.returns[first:last]))


def _cells(part: tuple[float, float] | None) -> tuple[str, str]:
    return ("", "") if part is None else (signed_points(part[0]), signed_points(part[1]))


def _sample(study: Study, crisis: Crisis) -> list[str]:
    """Whether it lay before or after the portfolio went live."""
    if study.live is None:
        return []
    return ["out of sample" if np.datetime64(crisis.high) >= study.live else "in sample"]


def _finding(study: Study, seen: list[tuple[Crisis, list[tuple[float, float] | None]]]) -> str:
    pairs = [(crisis, parts[0][0]) for crisis, parts in seen if parts[0] is not None]
    crisis, worst = min(pairs, key=lambda pair: pair[1])
    one = f"The worst of {len(seen)} crises was {crisis.name}: {signed_percent(worst)}"
    if study.benchmark is None:
        return f"{one}."
    both = [(parts[0][0], parts[1][0]) for _, parts in seen if parts[0] is not None and parts[1] is not None]
    better = sum(mine > theirs for mine, theirs in both)
    return f"{one}. It held up better than {study.benchmark.title} in {better} of {len(both)}."
