"""Amounts and rates as people write them: `50m`, `1.2bn USD`, `30_000`; `0.5%`, `50bp`, `0.005`."""

from __future__ import annotations

import re
from decimal import Decimal

from trimtab.core.errors import UsageError
from trimtab.core.money import Money

_TIMES = {"": 1, "k": 10**3, "m": 10**6, "bn": 10**9}
_PARTS = {"": Decimal(1), "%": Decimal("0.01"), "bp": Decimal("0.0001"), "bps": Decimal("0.0001")}
_AMOUNT = re.compile(r"(\d[\d_,]*(?:\.\d+)?(?:[eE]\+?\d{1,2})?)\s*(k|m|bn)?(?:\s+([A-Z]{3}))?", re.ASCII)
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*(%|bps?)?", re.ASCII)
_MOST = Decimal("0.2")  # a year: more is a slip of the hand


def amount(text: str, option: str, currency: str) -> Money:
    """An amount of money, in `currency` where it names none. Raises UsageError for anything else."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        what = f"{option} {text!r} is not an amount of money"
        raise UsageError(what, remedy="Write 50m, 1.2bn, 50000000 or '50m USD'.")
    number, times, code = found.groups()
    return Money(Decimal(re.sub("[_,]", "", number)) * _TIMES[times or ""], code or currency)


def rate(text: str, option: str) -> Decimal:
    """A fraction a year. Raises UsageError for anything else, and for more than a fifth, which is rather percent."""
    found = _RATE.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{option} {text!r} is not a rate a year", remedy="Write 0.5%, 50bp or 0.005.")
    value = Decimal(found[1]) * _PARTS[found[2] or ""]
    if value > _MOST:
        remedy = f"Rates are fractions: did you mean {found[1]}%?" if not found[2] else "Write for example 0.5%."
        raise UsageError(f"{option} {text} is above {100 * float(_MOST):g} % a year", remedy=remedy)
    return value
