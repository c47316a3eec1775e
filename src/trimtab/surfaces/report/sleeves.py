"""Section on a blend: what each sleeve puts into the whole, over time and at the last decision."""

from __future__ import annotations

import numpy as np

from trimtab.core.values import Sleeves
from trimtab.desk.result import Result
from trimtab.surfaces.report.charts import PERCENT_AXIS, Curve, areas, band_colour, iso, spec
from trimtab.surfaces.report.markup import Content, Markup
from trimtab.surfaces.report.panel import Section, band_legend, chart, section, summary, table
from trimtab.surfaces.report.study import thinned
from trimtab.surfaces.report.wording import listed, percent, points


def sleeves(result: Result) -> Section | None:
    """Money in each sleeve over time, and asset by asset at the last decision. None where the policy is no blend."""
    parts, first = result.aims.sleeves, len(result.aims) - len(result.decisions)
    if parts is None or not result.decisions:
        return None
    dates = result.aims.days.dates[first:]
    rows = thinned(dates)
    invested = parts.contributions[:, first:].sum(axis=2)
    bands = [Curve(name, iso(dates[rows]), invested[k][rows]) for k, name in enumerate(parts.names)]
    legend = band_legend([(name, band_colour(k)) for k, name in enumerate(parts.names)])
    shares = [f"{name} {percent(float(invested[k, -1]))}" for k, name in enumerate(parts.names)]
    finding = f"On {dates[-1]}: {listed(shares)}."
    drawing = spec(areas(bands), yaxis=PERCENT_AXIS, height=220)
    body = chart(
        "sleeves", f"Sleeves: {finding}", legend, "Invested by each sleeve, of the whole, as aimed at.", _rows(result, parts)
    )
    words = "Trades of all sleeves are netted before they cost anything; a sleeve that does not decide keeps what it holds."
    return section("sleeves", "Sleeves", finding, summary(words), body, charts={"sleeves": drawing})


def _rows(result: Result, parts: Sleeves) -> Markup:
    """Asset by asset: what each sleeve puts in, the aim they add up to, and what limits made of it."""
    last = result.decisions[-1].today
    put = parts.contributions[:, last.d]
    head: list[Content] = ["Asset", *(f"{name}, %" for name in parts.names), "Aim, %", "Constraint effect, %"]
    rows: list[list[Content]] = []
    for a, asset in enumerate(result.assets):
        if np.abs(put[:, a]).max() > 0.0 or abs(last.goal[a]) > 0.0:
            own = [points(float(share)) for share in put[:, a]]
            rows.append([asset.title, *own, points(float(last.aim[a])), points(float(last.goal[a] - last.aim[a]))])
    return table(head, rows, label=f"What each sleeve puts in on {last.when}", class_="figures")
