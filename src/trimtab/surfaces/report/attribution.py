"""Sections on causes: where the difference from the benchmark came from, and whether the signals still work."""

from __future__ import annotations

from collections import Counter

import numpy as np

from trimtab.attribution.coefficients import carino
from trimtab.attribution.health import SignalHealth
from trimtab.attribution.tactical import Attribution
from trimtab.core.arrays import Array
from trimtab.core.errors import DataError
from trimtab.desk.attributing import attribute
from trimtab.desk.attribution_review import (
    BENCHMARK_WORDS,
    GROUPS,
    AttributionReview,
    Cause,
    attribution_words,
    headline,
    review_attribution,
)
from trimtab.desk.class_review import ClassReview, review_classes
from trimtab.desk.health_review import review_health
from trimtab.desk.result import Result
from trimtab.surfaces.report.charts import PERCENT_AXIS, Curve, Spec, curves, iso, spec
from trimtab.surfaces.report.markup import Content, Markup, tag
from trimtab.surfaces.report.panel import Section, bullets, chart, line_legend, section, summary, table
from trimtab.surfaces.report.study import thinned
from trimtab.surfaces.report.wording import NONE, amount, minus, number, percent, signed, signed_percent


def attribution(result: Result) -> Section | None:
    """Causes over time and in a table, then by class. None where there is no time between two decisions."""
    try:
        found = attribute(result)
    except DataError:
        return None
    review = review_attribution(result, found)
    drawn, kept = _cumulated(found), thinned(found.ends)
    names = [name for name, values in drawn.items() if np.abs(values).max() > 0.0]
    lines = [Curve(name, iso(found.ends[kept]), drawn[name][kept]) for name in names]
    head, words = minus(headline(review)), minus(" ".join(attribution_words(review)))
    caption = f"Effects added up in logs of wealth. Benchmark: {BENCHMARK_WORDS}."
    body = chart("attribution", f"Causes over time: {head}", line_legend(names), caption, _year_rows(found, names))
    shown = [tag("h3", "Cause by cause"), _cause_table(review), tag("h3", "By asset class"), _class_table(result, found)]
    charts = {"attribution": _spec(lines)}
    return section("attribution", "Attribution", head, summary(words), body, shown, charts=charts)


def _spec(lines: list[Curve]) -> Spec:
    return spec(curves(lines), yaxis=PERCENT_AXIS, height=300)


def _cumulated(found: Attribution) -> dict[str, Array]:
    """(N,) of each group: effects times Carino's k_t, added up; together ln(1 + r) - ln(1 + b), added up."""
    try:
        k = carino(found.returns, found.benchmark).period
    except DataError:
        k = np.ones(len(found.returns))
    sums = {}
    for name, parts in GROUPS.items():
        effects = sum((row.by_period for row in found.rows if row.part in parts), np.zeros(len(k)))
        sums[name] = np.cumsum(effects * k)
    return sums


def _year_rows(found: Attribution, names: list[str]) -> Markup:
    """Effects of each calendar year in percent of the value at the beginning of their periods."""
    year = found.ends.astype("datetime64[Y]")
    head: list[Content] = ["Year", *(f"{name}, %" for name in names), "Together, %"]
    rows: list[list[Content]] = []
    for one in np.unique(year)[::-1]:
        here = year == one
        sums = [
            float(sum((row.by_period[here].sum() for row in found.rows if row.part in GROUPS[name]), 0.0)) for name in names
        ]
        rows.append([str(one), *(signed(100.0 * value) for value in (*sums, sum(sums)))])
    return table(head, rows, label="Effects by year", class_="figures")


def _cause_table(review: AttributionReview) -> Markup:
    found = review.attribution
    head: list[Content] = [
        "Cause",
        "% a year",
        "Tracking error, %",
        f"{review.currency or 'Money'}",
        "Decisions that weighed most",
    ]
    rows = [[*_figures(cause), _deeds(cause)] for cause in review.causes]
    ahead = found.total_a_year - found.benchmark_a_year
    gained = amount(float(found.gain - found.benchmark_gain))
    whole: list[Content] = [
        "Difference from the benchmark",
        _yearly(ahead),
        number(100.0 * float(found.risk.total)),
        gained,
        "",
    ]
    return table(head, [*rows, whole], label="Causes", class_="figures causes")


def _figures(cause: Cause) -> list[Content]:
    return [cause.title, _yearly(cause.a_year), number(100.0 * cause.risk), amount(float(cause.money))]


def _yearly(value: float) -> str:
    return signed(100.0 * value) if np.isfinite(value) else NONE


def _deeds(cause: Cause) -> Markup:
    said = "; ".join(f"{deed.decision} {signed_percent(deed.effect, 2)}" for deed in cause.deeds)
    return tag("td", said, class_="words")


def _class_table(result: Result, found: Attribution) -> Markup:
    classes, per_year = review_classes(result, found), found.per_year
    scale = per_year if np.isfinite(per_year) else 1.0
    unit = "% a year" if np.isfinite(per_year) else "%"
    head: list[Content] = ["Class", "Benchmark, %", "Target, %"]
    head += [f"{name}, {unit}" for name in ("Allocation", "Selection", "Execution and costs", "Total")]
    rows = [_class_row(name, _class_figures(classes, k, scale)) for k, name in enumerate(classes.names)]
    rows.append(_class_row("All", np.sum([_class_figures(classes, k, scale) for k in range(len(classes.names))], axis=0)))
    return table(head, rows, label="By asset class", class_="figures")


def _class_figures(classes: ClassReview, k: int, scale: float) -> Array:
    effects = (classes.allocation, classes.selection, classes.execution, classes.total)
    return np.array([classes.benchmark[k], classes.target[k], *(scale * float(one[k]) for one in effects)])


def _class_row(name: str, values: Array) -> list[Content]:
    return [name, *(number(100.0 * v, 1) for v in values[:2]), *(signed(100.0 * v) for v in values[2:])]


def health(result: Result) -> Section | None:
    """Whether the signals still work: figures in a table, and a sentence for each. None without signals."""
    try:
        found = review_health(result)
    except DataError:
        return None
    if not found:
        return None
    finding = verdicts(found)
    head: list[Content] = ["Signal", "Information coefficient", "t", "Recent", "Hit rate", "Whipsaws", "Mean lag"]
    rows = [_health_row(one) for one in found]
    said = [[tag("h3", one.name), bullets([minus(said) for said in (one.overall, *one.sentences.values())])] for one in found]
    return section("health", "Signal health", finding, table(head, rows, label="Signal health", class_="figures"), said)


def verdicts(found: tuple[SignalHealth, ...]) -> str:
    """How many signals stand where, in one sentence."""
    counts = Counter(one.verdict for one in found)
    said = [f"{count} of {len(found)} {verdict.value}" for verdict, count in counts.items()]
    return f"Signals: {', '.join(said)}."


def _health_row(one: SignalHealth) -> list[Content]:
    whole, recent = one.information, one.decay.recent
    figures = [number(whole.value, 3), number(whole.t, 1), number(recent.value, 3), percent(one.hits.whole.rate)]
    return [one.name, *figures, f"{one.whipsaws.count:,}", number(one.detection.mean, 1)]
