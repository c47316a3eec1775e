"""Charts as Plotly specifications: plain dicts with SVG traces only, drawn by the page's own script.

Colours are tokens (`@series-1`) that the script reads from the style sheet, so that light, dark and print each get their
own. Numbers are rounded to what a screen can show; NaN becomes null. Names are escaped, because Plotly reads markup.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.visible import visible

Trace = dict[str, Any]
Spec = dict[str, Any]

NARROW = 0.15  # decades below which a log axis has even steps: round numbers of a decade are too far apart
DASHES = ("solid", "6px,2px", "2px,2px", "8px,2px,2px,2px")
WIDTHS = (2.0, 1.6, 1.6, 1.4)
PERCENT_AXIS = {"tickformat": ".2~%", "hoverformat": ".1%"}  # no more digits than ticks need


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A named line: x as text (dates), y with NaN where there is nothing to draw."""

    name: str
    x: list[str]
    y: Array


def iso(dates: Dates) -> list[str]:
    """Dates as text."""
    return [str(text) for text in np.datetime_as_string(dates.astype("datetime64[D]"))]


def plain(values: Array, digits: int) -> list[float | None]:
    """Rounded numbers, None for NaN and infinity."""
    return [value if math.isfinite(value) else None for value in np.round(values, digits).tolist()]


def name(text: str) -> str:
    """A name that Plotly shows as it is, markup and all."""
    return escape(visible(text), quote=False)


def curves(lines: Sequence[Curve], *, digits: int = 5, fill_first: bool = False) -> list[Trace]:
    """One trace a line; the first is the portfolio. Dashes tell them apart without colour."""
    traces = []
    for k, line in enumerate(lines):
        style = {"color": f"@series-{k % 4 + 1}", "width": WIDTHS[k % 4], "dash": DASHES[k % 4]}
        trace: Trace = {"type": "scatter", "mode": "lines", "name": name(line.name), "x": line.x, "line": style}
        trace |= {"y": plain(line.y, digits), "zorder": len(lines) - k}  # the portfolio on top
        if fill_first and k == 0:
            trace |= {"fill": "tozeroy", "fillcolor": "@series-1-soft"}
        traces.append(trace)
    return traces


def areas(bands: Sequence[Curve]) -> list[Trace]:
    """Stacked areas, the first at the bottom; a repeated colour carries a pattern."""
    traces = []
    for k, band in enumerate(bands):
        trace: Trace = {"type": "scatter", "mode": "lines", "name": name(band.name), "x": band.x, "stackgroup": "all"}
        trace |= {"y": plain(band.y, 4), "line": {"width": 0.6, "color": "@paper"}, "fillcolor": f"@{band_colour(k)}"}
        if k >= BANDS:
            trace["fillpattern"] = {"shape": "/", "fgcolor": "@paper", "bgcolor": f"@{band_colour(k)}", "size": 7}
            del trace["fillcolor"]
        traces.append(trace)
    return traces


BANDS = 10


def band_colour(k: int) -> str:
    """Name of the colour of area number `k`."""
    return f"band-{k % BANDS + 1}"


def bars(title: str, x: list[str], y: Array, *, colour: str, digits: int = 5, yaxis: str = "y") -> Trace:
    """One bar a value; the outline keeps a thin bar visible."""
    mark = {"color": f"@{colour}", "line": {"color": f"@{colour}", "width": 0.5}}
    return {"type": "bar", "name": name(title), "x": x, "y": plain(y, digits), "marker": mark, "yaxis": yaxis}


def spec(data: list[Trace], *, height: int = 300, yaxis: Mapping[str, Any], **layout: Mapping[str, Any]) -> Spec:
    """Traces on a quiet time axis: hover only, no zoom, no legend (the page has its own). `layout` adds axes or to them."""
    axis: dict[str, Any] = {"fixedrange": True, "automargin": True, "gridcolor": "@grid"}
    axis |= {"linecolor": "@rule", "zerolinecolor": "@rule"}
    upright = {"hovermode": "x unified", "dragmode": False, "showlegend": False, "bargap": 0.15}
    page = {"paper_bgcolor": "@clear", "plot_bgcolor": "@clear", "font": {"family": "@sans", "size": 12, "color": "@muted"}}
    label: dict[str, Any] = {"bgcolor": "@paper", "bordercolor": "@rule", "namelength": 48}
    label["font"] = {"color": "@ink", "family": "@sans", "size": 12}
    margins = {"l": 8, "r": 8, "t": 8, "b": 8}
    time = axis | {"type": "date", "showgrid": False, "ticks": "outside", "tickcolor": "@rule", "ticklen": 4}
    time |= {"hoverformat": "%Y-%m-%d", "spikecolor": "@muted", "spikethickness": 1, "spikedash": "dot"}
    frame = {"height": height, "margin": margins, "hoverlabel": label}
    axes = {"xaxis": time, "yaxis": axis | dict(yaxis)}
    axes |= {key: axes.get(key, axis) | dict(value) for key, value in layout.items()}
    return {"data": data, "layout": page | upright | frame | axes}


def log_axis(low: float, high: float) -> dict[str, Any]:
    """A log axis with round, readable ticks between `low` and `high` (both above zero)."""
    low, high = max(low, 1e-9), max(high, low * 1.01, 1e-9)
    decades = math.log10(high / low)
    if decades < NARROW:
        return _ticked(_even(low, high))
    steps = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0) if decades < 0.8 else (1.0, 2.0, 5.0) if decades < 2.2 else (1.0,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return _ticked([step * 10.0**power for power in powers for step in steps if 0.8 * low <= step * 10.0**power <= 1.25 * high])


def _even(low: float, high: float) -> list[float]:
    """Round values at even steps, at most seven from just below `low` to just above `high`."""
    rough = (high - low) / 4.0
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(times * power for times in (1.0, 2.0, 5.0, 10.0) if times * power >= rough)
    return [step * k for k in range(math.floor(low / step), math.ceil(high / step) + 1)]


def _ticked(ticks: list[float]) -> dict[str, Any]:
    return {
        "type": "log",
        "tickvals": ticks,
        "ticktext": [f"{tick:,.0f}" if tick >= 10.0 else f"{tick:g}" for tick in ticks],
        "hoverformat": ",.0f",
    }


def interned(charts: Mapping[str, Spec]) -> dict[str, Any]:
    """The charts with each list of dates written once: x becomes its number in `dates`."""
    seen: dict[int, int] = {}
    dates: list[list[str]] = []
    written = {}
    for key, chart in charts.items():
        traces = []
        for trace in chart["data"]:
            x = trace["x"]
            if id(x) not in seen:
                seen[id(x)] = len(dates)
                dates.append(x)
            traces.append(trace | {"x": seen[id(x)]})
        written[key] = {"data": traces, "layout": chart["layout"]}
    return {"dates": dates, "charts": written}
