"""The picture of docs/economics.md: `python -m tests.docs.economics_pictures` draws it anew, from the sample overlay."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from pathlib import Path

import numpy as np

import trimtab
from tests.docs.drawing import HEIGHT, INK, LEFT, RIGHT, STATES, TOP, WIDTH, scale, width
from tests.docs.friction_pictures import head, label, rule, text
from tests.docs.pages import ROOT
from trimtab.core.money import Money, decimal_of
from trimtab.governance.economics import Economics

FOLDER = ROOT / "docs" / "_static" / "economics"
TITLE = "{data:,.0f} USD of data a year are paid for from {even:.1f} million on, and hardly felt above a hundred"
DATA = 30_000
SIZES = np.logspace(6.0, 9.0, 61)
MARKS = ((1e6, "1 million"), (1e7, "10 million"), (1e8, "100 million"), (1e9, "1 billion"))
FLOOR = HEIGHT - 44.0


def economics() -> Economics:
    """The sample overlay with data for 30,000 USD a year, of 5 million."""
    return trimtab.economics("trend-overlay", aum="5m", data_cost=DATA).found.economics


def nets(one: Economics) -> np.ndarray:
    """(3, S) net benefit in percent a year at each size: expected, and the ends of its interval."""
    rows = []
    for size in SIZES.tolist():
        there = replace(one, assets=Money(decimal_of(size), one.assets.currency))
        rows.append([100.0 * float(value) for value in (there.net, *there.interval)])
    return np.array(rows).T


def picture(one: Economics) -> str:
    """Net benefit by size, its interval as a band, and where it is nothing."""
    found, even = nets(one), float(one.break_even or 0)
    low, high, ticks = -2.8, 1.0, scale([np.array([-2.8, 1.0])])[2]
    parts = head(TITLE.format(data=DATA, even=even / 1e6), "Data: sample policy trend-overlay, 1927-2018, before taxes")
    for tick in [one for one in ticks.tolist() if low <= one <= high]:
        y = place(np.array([tick]), low, high)[0]
        zero = abs(tick) < 1e-9
        parts.append(rule(LEFT, WIDTH - RIGHT, y, "#999" if zero else "#e3e3e3"))
        parts.append(label(LEFT - 6, y + 4, "0 %" if zero else f"{tick:+.1f} %"))
    x = across(SIZES)
    for size, said in MARKS:
        parts.append(text(float(np.clip(across(np.array([size]))[0], LEFT + 20, WIDTH - RIGHT - 26)), FLOOR + 16, said))
    band = [*zip(x, place(found[2], low, high), strict=True), *reversed(list(zip(x, place(found[1], low, high), strict=True)))]
    inside = " ".join(f"{a:.1f},{b:.1f}" for a, b in band)
    parts.append(f'<polygon points="{inside}" fill="{STATES[0]}" fill-opacity="0.6"/>')
    line = "".join(
        f"{'M' if k == 0 else 'L'}{a:.1f} {b:.1f}" for k, (a, b) in enumerate(zip(x, place(found[0], low, high), strict=True))
    )
    parts.append(f'<path d="{line}" fill="none" stroke="{INK[0]}" stroke-width="1.6"/>')
    here, level = across(np.array([even]))[0], place(np.array([0.0]), low, high)[0]
    parts.append(f'<circle cx="{here:.1f}" cy="{level:.1f}" r="4" fill="{INK[1]}"/>')
    parts.append(text(here + 10, level + 18, f"break-even, {even / 1e6:.1f} million USD", "start"))
    return "\n".join([*parts, *legend(), "</svg>"]) + "\n"


def legend() -> list[str]:
    """The line and the band."""
    name = "net benefit a year, by assets"
    second = 8.0 + 34 + width(name)
    return [
        f'<line x1="8" x2="26" y1="28" y2="28" stroke="{INK[0]}" stroke-width="2"/>',
        f'<text x="30" y="32" fill="#333">{escape(name)}</text>',
        f'<rect x="{second:.1f}" y="22" width="12" height="12" fill="{STATES[0]}"/>',
        f'<text x="{second + 16:.1f}" y="32" fill="#333">its 90 % interval</text>',
    ]


def across(sizes: np.ndarray) -> list[float]:
    part = np.log(sizes / SIZES[0]) / np.log(SIZES[-1] / SIZES[0])
    return (LEFT + part * (WIDTH - LEFT - RIGHT)).tolist()  # type: ignore[no-any-return]


def place(values: np.ndarray, low: float, high: float) -> list[float]:
    part = (np.clip(values, low, high) - low) / (high - low)
    return (FLOOR - part * (FLOOR - TOP)).tolist()  # type: ignore[no-any-return]


def draw(folder: Path = FOLDER) -> list[Path]:
    """Write the picture."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "net-by-size.svg").write_text(picture(economics()), encoding="utf-8")
    return [folder / "net-by-size.svg"]


if __name__ == "__main__":
    draw()
