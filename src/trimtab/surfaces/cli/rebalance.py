"""`rebalance` and `decide --account`: the review of many accounts, one account trade by trade, and the proposal."""

from __future__ import annotations

import os
import socket
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import UsageError
from trimtab.desk.circumstances import day_of_decision
from trimtab.desk.due import due, note_looks
from trimtab.desk.following import followings
from trimtab.desk.live import clock_of
from trimtab.desk.policy import Policy
from trimtab.desk.practice import loader_of
from trimtab.desk.proposing import Proposed, propose_all
from trimtab.desk.rebalancing import Rebalance
from trimtab.desk.reviewing import Moment, Review, review, wanted
from trimtab.surfaces.cli.book_options import opened as opened_book
from trimtab.surfaces.cli.book_options import signature
from trimtab.surfaces.cli.options import answer, as_of, counted, hint, on_data, opened, progress, say
from trimtab.surfaces.cli.review_document import document
from trimtab.surfaces.cli.review_screen import fate_words, review_lines, skipped_lines
from trimtab.surfaces.cli.tables import clipped
from trimtab.surfaces.cli.wrapping import wrapped


@contextmanager
def order_book(options: Namespace) -> Iterator[OrderBook]:
    """The orders of the book of record, written by whoever is asked for."""
    with opened_book(options) as book:
        yield OrderBook(book, clock_of(options.workspace), signature(options).author)


def claimant() -> str:
    """Host and number of the process, so that a claim whose answer was lost is known again."""
    return f"{socket.gethostname()}:{os.getpid()}"


def asked_name(options: Namespace) -> str:
    """The account or household that is asked for; empty for all. Raises UsageError where none or several are."""
    given: list[str] = [name for name in (options.account, options.household) if name] + ([""] if options.all else [])
    if len(given) != 1:
        what = "several of --account, --household and --all are given" if given else "no account is named"
        raise UsageError(what, remedy="Write --account A07, --household Mueller or --all.")
    return given[0]


def moment(options: Namespace) -> Moment:
    """The date that is looked at, and now. By default the last one whose decision can be made (see `day_of_decision`)."""
    now = clock_of(options.workspace).now()
    day = as_of(options)
    return day_of_decision(now) if day is None else np.datetime64(day, "D"), now


def reviewed(orders: OrderBook, options: Namespace) -> Review:
    """Every account that is asked for."""
    chosen = opened(options.policy, options).with_horizon(end=None) if options.policy else None

    def prepared(policy: Policy) -> Policy:
        return on_data(policy, options)

    asked = wanted(orders.store, asked_name(options), chosen, prepared)
    return review(orders, asked, loader_of(options.workspace), moment(options), progress(options, "accounts", unit="account"))


def rebalance(options: Namespace) -> int:
    """Show what is to be traded; with --commit propose it, for a person to approve. Exit 5 where something waits."""
    with order_book(options) as orders:
        found = reviewed(orders, options)
        made = _proposed(orders, found.rebalances, options) if options.commit else None
        known = followings(orders.store)
    code = exit_code(found, made)
    if options.json:
        return answer("rebalance", document(found, made, code), code)
    for line in review_lines(found, made, lots=options.lots, rules=options.rules):
        say(line)
    for one in found.rebalances:
        if one.name in known and known[one.name].sha256 != one.outlook.policy.sha256:
            for line in wrapped(
                f"{one.name} follows {known[one.name].name}, not this policy: it can be looked at, not proposed"
            ):
                say(line)
    if made is None and any(one.exit_code == 5 for one in found.rebalances):
        hint(" nothing was written: add --commit to propose this", options)
    _next_step(made or (), options)
    return code


def _proposed(orders: OrderBook, found: Sequence[Rebalance], options: Namespace) -> tuple[Proposed, ...]:
    reason = getattr(options, "supersede", "")
    return propose_all(orders, found, signature(options), claimant=claimant(), supersede=reason)


def decide_accounts(options: Namespace) -> int:
    """Decide on real books and propose what is to be traded; with --if-due only where the schedule calls for it.

    That is where nobody has decided since the last decision date: an evening that was missed is made up for.
    """
    with order_book(options) as orders:
        found = reviewed(orders, options)
        awaited = due(orders, found.rebalances) if options.if_due else found.rebalances
        made = _proposed(orders, awaited, options)
        note_looks(orders, made, signature(options))
    code = exit_code(Review(awaited, found.skipped), made)
    if options.json:
        return answer("decide", document(Review(awaited, found.skipped), made, code), code)
    for one in made:
        name = f"{clipped(one.rebalance.name, 12)} {clipped(one.rebalance.outlook.policy.name, 16)}"
        for line in wrapped(f"{name} {fate_words(one)}"):
            say(line)
    for line in skipped_lines(found.skipped):
        say(line)
    if len(awaited) < len(found.rebalances):
        rest = counted(len(found.rebalances) - len(awaited), "account")
        say(f" nothing to do: {rest} decided since the last decision date")
    _next_step(made, options)
    return code


def _next_step(made: Sequence[Proposed], options: Namespace) -> None:
    """Where a proposal waits, how to look at it and to let it go on."""
    batches = dict.fromkeys(one.batch for one in made if one.waiting)
    for batch in batches:
        hint(f" next: trimtab orders list {batch} --lots, then trimtab orders approve {batch}", options)


def exit_code(found: Review, made: Sequence[Proposed] | None) -> int:
    """Of 6, 3, 4, 5 the first that applies; else that of the first account that was skipped over a fault."""
    parts = found.rebalances if made is None else made
    skipped = [one.exit_code for one in found.skipped if one.exit_code]
    codes = {one.exit_code for one in parts} | set(skipped)
    return next((code for code in (6, 3, 4, 5) if code in codes), skipped[0] if skipped else 0)
