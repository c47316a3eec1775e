"""The pictures of docs/limits.md, docs/reachers.md and docs/costs.md: `python -m tests.docs.friction_pictures` draws them anew.

Every number in them is worked out by the component that the page is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np

import trimtab
from tests.docs.drawing import BOTTOM, HEIGHT, INK, LEFT, RIGHT, STATES, TOP, WIDTH, Chart, line, scale, svg, width
from tests.docs.pages import ROOT
from trimtab.construction.admit import admit
from trimtab.construction.limits import MaxWeight, Of
from trimtab.core.frictions import CostModel
from trimtab.core.rules import Rule, Rules
from trimtab.core.values import Asset, Dealing
from trimtab.costs.almgren import AlmgrenThum
from trimtab.costs.impact import Impact
from trimtab.costs.trading import Linear

FOLDER = ROOT / "docs" / "_static" / "frictions"

# A cap on a class.

UNIVERSE = tuple(
    Asset(name, name, kind)
    for name, kind in (("TECH", "cyclical"), ("RETAIL", "cyclical"), ("POWER", "defensive"), ("FOOD", "defensive"))
)
AIM = np.array([0.30, 0.25, 0.20, 0.15])
CAP = 0.40


def capped() -> np.ndarray:
    """The goal (A,) for AIM where cyclical assets together are at most CAP."""
    limit = MaxWeight(CAP, of=Of.CLASS, only=("cyclical",), universe=UNIVERSE)
    return np.asarray(admit(AIM[np.newaxis], Rules((Rule(limit),), len(UNIVERSE))).weights[0])


def cap_picture() -> str:
    """Bars of aim and goal, cash among them."""
    pairs = [np.append(weights, 1.0 - weights.sum()) for weights in (AIM, capped())]
    names = [*(asset.id for asset in UNIVERSE), "cash"]
    parts = head("Both cyclicals give way by the same step, and everything else takes up the same", "aim 30 / 25 / 20 / 15 %")
    step = (WIDTH - LEFT - RIGHT) / len(names)
    floor, high = HEIGHT - 44.0, 0.35
    for k, tick in enumerate((0.0, 0.1, 0.2, 0.3)):
        y = floor - tick / high * (floor - TOP)
        parts += [rule(LEFT, WIDTH - RIGHT, y, "#999" if k == 0 else "#e3e3e3"), label(LEFT - 6, y + 4, f"{100 * tick:g} %")]
    for k, name in enumerate(names):
        for n, weights in enumerate(pairs):
            x, size = LEFT + k * step + 30 + n * 46, float(weights[k]) / high * (floor - TOP)
            fill = (STATES[0], INK[0])[n]
            parts.append(f'<rect x="{x:.1f}" y="{floor - size:.1f}" width="40" height="{size:.1f}" fill="{fill}"/>')
            parts.append(text(x + 20, floor - size - 4, f"{100 * weights[k]:.1f}"))
        parts.append(text(LEFT + (k + 0.5) * step, floor + 16, f"{name}{', cyclical' if k < 2 else ''}"))
    return "\n".join([*parts, *keys((("aim", STATES[0]), ("goal: cyclical at most 40 %", INK[0]))), "</svg>"]) + "\n"


# No-trade bands.

BANDS = {"target": {"each": 0.05}, "half": {"each": 0.05, "to": "half"}, "edge": {"each": 0.05, "to": "edge"}}

WAYS = {"target": "weight of shares, trading to the target", "half": "half-way", "edge": "to the edge of the band"}


def banded(**band: object) -> trimtab.Backtest:
    """60 % shares and 40 % bills, month by month from 1990 to 2018, within a band of a reacher."""
    values = {
        "trimtab": 1,
        "name": "banded",
        "start": "1990-01-31",
        "universe": {"STOCKS": {"series": "us_equity"}, "BILLS": {"series": "bills"}},
        "benchmark": {"STOCKS": 0.6, "BILLS": 0.4},
        "reacher": {"use": "pace", **band},
        "costs": {"use": "linear", "bps": 10},
        "schedule": {"trade": "next_observation"},
    }
    return trimtab.backtest(values, vs=[])


def band_picture() -> str:
    """The weight of shares under three ways to trade once the band is left."""
    weights = {name: banded(**band).weights["STOCKS"]["2005-01-01":"2013-12-31"] for name, band in BANDS.items()}  # type: ignore[misc]
    dates = next(iter(weights.values())).index.to_numpy()
    lines = [(WAYS[name], held.to_numpy()) for name, held in weights.items()]
    title = "1990-2018 a band of 5 % turned over 3.6 % a year to the target, 2.4 % to its edge; no band 9.5 %"
    source = "Data: US equity and bills (Kenneth French), 60/40, band of 5 % each way; drawn: month-ends 2005-2013"
    still = np.full(len(dates), -1)
    drawn = svg(Chart(title, source, dates, lines, still, (), percent=True, levels=(0.55, 0.60, 0.65)))
    kept = [
        part for part in drawn.split("\n") if 'height="14"' not in part and "not known" not in part and 'y="22"' not in part
    ]
    return "\n".join(kept)


# The cost of a trade by its size.

SHARES = np.geomspace(1e-4, 1.0, 81)  # of a day's traded value
MARKET = Dealing(np.array([1e8]), np.array([0.02]))  # a day trades 100 million, at 2 % a day
COSTS: tuple[tuple[str, CostModel], ...] = (
    ("linear, 5 bps", Linear(bps=5.0)),
    ("impact, y = 1", Impact()),
    ("almgren_thum over a day, outstanding 250", AlmgrenThum(outstanding=250.0)),
)


def cost_bps(model: CostModel, shares: np.ndarray = SHARES) -> np.ndarray:
    """Basis points of the traded value, by the share of a day's value that is traded."""
    traded = shares * MARKET.adv[0]
    return np.asarray(1e4 * model.charge(traded[:, np.newaxis], MARKET)[:, 0] / traded)


def cost_picture() -> str:
    """Lines over a logarithmic scale of sizes."""
    curves = [(name, cost_bps(model)) for name, model in COSTS]
    low, high, ticks = scale([values for _, values in curves])
    x = LEFT + (np.log10(SHARES) + 4.0) / 4.0 * (WIDTH - LEFT - RIGHT)
    parts = head("A tenth of a day's trading costs 63 bps by the square-root law, a hundredth 20", "volatility of 2 % a day")
    for tick in ticks.tolist():
        y = HEIGHT - BOTTOM - (tick - low) / (high - low) * (HEIGHT - TOP - BOTTOM)
        parts += [rule(LEFT, WIDTH - RIGHT, y, "#999" if tick == 0.0 else "#e3e3e3"), label(LEFT - 6, y + 4, f"{tick:g}")]
    for k, share in enumerate((1e-4, 1e-3, 1e-2, 1e-1, 1.0)):
        anchor = "end" if k == 4 else "middle"
        place = LEFT + k / 4.0 * (WIDTH - LEFT - RIGHT)
        parts.append(text(place, HEIGHT - BOTTOM + 16, f"{100 * share:g} %", anchor))
    parts.append(text((LEFT + WIDTH) / 2.0, HEIGHT - BOTTOM + 32, "share of a day's traded value", "middle"))
    parts += [line(x, values, (low, high), INK[k]) for k, (_, values) in enumerate(curves)]
    return "\n".join([*parts, *keys([(f"{name}", INK[k]) for k, (name, _) in enumerate(curves)], "bps"), "</svg>"]) + "\n"


# Parts of a picture.


def head(title: str, source: str) -> list[str]:
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"',
        ' font-family="sans-serif" font-size="11">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="8" y="16" font-size="13" font-weight="bold" fill="#222">{escape(title)}</text>',
        f'<text x="{WIDTH - 8}" y="{HEIGHT - 6}" text-anchor="end" font-size="9" fill="#666">{escape(source)}</text>',
    ]


def keys(named: Sequence[tuple[str, str]], unit: str = "") -> list[str]:
    parts, at = [], 8.0
    if unit:
        parts.append(f'<text x="{at:.1f}" y="32" fill="#333">{escape(unit)}:</text>')
        at += 14 + width(unit)
    for name, fill in named:
        parts.append(f'<rect x="{at:.1f}" y="22" width="12" height="12" fill="{fill}"/>')
        parts.append(f'<text x="{at + 16:.1f}" y="32" fill="#333">{escape(name)}</text>')
        at += 30 + width(name)
    return parts


def rule(left: float, right: float, y: float, stroke: str) -> str:
    return f'<line x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="{stroke}"/>'


def label(x: float, y: float, said: str) -> str:
    return text(x, y, said, "end")


def text(x: float, y: float, said: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#444">{escape(said)}</text>'


PICTURES = {"class-cap": cap_picture, "bands": band_picture, "cost-by-size": cost_picture}


def draw(folder: Path = FOLDER) -> list[Path]:
    """Write every picture; the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in PICTURES.items():
        (folder / f"{name}.svg").write_text(picture(), encoding="utf-8")
    return [folder / f"{name}.svg" for name in PICTURES]


if __name__ == "__main__":
    draw()
