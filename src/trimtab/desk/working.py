"""A book with the orders under way counted as filled: two batches do not spend the same money or sell the same units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from trimtab.core.money import ZERO, exact
from trimtab.core.orders import WORKING, Standing
from trimtab.core.trades import Book


def with_working(book: Book, standings: Sequence[Standing], numbers: Mapping[str, int], leaving: frozenset[str]) -> Book:
    """The book after what works at a venue, at the prices of its orders; those that are about to leave are left out."""
    some = [one for one in standings if one.status in WORKING and one.id not in leaving and not one.ticket.parts]
    units, money = list(book.units), book.money
    with exact():
        for one in some:
            asset = numbers.get(one.ticket.instrument)
            if asset is None or not one.left:
                continue
            units[asset] += one.left
            money -= one.left * (one.ticket.limit or one.ticket.reference)
    if not some:
        return book
    prices = np.nan_to_num(book.prices)
    held = np.array([float(count) for count in units]) * prices / book.nav
    held.flags.writeable = False
    return replace(book, units=tuple(max(count, ZERO) for count in units), money=money, cash=float(money), held=held)
