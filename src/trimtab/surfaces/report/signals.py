"""Sections on what the market said: a chart for each signal, and the regime with what it saw and missed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.roles import Signal
from trimtab.core.values import Measure
from trimtab.desk.dates import view_at
from trimtab.desk.readings import measure_of, state_of
from trimtab.desk.regime_review import Detection, RegimeReview, regime_words, review_regime
from trimtab.desk.result import Result
from trimtab.desk.words import described
from trimtab.surfaces.report.charts import PERCENT_AXIS, Curve, Spec, Trace, areas, band_colour, curves, iso, spec
from trimtab.surfaces.report.markup import Content, Markup, tag
from trimtab.surfaces.report.panel import Section, band_legend, chart, line_legend, section, summary, table
from trimtab.surfaces.report.study import thinned
from trimtab.surfaces.report.wording import day, listed, minus, number, percent, points, signed

DRAWN = 4  # lines that styles can tell apart


def signals(result: Result) -> Section | None:
    """A chart for each signal: the number behind it above, its score below. None where the policy has no signals."""
    policy, knowledge = result.policy, result.aims
    if not policy.voices:
        return None
    rows = np.searchsorted(result.market.sessions, knowledge.days.dates)
    view = view_at(policy, result.market, rows)
    body: list[Content] = []
    charts: dict[str, Spec] = {}
    for k, (name, signal) in enumerate(policy.voices.items()):
        key = f"signal-{k + 1}"
        part, drawing = _signal(result, (name, signal), measure_of(signal, view), knowledge.parts.values[k])
        charts[key] = drawing
        body += [tag("h3", name), summary(f"{_sentence(described(signal))}"), part(key)]
    return section("signals", "Signals", _finding(result), body, charts=charts)


def regime(result: Result) -> Section | None:
    """Probabilities over time, and the falls of the benchmark that the regime saw. None where there is no regime."""
    knowledge = result.aims
    first = len(knowledge) - len(result.decisions)
    review = review_regime(result.policy, result.market, knowledge, first)
    if review is None:
        return None
    dates, found = knowledge.days.dates[first:], knowledge.regime.probabilities[first:]
    rows = thinned(dates)
    bands = [Curve(state, iso(dates[rows]), found[rows, s]) for s, state in enumerate(review.states)]
    legend = band_legend([(state, band_colour(s)) for s, state in enumerate(review.states)])
    words = regime_words(review)
    count, seen = len(review.detections), len(review.detections) - review.missed
    falls_seen = (
        f"{seen} of {count} falls of the benchmark {'was' if count == 1 else 'were'} seen" if count else "no fall to see"
    )
    finding = f"{review.switches} change{'s' * (review.switches != 1)} of state; {falls_seen}."
    body = chart("regime", f"Regime: {finding}", legend, "", _state_rows(review))
    charts = {"regime": spec(areas(bands), yaxis=PERCENT_AXIS | {"range": [0.0, 1.0]}, height=220)}
    beside = "The same policy without its regime stands beside it in every table and chart of this report."
    falls = [tag("h3", "Falls of the benchmark, and when they were seen"), _fall_rows(review)] if review.detections else []
    return section("regime", "Regime", finding, summary(minus(f"{' '.join(words)} {beside}")), body, falls, charts=charts)


def _finding(result: Result) -> str:
    scores = result.aims.scores.values[-1]
    pairs = zip(result.assets, scores.tolist(), strict=True)
    said = [f"{asset.title} {state_of(score)} ({signed(score)})" for asset, score in pairs if np.isfinite(score)]
    if not said and result.aims.sleeves is not None:
        return f"On {result.aims.days.dates[-1]} each sleeve has scores of its own."
    if not said:
        return f"On {result.aims.days.dates[-1]} no asset had a score."
    more = f" and {len(said) - 6} more" if len(said) > 6 else ""
    return f"On {result.aims.days.dates[-1]}: {listed(said[:6])}{more}."


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _signal(result: Result, named: tuple[str, Signal], measure: Measure, scores: Array) -> tuple[Any, Spec]:
    """What puts the chart of one signal into the page, given its key, and its drawing."""
    drawn = lines(result, measure.values, scores)
    dates = result.aims.days.dates
    rows = thinned(dates)
    x = iso(dates[rows])
    names = [result.assets[a].title if len(drawn) > 1 else "every asset it speaks of" for a in drawn]
    upper = [Curve(name, x, measure.values[rows, a]) for name, a in zip(names, drawn, strict=True)]
    lower = [Curve(f"{name}, answer", x, scores[rows, a]) for name, a in zip(names, drawn, strict=True)]
    left = len(_speaking(measure.values, scores)) - len(drawn)
    note = f"Upper panel: {measure.name}; lower panel: the signal's answer." if measure.name else "The signal's answer."
    note += f" {left} more assets are not drawn." if left > 0 and len(drawn) == DRAWN else ""
    said = [f"{state_of(scores[-1, a])} on {name}" for name, a in zip(names, drawn, strict=True)]
    label = f"{named[0]}: {listed(said)} on {dates[-1]}"
    rest = _signal_rows(dates, (names, drawn), measure, scores)
    drawing = _panels(upper, lower, percent=measure.percent) if measure.name else _alone(lower)
    return (lambda key: chart(key, label, line_legend(names), note, rest)), drawing


def _panels(upper: list[Curve], lower: list[Curve], *, percent: bool) -> Spec:
    """The number behind a signal above, its answer below."""
    traces = _steps(curves(upper) + [trace | {"yaxis": "y2"} for trace in curves(lower, digits=3)])
    axis = {"domain": [0.36, 1.0], "nticks": 5} | (PERCENT_AXIS if percent else {})
    below = {"domain": [0.0, 0.26], "nticks": 3, "anchor": "x"}
    return spec(traces, yaxis=axis, yaxis2=below, xaxis={"anchor": "y2"}, height=300)


def _alone(lower: list[Curve]) -> Spec:
    """The answer of a signal that does not say what it measures."""
    return spec(_steps(curves(lower, digits=3)), yaxis={"nticks": 3}, height=160)


def _steps(traces: list[Trace]) -> list[Trace]:
    """Lines that hold from one decision date to the next."""
    return [trace | {"line": trace["line"] | {"shape": "hv"}} for trace in traces]


def lines(result: Result, values: Array, scores: Array) -> list[int]:
    """Numbers of the assets to draw: one where all say the same, else those with most benchmark weight."""
    speaking = _speaking(values, scores)
    first = speaking[:1]
    if all(np.array_equal(scores[:, a], scores[:, first[0]], equal_nan=True) for a in speaking) and all(
        np.array_equal(values[:, a], values[:, first[0]], equal_nan=True) for a in speaking
    ):
        return first
    return sorted(sorted(speaking, key=lambda a: -float(result.benchmark_weights[a]))[:DRAWN])


def _speaking(values: Array, scores: Array) -> list[int]:
    """Assets on which a signal ever says anything; the first one where it never does."""
    found: list[int] = np.flatnonzero((np.isfinite(values) | np.isfinite(scores)).any(axis=0)).tolist()
    return found or [0]


def _signal_rows(dates: Dates, drawn: tuple[Sequence[str], Sequence[int]], measure: Measure, scores: Array) -> Markup:
    year = dates.astype("datetime64[Y]")
    ends = np.flatnonzero(np.append(year[1:] != year[:-1], True))[::-1].tolist()
    shown = points if measure.percent else number
    unit = ", %" if measure.percent else ""
    head = ["Date (year ends)"] + [text for name in drawn[0] for text in (f"{name}{unit}", "score")]
    cells = [[text for a in drawn[1] for text in (shown(measure.values[r, a]), number(scores[r, a]))] for r in ends]
    rows = [[str(dates[r]), *row] for r, row in zip(ends, cells, strict=True)]
    return table(head, rows, label="The signal at year ends", class_="figures")


def _state_rows(review: RegimeReview) -> Markup:
    rows = [[state, points(share)] for state, share in zip(review.states, review.shares, strict=True)]
    return table(["State", "Decision dates, %"], rows, label="How often each state was the likeliest", class_="figures")


def _fall_rows(review: RegimeReview) -> Markup:
    head = ["Peak", "Trough", "Depth", "Seen", "Days after the peak", "Lost by then"]
    rows = [_fall(one) for one in reversed(review.detections)]
    return table(head, rows, label="Falls of the benchmark by a tenth or more", class_="figures")


def _fall(one: Detection) -> list[Content]:
    seen = "before the peak" if one.already else "not seen" if one.seen is None else day(one.seen)
    return [day(one.peak), day(one.trough), percent(one.depth), seen, number(one.lag, 0), percent(one.lost)]
