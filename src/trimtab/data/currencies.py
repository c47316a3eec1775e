"""Which quotes carry an amount from one currency into another: direct, inverse, or through one common currency.

A pair is written EURUSD: dollars for one euro. Pence, cents and agorot, in which some exchanges quote, are currencies of their
own, each a hundredth of the one that ISO 4217 knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from trimtab.core.errors import DataError

MINOR = {
    "GBX": ("GBP", 0.01),
    "GBp": ("GBP", 0.01),
    "GBx": ("GBP", 0.01),
    "ZAc": ("ZAR", 0.01),
    "ZAC": ("ZAR", 0.01),
    "ZAX": ("ZAR", 0.01),
    "ILA": ("ILS", 0.01),
    "ILa": ("ILS", 0.01),
}

_PREFERRED = ("USD", "EUR")  # of several common currencies: the deepest markets first, then by name
_PAIR = re.compile(r"([A-Z]{3})[/_.-]?([A-Z]{3})(?:=X)?")


@dataclass(frozen=True, slots=True)
class Quote:
    """A series that gives units of `second` for one of `first`."""

    series: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Leg:
    """A quote as it is used: as it is, or turned over."""

    quote: Quote
    inverse: bool

    def __str__(self) -> str:
        """For messages."""
        return f"1/{self.quote.series}" if self.inverse else self.quote.series


def major(currency: str) -> tuple[str, float]:
    """The ISO 4217 currency of a quoting unit, and how much of it one unit is: GBP and .01 for GBX."""
    found = MINOR.get(currency, (currency, 1.0))
    if not re.fullmatch(r"[A-Z]{3}", found[0]):
        known = ", ".join(MINOR)
        raise DataError(f"{currency!r} is no currency", remedy=f"Give its ISO 4217 code, or one of {known}.")
    return found


def quotes(series: Iterable[str], pairs: Mapping[str, str] | None = None) -> tuple[Quote, ...]:
    """The quotes among named series: by name (EURUSD, EUR/USD, EURUSD=X), or as `pairs` says (DEXUSEU: EURUSD).

    Other series are left aside. Raises DataError for an entry of `pairs` that is no pair.
    """
    found = []
    for name in series:
        written = (pairs or {}).get(name, name)
        parts = _PAIR.fullmatch(written)
        if parts:
            found.append(Quote(name, parts[1], parts[2]))
        elif written != name:
            raise DataError(f"{written!r} is no pair of currencies", remedy="Write EURUSD for dollars a euro.")
    return tuple(found)


def route(source: str, target: str, available: Iterable[Quote], *, via: str = "") -> tuple[Leg, ...]:
    """The legs from `source` to `target`, both ISO 4217; none where they are the same. The names decide, never the data.

    Raises DataError, naming the pair to add, where no quote and no common currency leads there.
    """
    legs = _legs(available)
    if source == target:
        return ()
    if not via and (source, target) in legs:
        return (legs[source, target],)
    common = [b for a, b in legs if a == source and (b, target) in legs and via in ("", b)]
    if not common:
        through = f" through {via}" if via else ""
        what = f"no exchange rate leads from {source} to {target}{through}"
        have = ", ".join(sorted({leg.quote.series for leg in legs.values()})) or "none"
        raise DataError(what, remedy=f"Add the pair {source}{target}. Available: {have}.")
    middle = min(common, key=lambda c: (_PREFERRED.index(c) if c in _PREFERRED else len(_PREFERRED), c))
    return legs[source, middle], legs[middle, target]


def _legs(available: Iterable[Quote]) -> dict[tuple[str, str], Leg]:
    """Every step that a quote allows; a quote as it is before one turned over, then the first by name."""
    legs: dict[tuple[str, str], Leg] = {}
    ordered = sorted(available, key=lambda quote: quote.series)
    for inverse in (False, True):
        for quote in ordered:
            ends = (quote.second, quote.first) if inverse else (quote.first, quote.second)
            legs.setdefault(ends, Leg(quote, inverse))
    return legs
