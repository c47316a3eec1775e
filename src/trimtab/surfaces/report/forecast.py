"""Section on what is forecast: expected return and volatility of each asset, how they move together, what was repaired."""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.saying import sentence_of
from trimtab.desk.dates import view_at
from trimtab.desk.result import Result
from trimtab.desk.words import described
from trimtab.forecasts.none import NoForecast
from trimtab.numerics.covariance import correlation_of
from trimtab.surfaces.report.markup import Content
from trimtab.surfaces.report.panel import Section, section, summary, table
from trimtab.surfaces.report.wording import NONE, number, percent, points

MOST = 12  # assets whose correlations fit on a page


def forecast(result: Result) -> Section | None:
    """The section; None where the policy forecasts nothing."""
    policy, knowledge = result.policy, result.aims
    if isinstance(policy.forecaster, NoForecast):
        return None
    rows = np.searchsorted(result.market.sessions, knowledge.days.dates[-1:])
    said = sentence_of(policy.forecaster, view_at(policy, result.market, rows))
    when = f"By {described(policy.forecaster)}, as of {knowledge.days.dates[-1]}: {said}."
    finding = f"{knowledge.days.dates[-1]}: {_finding(result)}"
    words = " ".join(filter(None, [when, repaired_words(result)]))
    return section("forecast", "Forecast", finding, summary(words), _rows(result))


def repaired_words(result: Result) -> str:
    """On how many dates a covariance had to be moved to be one at all; empty where on none."""
    repaired = result.aims.forecast.repaired
    moved = repaired[repaired > 0.0] if repaired is not None else np.empty(0)
    if not len(moved):
        return ""
    share = percent(float(moved.max()), 2)
    return (
        f"On {len(moved)} of {len(result.aims)} dates gaps made it no covariance: the nearest one was taken, by up to {share}."
    )


def _finding(result: Result) -> str:
    """The calmest and the wildest asset."""
    spread = np.sqrt(np.diagonal(result.aims.forecast.covariance[-1]))
    if not np.isfinite(spread).any():
        return "too little is known to forecast anything."
    low, high = int(np.nanargmin(spread)), int(np.nanargmax(spread))
    names = result.assets
    if low == high:
        return f"{names[low].title} with a volatility of {percent(float(spread[low]))} a year."
    calmest = f"{names[low].title} is the calmest at {percent(float(spread[low]))} a year"
    return f"{calmest}, {names[high].title} the wildest at {percent(float(spread[high]))}."


def _rows(result: Result) -> Content:
    last = result.aims.forecast
    mean, spread = last.mean[-1], np.sqrt(np.diagonal(last.covariance[-1]))
    with_correlations = len(result.assets) <= MOST
    correlations: Array = correlation_of(last.covariance[-1])
    known = bool(np.isfinite(mean).any())
    head = ["Asset", *(["Expected, % a year"] if known else []), "Volatility, % a year"]
    head += [asset.id for asset in result.assets] if with_correlations else []
    rows: list[list[Content]] = []
    for a, asset in enumerate(result.assets):
        row: list[Content] = [asset.title, *([_points(mean[a])] if known else []), _points(spread[a])]
        rows.append([*row, *(number(float(c)) for c in correlations[a])] if with_correlations else row)
    return table(head, rows, label="Forecast by asset, and correlations", class_="figures")


def _points(value: float) -> str:
    return points(float(value)) if np.isfinite(value) else NONE
