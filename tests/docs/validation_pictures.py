"""The pictures of docs/validation.md: `python -m tests.docs.validation_pictures` draws them anew.

Both are worked out by the checks themselves: the surface of ten-month timing on the sample data, and what becomes of the best
of one half of history in the other, for that rule and for noise.
"""

from __future__ import annotations

from functools import cache
from html import escape

import numpy as np

import trimtab
from tests.docs.drawing import HEIGHT, INK, STATES
from tests.docs.pages import ROOT
from tests.docs.shapes import finished, head
from trimtab.desk.backtest import backtest
from trimtab.desk.evidence import Evidence, evidence
from trimtab.desk.grid import Grid
from trimtab.desk.prepare import load_market
from trimtab.desk.tried import tried
from trimtab.validation.overfitting import Overfitting, probability_of_overfitting

FOLDER = ROOT / "docs" / "_static" / "validation"
WINDOWS = tuple(range(2, 25))
OWN, BLOCKS = 10, 8  # months; 70 halves are dots enough
SOURCE = "ten-month timing, sample data, 1928 to 2018"
LEFT, TOP, FLOOR, WIDTH = 54.0, 46.0, HEIGHT - 44.0, 760.0


@cache
def found() -> Evidence:
    """Ten-month timing and all its windows."""
    policy = trimtab.load_policy("ten-month-timing")
    result = backtest(policy, load_market(policy))
    return evidence(result, tried(result, Grid.parse([f"signals.average.window={WINDOWS[0]}M..{WINDOWS[-1]}M"])), seed=1)


@cache
def ratios() -> dict[int, float]:
    """Sharpe ratio over the benchmark a year by window."""
    have = zip(found().tried.points, found().per_variant.tolist(), strict=True)
    return {int(str(point.get("signals.average.window", f"{OWN}M"))[:-1]): ratio for point, ratio in have}


@cache
def halves() -> tuple[Overfitting, Overfitting]:
    """The rule over its windows, and as many strangers without merit over as many months."""
    months, variants = found().active.shape
    noise = np.random.default_rng(1).normal(0.0, 0.01, (months, variants))
    return probability_of_overfitting(found().active, blocks=BLOCKS), probability_of_overfitting(noise, blocks=BLOCKS)


def surface_picture() -> str:
    """A bar a window, the policy's own darker."""
    parts = head("Every window beats the benchmark, and the neighbours of ten months are as good", SOURCE, HEIGHT)
    have = ratios()
    step, high = (WIDTH - LEFT - 12.0) / len(have), 0.5
    for tick in (0.0, 0.1, 0.2, 0.3, 0.4):
        parts += _rule(_up(tick, high), f"{tick:g}")
    for k, window in enumerate(sorted(have)):
        top, x = _up(have[window], high), LEFT + k * step + 3.0
        fill = INK[0] if window == OWN else STATES[0]
        parts.append(f'<rect x="{x:.1f}" y="{top:.1f}" width="{step - 6:.1f}" height="{FLOOR - top:.1f}" fill="{fill}"/>')
        parts.append(_text(x + step / 2 - 3, FLOOR + 15, str(window)))
    said = "Sharpe ratio over the benchmark at the rule's own exposure, by months of the average; dark: the policy"
    return finished([*parts, f'<text x="8" y="34" fill="#333">{escape(said)}</text>'])


def halves_picture() -> str:
    """Two clouds: the ratio of the best in the half it was chosen from, and in the other."""
    title = "A rule with merit stays ahead in the half it was not chosen from; luck does not"
    parts = head(title, "70 halves each; a month's ratio x root of 12", HEIGHT)
    names = (("ten-month timing over 23 windows", INK[0]), ("the best of 23 strangers without merit", INK[1]))
    for panel, (one, (name, ink)) in enumerate(zip(halves(), names, strict=True)):
        start, room = LEFT + panel * 360.0, 300.0
        x = start + np.clip(one.inside * np.sqrt(12.0) / 0.8, 0.0, 1.0) * room
        y = FLOOR - (one.outside * np.sqrt(12.0) + 0.4) / 1.2 * (FLOOR - TOP)
        parts.append(f'<text x="{start}" y="36" fill="#333">{escape(name)}: behind in {100 * one.loss:.0f} of 100</text>')
        for tick in (-0.4, 0.0, 0.4, 0.8):
            stroke = "#e3e3e3" if tick else "#999"
            at = FLOOR - (tick + 0.4) / 1.2 * (FLOOR - TOP)
            parts.append(f'<line x1="{start}" x2="{start + room}" y1="{at:.1f}" y2="{at:.1f}" stroke="{stroke}"/>')
            parts.append(f'<text x="{start - 6}" y="{at + 4:.1f}" text-anchor="end" fill="#444">{tick:g}</text>')
        dots = zip(x.tolist(), y.tolist(), strict=True)
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{ink}" fill-opacity="0.6"/>' for a, b in dots]
        for tick in (0.0, 0.4, 0.8):
            parts.append(_text(start + tick / 0.8 * room, FLOOR + 15, f"{tick:g}"))
    return finished([*parts, _text(WIDTH / 2, HEIGHT - 14.0, "across: where it was chosen; up: the other half")])


def _up(value: float, high: float) -> float:
    return FLOOR - value / high * (FLOOR - TOP)


def _rule(y: float, label: str) -> list[str]:
    line = f'<line x1="{LEFT}" x2="{WIDTH - 12}" y1="{y:.1f}" y2="{y:.1f}" stroke="{"#999" if label == "0" else "#e3e3e3"}"/>'
    return [line, f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#444">{label}</text>']


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" fill="#444">{escape(words)}</text>'


PICTURES = {"surface": surface_picture, "halves": halves_picture}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        (FOLDER / f"{name}.svg").write_text(draw(), encoding="utf-8")
