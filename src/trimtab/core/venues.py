"""What a venue is asked and what it answers. A venue is a broker, a paper broker, or a file that a person carries on.

Instants are text, UTC, as in core/orders.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

import numpy as np

from trimtab.core.errors import TrimtabError
from trimtab.core.orders import Standing, Status

_NONE = Decimal(0)


class NotSent(TrimtabError):
    """It is proved that nothing left: no connection, or the message was refused before it was written."""

    code = "TT-VEN-001"


class NoAnswer(TrimtabError):
    """It may have arrived or not: a timeout, a broken connection, an answer that does not read."""

    code = "TT-VEN-002"


class NoAccess(NotSent):
    """The venue does not know us: credentials are missing or wrong, or the live venue is not armed."""

    code = "TT-VEN-003"


class Execution(NamedTuple):
    """A fill as a venue reports it; `id` is the venue's own, and no two fills of a venue share one."""

    id: str
    order: str  # client order id
    units: Decimal  # with their sign
    price: Decimal
    cost: Decimal  # fees and commission, above zero takes money
    day: date  # trading date
    at: str


class Report(NamedTuple):
    """What a venue says of an order. `filled` is its own count of units, with their sign; `executions` may be incomplete."""

    order: str
    status: Status
    venue_id: str = ""
    filled: Decimal = _NONE
    executions: tuple[Execution, ...] = ()
    why: str = ""


class Recorded(NamedTuple):
    """What came of a report: how the order stands now, the executions that were new, and what cannot be, in sentences."""

    standing: Standing
    booked: tuple[Execution, ...] = ()
    contradictions: tuple[str, ...] = ()


class Venue(Protocol):
    """Where orders go, one at a time. It accepts only what the gate has stamped (`execution.gate.Stamped`).

    `submit` and `cancel` raise NotSent or NoAnswer and nothing else; `find`, `reports` and `positions` raise NoAnswer.
    One that forgets orders that are over says since when it remembers them by a method besides: see `remembered_since`; one
    that needs keys, a library or a session says whether they are there: see `require_ready`.
    """

    @property
    def name(self) -> str:
        """`paper`, `alpaca`, `ibkr`, `file`."""
        ...

    @property
    def live(self) -> bool:
        """Whether it moves real money."""
        ...

    @property
    def unique(self) -> bool:
        """Whether it refuses a client order id that it has seen."""
        ...

    def submit(self, stamped: Any, order: str) -> Report:
        """Send the order with this client id, out of what was stamped. A rejection is a report."""
        ...

    def cancel(self, order: str) -> Report:
        """Ask for what is left to be cancelled, and say how it stands; that may not be cancelled yet."""
        ...

    def find(self, order: str) -> Report | None:
        """What it knows of a client order id, with every fill so far; None: it knows no such order."""
        ...

    def reports(self, since: date) -> tuple[Report, ...]:
        """Every order of ours that it has seen on or after that day."""
        ...

    def positions(self, account: str) -> Mapping[str, Decimal] | None:
        """Units by the name of the instrument; None where it does not tell."""
        ...


def require_ready(venue: Venue) -> None:
    """Raises NotSent or NoAccess where nothing could be sent anyway: before any order is touched, so that all stay approved."""
    if hasattr(venue, "require_ready"):
        venue.require_ready()


def remembered_since(venue: Venue, now: np.datetime64) -> np.datetime64:
    """Since when the venue remembers every order, at the instant `now` (UTC); NaT: for ever.

    That it does not know an order that left before proves nothing: it may be over and forgotten.
    """
    said: np.datetime64 = venue.remembers_since(now) if hasattr(venue, "remembers_since") else np.datetime64("NaT", "s")
    return said
