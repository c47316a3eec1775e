"""Sections 3 and 4 of a committee's pack: performance inside or outside of what was promised, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.desk.account_attribution import AccountAttribution
from trimtab.desk.attribution_review import review_attribution
from trimtab.desk.committee import Pack, Results
from trimtab.desk.own_record import Span
from trimtab.desk.promised import Promised
from trimtab.governance.review_plan import months_after
from trimtab.surfaces.report.charts import Curve, Spec, Trace, curves, iso, log_axis, plain, spec
from trimtab.surfaces.report.committee_pieces import blocks, found_in, grid
from trimtab.surfaces.report.markup import Content, prose, tag
from trimtab.surfaces.report.panel import Section, bullets, chart, line_legend, section, summary, table
from trimtab.surfaces.report.wording import NONE, capital, day, listed, minus, number, signed, signed_percent
from trimtab.validation.expectations import SHOWN

OWN = (
    "The account's own entries, time-weighted: money that came or went counts at the end of its day. The benchmark is the "
    "strategic weights, put back at each decision, free of cost. A span that the record does not reach back over is left open."
)
FAN = (
    "The inner band holds half of the histories that were drawn before launch, the outer one nine of ten. Below the outer band "
    "stands 1 sound policy of 20 at any age: a reason to look, and none to stop."
)
FALLS = "Falls are those of month ends: within a month they may be deeper."
WIDE = 3.0  # highest over lowest wealth from which on equal rates are drawn as equal slopes
CENT = "Causes add up to the difference, in percent and to the cent; with what the benchmark would have made they are the gain."


def performance(pack: Pack) -> Section:
    """Returns over spans of time, and the record in the fan of before launch."""
    parts = [(one.name, one.results) for one in pack.accounts]
    fans = [(one.name, one.promised) for one in pack.accounts]
    charts = {f"fan-{k}": _fan(one.found) for k, (_, one) in enumerate(fans) if one.found is not None}
    keys = {name: f"fan-{k}" for k, (name, _) in enumerate(fans)}
    body = [
        list(blocks(parts, _spans)),
        tag("h3", "What was promised before launch"),
        list(blocks(fans, lambda name, one: _pane(keys[name], name, one))),
    ]
    return section("performance", "Performance", ahead(pack), summary(OWN), body, charts=charts)


def ahead(pack: Pack) -> str:
    """What was made in the quarter, and whether that is inside of what was promised, in a sentence."""
    told = found_in([(one.name, one.promised) for one in pack.accounts])
    fans = [one for one in told if one.standing.judged is not None]
    quarters = [one.spans[0] for one in found_in([(one.name, one.results) for one in pack.accounts])]
    known = [one for one in quarters if np.isfinite(one.ahead)]
    inside = sum(one.inside for one in fans)
    stood = f"; {inside} of {len(fans)} inside what was promised" if len(fans) > 1 else ""
    if len(fans) == 1:
        place = f"{'inside' if inside else 'outside of'} what was promised before launch"
        stood = f", {place}" if known else f"; since launch it is {place}"
    if not known:
        return f"What was made in {pack.quarter.name} is not known{stood}."
    if len(known) > 1:
        won = sum(one.ahead > 0.0 for one in known)
        return f"{won} of {len(known)} accounts ahead of their benchmark in {pack.quarter.name}{stood}."
    one = known[0]
    made = f"{signed_percent(one.mine)} in {pack.quarter.name} against {signed_percent(one.theirs)} of the benchmark"
    return f"{made}{stood}."


def _spans(name: str, found: Results) -> Content:
    head: list[Content] = ["Span", "From", "To", "Account, %", "Benchmark, %", "Difference, %"]
    head += ["Account, % a year", "Benchmark, % a year", "Deepest fall, %", "Benchmark's, %"]
    return grid(head, [_span(one) for one in found.spans], f"Performance of {name}")


def _span(one: Span) -> list[Content]:
    if one.why:
        return [one.name, tag("td", prose(capital(minus(one.why))), class_="words", colspan="9")]
    dates = [tag("td", tag("time", day.isoformat())) for day in (one.first, one.last)]
    values = (one.mine, one.theirs, one.mine - one.theirs, one.mine_a_year, one.theirs_a_year, one.fall, one.benchmark_fall)
    return [one.name, *dates, *map(_points, values)]


def _points(value: float) -> str:
    return signed(100.0 * value, 1) if np.isfinite(value) else NONE


def _pane(key: str, name: str, found: Promised) -> Content:
    stood = capital(minus(found.standing.words))
    label = f"{name}, wealth from 1 since {found.launched.isoformat()}: {stood}"
    head: list[Content] = ["Month", "Wealth", "Percentile", "Ahead of the benchmark, %", "Percentile"]
    rows: list[list[Content]] = [
        [
            tag("time", day(when)),
            *(number(one.wealth.value), number(one.wealth.percentile, 0)),
            *(signed(100.0 * one.shortfall.value, 1), number(one.shortfall.percentile, 0)),
        ]
        for when, one in zip(found.months.dates[1:], found.path, strict=True)
    ]
    by_month = table(head, rows, label=f"{name} by month in what was expected", class_="figures")
    legend = line_legend(["the account", "median of what was expected"])
    return [tag("p", prose(f"{stood} {FALLS}")), chart(key, label, legend, FAN, by_month)]


def _fan(found: Promised) -> Spec:
    """The bands of the fan as far as the record reaches and a year more, and the record in front of them."""
    fan, months = found.expected.fan, found.months
    reach = len(months.dates) - 1 + round(fan.per_year)
    kept = [k for k, age in enumerate(fan.ages) if age <= reach]
    x = iso(_days(found, (0, *(fan.ages[k] for k in kept))))
    bands = {level: np.concatenate([[1.0], values[kept]]) for level, values in fan.quantiles("wealth").items()}
    traces = [*_bands(bands, x), *_lines(found, bands, x)]
    low = min(float(bands[SHOWN[0]].min()), float(months.wealth.min()))
    high = max(float(bands[SHOWN[-1]].max()), float(months.wealth.max()))
    axis = log_axis(low, high) if high > WIDE * low else {"tickformat": ".2~f"}
    return spec(traces, height=320, yaxis=axis | {"hoverformat": ".2f"})


def _days(found: Promised, ages: Sequence[int]) -> Dates:
    """The days on which the launch was so many months ago: as the record has them, then by the calendar."""
    known, begun = found.months.dates, found.months.dates[0].item()
    days = [known[age] if age < len(known) else np.datetime64(months_after(begun, age)) for age in ages]
    return np.array(days, dtype="datetime64[D]")


def _bands(bands: Mapping[float, Array], x: list[str]) -> list[Trace]:
    traces: list[Trace] = []
    lower, quarter, _, upper, top = SHOWN
    for low, high in ((lower, top), (quarter, upper)):
        for level in (low, high):
            trace: Trace = {"type": "scatter", "mode": "lines", "name": f"{level:g} of 100", "x": x}
            trace |= {"y": plain(bands[level], 5), "line": {"width": 0.6, "color": "@series-2"}}
            traces.append(trace | ({"fill": "tonexty", "fillcolor": "@series-1-soft"} if level == high else {}))
    return traces


def _lines(found: Promised, bands: Mapping[float, Array], x: list[str]) -> list[Trace]:
    own = Curve("the account", iso(found.months.dates), found.months.wealth)
    return curves([own, Curve("median of what was expected", x, bands[SHOWN[2]])])


def attribution(pack: Pack) -> Section:
    """Where the difference from the benchmark came from, to the cent."""
    parts = [(one.name, one.attribution) for one in pack.accounts]
    return section("attribution", "Attribution", weighed(pack), summary(CENT), list(blocks(parts, _causes)))


def weighed(pack: Pack) -> str:
    """What weighed most, in a sentence."""
    found = found_in([(one.name, one.attribution) for one in pack.accounts])
    if not found:
        return "Where the difference came from is not known."
    if len(found) > 1:
        return f"Causes of {len(found)} accounts add up to their differences."
    review = review_attribution(found[0], found[0].attribution)
    largest = sorted(review.causes, key=lambda cause: -abs(cause.effect))[:2]
    said = [f"{one.title} {signed_percent(one.effect, 2)}" for one in largest if round(one.effect, 4)]
    return f"{signed_percent(review.difference, 2)} against the benchmark{': most by ' if said else ''}{listed(said)}."


def _causes(name: str, found: AccountAttribution) -> Content:
    whole, review = found.attribution, review_attribution(found, found.attribution)
    head: list[Content] = ["Cause", "%", found.currency or "Money"]
    rows: list[list[Content]] = [[one.title, signed(100.0 * one.effect), signed(float(one.money))] for one in review.causes]
    rows.append(["Difference", signed(100.0 * review.difference), signed(float(whole.gain - whole.benchmark_gain))])
    rows.append(["What the benchmark made", signed(100.0 * whole.benchmark_total), signed(float(whole.benchmark_gain))])
    rows.append(["The account", signed(100.0 * whole.total), signed(float(whole.gain))])
    span = f"{day(whole.starts[0])} to {day(whole.ends[-1])}, {len(whole.starts)} periods between decisions and flows."
    notes = bullets([prose(minus(note)) for note in found.notes]) if found.notes else None
    return [tag("p", prose(span), class_="note"), grid(head, rows, f"Causes of {name}", sums=True), notes]
