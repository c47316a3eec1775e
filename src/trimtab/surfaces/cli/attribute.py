"""`attribute`: where the difference from the benchmark came from, by signal, class, sleeve or factor."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from trimtab.attribution.linking import Linking
from trimtab.attribution.tactical import Attribution
from trimtab.core.calendar import day
from trimtab.core.errors import UsageError
from trimtab.desk.account_attribution import AccountAttribution
from trimtab.desk.attributing import attribute as attributed
from trimtab.desk.attribution_review import (
    BENCHMARK_WORDS,
    AttributionReview,
    attribution_words,
    review_attribution,
)
from trimtab.desk.backtest import backtest
from trimtab.desk.class_review import ClassReview, review_classes
from trimtab.desk.prepare import load_market
from trimtab.desk.result import Result
from trimtab.surfaces.attribution import attribution_document
from trimtab.surfaces.cli.attribute_account import account_asked, account_assumptions, account_head
from trimtab.surfaces.cli.attribute_factors import by_factor
from trimtab.surfaces.cli.options import counted, hint, on_data, opened, print_json, progress, say, workspace
from trimtab.surfaces.cli.tables import clipped, percent, wide
from trimtab.surfaces.cli.wrapping import wrapped

EARLIEST, LATEST = date(1, 1, 1), date(9999, 12, 31)


def attribute(options: Namespace) -> int:
    """Attribute an account of the book, or run the policy (or the run again) and attribute that; print the table."""
    if options.factors and options.by != "factor":
        raise UsageError("--factors explain nothing here", remedy="They go with --by factor.")
    first, last = _window(options)
    account = account_asked(options, None if options.first is None else first)
    if account is not None:
        return _shown(account, "", windowed(account.attribution, options), options)
    result, name = _result(options)
    if options.by == "factor":
        return by_factor(result, name, options, (day(first), day(last)))
    return _shown(result, name, windowed(attributed(result, by_sleeve=options.by == "sleeve"), options), options)


def _shown(result: Result | AccountAttribution, name: str, found: Attribution, options: Namespace) -> int:
    """The table, or the document."""
    review = review_attribution(result, found, linking=Linking(options.linking))
    classes = review_classes(result, found, linking=review.linking) if options.by == "class" else None
    if options.json:
        print_json("attribute", {"run": name, "by": options.by, **attribution_document(result, review, classes)})
        return 0
    for line in screen(result, review, classes):
        say(line)
    return 0


def _result(options: Namespace) -> tuple[Result, str]:
    """The result that is asked for, and the hash of its run where it is one."""
    folder, asked = workspace(options), options.target
    if asked.isalnum() and any((folder.folder / "runs").glob(f"{asked}*")):
        name = folder.path(asked).name
        policy = on_data(folder.policy(name), options)
    else:
        name, policy = "", opened(asked, options)
    market = load_market(policy)
    result = backtest(policy, market, progress=progress(options, policy.name))
    if name and folder.meta(name)["data_sha256"] != result.data_digest:
        hint("! the data have changed since this run; what follows is of the data as they are now", options)
    return result, name


def windowed(found: Attribution, options: Namespace) -> Attribution:
    """The periods within `--from` and `--to`."""
    first, last = _window(options)
    return found if options.first is None and options.until is None else found.within(day(first), day(last))


def _window(options: Namespace) -> tuple[date, date]:
    first, last = _date(options.first, "--from", EARLIEST), _date(options.until, "--to", LATEST)
    if first > last:
        raise UsageError(f"--from {first} is after --to {last}", remedy="Turn them round.")
    return first, last


def _date(text: str | None, option: str, otherwise: date) -> date:
    if text is None:
        return otherwise
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text!r} is not a date", remedy="Write it as 2018-11-30.") from None


def screen(result: Result | AccountAttribution, review: AttributionReview, classes: ClassReview | None) -> Iterator[str]:
    """Head, causes (or classes), total, and what is to be said."""
    found = review.attribution
    head, cuts = result.policy.title, "decisions"
    if isinstance(result, AccountAttribution):
        head, cuts = account_head(result), "decisions and flows"
    yield f" {head}    {found.starts[0]} to {found.ends[-1]}, {counted(len(found.starts), 'period')} between {cuts}"
    for line in _assumptions(result):
        yield from wrapped(line)
    yield ""
    yield from _class_rows(classes) if classes is not None else _cause_rows(review)
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


def _cause_rows(review: AttributionReview) -> Iterator[str]:
    full, found = wide(), review.attribution
    names = f"  {'largest decision':<28}" if full else ""
    yield f" {'cause':<34}{'% a year':>10}{'in all, %':>12}{'TE, %':>8}{review.currency or 'money':>18}{names}".rstrip()
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
    return f"{yearly}{percent(effect, 12, signed=True)}{apart}{money:>+18,.2f}"


def _class_rows(classes: ClassReview) -> Iterator[str]:
    heads = ("benchmark, %", "target, %", "allocation, %", "selection, %", "execution, %", "total, %", "TE, %")
    yield f" {'class':<18}" + "".join(f"{head:>14}" for head in heads)
    for k, name in enumerate(classes.names):
        yield _class_row(name, [float(column[k]) for column in _columns(classes)])
    sums = [column.sum() for column in _columns(classes)]
    yield _class_row("all", [float(value) for value in sums])


def _class_row(name: str, figures: list[float]) -> str:
    """Weights without, effects with a sign; tracking error n/a where it has no answer."""
    told = [percent(value, 14, 2 if n == 6 else 1, signed=1 < n < 6) for n, value in enumerate(figures)]
    return f" {clipped(name, 18)}" + "".join(f"{'n/a':>14}" if v != v else text for v, text in zip(figures, told, strict=True))


def _columns(classes: ClassReview) -> tuple[np.ndarray[Any, Any], ...]:
    effects = (classes.allocation, classes.selection, classes.execution, classes.total, classes.risk)
    return (classes.benchmark, classes.target, *effects)
