"""What a market pays a book as time passes: closes, dividends, the growth of bills."""

from __future__ import annotations

from dataclasses import dataclass

from trimtab.core.arrays import Array, Dates


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """What a market pays over T sessions: closes and dividends a unit (T, A), and the growth of bills (T,)."""

    sessions: Dates
    closes: Array
    dividends: Array | None
    bills: Array
    years: Array  # (T,) time of each session in years, for spreads
