"""`practice`: a desk that lives in the past, for learning and rehearsing, and its clock."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import numpy as np

from trimtab.core.errors import UsageError
from trimtab.core.money import Money
from trimtab.desk.circumstances import text_of_instant
from trimtab.desk.following import named_policy
from trimtab.desk.practice import HOUSEHOLD, Desk, begin, first_instant, move, require_practice
from trimtab.desk.practice_steps import coming
from trimtab.desk.prepare import load_market
from trimtab.surfaces.cli.book_options import address, signature
from trimtab.surfaces.cli.moments import moment
from trimtab.surfaces.cli.options import answer, hint, say
from trimtab.surfaces.cli.rebalance import order_book
from trimtab.surfaces.cli.sending import judge_of
from trimtab.surfaces.cli.wrapping import wrapped


def practice(options: Namespace) -> int:
    """Begin a practice desk, move its clock, or say what time it is there."""
    moving = bool(options.next) + bool(options.to)
    if options.policy and moving:
        raise UsageError("a desk is begun, or its clock is moved", remedy="Give POLICY, or --next, or --to INSTANT.")
    if moving > 1:
        raise UsageError("both --next and --to are given", remedy="Give one of them.")
    return _begun(options) if options.policy else _moved(options)


def _begun(options: Namespace) -> int:
    if not options.account:
        raise UsageError("no account is named", remedy="Write for example --account ME.")
    if not options.at:
        raise UsageError("no first date is given", remedy="Write for example --at 2018-01-31: a date that the data hold.")
    folder = Path(options.workspace)
    desk = Desk(options.account, Money.parse(options.cash), options.policy, _first(options), options.household or HOUSEHOLD)
    begin(folder, address(options), desk, signature(options).author)
    if options.json:
        told = {"account": desk.account, "cash": str(desk.cash), "policy": desk.policy, "clock": text_of_instant(desk.at)}
        return answer("practice", told | {"what": "begun"}, 0)
    for line in wrapped(f"a practice desk in {folder.resolve().name}: {desk.account} with {desk.cash} follows {desk.policy}"):
        say(line)
    say(f" its clock stands at {_words(desk.at)}; nothing later is known, and no real order ever leaves it")
    hint(f" next: trimtab month --account {desk.account}    and, to let time pass: trimtab practice --next", options)
    return 0


def _first(options: Namespace) -> np.datetime64:
    """The first instant: that given, or the evening of a date."""
    given = _instant(options, "at")
    if len(options.at) == len("2018-01-31"):
        return first_instant(named_policy(options.policy), np.datetime64(options.at, "D"))
    return given


def _moved(options: Namespace) -> int:
    what = ""
    with order_book(options) as orders:
        at = require_practice(orders.store)
        if options.next:
            found = coming(orders, judge_of(orders, options), load_market, at)
            at, what = found.at, found.what
        elif options.to:
            at = _instant(options, "to")
        if options.next or options.to:
            move(Path(options.workspace), orders.store, at, signature(options))
    if options.json:
        return answer("practice", {"clock": text_of_instant(at), "what": what}, 0)
    say(f" it is {_words(at)}{f': {what}' if what else ''}")
    return 0


def _instant(options: Namespace, name: str) -> np.datetime64:
    """The instant of `--at` or `--to`, a date in its evening. Raises UsageError for what is none."""
    found = moment(options, name)
    if found is None:
        raise UsageError(f"--{name} says no time", remedy="Write a date, 2018-01-31, or an instant, 2018-01-31T23:00:00Z.")
    return np.datetime64(str(found), "s")


def _words(at: np.datetime64) -> str:
    """An instant with its weekday."""
    return f"{at.item():%A %Y-%m-%d %H:%M}Z"
