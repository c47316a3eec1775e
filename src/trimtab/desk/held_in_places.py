"""What each place of an account holds by itself: a fill is booked in the place of its order, whatever lies in the others.

The gate judges an account with all of its sleeves. So a sale is held besides to what lies where it is booked, less the sales
of it that are ahead.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal

from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import BreachError
from trimtab.core.money import ZERO, exact, text_of
from trimtab.core.orders import FINAL, WAITING, WORKING, Standing


def held_in(book: BookStore, place: str, instrument: str) -> Decimal:
    """Units of an instrument in one account without its sleeves, or in one sleeve."""
    numbers = {one.id: number for number, one in enumerate(book.instruments())}
    return ZERO if instrument not in numbers else book.holdings(place).get(numbers[instrument], ZERO)


def unfinished(orders: OrderBook, account: str) -> tuple[Standing, ...]:
    """The orders of an account that wait, or are under way: a slice is told by what it is cut from."""
    return tuple(one for one in orders.standings(account, WAITING | WORKING) if not one.ticket.parent)


def require_held(orders: OrderBook, leaving: Collection[Standing], ahead: Sequence[Standing], stays: str) -> None:
    """Raises BreachError where orders sell more out of a place than lies there, once the sales `ahead` of them are filled.

    Of an order that is in both, and of what slices are cut from, only what is leaving counts. `stays` says what was not done.
    """
    ids = {name for one in leaving for name in (one.id, one.ticket.parent)}
    others = [one for one in ahead if one.id not in ids and one.status not in FINAL]
    where = dict.fromkeys((one.ticket.booked, one.ticket.instrument) for one in leaving if one.left < 0)
    with exact():
        for place, instrument in where:
            held, asked = held_in(orders.store, place, instrument), _sold(leaving, place, instrument)
            left = held - _sold(others, place, instrument)
            if asked > max(left, ZERO):
                waiting = "" if left == held else f", of which {text_of(held - left)} are being sold already"
                what = f"{text_of(asked)} {instrument} are to be sold out of {place}, which holds {text_of(held)}{waiting}"
                raise BreachError(what, remedy=f"{stays} {_elsewhere(orders.store, place, instrument)}")


def _sold(some: Collection[Standing], place: str, instrument: str) -> Decimal:
    """Units that orders still sell of an instrument out of a place, without sign."""
    of = [one for one in some if (one.ticket.booked, one.ticket.instrument) == (place, instrument) and one.left < 0]
    return -sum((one.left for one in of), ZERO)


def _elsewhere(book: BookStore, place: str, instrument: str) -> str:
    """Where else in the account it lies."""
    account = place.partition("/")[0]
    places = [account, *(name for name in book.sleeves() if name.startswith(f"{account}/"))]
    found = [(name, held_in(book, name, instrument)) for name in places if name != place]
    lies = ", ".join(f"{name} holds {text_of(units)}" for name, units in found if units > 0)
    return f"Sell it where it lies: {lies}." if lies else "Sell fewer."
