"""Sections on what was traded and what it brought: turnover and cost of each rebalance, and the result by asset."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np

from trimtab.desk.result import Result
from trimtab.surfaces.report.charts import PERCENT_AXIS, Spec, Trace, iso, name, plain, spec
from trimtab.surfaces.report.markup import Content, Markup, tag
from trimtab.surfaces.report.panel import Section, chart, section, summary, table
from trimtab.surfaces.report.plain_names import text_of
from trimtab.surfaces.report.study import Study
from trimtab.surfaces.report.trades import Trades
from trimtab.surfaces.report.wording import amount, money, points, signed

LARGE = 100_000  # a table whose largest result reaches this is in whole units
UNSEEN = Decimal("0.005")  # half a cent: rounding, not a result


def trading(study: Study, figures: Mapping[str, Any]) -> Section | None:
    """Turnover and cost of each rebalance, with totals; None where nothing was traded after funding, or nobody knows."""
    made, currency = study.subject.trades, study.subject.currency
    if made is None or not made.moved.any():
        return None
    drag = f", at a cost of {text_of('cost_drag', figures['cost_drag'], study)} a year" if made.costed else ""
    finding = f"{figures['turnover'].text} of the portfolio changed hands a year{drag}."
    cost = (
        f"cost {money(float(made.costs.sum()), currency)} in all" if made.costed else "were made, at costs that are not known"
    )
    unit = "decisions" if study.result is not None else "days"
    words = f"{int(made.moved.sum()):,} of {len(made.moved):,} {unit} traded; {made.fills:,} fills {cost}."
    first = made.dates[~made.funded]
    where = "is in the costs, but in neither turnover nor chart" if made.costed else "is in neither turnover nor chart"
    note = f"The first funding on {first[0]} {where}." if len(first) else ""
    body = chart("trading", f"Turnover and cost: {finding}", _trading_legend(made), note, _trading_rows(made, currency))
    charts = {"trading": _trading_spec(made)}
    return section("trading", "Turnover and cost", finding, summary(words), body, charts=charts)


def _trading_legend(made: Trades) -> list[Markup]:
    above = "Above: one-way turnover" if made.costed else "One-way turnover"
    upper = tag("li", tag("span", class_="key bar s1", aria_hidden="true"), f"{above}, % of net asset value")
    lower = tag("li", tag("span", class_="key bar s2", aria_hidden="true"), "Below: cost, basis points of net asset value")
    return [upper, lower] if made.costed else [upper]


def _trading_spec(made: Trades) -> Spec:
    moved = made.moved
    x = iso(made.dates[moved])
    thick = 1.0 if len(x) > 250 else 2.0
    data = [_stems("Turnover", x, plain(made.one_way[moved], 5), "series-1", thick)]
    if not made.costed:
        return spec(data, yaxis=PERCENT_AXIS | {"rangemode": "tozero", "nticks": 5}, height=240)
    data.append(_stems("Cost, bp", x, plain(made.drag[moved] * 1e4, 2), "series-2", thick) | {"yaxis": "y2"})
    upper = PERCENT_AXIS | {"domain": [0.42, 1.0], "rangemode": "tozero", "nticks": 5}
    lower = {"domain": [0.0, 0.32], "rangemode": "tozero", "hoverformat": ".1f", "nticks": 4, "anchor": "x"}
    return spec(data, yaxis=upper, yaxis2=lower, xaxis={"anchor": "y2"}, height=340)


def _stems(title: str, x: list[str], y: list[float | None], colour: str, width: float) -> Trace:
    """One bar a rebalance, as wide as its outline: visible however many there are."""
    mark = {"color": f"@{colour}", "line": {"color": f"@{colour}", "width": width}}
    day = 86_400_000
    return {"type": "bar", "name": name(title), "x": x, "y": y, "width": day, "marker": mark}


def _trading_rows(made: Trades, currency: str) -> Markup:
    year = made.dates.astype("datetime64[Y]").astype(int) + 1970
    rows: list[list[Content]] = []
    for y in np.unique(year)[::-1].tolist():
        here = year == y
        turned = float(made.one_way[here & made.funded].sum())
        row: list[Content] = [str(y), str(int(here.sum())), str(int((here & made.moved).sum())), points(turned)]
        costs = [f"{made.costs[here].sum():,.2f}", f"{made.drag[here].sum() * 1e4:.1f}"] if made.costed else []
        rows.append([*row, *costs])
    head = ["Year", "Decisions", "Traded", "Turnover, %", *([f"Cost, {currency}", "Cost, bp"] if made.costed else [])]
    return table(head, rows, label="Turnover and cost by year", class_="figures")


def assets(result: Result) -> Section:
    """Result by asset: price, income and cost; with interest and fees they add up to the change in net asset value."""
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
