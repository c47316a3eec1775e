"""The neutral record between a file and the book: one transaction or one line of a statement, as it was read.

Whatever the source, a row says the same things in the same words. `accounting/imports/booking.py` makes entries of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from trimtab.core.entries import Payout
from trimtab.core.households import Contract


class Kind(Enum):
    """What a row is about."""

    BUY = "buy"
    SELL = "sell"
    DIVIDEND = "dividend"
    INTEREST = "interest"
    FEE = "fee"
    TAX = "tax"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    SPLIT = "split"
    SPIN_OFF = "spin_off"
    MERGER = "merger"
    DELISTING = "delisting"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OUT = "transfer_out"
    RETURN_OF_CAPITAL = "return_of_capital"
    VARIATION = "variation"
    EXCHANGE = "exchange"
    HOLDING = "holding"  # a position in a statement
    CASH = "cash"  # a balance in a statement
    ADJUSTMENT = "adjustment"  # of a lot: in our own export only
    CANCEL = "cancel"  # of an entry: in our own export only
    NOTE = "note"  # totals, summaries and moves inside an account: nothing to book


STATEMENT = frozenset({Kind.HOLDING, Kind.CASH})


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a source. None and empty text: the source does not say.

    `units` are the change of the position (a sale below zero) and `amount` is the change of cash before `fee` and `tax`,
    which take money above zero. For an exchange of currencies `amount` is the change of `currency` and `received` that of
    `into`. A merger or a spin-off brings `received` units of `into`. `ratio` is units after a split for one before.
    A `fatal` row says that the file itself is broken: then none of its rows can be booked.
    `problems` are sentences; with any of them the row cannot be booked. `remarks` can be lived with, once they are read.
    """

    line: int  # in the text from 1; the number of the record where there are no lines
    kind: Kind | None = None
    when: date | None = None
    symbol: str = ""
    isin: str = ""
    name: str = ""
    units: Decimal | None = None
    price: Decimal | None = None
    amount: Decimal | None = None
    fee: Decimal | None = None
    tax: Decimal | None = None
    loose: bool = False  # the source does not say whether the amount is before or after fee and tax
    currency: str = ""
    fee_currency: str = ""  # where it is another than `currency`
    account: str = ""  # as the source names it
    acquired: date | None = None  # of the lot
    cost: Decimal | None = None  # of all units of the lot
    note: str = ""
    external: str = ""  # the identifier that the source gives it
    section: str = ""
    payout: Payout = Payout.QUALIFIED
    contract: Contract = Contract.FUND
    multiplier: Decimal = Decimal(1)
    into: str = ""
    into_isin: str = ""
    received: Decimal | None = None
    share: Decimal | None = None  # of the cost, that goes over to what is spun off
    ratio: Decimal | None = None
    entry: str = ""  # the name of the entry, in our own export only: it is then restored from `original`
    original: tuple[tuple[str, str], ...] = ()
    fatal: bool = False
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
