"""`economics`: what a policy is expected to bring, what it takes at a size of money, what is left, and from which size on."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from typing import cast

from trimtab.accounting.database.orders import OrderBook
from trimtab.desk.books import scope_of
from trimtab.desk.cost_alarm import CostAlarm, cost_alarm
from trimtab.desk.economising import Known, economics_of
from trimtab.desk.live import clock_of
from trimtab.surfaces.cli.book_options import opened as opened_book
from trimtab.surfaces.cli.economics_screen import document, lines
from trimtab.surfaces.cli.markets import market_of
from trimtab.surfaces.cli.options import as_of, hint, opened, print_json, progress, say, workspace
from trimtab.surfaces.economics import Asked, counted, terms_of


def economics(options: Namespace) -> int:
    """Work it out, count what was looked at as trials, and print it. The alarm is said first, and is no error."""
    policy, folder = opened(options.policy, options), workspace(options)
    terms = terms_of(policy.horizon.capital.currency, options.aum, _asked(options))
    known = replace(Known.of(folder.folder, policy), costs=_costs(options) if options.account else None)
    bar = progress(options, policy.name)
    found = counted(folder, economics_of(policy, market_of(policy, options), terms, known=known, progress=bar))
    if options.json:
        print_json("economics", document(found))
        return 0
    for line in lines(found):
        say(line)
    hint(" next: trimtab capacity POLICY    trimtab validate POLICY", options)
    return 0


def _asked(options: Namespace) -> Asked:
    """What was said besides the assets."""
    names = ("data_cost", "software", "management", "hurdle", "net_of", "seed")
    return cast("Asked", {name: value for name in names if (value := getattr(options, name)) is not None})


def _costs(options: Namespace) -> CostAlarm:
    with opened_book(options) as book:
        scope_of(book, options.account)
        return cost_alarm(OrderBook(book, clock_of(options.workspace), ""), options.account, as_of(options))
