"""Sections on causes: where the difference from the benchmark came from, and whether the signals still work."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from trimtab.attribution.coefficients import carino
from trimtab.attribution.health import SignalHealth
from trimtab.attribution.tactical import Attribution
from trimtab.core.arrays import Array, Dates
from trimtab.core.errors import DataError
from trimtab.desk.attributing import attribute
from trimtab.desk.attribution_review import (
    BENCHMARK_WORDS,
    AttributionReview,
    Cause,
    attribution_words,
    groups_of,
    headline,
    review_attribution,
)
from trimtab.desk.class_review import ClassReview, review_classes
from trimtab.desk.health_review import review_health
from trimtab.desk.result import Result
from trimtab.surfaces.report.charts import PERCENT_AXIS, Curve, Spec, curves, iso, spec
from trimtab.surfaces.report.markup import Content, Markup, prose, tag
from trimtab.surfaces.report.panel import Section, bullets, chart, line_legend, section, summary, table, text_head
from trimtab.surfaces.report.study import thinned
from trimtab.surfaces.report.wording import NONE, capital, minus, number, percent, signed, signed_percent

HASH = re.compile(r"(?<=\d{4}-\d{2}-\d{2})/[0-9a-f]+")
ADDED = "Effects added up in logarithms of wealth: the lines together are the lead over the benchmark."
AGAINST = (
    f"That benchmark is {BENCHMARK_WORDS}; one among the key figures pays its own costs. Years are those of the calendar here, "
    "so that returns a year may differ a little too."
)
MONEY = (
    "Money is what each effect was of the value of its own time, not compounded: what came late weighs more than in % a year, "
    "and the sum is not the gap between two end values."
)
RISK = (
    "Tracking error here is that of the periods between decisions, a year; the key figures take every valuation date, and "
    "their own benchmark."
)
COEFFICIENT = (
    "The information coefficient says how well scores foretold what followed, from \u22121 to +1. One whose t-statistic lies "
    "between \u22122 and +2 cannot be told from none."
)


def attribution(result: Result, *, client: bool = False) -> Section | None:
    """Causes over time and in a table, then by class. None where there is no time between two decisions.

    A client reads dates for decisions, without the hash of what was known, and no tracking error.
    """
    try:
        found = attribute(result)
    except DataError:
        return None
    review = review_attribution(result, found)
    drawn, kept = _cumulated(found), thinned(found.ends)
    names = [name for name, values in drawn.items() if np.abs(values).max() > 0.0]
    lines = [Curve(name, iso(found.ends[kept]), drawn[name][kept]) for name in names]
    head, first, rest = minus(headline(review)), *_told(review, client=client)
    label = f"Causes over time: {head}"
    body = chart("attribution", label, line_legend(names), ADDED, _year_rows(found.ends, names, drawn))
    causes = [tag("h3", "Cause by cause"), _cause_table(review, client=client), _notes(review, client=client)]
    classes = [tag("h3", "By asset class"), _class_table(result, found)]
    charts = {"attribution": _spec(lines)}
    return section("attribution", "Attribution", head, summary(first), rest, body, causes, classes, charts=charts)


def _told(review: AttributionReview, *, client: bool) -> tuple[str, Markup]:
    """The difference and what it is from, in a sentence each; then what weighed most."""
    first, *others = (minus(_dated(one) if client else one) for one in attribution_words(review))
    return f"{first} {AGAINST}", bullets([prose(one) for one in others])


def _dated(words: str) -> str:
    """Without the hashes of decisions: their dates name them."""
    return HASH.sub("", words)


def _notes(review: AttributionReview, *, client: bool) -> list[Markup]:
    """How to read the columns, and why other parts of the page may say otherwise."""
    deeds = "The percent after a decision is its effect until the next one."
    lines = [f"{MONEY} {deeds}" if review.currency else deeds]
    if not client:
        lines.append(RISK)
    return [tag("p", line, class_="note") for line in lines]


def _spec(lines: list[Curve]) -> Spec:
    return spec(curves(lines), yaxis=PERCENT_AXIS, height=300)


def _cumulated(found: Attribution) -> dict[str, Array]:
    """(N,) of each group: effects times Carino's k_t, added up; together ln(1 + r) - ln(1 + b), added up."""
    try:
        k = carino(found.returns, found.benchmark).period
    except DataError:
        k = np.ones(len(found.returns))
    sums = {}
    for name, parts in groups_of(found).items():
        effects = sum((row.by_period for row in found.rows if row.part in parts), np.zeros(len(k)))
        sums[name] = np.cumsum(effects * k)
    return sums


def _year_rows(ends: Dates, names: list[str], drawn: dict[str, Array]) -> Markup:
    """How far each line of the chart moved in each calendar year, and where it ends."""
    year = ends.astype("datetime64[Y]")
    lines = np.stack([drawn[name] for name in names]) if names else np.zeros((0, len(ends)))
    lines = np.vstack([lines, lines.sum(axis=0)])
    last = np.append(np.flatnonzero(year[1:] != year[:-1]), len(year) - 1)
    moves = np.diff(lines[:, last], prepend=0.0)
    head: list[Content] = ["Year", *(f"{name}, %" for name in names), "Together, %"]
    rows: list[list[Content]] = [[str(year[k]), *map(_points, moves[:, n])] for n, k in enumerate(last)]
    whole: list[Content] = ["All years", *map(_points, lines[:, -1])]
    return table(head, [*rows[::-1], whole], label="Effects by year", class_="figures sums")


def _cause_table(review: AttributionReview, *, client: bool) -> Markup:
    found = review.attribution
    head: list[Content] = ["Cause", "% a year", "Tracking error, %", review.currency or "Money"]
    whole: list[Content] = ["Difference from the benchmark", _points(found.total_a_year - found.benchmark_a_year)]
    gained = float(found.gain - found.benchmark_gain)
    digits = 0 if max(abs(gained), *(abs(float(cause.money)) for cause in review.causes)) >= 1000.0 else 2
    whole += [number(100.0 * float(found.risk.total)), signed(gained, digits), ""]
    rows: list[list[Content]] = [[*_figures(cause, digits), _deeds(cause, client=client)] for cause in review.causes]
    every: list[list[Content]] = [[*head, text_head("Decisions that weighed most")], *rows, whole]
    names, *body = [[*row[:2], *row[3:]] for row in every] if client else every
    return table(names, body, label="Causes", class_="figures causes sums")


def _figures(cause: Cause, digits: int) -> list[Content]:
    return [cause.title, _points(cause.a_year), number(100.0 * cause.risk), signed(float(cause.money), digits)]


def _points(value: float) -> str:
    return signed(100.0 * value) if np.isfinite(value) else NONE


def _deeds(cause: Cause, *, client: bool) -> Markup:
    told = [deed for deed in cause.deeds if round(deed.effect, 4)]  # 0.00 % weighs nothing
    named = [_dated(deed.decision) if client else deed.decision for deed in told]
    said = [f"{name} {signed_percent(deed.effect, 2)}" for name, deed in zip(named, told, strict=True)]
    parts = [[tag("span", one, class_="whole"), "; " if k + 1 < len(said) else ""] for k, one in enumerate(said)]
    return tag("td", parts, class_="words")


def _class_table(result: Result, found: Attribution) -> Markup:
    classes, per_year = review_classes(result, found), found.per_year
    scale = per_year if np.isfinite(per_year) else 1.0
    unit = "% a year" if np.isfinite(per_year) else "%"
    head: list[Content] = ["Class", "Benchmark, %", "Target, %"]
    head += [f"{name}, {unit}" for name in ("Allocation", "Selection", "Execution and costs", "Total")]
    rows = [_class_row(name, _class_figures(classes, k, scale)) for k, name in enumerate(classes.names)]
    rows.append(_class_row("All", np.sum([_class_figures(classes, k, scale) for k in range(len(classes.names))], axis=0)))
    return table(head, rows, label="By asset class", class_="figures sums")


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
    finding, words = verdicts(found), found[0].words
    lately = words.lately.removeprefix("over ").removeprefix("in ")
    head: list[Content] = ["Signal", text_head("Verdict"), "Information coefficient", "Its t-statistic"]
    head += [f"Coefficient, {lately}", "Hit rate", "Whipsaws", f"Mean lag, {words.periods}"]
    body = table(head, [_health_row(one) for one in found], label="Signal health", class_="figures")
    brief = bullets([minus(one.overall) for one in found])
    said = [_findings(one) for one in found]
    return section("health", "Signal health", finding, summary(COEFFICIENT), body, brief, said)


def _findings(one: SignalHealth) -> Markup:
    """What was measured of a signal, folded away."""
    lines = [minus(said) for said in one.sentences.values()]
    opened = tag("summary", f"{one.name} in {len(lines)} findings")
    return tag("details", opened, bullets(lines), class_="print-open")


def verdicts(found: tuple[SignalHealth, ...]) -> str:
    """How many signals stand where, in one sentence."""
    counts = Counter(one.verdict for one in found)
    said = [f"{count} of {len(found)} {verdict.value}" for verdict, count in counts.items()]
    return f"Signals: {', '.join(said)}."


def _health_row(one: SignalHealth) -> list[Content]:
    whole, recent = one.information, one.decay.recent
    verdict = tag("td", capital(one.verdict.value), class_="words")
    figures = [signed(whole.value, 3), signed(whole.t, 1), signed(recent.value, 3), percent(one.hits.whole.rate)]
    return [one.name, verdict, *figures, f"{one.whipsaws.count:,}", number(one.detection.mean, 1)]
