"""Which lots a sale takes: those that the account's method chooses, and last those that a limit does not want sold today."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from trimtab.accounting.lots import Lots
from trimtab.accounting.matching import oldest
from trimtab.accounting.taxes.selling import SaleTax
from trimtab.core.rules import Rules
from trimtab.core.taxes import Lot, LotMethod
from trimtab.core.trades import Book

Chosen = tuple[tuple[str, Decimal], ...]  # lots by id, with units of each


def unwanted(sale: SaleTax, rows: Sequence[Sequence[Lot]], book: Book, rules: Rules) -> frozenset[tuple[int, int]]:
    """Asset and place in `rows` of the lots (of A assets, oldest first) that today's limits do not want sold."""
    asked: list[Any] = [limit for limit in rules.windows if callable(getattr(limit, "kept", None))]
    if not asked:
        return frozenset()
    by_lot = replace(sale, method=LotMethod.FIFO)  # tranches as the lots stand
    on: date = book.when.astype("datetime64[D]").item()
    looked = replace(book, selling=by_lot(rows, book.prices, book.nav, on))
    found = {(int(asset), int(k)) for limit in asked for asset, k in np.argwhere(limit.kept(looked))}
    return frozenset(found)


def sold(lots: Lots, asset: int, sale: tuple[Decimal, Decimal, date], kept: Collection[str]) -> Chosen:
    """The lots that a sale of `(units, price, day)` takes, by id, where it takes others than the account's method would.

    Empty where the method's own choice stands: it takes none of `kept`, or there is nothing else.
    """
    units, price, when = sale
    if not kept:
        return ()
    found = [lot for lot, _ in lots.choose(asset, lots.held(asset), price, when)]
    if not any(lot.id in kept for lot in found):
        return ()
    found.sort(key=lambda lot: lot.id in kept)
    return tuple((lot.id, part) for lot, part in oldest(found, units))


def taken(lots: Lots, asset: int, sale: tuple[Decimal, Decimal, date], kept: Collection[str] = ()) -> Chosen:
    """The lots that a sale of `(units, price, day)` takes, by id, with units of each."""
    units, price, when = sale
    return sold(lots, asset, sale, kept) or tuple((lot.id, part) for lot, part in lots.choose(asset, units, price, when))
