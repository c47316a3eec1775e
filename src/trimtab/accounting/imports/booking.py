"""From a row to the entries it would make. What is missing or contradicts itself is a DataError with a sentence.

Money that the source does not state is units times price, rounded to the smallest amount of the currency. Amounts of a
hundredth of a currency (GBp, ZAc, ILA) become amounts of the currency.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from trimtab.accounting.imports.register import Register
from trimtab.accounting.imports.rows import Kind, Row
from trimtab.accounting.imports.trading import gross_and_price
from trimtab.core.entries import (
    Delisting,
    Dividend,
    Entry,
    Exchange,
    Fee,
    Fill,
    Flow,
    Interest,
    Merger,
    Opening,
    ReturnOfCapital,
    SpinOff,
    Split,
    Tax,
    Variation,
)  # fmt: skip
from trimtab.core.errors import DataError, ParameterError
from trimtab.core.households import Contract
from trimtab.core.money import ZERO, currency

_HUNDREDTHS = {"GBp": "GBP", "GBX": "GBP", "GBx": "GBP", "ZAc": "ZAR", "ZAC": "ZAR", "ILA": "ILS", "ILa": "ILS"}


class Booked(NamedTuple):
    """What a row would post, and what a person should know of it."""

    entries: tuple[Entry, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where rows go: the instruments, the base currency, and the units of an asset that are held before a date."""

    register: Register
    base: str
    held: Callable[[int, date], Decimal]

    def asset(self, row: Row) -> int:
        """The number of the row's instrument."""
        return self.register.number(row, self.base)

    def code(self, row: Row) -> str:
        """The currency of the entry: empty for the base currency."""
        name = row.currency or self.base
        return "" if currency(name).code == self.base else name


def book(row: Row, place: Place) -> Booked:
    """The entries of a row without problems. Raises TrimtabError with a sentence where it cannot be booked."""
    kind, when = row.kind, row.when
    if kind is None or kind not in _BOOKED:
        raise DataError(f"a {kind.value if kind else 'row without a kind'} cannot be booked")
    if when is None:
        raise DataError("the date is missing")
    row = _major(row)
    place.code(row)
    return _BOOKED[kind](row, when, place)


def _major(row: Row) -> Row:
    """Amounts in hundredths of a currency become amounts of the currency."""
    if row.currency not in _HUNDREDTHS:
        return row
    names = ("price", "amount", "fee", "tax", "cost")
    scaled = {name: value / 100 for name in names if (value := getattr(row, name)) is not None}
    return replace(row, currency=_HUNDREDTHS[row.currency], **scaled)


def rounded(amount: Decimal, code: str) -> Decimal:
    """To the smallest amount of a currency, or of that of which `code` is a hundredth; as it is where there is no such code."""
    whole = _HUNDREDTHS.get(code, code)
    try:
        money = currency(whole)
    except ParameterError:  # the row is refused for it later, with a sentence
        return amount
    return money.round(amount / 100) * 100 if whole != code else money.round(amount)


def _amount(row: Row) -> Decimal:
    if row.amount is None:
        raise DataError("the amount is missing")
    return row.amount


def _units(row: Row) -> Decimal:
    if not row.units:
        raise DataError("the units are missing")
    return row.units


def _beside(row: Row, when: date, place: Place, *, fee: bool = True) -> tuple[Entry, ...]:
    """The tax and the fee that a row carries beside its own entry."""
    beside: list[Entry] = []
    if row.tax:
        beside.append(Tax(when, row.tax, when.year, row.symbol or row.isin or row.note, place.code(row)))
    if row.fee and fee:
        paid = replace(row, currency=row.fee_currency or row.currency)
        beside.append(Fee(when, row.fee, row.symbol or row.isin or row.note, place.code(paid)))
    return tuple(beside)


def _trade(row: Row, when: date, place: Place) -> Booked:
    units = _units(row)
    gross, price = gross_and_price(row, currency(row.currency or place.base))
    asset = place.asset(row)
    if place.register.instruments[asset].contract is Contract.FUTURE:
        gross = ZERO
    own = not row.fee_currency or row.fee_currency == (row.currency or place.base)
    cost = (row.fee or ZERO) if own else ZERO
    fill = Fill(when, asset, units, price, gross, cost, row.external, place.code(row))
    return Booked((fill, *_beside(row, when, place, fee=not own)))


def _dividend(row: Row, when: date, place: Place) -> Booked:
    amount = _amount(row)
    entry: Entry = Dividend(when, place.asset(row), amount, place.code(row), row.payout)
    remarks = ("the amount is taken as before tax and fee",) if row.loose and (row.tax or row.fee) else ()
    return Booked((entry, *_beside(row, when, place)), remarks)


def _return(row: Row, when: date, place: Place) -> Booked:
    amount = _amount(row)
    entry: Entry = ReturnOfCapital(when, place.asset(row), amount, place.code(row))
    return Booked((entry, *_beside(row, when, place)))


def _variation(row: Row, when: date, place: Place) -> Booked:
    amount = _amount(row)
    entry: Entry = Variation(when, place.asset(row), amount, place.code(row))
    return Booked((entry, *_beside(row, when, place)))


def _interest(row: Row, when: date, place: Place) -> Booked:
    return Booked((Interest(when, _amount(row), place.code(row)), *_beside(row, when, place)))


def _fee(row: Row, when: date, place: Place) -> Booked:
    if row.amount is None and row.fee is None:
        raise DataError("the amount is missing")
    charge = _charge(row, row.fee)
    return Booked((Fee(when, charge, row.note or row.name, place.code(row)), *_beside(row, when, place, fee=False)))


def _tax(row: Row, when: date, place: Place) -> Booked:
    if row.amount is None and row.tax is None:
        raise DataError("the amount is missing")
    charge = _charge(row, row.tax)
    return Booked((Tax(when, charge, when.year, row.note or row.symbol, place.code(row)),))


def _charge(row: Row, beside: Decimal | None) -> Decimal:
    """What a charge takes; a loose source may say it both as the amount and in the column of charges."""
    amount = -(row.amount or ZERO)
    return amount if row.loose and beside is not None and abs(amount) == abs(beside) else amount + (beside or ZERO)


def _flow(row: Row, when: date, place: Place) -> Booked:
    amount = _amount(row)
    ways = {Kind.DEPOSIT: 1, Kind.TRANSFER_IN: 1, Kind.WITHDRAWAL: -1, Kind.TRANSFER_OUT: -1}
    if row.kind in ways and amount * ways[row.kind] < 0:
        raise DataError(f"the amount {amount} has the wrong sign")
    return Booked((Flow(when, amount, place.code(row)), *_beside(row, when, place)))


def _split(row: Row, when: date, place: Place) -> Booked:
    if not row.units and not row.ratio:
        raise DataError("neither the change of units nor a ratio is given")
    asset = place.asset(row)
    held = place.held(asset, when)
    if row.ratio and (row.units is None or row.amount) and not held:
        raise DataError("no units are held that could be split: import what came before first")
    due = held * (row.ratio - 1) if row.ratio else row.units or ZERO
    units = due if row.units is None else row.units
    fraction = due - units if row.amount else ZERO
    if row.amount and not fraction:
        raise DataError("cash came for a fraction of a unit, but neither ratio nor units say how large it was")
    if not 0 <= fraction < 1:
        raise DataError(f"{held} units are held before the split, which leaves {fraction} for cash: is something missing?")
    return Booked((Split(when, asset, units, row.amount or ZERO, place.code(row), fraction),))


def _spin_off(row: Row, when: date, place: Place) -> Booked:
    if row.share is None or not 0 <= row.share <= 1:
        raise DataError("the share of the cost that goes over must be given, from 0 to 1")
    if not row.received:
        raise DataError("the units received are missing")
    if row.amount:
        raise DataError("cash for a fraction of what is spun off: enter it by hand, with the fraction")
    asset, into = place.asset(row), place.register.into(row, place.base)
    return Booked((SpinOff(when, asset, into, row.received, row.share, ZERO, place.code(row)),))


def _merger(row: Row, when: date, place: Place) -> Booked:
    units = -abs(_units(row))
    asset = place.asset(row)
    if not row.received and not row.into:
        return Booked((Delisting(when, asset, units, row.amount or ZERO, place.code(row)),))
    if not row.received or not (row.into or row.into_isin):
        raise DataError("what comes in the merger, or how much of it, is missing")
    into = place.register.into(row, place.base)
    return Booked((Merger(when, asset, units, into, row.received, row.amount or ZERO, place.code(row)),))


def _delisting(row: Row, when: date, place: Place) -> Booked:
    units = -abs(_units(row))
    return Booked((Delisting(when, place.asset(row), units, row.amount or ZERO, place.code(row)),))


def _out(row: Row, when: date, place: Place) -> Booked:
    if row.symbol or row.isin:
        raise DataError("units that leave without being sold cannot be booked: move them by hand")
    return _flow(row, when, place)


def _opening(row: Row, when: date, place: Place) -> Booked:
    if row.kind is Kind.TRANSFER_IN and not (row.symbol or row.isin):
        return _flow(row, when, place)
    units, cost, remarks = _units(row), row.cost, []
    if units < 0:
        raise DataError("a position below zero (short) cannot be opened")
    if cost is None and row.price is None:
        raise DataError("neither what the position cost nor a price is given")
    if cost is None:
        remarks.append("cost unknown: the value on that day is taken")
        cost = currency(row.currency or place.base).round(units * (row.price or ZERO))
    if cost < 0 or (row.acquired and row.acquired > when):
        raise DataError("the cost is below zero, or the purchase lies after the statement")
    if row.acquired is None:
        remarks.append("date of purchase unknown: the date of the statement is taken")
    opening = Opening(when, place.asset(row), units, cost, row.acquired or when, place.code(row))
    return Booked((opening, *_beside(row, when, place)), tuple(remarks))


def _exchange(row: Row, when: date, place: Place) -> Booked:
    paid, received = _amount(row), row.received
    if not received or not paid or (paid < 0) == (received < 0):
        raise DataError("an exchange pays one currency and receives another")
    other = place.code(replace(row, currency=row.into)) if row.into else ""
    if not row.into or other == place.code(row):
        raise DataError("an exchange names two currencies")
    sold, bought = (place.code(row), other) if paid < 0 else (other, place.code(row))
    out, back = (-paid, received) if paid < 0 else (-received, paid)
    own = (row.fee_currency or row.currency or place.base) == place.base
    entry: Entry = Exchange(when, sold, out, bought, back, (row.fee or ZERO) if own else ZERO)
    return Booked((entry, *_beside(row, when, place, fee=not own)))


_BOOKED: Mapping[Kind, Callable[[Row, date, Place], Booked]] = {
    Kind.BUY: _trade, Kind.SELL: _trade, Kind.DIVIDEND: _dividend, Kind.RETURN_OF_CAPITAL: _return,
    Kind.VARIATION: _variation, Kind.INTEREST: _interest, Kind.FEE: _fee, Kind.TAX: _tax, Kind.DEPOSIT: _flow,
    Kind.WITHDRAWAL: _flow, Kind.CASH: _flow, Kind.SPLIT: _split, Kind.SPIN_OFF: _spin_off, Kind.MERGER: _merger,
    Kind.DELISTING: _delisting, Kind.TRANSFER_IN: _opening, Kind.HOLDING: _opening, Kind.TRANSFER_OUT: _out,
    Kind.EXCHANGE: _exchange,
}  # fmt: skip
