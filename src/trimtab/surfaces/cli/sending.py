"""`orders send`, `export`, `arm`, `cancel`: orders on their way to a venue, through the gate and the outbox."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import UsageError
from trimtab.core.orders import WAITING, Standing, Status
from trimtab.core.venues import Venue
from trimtab.desk.choosing import chosen
from trimtab.desk.exporting import Export, Form, again, export, renderer, venue_in
from trimtab.desk.live import SystemClock
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market
from trimtab.desk.sending import Dispatch, Judge, Refused, Sender, accounts_of, require_sendable
from trimtab.desk.venues import GRACE, Where, arm, open_venue, require_armed
from trimtab.execution.outbox import Outbox
from trimtab.surfaces.cli.book_options import signature
from trimtab.surfaces.cli.options import counted, hint, on_data, print_json, say
from trimtab.surfaces.cli.orders import SHORT, document, lines
from trimtab.surfaces.cli.rebalance import order_book
from trimtab.surfaces.cli.screen import wrapped


def judge_of(orders: OrderBook, options: Namespace) -> Judge:
    """Judges orders again, on the data of their policies or of `--data`."""

    def prepared(policy: Policy) -> Policy:
        return on_data(policy, options)

    return Judge(orders, load_market, signature(options), prepared)


def outbox_of(orders: OrderBook, judge: Judge, some: Sequence[Standing], options: Namespace) -> Outbox:
    """The outbox to the broker of `--broker`, for the accounts of these orders. Raises NoAccess where it is not armed."""
    clock = SystemClock()
    accounts = tuple(dict.fromkeys(name for one in some for name in accounts_of(orders, one)))
    where = Where(options.broker, accounts[0] if len(accounts) == 1 else "", Path(options.workspace), options.live)
    require_armed(orders, where, accounts, clock.now())
    venue: Venue = open_venue(where, judge.accounts(some[0].ticket.policy), clock)
    return Outbox(orders, venue, clock, GRACE[options.broker])


def send(options: Namespace) -> int:
    """Send approved orders, one at a time, sells first. Exit 3 or 4 where the gate refuses, 6 where a fate is unknown."""
    with order_book(options) as orders:
        found = _sendable(orders, options)
        judge = judge_of(orders, options)
        sender = Sender(orders, judge, outbox_of(orders, judge, found, options))
        done = sender.send(found)
    if options.json:
        sent = [document(one.standing) | {"said": one.why} for one in done.sent]
        print_json("orders", {"orders": sent, "refused": [_refusal(one) for one in done.refused]})
    else:
        for line in dispatch_lines(done):
            say(line)
    return done.exit_code


def _sendable(orders: OrderBook, options: Namespace) -> tuple[Standing, ...]:
    every = chosen(orders, options.orders)
    require_sendable(every)
    blocks = {one.ticket.block for one in every if one.ticket.block}
    picked = {one.id for one in every}
    rest = tuple(one for one in orders.standings("", {Status.APPROVED}) if one.id in blocks and one.id not in picked)
    return tuple(one for one in (*every, *rest) if one.status is Status.APPROVED and not one.ticket.block)


def dispatch_lines(done: Dispatch) -> Iterator[str]:
    """What left, and what did not and why."""
    if done.sent:
        yield from lines([one.standing for one in done.sent])
    for one in done.sent:
        if one.why:
            yield from wrapped(f"{one.standing.id[:SHORT]}: {one.why}")
    for refusal in done.refused:
        yield from _refusal_lines(refusal)


def _refusal_lines(one: Refused) -> Iterator[str]:
    names = ", ".join(order.id[:SHORT] for order in one.orders)
    yield from wrapped(f"{one.account}: the gate refused {names}: {one.error}")


def _refusal(one: Refused) -> dict[str, object]:
    names = [order.id for order in one.orders]
    return {"account": one.account, "orders": names, "code": one.error.code, "why": str(one.error)}


def export_orders(options: Namespace) -> int:
    """Write approved orders into one file, once; again only with a reason."""
    form = Form(options.format, options.sender, options.target, options.block_account)
    with order_book(options) as orders:
        by = signature(options)
        venue = venue_in(Path(options.out), renderer(orders, form, by), form)
        judge = judge_of(orders, options)
        if options.again:
            sent = [one for one in chosen(orders, options.orders, {Status.SENT}) if not one.ticket.block]
            found = Export(again(orders, judge, sent, venue, (options.again, by)))
        else:
            found = export(orders, judge, _sendable(orders, options), venue)
    _say_export(found, options)
    return found.exit_code


def _say_export(found: Export, options: Namespace) -> None:
    done = found.done
    if options.json:
        file = {"file": str(done.path), "sha256": done.sha256, "orders": list(done.orders)} if done else {}
        print_json("export", {**file, "refused": [_refusal(one) for one in found.refused]})
        return
    if done:
        say(f" {counted(len(done.orders), 'order')} in {done.path}    SHA-256 {done.sha256[:12]}")
        hint(" close them with: trimtab reconcile FILLS", options)
    for one in found.refused:
        for line in _refusal_lines(one):
            say(line)


def arm_account(options: Namespace) -> int:
    """Let an account send real orders today. The name of the account is typed in full: `--yes` never stands for it."""
    if options.confirm != options.account:
        remedy = f"Add --confirm {options.account}: the name in full, so that it is meant."
        raise UsageError("arming is not confirmed", remedy=remedy)
    with order_book(options) as orders:
        until: np.datetime64 = arm(orders, options.account, options.broker, SystemClock().now())
    if options.json:
        print_json("arming", {"account": options.account, "broker": options.broker, "until": f"{until}Z"})
    else:
        say(f" {options.account} may send real orders to {options.broker} until {until}Z")
    return 0


def cancel(options: Namespace) -> int:
    """Cancel what has not left here, and ask the venue for the rest."""
    reason = options.reason or "cancelled by a person"
    with order_book(options) as orders:
        found = chosen(orders, options.orders)
        here = [one for one in found if one.status in WAITING and not one.ticket.block]
        there = [one for one in found if one.sent_at and one.status not in WAITING and not one.ticket.block]
        done = list(orders.cancel_waiting([one.id for one in here], reason)) if here else []
        said: list[str] = []
        if there:
            outbox = outbox_of(orders, judge_of(orders, options), there, options)
            for one in there:
                asked = outbox.cancel(one.id, reason)
                done.append(asked.standing)
                said += [f"{one.id[:SHORT]}: {asked.why}"] if asked.why else []
    if not done:
        raise UsageError("none of these orders can be cancelled", remedy="See trimtab orders list.")
    if options.json:
        print_json("orders", {"orders": [document(one) for one in done], "said": said})
        return 0
    for line in [*lines(done), *(part for text in said for part in wrapped(text))]:
        say(line)
    return 0
