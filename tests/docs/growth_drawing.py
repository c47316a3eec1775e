"""Growth on a log scale with the falls below it, and a table of dots: SVG for the page on the gallery. Text stays text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from tests.docs.drawing import INK, LEFT, RIGHT, WIDTH, positions, width

RIVAL, MINUS = "#999999", "\N{MINUS SIGN}"
ROW, NAME, FALLS = 17, 196, 46  # heights and widths in pixels


@dataclass(frozen=True)
class Growth:
    """What 1 became (T,) by name, at month-ends, and the deepest fall within each month (T,) of the first two.

    `marks` are dates told by a tick below. The second line is grey where `rival` says so: the first one's benchmark.
    """

    title: str
    source: str
    dates: np.ndarray
    lines: Sequence[tuple[str, np.ndarray]]
    falls: Sequence[np.ndarray] = ()
    marks: Sequence[np.datetime64] = ()
    marked: str = ""
    rival: bool = True

    @property
    def colours(self) -> list[str]:
        return [RIVAL if self.rival and k == 1 else INK[k % len(INK)] for k in range(len(self.lines))]


def growth_svg(chart: Growth) -> str:
    """The whole picture."""
    x, bottom = positions(chart.dates), 186 if chart.falls else 232
    logs = [np.log10(values) for _, values in chart.lines]
    low, high = min(v.min() for v in logs) - 0.02, max(v.max() for v in logs) + 0.02
    drawn = list(zip(logs, chart.colours, strict=True))
    parts = [*_opening(chart.title, 270), *_legend(chart), *_levels(low, high, bottom), *_years(chart.dates, x, 256)]
    parts += [line_in(x, values, (low, high), (44, bottom), colour) for values, colour in reversed(drawn)]
    if chart.falls:
        parts += _fallen(chart, x, (bottom + 10, bottom + 10 + FALLS))
    parts += [_tick(x[int(np.searchsorted(chart.dates, mark))], bottom) for mark in chart.marks]
    return "\n".join([*parts, _source(chart.source, 266), "</svg>"]) + "\n"


def line_in(x: np.ndarray, values: np.ndarray, bounds: tuple[float, float], box: tuple[float, float], colour: str) -> str:
    """A line between the heights of `box`; as `drawing.line`, which knows one box alone."""
    heights = _height(values, bounds, box)
    path = "L".join(f"{here:.1f} {there:.1f}" for here, there in zip(x.tolist(), heights.tolist(), strict=True))
    return f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.3"/>'


@dataclass(frozen=True)
class Dots:
    """A row of a table of dots: a name, and for each column the policy's figure and its benchmark's, as fractions."""

    name: str
    pairs: Sequence[tuple[float, float]]


def dots_svg(title: str, source: str, columns: Sequence[str], rows: Sequence[Dots]) -> str:
    """A dot for each policy and a ring for its benchmark, one column a figure, on scales of their own."""
    bottom = 58 + ROW * len(rows)
    parts = [*_opening(title, bottom + 44)]
    parts += [f'<circle cx="14" cy="28" r="4" fill="{INK[0]}"/><text x="22" y="32" fill="#333">policy</text>']
    parts += [f'<circle cx="70" cy="28" r="3.5" fill="#fff" stroke="{RIVAL}"/>']
    parts += ['<text x="78" y="32" fill="#333">its benchmark, held still</text>']
    step = (WIDTH - NAME - RIGHT) / len(columns)
    for k, name in enumerate(columns):
        box = (NAME + k * step + 12, NAME + (k + 1) * step - 26)
        values = np.array([row.pairs[k] for row in rows])
        low, high, ticks = _nice(values)
        parts.append(f'<text x="{box[0]:.0f}" y="50" font-weight="bold" fill="#333">{escape(name)}</text>')
        for tick, at in zip(ticks.tolist(), _across(ticks, (low, high), box).tolist(), strict=True):
            parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="58" y2="{bottom}" stroke="#e3e3e3"/>')
            parts.append(f'<text x="{at:.1f}" y="{bottom + 14}" text-anchor="middle" fill="#444">{_percent(tick)}</text>')
        for at, pair in enumerate(_across(values, (low, high), box).tolist()):
            parts += _pair(pair, 58 + ROW * (at + 0.5))
    for at, row in enumerate(rows):
        y = 58 + ROW * (at + 0.5) + 4
        parts.append(f'<text x="{NAME}" y="{y:.1f}" text-anchor="end" fill="#222">{escape(row.name)}</text>')
    return "\n".join([*parts, _source(source, bottom + 36), "</svg>"]) + "\n"


def _percent(value: float) -> str:
    return f"{100.0 * value:g} %".replace("-", MINUS)


def _pair(pair: Sequence[float], y: float) -> list[str]:
    mine, theirs = pair
    return [
        f'<line x1="{mine:.1f}" x2="{theirs:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="#c8c8c8" stroke-width="2"/>',
        f'<circle cx="{theirs:.1f}" cy="{y:.1f}" r="3.5" fill="#fff" stroke="{RIVAL}"/>',
        f'<circle cx="{mine:.1f}" cy="{y:.1f}" r="4" fill="{INK[0]}"/>',
    ]


def _nice(values: np.ndarray) -> tuple[float, float, np.ndarray]:
    low, high = float(values.min()), float(values.max())
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2) if (high - low) / s <= 4.0)
    ticks = np.arange(np.floor(low / step), np.ceil(high / step) + 1) * step + 0.0
    return float(ticks[0]), float(ticks[-1]), ticks


def _across(values: np.ndarray, bounds: tuple[float, float], box: tuple[float, float]) -> np.ndarray:
    return box[0] + (values - bounds[0]) / (bounds[1] - bounds[0]) * (box[1] - box[0])


def _height(values: np.ndarray, bounds: tuple[float, float], box: tuple[float, float]) -> np.ndarray:
    return box[1] - (values - bounds[0]) / (bounds[1] - bounds[0]) * (box[1] - box[0])


def _opening(title: str, height: int) -> list[str]:
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"',
        ' font-family="sans-serif" font-size="11">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="8" y="16" font-size="13" font-weight="bold" fill="#222">{escape(title)}</text>',
    ]


def _source(text: str, y: int) -> str:
    return f'<text x="{WIDTH - 8}" y="{y}" text-anchor="end" font-size="9" fill="#666">{escape(text)}</text>'


def _legend(chart: Growth) -> list[str]:
    parts, at = [], 8.0
    for (name, _), colour in zip(chart.lines, chart.colours, strict=True):
        parts.append(f'<line x1="{at:.1f}" x2="{at + 18:.1f}" y1="28" y2="28" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{at + 22:.1f}" y="32" fill="#333">{escape(name)}</text>')
        at += 34 + width(name)
    if chart.marks:
        parts.append(f'<path d="M{at + 4:.1f} 24v9" stroke="{INK[1]}" stroke-width="2"/>')
        parts.append(f'<text x="{at + 10:.1f}" y="32" fill="#333">{escape(chart.marked)}</text>')
    return parts


def _levels(low: float, high: float, bottom: float) -> list[str]:
    parts = []
    for level in (0.3, 0.4, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0):
        if low <= np.log10(level) <= high:
            y = float(_height(np.log10(np.array(level)), (low, high), (44, bottom)))
            heavy = "#999" if level == 1.0 else "#e3e3e3"
            parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{heavy}"/>')
            parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#444">{level:g}</text>')
    return parts


def _years(dates: np.ndarray, x: np.ndarray, y: int) -> list[str]:
    years = dates.astype("datetime64[Y]").astype(int) + 1970
    first = [k for k in range(1, len(years)) if years[k] != years[k - 1] and years[k] % 2 == 0]
    return [f'<text x="{x[k]:.1f}" y="{y}" text-anchor="middle" fill="#444">{years[k]}</text>' for k in first]


def _fallen(chart: Growth, x: np.ndarray, box: tuple[float, float]) -> list[str]:
    """The falls below the running maximum, filled for the policy and as a line for its benchmark."""
    floor = np.floor(min(float(values.min()) for values in chart.falls) * 10.0) / 10.0
    own, *rivals = (
        line_in(x, values, (floor, 0.0), box, colour) for values, colour in zip(chart.falls, (INK[0], RIVAL), strict=False)
    )
    corners = f"L{x[-1]:.1f} {box[0]}L{x[0]:.1f} {box[0]}Z"
    area = f'<path d="{own.split(chr(34))[1]}{corners}" fill="{INK[0]}" fill-opacity="0.18"/>'
    labels = []
    for value, text in ((0.0, "0 %"), (floor, _percent(floor))):
        y = float(_height(np.array(value), (floor, 0.0), box))
        labels.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e3e3e3"/>')
        labels.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#444">{text}</text>')
    return [*labels, area, *rivals, own]


def _tick(x: float, bottom: float) -> str:
    return f'<path d="M{x:.1f} {bottom}v-9" stroke="{INK[1]}" stroke-width="2"/>'
