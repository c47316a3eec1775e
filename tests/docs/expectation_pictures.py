"""The picture of docs/expectations.md: `python -m tests.docs.expectation_pictures` draws it anew."""

from __future__ import annotations

from functools import cache
from html import escape

import numpy as np

import trimtab
from tests.docs.drawing import HEIGHT, INK, LEFT, RIGHT, TOP, WIDTH
from tests.docs.pages import ROOT

FOLDER = ROOT / "docs" / "_static" / "expectations"
POLICY, PATHS, YEARS, SEED = "trend-overlay", 1000, 10, 1
BANDS = ((5.0, 95.0), (25.0, 75.0))
TITLE = "After ten years nine of ten histories hold between {low:.1f} and {high:.1f} times the money put in"
_FLOOR = HEIGHT - 44.0


@cache
def expected() -> trimtab.Expectation:
    """What the page asks for on its first line."""
    return trimtab.expect(POLICY, futures=trimtab.Futures(years=YEARS, seed=SEED, paths=PATHS))


def fan() -> str:
    """Median and bands of wealth by year, on a log scale."""
    wealth = expected().wealth
    ends = wealth.iloc[-1]
    title = TITLE.format(low=ends[5.0], high=ends[95.0])
    low, high = np.log(0.7), np.log(6.0)
    x = LEFT + np.concatenate([[0], wealth.index.to_numpy()]) / (12 * YEARS) * (WIDTH - LEFT - RIGHT - 60)
    heights = {
        level: _FLOOR - (np.log(np.concatenate([[1.0], wealth[level].to_numpy()])) - low) / (high - low) * (_FLOOR - TOP)
        for level in (5.0, 25.0, 50.0, 75.0, 95.0)
    }
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"',
        ' font-family="sans-serif" font-size="11">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="8" y="16" font-size="13" font-weight="bold" fill="#222">{escape(title)}</text>',
    ]
    for tick in (1, 2, 4):
        y = _FLOOR - (np.log(tick) - low) / (high - low) * (_FLOOR - TOP)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e3e3e3"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#444">{tick}</text>')
    for (below, above), fill in zip(BANDS, ("#dce7f1", "#b9cfe4"), strict=True):
        upper = [f"{a:.1f},{b:.1f}" for a, b in zip(x, heights[above], strict=True)]
        lower = [f"{a:.1f},{b:.1f}" for a, b in zip(x[::-1], heights[below][::-1], strict=True)]
        parts.append(f'<polygon points="{" ".join([*upper, *lower])}" fill="{fill}"/>')
    middle = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, heights[50.0], strict=True))
    parts.append(f'<polyline points="{middle}" fill="none" stroke="{INK[0]}" stroke-width="2"/>')
    for level, values in heights.items():
        words = "median" if level == 50.0 else f"{level:g} of 100"
        parts.append(f'<text x="{x[-1] + 4:.1f}" y="{values[-1] + 4:.1f}" fill="#444">{words}</text>')
    for year in range(0, YEARS + 1, 2):
        at = LEFT + year / YEARS * (WIDTH - LEFT - RIGHT - 60)
        parts.append(f'<text x="{at:.1f}" y="{_FLOOR + 16:.1f}" text-anchor="middle" fill="#444">{year}</text>')
    source = f"60/40 with a trend overlay, {PATHS:,} histories drawn from 1926-2018; years since launch, wealth from 1, log"
    parts.append(f'<text x="{WIDTH - 8}" y="{HEIGHT - 6}" text-anchor="end" font-size="9" fill="#666">{source}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


PICTURES = {"fan": fan}

if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        (FOLDER / f"{name}.svg").write_text(draw(), encoding="utf-8", newline="\n")
