"""Section on crises: what portfolio and rivals lost and how deep they fell in the great falls of shares since 2007.

The dates are the closing highs and lows of the S&P 500 around each fall (`validation.market_falls`). A window runs from the
last valuation date up to its start to the first one from its end on, so that monthly series show the months around it.
"""

from __future__ import annotations

import numpy as np

from trimtab.numerics.performance import max_drawdown
from trimtab.surfaces.report.markup import Content
from trimtab.surfaces.report.panel import Section, section, summary, table
from trimtab.surfaces.report.study import Line, Study
from trimtab.surfaces.report.wording import day, signed_percent, signed_points
from trimtab.validation.market_falls import CORRECTIONS, CRISES, Window

SINCE = np.datetime64("2007-01-01")
SHOWN = tuple(sorted((one for one in (*CRISES, *CORRECTIONS) if one.first >= SINCE), key=lambda one: one.first))


def crises(study: Study) -> Section | None:
    """Return and deepest fall in each; None where the history holds none of them whole."""
    found = [(crisis, [within(line, crisis) for line in study.lines]) for crisis in SHOWN]
    seen = [(crisis, parts) for crisis, parts in found if parts[0] is not None]
    if not seen:
        return None
    rows: list[list[Content]] = []
    for crisis, parts in seen:
        numbers = [text for part in parts for text in _cells(part)]
        rows.append([crisis.name, f"{crisis.first} to {crisis.last}", *_sample(study, crisis), *numbers])
    heads = [text for line in study.lines for text in (f"{line.title}, %", "its deepest fall, %")]
    head: list[Content] = ["Crisis", "High to low of shares", *(["Sample"] if study.live is not None else []), *heads]
    words = "Dates are the closing high and low of the S&P 500; returns run over the valuation dates around them."
    if study.live is not None:
        words += f" Before {day(study.live)} a crisis lies in the sample on which the rules could be chosen."
    body = table(head, rows, label="Returns in crises", class_="figures crises")
    return section("crises", "Crises", _finding(study, seen), summary(words), body)


def within(line: Line, crisis: Window) -> tuple[float, float] | None:
    """Return and deepest fall over the valuation dates around a crisis; None where the history does not hold it whole."""
    first = int(np.searchsorted(line.dates, crisis.first, side="right")) - 1
    last = int(np.searchsorted(line.dates, crisis.last, side="left"))
    if first < 0 or last >= len(line.dates) or last <= first:
        return None
    return float(line.wealth[last] / line.wealth[first] - 1.0), float(max_drawdown(line.returns[first:last]))


def _cells(part: tuple[float, float] | None) -> tuple[str, str]:
    return ("", "") if part is None else (signed_points(part[0]), signed_points(part[1]))


def _sample(study: Study, crisis: Window) -> list[str]:
    """Whether it lay before or after the portfolio went live."""
    if study.live is None:
        return []
    return ["out of sample" if crisis.first >= study.live else "in sample"]


def _finding(study: Study, seen: list[tuple[Window, list[tuple[float, float] | None]]]) -> str:
    pairs = [(crisis, parts[0][0]) for crisis, parts in seen if parts[0] is not None]
    crisis, worst = min(pairs, key=lambda pair: pair[1])
    one = f"The worst of {len(seen)} crises was {crisis.name}: {signed_percent(worst)}"
    if study.benchmark is None:
        return f"{one}."
    both = [(parts[0][0], parts[1][0]) for _, parts in seen if parts[0] is not None and parts[1] is not None]
    better = sum(mine > theirs for mine, theirs in both)
    return f"{one}. It held up better than {study.benchmark.title} in {better} of {len(both)}."
