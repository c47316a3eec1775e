"""The pictures of docs/taxes.md: `python -m tests.docs.tax_pictures` draws them anew.

Both are made from the policy that stands on that page, run on the sample data. The numbers in titles, and the tables of the
page, are asserted in `test_tax_pictures`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from tests.docs.drawing import INK, LEFT, RIGHT, STATES, WIDTH, positions
from tests.docs.framework_pictures import run
from tests.docs.friction_pictures import keys, label, rule, text
from tests.docs.growth_drawing import line_in
from tests.docs.pages import ROOT
from tests.docs.shapes import head
from trimtab.core.taxes import LotMethod
from trimtab.desk.backtest import backtest
from trimtab.desk.counterparts import untaxed
from trimtab.desk.result import Result
from trimtab.desk.tax_review import TaxReview, review_taxes

FOLDER = ROOT / "docs" / "_static" / "taxes"


def taxed() -> Result:
    """The backtest of the page."""
    return run("taxes.md", "taxed.yaml")


@cache
def plain() -> Result:
    """The same without taxes."""
    return backtest(untaxed(taxed().policy), taxed().market)


@cache
def reviewed(method: LotMethod) -> TaxReview:
    """What taxes took where lots are sold by `method`."""
    policy = taxed().policy
    result = backtest(replace(policy, execution=replace(policy.execution, lots=method)), taxed().market)
    review = review_taxes(result)
    assert review is not None
    return review


def by_year() -> tuple[np.ndarray, np.ndarray]:
    """Tax years (n,), and the tax of each as a part of wealth at its end (n,)."""
    result, review = taxed(), review_taxes(taxed())
    assert review is not None
    years = result.dates.astype("datetime64[Y]").astype(int) + 1970
    ends = {int(year): float(worth) for year, worth in zip(years, result.wealth, strict=True)}  # the last of a year stays
    found = [(one.about.year, float(one.assessment.tax) / ends[one.about.year]) for one in review.years]
    return np.array([year for year, _ in found]), np.array([part for _, part in found])


def growth_picture() -> str:
    """Growth of 1 on a log scale, with and without taxes; below it the tax of each year."""
    dates, top, low = taxed().dates, (44.0, 176.0), (192.0, 252.0)
    x = positions(dates)
    lines = [np.log10(result.wealth / result.wealth[0]) for result in (plain(), taxed())]
    bounds = -0.05, float(lines[0].max()) + 0.03
    title = "1990-2018: 1 became 19 without taxes and 11.4 after them"
    source = (
        "Data: us_equity, long_corporate (month-ends, dividends inside the price); taxed.yaml, rates that come with us_federal"
    )
    parts = head(title, source, 296)
    parts += keys([("without taxes", INK[1]), ("after taxes paid and owed", INK[0]), ("tax of the year, of wealth", STATES[1])])
    for level in (1, 2, 5, 10, 20):
        y = top[1] - (np.log10(level) - bounds[0]) / (bounds[1] - bounds[0]) * (top[1] - top[0])
        parts += [rule(LEFT, WIDTH - RIGHT, y, "#999" if level == 1 else "#e3e3e3"), label(LEFT - 6, y + 4, f"{level}")]
    parts += [line_in(x, values, bounds, top, colour) for values, colour in zip(lines, (INK[1], INK[0]), strict=True)]
    parts += tax_bars(dates, low)
    return "\n".join([*parts, "</svg>"]) + "\n"


def tax_bars(dates: np.ndarray, box: tuple[float, float]) -> list[str]:
    """The tax of each year as a bar between two heights, over its months."""
    parts: list[str] = []
    years, part = by_year()
    most = 0.10
    for tick in (0.0, 0.05, 0.10):
        y = box[1] - tick / most * (box[1] - box[0])
        parts += [rule(LEFT, WIDTH - RIGHT, y, "#999" if tick == 0 else "#e3e3e3"), label(LEFT - 6, y + 4, f"{100 * tick:g} %")]
    days = dates.astype("datetime64[D]").astype(float)
    scale = (WIDTH - LEFT - RIGHT) / (days[-1] - days[0])
    for year, share in zip(years.tolist(), part.tolist(), strict=True):
        first, last = (float(np.datetime64(f"{one}-01-01", "D").astype(int)) for one in (year, year + 1))
        left = max(LEFT + (first - days[0]) * scale, LEFT) + 1.5
        size = min(LEFT + (last - days[0]) * scale, WIDTH - RIGHT) - left - 1.5
        tall = share / most * (box[1] - box[0])
        bar = f'x="{left:.1f}" y="{box[1] - tall:.1f}" width="{size:.1f}" height="{tall:.1f}"'
        parts.append(f'<rect {bar} fill="{STATES[1]}"/>')
        if year % 5 == 0:
            parts.append(text(left + size / 2, box[1] + 16, str(year)))
    return parts


METHODS = (
    ("fifo", LotMethod.FIFO),
    ("average", LotMethod.AVERAGE),
    ("lifo", LotMethod.LIFO),
    ("hifo, lowest_gain", LotMethod.HIFO),
    ("min_tax", LotMethod.MIN_TAX),
)


def method_picture() -> str:
    """Stacked bars of tax by lot method: paid, owed at the end, and on a sale of everything."""
    rows = [(name, reviewed(method)) for name, method in METHODS]
    start, end, high = 130.0, WIDTH - 190.0, 48 + 29 * len(rows) + 34
    most = 4.0  # millions
    title = "The dearest lots first save 0.7 % a year in taxes, and leave more to be taxed at the end"
    parts = head(
        title, "taxed.yaml, 1990-2018, from 1 million; right: return a year after tax, and after a sale of everything", high
    )
    parts += keys([("paid", INK[0]), ("owed at the end", STATES[0]), ("on a sale of everything", STATES[1])], "millions of USD")
    for tick in range(5):
        x = start + tick / most * (end - start)
        foot = 46 + 29 * len(rows)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="44" y2="{foot}" stroke="#e3e3e3"/>')
        parts.append(text(x, foot + 14, f"{tick}"))
    for k, (name, found) in enumerate(rows):
        y, x = 50 + 29 * k, start
        parts.append(label(start - 8, y + 14, name))
        amounts = ((found.paid, INK[0]), (found.owed, STATES[0]), (found.liquidation, STATES[1]))
        for amount, fill in amounts:
            size = float(amount) / 1e6 / most * (end - start)
            parts.append(f'<rect x="{x:.1f}" y="{y}" width="{size:.1f}" height="20" fill="{fill}"/>')
            x += size
        note = f"{100 * found.returns.distributions:.1f} % a year, {100 * found.returns.redemption:.1f} % all sold"
        parts.append(text(WIDTH - 184, y + 14, note, "start"))
    return "\n".join([*parts, "</svg>"]) + "\n"


PICTURES = {"with-and-without": growth_picture, "lot-methods": method_picture}


def draw(folder: Path = FOLDER) -> None:
    """Write every picture."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in PICTURES.items():
        (folder / f"{name}.svg").write_text(picture(), encoding="utf-8")


if __name__ == "__main__":
    draw()
