"""What people did to an account that no override says: orders by hand, orders made larger, trades that no order asked for.

An order by hand or a larger one is kept where the bounds of the policy's overrides allow its size, since it stands in the
journal with its reason, or where a logged override is about its asset. Sizes are one-way and of what the account was worth at
the decision, as where such an order is taken (hand_bounds.py). Trades that came in with a file and belong to no order are kept
where they mend what was cancelled, or put a dividend back into what paid it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trimtab.accounting.database.order_events import OrderEdited
from trimtab.accounting.database.order_history import Posted, order_history, postings
from trimtab.core.entries import Cancel, Dividend, Entry, Fill
from trimtab.core.money import ZERO, exact, text_of
from trimtab.core.orders import FINAL, MANUAL, Standing
from trimtab.desk.books import scope_of
from trimtab.desk.decisions_made import instant
from trimtab.desk.done_by_hand import amount_beyond
from trimtab.desk.duties import Case, Found, shown
from trimtab.desk.logged_overrides import Logged
from trimtab.desk.traded_in_time import Told, told_of
from trimtab.governance.adherence import Duty, Violation
from trimtab.governance.overrides import together


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that a person did, on a day: what, and which record shows it.

    `size` is money with its sign, put into the policy's `asset`; None: bounds do not help.
    """

    day: date
    what: str
    record: int
    size: Decimal | None = None
    asset: str = ""


def unlogged(case: Case, known: Logged) -> Found:
    """The decisions, and what was done since each that no log covers. Where nothing was decided, what was done is its own."""
    days = sorted({one.when for one in case.decided if one.policy})
    found = sorted([*_orders(case, known), *_fills(case)], key=lambda deed: (deed.day, deed.record))
    own: dict[date, list[Deed]] = defaultdict(list)
    for deed in found:
        before = [day for day in days if day <= deed.day]
        own[before[-1] if before else days[0] if days else deed.day].append(deed)
    violations = [
        Violation(Duty.OVERRIDES, case.occasion(day), deed.day, deed.what, shown(deed.record))
        for day, deeds in own.items()
        for deed in _beyond(case, day, deeds)
    ]
    return Found(frozenset(case.occasion(day) for day in {*days, *own}), tuple(violations))


def _beyond(case: Case, decided: date, deeds: Sequence[Deed]) -> Iterator[Deed]:
    """Those that the bounds of the policy do not allow: all that have a size together, since one decision."""
    bounds, within = case.policy.overrides, False
    sized = [(deed.asset, deed.size, _worth(case, decided, deed)) for deed in deeds if deed.size is not None]
    if bounds is not None and all(nav > 0 for _, _, nav in sized):
        with exact():
            weights = [(asset, size / nav) for asset, size, nav in sized]
            within = together(weights) <= bounds.size
    yield from (deed for deed in deeds if deed.size is None or not within)


def _worth(case: Case, decided: date, deed: Deed) -> Decimal:
    """Net asset value at the decision that a deed belongs to; where nobody noted it, the last one known by then, else zero."""
    noted = [one for one in case.made if one.nav > 0 and one.when <= deed.day]
    own = [one for one in noted if one.policy and one.when == decided]
    return max(own or noted, key=lambda one: (one.when, one.record)).nav if noted else ZERO


def _orders(case: Case, known: Logged) -> Iterator[Deed]:
    """Orders by hand, and orders that were made larger, of which something was traded or still may be."""
    told = told_of(order_history(case.orders.store, case.account))
    for one in case.orders.standings(case.account):
        ticket, own = one.ticket, told[one.id]
        if ticket.parent or not case.covers(ticket.booked) or (one.status in FINAL and not own.fills):
            continue
        asset = known.assets.get(ticket.instrument, ticket.instrument)
        deed = _by_hand(one, own, asset) if ticket.strategy == MANUAL else _larger(one, own, asset)
        if deed is None or not case.contains(deed.day):
            continue
        if not known.about(ticket.instrument, deed.day, instant(own.edit.recorded if own.edit else one.planned_at)):
            yield deed


def _by_hand(one: Standing, told: Told, asset: str) -> Deed:
    ticket = one.ticket
    side = "buy" if ticket.units > 0 else "sell"
    what = f"order by hand: {side} {text_of(abs(ticket.units))} {ticket.instrument}, by {ticket.by} ({ticket.reason})"
    return Deed(ticket.as_of, what, told.record, amount_beyond(one, ZERO), asset)


def _larger(one: Standing, told: Told, asset: str) -> Deed | None:
    """What an order has more than was planned; None where it has not."""
    more = abs(one.ticket.units) - abs(told.planned)
    if more <= 0 or told.edit is None or not isinstance(told.edit.event, OrderEdited):
        return None
    edit = told.edit
    units = f"{text_of(abs(told.planned))} made {text_of(abs(one.ticket.units))}"
    what = f"{one.ticket.instrument}: {units} by {edit.author} ({told.edit.event.reason})"
    return Deed(one.ticket.as_of, what, edit.record, amount_beyond(one, told.planned), asset)


def _fills(case: Case) -> Iterator[Deed]:
    """Trades of the account that belong to no order, booked since it was held to the policy."""
    ids = {one.id for one in case.orders.standings(case.account)}
    names = [one.id for one in case.orders.store.instruments()]
    for place in filter(case.covers, scope_of(case.orders.store, case.account).places):
        posted = postings(case.orders.store, place)
        gone = {one.entry.entry for one in posted if isinstance(one.entry, Cancel)}
        mended = {_same(posted[number].entry) for number in gone if isinstance(posted[number].entry, Fill)}
        paid = [one.entry for number, one in enumerate(posted) if isinstance(one.entry, Dividend) and number not in gone]
        for one in posted:  # what was cancelled is among what is mended
            if _stray(case, one, ids) and _same(one.entry) not in mended and not _put_back(one.entry, paid):
                yield _fill(one, names)


def _stray(case: Case, one: Posted, ids: Collection[str]) -> bool:
    entry = one.entry
    recorded = date.fromisoformat(one.recorded[:10])
    return isinstance(entry, Fill) and entry.order not in ids and case.contains(entry.when) and case.stretch.begins <= recorded


def _same(entry: Entry) -> tuple[int, date]:
    """What a correction has in common with what it mends: instrument and day."""
    return getattr(entry, "asset", -1), entry.when


def _put_back(entry: Entry, paid: Sequence[Dividend]) -> bool:
    """Whether a fill buys what paid a dividend that day, for no more than it paid."""
    return isinstance(entry, Fill) and any(
        one.asset == entry.asset and one.when == entry.when and 0 < -entry.amount <= one.amount for one in paid
    )


def _fill(one: Posted, names: Sequence[str]) -> Deed:
    entry = one.entry
    units: Decimal = getattr(entry, "units", ZERO)
    side = "bought" if units > 0 else "sold"
    what = f"{text_of(abs(units))} {names[getattr(entry, 'asset', 0)]} {side} without an order, booked by {one.author}"
    return Deed(entry.when, what, one.record)
