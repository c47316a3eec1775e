"""Numbers as people and programs write them, as Decimal: decimal commas, thousands, currency signs, parentheses.

`1,234` and `1.234` mean two things. The other numbers of the same file decide; where they do not, it is a question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

MOST_DIGITS = 34  # what the context of the book holds
MOST_MAGNITUDE = 21  # powers of ten, up and down

_MISSING = frozenset({"", "-", "--", "—", "–", "n/a", "na", "null", "none"})
_SILENT = re.compile(r"[\s\u00a0\u2007\u2009\u202f'’$€£¥₹]|^[A-Z]{3}(?=[^A-Za-z])|(?<=[^A-Za-z])[A-Z]{3}$")
_SHAPE = re.compile(r"([+-]?)(\d+(?:[.,]\d*)*|[.,]\d+)([eE][+-]?\d{1,6})?", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*", re.ASCII)


def parse(text: str, comma: bool | None = False) -> Decimal | None:
    """The number, or None where the cell is empty or a dash. `comma`: the decimal sign is a comma (None: not known).

    Raises ValueError with a sentence where it is no number, could be two, or is one that no account holds.
    """
    shown = text if len(text) <= 40 else text[:40] + "..."
    if text.strip().lower() in _MISSING:
        return None
    sign, body, power = _split(text, shown)
    digits = _decimal_point(body, comma, shown)
    value = Decimal(f"{sign}{digits}{power}")
    low = value.as_tuple().exponent
    if not value:
        return Decimal(0)
    if value.adjusted() >= MOST_MAGNITUDE or len(value.as_tuple().digits) > MOST_DIGITS or int(low) < -MOST_DIGITS:
        raise ValueError(f"{shown} is larger or finer than any account holds")
    return value


def decimal_comma(texts: Iterable[str]) -> bool | None:
    """Whether a file writes decimal commas, by its numbers that leave no doubt; None where they do not say or disagree."""
    said = set()
    for text in texts:
        try:
            body = _split(text, "")[1] if text.strip().lower() not in _MISSING else ""
        except ValueError:
            continue
        said.add(_evidence(body))
    said.discard(None)
    return said.pop() if len(said) == 1 else None


def _split(text: str, shown: str) -> tuple[str, str, str]:
    """Sign, digits with their separators, and exponent."""
    plain = text.strip().replace("\u2212", "-")
    negative = len(plain) > 2 and plain[0] == "(" and plain[-1] == ")"
    for _ in range(2):  # a sign may stand before or behind the currency
        plain = _SILENT.sub("", plain.strip("()") if negative else plain)
    if plain.endswith("-") and not plain.startswith("-"):
        plain = "-" + plain[:-1]
    match = _SHAPE.fullmatch(plain) if len(plain) <= 80 else None
    if not match:
        raise ValueError(f"{shown!r} is not a number")
    sign = "-" if (match[1] == "-") != negative else ""
    return sign, match[2], match[3] or ""


def _evidence(body: str) -> bool | None:
    """Whether the decimal sign of one number is a comma; None where it could be either."""
    points, commas = body.count("."), body.count(",")
    if points and commas:
        return body.rfind(",") > body.rfind(".")
    if points + commas == 1:
        grouped = _GROUPED.fullmatch(body) and not body.startswith("0")
        return None if grouped else bool(commas)
    return None if not points + commas else bool(points)  # several of one sign group thousands: the other is decimal


def _decimal_point(body: str, comma: bool | None, shown: str) -> str:
    """The digits with a decimal point and without thousands."""
    said = _evidence(body)
    if "." in body or "," in body:
        if said is None and comma is None:
            raise ValueError(f"{shown} could be a thousand times more or less: say whether the decimal sign is a comma")
        if said is not None and comma is not None and said != comma:
            raise ValueError(f"{shown} does not fit a file with a decimal {'comma' if comma else 'point'}")
    decimal, group = (",", ".") if (comma if said is None else said) else (".", ",")
    whole, _, fraction = body.partition(decimal)
    if group in fraction or (group in whole and not _GROUPED.fullmatch(whole)) or decimal in fraction:
        raise ValueError(f"{shown!r} is not a number")
    return f"{whole.replace(group, '') or '0'}.{fraction or '0'}" if fraction else whole.replace(group, "") or "0"
