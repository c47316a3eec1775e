"""What people decided against the model in a quarter: overrides with what each brought, and orders that they changed.

The account is laid beside its shadow, the model as specified (desk/shadow.py). The way from the one to the other is taken in
steps: each override in the order in which it was written down, then all that is left, such as orders that were edited or
declined, late trades and prices. The steps add up to the difference exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.calendar import plain_date
from trimtab.desk.committee_told import Told, told
from trimtab.desk.interventions import Intervention, interventions_of
from trimtab.desk.overriding import Kept, kept_overrides
from trimtab.desk.practice import Loader
from trimtab.desk.shadow import Shadow, shadow_in

Window = tuple[date, date]
REST = "rest"


@dataclass(frozen=True, slots=True)
class Ledgered:
    """An override that was in force in the quarter, or written down in it, and its state at the end of it."""

    kept: Kept
    state: str


@dataclass(frozen=True, slots=True)
class Effect:
    """A step of the way from the model to the account: what it brought, as a fraction of what was there, and in money."""

    name: str
    title: str
    effect: float
    money: Decimal


@dataclass(frozen=True, slots=True)
class Ladder:
    """From the return of the model as specified to that of the account, `first` to `last`: `effects` add up to the difference.

    `money` is the sum of theirs, in `currency`; `notes` say what is to be known of the shadow.
    """

    first: date
    last: date
    model: float
    account: float
    effects: tuple[Effect, ...]
    money: Decimal
    currency: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Discretion:
    """The ledger of overrides, what was done to orders by hand, and what both came to."""

    overrides: tuple[Ledgered, ...]
    interventions: tuple[Intervention, ...]
    ladder: Told[Ladder]


def discretion_of(orders: OrderBook, account: str, window: Window, load: Loader) -> Discretion:
    """Of one account, from the first to the last day of a window. `load` gives the market of its policy."""
    first, last = window
    kept = [one for one in kept_overrides(orders.store, account) if _concerns(one, window)]
    ledger = tuple(Ledgered(one, one.state(last)) for one in kept)
    hands = tuple(one for one in interventions_of(orders, account) if first <= one.recorded.date() <= last)
    return Discretion(ledger, hands, told(lambda: _ladder(orders, account, window, load)))


def _ladder(orders: OrderBook, account: str, window: Window, load: Loader) -> Ladder:
    """The shadow of the window: from the last session before it, or from its own beginning. Raises as `shadow_in` does."""
    first, last = window
    return ladder_of(shadow_in(orders.store, account, load, as_of=last).since(first - timedelta(days=1), last))


def ladder_of(found: Shadow) -> Ladder:
    """The way from the model to the account over all days of a shadow."""
    steps = [Effect(one.name, f"Override {one.name}", one.linked, one.money) for one in found.costs]
    steps.append(Effect(REST, "All that was done otherwise", found.rest.linked, found.rest.money))
    days = (plain_date(found.dates[0]), plain_date(found.dates[-1]))
    ends = (float(found.model[-1] - 1.0), float(found.account[-1] - 1.0))
    return Ladder(*days, *ends, tuple(steps), found.total.money, found.currency.code, found.notes)


def _concerns(one: Kept, window: Window) -> bool:
    """Whether it was in force on a day of the window, or written down in it."""
    first, last = window
    lived = not one.withdrawn and one.override.begins <= last and first <= one.override.ends
    return lived or first <= one.written.recorded.date() <= last
