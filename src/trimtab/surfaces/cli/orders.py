"""`orders list`, `add`, `edit`, `approve`, `reject`, `hold`, `block`, `cancel`: what persons do with orders."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import UsageError
from trimtab.core.money import ZERO
from trimtab.core.orders import FINAL, WAITING, OrderKind, Standing, Status, TimeInForce, TradingState
from trimtab.desk.blocking import Blocked, gather
from trimtab.desk.books import scope_of
from trimtab.desk.choosing import chosen, gathered, one_order
from trimtab.desk.editing import Edited, edit_order
from trimtab.desk.following import followed_by, named_policy
from trimtab.desk.manual import Written, write_order
from trimtab.desk.practice import loader_of
from trimtab.execution.netting import Crossing
from trimtab.surfaces.cli.book_options import count, signature
from trimtab.surfaces.cli.options import answer, counted, hint, on_data, say
from trimtab.surfaces.cli.order_rows import SHORT, document, lines, restraint_row
from trimtab.surfaces.cli.rebalance import claimant, order_book
from trimtab.surfaces.cli.review_screen import check_words
from trimtab.surfaces.cli.sending import judge_of
from trimtab.surfaces.cli.wrapping import wrapped

_MOST = 15  # digits before the point: more is a slip, and no double keeps it to the unit


def list_orders(options: Namespace) -> int:
    """Orders, by default those that are not done with. Exit 6 where an account is halted, 5 where some wait."""
    with order_book(options) as orders:
        found = _asked(orders, options)
        meant = {place.partition("/")[0] for place in scope_of(orders.store, options.account).places}
        restraints = [one for one in orders.restraints() if one.account in meant]
    halted = any(one.state is TradingState.HALTED for one in restraints)
    code = 6 if halted else 5 if any(one.status in WAITING for one in found) else 0
    if options.json:
        held = [restraint_row(one) for one in restraints]
        return answer("orders", {"orders": [document(one) for one in found], "restraints": held}, code)
    for line in lines(found, lots=options.lots):
        say(line)
    for one in restraints:
        for line in wrapped(f"{one.account} is {one.state.value.upper()} ({one.cause.value}): {one.why}"):
            say(line)
    _next_step(found, options)
    return code


def _asked(orders: OrderBook, options: Namespace) -> tuple[Standing, ...]:
    """What all of the options together let through."""
    found = chosen(orders, options.orders) if options.orders else orders.standings()
    for name in filter(None, [options.account, options.batch]):
        own = {one.id for one in chosen(orders, [name])}
        found = tuple(one for one in found if one.id in own)
    if options.status:
        return tuple(one for one in found if one.status.value in options.status)
    return found if options.all or options.orders or options.batch else tuple(one for one in found if one.status not in FINAL)


def _next_step(found: Sequence[Standing], options: Namespace) -> None:
    """What a person may do next with these orders, by the names that were given: a batch may hold orders of others."""
    given = " ".join(getattr(options, "orders", None) or [getattr(options, "order", "")])
    for status, words in (
        (Status.PLANNED, "trimtab orders approve {0}    (or edit, hold, reject)"),
        (Status.APPROVED, "trimtab orders send {0} --broker paper    (or trimtab orders export {0} --format ibkr-basket)"),
    ):
        names = dict.fromkeys(one.ticket.batch or one.id[:SHORT] for one in found if one.status is status)
        if names:
            hint(" next: " + words.format(given or next(iter(names))), options)
            return


def add(options: Namespace) -> int:
    """Write an order by hand; the rules of the policy that the account follows hold for it too."""
    if options.limit and options.kind:
        raise UsageError(f"an order {options.kind} has no limit", remedy="Give --kind or --limit, not both.")
    written = Written(
        options.account,
        options.instrument,
        amount(options.units, "UNITS"),
        options.reason,
        OrderKind.LIMIT if options.limit else OrderKind(options.kind or "market"),
        positive(options.limit, "--limit") if options.limit else ZERO,
        TimeInForce(options.tif),
    )
    with order_book(options) as orders:
        policy = named_policy(options.policy) if options.policy else followed_by(orders.store, options.account)
        made = write_order(
            orders, written, on_data(policy, options), loader_of(options.workspace), signature(options), claimant=claimant()
        )  # fmt: skip
    told = made.standings
    code = 5 if any(one.status in WAITING for one in told) else 0
    if options.json:
        return answer("orders", {"orders": [document(one) for one in told], "new": made.new}, code)
    if not made.new:
        over = all(one.status in FINAL for one in told)
        say(f" this order stands since before{' and is over: give another reason' if over else ''}; nothing was written")
    for line in lines(told):
        say(line)
    _next_step(told, options)
    return code


def edit(options: Namespace) -> int:
    """Change units or limit of an order that waits, with a reason, and say at once what the gate says of it.

    Exit 5 where it is to be approved, 3 where it became smaller and the gate would stop it all the same.
    """
    if not options.reason.strip():
        raise UsageError("an edit needs a reason", remedy='Add --reason "why": it will be read later.')
    if not options.qty and not options.limit:
        raise UsageError("nothing is changed", remedy="Write --qty 40 or --limit 101.50.")
    units = positive(options.qty, "--qty") if options.qty else None
    limit = positive(options.limit, "--limit") if options.limit else None
    with order_book(options) as orders:
        standing = one_order(orders, options.order, options.instrument)
        ticket = standing.ticket
        if limit is not None and ticket.kind is not OrderKind.LIMIT:
            remedy = "Reject it, and write a limit order: trimtab orders add."
            raise UsageError(f"order {standing.id[:SHORT]} is {ticket.kind.value} and has no limit", remedy=remedy)
        signed = None if units is None else units.copy_sign(ticket.units)
        judge = judge_of(orders, options)
        done = edit_order(orders, judge, standing, units=signed, limit=limit, reason=options.reason)
    return _edited(done, options)


def _edited(done: Edited, options: Namespace) -> int:
    """The order as it is now, and what the gate says of it."""
    one = done.standing
    code = 3 if done.blocked else 5 if one.status is Status.PLANNED else 0
    if options.json:
        found = [check._asdict() | {"outcome": check.outcome.value} for check in done.evaluations]
        return answer("orders", {"orders": [document(one)], "evaluations": found, "unasked": done.unasked}, code)
    for line in lines([one]):
        say(line)
    for check in done.evaluations:
        for line in wrapped(f"{check.outcome.name} {check_words(check, one.ticket.instrument if check.on else '')}"):
            say(line)
    for line in wrapped(f"the gate could not be asked: {done.unasked}") if done.unasked else ():
        say(line)
    if done.blocked:
        hint("as it is now, it will not be sent: edit it again, or trimtab orders reject", options)
    else:
        _next_step([one], options)
    return code


def approve(options: Namespace) -> int:
    """PLANNED to APPROVED, all or none. Exit 5 where a rule wants another person or a reason."""
    with order_book(options) as orders:
        found = _waiting(orders, chosen(orders, options.orders, {Status.PLANNED}), "planned")
        done = orders.approve([one.id for one in found], signature(options).author, options.reason)
    return _told(done, options)


def reject(options: Namespace) -> int:
    """PLANNED to DECLINED, with a reason."""
    if not options.reason.strip():
        raise UsageError("a rejection needs a reason", remedy='Add --reason "why": it will be read later.')
    with order_book(options) as orders:
        found = _waiting(orders, chosen(orders, options.orders, {Status.PLANNED}), "planned")
        done = [orders.decline(one.id, options.reason) for one in found]
    return _told(done, options)


def hold(options: Namespace) -> int:
    """PLANNED to HELD, or back. Exit 5 where they are planned again."""
    status = Status.HELD if options.release else Status.PLANNED
    with order_book(options) as orders:
        found = _waiting(orders, chosen(orders, options.orders, {status}), status.value)
        step = orders.unhold if options.release else orders.hold
        done = [step(one.id, options.reason) for one in found]
    return _told(done, options)


def block(options: Namespace) -> int:
    """Gather planned orders of several accounts into block orders; cross what approved ones buy from each other."""
    least = amount(options.minimum, "--minimum") if options.minimum else ZERO
    with order_book(options) as orders:
        found = chosen(orders, options.orders)
        made = gather(orders, found, crossing=Crossing(options.cross), minimum=least)
        told = chosen(orders, [one.id for one in found if one.status in (Status.PLANNED, Status.APPROVED)])
    code = 5 if any(one.status is Status.PLANNED for one in told) else 0
    if options.json:
        some = {"blocks": [document(one) for one in made.blocks], "orders": [document(one) for one in told]}
        return answer("orders", some, code)
    for line in (*(lines(made.blocks) if made.blocks else ()), *_crossed_lines(made), *wrapped(gathered_words(made))):
        say(line)
    _next_step(made.blocks or told, options)
    return code


def _crossed_lines(made: Blocked) -> Iterator[str]:
    """What is crossed, what could be once it is approved, and what is not."""
    for cross in made.netted.crosses:
        who = f"{cross.seller.booked} sells to {cross.buyer.booked}"
        yield f" crossed: {count(cross.units)} {cross.seller.instrument}, {who}; booked at the average price of what is sent"
    for cross in made.unsigned:
        who = f"{cross.seller.booked} could sell {count(cross.units)} {cross.seller.instrument} to {cross.buyer.booked}"
        yield from wrapped(f"not crossed yet: {who}: approve both, then gather again")
    for name in made.uncrossed:
        yield f" not crossed: {name} is taxed: a cross would realise gains where nothing is sold; its sleeves go to the market"


def gathered_words(made: Blocked) -> str:
    """What was made of what: `2 blocks of 5 orders (batches 2026-11-02/3, 2026-11-03/1); 1 order goes by itself`."""
    members, singles, dropped = (len(part) for part in (made.netted.members, made.netted.singles, made.netted.dropped))
    batches = sorted({one.batch for one in made.netted.members if one.batch})
    of = f" of {counted(members, 'order')}" if members else ""
    where = f" (batches {', '.join(batches)})" if len(batches) > 1 else ""
    parts = [f"{counted(len(made.blocks), 'block')}{of}{where}"]
    parts += [f"{counted(singles, 'order')} {'goes by itself' if singles == 1 else 'go by themselves'}"] if singles else []
    parts += [f"{counted(dropped, 'order')} cancelled: too small to be sent"] if dropped else []
    return "; ".join(parts)


def _waiting(orders: OrderBook, found: Sequence[Standing], what: str) -> Sequence[Standing]:
    """What is moved, blocks in place of their members. Raises UsageError where there is nothing."""
    if not found:
        raise UsageError(f"none of these orders is {what}", remedy="See trimtab orders list.")
    return gathered(orders, found)


def _told(done: Sequence[Standing], options: Namespace) -> int:
    code = 5 if any(one.status is Status.PLANNED for one in done) else 0
    if options.json:
        return answer("orders", {"orders": [document(one) for one in done]}, code)
    for line in lines(done):
        say(line)
    _next_step(done, options)
    return code


def positive(text: str, name: str) -> Decimal:
    """A number above zero of an option: the side of an order stays as it is. Raises UsageError for anything else."""
    value = amount(text, name)
    if not value > 0:
        raise UsageError(f"{name} {text} is not above zero", remedy="Write it without a sign; orders reject takes one away.")
    return value


def amount(text: str, name: str) -> Decimal:
    """A number of an option. Raises UsageError for anything else."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise UsageError(f"{name} {text!r} is no number", remedy="Write for example 40 or 101.50.")
    if value and value.adjusted() >= _MOST:
        raise UsageError(f"{name} {text!r} is more than any account holds", remedy="Write for example 40 or 101.50.")
    return value
