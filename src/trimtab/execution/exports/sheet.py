"""What an export knows besides the orders: the facts of its header, the instruments, who is behind a block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from trimtab.core.errors import DataError
from trimtab.core.households import Contract, Instrument
from trimtab.core.orders import Standing

_MAGNITUDE = 100  # powers of ten, up and down, that a number may have


@dataclass(frozen=True, slots=True)
class Facts:
    """The header of a blotter. `date` is ISO; `policy` a SHA-256, `journal` the head of the journal: `number hash`."""

    date: str = ""
    run: str = ""
    accounts: tuple[str, ...] = ()
    funding: str = ""
    rounding: str = ""
    scaling: str = ""
    policy: str = ""
    journal: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that is told of orders and does not stand in them. What is missing is left empty, never made up.

    `instruments` and `figis` go by the instrument's id, `members` gives the account of each member of a block by its
    order id, `lot_methods` go by account, `checks` (the gate's verdicts in words) by order id. A block order is placed in
    `block_account`; the exchange of a contract is looked up by the instrument's id in `exchanges`.
    """

    facts: Facts = field(default_factory=Facts)
    instruments: Mapping[str, Instrument] = field(default_factory=dict)
    figis: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)
    lot_methods: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)
    exchanges: Mapping[str, str] = field(default_factory=dict)
    block_account: str = ""

    def isin(self, instrument: str) -> str:
        """Empty where it is not known."""
        return self.instruments[instrument].isin if instrument in self.instruments else ""

    def name(self, instrument: str) -> str:
        """Empty where it is not known."""
        return self.instruments[instrument].name if instrument in self.instruments else ""

    def multiplier(self, instrument: str) -> Decimal:
        """Money a point of price: 1 for all but futures."""
        return self.instruments[instrument].multiplier if instrument in self.instruments else Decimal(1)

    def contract(self, instrument: str) -> Contract | None:
        """What kind of thing it is; None where that is not known."""
        return self.instruments[instrument].contract if instrument in self.instruments else None

    def account(self, standing: Standing) -> str:
        """Where the order is placed: its account, or that for blocks."""
        return self.block_account if standing.ticket.parts else standing.ticket.account

    def allocations(self, standing: Standing) -> tuple[tuple[str, str, Decimal], ...]:
        """Member order id, account and units of each member of a block. Raises DataError where an account is missing."""
        told = []
        for member, units in standing.ticket.parts:
            if not self.members.get(member):
                remedy = "Hand in the account of every member."
                raise DataError(f"the account of {member} in block {standing.id} is not known", remedy=remedy)
            told.append((member, self.members[member], units))
        return tuple(told)


def number_text(value: Decimal) -> str:
    """A number with a point and nothing else; no digit is lost. Raises DataError for what is none or has no end."""
    if not value.is_finite() or abs(value.adjusted()) > _MAGNITUDE or int(value.as_tuple().exponent) < -2 * _MAGNITUDE:
        raise DataError(f"{value} is no number that an order can have", remedy="Nothing was exported.")
    return f"{value:f}" if value else "0"


def require_sendable(standings: Sequence[Standing]) -> None:
    """Raises DataError where an order is none that is sent by itself, stands twice, or asks for nothing."""
    seen: set[str] = set()
    for one in standings:
        if one.ticket.block:
            what = f"order {one.id} is part of block {one.ticket.block}"
            raise DataError(what, remedy="Export the block: its members are told in it.")
        if one.id in seen:
            raise DataError(f"order {one.id} is exported twice in one file", remedy="Name it once.")
        if not one.ticket.units or not one.ticket.units.is_finite():
            raise DataError(f"order {one.id} is for {one.ticket.units} units", remedy="Nothing was exported.")
        seen.add(one.id)
