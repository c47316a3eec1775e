"""A small chart as SVG for the documentation: lines over dates, and a ribbon of states below. Text stays text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

WIDTH, HEIGHT = 760, 250
LEFT, RIGHT, TOP, BOTTOM = 54, 12, 40, 56
RIBBON = 14
INK = ("#1f4e79", "#b4531a", "#3c7a3c", "#6b4c9a")
STATES = ("#b9cfe4", "#e9b58f", "#a9cba4", "#d6c3e6")
UNKNOWN = "#eeeeee"


@dataclass(frozen=True)
class Chart:
    """What is drawn: dates (T,), lines by name, number of the state of each date (T,) (-1 unknown) and their names.

    `levels` are dashed; `ribbon` says whose states they are; `fills` are the numbers of their colours.
    """

    title: str
    source: str
    dates: np.ndarray
    lines: Sequence[tuple[str, np.ndarray]]
    states: np.ndarray
    names: Sequence[str]
    percent: bool = False
    levels: Sequence[float] = ()
    ribbon: str = ""
    fills: Sequence[int] = (0, 1, 2, 3)

    def fill(self, state: int) -> str:
        return UNKNOWN if state < 0 else STATES[self.fills[state]]


def svg(chart: Chart) -> str:
    """The whole picture."""
    x = positions(chart.dates)
    low, high, ticks = scale([values for _, values in chart.lines])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"',
        ' font-family="sans-serif" font-size="11">',
        f"<title>{escape(chart.title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="8" y="16" font-size="13" font-weight="bold" fill="#222">{escape(chart.title)}</text>',
        *frame(chart, x, (low, high), ticks),
        *dashes(chart, (low, high)),
        *[line(x, values, (low, high), INK[k % 4]) for k, (_, values) in enumerate(chart.lines)],
        *ribbon(chart, x),
        *legend(chart),
        f'<text x="{WIDTH - 8}" y="{HEIGHT - 6}" text-anchor="end" font-size="9" fill="#666">{escape(chart.source)}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def positions(dates: np.ndarray) -> np.ndarray:
    days = dates.astype("datetime64[D]").astype(float)
    return LEFT + (days - days[0]) / (days[-1] - days[0]) * (WIDTH - LEFT - RIGHT)


def height(values: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    low, high = bounds
    return HEIGHT - BOTTOM - (values - low) / (high - low) * (HEIGHT - TOP - BOTTOM)


def scale(lines: Sequence[np.ndarray]) -> tuple[float, float, np.ndarray]:
    known = np.concatenate([values[np.isfinite(values)] for values in lines])
    low, high = float(known.min()), float(known.max())
    span = (high - low) or 1.0
    step = 10.0 ** np.floor(np.log10(span / 3.0))
    step *= next(m for m in (1.0, 2.0, 5.0, 10.0) if span / (m * step) <= 6.0)
    bottom, top = low - 0.04 * span, high + 0.04 * span
    return bottom, top, np.arange(np.ceil(bottom / step), np.floor(top / step) + 1) * step + 0.0


def frame(chart: Chart, x: np.ndarray, bounds: tuple[float, float], ticks: np.ndarray) -> list[str]:
    parts = []
    for tick, y in zip(ticks.tolist(), height(ticks, bounds).tolist(), strict=True):
        label = f"{100 * tick:g} %" if chart.percent else f"{tick:g}"
        heavy = "#999" if abs(tick) < 1e-12 else "#e3e3e3"
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{heavy}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#444">{label}</text>')
    years = chart.dates.astype("datetime64[Y]").astype(int) + 1970
    every = next(n for n in (1, 2, 5, 10, 20) if (years[-1] - years[0]) / n <= 10)
    first = [k for k in range(1, len(years)) if years[k] != years[k - 1] and years[k] % every == 0]
    y = HEIGHT - BOTTOM + 34
    return [*parts, *(f'<text x="{x[k]:.1f}" y="{y}" text-anchor="middle" fill="#444">{years[k]}</text>' for k in first)]


def dashes(chart: Chart, bounds: tuple[float, float]) -> list[str]:
    shape = f'x1="{LEFT}" x2="{WIDTH - RIGHT}"'
    heights = height(np.array(chart.levels, dtype=float), bounds).tolist()
    return [f'<line {shape} y1="{y:.1f}" y2="{y:.1f}" stroke="#777" stroke-dasharray="4 3"/>' for y in heights]


def line(x: np.ndarray, values: np.ndarray, bounds: tuple[float, float], colour: str) -> str:
    path, pen = [], "M"
    for here, there, known in zip(x.tolist(), height(values, bounds).tolist(), np.isfinite(values).tolist(), strict=True):
        if known:
            path.append(f"{pen}{here:.1f} {there:.1f}")
        pen = "L" if known else "M"
    return f'<path d="{"".join(path)}" fill="none" stroke="{colour}" stroke-width="1.3"/>'


def ribbon(chart: Chart, x: np.ndarray) -> list[str]:
    y = HEIGHT - BOTTOM + 6
    edges = np.flatnonzero(np.append(True, chart.states[1:] != chart.states[:-1]))
    ends = [*x[edges[1:]].tolist(), float(x[-1])]
    cells = []
    for start, end, state in zip(x[edges].tolist(), ends, chart.states[edges].tolist(), strict=True):
        fill = chart.fill(state)
        cells.append(f'<rect x="{start:.1f}" y="{y}" width="{max(end - start, 0.4):.1f}" height="{RIBBON}" fill="{fill}"/>')
    return cells


def legend(chart: Chart) -> list[str]:
    """Lines, then the states that occur."""
    parts, at = [], 8.0
    for k, (name, _) in enumerate(chart.lines):
        parts.append(f'<line x1="{at:.1f}" x2="{at + 18:.1f}" y1="28" y2="28" stroke="{INK[k % 4]}" stroke-width="2"/>')
        parts.append(f'<text x="{at + 22:.1f}" y="32" fill="#333">{escape(name)}</text>')
        at += 34 + width(name)
    if chart.ribbon:
        parts.append(f'<text x="{at:.1f}" y="32" fill="#333">{escape(chart.ribbon)}:</text>')
        at += 10 + width(chart.ribbon)
    for state, name in (*enumerate(chart.names), (-1, "not known")):
        if (chart.states == state).any():
            box = f'width="12" height="12" fill="{chart.fill(state)}" stroke="#999" stroke-width="0.5"'
            parts.append(f'<rect x="{at:.1f}" y="22" {box}/>')
            parts.append(f'<text x="{at + 16:.1f}" y="32" fill="#333">{escape(name)}</text>')
            at += 28 + width(name)
    return parts


def width(text: str) -> float:
    """About how wide a text of 11 pixels is: capitals and m are wide, i and l are narrow."""
    return sum(9.2 if one.isupper() or one in "mw" else 4.2 if one in "ijlftr .,-:" else 6.9 for one in text)
