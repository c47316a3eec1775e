"""Money and units: Decimal, one context, one rounding rule. Floats cross into it here and nowhere else."""

from __future__ import annotations

import decimal
import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Any

from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.text import text_schema

ZERO = Decimal(0)
UNROUNDED = Decimal(0)  # as a `minor`: amounts keep every digit of the context

_CONTEXT = decimal.Context(
    prec=34, rounding=ROUND_HALF_EVEN, traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow]
)


def exact() -> AbstractContextManager[decimal.Context]:
    """The one arithmetic context of the book: 34 digits, half-even, invalid operations raise."""
    return decimal.localcontext(_CONTEXT)


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency and its smallest amount (`minor`, 0.01 for most; UNROUNDED for research without cents)."""

    code: str = "USD"
    minor: Decimal = Decimal("0.01")

    def round(self, amount: Decimal) -> Decimal:
        """To the smallest amount, half to even."""
        return amount.quantize(self.minor, ROUND_HALF_EVEN) if self.minor else amount


_MINORS = {"JPY": Decimal(1), "KRW": Decimal(1), "CLP": Decimal(1), "KWD": Decimal("0.001"), "BHD": Decimal("0.001")}


def currency(code: str) -> Currency:
    """The currency of an ISO 4217 code. Raises ParameterError where the code is not three capital letters."""
    if not re.fullmatch(r"[A-Z]{3}", str(code)):
        raise ParameterError(f"{code!r} is not a currency", remedy="Use an ISO code such as USD or EUR.")
    return Currency(code, _MINORS.get(code, Decimal("0.01")))


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency, as a policy writes it: `200 USD`."""

    amount: Decimal
    currency: str = "USD"

    @classmethod
    def parse(cls, text: str) -> Money:
        """Read `200 USD` or `1_000_000 EUR`. Raises ParameterError where the currency is missing."""
        match = re.fullmatch(r"\s*(-?\d[\d_]*(?:\.\d+)?)\s+([A-Z]{3})\s*", str(text), re.ASCII)
        if not match:
            remedy = "Money has a currency: write for example 200 USD."
            raise ParameterError(f"{text!r} is not an amount of money", remedy=remedy)
        return cls(Decimal(match[1].replace("_", "")), match[2])

    def __str__(self) -> str:
        """As a policy writes it, in one form for one amount: 200.00 USD is 200 USD."""
        return f"{self.amount.normalize():f} {self.currency}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Text in a policy file, Money in Python."""
        return text_schema(cls, r"^-?\d[\d_]*(\.\d+)? [A-Z]{3}$")


def decimal_of(number: float) -> Decimal:
    """The shortest decimal that reads back as the same float. Raises InvariantError for NaN and infinity."""
    value = Decimal(repr(float(number)))
    if not value.is_finite():
        raise InvariantError(f"{number} cannot enter the book of record")
    return value


_LONGEST = 100  # digits on either side of the point; more is no amount of money


def text_of(amount: Decimal) -> str:
    """The canonical text of an amount: plain digits, no exponent, no idle zeros, so that equal amounts have equal texts.

    Raises InvariantError for NaN, infinity and numbers of more than 100 digits before or behind the point.
    """
    if not amount:
        return "0"
    text = f"{amount:f}" if amount.is_finite() and abs(amount.adjusted()) < _LONGEST else ""
    whole, point, part = text.partition(".")
    part = part.rstrip("0")
    if not whole or len(part) > _LONGEST:
        remedy = "Amounts are finite and have at most 100 digits on either side of the point."
        raise InvariantError(f"{amount} cannot enter the book of record", remedy=remedy)
    return whole + point + part if part else whole


def floor_to(amount: Decimal, quantum: Decimal) -> Decimal:
    """The largest multiple of `quantum` (a power of ten) that is not above `amount`."""
    return amount.quantize(quantum, ROUND_FLOOR)
