"""The screen of `attribute`: what it rests on, causes or classes, what is to be said. Narrow terminals get fewer columns."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np

from trimtab.desk.account_attribution import AccountAttribution
from trimtab.desk.attribution_review import BENCHMARK_WORDS, AttributionReview, attribution_words
from trimtab.desk.class_review import ClassReview
from trimtab.desk.result import Result
from trimtab.surfaces.cli.attribute_account import account_assumptions, account_head
from trimtab.surfaces.cli.options import counted
from trimtab.surfaces.cli.tables import clipped, percent, wide
from trimtab.surfaces.cli.wrapping import wrapped

ROOMY = 84  # columns of a terminal that shows tracking error and money beside effects


def screen(result: Result | AccountAttribution, review: AttributionReview, classes: ClassReview | None) -> Iterator[str]:
    """Head, causes (or classes), total, and what is to be said."""
    found = review.attribution
    head, cuts = result.policy.title, "decisions"
    if isinstance(result, AccountAttribution):
        head, cuts = account_head(result), "decisions and flows"
    span = f"{found.starts[0]} to {found.ends[-1]}, {counted(len(found.starts), 'period')} between {cuts}"
    yield from [f" {head}    {span}"] if wide() else wrapped(f"{head}: {span}")
    for line in _assumptions(result):
        yield from wrapped(line)
    yield ""
    yield from _class_rows(classes, found.per_year) if classes is not None else _cause_rows(review)
    yield ""
    for line in attribution_words(review):
        yield from wrapped(line)


def _assumptions(result: Result | AccountAttribution) -> Iterator[str]:
    """What the numbers rest on."""
    if isinstance(result, AccountAttribution):
        yield from account_assumptions(result)
        return
    trials = f"; trials in this workspace: {result.trials.total}" if result.trials.total else ""
    yield f"A backtest: {result.execution_words}{trials}. Benchmark: {BENCHMARK_WORDS}."
    for note in result.notes:
        yield f"! {note}"


def roomy() -> bool:
    """Whether the terminal shows all figures of a cause."""
    return shutil.get_terminal_size((120, 24)).columns >= ROOMY


def _cause_rows(review: AttributionReview) -> Iterator[str]:
    full, found, money = wide(), review.attribution, review.currency or "money"
    more = f"{'TE, %':>8}{money:>18}" if roomy() else ""
    yield f" {'cause':<34}{'% a year':>10}{'in all, %':>12}{more}{'  largest decision' if full else ''}"
    for cause in review.causes:
        deeds = "".join(f"{deed.decision} {_effect(deed.effect)} %" for deed in cause.deeds[:1]) if full else ""
        figures = _figures(cause.a_year, cause.effect, cause.risk, cause.money)
        yield f" {clipped(cause.title, 34)}{figures}  {deeds}".rstrip()
    ahead, gained = found.total_a_year - found.benchmark_a_year, found.gain - found.benchmark_gain
    whole = _figures(ahead, review.difference, float(found.risk.total), gained)
    yield f" {'difference from the benchmark':<34}{whole}"


def _effect(effect: float) -> str:
    return percent(effect, 0, 2, signed=True)


def _figures(a_year: float, effect: float, risk: float, money: Decimal) -> str:
    yearly = percent(a_year, 10, 2, signed=True) if a_year == a_year else f"{'n/a':>10}"
    apart = percent(risk, 8, 2) if risk == risk else f"{'n/a':>8}"
    return f"{yearly}{percent(effect, 12, signed=True)}" + (f"{apart}{money:>+18,.2f}" if roomy() else "")


def _class_rows(classes: ClassReview, per_year: float) -> Iterator[str]:
    """Weights and tracking error in percent; effects in percent a year, or of the whole where it is less than a year."""
    yearly = per_year == per_year
    heads = ("benchmark, %", "target, %", "allocation", "selection", "execution", "total", "TE, %")
    yield f" effects in {'% a year' if yearly else '%'}"
    yield f" {'class':<18}" + "".join(f"{head:>13}" for head in (heads if wide() else heads[2:5]))
    scale = per_year if yearly else 1.0
    columns = [column * (scale if 1 < n < 6 else 1.0) for n, column in enumerate(_columns(classes))]
    for k, name in enumerate(classes.names):
        yield _class_row(name, [float(column[k]) for column in columns])
    yield _class_row("all", [float(column.sum()) for column in columns])


def _class_row(name: str, figures: list[float]) -> str:
    """Weights without, effects with a sign; tracking error n/a where it has no answer."""
    told = [percent(value, 13, 1 if n < 2 else 2, signed=1 < n < 6) for n, value in enumerate(figures)]
    told = [f"{'n/a':>13}" if value != value else text for value, text in zip(figures, told, strict=True)]
    return f" {clipped(name, 18)}" + "".join(told if wide() else told[2:5])


def _columns(classes: ClassReview) -> tuple[np.ndarray[Any, Any], ...]:
    effects = (classes.allocation, classes.selection, classes.execution, classes.total, classes.risk)
    return (classes.benchmark, classes.target, *effects)
