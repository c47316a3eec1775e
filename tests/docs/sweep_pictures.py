"""The picture of docs/sweeps.md: `python -m tests.docs.sweep_pictures` draws it anew, from a sweep of a sample policy."""

from __future__ import annotations

import tempfile
from html import escape
from pathlib import Path

import numpy as np

import trimtab
from tests.docs.drawing import HEIGHT, LEFT, RIGHT, TOP, WIDTH
from tests.docs.friction_pictures import head, label, text
from tests.docs.pages import ROOT

FOLDER = ROOT / "docs" / "_static" / "sweeps"
AVERAGE, LOOKBACK = "signals.average.window", "signals.momentum.lookback"
MONTHS = (3, 6, 9, 12, 18)
TITLE = "Every pair of windows lies between {low:.2f} and {high:.2f}: a plateau, where the peak means little"


def surface() -> np.ndarray:
    """Sharpe ratios (W, L) of ten-month timing of shares by windows of its average and lookbacks of its momentum."""
    grid = {name: [f"{count}M" for count in MONTHS] for name in (AVERAGE, LOOKBACK)}
    with tempfile.TemporaryDirectory() as folder:
        swept = trimtab.Workspace(folder).sweep("trend-overlay", grid)
        assert not swept.review.result.failed
        return np.asarray(swept.frame["sharpe"].to_numpy()).reshape(len(MONTHS), len(MONTHS))


def picture(found: np.ndarray) -> str:
    """A cell a pair, darker where the Sharpe ratio is higher, with its number."""
    low, high = float(found.min()), float(found.max())
    source = "Data: sample policy trend-overlay, 1926-2018, after costs; Sharpe ratio a year"
    parts = head(TITLE.format(low=low, high=high), source)
    wide, tall = (WIDTH - LEFT - RIGHT) / len(MONTHS), (HEIGHT - TOP - 44.0) / len(MONTHS)
    parts.append(
        f'<text x="8" y="32" fill="#333">{escape("down: lookback of the momentum, across: window of the average")}</text>'
    )
    for row, months in enumerate(MONTHS):
        y = TOP + row * tall
        parts.append(label(LEFT - 6, y + tall / 2 + 4, f"{months}M"))
        parts.append(text(LEFT + (row + 0.5) * wide, HEIGHT - 44.0 + 16, f"{months}M"))
        for column in range(len(MONTHS)):
            value, x = float(found[column, row]), LEFT + column * wide
            fill, ink = shade((value - low) / ((high - low) or 1.0))
            box = f'width="{wide:.1f}" height="{tall:.1f}" fill="{fill}" stroke="#fff"'
            parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" {box}/>')
            written = f'x="{x + wide / 2:.1f}" y="{y + tall / 2 + 4:.1f}" text-anchor="middle" fill="{ink}"'
            parts.append(f"<text {written}>{value:.2f}</text>")
    return "\n".join([*parts, "</svg>"]) + "\n"


def shade(part: float) -> tuple[str, str]:
    """From pale to dark blue, and the colour of a number on it."""
    pale, dark = np.array([0xE8, 0xEF, 0xF7]), np.array([0x1F, 0x4E, 0x79])
    red, green, blue = (round(channel) for channel in (pale + part * (dark - pale)).tolist())
    return f"#{red:02x}{green:02x}{blue:02x}", "#fff" if part > 0.5 else "#222"


def draw(folder: Path = FOLDER) -> list[Path]:
    """Write the picture."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "surface.svg").write_text(picture(surface()), encoding="utf-8")
    return [folder / "surface.svg"]


if __name__ == "__main__":
    draw()
