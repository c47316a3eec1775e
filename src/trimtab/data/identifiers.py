"""Check digits of ISIN, CUSIP, SEDOL and FIGI, verified offline.

ISIN: ISO 6166, letters written as 10 to 35, then the double-add-double sum of ISO/IEC 7812. CUSIP: ANSI X9.6, every second
value doubled. SEDOL: weights 1 3 1 7 3 9. FIGI: OMG Financial Instrument Global Identifier, every second value doubled; no
vowels, G in third place, and a first pair that no ISIN of Britain and its neighbours begins with.
"""

from __future__ import annotations

import re
from enum import Enum

from trimtab.core.errors import DataError

_TAKEN = frozenset({"BS", "BM", "GG", "GB", "GH", "KY", "VG"})  # first letters that would make a FIGI look like an ISIN
_SEDOL_WEIGHTS = (1, 3, 1, 7, 3, 9)
_CUSIP_SIGNS = {"*": 36, "@": 37, "#": 38}


class Scheme(Enum):
    """A system of names. Only the first four carry a check digit."""

    ISIN = "isin"
    FIGI = "figi"
    CUSIP = "cusip"
    SEDOL = "sedol"
    TICKER = "ticker"  # within a market
    VENDOR = "vendor"  # a vendor's own code, within that vendor's name in place of the market


_FORMS = {
    Scheme.ISIN: re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]"),
    Scheme.CUSIP: re.compile(r"[0-9A-Z*@#]{8}[0-9]"),
    Scheme.SEDOL: re.compile(r"[0-9BCDFGHJKLMNPQRSTVWXYZ]{6}[0-9]"),
    Scheme.FIGI: re.compile(r"[BCDFGHJKLMNPQRSTVWXYZ]{2}G[0-9BCDFGHJKLMNPQRSTVWXYZ]{8}[0-9]"),
}


def check_digit(scheme: Scheme, body: str) -> str:
    """The digit that follows `body`, the code without its last place."""
    if scheme is Scheme.ISIN:
        digits = [int(d) for letter in body for d in str(_value(letter))]
        return _rest(_doubled(digits, first=len(digits) % 2 == 1))
    if scheme is Scheme.SEDOL:
        return _rest(sum(w * _value(letter) for w, letter in zip(_SEDOL_WEIGHTS, body, strict=True)))
    return _rest(_doubled([_value(letter) for letter in body], first=False))


def is_valid(scheme: Scheme, code: str) -> bool:
    """Whether `code` has the form of its scheme and the right check digit; a ticker or a vendor's code is not empty."""
    if scheme not in _FORMS:
        return bool(code.strip())
    if not _FORMS[scheme].fullmatch(code) or (scheme is Scheme.FIGI and code[:2] in _TAKEN):
        return False
    return check_digit(scheme, code[:-1]) == code[-1]


def require_valid(scheme: Scheme, code: str) -> None:
    """Raise DataError where `code` is no code of `scheme`."""
    if is_valid(scheme, code):
        return
    form = _FORMS.get(scheme)
    why = "its check digit is wrong" if form and form.fullmatch(code) else "it has not the form of one"
    shown = f"{scheme.value.upper() if form else scheme.value} {code!r}"
    raise DataError(f"{shown} cannot be right: {why}", remedy="Copy it again from the source; codes are written in capitals.")


def _value(letter: str) -> int:
    """0 to 9, A = 10 to Z = 35, and the three signs of CUSIP."""
    return _CUSIP_SIGNS[letter] if letter in _CUSIP_SIGNS else int(letter, 36)


def _doubled(values: list[int], *, first: bool) -> int:
    """Sum of the digits of the values, every second one doubled, beginning with the first or the second."""
    start = 0 if first else 1
    return sum(sum(divmod(2 * v if k % 2 == start else v, 10)) for k, v in enumerate(values))


def _rest(total: int) -> str:
    return str(-total % 10)
