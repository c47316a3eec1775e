"""A book with the orders under way counted: two batches do not spend the same money or sell the same units.

Weights are those after all of it is filled. What may be sold is what is held, less the sales under way: a purchase is not
sold before it is filled. Purchases under way take their money; a sale brings its own, unless it may wait for its limit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from trimtab.core.money import ZERO, exact
from trimtab.core.orders import FINAL, Standing
from trimtab.core.trades import Book
from trimtab.desk.asked_accounts import Accounts
from trimtab.desk.rebalancing import Asked


def book_under_way(
    accounts: Accounts, asked: Asked, standings: Sequence[Standing], numbers: Mapping[str, int], leaving: frozenset[str]
) -> Book:
    """The book of an account or sleeve after these orders of the account. A sleeve spends no more than its account has left."""
    book = with_working(asked.book, standings, numbers, leaving, asked.scope.places.__contains__)
    account = asked.account.id
    if account in asked.scope.places:
        return book
    whole = with_working(accounts.asked(account).book, standings, numbers, leaving)
    money = min(book.money, max(whole.money, ZERO))
    return book if money == book.money else replace(book, money=money, cash=float(money))


def with_working(
    book: Book,
    standings: Sequence[Standing],
    numbers: Mapping[str, int],
    leaving: frozenset[str],
    inside: Callable[[str], bool] = lambda _: True,
) -> Book:
    """The book after orders that work at a venue, or leave before, at their prices; those that are about to leave are left out.

    Only orders count that are booked `inside` of what the book is of.
    """
    some = [one for one in standings if one.status not in FINAL and one.id not in leaving and not one.ticket.parts]
    some = [one for one in some if one.left and one.ticket.instrument in numbers and inside(one.ticket.booked)]
    if not some:
        return book
    units, held, money = list(book.units), np.array(book.held), book.money
    prices = np.nan_to_num(book.prices)
    with exact():
        for one in some:
            asset, amount = numbers[one.ticket.instrument], one.left * (one.ticket.limit or one.ticket.reference)
            held[asset] += float(one.left) * prices[asset] / book.nav
            if one.left < 0:
                units[asset] = max(units[asset] + one.left, ZERO)
            if one.left > 0 or not one.ticket.limit:
                money -= amount
    held.flags.writeable = False
    return replace(book, units=tuple(units), money=money, cash=float(money), held=held)
