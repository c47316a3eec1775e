"""Who owns what where: a household holds accounts, an account may hold sleeves; and what can be held."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from trimtab.core.errors import ParameterError
from trimtab.core.money import currency
from trimtab.core.taxes import LotMethod, Wrapper

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}")


def require_name(what: str, name: str) -> str:
    """The name, where it is one. Raises ParameterError for an empty, long or odd one: names stand in files and tables."""
    if not _NAME.fullmatch(name):
        raise ParameterError(f"{what} {name!r} is no name", remedy="Use letters, digits, points, dashes and underscores.")
    return name


@dataclass(frozen=True, slots=True)
class Account:
    """One account of a household. Lots are sold by `lots` where nobody names them."""

    id: str
    household: str
    wrapper: Wrapper = Wrapper.TAXABLE
    currency: str = "USD"
    lots: LotMethod = LotMethod.FIFO
    name: str = ""

    def __post_init__(self) -> None:
        require_name("the account", self.id)
        require_name("the household", self.household)
        currency(self.currency)


class Contract(Enum):
    """What kind of thing an instrument is."""

    SHARE = "share"
    FUND = "fund"
    BOND = "bond"
    FUTURE = "future"


@dataclass(frozen=True, slots=True)
class Instrument:
    """Something that can be held. `alike` names what is substantially identical to it: one word for all of them.

    A future has a `multiplier`, money a point of price; anything else has 1.
    """

    id: str
    contract: Contract = Contract.FUND
    currency: str = "USD"
    multiplier: Decimal = Decimal(1)
    isin: str = ""
    name: str = ""
    alike: str = ""

    def __post_init__(self) -> None:
        if not self.id.strip() or len(self.id) > 64 or not self.id.isprintable():
            raise ParameterError(f"the instrument {self.id!r} is no name", remedy="Use its ticker or another short id.")
        currency(self.currency)
        if not self.multiplier > 0 or (self.multiplier != 1 and self.contract is not Contract.FUTURE):
            remedy = "Only a future has one, above 0: money a point of price."
            raise ParameterError(f"the multiplier of {self.id} is {self.multiplier}", field="multiplier", remedy=remedy)

    @property
    def group(self) -> str:
        """What it counts as for wash sales."""
        return self.alike or self.id
