"""Sections on what was held: weights over time, turnover and cost of each rebalance, and the result by asset."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.desk.result import Result
from trimtab.surfaces.report.charts import BANDS, PERCENT_AXIS, Curve, Spec, Trace, areas, band_colour, iso, name, plain, spec
from trimtab.surfaces.report.markup import Content, Markup, tag
from trimtab.surfaces.report.panel import Section, band_legend, chart, section, summary, table
from trimtab.surfaces.report.study import Study
from trimtab.surfaces.report.trades import Trades
from trimtab.surfaces.report.wording import amount, money, percent, points, signed

LARGE = 100_000  # a table whose largest result reaches this is in whole units
UNSEEN = Decimal("0.005")  # half a cent: rounding, not a result
BORROWED = -1e-6  # cash below this is borrowed, and cannot be stacked


def weights(study: Study) -> Section:
    """Weights held at each date, cash on top."""
    result = study.result
    held = result.weights
    cash = 1.0 - held.sum(axis=1)
    first = int(np.argmax(np.abs(held).sum(axis=1) > 0.0))  # before the first fill there is nothing to speak of
    low, high = held[first:].min(axis=0), held[first:].max(axis=0)
    most = int((high - low).round(3).argmax())
    span = f"between {percent(float(low[most]))} and {percent(float(high[most]))} of the portfolio"
    finding = f"{result.assets[most].title} moved most, {span}."
    rows = study.subject.rows
    borrowed = bool(cash.min() < BORROWED)
    ends = _weight_rows(result, held, cash)
    loan = "Cash below zero is borrowed and drawn as a line." if borrowed else ""
    note = " ".join(filter(None, [study.subject.drawing, loan]))
    body = chart("weights", f"Weights over time: {finding}", _legend(result, borrowed), note, ends)
    charts = {"weights": _weight_spec(result, held[rows], cash[rows], iso(result.dates[rows]), borrowed=borrowed)}
    return section("weights", "Weights", finding, summary(_cash_words(cash[first:])), body, charts=charts)


def _cash_words(cash: Array) -> str:
    mean, high = float(cash.mean()), float(cash.max())
    if high < 5e-4:
        return "Net asset value was fully invested at all times; weights are those held at each close, after costs."
    return f"Cash averaged {percent(mean)} and reached {percent(high)}; weights are those held at each close, after costs."


def _legend(result: Result, borrowed: bool) -> list[Markup]:
    names = [(asset.title, f"{band_colour(k)}{' hatched' if k >= BANDS else ''}") for k, asset in enumerate(result.assets)]
    return band_legend([*names, ("Cash", "line s4" if borrowed else "band-cash")])


def _weight_spec(result: Result, held: Array, cash: Array, x: list[str], *, borrowed: bool) -> Spec:
    data = areas([Curve(asset.title, x, held[:, k]) for k, asset in enumerate(result.assets)])
    free: Trace = {"type": "scatter", "mode": "lines", "name": "Cash", "x": x, "y": plain(cash, 4)}
    if borrowed:
        data.append(free | {"line": {"color": "@ink", "width": 1.2, "dash": "dashdot"}})
        return spec(data, yaxis=PERCENT_AXIS, height=360)
    data.append(free | {"stackgroup": "all", "line": {"width": 0.6, "color": "@paper"}, "fillcolor": "@band-cash"})
    return spec(data, yaxis=PERCENT_AXIS | {"range": [0.0, 1.0]}, height=360)


def _weight_rows(result: Result, held: Array, cash: Array) -> Markup:
    year = result.dates.astype("datetime64[Y]")
    ends = np.flatnonzero(np.append(year[1:] != year[:-1], True))[::-1].tolist()
    rows = [[str(result.dates[r]), *(points(float(w)) for w in held[r]), points(float(cash[r]))] for r in ends]
    head = ["Date (year ends)", *(f"{asset.title}, %" for asset in result.assets), "Cash, %"]
    return table(head, rows, label="Weights at year ends", class_="figures")


def trading(study: Study, figures: Mapping[str, Any]) -> Section | None:
    """Turnover and cost of each rebalance, with totals; None where nothing was ever traded after funding."""
    result, made = study.result, study.subject.trades
    moved = made.moved
    if not moved.any():
        return None
    yearly, drag = figures["turnover"].text, figures["cost_drag"].text
    finding = f"{yearly} of the portfolio changed hands a year, at a cost of {drag} a year."
    words = (
        f"{int(moved.sum()):,} of {len(moved):,} decisions traded; {len(result.fills):,} fills cost "
        f"{money(float(made.costs.sum()), result.currency)} in all."
    )
    first = made.dates[~made.funded]
    note = f"The first funding on {first[0]} is in the costs, but in neither turnover nor chart." if len(first) else ""
    body = chart("trading", f"Turnover and cost: {finding}", _trading_legend(), note, _trading_rows(result, made))
    charts = {"trading": _trading_spec(made.dates[moved], made.one_way[moved], made.drag[moved])}
    return section("trading", "Turnover and cost", finding, summary(words), body, charts=charts)


def _trading_legend() -> list[Markup]:
    upper = tag("li", tag("span", class_="key bar s1", aria_hidden="true"), "Above: one-way turnover, % of net asset value")
    lower = tag("li", tag("span", class_="key bar s2", aria_hidden="true"), "Below: cost, basis points of net asset value")
    return [upper, lower]


def _trading_spec(dates: Any, one_way: Array, costs: Array) -> Spec:
    x = iso(dates)
    thick = 1.0 if len(x) > 250 else 2.0
    data = [_stems("Turnover", x, plain(one_way, 5), "series-1", thick)]
    data.append(_stems("Cost, bp", x, plain(costs * 1e4, 2), "series-2", thick) | {"yaxis": "y2"})
    upper = PERCENT_AXIS | {"domain": [0.42, 1.0], "rangemode": "tozero", "nticks": 5}
    lower = {"domain": [0.0, 0.32], "rangemode": "tozero", "hoverformat": ".1f", "nticks": 4, "anchor": "x"}
    return spec(data, yaxis=upper, yaxis2=lower, xaxis={"anchor": "y2"}, height=340)


def _stems(title: str, x: list[str], y: list[float | None], colour: str, width: float) -> Trace:
    """One bar a rebalance, as wide as its outline: visible however many there are."""
    mark = {"color": f"@{colour}", "line": {"color": f"@{colour}", "width": width}}
    day = 86_400_000
    return {"type": "bar", "name": name(title), "x": x, "y": y, "width": day, "marker": mark}


def _trading_rows(result: Result, made: Trades) -> Markup:
    year = made.dates.astype("datetime64[Y]").astype(int) + 1970
    rows: list[list[Content]] = []
    for y in np.unique(year)[::-1].tolist():
        here = year == y
        turned = float(made.one_way[here & made.funded].sum())
        row = [str(y), str(int(here.sum())), str(int((here & made.moved).sum())), points(turned)]
        rows.append([*row, f"{made.costs[here].sum():,.2f}", f"{made.drag[here].sum() * 1e4:.1f}"])
    head = ["Year", "Decisions", "Traded", "Turnover, %", f"Cost, {result.currency}", "Cost, bp"]
    return table(head, rows, label="Turnover and cost by year", class_="figures")


def assets(study: Study) -> Section:
    """Result by asset: price, income and cost; with interest and fees they add up to the change in net asset value."""
    result = study.result
    account, rows = result.account, result.result_by_asset
    change = account.nav - account.flows
    best = max(rows, key=lambda row: row["total"])
    total = money(float(change), result.currency)
    finding = f"{best['title']} brought most: {amount(float(best['total']))} of {amount(float(change))} {result.currency}."
    exact = ", to the cent" if abs(account.residual) < UNSEEN else f", but for {account.residual} that nobody can explain"
    taxes = ", taxes paid" if account.tax else ""
    words = f"Price result, income, interest, fees{taxes} and costs add up to the change in net asset value, {total}{exact}."
    if result.taxes is not None and result.taxes.owed:
        words = f"{words} Taxes of {money(float(result.taxes.owed), result.currency)} that are owed are still in it."
    return section("assets", "Result by asset", finding, summary(words), asset_rows(result))


def asset_rows(result: Result) -> Markup:
    """The table; every column adds up."""
    account, found = result.account, result.result_by_asset
    widest = max((abs(row["total"]) for row in found), default=Decimal(1)) or Decimal(1)
    digits = 0 if widest >= LARGE else 2
    rows: list[list[Content]] = []

    def cell(value: Decimal) -> str:
        return signed(float(value), digits)

    for row in found:
        cells = [cell(row["price"]), cell(row["income"]), cell(-row["cost"]), cell(row["total"])]
        rows.append([row["title"], *cells, _bar(float(row["total"] / widest))])
    taken = (("Fees", -account.fees), ("Taxes paid", -account.tax), ("Unexplained", account.residual))
    for title, value in (("Interest on cash", account.interest), *taken):
        if abs(value) >= UNSEEN or title == "Interest on cash":
            rows.append([title, "", "", "", cell(value), _bar(float(value / widest))])
    sums = [sum((row[key] for row in found), Decimal(0)) for key in ("price", "income", "cost")]
    change = account.nav - account.flows
    last = [cell(sums[0]), cell(sums[1]), cell(-sums[2]), cell(change), tag("td")]
    rows.append([tag("strong", "Change in net asset value"), *last])
    unit = result.currency
    head: list[Content] = ["Asset", f"Price result, {unit}", f"Income, {unit}", f"Costs, {unit}", f"Total, {unit}"]
    return table([*head, tag("span", "Share", class_="hidden")], rows, label="Result by asset", class_="figures sums")


def _bar(share: float) -> Markup:
    """A bar whose length repeats the total: to the right of the middle for gains, to the left for losses."""
    side = "gain" if share >= 0.0 else "loss"
    length = tag("span", class_=side, style=f"width:{abs(share) * 50.0:.1f}%")
    return tag("td", length, class_="share", aria_hidden="true")
