"""Section on what was expected before launch: the fan of wealth, that of the lead over the benchmark, and odds of lagging."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.desk.expected import Expected
from trimtab.surfaces.report.charts import PERCENT_AXIS, Curve, Spec, Trace, curves, iso, log_axis, plain, spec
from trimtab.surfaces.report.markup import Content, Markup, tag
from trimtab.surfaces.report.panel import Section, chart, line_legend, section, summary, table
from trimtab.surfaces.report.study import Study
from trimtab.surfaces.report.wording import listed, number, percent, signed_points
from trimtab.validation.expectations import SHOWN, YEARS, Expectations


def expected(study: Study) -> Section | None:
    """The fan from the last date on; None where nothing was written down."""
    one = study.expected
    if one is None:
        return None
    fan, wealth = one.fan, one.fan.quantiles("wealth")
    span = f"{fan.ages[-1] / fan.per_year:.3g} years"
    low, high = (number(float(wealth[level][-1])) for level in (SHOWN[0], SHOWN[-1]))
    finding = f"After {span} nine of ten drawn histories end between {low} and {high} times the money put in."
    dates = _dates(study.subject.dates[-1], fan)
    charts = {"expected-wealth": _wealth(fan, dates), "expected-lead": _lead(fan, dates)}
    panes = [
        _pane("expected-wealth", "Wealth from 1", finding, _table(fan, "wealth", number, "times the money put in")),
        _pane("expected-lead", "Ahead of the benchmark", _lagging(fan), _table(fan, "shortfall", signed_points, "%")),
    ]
    body = tag("div", panes, class_="pair")
    return section("expected", "Expected before launch", finding, summary(_origin(one)), body, charts=charts)


def _origin(one: Expected) -> str:
    origin, source = one.fan.origin, one.source
    how = f"in blocks of {origin.block:.1f} rows" if origin.block else f"from a {source['model']} distribution"
    drawn = f"{origin.paths:,} histories drawn {how} out of {origin.history:,} rows, {source['first']} to {source['last']}"
    return f"{drawn}; signals recomputed on each, after costs. Written down before launch."


def _lagging(fan: Expectations) -> str:
    if not fan.lagging:
        return "The histories are too short for odds of lagging."
    odds = [f"{percent(value, 0)} after {years}" for years, value in fan.lagging.items()]
    return f"Odds of lagging the benchmark, by years: {listed(odds)}."


def _dates(last: np.datetime64, fan: Expectations) -> Dates:
    """Month ends after the last date of the report, as the launch has no date yet."""
    step = round(12.0 / fan.per_year) if fan.per_year < 12.0 else 1
    months = last.astype("datetime64[M]") + 1 + np.round(np.array(fan.ages) * 12.0 / fan.per_year).astype(int) * step
    return np.asarray(months.astype("datetime64[D]") - np.timedelta64(1, "D"))


def _wealth(fan: Expectations, dates: Dates) -> Spec:
    values = fan.quantiles("wealth")
    low, high = float(values[SHOWN[0]].min()), float(values[SHOWN[-1]].max())
    return spec(_bands(values, dates), height=320, yaxis=log_axis(low, high) | {"hoverformat": ".2f"})


def _lead(fan: Expectations, dates: Dates) -> Spec:
    return spec(_bands(fan.quantiles("shortfall"), dates), height=320, yaxis=PERCENT_AXIS)


def _bands(values: dict[float, Array], dates: Dates) -> list[Trace]:
    """The median as a line, and two bands around it: half of all histories, and nine of ten."""
    x, traces = iso(dates), list[Trace]()
    lower, quarter, middle, upper, top = SHOWN
    for low, high in ((lower, top), (quarter, upper)):
        for level, fill in ((low, None), (high, "tonexty")):
            trace: Trace = {
                "type": "scatter",
                "mode": "lines",
                "name": f"{level:g} of 100",
                "x": x,
                "y": plain(values[level], 5),
            }
            trace["line"] = {"width": 0.6, "color": "@series-1"}
            traces.append(trace | ({"fill": fill, "fillcolor": "@series-1-soft"} if fill else {}))
    return [*traces, *curves([Curve("median", x, values[middle])])]


def _pane(key: str, label: str, finding: str, rows: Markup) -> Markup:
    bands = "The inner band holds half of all histories, the outer one nine of ten."
    return tag("div", tag("h3", label), chart(key, f"{label}: {finding}", line_legend(["median"]), bands, rows))


def _table(fan: Expectations, measure: str, worded: Callable[[float], str], unit: str) -> Markup:
    """A row a year of `YEARS`, and the last."""
    ages: dict[str, int] = {f"{years}": fan.ages.index(round(years * fan.per_year)) for years in YEARS if years in fan.lagging}
    ages[f"{fan.ages[-1] / fan.per_year:.3g}"] = len(fan.ages) - 1
    values = fan.quantiles(measure)
    head: list[Content] = [f"Years ({unit})", *(f"{level:g} of 100" for level in SHOWN)]
    rows: Sequence[Sequence[Content]] = [
        [years, *(worded(float(values[level][at])) for level in SHOWN)] for years, at in ages.items()
    ]
    return table(head, rows, label=f"{measure.capitalize()} by years", class_="figures")
