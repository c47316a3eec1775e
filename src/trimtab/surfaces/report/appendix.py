"""The last sections: the policy in words and in its canonical form, where the data come from, and every definition."""

from __future__ import annotations

from collections.abc import Iterable

from trimtab.desk.order_review import order_words
from trimtab.desk.result import Result
from trimtab.desk.summary import LEVEL
from trimtab.numerics.performance import DEFINITIONS
from trimtab.surfaces.report.figures import GROUPS
from trimtab.surfaces.report.markup import Content, Markup, tag
from trimtab.surfaces.report.panel import Section, bullets, section, summary, table
from trimtab.surfaces.report.plain_names import FOR_CLIENTS, name_of
from trimtab.surfaces.report.study import Study
from trimtab.surfaces.report.wording import percent


def policy(result: Result, *, client: bool = False) -> Section:
    """The rules in words, generated from the file, and the text that the hash commits to, unless a client reads it."""
    held = result.policy
    finding = f"{held.title}, in words."
    if client:
        return section("policy", "Rules", finding, summary("Generated from the policy file."), bullets(held.words))
    orders = [tag("h3", "Orders"), bullets(order_words(result))]
    hash_line = tag("p", "SHA-256 ", tag("code", held.sha256), class_="note")
    opened = tag("summary", "The canonical form that this hash commits to")
    canonical = tag("details", opened, tag("pre", held.text), class_="print-open")
    words = "Generated from the policy file; parameters change the hash, comments and order do not."
    return section("policy", "Policy", finding, [summary(words), bullets(held.words), orders, hash_line, canonical])


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
    """Every formula of the report, its conventions, and what could not be computed or was stopped.

    A client reads the sentences without formulas, of the figures that stand in the report.
    """
    if study.client:
        entries = [_entry(key, name_of(key, study), formula=False) for key in DEFINITIONS if key in FOR_CLIENTS]
        words = f"Figures are {study.after}, between {study.subject.frequency} valuation dates."
        return section("definitions", "Definitions", "What every figure means.", summary(words), tag("dl", entries))
    idle = () if study.result is not None else ("deflated_sharpe", *GROUPS["Fees"], *GROUPS["Taxes"])
    stated = {key for keys in GROUPS.values() for key in keys if key not in idle}
    entries = [_entry(key, one.name) for key, one in DEFINITIONS.items() if key in stated or key.startswith("rolling")]
    words = (
        f"Returns are simple, {study.after}, between valuation dates; {study.subject.per_year} periods make a year; "
        f"the riskless rate is {_bills(study)}; the interval of the Sharpe ratio holds {percent(LEVEL, 0)}."
    )
    symbols = (
        "In the formulas r is the return of a period, b the benchmark's, rf that of bills, V the net asset value, T the number "
        "of periods, f their number in a year, and sd a standard deviation with ddof 1."
    )
    found = [*study.notes, *warnings, *(study.result.blocked if study.result else ())]
    flaws = [tag("h3", "Warnings and missing figures"), bullets(found)] if found else []
    body = [summary(words, " ", symbols), tag("dl", entries), flaws]
    return section("definitions", "Definitions", "How every figure is computed.", body)


def _entry(key: str, name: str, *, formula: bool = True) -> Markup:
    one = DEFINITIONS[key]
    says = tag("dd", one.sentence, [" ", tag("code", one.formula)] if formula else None)
    return tag("div", tag("dt", name, id=f"def-{key.replace('_', '-')}"), says)


def _bills(study: Study) -> str:
    if study.result is None:
        return "that of the series" if study.subject.riskfree.any() else "zero, since none is known"
    return "the policy's bill series" if study.result.cash_index is not None else "zero, since the policy names no bill series"
