"""Section on what was held: weights over time with cash on top, and below them the state of the market."""

from __future__ import annotations

from typing import Any

import numpy as np

from trimtab.core.arrays import Index
from trimtab.surfaces.report.charts import (
    BANDS,
    PERCENT_AXIS,
    Curve,
    Spec,
    Trace,
    areas,
    band_colour,
    iso,
    name,
    plain,
    spec,
)
from trimtab.surfaces.report.held import Held, Ribbon
from trimtab.surfaces.report.markup import Markup
from trimtab.surfaces.report.panel import Section, band_legend, chart, section, summary, table
from trimtab.surfaces.report.study import Study, thinned
from trimtab.surfaces.report.wording import percent, points

BORROWED = -1e-6  # cash below this is borrowed, and cannot be stacked
RIBBON = ("up2", "down4", "down2", "band-10")  # colours of states; the first is the calm one


def weights(study: Study) -> Section | None:
    """Weights held at each date, cash on top, a ribbon of the regime below; None where nobody knows them."""
    held = study.held
    if held is None:
        return None
    first = int(np.argmax(np.abs(held.weights).sum(axis=1) > 0.0))  # before the first fill there is nothing to speak of
    low, high = held.weights[first:].min(axis=0), held.weights[first:].max(axis=0)
    most = int(np.nan_to_num(high - low).round(3).argmax())
    span = f"between {percent(float(low[most]))} and {percent(float(high[most]))} of the portfolio"
    finding = f"{held.titles[most]} moved most, {span}."
    borrowed = bool(held.cash.min() < BORROWED)
    loan = "Cash below zero is borrowed and drawn as a line." if borrowed else ""
    ribbon = "The strip at the foot shows the likeliest state of the market." if held.ribbon else ""
    note = " ".join(filter(None, [study.subject.drawing, loan, ribbon]))
    body = chart("weights", f"Weights over time: {finding}", _legend(held, borrowed), note, _rows(held))
    rows = study.subject.rows if len(held.dates) == len(study.subject.dates) else thinned(held.dates)
    charts = {"weights": _spec(held, rows, borrowed=borrowed)}
    return section("weights", "Weights", finding, summary(_cash_words(held, first, study)), body, charts=charts)


def _cash_words(held: Held, first: int, study: Study) -> str:
    cash = held.cash[first:]
    when = "weights are those held at each close, after costs" if study.result is not None else "weights are as given"
    mean, high = float(cash.mean()), float(cash.max())
    if high < 5e-4:
        return f"Net asset value was fully invested at all times; {when}."
    return f"Cash averaged {percent(mean)} and reached {percent(high)}; {when}."


def _legend(held: Held, borrowed: bool) -> list[Markup]:
    names = [(title, f"{band_colour(k)}{' hatched' if k >= BANDS else ''}") for k, title in enumerate(held.titles)]
    states = held.ribbon.states if held.ribbon else ()
    strip = [(f"Regime: {state}", f"ribbon {RIBBON[k % len(RIBBON)]}") for k, state in enumerate(states)]
    return band_legend([*names, ("Cash", "line s4" if borrowed else "band-cash"), *strip])


def _spec(held: Held, rows: Index, *, borrowed: bool) -> Spec:
    x, cash = iso(held.dates[rows]), held.cash[rows]
    data = areas([Curve(title, x, held.weights[rows, k]) for k, title in enumerate(held.titles)])
    free: Trace = {"type": "scatter", "mode": "lines", "name": "Cash", "x": x, "y": plain(cash, 4)}
    axis: dict[str, Any] = dict(PERCENT_AXIS)
    if borrowed:
        data.append(free | {"line": {"color": "@ink", "width": 1.2, "dash": "dashdot"}})
    else:
        data.append(free | {"stackgroup": "all", "line": {"width": 0.6, "color": "@paper"}, "fillcolor": "@band-cash"})
        axis |= {"range": [0.0, 1.0]}
    if held.ribbon is None:
        return spec(data, yaxis=axis, height=360)
    below = {"domain": [0.0, 0.05], "range": [0.0, 1.0], "anchor": "x", "visible": False}
    data += _strip(held.ribbon, held.dates[-1])
    return spec(data, yaxis=axis | {"domain": [0.08, 1.0]}, yaxis2=below, xaxis={"anchor": "y2"}, height=380)


def _strip(ribbon: Ribbon, last: np.datetime64) -> list[Trace]:
    """One filled step a state, 1 where it is the likeliest; the last one holds to the end."""
    x = iso(np.append(ribbon.dates, last))
    traces = []
    for k, state in enumerate(ribbon.states):
        y = [float(on) for on in (*ribbon.chosen[:, k], ribbon.chosen[-1, k])]
        trace: Trace = {"type": "scatter", "mode": "lines", "name": name(state), "x": x, "y": y, "yaxis": "y2"}
        colour = f"@{RIBBON[k % len(RIBBON)]}"
        trace |= {"stackgroup": "regime", "fillcolor": colour, "line": {"width": 0, "shape": "hv"}, "hoverinfo": "skip"}
        traces.append(trace)
    return traces


def _rows(held: Held) -> Markup:
    year = held.dates.astype("datetime64[Y]")
    ends = np.flatnonzero(np.append(year[1:] != year[:-1], True))[::-1].tolist()
    rows = [[str(held.dates[r]), *map(points, held.weights[r].tolist()), points(float(held.cash[r]))] for r in ends]
    head = ["Date (year ends)", *(f"{title}, %" for title in held.titles), "Cash, %"]
    if held.ribbon is not None:
        head.append("Regime")
        rows = [[*row, _state(held.ribbon, held.dates[r])] for row, r in zip(rows, ends, strict=True)]
    return table(head, rows, label="Weights at year ends", class_="figures")


def _state(ribbon: Ribbon, when: np.datetime64) -> str:
    """The state of the last decision up to a date; empty where it was not known."""
    row = int(np.searchsorted(ribbon.dates, when, side="right")) - 1
    return "" if row < 0 or not ribbon.chosen[row].any() else ribbon.states[int(ribbon.chosen[row].argmax())]
