"""The pictures of the pages on frameworks: `python -m tests.docs.framework_pictures` draws them anew.

Closed forms and published matrices where there are any (METHODS 2.2, 2.3), else the policies that the pages themselves hold,
run on the sample data. The numbers in titles and texts are asserted in `test_framework_pictures`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from tests.docs.drawing import Chart, svg
from tests.docs.pages import ROOT
from tests.docs.shapes import Bar, Clusters, areas, bars, trees
from tests.forecasts.he_litterman import COUNTRIES, SIGMA
from tests.shared_data import shared
from trimtab.construction.equal_weight import EqualWeight
from trimtab.construction.hierarchical import Distance, HierarchicalRiskParity, apart
from trimtab.construction.inverse_volatility import InverseVolatility
from trimtab.construction.max_diversification import MaximumDiversification
from trimtab.construction.min_variance import MinimumVariance
from trimtab.construction.risk_parity import RiskParity
from trimtab.core.arrays import Array
from trimtab.core.values import Asset, Forecast, Regime, Scores
from trimtab.desk.backtest import backtest
from trimtab.desk.load import read_policy
from trimtab.desk.prepare import load_market
from trimtab.desk.result import Result
from trimtab.desk.yaml12 import parse
from trimtab.numerics.linkage import Linkage, agglomerate, leaves
from trimtab.numerics.managed import Managed, risk_managed
from trimtab.numerics.risk_contributions import contributions

FOLDER = ROOT / "docs" / "_static" / "frameworks"
HEAVY = {  # by name in a policy
    "equal_weight": EqualWeight(),
    "inverse_volatility": InverseVolatility(),
    "risk_parity": RiskParity(),
    "hierarchical_risk_parity": HierarchicalRiskParity(),
    "max_diversification": MaximumDiversification(),
    "min_variance": MinimumVariance(),
}


def four_assets() -> Array:
    """The covariance (4, 4) of Maillard, Roncalli and Teiletche (2010), example 2."""
    correlation = np.eye(4)
    correlation[0, 1] = correlation[1, 0] = 0.8
    correlation[2, 3] = correlation[3, 2] = -0.5
    deviations = np.array([0.1, 0.2, 0.3, 0.4])
    return np.asarray(correlation * np.outer(deviations, deviations))


def weights_of(name: str, covariance: Array) -> Array:
    """What an allocator (A,) makes of one covariance (A, A)."""
    count = len(covariance)
    assets = tuple(Asset(str(number)) for number in range(count))
    unknown = np.full((1, count), np.nan)
    said = Scores(assets, unknown), Regime((), np.empty((1, 0))), Forecast(unknown, covariance[np.newaxis])
    return np.asarray(HEAVY[name](*said)[0])


def volatility(weights: Array, covariance: Array) -> float:
    """Of a portfolio, per year."""
    return float(np.sqrt(weights @ covariance @ weights))


def one_covariance() -> str:
    """What six allocators make of the same covariance."""
    covariance = four_assets()
    rows = []
    for name in HEAVY:
        weights = weights_of(name, covariance)
        rows.append(Bar(name, weights.tolist(), f"volatility {100 * volatility(weights, covariance):.2f} %"))
    title = "One covariance, six portfolios: volatilities from 11.5 to 8.6 %, and very different weights"
    names = [f"asset {k}, {10 * k} % volatility" for k in (1, 2, 3, 4)]
    return bars(title, "Weights in %; correlations .8 (1, 2) and -.5 (3, 4): Maillard, Roncalli, Teiletche (2010)", names, rows)


def two_assets(correlation: float) -> Array:
    """Shares at 16 % and bonds at 6 % volatility."""
    return np.array([[0.16**2, correlation * 0.16 * 0.06], [correlation * 0.16 * 0.06, 0.06**2]])


def risk_shares() -> str:
    """Money and risk of 60/40, and of risk parity between the same two assets."""
    held = np.array([0.6, 0.4])
    rows = [Bar("60/40: the money", held.tolist())]
    for correlation in (-0.2, 0.2, 0.6):
        covariance = two_assets(correlation)
        note = f"volatility {100 * volatility(held, covariance):.2f} %"
        rows.append(Bar(f"its risk, correlation {correlation:g}", contributions(held, covariance).tolist(), note))
    parity = weights_of("risk_parity", two_assets(0.2))
    note = f"volatility {100 * volatility(parity, two_assets(0.2)):.2f} %"
    rows.append(Bar("risk parity: the money", parity.tolist()))
    rows.append(Bar("its risk, any correlation", contributions(parity, two_assets(0.2)).tolist(), note))
    title = "Sixty per cent of the money in shares is 84 to 99 % of the risk"
    return bars(title, "Shares 16 %, bonds 6 % volatility a year; last row at a correlation of .2", ["shares", "bonds"], rows)


def cluster(distance: Distance) -> Clusters:
    """The tree of the seven countries of He and Litterman, and what its order leads to."""
    order = np.argsort(COUNTRIES)  # assets are taken in the order of their ids
    covariance = SIGMA[np.ix_(order, order)]
    tree = agglomerate(apart(covariance[np.newaxis], distance)[0], Linkage.SINGLE)
    place = leaves(tree)
    weights = hierarchy(distance)
    names = [COUNTRIES[order[k]] for k in place]
    notes = [f"{100 * weights[order[k]]:.1f} %" for k in place]
    mergers = list(zip(tree.left.tolist(), tree.right.tolist(), tree.height.tolist(), strict=True))
    return Clusters(f"distance: {distance.value}", names, notes, place.tolist(), mergers)


def hierarchy(distance: Distance) -> Array:
    """Weights (7,) of the countries."""
    assets = tuple(Asset(name) for name in COUNTRIES)
    unknown = np.full((1, 7), np.nan)
    parity = HierarchicalRiskParity(distance, universe=assets)
    return np.asarray(parity(Scores(assets, unknown), Regime((), np.empty((1, 0))), Forecast(unknown, SIGMA[np.newaxis]))[0])


def hierarchies() -> str:
    """The two distance conventions side by side."""
    title = "Two readings of one article: the same covariance, two orders, two sets of weights"
    source = "Single linkage; weights below the names; covariance of He and Litterman (1999)"
    return trees(title, source, [cluster(distance) for distance in Distance])


@cache
def run(page: str, file: str) -> Result:
    """The backtest of a policy that stands in a page, below `<!-- file: ... -->`."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    found = re.search(rf"<!-- file: {re.escape(file)} -->\n```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found, f"docs/{page} holds no {file}"
    policy = read_policy(parse(found[1], file), source=found[1])
    return backtest(policy, load_market(policy))


def factors() -> tuple[np.ndarray, Array]:
    """Decision dates (D,) from 2015 on, and the rows (D, 3) of the volatility target: factor, rule acts, volatility."""
    result = run("risk-parity.md", "levered.yaml")
    rows = result.aims.factors
    assert rows is not None
    after = result.aims.days.dates >= np.datetime64("2015-01-01")
    return result.aims.days.dates[after], rows[after]


def leverage() -> str:
    """Factor and volatility at each decision, and when the deleveraging rule acts."""
    dates, rows = factors()
    title = "The rule acts in March 2020: too late for the fall, and the step holds the rest back until June"
    lines = [("factor that scales the portfolio", rows[:, 0]), ("its forecast volatility before scaling", rows[:, 2])]
    acts = rows[:, 1].astype(int)
    names = ("deleveraging does not act", "acts")
    source = "Data: MTUM, USMV, VLUE, month-ends 2015-2022; levered.yaml"
    return svg(Chart(title, source, dates, lines, acts, names, levels=(0.25, 1.5)))


def parts_of_a_blend() -> tuple[np.ndarray, dict[str, Array]]:
    """Dates (D,), and what each sleeve puts in (D, A) over the years of the picture."""
    result = run("blends.md", "core-satellite.yaml")
    sleeves = result.aims.sleeves
    assert sleeves is not None
    dates = result.aims.days.dates
    some = (dates >= np.datetime64("2006-12-01")) & (dates <= np.datetime64("2010-12-31"))
    return dates[some], dict(zip(sleeves.names, sleeves.contributions[:, some], strict=True))


def sleeves() -> str:
    """What the two sleeves of a blend hold of the whole, over time."""
    dates, put = parts_of_a_blend()
    core, satellite = put["core"], put["satellite"].sum(axis=1)
    bands = [("core: shares", core[:, 0]), ("core: bonds", core[:, 3]), ("satellite: industries", satellite)]
    bands.append(("satellite: cash", 1.0 - core.sum(axis=1) - satellite))
    title = "The core drifts from year-end to year-end; the satellite goes to cash and back month by month"
    return areas(title, "Sample data, month-ends 2006-2010; core-satellite.yaml", dates, bands)


def momentum() -> tuple[np.ndarray, Managed]:
    """Month-ends, and momentum by month, raw and managed, 1927-07 to 2011-12 (METHODS 3.3)."""
    frame = pd.read_csv(shared("french_ff3_mom_daily.csv.gz"), parse_dates=["date"]).set_index("date")
    daily = (frame["mom"].dropna() / 100.0)[:"2011-12"]
    found = risk_managed(daily.to_numpy(), daily.index.to_numpy().astype("datetime64[D]"))
    dates = pd.period_range("1927-07", "2011-12", freq="M").to_timestamp(how="end").to_numpy().astype("datetime64[D]")
    return dates, Managed(found.raw[-len(dates) :], found.weights[-len(dates) :])


def managed() -> str:
    """Sums of returns: long-short factors are not compounded."""
    dates, found = momentum()
    sums = np.cumsum(found.raw)[::2], np.cumsum(found.returns)[::2]
    lines = [("momentum", sums[0]), ("times 12 % over its volatility of 126 days", sums[1])]
    title = "Momentum, managed by its own volatility, before costs: Sharpe ratio .88 instead of .49"
    small = (found.weights < 1.0)[::2].astype(int)
    source = "Data: French's daily momentum factor; sums of monthly returns 1927-2011, no costs"
    return svg(Chart(title, source, dates[::2], lines, small, ("held more than once", "less"), percent=True))


PICTURES: dict[str, Callable[[], str]] = {
    "one-covariance": one_covariance,
    "risk-shares": risk_shares,
    "hierarchy": hierarchies,
    "leverage": leverage,
    "sleeves": sleeves,
    "managed": managed,
}


def draw(folder: Path = FOLDER) -> None:
    """Write every picture."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in PICTURES.items():
        (folder / f"{name}.svg").write_text(picture(), encoding="utf-8")


if __name__ == "__main__":
    draw()
