"""Crosses booked on both sides, once their price is known: a way for orders to trade, and asked what all others are asked.

Both orders were approved, their policies are so far that their orders may leave, nobody has halted their accounts, the seller
holds what it gives, the buyer can pay for it, and a price that a person gives is near the last known one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from trimtab.accounting.database.events import EntryPosted, Event
from trimtab.accounting.database.order_checks import require_free
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.reading import recorded_text
from trimtab.core.controls import Line
from trimtab.core.errors import ApprovalRequired, BreachError, DataError, TrimtabError
from trimtab.core.households import Contract
from trimtab.core.money import currency, exact, text_of
from trimtab.core.orders import WORKING, Standing, Ticket
from trimtab.desk.blocking import crosses, price_of, stage_of
from trimtab.desk.circumstances import at_planning
from trimtab.desk.gates import gate_of
from trimtab.desk.grouping import name_of
from trimtab.desk.held_in_places import require_held
from trimtab.desk.judging import Judge, numbers_of
from trimtab.desk.sending import require_may_leave
from trimtab.execution.controls import DEFAULTS
from trimtab.execution.controls.price_collar import PriceCollar
from trimtab.execution.judgement import beyond, measured, refusal
from trimtab.execution.netting import Cross, cross_fills

_NOT = "Nothing was crossed."


@dataclass(frozen=True, slots=True)
class Crossed:
    """The crosses that were booked, at which price, and those that might not be, with the reason."""

    booked: tuple[tuple[Cross, Decimal], ...] = ()
    refused: tuple[tuple[Cross, TrimtabError], ...] = ()

    @property
    def exit_code(self) -> int:
        """Of 6, 3, 4, 5 the first that applies to what was refused; 0 where nothing was."""
        codes = {error.exit_code for _, error in self.refused}
        return next((code for code in (6, 3, 4, 5) if code in codes), 1 if codes else 0)

    @property
    def words(self) -> tuple[str, ...]:
        """A sentence for each that was refused."""
        return tuple(f"not crossed: {text_of(one.units)} {one.seller.instrument}: {error}" for one, error in self.refused)


def book_crosses(orders: OrderBook, judge: Judge, day: date, prices: Mapping[str, Decimal] | None = None) -> Crossed:
    """Book the crosses whose price is known by now; `prices` by instrument are those that a person gives.

    One that is void is passed over, whatever prices are given; one that may not trade now is listed, and asked again next time.
    """
    given = prices or {}
    booked: list[tuple[Cross, Decimal]] = []
    refused: list[tuple[Cross, TrimtabError]] = []
    for one, done in crosses(orders):
        price = None if done else price_of(orders, one, given)
        if price is None:
            continue
        try:
            _book(orders, judge, one, (price, day), given=one.seller.instrument in given)
            booked.append((one, price))
        except TrimtabError as error:
            refused.append((one, error))
    return Crossed(tuple(booked), tuple(refused))


def _book(orders: OrderBook, judge: Judge, one: Cross, at: tuple[Decimal, date], *, given: bool) -> None:
    """Book one, in one transaction. Raises where it may not trade."""
    price, _ = at
    fills, by = _entries(orders, one, at), judge.by
    with ExitStack() as held:
        for account in sorted({one.seller.account, one.buyer.account}):
            held.enter_context(orders.sender(account))
        within = _required(orders, judge, one)
        _require_paid(orders, judge, one, price)
        for side in (one.seller, one.buyer) if given else ():
            _require_near(orders, judge, side, price)

        def crossed() -> None:
            within()
            orders.store.book(fills, recorded_text(by.at), by.author)

        orders.store.change(crossed)


def _entries(orders: OrderBook, one: Cross, at: tuple[Decimal, date]) -> list[Event]:
    """The two fills."""
    price, day = at
    listed = {found.id: (number, found.contract is Contract.FUTURE) for number, found in enumerate(orders.store.instruments())}
    number, future = listed[one.seller.instrument]
    sale, purchase = cross_fills(one, price, day, number, currency(one.seller.currency), future=future)
    return [
        EntryPosted(one.seller.booked, sale, f"crossed:{one.id}:sale"),
        EntryPosted(one.buyer.booked, purchase, f"crossed:{one.id}:purchase"),
    ]


def _required(orders: OrderBook, judge: Judge, one: Cross) -> Callable[[], None]:
    """What is asked of any two orders on their way out; returns what is asked again in the transaction that books them."""
    sides = [orders.standing(side.id) for side in (one.seller, one.buyer)]
    for side in sides:
        if not side.approved_by:
            what = f"nobody has approved order {side.id[:8]} of {side.ticket.booked}, which is crossed"
            raise ApprovalRequired(what, remedy=f"{_NOT} Propose anew, approve, and gather then.")
    leaves = require_may_leave(orders, judge, sides, stage_of(orders, one))
    sale = Standing(replace(one.seller, id=one.id))

    def within() -> None:
        leaves()
        for side in (one.seller, one.buyer):
            require_free(orders.store.session, side.account, side)
        require_held(orders, [sale], orders.standings(one.seller.account, WORKING), _NOT)

    within()
    return within


def _require_paid(orders: OrderBook, judge: Judge, one: Cross, price: Decimal) -> None:
    """Raises BreachError where the account of the buyer has not the money. Inside one account nothing is paid."""
    if one.seller.account == one.buyer.account:
        return
    accounts = judge.accounts(one.buyer.policy)
    asked = accounts.asked(name_of(orders, orders.standing(one.buyer.id)))
    with exact():
        cost, money = one.units * price, judge.book(asked, accounts, ()).money
    if cost > money:
        raise BreachError(f"the cross costs {cost:.2f}, {asked.scope.name} has {money:.2f}", remedy=_NOT)


def _require_near(orders: OrderBook, judge: Judge, side: Ticket, price: Decimal) -> None:
    """Raises BreachError where a price is further from the last known one than the policy lets that of an order be."""
    accounts = judge.accounts(side.policy)
    asset, said = numbers_of(accounts).get(side.instrument), accounts.outlook
    if asset is None:
        raise DataError(f"no price of {side.instrument} is known beside {price:f}", remedy=_NOT)
    nav = accounts.asked(name_of(orders, orders.standing(side.id))).book.nav
    now = at_planning(said, nav, orders.state(side.account), judge.by.at)
    line = Line(side.id, asset, side.units, price, side.notional)
    own = [rule for rule in gate_of(said.policy).controls if isinstance(rule.control, PriceCollar)]
    for rule in own or [rule for rule in DEFAULTS if isinstance(rule.control, PriceCollar)]:
        for on, value in measured(rule, (line,), now):
            if beyond(value, rule.control.most):
                raise refusal(rule, on, value)
