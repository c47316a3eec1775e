"""Section on trailing periods: month and year to date, and one to ten years up to the last date, against the rivals.

A period starts on the last date up to its nominal start (GIPS style: under a year nothing is annualised).
"""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.numerics.performance import cagr, total_return
from trimtab.surfaces.report.markup import Content
from trimtab.surfaces.report.panel import Section, section, summary, table
from trimtab.surfaces.report.study import Line, Study
from trimtab.surfaces.report.wording import day, signed_percent, signed_points

MONTHS = {"3 months": 3, "1 year": 12, "3 years": 36, "5 years": 60, "10 years": 120}
ORDER = ("Month to date", "3 months", "Year to date", "1 year", "3 years", "5 years", "10 years", "Full window")
SLACK = np.timedelta64(4, "D")  # a history may begin so much after the start of a period: weekends and holidays


def starts(last: np.datetime64, first: np.datetime64) -> dict[str, np.datetime64]:
    """Nominal start of each period that ends on `last`, of a history from `first` on.

    Where `last` is the last business day of its month, periods of months start at the end of one.
    """
    month = last.astype("datetime64[M]")
    found = {"Month to date": month.astype("datetime64[D]") - 1, "Full window": first}
    found["Year to date"] = last.astype("datetime64[Y]").astype("datetime64[D]") - 1
    at_end = np.busday_count(last + 1, (month + 1).astype("datetime64[D]")) == 0
    for name, back in MONTHS.items():
        then = month - back
        end = (then + 1).astype("datetime64[D]") - 1
        found[name] = end if at_end else min(then.astype("datetime64[D]") + (last - month.astype("datetime64[D]")), end)
    return found


def since(line: Line, start: np.datetime64, years: float = 0.0) -> float:
    """Return from `start` to the last date, per year where `years` is above one; NaN where the history is shorter."""
    row = int(np.searchsorted(line.dates, start, side="right")) - 1
    if row < 0 and line.dates[0] - start <= SLACK:
        row = 0
    if row < 0 or row == len(line.dates) - 1 or not line.wealth[row] > 0.0:
        return float("nan")
    growth = float(line.wealth[-1] / line.wealth[row])
    return (growth ** (1.0 / years) if years > 1.0 else growth) - 1.0


def periods(study: Study) -> tuple[list[str], Array]:
    """Names of the N periods that the portfolio covers, and returns (N, L) of each line; NaN where one is shorter."""
    subject = study.subject
    known = starts(subject.dates[-1], subject.dates[0])
    found = {name: [_of(line, name, known[name], subject) for line in study.lines] for name in ORDER}
    names = [name for name in ORDER if np.isfinite(found[name][0])]
    return names, np.array([found[name] for name in names]).reshape(len(names), len(study.lines))


def _of(line: Line, name: str, start: np.datetime64, subject: Line) -> float:
    """One cell: NaN for a line that ends, or for the full window begins, on another date than the portfolio."""
    if line.dates[-1] != subject.dates[-1] or (name == "Full window" and line.dates[0] != subject.dates[0]):
        return float("nan")
    if name == "Full window":
        return float(cagr(line.returns, line.per_year) if line.years >= 1.0 else total_return(line.returns))
    return since(line, start, MONTHS.get(name, 0) / 12.0)


def trailing(study: Study) -> Section | None:
    """The table; None where not even the full window has a return."""
    names, found = periods(study)
    if not names:
        return None
    last = study.subject.dates[-1]
    chosen = "1 year" if "1 year" in names else names[-1]
    row = found[names.index(chosen)]
    against = study.benchmark.title if study.benchmark is not None and np.isfinite(row[1:2]).all() else ""
    behind = f", against {signed_percent(float(row[1]))} for {against}" if against else ""
    span = "The year" if chosen == "1 year" else "The full window"
    finding = f"{span} to {day(last)} brought {signed_percent(float(row[0]))}{behind}."
    words = f"Periods end on {day(last)}. Percent, {study.after}; per year where a period is longer than one."
    rows: list[list[Content]] = []
    for name, values in zip(names, found, strict=True):
        gap = [_known(float(values[0] - values[1]))] if study.benchmark is not None else []
        rows.append([name, *(_known(float(value)) for value in values), *gap])
    head: list[Content] = ["Period", *(f"{line.title}, %" for line in study.lines)]
    head += ["Difference, %"] if study.benchmark is not None else []
    body = table(head, rows, label="Returns over trailing periods", class_="figures keys")
    return section("trailing", "Trailing periods", finding, summary(words), body)


def _known(value: float) -> str:
    return signed_points(value) if np.isfinite(value) else ""
