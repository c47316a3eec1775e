"""Orders by hand within the bounds of overrides: whoever adds an order, or makes one larger, overrides the model.

Asked only where the policy is on paper or live. What counts beside a new one: the overrides of today, and what was added by
hand or made larger for as many days as an override may live, as far as it was not declined or cancelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from trimtab.accounting.database.order_deeds import order_deeds
from trimtab.accounting.database.order_events import OrderPlanned
from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import BreachError
from trimtab.core.money import ZERO, decimal_of, exact
from trimtab.core.orders import Standing, Status
from trimtab.desk.books import Signature
from trimtab.desk.overriding import living, overrides_of
from trimtab.desk.policy import Policy
from trimtab.desk.staged import stage_now
from trimtab.desk.tickets import MANUAL
from trimtab.governance.overrides import Override, together
from trimtab.governance.promotion import Stage

_GONE = (Status.DECLINED, Status.CANCELLED, Status.REJECTED, Status.EXPIRED, Status.NEVER_ARRIVED)
_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ByHand:
    """What somebody wants: `units` of an instrument in a place, at a price, in an account worth `nav`, in `order` if any.

    `assets` names the policy's asset of each instrument.
    """

    place: str
    instrument: str
    units: Decimal
    price: Decimal
    nav: float
    assets: Mapping[str, str]
    order: str = ""

    @property
    def asset(self) -> str:
        """The policy's name for it."""
        return self.assets.get(self.instrument, self.instrument)


def beyond(planned: Decimal, units: Decimal) -> Decimal:
    """What an order asks for beyond what was planned, with its sign; zero where it only takes back."""
    if planned * units < 0:
        return units
    return units - planned if abs(units) > abs(planned) else ZERO


def amount_beyond(one: Standing, planned: Decimal) -> Decimal:
    """Money with its sign beyond what was planned; of an order that is over, what was filled of it."""
    with exact():
        return beyond(planned, one.filled if one.status in _GONE else one.ticket.units) * one.ticket.reference


def size_of(weights: Iterable[tuple[str, Decimal]], beside: Sequence[Override] = ()) -> Decimal:
    """One-way size of what was done by hand, asset and weight with its sign, and of overrides beside it, as of overrides.

    Weights of one asset add up, or take each other back; what they do not sum to comes out of cash.
    """
    with exact():
        return together([*beside, *(_shift(asset, weight) for asset, weight in weights if weight)])


def require_bounds(orders: OrderBook, policy: Policy, wanted: ByHand, by: Signature) -> None:
    """Raises BreachError where an order by hand, with what counts beside it, goes beyond the bounds of the policy."""
    stage = stage_now(orders.store, policy)
    if stage < Stage.PAPER or not wanted.units or not wanted.nav > 0.0:
        return
    bounds = policy.overrides
    if bounds is None:
        what = f"{policy.name} is at the stage {stage.value} and allows no overrides, and an order by hand is one"
        raise BreachError(what, remedy="Write overrides: {size: 0.05} into the policy, as a change that others approve.")
    beside = [*_by_hand(orders, wanted, by.day - timedelta(days=bounds.days)), (wanted.asset, wanted.units * wanted.price)]
    with exact():
        nav = decimal_of(wanted.nav)
        weights = [(asset, amount / nav) for asset, amount in beside]
    size = size_of(weights, living(overrides_of(orders.store, wanted.place), by.day))
    if size > bounds.size:
        what = f"with this order overrides come to {size:.2%}, above the {bounds.size:.2%} that {policy.name} allows"
        raise BreachError(what, remedy="Make it smaller, or end an override first: trimtab overrides.")


def planned_units(orders: OrderBook, account: str) -> dict[str, tuple[Decimal, date]]:
    """What the model asked for by order, and the day it was planned; of an order by hand nothing."""
    found = {}
    for deed in order_deeds(orders.store, account):
        if isinstance(deed.event, OrderPlanned):
            ticket = deed.event.ticket
            units = ZERO if ticket.strategy == MANUAL and not ticket.parent else ticket.units
            found[ticket.id] = units, date.fromisoformat(deed.recorded[:10])
    return found


def _by_hand(orders: OrderBook, wanted: ByHand, since: date) -> Iterator[tuple[str, Decimal]]:
    """Asset and money of what the account's orders ask for beyond what the model did, since a day."""
    account = wanted.place.partition("/")[0]
    planned = planned_units(orders, account)
    for one in orders.standings(account):
        units, day = planned.get(one.id, (one.ticket.units, since))
        if one.id != wanted.order and day >= since and not one.ticket.parent and one.ticket.booked == wanted.place:
            yield wanted.assets.get(one.ticket.instrument, one.ticket.instrument), amount_beyond(one, units)


def _shift(asset: str, weight: Decimal) -> Override:
    """What was done by hand as the override that it is; only its size is asked for."""
    return Override("", "", "by hand", "by hand", _SOME_DAY, _SOME_DAY.date(), _SOME_DAY.date(), {asset: weight})
