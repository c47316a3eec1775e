"""The pictures of docs/signals-on-real-data.md: `python -m tests.docs.signal_pictures` draws them anew.

One for each signal and regime of the tables `real_cases`, month-ends 1993 to 2024: measures as lines, and the state of
the first asset as a ribbon. What the titles claim is asserted in the tests beside the tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from tests import real_world as real
from tests.docs.drawing import Chart, svg
from tests.docs.pages import ROOT
from tests.numerics.sklearn_alone import no_plugins
from tests.regimes import real_cases as regimes
from tests.signals import real_cases as signals
from trimtab.data.view import MarketView
from trimtab.desk.asking import heard, walk
from trimtab.desk.config import canonical

FOLDER = ROOT / "docs" / "_static"
FUNDS, FRED = "adjusted closes of ETFs", "FRED-MD as printed"
SIGNS = ("above 0", "below 0", "0")
IN_OUT = ("in", "out", "no side yet")


@dataclass(frozen=True)
class Picture:
    """What is shown of a case: the finding, the assets whose lines are drawn, and how the ribbon of the first is read.

    `names` are those of a score above 0, below 0 and of 0. `scores` draws scores instead of the measure.
    """

    title: str
    data: str
    assets: Sequence[str] = ("SPY",)
    names: Sequence[str] = SIGNS
    scores: bool = False
    levels: Sequence[float] = ()
    fills: Sequence[int] = (0, 1, 2, 3)


SIGNALS: dict[str, Picture] = {
    "trend": Picture(
        "The 10-month average left shares in December 2007 and came back in June 2009", FUNDS, ("SPY", "TLT"), IN_OUT
    ),
    "crossover": Picture("Two averages turn less often than the price against one: 24 times, not 42", FUNDS, names=IN_OUT),
    "momentum": Picture(
        "SPY's year stayed below bills for long three times: 2000-03, 2008-09 and 2022-23", FUNDS + ", bills", ("SPY", "GLD")
    ),
    "scaled_momentum": Picture(
        "The same sign, scaled by volatility: up to 6.4 on shares in 2017, capped at 10 on short bonds",
        FUNDS + ", bills",
        ("SPY", "SHY"),
        scores=True,
    ),
    "relative_momentum": Picture(
        "Rank says which, not whether: in June 2022 a loss of 3 % is fourth of thirteen",
        FUNDS,
        ("SPY", "GLD"),
        ("upper half", "lower half", "middle"),
    ),
    "dual_momentum": Picture(
        "Dual momentum held bonds from January 2008 to August 2009, and in 2022 while they fell too",
        FUNDS + ", bills",
    ),
    "drawdown": Picture(
        "A stop with a way back: out of SPY from January 2008 until January 2012",
        FUNDS,
        ("SPY", "TLT"),
        IN_OUT,
        levels=(-0.05, -0.10),
    ),
    "valuation": Picture(
        "Dear or cheap depends on the history: in 2008 and 2013 high since 1881, low since 1993",
        "Shiller's CAPE, known four months late",
        names=("cheap", "dear", ""),
    ),
    "valuation_rule": Picture(
        "Levels that were chosen with hindsight: below 14 once in 32 years",
        "Shiller's CAPE, known four months late",
        names=("cheap", "dear", "neither"),
        levels=(14.0, 22.0),
    ),
    "dividend_yield": Picture(
        "A high yield is a low price: SPY cheap for itself in 2009, dear in 2021",
        "closes and " + FUNDS,
        ("SPY", "EFA", "IWM"),
        ("high for itself", "low for itself", ""),
    ),
    "real_yield": Picture(
        "Prices outran the ten-year yield by 6 % in 2022, more than ever in these data", "GS10, " + FRED, ("IEF",)
    ),
    "reversal": Picture(
        "After years of losses shares look cheap: at times from 2002 to 2012, and never since",
        FUNDS,
        ("SPY", "EEM", "GLD"),
        ("lost", "gained", ""),
    ),
    "carry": Picture(
        "Ten-year bonds earned less than bills in five spells; Baa bonds never did",
        "GS10, TB3MS, Shiller, " + FRED,
        ("IEF", "LQD", "SPY"),
    ),
    "spread": Picture(
        "The curve was inverted in 2000, 2006-07 and 2019-20, and from October 2022 to November 2024",
        "10 years less 3 months, a day late",
        names=("steep", "inverted", "flat"),
    ),
    "spread_score": Picture(
        "Aaa less Baa: eight month-ends in a row at the end of the scale in 2008 and 2009",
        FRED,
        ("HYG",),
        ("tight", "wide", ""),
    ),
    "recession_odds": Picture(
        "The odds of a recession were highest in 2023: more than 70 %",
        "10 years less 3 months, a day late",
        names=("below one half", "above one half", ""),
        levels=(0.5,),
    ),
    "realised_volatility": Picture(
        "The volatility of SPY in percentiles of its last five years: off at 35 % of month-ends",
        FUNDS,
        names=("on", "off", "no side yet"),
        levels=(0.6, 0.8),
    ),
    "implied_volatility": Picture(
        "The VIX in percentiles of all its closes since 1993: off at 38 % of month-ends",
        "VIX",
        names=("on", "off", "no side yet"),
        levels=(0.6, 0.8),
    ),
    "low_volatility": Picture(
        "Across classes low volatility always prefers short bonds: ask within a class",
        FUNDS,
        ("SPY", "TLT", "SHY"),
        ("calmer half", "wilder half", "middle"),
    ),
    "factor_exposure": Picture(
        "QQQ was a growth fund in every month: its exposure to HML never reached 0",
        FUNDS + ", French's factors two months late",
        ("QQQ", "SPY", "VNQ"),
        ("not surely below 0 (t above -2)", "surely below 0 (t below -2)"),
    ),
    "weighted_momentum": Picture(
        "Back above zero in April 2020, and turned 90 times: the last month counts in all four returns", FUNDS
    ),
    "volatility_managed": Picture(
        "The sign of momentum, times 0.2 in March 2009 and 1.8 in December 2017", FUNDS + ", bills", scores=True
    ),
    "optimiser": Picture(
        "Weights by 1 / volatility: the two bond funds never had less than 47 %, SPY never more than 19 %",
        FUNDS + ", by skfolio",
        ("SPY", "IEF", "LQD", "GLD"),
        ("weighed", "", ""),
        scores=True,
    ),
    "ensemble": Picture(
        "Windows of 3, 6, 9 and 12 months disagree at 28 % of month-ends",
        FUNDS,
        ("SPY",),
        ("more are up", "more are down", "even"),
        scores=True,
    ),
    "sum": Picture(
        "Trend, curve and valuation in one number: all three against shares at nine month-ends",
        FUNDS + ", CAPE, 10 years less 3 months",
        scores=True,
    ),
}

REGIMES: dict[str, Picture] = {
    "threshold": Picture("The VIX against its last five years: stressed at 43 % of month-ends", "VIX", levels=(0.6, 0.8)),
    "volatility": Picture(
        "60 % SPY and 40 % IEF by their own volatility: stressed at 31 % of month-ends", FUNDS, levels=(0.6, 0.8)
    ),
    "inflation_growth": Picture(
        "Inflation as it was known then: noticed in June 2021, over in July 2023", FRED, levels=(0.005, 0.015)
    ),
    "stock_bond": Picture(
        "Bonds hedged shares from 2007 to 2013 without a break; from 2022 on they seldom did",
        FUNDS,
        levels=(-0.2, 0.2),
        fills=(0, 2, 1),
    ),
    "turbulence": Picture("No month was as turbulent as March 2020: a mean of 32, where an ordinary day is 1", FUNDS),
    "absorption": Picture(
        "One factor of six carries 71 to 91 % of all variance: fragile after Lehman", FUNDS, levels=(0.80, 0.85)
    ),
    "markov": Picture("Markov switching in weekly returns: turbulent in 2008, 2020 and 2022", FUNDS, levels=(0.5,)),
}


def chart_of(view: MarketView, name: str) -> Chart:
    """The chart of a signal."""
    case, shown = signals.CASES[name], SIGNALS[name]
    places = [[asset.id for asset in view.assets].index(one) for one in shown.assets]
    with no_plugins():
        scores, measure = heard(case.signal, view), case.signal.measure(view)
    values = scores if shown.scores else measure.values
    lines = [(one, values[:, place]) for one, place in zip(shown.assets, places, strict=True)]
    if len(lines) == 1:
        lines = [("score" if shown.scores else measure.name, lines[0][1])]
    states, names, whose = _sides(scores[:, places[0]]), shown.names, shown.assets[0]
    if name == "valuation":
        lines = [("since 1993", lines[0][1]), ("since 1881", _since_1881(view, case.signal))]
    if name == "dual_momentum":
        states, names, whose = _held(view, scores)
    if name == "factor_exposure":
        states = np.where(np.isnan(scores[:, places[0]]), -1, np.where(scores[:, places[0]] < -2.0, 1, 0))
    percent = measure.percent and not shown.scores
    return Chart(
        shown.title, _source(shown.data), view.days.dates, lines, states, names, percent, shown.levels, whose, shown.fills
    )


def regime_chart_of(view: MarketView, name: str) -> Chart:
    """The chart of a regime: the state held, or the likeliest one."""
    model, shown = regimes.CASES[name].regime, REGIMES[name]
    regime, measure = model(view), model.measure(view)
    rows = walk(model, regime.probabilities)
    known = np.isfinite(rows).all(axis=1)
    states = np.where(known, np.argmax(np.where(known[:, None], rows, 0.0), axis=1), -1)
    lines = [(measure.name, measure.values[:, 0])]
    dates, source = view.days.dates, _source(shown.data)
    return Chart(shown.title, source, dates, lines, states, regime.states, measure.percent, shown.levels, fills=shown.fills)


def policy_line(role: str, component: Any) -> str:
    """The component as a policy file writes it, without what is left at its default or bound by the policy."""
    return _flow(_spoken(role, component))


def row_of(case: signals.Case | regimes.Case) -> str:
    """The row of the table on the page: first date, ranges or shares, and the states."""
    low, high = (f"{bound:g}" for bound in case.measures)
    if isinstance(case, signals.Case):
        least, most = (f"{bound:g}" for bound in case.scores)
        cells = [
            case.asset,
            case.first,
            f"{least} to {most}",
            f"{low} to {high}",
            *(f"{state:+.4g}" if state else "0" for state in case.states),
        ]
    else:
        shares = ", ".join(f"{name} {100.0 * share:.1f} %" for name, share in case.shares.items())
        cells = [case.first, shares, f"{low} to {high}", *case.states]
    return f"| {' | '.join(cells)} |".replace(" -", " \u2212")


def draw(folder: Path = FOLDER) -> list[Path]:
    """Write every picture; the files written."""
    view = real.view(real.month_ends())
    charts = {f"signals/{name}.svg": chart_of(view, name) for name in SIGNALS}
    charts |= {f"regimes/{name}.svg": regime_chart_of(view, name) for name in REGIMES}
    for name, chart in charts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(svg(chart), encoding="utf-8")
    return [folder / name for name in charts]


def _spoken(role: str, component: Any) -> dict[str, Any]:
    written = canonical(role, component)
    moved = {field.name for field in fields(component) if getattr(component, field.name) not in _defaults(field)}
    for name, value in ((one, getattr(component, one)) for one in moved & written.keys()):
        if hasattr(value, "sentence"):
            written[name] = _spoken(role, value)
        elif isinstance(value, tuple) and value and hasattr(value[0], "sentence"):
            written[name] = [_spoken(role, part) for part in value]
    return {name: value for name, value in written.items() if name == "use" or name in moved}


def _defaults(field: Field[Any]) -> tuple[Any, ...]:
    return (field.default,) if field.default_factory is MISSING else (field.default_factory(),)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_flow(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    return (
        {True: "true", False: "false"}[value]
        if isinstance(value, bool)
        else f"{value:g}"
        if isinstance(value, float)
        else value
    )


def _source(data: str) -> str:
    return f"Data: {data}; month-ends 1993-2024"


def _sides(scores: np.ndarray) -> np.ndarray:
    """0 above 0, 1 below it, 2 at it, -1 unknown."""
    return np.where(np.isnan(scores), -1, np.where(scores > 0.0, 0, np.where(scores < 0.0, 1, 2)))


def _held(view: MarketView, scores: np.ndarray) -> tuple[np.ndarray, Sequence[str], str]:
    """Which of the funds dual momentum holds."""
    names = ("SPY", "EFA", "IEF")
    columns = scores[:, [[asset.id for asset in view.assets].index(one) for one in names]]
    known = np.isfinite(columns).all(axis=1)
    return np.where(known, np.argmax(np.where(known[:, None], columns, 0.0), axis=1), -1), names, "held"


def _since_1881(view: MarketView, signal: Any) -> np.ndarray:
    longer = real.view(view.rows, since="1881-01-01")
    return np.asarray(signal.measure(longer).values[:, 0])


if __name__ == "__main__":
    draw()
