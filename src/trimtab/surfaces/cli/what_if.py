"""`what-if`: a rebalance under other circumstances, beside the one of today. Nothing is written."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.calendar import plain_date
from trimtab.core.errors import UsageError
from trimtab.core.money import ZERO, decimal_of
from trimtab.core.trades import Book
from trimtab.desk.asked_accounts import Accounts
from trimtab.desk.circumstances import at_planning
from trimtab.desk.following import followed, followings
from trimtab.desk.gates import gate_of
from trimtab.desk.outlook import outlook
from trimtab.desk.overrides_in_force import in_force
from trimtab.desk.policy import Policy
from trimtab.desk.rebalancing import Rebalance, rebalance
from trimtab.desk.reviewing import turnovers
from trimtab.desk.what_if import Change, changed_outlook, changed_policy
from trimtab.surfaces.cli.book_options import money, pairs
from trimtab.surfaces.cli.markets import market_of
from trimtab.surfaces.cli.options import answer, on_data, opened, say
from trimtab.surfaces.cli.orders import amount
from trimtab.surfaces.cli.rebalance import moment, order_book
from trimtab.surfaces.cli.review_document import account_document
from trimtab.surfaces.cli.review_screen import detail
from trimtab.surfaces.cli.wrapping import wrapped


def what_if(options: Namespace) -> int:
    """Both rebalances, side by side. Exit as `rebalance` under the other circumstances, but never 5: nothing waits."""
    change = Change(
        amount(options.cash, "--cash") if options.cash else ZERO,
        {name: float(amount(text, "--price")) for name, text in pairs(options.price, "--price", "US_EQ=101.5").items()},
        pairs(options.set, "--set", "rules.0.limit.at_most=0.35"),
    )
    if change == Change():
        raise UsageError("nothing is different", remedy="Write --cash 10000, --price ASSET=X or --set KEY=VALUE.")
    with order_book(options) as orders:
        policy = _policy(orders, options)
        today = _rebalanced(orders, policy, options, Change())
        other = _rebalanced(orders, changed_policy(policy, change.settings), options, change)
    code = 0 if other.exit_code == 5 else other.exit_code
    if options.json:
        both = {"today": account_document(today, None), "what_if": account_document(other, None)}
        return answer("what-if", {"change": change.words, **both}, code)
    for line in lines(today, other, change):
        say(line)
    return code


def _policy(orders: OrderBook, options: Namespace) -> Policy:
    if options.policy:
        return opened(options.policy, options).with_horizon(end=None)
    known = followings(orders.store)
    if options.account not in known:
        remedy = f"Name a policy, or say which: trimtab book follow {options.account} POLICY."
        raise UsageError(f"{options.account} follows no policy", remedy=remedy)
    return on_data(followed(known[options.account]), options)


def _rebalanced(orders: OrderBook, policy: Policy, options: Namespace, change: Change) -> Rebalance:
    day, now = moment(options)
    said = changed_outlook(outlook(policy, market_of(policy, options), day), change.prices)
    accounts = Accounts(said, orders.store)
    past = turnovers(orders, said, [options.account], accounts).get(options.account)
    if change.cash < 0:
        _require_worth(accounts.asked(options.account, past).book, options.account, change.cash)
    asked = accounts.asked(options.account, past, cash=change.cash)
    circumstances = at_planning(said, asked.book.nav, orders.state(asked.account.id), now)
    overrides = in_force(orders, options.account, plain_date(said.as_of))
    return rebalance(said, asked, gate_of(policy), circumstances, overrides=overrides)


def _require_worth(book: Book, account: str, cash: Decimal) -> None:
    """Raises UsageError where more goes out than the account is worth."""
    worth = decimal_of(book.nav)
    if worth + cash <= 0:
        what = f"--cash {cash:,f} takes out more than {account} is worth: {money(worth)}"
        raise UsageError(what, remedy="Write less than that.")


def lines(today: Rebalance, other: Rebalance, change: Change) -> Iterator[str]:
    """What changes, and the other rebalance in full."""
    yield from wrapped(f"WHAT IF {change.words}? Nothing is written.")
    yield f" {'':<24}{'today':>16}{'what if':>16}"
    for name, one, two in _figures(today, other):
        yield f" {name:<24}{one:>16}{two:>16}"
    yield ""
    yield from detail(other, lots=True)


def _figures(today: Rebalance, other: Rebalance) -> Iterator[tuple[str, str, str]]:
    def both(name: str, shown: Any) -> tuple[str, str, str]:
        return name, shown(today), shown(other)

    yield both("value", lambda one: f"{one.book.nav:,.2f}")
    yield both("action", lambda one: one.action)
    yield both("drift", lambda one: f"{one.drift:.1%}")
    yield both("turnover", lambda one: f"{one.turnover:.1%}")
    yield both("trades", lambda one: str(len(one.trades)))
    yield both("cost", lambda one: money(one.estimate))
    yield both("tax", lambda one: money(one.tax))
    yield both("gains, short-term", lambda one: money(sum((t.short for t in one.trades), Decimal(0))))
    yield both("gains, long-term", lambda one: money(sum((t.long for t in one.trades), Decimal(0))))
