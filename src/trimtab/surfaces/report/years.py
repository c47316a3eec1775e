"""Sections by the calendar: the year by month table and the calendar years against the benchmark."""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.performance import YearTable, by_period, year_table
from trimtab.surfaces.report.charts import PERCENT_AXIS, Spec, Trace, bars, name, plain, spec
from trimtab.surfaces.report.markup import Content, Markup, tag
from trimtab.surfaces.report.panel import Section, chart, scroll, section, summary, table
from trimtab.surfaces.report.study import Line, Study
from trimtab.surfaces.report.wording import percent, signed_percent, signed_points

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
STEPS = np.array([0.01, 0.03, 0.06])  # monthly returns at which the tint of a cell deepens


def months(study: Study) -> Section:
    """Year by month table with totals; the tint repeats what the signed number says."""
    line = study.subject
    when, monthly = by_period(line.returns, line.dates[1:], "M")
    up = float((monthly > 0.0).mean())
    low, high = int(monthly.argmin()), int(monthly.argmax())
    finding = f"{percent(up)} of {len(monthly):,} months were above zero."
    after = study.after
    words = (
        f"Best month {when[high]}, {signed_percent(float(monthly[high]))}; "
        f"worst month {when[low]}, {signed_percent(float(monthly[low]))}. Percent, {after}, the latest year first."
    )
    found = year_table(line.returns, line.dates[1:])
    return section("months", "Months", finding, summary(words), month_table(found))


def month_table(found: YearTable) -> Markup:
    """The table itself, the latest year first."""
    head = tag("tr", [tag("th", cell, scope="col") for cell in ("Year", *MONTHS, "Year total")])
    body = []
    for k in range(len(found.years) - 1, -1, -1):
        total = tag("td", signed_points(found.totals[k]) if np.isfinite(found.totals[k]) else "", class_="total")
        cells = [_tinted(float(value)) for value in found.months[k]]
        body.append(tag("tr", tag("th", str(found.years[k]), scope="row"), cells, total))
    inside = tag("table", tag("thead", head), tag("tbody", body), class_="heat")
    return scroll(inside, label="Returns by year and month, percent", class_="scroll tall")


def _tinted(value: float) -> Markup:
    if not np.isfinite(value):
        return tag("td")
    step = int(np.searchsorted(STEPS, abs(value), side="right")) + 1
    written = signed_points(value)
    side = "" if written.strip("0.") == "" else "up" if value > 0.0 else "down"
    return tag("td", written, class_=f"{side}{step}" if side else None)


def calendar_years(study: Study) -> Section | None:
    """Calendar years of the portfolio as bars, of the benchmark as diamonds; None where no year is complete."""
    mine = year_table(study.subject.returns, study.subject.dates[1:])
    if not np.isfinite(mine.complete).any():
        return None
    benchmark = study.benchmark
    theirs = _matched(mine, benchmark) if benchmark else None
    both = np.isfinite(mine.complete) if theirs is None else np.isfinite(mine.complete) & np.isfinite(theirs)
    if theirs is None or benchmark is None:
        finding = f"{int((mine.complete[both] > 0.0).sum())} of {int(both.sum())} complete calendar years were above zero."
    else:
        ahead = int((mine.complete[both] > theirs[both]).sum())
        finding = f"Ahead of {benchmark.title} in {ahead} of {int(both.sum())} complete calendar years."
    body = chart("years", f"Calendar years: {finding}", _legend(study), "", _year_rows(study, mine, theirs))
    words = _spread(mine, theirs, study)
    charts = {"years": _year_spec(study, mine, theirs)}
    return section("years", "Calendar years", finding, summary(words), body, charts=charts)


def _spread(mine: YearTable, theirs: Array | None, study: Study) -> str:
    known = np.isfinite(mine.complete)
    years, values = mine.years[known], mine.complete[known]
    best, worst = int(values.argmax()), int(values.argmin())
    words = (
        f"Best year {years[best]} with {signed_percent(float(values[best]))}, "
        f"worst {years[worst]} with {signed_percent(float(values[worst]))}."
    )
    if theirs is None or study.benchmark is None or not np.isfinite(theirs[known]).any():
        return words
    gap = values - theirs[known]
    return f"{words} On average {signed_percent(float(np.nanmean(gap)))} a year against {study.benchmark.title}."


def _matched(mine: YearTable, other: Line) -> Array:
    """Complete years of `other` for the years of the portfolio (Y,)."""
    theirs = year_table(other.returns, other.dates[1:])
    found = dict(zip(theirs.years.tolist(), theirs.complete.tolist(), strict=True))
    return np.array([found.get(year, np.nan) for year in mine.years.tolist()])


def _legend(study: Study) -> list[Markup]:
    entries = [tag("li", tag("span", class_="key bar s1-bar", aria_hidden="true"), study.subject.title)]
    if study.benchmark:
        entries.append(tag("li", tag("span", class_="key diamond s2", aria_hidden="true"), study.benchmark.title))
    return entries


def _year_spec(study: Study, mine: YearTable, theirs: Array | None) -> Spec:
    x = [f"{year}-07-01" for year in mine.years.tolist()]
    data: list[Trace] = [bars(study.subject.title, x, mine.complete, colour="series-1-bar")]
    if theirs is not None and study.benchmark:
        mark = {"symbol": "diamond", "size": 6, "color": "@series-2", "line": {"color": "@paper", "width": 0.8}}
        trace: Trace = {"type": "scatter", "mode": "markers", "name": name(study.benchmark.title), "marker": mark}
        data.append(trace | {"x": x, "y": plain(theirs, 5)})
    return spec(data, yaxis=PERCENT_AXIS, xaxis={"hoverformat": "%Y"})


def _year_rows(study: Study, mine: YearTable, theirs: Array | None) -> Markup:
    head: list[Content] = ["Year", f"{study.subject.title}, %"]
    if theirs is not None and study.benchmark:
        head += [f"{study.benchmark.title}, %", "Difference, %"]
    rows: list[list[Content]] = []
    for k in range(len(mine.years) - 1, -1, -1):
        part = "" if np.isfinite(mine.complete[k]) else " (part)"
        row: list[Content] = [f"{mine.years[k]}{part}", signed_points(mine.totals[k])]
        if theirs is not None:
            row += [_known(theirs[k]), _known(mine.complete[k] - theirs[k])]
        rows.append(row)
    return table(head, rows, label="Calendar years", class_="figures")


def _known(value: float) -> str:
    return signed_points(value) if np.isfinite(value) else ""
