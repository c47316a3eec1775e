"""Shapes for the documentation beside the lines of `drawing`: stacked bars, stacked areas, and trees of clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from tests.docs.drawing import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, positions, width

FILLS = ("#b9cfe4", "#e9b58f", "#a9cba4", "#d6c3e6", "#f2dc9b", "#c9c9c9")
BAR, GAP, LABEL, NOTE = 20, 9, 170, 130
NARROW = 0.045  # a part smaller than this holds no number


@dataclass(frozen=True)
class Bar:
    """Shares (n,) of one bar, which sum to 1, what stands left of it and what right."""

    label: str
    shares: Sequence[float]
    note: str = ""


def bars(title: str, source: str, names: Sequence[str], rows: Sequence[Bar]) -> str:
    """Horizontal bars of shares, each part with its per cent."""
    high = 48 + len(rows) * (BAR + GAP) + 18
    whole = WIDTH - LABEL - NOTE
    parts = [*head(title, source, high), *legend(names)]
    for k, row in enumerate(rows):
        y, x = 44 + k * (BAR + GAP), float(LABEL)
        parts.append(f'<text x="{LABEL - 8}" y="{y + 14}" text-anchor="end" fill="#222">{escape(row.label)}</text>')
        for n, share in enumerate(row.shares):
            size = share * whole
            parts.append(f'<rect x="{x:.1f}" y="{y}" width="{size:.1f}" height="{BAR}" fill="{FILLS[n]}"/>')
            if share > NARROW:
                middle = x + size / 2.0
                parts.append(f'<text x="{middle:.1f}" y="{y + 14}" text-anchor="middle" fill="#222">{100 * share:.1f}</text>')
            x += size
        parts.append(f'<text x="{LABEL + whole + 8}" y="{y + 14}" fill="#444">{escape(row.note)}</text>')
    return finished(parts)


def areas(title: str, source: str, dates: np.ndarray, bands: Sequence[tuple[str, np.ndarray]]) -> str:
    """Bands (T,) by name on top of each other, from 0 to 100 %."""
    x = positions(dates)
    edges = np.cumsum([np.zeros(len(x)), *(values for _, values in bands)], axis=0)
    floor, top = HEIGHT - BOTTOM + 10.0, float(TOP)
    y = floor - edges * (floor - top)
    parts = [*head(title, source, HEIGHT), *legend([name for name, _ in bands])]
    for n in range(len(bands)):
        ring = [*zip(x, y[n + 1], strict=True), *zip(x[::-1], y[n][::-1], strict=True)]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in ring)
        parts.append(f'<polygon points="{path}" fill="{FILLS[n]}"/>')
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        at = floor - tick * (floor - top)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#999" stroke-width="0.4"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end" fill="#444">{100 * tick:g} %</text>')
    years = dates.astype("datetime64[Y]").astype(int) + 1970
    first = (np.flatnonzero(years[1:] != years[:-1]) + 1).tolist()
    shape = f'y="{floor + 16:.1f}" text-anchor="middle" fill="#444"'
    return finished([*parts, *(f'<text x="{x[k]:.1f}" {shape}>{years[k]}</text>' for k in first)])


@dataclass(frozen=True)
class Clusters:
    """A tree as a picture: its name, the names of the leaves from left to right with a note each, and its mergers.

    A merger is (left, right, height), numbered as `Tree` numbers them; `order` are the leaves from left to right.
    """

    title: str
    names: Sequence[str]
    notes: Sequence[str]
    order: Sequence[int]
    mergers: Sequence[tuple[int, int, float]]


def trees(title: str, source: str, each: Sequence[Clusters]) -> str:
    """Trees side by side, on one scale of heights."""
    parts = head(title, source, HEIGHT)
    most = max(height for tree in each for _, _, height in tree.mergers)
    room = (WIDTH - 16.0) / len(each)
    for k, tree in enumerate(each):
        parts += _tree(tree, 8.0 + k * room, room, most)
    return finished(parts)


def _tree(tree: Clusters, start: float, room: float, most: float) -> list[str]:
    floor, top, step = HEIGHT - 62.0, 50.0, (room - 20.0) / len(tree.order)
    parts = [f'<text x="{start}" y="36" fill="#333">{escape(tree.title)}</text>']
    at = {leaf: (start + (k + 0.5) * step, floor) for k, leaf in enumerate(tree.order)}
    for number, (left, right, height) in enumerate(tree.mergers, len(tree.order)):
        (a, below), (b, beside) = at[left], at[right]
        y = floor - height / most * (floor - top)
        parts.append(
            f'<path d="M{a:.1f} {below:.1f}L{a:.1f} {y:.1f}L{b:.1f} {y:.1f}L{b:.1f} {beside:.1f}"'
            ' fill="none" stroke="#1f4e79" stroke-width="1.3"/>'
        )
        at[number] = ((a + b) / 2.0, y)
    for k in range(len(tree.order)):
        x = start + (k + 0.5) * step
        parts.append(f'<text x="{x:.1f}" y="{floor + 16:.1f}" text-anchor="middle" fill="#222">{tree.names[k]}</text>')
        parts.append(f'<text x="{x:.1f}" y="{floor + 32:.1f}" text-anchor="middle" fill="#666">{tree.notes[k]}</text>')
    return parts


def head(title: str, source: str, high: float) -> list[str]:
    """The opening of a picture, its title and where its numbers come from."""
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {high:g}" role="img"',
        ' font-family="sans-serif" font-size="11">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{high:g}" fill="#ffffff"/>',
        f'<text x="8" y="16" font-size="13" font-weight="bold" fill="#222">{escape(title)}</text>',
        f'<text x="{WIDTH - 8}" y="{high - 6:g}" text-anchor="end" font-size="9" fill="#666">{escape(source)}</text>',
    ]


def legend(names: Sequence[str]) -> list[str]:
    """A box and a name for each part."""
    parts, at = [], 8.0
    for n, name in enumerate(names):
        parts.append(f'<rect x="{at:.1f}" y="22" width="12" height="12" fill="{FILLS[n]}" stroke="#999" stroke-width="0.5"/>')
        parts.append(f'<text x="{at + 16:.1f}" y="32" fill="#333">{escape(name)}</text>')
        at += 28 + width(name)
    return parts


def finished(parts: Sequence[str]) -> str:
    """The whole picture as text."""
    return "\n".join([*parts, "</svg>"]) + "\n"
