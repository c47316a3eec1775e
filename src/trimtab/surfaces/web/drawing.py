"""Figures as plain values that a script of ours draws: growth, underwater, causes that add up, and maps of two keys.

A colour such as `@series-1` is a name of the style sheet, so that light, dark and print differ. Traces are of SVG alone.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

Figure = dict[str, Any]
LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "xanchor": "left"}
MAPPED = [[0.0, "@up1"], [0.4, "@up2"], [0.75, "@up3"], [1.0, "@up4"]]
WIDE = 20  # letters of a line of a name beside a bar
_MARGIN = {"l": 8, "r": 12, "t": 34, "b": 8}


def growth(points: Mapping[str, Any], names: tuple[str, str], before: Mapping[str, Any] | None = None) -> Figure:
    """Two lines of wealth on a log scale; `before` is a backtest that ends where the first of them goes live."""
    mine, theirs = names
    dashed = {"color": "@series-3", "width": 1.6, "dash": "4px,3px"}
    traces = [] if before is None else [_line(before, "wealth", "Backtest", dashed)]
    if any(one is not None for one in points["benchmark"]):
        traces.append(_line(points, "benchmark", theirs, {"color": "@series-2", "width": 1.4}))
    traces.append(_line(points, "wealth", mine, {"color": "@series-1", "width": 1.9}))
    layout: Figure = {"showlegend": True, "legend": LEGEND, "margin": _MARGIN, "hovermode": "x unified"}
    layout["yaxis"] = {"type": "log", "tickformat": ",.0f", "nticks": 6}
    if before is not None:
        layout |= _live(points["dates"][0])
    return {"data": traces, "layout": layout}


def _line(points: Mapping[str, Any], key: str, name: str, line: Mapping[str, Any]) -> Figure:
    hover = "%{y:,.0f}" if not key.endswith("below") else "%{y:.1%}"
    path = {"x": points["dates"], "y": points[key]}
    return {
        "type": "scatter",
        "mode": "lines",
        "name": escape(name, quote=False),
        **path,
        "line": dict(line),
        "hovertemplate": hover,
    }


def _live(day: str) -> Figure:
    """The upright line on the day of going live, and its words."""
    line = {"type": "line", "x0": day, "x1": day, "yref": "paper", "y0": 0, "y1": 1}
    words = {
        "x": day,
        "yref": "paper",
        "y": 0.02,
        "text": f"live since {day}",
        "showarrow": False,
        "xanchor": "right",
        "xshift": -5,
    }
    return {"shapes": [line | {"line": {"color": "@muted", "width": 1, "dash": "dot"}}], "annotations": [words]}


def underwater(points: Mapping[str, Any], names: tuple[str, str]) -> Figure:
    """How far below its highest value each line was."""
    mine, theirs = names
    area = _line(points, "wealth_below", mine, {"color": "@series-1", "width": 1.4})
    traces = [area | {"fill": "tozeroy", "fillcolor": "@series-1-soft"}]
    if any(one is not None for one in points["benchmark_below"]):
        traces.append(_line(points, "benchmark_below", theirs, {"color": "@series-2", "width": 1.2}))
    layout = {"showlegend": len(traces) > 1, "legend": LEGEND, "margin": _MARGIN, "hovermode": "x unified"}
    return {"data": traces, "layout": layout | {"yaxis": {"tickformat": ".0%", "rangemode": "tozero"}}}


def waterfall(steps: Sequence[tuple[str, float]], total: tuple[str, float], unit: str) -> Figure:
    """Causes one below the other, each from where the one before ended; the last bar is what they add up to."""
    names, sizes = [name for name, _ in steps], [size for _, size in steps]
    begins = [sum(sizes[:at]) for at in range(len(sizes))]
    colours = ["@series-1" if size >= 0.0 else "@series-2" for size in sizes]
    rows, every = [_folded(name) for name in (*names, total[0])], [*sizes, total[1]]
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": rows,
        "x": every,
        "base": [*begins, 0.0],
        "marker": {"color": [*colours, "@muted"]},
        "text": [f"{size:+,.2f}".replace("-", "\u2212") for size in every],
        "textposition": "auto",
        "constraintext": "none",
        "hovertemplate": f"%{{y}}: %{{text}} {unit}<extra></extra>",
        "insidetextfont": {"color": "@paper"},
        "textangle": 0,
    }
    low, high = min(0.0, *begins, total[1]), max(0.0, *begins, total[1])
    room = 0.22 * (high - low)  # for what is written beside a bar
    axis = {"tickformat": ",.0f", "zeroline": True, "title": {"text": unit}, "nticks": 5, "tickangle": 0}
    axis |= {"range": [low - room, high + room]}
    return {"data": [bars], "layout": {"xaxis": axis, "yaxis": {"autorange": "reversed", "type": "category"}, "bargap": 0.35}}


def _folded(name: str) -> str:
    """A name over lines that a phone has room for; the library reads tags in it, so that none of its own may stand there."""
    return "<br>".join(escape(line, quote=False) for line in textwrap.wrap(name, WIDE)) or " "


def heat_map(cells: Mapping[str, Any], words: Sequence[Sequence[str]], least: float) -> Figure:
    """A figure by two keys: `cells` has their names `across` and `down`, x, y, and z (rows by y); `words` stand in the cells.

    Colours span at least `least`, so that differences which mean nothing do not look like any.
    """
    across, down = (escape(str(cells[key]), quote=False) for key in ("across", "down"))
    known = [value for row in cells["z"] for value in row if value is not None] or [0.0]
    low, high = min(known), max(known)
    apart = max(0.0, least - (high - low)) / 2.0
    tile = {
        "type": "heatmap",
        "x": list(cells["x"]),
        "y": list(cells["y"]),
        "z": cells["z"],
        "zmin": low - apart,
        "zmax": high + apart,
        "text": words,
        "texttemplate": "%{text}",
        "textfont": {"color": "@ink"},
        "colorscale": MAPPED,
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hovertemplate": f"{across} %{{x}}<br>{down} %{{y}}<br>%{{text}}<extra></extra>",
    }
    axes = {"xaxis": {"type": "category", "title": {"text": across}}, "yaxis": {"type": "category", "title": {"text": down}}}
    return {"data": [tile], "layout": axes}
