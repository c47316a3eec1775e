"""`attribute`: where the difference from the benchmark came from, by signal, class, sleeve or factor."""

from __future__ import annotations

from argparse import Namespace
from datetime import date

from trimtab.attribution.linking import Linking
from trimtab.attribution.tactical import Attribution
from trimtab.core.calendar import day
from trimtab.core.errors import UsageError
from trimtab.desk.account_attribution import AccountAttribution
from trimtab.desk.attributing import attribute as attributed
from trimtab.desk.attribution_review import (
    review_attribution,
)
from trimtab.desk.backtest import backtest
from trimtab.desk.class_review import review_classes
from trimtab.desk.counting_variants import counted_once
from trimtab.desk.result import Result
from trimtab.surfaces.attribution import attribution_document
from trimtab.surfaces.cli.attribute_account import account_asked
from trimtab.surfaces.cli.attribute_factors import by_factor
from trimtab.surfaces.cli.attribute_screen import screen
from trimtab.surfaces.cli.markets import market_of
from trimtab.surfaces.cli.options import hint, on_data, opened, print_json, progress, say, workspace

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
    """The result that is asked for, and the hash of its run: of a policy a backtest, a trial like any other, and saved."""
    folder, asked = workspace(options), options.target
    known = asked.isalnum() and any((folder.folder / "runs").glob(f"{asked}*"))
    name = folder.path(asked).name if known else ""
    policy = on_data(folder.policy(name), options) if name else opened(asked, options)
    result = backtest(policy, market_of(policy, options), progress=progress(options, policy.name))
    if not name:
        return counted_once(folder, result)
    if folder.meta(name)["data_sha256"] != result.data_digest:
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
