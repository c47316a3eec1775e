"""The money of one trade: what the source says of units, price, amount and charges, made to agree or questioned.

An amount may be gross or net of the charges, and a bond is priced in percent. Whatever fits within the digits printed is
taken; what fits none is a contradiction.
"""

from __future__ import annotations

from decimal import Decimal

from trimtab.accounting.imports.rows import Kind, Row
from trimtab.core.errors import DataError
from trimtab.core.households import Contract
from trimtab.core.money import ZERO, Currency

_PRICE_DIGITS = Decimal("1e-10")


def gross_and_price(row: Row, currency: Currency) -> tuple[Decimal, Decimal]:
    """The change of cash before charges (below zero for a purchase), and the price of a unit.

    Raises DataError where neither price nor amount is given, signs are wrong, or units times price is another amount.
    """
    units, sign = abs(row.units or ZERO), (-1 if row.kind is Kind.BUY else 1)
    if ((row.units or ZERO) < 0) != (row.kind is Kind.SELL):
        raise DataError(f"{row.units} units have the wrong sign for a {row.kind.value if row.kind else 'trade'}")
    if row.price is not None and row.price < 0:
        raise DataError(f"the price {row.price} is below zero")
    if row.contract is Contract.FUTURE and row.price is not None:
        return ZERO, row.price
    if row.amount is None and row.price is None:
        raise DataError("neither the price nor the amount is given")
    if row.amount is None:
        price = row.price or ZERO
        return sign * currency.round(units * price), price
    if row.amount * sign < 0:
        raise DataError(f"the amount {row.amount} has the wrong sign for a {row.kind.value if row.kind else 'trade'}")
    stated = abs(row.amount)
    if row.price is None:
        return sign * stated, _plain((stated / units).quantize(_PRICE_DIGITS))
    gross, price = _fitting(row, stated, row.price, sign)
    return sign * gross, price


def _fitting(row: Row, stated: Decimal, price: Decimal, sign: int) -> tuple[Decimal, Decimal]:
    """The gross amount and the price that agree."""
    units = abs(row.units or ZERO)
    worth = units * price
    room = units * _half_digit(price) + Decimal("0.01")
    charges = (row.fee or ZERO) + (row.tax or ZERO) if row.loose else ZERO
    nearest = min((stated, stated + sign * charges), key=lambda gross: abs(gross - worth))
    if abs(nearest - worth) <= room:
        return nearest, price
    if abs(stated - worth / 100) <= room / 100 + Decimal("0.01"):
        return stated, price / 100
    raise DataError(f"{units} units at {price} are {worth:f}, but the amount is {stated}: which is right?")


def _plain(price: Decimal) -> Decimal:
    """Without zeros at the end, and without an exponent: 100, not 1E+2."""
    bare = price.normalize()
    return bare.quantize(Decimal(1)) if int(bare.as_tuple().exponent) > 0 else bare


def _half_digit(price: Decimal) -> Decimal:
    """Half of the last digit printed, of a price with two decimals at least."""
    return Decimal(5).scaleb(min(int(price.as_tuple().exponent), -2) - 1)
