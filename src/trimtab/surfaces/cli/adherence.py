"""`adherence`: the score of the process of accounts, a line a duty, and every violation with its evidence."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from datetime import date

import numpy as np

from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import UsageError
from trimtab.desk.adhering import adherence_of
from trimtab.desk.following_history import held_places, stretches
from trimtab.desk.live import clock_of
from trimtab.governance.adherence import Adherence, Duty
from trimtab.surfaces.adherence import NOTHING_DUE, adherence_document
from trimtab.surfaces.cli.book_options import opened, when
from trimtab.surfaces.cli.markets import loader
from trimtab.surfaces.cli.options import answer, say
from trimtab.surfaces.cli.rebalance import asked_name
from trimtab.surfaces.cli.wrapping import wrapped


def adherence(options: Namespace) -> int:
    """Print the score of one account, of a household, or of all together."""
    with opened(options) as book:
        orders, name = OrderBook(book, clock_of(options.workspace), ""), asked_name(options)
        last = min(day_of(options.until, "--to") or date.max, when(options))  # no process is judged beyond today
        first = day_of(options.first, "--from") or _begun(orders.store, name) or last
        found = adherence_of(orders, name, first, last, now=instant(options), load=loader(options))
    if options.json:
        body = {"of": name or "all", "first": first.isoformat(), "last": last.isoformat(), **adherence_document(found)}
        return answer("adherence", body, 0)
    say(f" {name or 'all accounts'}    {first} to {last}")
    for line in score_lines(found):
        say(line)
    return 0


def instant(options: Namespace) -> np.datetime64:
    """Now, or the end of the day of `--as-of`, where that is earlier."""
    now, over = clock_of(options.workspace).now(), (np.datetime64(when(options), "D") + 1).astype("datetime64[s]")
    return min(now, over - np.timedelta64(1, "s"))


def day_of(text: str, option: str) -> date | None:
    """The date of an option; None where it is not given. Raises UsageError where it is none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"{option} {text!r} is not a date", remedy="Write it as 2018-11-30.") from None


def _begun(book: BookStore, name: str) -> date | None:
    """The first day on which any of them was held to a policy."""
    return min((stretches(book, place)[0].begins for place in held_places(book, name)), default=None)


def score_lines(found: Adherence) -> Iterator[str]:
    """The score, a line a duty, and the violations."""
    yield f" score {score_text(found)} of 100"
    if not any(found.due.values()):
        yield f" {NOTHING_DUE}"
        return
    yield f" {'duty':<32}{'due':>6}{'kept':>6}{'points':>9}{'of':>5}"
    for duty in Duty:
        due = found.due[duty]
        kept = f"{due:>6}{due - found.broken(duty):>6}" if due else f"{'-':>6}{'-':>6}"
        yield f" {duty.words:<32}{kept}{float(found.earned(duty)):>9.1f}{duty.weight:>5}"
    if found.violations:
        yield " not kept:"
    for one in found.violations:
        yield from wrapped(f"{one.when} {one.occasion.partition(' ')[0]}: {one.what} [{one.evidence}]", indent=4)


def score_text(found: Adherence) -> str:
    """With one decimal; never 100.0 where something was violated."""
    return f"{min(float(found.score), 99.9 if found.violations else 100.0):.1f}"
