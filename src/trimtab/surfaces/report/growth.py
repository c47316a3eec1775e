"""Sections on the path of wealth: growth of 10,000, and underwater with the ten worst drawdowns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.performance import cagr, drawdown_table
from trimtab.surfaces.report.charts import PERCENT_AXIS, Curve, Trace, curves, iso, log_axis, spec
from trimtab.surfaces.report.markup import Content, Markup, tag
from trimtab.surfaces.report.panel import Section, chart, line_legend, section, summary, table
from trimtab.surfaces.report.study import Line, Study, underwater
from trimtab.surfaces.report.wording import capital, day, days, listed, number, percent, points

STAKE = 10_000.0


def growth(study: Study) -> Section:
    """Growth of 10,000 on a log scale."""
    subject, grown = study.subject, [study.grown(line, STAKE) for line in study.lines]
    others = [f"{number(float(g[-1]), 0)} in {line.title}" for line, g in zip(study.rivals, grown[1:], strict=True)]
    became = f"10,000 became {number(float(grown[0][-1]), 0)}"
    finding = f"{became}, against {listed(others)}." if others else f"{became}."
    drawn = [Curve(line.title, iso(line.dates[line.rows]), g[line.rows]) for line, g in zip(study.lines, grown, strict=True)]
    low, high = min(float(g.min()) for g in grown), max(float(g.max()) for g in grown)
    rates = [f"{percent(float(cagr(line.returns, line.per_year)))} a year for {line.title}" for line in study.lines]
    after = capital(study.after)
    known = f"{listed(rates)}, over {number(subject.years, 1)} years" if subject.years >= 1.0 else "and nothing put on a year"
    words = f"{after}, {known}. Log scale: equal slopes are equal rates."
    ends = year_table(study, lambda line: study.grown(line, STAKE), lambda part: part[-1], money_cell)
    legend = [*line_legend(titles(study)), *live_legend(study)]
    body = chart("growth", f"Growth of 10,000: {finding}", legend, study.subject.drawing, ends)
    traces = curves(drawn, digits=2) + live_line(study, low, high)
    charts = {"growth": spec(traces, height=400, yaxis=log_axis(low, high))}
    return section("growth", "Growth of 10,000", finding, summary(words), body, charts=charts)


def drawdown(study: Study) -> Section:
    """Underwater curve and the ten worst drawdowns."""
    drawn = [Curve(line.title, iso(line.dates[line.rows]), underwater(line)[line.rows]) for line in study.lines]
    worst = drawdown_table(study.subject.returns)
    words = f"Wealth below its highest value so far, {study.after}."
    if worst:
        words = f"{_recovery(study.subject)} {words}"
    lowest = year_table(study, underwater, np.min, lambda x: points(float(x)), unit="deepest drawdown of the year, %")
    body = chart("underwater", f"Underwater: {_depths(study)}", line_legend(titles(study)), study.subject.drawing, lowest)
    ten = [tag("h3", "The ten deepest drawdowns"), drawdown_rows(study.subject)] if worst else []
    deepest = min(float(underwater(line).min()) for line in study.lines)
    traces = curves(drawn, fill_first=True) + live_line(study, deepest, 0.0)
    charts = {"underwater": spec(traces, yaxis=PERCENT_AXIS | {"rangemode": "tozero"})}
    return section("drawdown", "Drawdowns", _depths(study), summary(words), body, ten, charts=charts)


def _depths(study: Study) -> str:
    depths = [float(underwater(line).min()) for line in study.lines]
    if depths[0] == 0.0:
        return "Wealth never fell below an earlier high."
    others = [f"{line.title} {percent(d)}" for line, d in zip(study.rivals, depths[1:], strict=True)]
    return f"The deepest fall was {percent(depths[0])}" + (f"; that of {listed(others)}." if others else ".")


def _recovery(line: Line) -> str:
    fall = drawdown_table(line.returns, count=1)[0]
    peak, trough = day(line.dates[fall.peak]), day(line.dates[fall.trough])
    length = days(float((line.dates[fall.end] - line.dates[fall.peak]) / np.timedelta64(1, "D")))
    end = f"was made good on {day(line.dates[fall.end])}, after {length}" if fall.recovery else f"is still open after {length}"
    return f"The fall from {peak} to {trough} {end}."


def drawdown_rows(line: Line) -> Markup:
    """The ten deepest drawdowns as a table."""
    rows: list[list[Content]] = []
    for rank, fall in enumerate(drawdown_table(line.returns), 1):
        length = float((line.dates[fall.end] - line.dates[fall.peak]) / np.timedelta64(1, "D"))
        back = day(line.dates[fall.end]) if fall.recovery else "still open"
        dates = [day(line.dates[row]) for row in (fall.peak, fall.trough)]
        rows.append([str(rank), percent(fall.depth), *dates, back, number(length, 0)])
    head = ["Rank", "Depth", "Peak", "Trough", "Recovered", "Days, peak to recovery"]
    return table(head, rows, label="Ten deepest drawdowns", class_="figures")


def live_line(study: Study, low: float, high: float) -> list[Trace]:
    """An upright line from `low` to `high` where the portfolio went live; nothing where that is not known."""
    if study.live is None:
        return []
    line = {"color": "@ink", "width": 1.2, "dash": "2px,3px"}
    ends: Trace = {"type": "scatter", "mode": "lines", "name": "Live", "x": [day(study.live)] * 2, "y": [low, high]}
    return [ends | {"line": line, "hoverinfo": "skip"}]


def live_legend(study: Study) -> list[Markup]:
    """The entry of that line."""
    if study.live is None:
        return []
    return [tag("li", tag("span", class_="key line live", aria_hidden="true"), f"live from {day(study.live)}")]


def titles(study: Study) -> list[str]:
    """Names of the lines."""
    return [line.title for line in study.lines]


def year_table(
    study: Study,
    values: Callable[[Line], Array],
    pick: Callable[[Array], float],
    worded: Callable[[float], str],
    *,
    unit: str = "at the end of the year",
) -> Markup:
    """One row a calendar year, one column a line: `pick` of the values (T,) of that year."""
    found: dict[int, dict[int, str]] = {}
    for k, line in enumerate(study.lines):
        v, year = values(line), line.dates.astype("datetime64[Y]").astype(np.int64) + 1970
        first = np.flatnonzero(np.append(True, year[1:] != year[:-1])).tolist()
        for a, b in zip(first, [*first[1:], len(year)], strict=True):
            found.setdefault(int(year[a]), {})[k] = worded(float(pick(v[a:b])))
    rows = [[str(year), *(found[year].get(k, "") for k in range(len(study.lines)))] for year in sorted(found, reverse=True)]
    return table([f"Year ({unit})", *titles(study)], rows, label="Values of the chart", class_="figures")


def money_cell(value: float) -> str:
    """A value of 10,000 grown."""
    return number(value, 0)
