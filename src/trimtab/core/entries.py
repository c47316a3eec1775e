"""The entries of the ledger: immutable, in order. Positions, cash and lots are read from them.

`asset` is the number of the asset in the universe (of a backtest) or in the register of instruments (of a book), `when` the
date the entry takes effect, `currency` that of its amounts; empty means the base currency of the account. An entry has a
number, its place in the order of posting. Named tuples, not dataclasses: a backtest makes thousands, and they cost a fifth
(docs/decisions/002).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

_NONE = Decimal(0)


class Payout(Enum):
    """What a dividend is to the tax office."""

    QUALIFIED = "qualified"  # taxed as a long-term gain
    ORDINARY = "ordinary"  # taxed as income: interest of bond funds, short-term gains that a fund hands on
    GAIN = "gain"  # a long-term gain that a fund hands on
    EXEMPT = "exempt"  # not taxed


class Fill(NamedTuple):
    """`units` of `asset` changed hands at `price`; `cost` (above zero takes money) came out of cash.

    `lots` are those that a sale takes, by id, and how many units of each; empty: by the method of the account. A fill of
    a future moves no cash but its cost: `amount` is zero.
    """

    when: date
    asset: int
    units: Decimal
    price: Decimal
    amount: Decimal  # cash received (sale, above zero) or paid (purchase, below zero), before cost
    cost: Decimal
    order: str
    currency: str = ""
    lots: tuple[tuple[str, Decimal], ...] = ()


class Opening(NamedTuple):
    """Units taken over with their history: `cost` was paid for all of them on `acquired`. Moves no cash."""

    when: date
    asset: int
    units: Decimal
    cost: Decimal
    acquired: date
    currency: str = ""


class Dividend(NamedTuple):
    """Cash income of a position, on the ex-date."""

    when: date
    asset: int
    amount: Decimal
    currency: str = ""
    payout: Payout = Payout.QUALIFIED


class ReturnOfCapital(NamedTuple):
    """Cash that gives back what a position cost, pro rata to its units; what is above the cost of a lot is a gain."""

    when: date
    asset: int
    amount: Decimal
    currency: str = ""


class Split(NamedTuple):
    """The units of a position were exchanged for more or fewer: their change, and cash for a fraction that cannot be held.

    `fraction` is what that cash was paid for, in units after the split: before it was paid out, `units + fraction` came.
    """

    when: date
    asset: int
    units: Decimal
    amount: Decimal
    currency: str = ""
    fraction: Decimal = _NONE


class Merger(NamedTuple):
    """All `units` of `asset` leave (their change is below zero); `received` units of `into` come, and cash.

    The cost goes over to what came, lot by lot. The cash is gain as far as the lot has gained, up to all of it, and lowers
    its cost by the rest; `price` is what a unit of `into` was worth, and zero, where nobody knows it, makes all the cash
    a gain. Nothing received: an exchange for cash, a sale.
    """

    when: date
    asset: int
    units: Decimal
    into: int
    received: Decimal
    amount: Decimal
    currency: str = ""
    price: Decimal = _NONE


class SpinOff(NamedTuple):
    """`received` units of `into` come to holders of `asset`, with the fraction `share` of what the position cost.

    `amount` is cash for the `fraction` of a unit of `into` that could not be held.
    """

    when: date
    asset: int
    into: int
    received: Decimal
    share: Decimal
    amount: Decimal = _NONE
    currency: str = ""
    fraction: Decimal = _NONE


class Delisting(NamedTuple):
    """Trading in an asset ended: all units held leave (their change is below zero), and cash comes for them."""

    when: date
    asset: int
    units: Decimal
    amount: Decimal
    currency: str = ""


class Variation(NamedTuple):
    """The daily settlement of a future: what its change of price brought (above zero) or took."""

    when: date
    asset: int
    amount: Decimal
    currency: str = ""


class Exchange(NamedTuple):
    """`paid` of the currency `sold` was changed into `received` of the currency `bought`; both above zero.

    An empty name is the base currency. `cost`, in the base currency, comes on top.
    """

    when: date
    sold: str
    paid: Decimal
    bought: str
    received: Decimal
    cost: Decimal = _NONE


class Interest(NamedTuple):
    """Earned on cash (above zero) or paid on borrowing (below zero)."""

    when: date
    amount: Decimal
    currency: str = ""


class Fee(NamedTuple):
    """A charge on the account, above zero takes money."""

    when: date
    amount: Decimal
    why: str = ""
    currency: str = ""


class Tax(NamedTuple):
    """A tax paid out of the account for the tax year `year`; above zero takes money, below zero is a refund."""

    when: date
    amount: Decimal
    year: int
    why: str = ""
    currency: str = ""


class Flow(NamedTuple):
    """Money brought in (above zero) or taken out by the owner."""

    when: date
    amount: Decimal
    currency: str = ""


class Adjustment(NamedTuple):
    """The cost of a lot is changed by `amount`, and its holding period begins `days` earlier.

    For what a broker or an adviser found: adjustments for wash sales are worked out, not posted.
    """

    when: date
    asset: int
    lot: str
    amount: Decimal
    days: int = 0


class Cancel(NamedTuple):
    """The entry of this number never was. A correction is a cancellation and the entry that stands in its place."""

    when: date
    entry: int


Entry = (
    Fill | Opening | Dividend | ReturnOfCapital | Split | Merger | SpinOff | Delisting | Variation
    | Exchange | Interest | Fee | Tax | Flow | Adjustment | Cancel
)  # fmt: skip
