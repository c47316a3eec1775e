"""Section on rolling twelve months: return, volatility, Sharpe ratio, and beta where there is a benchmark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.arrays import Array, Index
from trimtab.numerics import performance as perf
from trimtab.surfaces.report.charts import PERCENT_AXIS, Curve, Spec, curves, iso, spec
from trimtab.surfaces.report.growth import titles, year_table
from trimtab.surfaces.report.markup import Markup, tag
from trimtab.surfaces.report.panel import Section, chart, line_legend, section, summary
from trimtab.surfaces.report.study import Line, Study, shared
from trimtab.surfaces.report.wording import number, percent, points, signed_percent, signed_points

PLAIN_AXIS = {"hoverformat": ".2f", "nticks": 6}


@dataclass(frozen=True, slots=True, eq=False)
class Pane:
    """One rolling figure: values (T,) of each line, and how they are worded."""

    key: str
    lines: tuple[Line, ...]
    values: tuple[Array, ...]
    finding: str
    worded: Callable[[float], str]
    unit: str = ""
    formula: str = ""

    @property
    def place(self) -> str:
        """Where it is drawn."""
        return f"rolling-{self.key.partition(' ')[0].lower()}"

    @property
    def label(self) -> str:
        """Its heading."""
        return f"Rolling twelve-month {self.key}{f', {self.unit}' if self.unit else ''}"


def rolling(study: Study) -> Section | None:
    """Four panes, each with its finding and its table; None where the history is shorter than a year."""
    if len(study.subject.returns) <= study.subject.per_year:
        return None
    panes = [_return(study), _volatility(study), _sharpe(study), *_beta(study)]
    charts = {pane.place: _spec(pane) for pane in panes}
    body = tag("div", [_pane(pane) for pane in panes], class_="pair")
    words = " ".join(filter(None, [*(pane.finding for pane in panes[1:]), study.subject.drawing]))
    return section("rolling", "Rolling twelve months", panes[0].finding, summary(words), body, charts=charts)


def _return(study: Study) -> Pane:
    found = tuple(_padded(perf.rolling_return(line.returns, line.per_year)) for line in study.lines)
    mine = _known(found[0])
    span = _span(mine, signed_percent)
    below = percent(float((mine < 0.0).mean())) if len(mine) else percent(np.nan)
    finding = f"Twelve-month returns lay between {span}; {below} of them were below zero."
    return Pane("return", study.lines, found, finding, lambda x: signed_points(float(x)), "%")


def _volatility(study: Study) -> Pane:
    found = tuple(_padded(perf.rolling_volatility(line.returns, line.per_year, line.per_year)) for line in study.lines)
    finding = f"Twelve-month volatility lay between {_span(_known(found[0]), percent)}."
    return Pane("volatility", study.lines, found, finding, lambda x: points(float(x)), "%")


def _sharpe(study: Study) -> Pane:
    found = tuple(_padded(rolling_sharpe(line)) for line in study.lines)
    finding = f"The Sharpe ratio of twelve months lay between {_span(_known(found[0]), number)}."
    formula = "Mean over standard deviation of returns above bills in the twelve months up to each date, per year."
    return Pane("Sharpe ratio", study.lines, found, finding, lambda x: number(float(x)), formula=formula)


def _beta(study: Study) -> list[Pane]:
    """Against the benchmark; nothing where there is none, or it shares too few dates."""
    line, other = study.subject, study.benchmark
    if other is None:
        return []
    r, b, rf = shared(line, other)
    if len(r) <= line.per_year:
        return []
    here = np.isin(line.dates, other.dates)
    rows = np.flatnonzero(np.isin(np.flatnonzero(here), line.rows))
    both = replace(line, dates=line.dates[here], wealth=line.wealth[here], returns=r, riskfree=rf, rows=rows)
    found = _padded(rolling_beta(r - rf, b - rf, line.per_year))
    finding = f"Beta against {other.title} lay between {_span(_known(found), number)}."
    formula = "Covariance with the benchmark over its variance, both above bills, in the twelve months up to each date."
    return [Pane("beta", (both,), (found,), finding, lambda x: number(float(x)), formula=formula)]


def rolling_sharpe(line: Line) -> Array:
    """Sharpe ratio of the last twelve months (T - 1,), NaN before: mean over standard deviation of what beats bills."""
    excess, f = line.returns - line.riskfree, line.per_year
    mean, deviation = _moments(excess, f)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(deviation > 1e-10, mean / deviation * np.sqrt(f), np.nan))


def rolling_beta(mine: Array, theirs: Array, count: int) -> Array:
    """Covariance over the benchmark's variance of the last `count` returns above bills (T,), NaN before."""
    (mean, _), (base, spread), (product, _) = (_moments(values, count) for values in (mine, theirs, mine * theirs))
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = (product - mean * base) * count / (count - 1.0)
        return np.asarray(np.where(spread > 1e-10, covariance / spread**2, np.nan))


def _moments(values: Array, count: int) -> tuple[Array, Array]:
    """Mean and standard deviation (ddof 1) of the last `count` values, NaN in the first count - 1 rows."""
    out = np.full((2, len(values)), np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(values, count)
    out[0, count - 1 :] = windows.mean(axis=1)
    if count > 1:  # a year of yearly returns is one, and has none
        out[1, count - 1 :] = windows.std(axis=1, ddof=1)
    return out[0], out[1]


def _pane(pane: Pane) -> Markup:
    part = Study(pane.lines[0], pane.lines[1:])
    found = {id(line): values for line, values in zip(pane.lines, pane.values, strict=True)}
    ends = year_table(part, lambda line: found[id(line)], lambda v: v[-1], pane.worded, unit=pane.unit or "at its end")
    body = chart(pane.place, f"{pane.label}: {pane.finding}", line_legend(titles(part)), pane.formula, ends)
    return tag("div", tag("h3", pane.label), body)


def _spec(pane: Pane) -> Spec:
    drawn = []
    for line, v in zip(pane.lines, pane.values, strict=True):
        known = np.flatnonzero(np.isfinite(v))
        peaks = known[[v[known].argmax(), v[known].argmin()]] if len(known) else known
        rows: Index = np.unique(np.concatenate([line.rows[line.rows >= line.per_year], peaks]))
        drawn.append(Curve(line.title, iso(line.dates[rows]), v[rows]))
    return spec(curves(drawn), yaxis=PERCENT_AXIS if pane.unit else PLAIN_AXIS, height=260)


def _known(values: Array) -> Array:
    return values[np.isfinite(values)]


def _span(values: Array, worded: Callable[[float], str]) -> str:
    ends: Sequence[float] = (float(values.min()), float(values.max())) if len(values) else (np.nan, np.nan)
    return f"{worded(ends[0])} and {worded(ends[1])}"


def _padded(values: Array) -> Array:
    """Values at the end of each period (T - 1,) as values at each date (T,)."""
    return np.concatenate([[np.nan], values])
