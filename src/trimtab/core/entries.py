"""The entries of the ledger: immutable, in base currency, in order. Positions and cash are read from them.

`asset` is the number of the asset in the universe, `when` the date the entry takes effect. Named tuples, not dataclasses:
a backtest makes thousands, and they cost a fifth (docs/decisions/002).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple


class Fill(NamedTuple):
    """`units` of `asset` changed hands at `price`; `cost` (above zero takes money) came out of cash."""

    when: date
    asset: int
    units: Decimal
    price: Decimal
    amount: Decimal  # cash received (sale, above zero) or paid (purchase, below zero), before cost
    cost: Decimal
    order: str


class Dividend(NamedTuple):
    """Cash income of a position, on the ex-date."""

    when: date
    asset: int
    amount: Decimal


class Split(NamedTuple):
    """The units of a position were exchanged for more or fewer: their change, and cash for a fraction that cannot be held."""

    when: date
    asset: int
    units: Decimal
    amount: Decimal


class Delisting(NamedTuple):
    """Trading in an asset ended: all units held leave (their change is below zero), and cash comes for them."""

    when: date
    asset: int
    units: Decimal
    amount: Decimal


class Interest(NamedTuple):
    """Earned on cash (above zero) or paid on borrowing (below zero)."""

    when: date
    amount: Decimal


class Fee(NamedTuple):
    """A charge on the account, above zero takes money."""

    when: date
    amount: Decimal
    why: str = ""


class Flow(NamedTuple):
    """Money brought in (above zero) or taken out by the owner."""

    when: date
    amount: Decimal


Entry = Fill | Dividend | Split | Delisting | Interest | Fee | Flow
