"""The way from the benchmark's return to the portfolio's, and effects over time: SVG for the page on why. Text stays text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from tests.docs.drawing import INK, LEFT, RIGHT, WIDTH, positions, width
from tests.docs.shapes import finished, head

MINUS = "\N{MINUS SIGN}"
TOTAL, GRID = "#222222", "#e3e3e3"
NAME, FIGURE, ROW, TOP = 214, 64, 22, 46  # widths and heights in pixels
HIGH, FOOT = 300, 40  # of the picture over time


@dataclass(frozen=True)
class Move:
    """A step of the way: what it is, how much it adds (a fraction), and the number of its group."""

    label: str
    size: float
    group: int


@dataclass(frozen=True)
class Way:
    """From `start` over the moves to the end, which is their sum; `ends` name the two, `groups` the groups."""

    title: str
    source: str
    ends: tuple[str, str]
    groups: Sequence[str]
    start: float
    moves: Sequence[Move]

    @property
    def heights(self) -> np.ndarray:
        """(M + 1,) where one stands after each move."""
        return self.start + np.concatenate([[0.0], np.cumsum([move.size for move in self.moves])])


def waterfall(way: Way) -> str:
    """The whole picture: a line for either end, a bar for each move, and what it brought on the right."""
    at, count = way.heights, len(way.moves)
    low, high, ticks = nice(at)
    x = NAME + (at - low) / (high - low) * (WIDTH - NAME - FIGURE - 14)
    bottom = TOP + ROW * (count + 2)
    used = [g for g in range(len(way.groups)) if any(move.group == g for move in way.moves)]
    parts = [*head(way.title, way.source, bottom + 36), *boxes([(way.groups[g], INK[g]) for g in used])]
    for tick in ticks.tolist():
        here = NAME + (tick - low) / (high - low) * (WIDTH - NAME - FIGURE - 14)
        parts.append(f'<line x1="{here:.1f}" x2="{here:.1f}" y1="{TOP}" y2="{bottom}" stroke="{GRID}"/>')
        parts.append(f'<text x="{here:.1f}" y="{bottom + 14}" text-anchor="middle" fill="#444">{percent(tick)}</text>')
    parts += _end(way.ends[0], float(at[0]), float(x[0]), TOP)
    for k, move in enumerate(way.moves):
        parts += _move(move, (float(x[k]), float(x[k + 1])), TOP + ROW * (k + 1))
    return finished([*parts, *_end(way.ends[1], float(at[-1]), float(x[-1]), TOP + ROW * (count + 1))])


def _end(name: str, value: float, x: float, y: float) -> list[str]:
    """A dot, not a bar: the axis does not begin at nought."""
    middle = y + ROW / 2
    return [
        f'<text x="{NAME - 10}" y="{middle + 4}" text-anchor="end" font-weight="bold" fill="#222">{escape(name)}</text>',
        f'<circle cx="{x:.1f}" cy="{middle}" r="5" fill="{TOTAL}"/>',
        f'<text x="{WIDTH - 10}" y="{middle + 4}" text-anchor="end" font-weight="bold" fill="#222">{percent(value, 2)}</text>',
    ]


def _move(move: Move, ends: tuple[float, float], y: float) -> list[str]:
    start, end = ends
    size, middle = max(abs(end - start), 1.0), y + ROW / 2
    return [
        f'<line x1="{start:.1f}" x2="{start:.1f}" y1="{y - ROW / 2}" y2="{middle}" stroke="#888" stroke-width="0.8"/>',
        f'<rect x="{min(start, end):.1f}" y="{y + 4}" width="{size:.1f}" height="{ROW - 8}" fill="{INK[move.group]}"/>',
        f'<line x1="{end:.1f}" x2="{end:.1f}" y1="{middle}" y2="{y + ROW + 4}" stroke="#888" stroke-width="0.8"/>',
        f'<text x="{NAME - 10}" y="{middle + 4}" text-anchor="end" fill="#222">{escape(move.label)}</text>',
        f'<text x="{WIDTH - 10}" y="{middle + 4}" text-anchor="end" fill="#222">{signed(move.size)}</text>',
    ]


@dataclass(frozen=True)
class Mark:
    """A numbered point: on which date (its number), and whether the effect was above zero."""

    at: int
    helped: bool


@dataclass(frozen=True)
class Course:
    """Cumulated effects (T,) by name over dates (T,), as logs; the whole first. Marks are numbered from 1, on the second.

    Heights are logs, so that effects add up; the levels beside them are what the logs stand for, per cent ahead or behind.
    """

    title: str
    source: str
    dates: np.ndarray
    lines: Sequence[tuple[str, np.ndarray]]
    colours: Sequence[str]
    marks: Sequence[Mark] = ()
    marked: str = ""


def course_svg(chart: Course) -> str:
    """The whole picture."""
    x, bottom = positions(chart.dates), HIGH - FOOT
    low, high, levels = level(np.concatenate([values for _, values in chart.lines]))
    ticks = np.log1p(levels)

    def up(values: np.ndarray) -> np.ndarray:
        return bottom - (values - low) / (high - low) * (bottom - TOP)

    parts = [*head(chart.title, chart.source, HIGH)]
    parts += boxes([(name, colour) for (name, _), colour in zip(chart.lines, chart.colours, strict=True)], note=chart.marked)
    for tick, y in zip(levels.tolist(), up(ticks).tolist(), strict=True):
        heavy = "#999" if abs(tick) < 1e-12 else GRID
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{heavy}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#444">{percent(tick)}</text>')
    years = chart.dates.astype("datetime64[Y]").astype(int) + 1970
    first = [k for k in range(1, len(years)) if years[k] != years[k - 1] and years[k] % 2 == 0]
    parts += [f'<text x="{x[k]:.1f}" y="{bottom + 16}" text-anchor="middle" fill="#444">{years[k]}</text>' for k in first]
    for (_, values), colour in reversed(list(zip(chart.lines, chart.colours, strict=True))):
        path = "L".join(f"{here:.1f} {there:.1f}" for here, there in zip(x.tolist(), up(values).tolist(), strict=True))
        thick = 2.2 if colour == TOTAL else 1.5
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="{thick}"/>')
    for number, mark in enumerate(chart.marks, 1):
        parts += _mark(number, float(x[mark.at]), float(up(chart.lines[1][1])[mark.at]), helped=mark.helped)
    return finished(parts)


def _mark(number: int, x: float, y: float, *, helped: bool) -> list[str]:
    """A number in a circle beside the line: left above where it helped, right below where it hurt."""
    dx, dy = (-12, -12) if helped else (12, 14)
    return [
        f'<line x1="{x:.1f}" x2="{x + dx:.1f}" y1="{y:.1f}" y2="{y + dy:.1f}" stroke="{INK[0]}"/>',
        f'<circle cx="{x + dx:.1f}" cy="{y + dy:.1f}" r="7.5" fill="#fff" stroke="{INK[0]}"/>',
        f'<text x="{x + dx:.1f}" y="{y + dy + 4:.1f}" text-anchor="middle" font-weight="bold" fill="{INK[0]}">{number}</text>',
    ]


def boxes(names: Sequence[tuple[str, str]], *, note: str = "") -> list[str]:
    """A box and a name for each colour, and a note behind them."""
    parts, at = [], 8.0
    for name, colour in names:
        parts.append(f'<rect x="{at:.1f}" y="23" width="11" height="11" fill="{colour}"/>')
        parts.append(f'<text x="{at + 15:.1f}" y="32" fill="#333">{escape(name)}</text>')
        at += 27 + width(name)
    return [*parts, f'<text x="{at:.1f}" y="32" fill="#666">{escape(note)}</text>'] if note else parts


def nice(values: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Bounds and ticks around values, at most seven steps of a round size."""
    low, high = float(values.min()), float(values.max())
    step = next(s for s in (0.001, 0.002, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if (high - low) / s <= 7.0)
    ticks = np.arange(np.floor(low / step), np.ceil(high / step) + 1) * step + 0.0
    return float(ticks[0]), float(ticks[-1]), ticks


def level(logs: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Bounds, as logs, and round levels, as fractions, around `logs`."""
    *_, levels = nice(np.expm1(logs))
    levels = levels[levels > -1.0]
    return float(np.log1p(levels[0])), float(np.log1p(levels[-1])), levels


def percent(value: float, digits: int | None = None) -> str:
    """A fraction as a percentage, with as many digits as it needs, or `digits`."""
    written = f"{100.0 * value:g} %" if digits is None else f"{100.0 * value:.{digits}f} %"
    return written.replace("-", MINUS)


def signed(value: float) -> str:
    """A fraction as a percentage with its sign and two digits; one that is nought at them has none."""
    written = f"{100.0 * value:+.2f}"
    return written.lstrip("+-") if written.strip("+-") == "0.00" else written.replace("-", MINUS)
