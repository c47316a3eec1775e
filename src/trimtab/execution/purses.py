"""What the orders of one sending may spend: buys go out on the cash that is there and on the sales that went out before them.

The gate judged a batch as a whole. Where one of its sales does not go out, or is rejected, what it was to bring is missing,
and a buy that needs it waits: nothing is overdrawn. A sale with a limit pays once it is filled. All at reference prices, in the
currency of the account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from trimtab.core.money import ZERO, exact, text_of
from trimtab.core.orders import WAITING, WORKING, Standing, Status

_CENT = Decimal("0.01")  # what rounding of money may cost


class Share(NamedTuple):
    """What an order is to one account: of a block a part, else all of it."""

    account: str
    units: Decimal


class Purses:
    """The cash of each account as orders go out. An account whose cash nobody stated buys only while all its sales go out."""

    __slots__ = ("_cash", "_lost")

    def __init__(self, cash: Mapping[str, Decimal]) -> None:
        self._cash = dict(cash)
        self._lost: set[str] = set()

    def short(self, standing: Standing, shares: Sequence[Share]) -> str:
        """Why an order cannot be paid for; empty where it can."""
        with exact():
            for account, units in shares:
                need = units * standing.ticket.reference
                if account in self._cash and need > max(self._cash[account], ZERO) + _CENT:
                    has = text_of(self._cash[account])
                    return f"it costs {text_of(need)}, and account {account} has {has} after the sales that went out"
                if units > 0 and account not in self._cash and account in self._lost:
                    return f"a sale of account {account} did not go out, and nobody said what cash it has"
        return ""

    def count(self, before: Standing, after: Standing, shares: Sequence[Share]) -> None:
        """What an order brings or takes, by how it stood and stands now.

        The cash that was stated knows what had left before: a sale of those brings nothing more, a buy takes what it has not
        filled yet.
        """
        old = before.status is not Status.APPROVED
        with exact():
            whole = after.filled / after.ticket.units
            open_ = after.status in WORKING and after.status is not Status.UNKNOWN
            goes = ZERO if after.status in WAITING or after.status is Status.UNKNOWN else Decimal(1) if open_ else whole
            if after.ticket.limit and after.ticket.units < 0:  # the rest of it may never be filled
                goes = whole
            for account, units in shares:
                if units < 0 and goes < 1:
                    self._lost.add(account)
                if account in self._cash:
                    part = goes if not old else goes - whole if units > 0 else ZERO
                    self._cash[account] -= part * units * after.ticket.reference
