"""Backtest and live side by side, cut where the portfolio went live: the first thing that a buyer of a backtest asks for."""

from __future__ import annotations

from trimtab.numerics.performance import total_return
from trimtab.surfaces.report.figures import key_figures
from trimtab.surfaces.report.markup import Content, Markup, prose, tag
from trimtab.surfaces.report.panel import table
from trimtab.surfaces.report.plain_names import name_of
from trimtab.surfaces.report.study import Line, Study
from trimtab.surfaces.report.wording import day, signed_percent

COMPARED = ("cagr", "volatility", "sharpe", "max_drawdown", "worst_year")


def live_table(study: Study) -> Markup | None:
    """The table; None where no live start is known, or either half is too short."""
    halves = study.halves
    if halves is None:
        return None
    names = ("Backtest", "Live" if study.result is None else "After the live start, simulated")
    spans = [[name, tag("br"), prose(" to ".join(_ends(half)))] for name, half in zip(names, halves, strict=True)]
    found = [key_figures(half) for half in halves]
    rows: list[list[Content]] = [["Return over the whole span", *map(_whole, halves)], *_benchmark_row(study, halves)]
    for key in COMPARED:
        cells = [tag("td", figures[key].text, title=figures[key].why or None) for figures in found]
        rows.append([name_of(key, study), *cells])
    return tag("div", table(["", *spans], rows, label="Backtest and live", class_="figures keys"), class_="halves")


def _benchmark_row(study: Study, halves: tuple[Line, Line]) -> list[list[Content]]:
    """What the benchmark returned over the same two spans; nothing where it does not cover both."""
    other = study.benchmark
    if other is None:
        return []
    parts = [other.between(half.dates[0], half.dates[-1]) for half in halves]
    if any(p is None or _ends(p) != _ends(h) for p, h in zip(parts, halves, strict=True)):
        return []
    return [[f"That of {other.title}", *(_whole(part) for part in parts if part is not None)]]


def _ends(line: Line) -> tuple[str, str]:
    return day(line.dates[0]), day(line.dates[-1])


def _whole(line: Line) -> str:
    return signed_percent(float(total_return(line.returns)))
