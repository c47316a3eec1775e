"""Netting of gains and losses by term, and what of a loss is carried on (26 U.S.C. 1211, 1212 and 1222; Schedule D).

Short-term with short-term, long-term with long-term, then across. What loss remains meets other income up to a limit,
short-term losses first, and the rest is carried into the next year, where it keeps its term.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from trimtab.core.money import ZERO, exact
from trimtab.core.taxes import Carried


class Netted(NamedTuple):
    """Gains left to be taxed by term, what of a loss met other income, and what is carried on; all zero or above."""

    short: Decimal
    long: Decimal
    used: Decimal
    carried: Carried


def net(short: Decimal, long: Decimal, carried: Carried, limit: Decimal) -> Netted:
    """Net the gains of a year (losses below zero) with each other and with losses `carried` into it.

    At most `limit`, zero or above, of the loss that remains meets other income.
    """
    with exact():
        short, long = across(short - carried.short, long - carried.long)
        used = min(max(-short, ZERO) + max(-long, ZERO), limit)
        from_short = min(max(-short, ZERO), used)
        left = Carried(max(-short, ZERO) - from_short, max(-long, ZERO) - (used - from_short))
        return Netted(max(short, ZERO), max(long, ZERO), used, left)


def across(short: Decimal, long: Decimal) -> tuple[Decimal, Decimal]:
    """A loss of one term taken off the gain of the other: the two answers never have opposite signs."""
    if (short < 0) == (long < 0):
        return short, long
    total = short + long
    if (total < 0) == (short < 0):  # the short-term side is the larger, or what is left is nothing
        return total, ZERO
    return ZERO, total
