"""Sections on risk: where it lay beside where the capital lay, decision by decision; and leverage beside a correlation."""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.desk.leverage_review import TOGETHER, LeverageReview, leverage_words, review_leverage
from trimtab.desk.result import Result
from trimtab.desk.risk_review import RiskReview, review_risk, risk_words
from trimtab.surfaces.report.charts import PERCENT_AXIS, Curve, Trace, areas, band_colour, curves, iso, spec
from trimtab.surfaces.report.markup import Content, Markup, tag
from trimtab.surfaces.report.panel import Section, band_legend, chart, line_legend, section, summary, table
from trimtab.surfaces.report.study import thinned
from trimtab.surfaces.report.wording import NONE, number, percent, points


def risk(result: Result) -> Section | None:
    """Shares of risk over time, and at the last decision beside the weights. None where no covariance is forecast."""
    review = review_risk(result)
    if review is None or not np.isfinite(review.shares).any():
        return None
    targets = np.array([decision.target for decision in result.decisions])
    finding = _finding(result, review)
    panes = [("risk", "Shares of risk", review.shares, finding), ("capital", "Shares of capital", targets, finding)]
    notes = {"risk": "Of each target, under the covariance of its day.", "capital": "Weights of the same targets."}
    charts, body = {}, []
    for key, title, shares, said in panes:
        bands = _bands(result, review, shares)
        legend = band_legend([(band.name, band_colour(k)) for k, band in enumerate(bands)])
        charts[key] = spec(areas(bands), yaxis=PERCENT_AXIS, height=260)
        rows = _rows(result, review) if key == "risk" else _capital_rows(result, targets)
        body.append(tag("div", tag("h3", title), chart(key, f"{title}: {said}", legend, notes[key], rows)))
    words = summary(" ".join(risk_words(review)))
    return section("risk", "Risk", finding, words, tag("div", body, class_="pair"), charts=charts)


def _bands(result: Result, review: RiskReview, shares: Array) -> list[Curve]:
    """One band an asset that ever bore risk or held capital, the same ones in both charts, so that colours agree."""
    x = iso(review.dates)
    size = np.abs(np.nan_to_num(review.shares)) + np.abs([decision.target for decision in result.decisions])
    return [Curve(result.assets[a].title, x, shares[:, a]) for a in np.flatnonzero((size > 1e-9).any(axis=0)).tolist()]


def _capital_rows(result: Result, targets: Array) -> Markup:
    dates = np.array([decision.today.when for decision in result.decisions])
    year = dates.astype("datetime64[Y]")
    ends = np.flatnonzero(np.append(year[1:] != year[:-1], True))[::-1].tolist()
    rows = [[str(dates[r]), *map(points, targets[r].tolist())] for r in ends]
    head = ["Date (year ends)", *(f"{asset.title}, %" for asset in result.assets)]
    return table(head, rows, label="Targets at year ends", class_="figures")


def leverage(result: Result) -> Section | None:
    """Gross exposure and the correlation of shares and bonds, with the levels at which they warn. None without leverage."""
    review = review_leverage(result)
    if review is None:
        return None
    rows = thinned(result.dates)
    x = iso(result.dates[rows])
    traces = curves([Curve("Gross exposure", x, review.gross[rows])])
    names = ["Gross exposure"]
    if np.isfinite(review.cap):
        traces += [_level("Most that rules allow", x, review.cap, "y")]
    layout: dict[str, dict[str, object]] = {}
    if review.correlation is not None:
        traces += [t | {"yaxis": "y2"} for t in curves([Curve("Correlation", x, review.correlation[rows])])]
        traces += [_level("Warning level", x, TOGETHER, "y2")]
        names += ["Correlation of shares and bonds (lower panel)"]
        layout = {
            "yaxis2": {"domain": [0.0, 0.34], "range": [-1.0, 1.0], "nticks": 5, "anchor": "x"},
            "xaxis": {"anchor": "y2"},
        }
    axis = {"domain": [0.44, 1.0] if layout else [0.0, 1.0], "nticks": 5, "rangemode": "tozero"}
    finding = f"Gross exposure is {review.gross[-1]:.2f}, at most {review.gross.max():.2f}."
    body = chart("leverage", f"Leverage: {finding}", line_legend(names[:1]), _caption(review), _years(review))
    charts = {"leverage": spec(traces, yaxis=axis, height=320, **layout)}
    return section("leverage", "Leverage", finding, summary(" ".join(leverage_words(review))), body, charts=charts)


def _caption(review: LeverageReview) -> str:
    below = " Lower panel: correlation of shares and bonds." if review.correlation is not None else ""
    return f"Upper panel: gross exposure.{below} Dashed: the level that warns."


def _level(title: str, x: list[str], height: float, axis: str) -> Trace:
    """A dashed line at one height."""
    line = {"color": "@muted", "width": 1.0, "dash": "6px,4px"}
    ends = [x[0], x[-1]]
    return {"type": "scatter", "mode": "lines", "name": title, "x": ends, "y": [height, height], "line": line, "yaxis": axis}


def _finding(result: Result, review: RiskReview) -> str:
    last = review.shares[-1]
    if not np.isfinite(last).any():
        return f"On {review.dates[-1]} no risk is known."
    most = int(np.nanargmax(last))
    flag = " Contributions miss their budgets." if review.missed[-1] else ""
    return f"On {review.dates[-1]} {result.assets[most].title} bears {percent(float(last[most]))} of the risk.{flag}"


def _rows(result: Result, review: RiskReview) -> Markup:
    target = result.decisions[-1].target
    head: list[Content] = ["Asset", "Weight, %", "Share of risk, %"]
    if review.budgets is not None:
        head.append("Budget, %")
    rows: list[list[Content]] = []
    for a, asset in enumerate(result.assets):
        share = float(review.shares[-1, a])
        row: list[Content] = [asset.title, points(float(target[a])), points(share) if np.isfinite(share) else NONE]
        rows.append(row + ([points(float(review.budgets[a]))] if review.budgets is not None else []))
    return table(head, rows, label=f"Weights and shares of risk on {review.dates[-1]}", class_="figures")


def _years(review: LeverageReview) -> Markup:
    year = review.dates.astype("datetime64[Y]")
    ends = np.flatnonzero(np.append(year[1:] != year[:-1], True))[::-1].tolist()
    head: list[Content] = ["Year end", "Gross exposure"]
    if review.correlation is not None:
        head.append("Correlation of shares and bonds")
    rows: list[list[Content]] = []
    for r in ends:
        row: list[Content] = [str(review.dates[r]), number(float(review.gross[r]))]
        rows.append(row + ([number(float(review.correlation[r]))] if review.correlation is not None else []))
    return table(head, rows, label="Leverage at year ends", class_="figures")
