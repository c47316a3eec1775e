"""Sections on what was taken: taxes by year with what they came from and what is left out, and fees by cause."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import numpy as np

from trimtab.core.errors import DataError
from trimtab.core.taxes import TaxRates
from trimtab.desk.fee_review import FeeReview, fee_words, review_fees
from trimtab.desk.result import Result
from trimtab.desk.tax_review import TaxReview, left_out, review_taxes, tax_words
from trimtab.surfaces.report.charts import Spec, Trace, name, plain, spec
from trimtab.surfaces.report.markup import Content, Markup, tag
from trimtab.surfaces.report.panel import Section, band_legend, bullets, chart, section, summary, table
from trimtab.surfaces.report.wording import SPACE, capital, listed, money, number, percent

MOST = 12  # years that are named on the axis
COLUMNS = ("short", "long", "ordinary", "qualified", "handed", "marked")
HEADS = (
    "Short-term gains",
    "Long-term gains",
    "Interest, ordinary dividends",
    "Qualified dividends",
    "Gains of funds",
    "Futures",
)


def taxes(result: Result) -> Section | None:
    """The three returns, the tax of each year by kind, what every year brought, and what is not known. None untaxed."""
    review, tax = review_taxes(result), result.policy.tax
    if review is None or tax is None:
        return None
    kinds = _kinds(review)
    shown = [(words, f"band-{k % 10 + 1}") for k, words in enumerate(kinds)]
    finding = _finding(review)
    saved = any(amount < 0 for one in review.years for _, amount in one.parts)
    below = "; below zero is what losses saved" if saved else ""
    note = f"By tax year and kind, {review.currency}{below}. {_rates(result)}".rstrip()
    legend = band_legend([(capital(words.removeprefix("tax ").removeprefix("on ")), colour) for words, colour in shown])
    body = [chart("taxes", f"Tax by year: {finding}", legend, note, _part_rows(review, kinds))] if kinds else []
    tables = [tag("h3", "Year by year"), _year_rows(review, pooled=tax.regime.pools)]
    missing = [tag("h3", "What is left out"), bullets(left_out(tax))]
    charts = {"taxes": _spec(review, shown)} if kinds else {}
    words = " ".join(_spaced(line) for line in tax_words(review))
    return section("taxes", "Taxes", finding, summary(words), body, tables, missing, charts=charts)


def _finding(review: TaxReview) -> str:
    found = review.returns
    if found.years < 1.0 or not np.isfinite(found.before):
        return f"Taxes of {money(float(review.paid + review.owed), review.currency)} were paid or are owed."
    return (
        f"Taxes took {percent(review.drag)} a year: {percent(found.before)} before them, {percent(found.distributions)} after."
    )


def _spaced(words: str) -> str:
    return words.replace("%", f"{SPACE}%")


def _rates(result: Result) -> str:
    """The rates at the end, in words; empty where none are known for the day."""
    tax, last = result.policy.tax, result.dates[-1].astype("datetime64[Y]").item().year
    try:
        rates = tax.regime.rates(date(last, 12, 31)) if tax is not None else None
    except DataError:
        return ""
    return f"Rates of {last}: {_rate_words(rates)}." if rates is not None else ""


def _rate_words(rates: TaxRates) -> str:
    terms = (("short-term gains", rates.short), ("long-term gains", rates.long))
    named = (
        *(terms if rates.short != rates.long else (("gains", rates.long),)),
        ("interest and ordinary dividends", rates.ordinary),
        ("qualified dividends", rates.qualified),
    )
    return listed([f"{words} {percent(float(rate))}" for words, rate in named])


def _kinds(review: TaxReview) -> list[str]:
    """Kinds of tax that any year has, in the order of the regime."""
    return list(dict.fromkeys(words for one in review.years for words, amount in one.parts if amount))


def _spec(review: TaxReview, shown: Sequence[tuple[str, str]]) -> Spec:
    """One stack a tax year."""
    x = [f"{one.about.year}-07-01" for one in review.years]
    data: list[Trace] = []
    for words, colour in shown:
        y = np.array([float(dict(one.parts).get(words, 0)) for one in review.years])
        trace: Trace = {"type": "bar", "name": name(words), "x": x, "y": plain(y, 2), "marker": {"color": f"@{colour}"}}
        data.append(trace)
    axis = {"tickformat": ",.0f", "hoverformat": ",.0f", "nticks": 6}
    named = x[:: len(x) // MOST + 1]
    time = {"hoverformat": "%Y", "tickvals": named, "ticktext": [when[:4] for when in named]}
    drawn = spec(data, yaxis=axis, xaxis=time, height=280)
    drawn["layout"]["barmode"] = "relative"
    return drawn


def _part_rows(review: TaxReview, kinds: Sequence[str]) -> Markup:
    rows: list[list[Content]] = []
    for one in reversed(review.years):
        parts = dict(one.parts)
        rows.append([str(one.about.year), *(_cell(parts.get(kind, Decimal(0))) for kind in kinds), _cell(one.assessment.tax)])
    head: list[Content] = ["Tax year", *(f"{capital(kind)}, {review.currency}" for kind in kinds), f"Tax, {review.currency}"]
    return table(head, rows, label="Tax by year and kind", class_="figures")


def _year_rows(review: TaxReview, *, pooled: bool) -> Markup:
    """What each year brought, the losses that it carries on, its tax and when it is due; columns of nothing are left out."""
    used = [k for k, key in enumerate(COLUMNS) if any(getattr(one.about, key) for one in review.years)]
    head: list[Content] = [
        "Tax year",
        *(_head(k, pooled=pooled) for k in used),
        "Losses carried on",
        f"Tax, {review.currency}",
        "Due",
        "Paid",
    ]
    rows: list[list[Content]] = []
    for one in reversed(review.years):
        carried = one.assessment.carried
        cells = [*(getattr(one.about, COLUMNS[k]) for k in used), carried.short + carried.long, one.assessment.tax]
        paid = str(one.paid) if one.paid else "owed" if one.assessment.tax else "nothing due"
        rows.append([str(one.about.year), *map(_cell, cells), str(one.due), paid])
    return table(head, rows, label="What each tax year brought", class_="figures")


def _head(k: int, *, pooled: bool) -> str:
    """Of a column; the gains of a pool have no term."""
    return "Gains" if pooled and COLUMNS[k] in ("short", "long") else HEADS[k]


def _cell(amount: Decimal) -> str:
    return number(float(amount), 0)


def fees(result: Result) -> Section | None:
    """Returns gross and net of fees, and fees by cause. None where the policy has none."""
    review = review_fees(result)
    if review is None:
        return None
    words = " ".join(_spaced(line) for line in fee_words(review)[1:])
    return section("fees", "Fees", _fee_finding(review), summary(words), _fee_rows(review))


def _fee_finding(review: FeeReview) -> str:
    if review.years < 1.0 or not np.isfinite(review.gross):
        return f"Fees of {money(float(sum(review.charged.values())), review.currency)} were charged."
    if not review.charged:
        return f"Nothing was charged; before what funds take it would be {percent(review.before_expenses)} a year."
    return f"Fees took {percent(review.drag)} a year: {percent(review.gross)} gross, {percent(review.net)} net of them."


def _fee_rows(review: FeeReview) -> Markup:
    unit, years = review.currency, max(review.years, 1e-9)
    rows: list[list[Content]] = [
        [capital(cause), number(float(amount), 0), number(float(amount) / years, 0)] for cause, amount in review.charged.items()
    ]
    if review.funds:
        row = ["Inside the prices of funds, not charged", number(review.taken, 0), number(review.taken / years, 0)]
        rows.append([*row])
    return table(["Cause", f"In all, {unit}", f"A year, {unit}"], rows, label="Fees by cause", class_="figures")
