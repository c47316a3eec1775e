"""An attribution told: each cause with its effect, its money and the decisions that made it, and the findings in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from trimtab.attribution.linking import Linking
from trimtab.attribution.tactical import Attribution, Part, Row
from trimtab.core.arrays import Array
from trimtab.desk.account_attribution import AccountAttribution
from trimtab.desk.result import Result

BELIEFS = (Part.FRAMEWORK, Part.SIGNAL, Part.SLEEVE, Part.REGIME)
GROUPS = {
    "Beliefs": BELIEFS,
    "Limits": (Part.LIMITS, Part.PACE),
    "Execution and cash": (Part.LAG, Part.ROUNDING, Part.CASH),
    "Costs, fees, taxes": (Part.COSTS, Part.FEES, Part.TAXES),
}
OF_ACCOUNTS = {**GROUPS, "Overrides": (Part.OVERRIDES,)}  # a backtest has none
TOLD = 3  # decisions that a cause names


@dataclass(frozen=True, slots=True, eq=False)
class Deed:
    """One decision's part in a cause: its id, the end of its period, and the effect in that period as a fraction."""

    decision: str
    until: np.datetime64
    effect: float


@dataclass(frozen=True, slots=True, eq=False)
class Cause:
    """One row told: `effect` over the whole window (linked), `money` in base currency, and `a_year`.

    What causes have `a_year` sums to the difference of the geometric returns a year; NaN for less than a year. `by_asset`
    (A + 1,) divides `effect`, cash last; `risk` is its part of the ex-post tracking error a year, NaN where there is none;
    `deeds` are the largest effects of single decisions, either way.
    """

    part: Part
    name: str
    title: str
    effect: float
    a_year: float
    money: Decimal
    by_asset: Array
    risk: float
    deeds: tuple[Deed, ...]


@dataclass(frozen=True, slots=True, eq=False)
class AttributionReview:
    """The whole: returns over the window, their difference, and the causes, which add up to it."""

    attribution: Attribution
    linking: Linking
    causes: tuple[Cause, ...]
    currency: str

    @property
    def difference(self) -> float:
        """Compounded return of the portfolio less that of the benchmark."""
        return self.attribution.total - self.attribution.benchmark_total


def review_attribution(
    result: Result | AccountAttribution, found: Attribution, *, linking: Linking = Linking.CARINO
) -> AttributionReview:
    """The attribution of a result, or of an account, told."""
    linked, per_year, risks = found.linked(linking), found.per_year, found.risk.parts.tolist()
    causes = tuple(
        _cause(found, row, (part, risk), per_year) for row, part, risk in zip(found.rows, linked, risks, strict=True)
    )
    return AttributionReview(found, linking, causes, result.currency)


def _cause(found: Attribution, row: Row, told: tuple[Array, float], per_year: float) -> Cause:
    effects = row.by_period
    deeds = tuple(Deed(found.decisions[n], found.ends[n], float(effects[n])) for n in found.largest(row, TOLD))
    linked, risk = told
    effect = float(linked.sum())
    return Cause(row.part, row.name, row.title, effect, effect * per_year, row.money, linked, risk, deeds)


def by_group(review: AttributionReview, labels: Sequence[str]) -> dict[str, Array]:
    """Linked effects (R,) of all causes by the label of the asset; `labels` (A + 1,), that of cash last."""
    table = np.stack([cause.by_asset for cause in review.causes])
    names = np.array(labels, dtype=object)
    return {name: np.asarray(table[:, names == name].sum(axis=1)) for name in dict.fromkeys(labels)}


def attribution_words(review: AttributionReview) -> tuple[str, ...]:
    """What is to be said of it, the difference first, then what weighed most, and beliefs beside what they were charged."""
    found = review.attribution
    yearly = found.per_year == found.per_year
    made, bench = (found.total_a_year, found.benchmark_a_year) if yearly else (found.total, found.benchmark_total)
    span, unit = f"From {found.starts[0]} to {found.ends[-1]}", " a year" if yearly else ""
    ahead = f"{_percent(made - bench, signed=True)}{unit}"
    lines = [f"{span} the portfolio made {_percent(made)}{unit}, the benchmark {_percent(bench)}: {ahead}."]
    told = sorted(review.causes, key=lambda cause: -abs(cause.effect))
    seen = [cause for cause in told if round(cause.a_year if yearly else cause.effect, 4)]
    lines += [_sentence(cause, yearly=yearly) for cause in seen[:TOLD]]
    beliefs = _sum(review, BELIEFS, yearly=yearly)
    taken = -_sum(review, (Part.COSTS, Part.FEES, Part.TAXES), yearly=yearly)
    lines.append(f"Beliefs brought {_percent(beliefs, signed=True)}{unit}; costs, fees and taxes took {_percent(taken)}{unit}.")
    return tuple(lines)


def headline(review: AttributionReview) -> str:
    """The difference and its kinds of causes in one sentence."""
    found = review.attribution
    yearly = found.per_year == found.per_year
    unit = " a year" if yearly else ""
    ahead = found.total_a_year - found.benchmark_a_year if yearly else review.difference
    sums = {name: _sum(review, parts, yearly=yearly) for name, parts in groups_of(found).items()}
    said = [f"{name.lower()} {_percent(value, signed=True)}" for name, value in sums.items() if round(value, 4)]
    side = "ahead of" if ahead > 0.0 else "behind"
    head = f"{_percent(abs(ahead))}{unit} {side} the benchmark" if round(ahead, 4) else "Level with the benchmark"
    return f"{head}{': ' if said else ''}{', '.join(said)}."


def groups_of(found: Attribution) -> Mapping[str, tuple[Part, ...]]:
    """The kinds of causes of an attribution: overrides are one where there are any."""
    return OF_ACCOUNTS if any(row.part is Part.OVERRIDES for row in found.rows) else GROUPS


def _sum(review: AttributionReview, parts: Sequence[Part], *, yearly: bool) -> float:
    return sum((cause.a_year if yearly else cause.effect) for cause in review.causes if cause.part in parts)


def _sentence(cause: Cause, *, yearly: bool) -> str:
    size = f"{_percent(abs(cause.a_year))} a year" if yearly else _percent(abs(cause.effect))
    made, first = "brought" if cause.effect > 0.0 else "cost", cause.deeds[0]
    if not round(first.effect, 4):
        return f"{cause.title}: {made} {size}, a little by each decision."
    deed = f"{'brought' if first.effect > 0.0 else 'cost'} {_percent(abs(first.effect))} by {first.until}"
    return f"{cause.title}: {made} {size}; the decision that weighed most, {first.decision}, {deed}."


def _percent(value: float, *, signed: bool = False) -> str:
    written = f"{100.0 * value:{'+' if signed else ''}.2f} %"
    return written.lstrip("+-") if written.strip("+-") == "0.00 %" else written


BENCHMARK_WORDS = "the strategic weights, put back at each decision, free of cost"
