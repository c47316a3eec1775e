"""`trials`: what was tried in this workspace, what that leaves of the best, and owning up to a loss of the registry."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator

from trimtab.core.errors import UsageError
from trimtab.desk.trial_review import Row, TrialReview, review_trials
from trimtab.desk.trials import in_one_line
from trimtab.surfaces.cli.masking import masked
from trimtab.surfaces.cli.options import counted, hint, print_json, say, workspace
from trimtab.surfaces.cli.tables import clipped
from trimtab.surfaces.cli.wrapping import wrapped

NAME = 28


def list_trials(options: Namespace) -> int:
    """A row a backtest or sweep, totals, and the deflated Sharpe ratio of the best."""
    if options.limit < 0:
        raise UsageError(f"--limit {options.limit} is below 0", remedy="Write how many of the last rows to show; 0: all.")
    found = review_trials(workspace(options).registry)
    shown = found.rows[-options.limit :] if options.limit else found.rows
    if options.json:
        left = len(found.rows) - len(shown)
        print_json("trials-list", found.document | {"entries": found.document["entries"][left:], "left_out": left})
        return 0
    for line in lines(found, shown):
        say(line)
    return 0


def accept_loss(options: Namespace) -> int:
    """Write down why trials are missing; they count for good."""
    registry = workspace(options).registry
    lost = registry.accept_loss(masked(options.reason))
    count = registry.count()
    if options.json:
        print_json("trials-accept-loss", {"lost": lost, "trials": count.total, "distinct_trials": count.distinct})
        return 0
    say(f" {counted(lost, 'trial')} counted as lost; trials in this workspace: {count.total} ({count.distinct} different)")
    hint(" next: trimtab trials list", options)
    return 0


def lines(found: TrialReview, shown: tuple[Row, ...]) -> Iterator[str]:
    """The screen: what is missing first, then the table, then the totals."""
    count = found.count
    if count.missing.words:
        yield from wrapped(f"! {count.missing.words}")
    if not count.total:
        yield " no trial yet: trimtab backtest POLICY makes the first"
        return
    if shown:
        yield f" {'':<5} {'run, sweep':<12}  {'policy':<12}  {'data':<12}  {'name':<{NAME}}  Sharpe/y  years  variants"
    if len(shown) < len(found.rows):
        yield f" ... and {counted(len(found.rows) - len(shown), 'row')} before these"
    for row in shown:
        yield _line(row)
    worth = f", worth {count.effective:,.1f} independent ones" if count.distinct > 1 else ""
    yield from wrapped(f"trials in this workspace: {count.total:,} ({count.distinct:,} different{worth})")
    if found.best is not None:
        ratio = f"{found.best.row.sharpe:.2f}"
        words = found.best.left.words or "Its line is of an earlier version, without what a deflated Sharpe ratio needs."
        yield from wrapped(f"best backtest: {found.best.row.id}, Sharpe ratio {ratio} a year. {words}")


def _line(row: Row) -> str:
    sharpe = "-" if row.sharpe is None else f"{row.sharpe + 0.0:.2f}"
    years = "-" if row.years is None else f"{row.years:.1f}"
    head = f" {row.kind:<5} {row.id:<12}  {row.policy:<12}  {row.data:<12}  {clipped(in_one_line(row.name), NAME)}"
    return f"{head}  {sharpe:>8}  {years:>5}  {row.variants:>8,}"
