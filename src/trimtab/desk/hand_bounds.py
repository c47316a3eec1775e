"""Orders by hand within the bounds of overrides: whoever adds an order, or makes one larger, overrides the model.

Asked only where the policy is on paper or live. What counts beside a new one: overrides, those that wait on the day on which
they begin, and what was done by hand for as many days before as an override may live (done_by_hand.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import BreachError
from trimtab.core.money import decimal_of, exact
from trimtab.desk.books import Signature
from trimtab.desk.done_by_hand import done_by_hand
from trimtab.desk.overriding import overrides_of
from trimtab.desk.policy import Policy
from trimtab.desk.staged import stage_now
from trimtab.governance.overrides import DoneByHand, excess
from trimtab.governance.promotion import Stage


@dataclass(frozen=True, slots=True)
class ByHand:
    """What somebody wants: `units` of an instrument in a place, at a price, in an account worth `nav`, in `order` if any."""

    place: str
    instrument: str
    units: Decimal
    price: Decimal
    nav: float
    order: str = ""

    @property
    def weight(self) -> Decimal:
        """The part of the account that it is about, with its sign."""
        with exact():
            return self.units * self.price / decimal_of(self.nav)


def require_bounds(book: BookStore, policy: Policy, wanted: ByHand, by: Signature) -> None:
    """Raises BreachError where an order by hand, with what counts beside it, goes beyond the bounds of the policy."""
    stage = stage_now(book, policy)
    if stage < Stage.PAPER or not wanted.units or not wanted.nav > 0.0:
        return
    bounds = policy.overrides
    if bounds is None:
        what = f"{policy.name} is at the stage {stage.value} and allows no overrides, and an order by hand is one"
        raise BreachError(what, remedy="Write overrides: {size: 0.05} into the policy, as a change that others approve.")
    done = [*done_by_hand(book, wanted.place, wanted.order), DoneByHand(by.day, wanted.instrument, wanted.weight)]
    days = by.day, by.day + timedelta(days=bounds.days)
    if found := excess(overrides_of(book, wanted.place), done, bounds, days):
        when = f" on {found.day}" if found.day > by.day else ""
        what = (
            f"with this order overrides come to {found.size:.2%}{when}, above the {bounds.size:.2%} that {policy.name} allows"
        )
        raise BreachError(what, remedy="Make it smaller, or end an override first: trimtab overrides.")
