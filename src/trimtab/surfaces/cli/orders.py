"""`orders list`, `add`, `edit`, `approve`, `reject`, `hold`, `block`, `cancel`: what persons do with orders."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import Any

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import UsageError
from trimtab.core.money import ZERO
from trimtab.core.orders import FINAL, WAITING, OrderKind, Standing, Status, TimeInForce, TradingState
from trimtab.desk.blocking import gather
from trimtab.desk.choosing import chosen, one_order
from trimtab.desk.following import followed, followings, named_policy
from trimtab.desk.manual import Written, write_order
from trimtab.desk.prepare import load_market
from trimtab.execution.netting import Crossing
from trimtab.surfaces.cli.book_options import count, plain, signature
from trimtab.surfaces.cli.options import counted, hint, on_data, print_json, say
from trimtab.surfaces.cli.rebalance import claimant, order_book
from trimtab.surfaces.cli.screen import wrapped

SHORT = 8  # letters of an id on the screen


def list_orders(options: Namespace) -> int:
    """Orders, by default those that are not done with. Exit 6 where an account is halted, 5 where some wait."""
    with order_book(options) as orders:
        found = _asked(orders, options)
        restraints = orders.restraints()
    if options.json:
        print_json(
            "orders", {"orders": [document(one) for one in found], "restraints": [restraint_row(one) for one in restraints]}
        )
    else:
        for line in lines(found, lots=options.lots):
            say(line)
        for one in restraints:
            for line in wrapped(f"{one.account} is {one.state.value.upper()} ({one.cause.value}): {one.why}"):
                say(line)
    if any(one.state is TradingState.HALTED for one in restraints):
        return 6
    return 5 if any(one.status in WAITING for one in found) else 0


def _asked(orders: OrderBook, options: Namespace) -> tuple[Standing, ...]:
    names = [*options.orders, *filter(None, [options.account, options.batch])]
    found = chosen(orders, names) if names else orders.standings()
    if options.status:
        return tuple(one for one in found if one.status.value in options.status)
    return found if options.all or options.orders or options.batch else tuple(one for one in found if one.status not in FINAL)


def lines(found: Sequence[Standing], *, lots: bool = False) -> Iterator[str]:
    """A line an order."""
    if not found:
        yield " no orders"
        return
    width = max(10, *(len(one.ticket.account or "block") for one in found))
    head = f" {'Order':<{SHORT}}  {'Batch':<14}{'Account':<{width}}  {'':<4} {'Units':>14} {'Instrument':<10}{'at':>12}"
    yield f"{head}  {'Type':<9} {'Status':<13}{'Filled':>12} {'Average':>12}  By"
    for one in found:
        ticket = one.ticket
        price = ticket.limit or ticket.reference
        account = ticket.account or "block"
        row = f" {one.id[:SHORT]:<{SHORT}}  {ticket.batch:<14}{account:<{width}}  {'BUY ' if ticket.units > 0 else 'SELL'}"
        row += f" {count(abs(ticket.units), 14)} {ticket.instrument:<10}{count(price, 12)}"
        done = f"{count(abs(one.filled), 12)} {count(round(one.average, 6), 12)}" if one.filled else f"{'':>12} {'':>12}"
        yield f"{row}  {ticket.kind.value:<9} {one.status.value:<13}{done}  {ticket.by}"
        if ticket.warnings and one.status in WAITING:
            yield from wrapped(f"   WARN {', '.join(ticket.warnings)}: approving it needs --reason")
        if lots and ticket.lots:
            yield from wrapped("   lots: " + ", ".join(f"{count(units)} of {lot}" for lot, units in ticket.lots))
        if one.why and one.status not in (Status.PLANNED, Status.FILLED):
            yield from wrapped(f"   {one.why}")


def document(one: Standing) -> dict[str, Any]:
    """An order in plain values."""
    return {**plain(asdict(one)), "left": f"{one.left:f}", "average": f"{one.average:f}" if one.filled else None}


def restraint_row(one: Any) -> dict[str, Any]:
    """Why an account does not trade freely, in plain values."""
    return {"account": one.account, "state": one.state.value, "cause": one.cause.value, "why": one.why}


def add(options: Namespace) -> int:
    """Write an order by hand; the rules of the policy that the account follows hold for it too."""
    written = Written(
        options.account,
        options.instrument,
        amount(options.units, "UNITS"),
        options.reason,
        OrderKind.LIMIT if options.limit else OrderKind(options.kind),
        amount(options.limit, "--limit") if options.limit else ZERO,
        TimeInForce(options.tif),
    )
    with order_book(options) as orders:
        policy = named_policy(options.policy) if options.policy else _followed(orders, options.account)
        made = write_order(
            orders, written, on_data(policy, options), load_market, signature(options), claimant=claimant()
        )  # fmt: skip
    told = made.standings
    if options.json:
        print_json("orders", {"orders": [document(one) for one in told], "new": made.new})
    else:
        if not made.new:
            say(" this order stands since before; nothing was written")
        for line in lines(told):
            say(line)
    return 5 if any(one.status in WAITING for one in told) else 0


def _followed(orders: OrderBook, account: str) -> Any:
    known = followings(orders.store)
    if account not in known:
        remedy = f"Give --policy, or say which: trimtab book follow {account} POLICY."
        raise UsageError(f"{account} follows no policy, so that nobody knows its rules", remedy=remedy)
    return followed(known[account])


def edit(options: Namespace) -> int:
    """Change units or limit of an order that waits, with a reason."""
    if not options.reason.strip():
        raise UsageError("an edit needs a reason", remedy='Add --reason "why": it will be read later.')
    if not options.qty and not options.limit:
        raise UsageError("nothing is changed", remedy="Write --qty 40 or --limit 101.50.")
    with order_book(options) as orders:
        standing = one_order(orders, options.order, options.instrument)
        units = None
        if options.qty:
            units = amount(options.qty, "--qty")
            units = units.copy_sign(standing.ticket.units) if units > 0 else units
        limit = amount(options.limit, "--limit") if options.limit else None
        done = orders.edit(standing.id, units=units, limit=limit, reason=options.reason)
    return _told([done], options)


def approve(options: Namespace) -> int:
    """PLANNED to APPROVED, all or none. Exit 5 where a rule wants another person or a reason."""
    with order_book(options) as orders:
        found = _waiting(chosen(orders, options.orders, {Status.PLANNED}), "planned")
        done = orders.approve([one.id for one in found], signature(options).author, options.reason)
    return _told(done, options)


def reject(options: Namespace) -> int:
    """PLANNED to DECLINED, with a reason."""
    if not options.reason.strip():
        raise UsageError("a rejection needs a reason", remedy='Add --reason "why": it will be read later.')
    with order_book(options) as orders:
        found = _waiting(chosen(orders, options.orders, {Status.PLANNED}), "planned")
        done = [orders.decline(one.id, options.reason) for one in found]
    return _told(done, options)


def hold(options: Namespace) -> int:
    """PLANNED to HELD, or back."""
    status = Status.HELD if options.release else Status.PLANNED
    with order_book(options) as orders:
        found = _waiting(chosen(orders, options.orders, {status}), status.value)
        step = orders.unhold if options.release else orders.hold
        done = [step(one.id, options.reason) for one in found]
    return _told(done, options)


def block(options: Namespace) -> int:
    """Gather planned orders of several accounts into block orders; cross what sleeves buy from each other."""
    least = amount(options.minimum, "--minimum") if options.minimum else ZERO
    with order_book(options) as orders:
        found = chosen(orders, options.orders)
        made = gather(orders, found, signature(options), crossing=Crossing(options.cross), minimum=least)
        told = chosen(orders, [one.id for one in found if one.status is Status.PLANNED])
    if options.json:
        print_json("orders", {"blocks": [document(one) for one in made.blocks], "orders": [document(one) for one in told]})
        return 5
    for line in lines(made.blocks):
        say(line)
    for cross in made.netted.crosses:
        who = f"{cross.seller.booked} sells to {cross.buyer.booked}"
        say(f" crossed: {count(cross.units)} {cross.seller.instrument}, {who}; booked at the average price of what is sent")
    say(f" {counted(len(made.blocks), 'block')}, {counted(len(made.netted.singles), 'order')} by itself")
    return 5


def _waiting(found: Sequence[Standing], what: str) -> Sequence[Standing]:
    if not found:
        raise UsageError(f"none of these orders is {what}", remedy="See trimtab orders list.")
    return found


def _told(done: Sequence[Standing], options: Namespace) -> int:
    if options.json:
        print_json("orders", {"orders": [document(one) for one in done]})
    else:
        for line in lines(done):
            say(line)
    approved = sum(one.status is Status.APPROVED for one in done)
    if approved:
        hint(f" next: trimtab orders send {done[0].ticket.batch}, or trimtab orders export", options)
    return 0


def amount(text: str, name: str) -> Decimal:
    """A number of an option. Raises UsageError for anything else."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise UsageError(f"{name} {text!r} is no number", remedy="Write for example 40 or 101.50.")
    return value
