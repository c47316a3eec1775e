"""Numbers, dates and lengths of time as people read them, the same on every machine.

A point for decimals, a comma for thousands, a real minus sign, a fixed space before the unit. Changes carry their sign.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import numpy as np

MINUS, SPACE = "\u2212", "\u00a0"
NONE = "n/a"

_BELOW_ZERO = re.compile(r"(?<![\w-])-(?=\d)")
_PERCENT = re.compile(r"(?<=\d) ?%")
Worded = Callable[[float], str]


def number(value: float, digits: int = 2) -> str:
    """1,234.50; `n/a` where there is no number. Zero has no sign."""
    if not math.isfinite(value):
        return NONE
    written = f"{value:,.{digits}f}"
    if written.strip("-0.,") == "":
        written = written.lstrip("-")
    return written.replace("-", MINUS)


def signed(value: float, digits: int = 2) -> str:
    """As `number`, with a plus in front of what is above zero."""
    written = number(value, digits)
    return f"+{written}" if value > 0.0 and written.strip("0.,") else written


def percent(value: float, digits: int = 1) -> str:
    """A fraction as 7.9 %."""
    written = number(value * 100.0, digits)
    return written if written == NONE else f"{written}{SPACE}%"


def signed_percent(value: float, digits: int = 1) -> str:
    """A change as +7.9 %."""
    written = signed(value * 100.0, digits)
    return written if written == NONE else f"{written}{SPACE}%"


def points(value: float) -> str:
    """A fraction in percent without the unit, which stands in the header: 7.9."""
    return number(value * 100.0, 1)


def signed_points(value: float) -> str:
    """A change in percent without the unit: +7.9."""
    return signed(value * 100.0, 1)


def basis_points(value: float) -> str:
    """A cost as 12.3 bp."""
    written = number(value * 1e4, 1)
    return written if written == NONE else f"{written}{SPACE}bp"


def money(value: float, currency: str) -> str:
    """1,234,567 USD; cents below a thousand; the number alone where no currency is known."""
    written = number(value, 0 if abs(value) >= 1000.0 else 2)
    return written if written == NONE or not currency else f"{written}{SPACE}{currency}"


def amount(value: float) -> str:
    """A change in money without its currency, which stands in the header: +1,234,567."""
    return signed(value, 0 if abs(value) >= 1000.0 else 2)


def days(length: float) -> str:
    """A length of time given in days: 23 days, 14 months, 3.2 years."""
    if not math.isfinite(length):
        return NONE
    for least, unit, name, digits in ((730.0, 365.25, "years", 1), (60.0, 30.4375, "months", 0)):
        if length >= least:
            return f"{number(length / unit, digits)}{SPACE}{name}"
    return f"{length:.0f}{SPACE}day{'' if round(length) == 1 else 's'}"


def day(when: np.datetime64) -> str:
    """2018-11-30."""
    return str(when.astype("datetime64[D]"))


def capital(words: str) -> str:
    """With a capital first letter."""
    return words[:1].upper() + words[1:]


def listed(names: list[str]) -> str:
    """a, b and c."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def minus(words: str) -> str:
    """A sentence with real minus signs before numbers and a fixed space before %; dates and names keep their hyphens."""
    return _PERCENT.sub(f"{SPACE}%", _BELOW_ZERO.sub(MINUS, words))
