"""Currencies in which some exchanges quote: pence, cents and agorot are hundredths of the major currency.

The codes are the vendors' own: GBp and GBX (London), ZAc (Johannesburg), ILA (Tel Aviv). ISO 4217 knows none of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from trimtab.core.arrays import Array
from trimtab.core.errors import DataError
from trimtab.core.terms import ADJUSTED, CAPITAL_GAINS, CLOSE, DIVIDEND, HIGH, LOW, OPEN, TOTAL_RETURN, Field
from trimtab.data import currencies
from trimtab.data.history import Issue

_AMOUNTS = (OPEN, HIGH, LOW, CLOSE, DIVIDEND, CAPITAL_GAINS, ADJUSTED, TOTAL_RETURN)


def major(code: str, where: str) -> tuple[str, float]:
    """The ISO 4217 code of a quoting currency, and how many of its units make one. Raises DataError for no currency."""
    try:
        name, unit = currencies.major(code)
    except DataError:
        what = f"the vendor's currency {code!r} is no ISO 4217 code"
        raise DataError(what, where=where, remedy="Ask the vendor for the unit of the prices; nothing was kept.") from None
    return name, round(1.0 / unit)


def in_major(fields: Mapping[Field, Array], code: str, where: str) -> tuple[dict[Field, Array], str, tuple[Issue, ...]]:
    """Fields (T,) in the major currency, its code, and what was done. Raises DataError for no currency."""
    currency, parts = major(code, where)
    if parts == 1.0:
        return dict(fields), currency, ()
    issue = Issue(f"prices are quoted in {code}, a hundredth of {currency}", where, "divided by 100")
    return {field: v / parts if field in _AMOUNTS else v for field, v in fields.items()}, currency, (issue,)
