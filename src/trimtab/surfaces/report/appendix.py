"""The last sections: the policy in words and in its canonical form, where the data come from, and every definition."""

from __future__ import annotations

from collections.abc import Iterable

from trimtab.desk.order_review import order_words
from trimtab.desk.result import Result
from trimtab.desk.summary import LEVEL, after_what
from trimtab.numerics.performance import DEFINITIONS
from trimtab.surfaces.report.markup import Content, tag
from trimtab.surfaces.report.panel import Section, bullets, section, summary, table
from trimtab.surfaces.report.study import Study
from trimtab.surfaces.report.wording import percent


def policy(result: Result) -> Section:
    """The rules in words, generated from the file, and the text that the hash commits to."""
    held = result.policy
    hash_line = tag("p", "SHA-256 ", tag("code", held.sha256), class_="note")
    opened = tag("summary", "The canonical form that this hash commits to")
    canonical = tag("details", opened, tag("pre", held.text), class_="print-open")
    words = "Generated from the policy file; parameters change the hash, comments and order do not."
    orders = [tag("h3", "Orders"), bullets(order_words(result))]
    body = [summary(words), bullets(held.words), orders, hash_line, canonical]
    return section("policy", "Policy", f"{held.title}, in words.", body)


def data(result: Result) -> Section:
    """One row a series: what it is, where it comes from, and its flaws."""
    rows: list[list[Content]] = []
    for about in result.about:
        average = "period averages" if about.is_average else "period ends"
        lag = f"{about.lag_days} day{'' if about.lag_days == 1 else 's'} later" if about.lag_days else "at once"
        what = [about.title, tag("br"), f"{about.kind.value}, {about.frequency}, {average}, known {lag}"]
        notes = "; ".join(about.notes) or "none"
        rows.append([tag("code", about.name), *(tag("td", cell, class_="words") for cell in (what, about.provenance, notes))])
    flawed = sum(1 for about in result.about if about.notes)
    finding = f"{len(result.about)} series, {flawed or 'none'} with remarks."
    digest = tag("p", "SHA-256 of the data ", tag("code", result.data_digest), class_="note")
    head = ["Series", "What it is", "Source", "Remarks"]
    return section("data", "Data", finding, table(head, rows, label="Data series", class_="words"), digest)


def definitions(study: Study, warnings: Iterable[str]) -> Section:
    """Every formula of the report, its conventions, and what could not be computed or was stopped."""
    result = study.result
    entries = [
        tag(
            "div",
            tag("dt", entry.name, id=f"def-{key.replace('_', '-')}"),
            tag("dd", entry.sentence, " ", tag("code", entry.formula)),
        )
        for key, entry in DEFINITIONS.items()
    ]
    named = result.cash_index is not None
    bills = "the policy's bill series" if named else "zero, since the policy names no bill series"
    words = (
        f"Returns are simple, {after_what(result)}, between valuation dates; {result.periods_per_year} periods make a year; "
        f"the riskless rate is {bills}; the interval of the Sharpe ratio holds {percent(LEVEL, 0)}."
    )
    symbols = (
        "In the formulas r is the return of a period, b the benchmark's, rf that of bills, V the net asset value, T the number "
        "of periods, f their number in a year, and sd a standard deviation with ddof 1."
    )
    found = [*study.notes, *warnings, *result.blocked]
    flaws = [tag("h3", "Warnings and missing figures"), bullets(found)] if found else []
    body = [summary(words, " ", symbols), tag("dl", entries), flaws]
    return section("definitions", "Definitions", "How every figure is computed.", body)
