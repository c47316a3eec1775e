"""`orders send`, `export`, `arm`, `cancel`: orders on their way to a venue, through the gate and the outbox."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import UsageError
from trimtab.core.orders import Status
from trimtab.desk import errands
from trimtab.desk.books import require_account
from trimtab.desk.choosing import chosen
from trimtab.desk.errands import Errand
from trimtab.desk.exporting import Export, Form, again, export, renderer, venue_in
from trimtab.desk.judging import Judge
from trimtab.desk.live import clock_of
from trimtab.desk.policy import Policy
from trimtab.desk.practice import loader_of
from trimtab.desk.sending import Dispatch, Refused
from trimtab.desk.staged import unready
from trimtab.desk.venues import arm
from trimtab.surfaces.cli.book_options import signature
from trimtab.surfaces.cli.options import answer, counted, hint, on_data, say
from trimtab.surfaces.cli.order_rows import SHORT, document, lines
from trimtab.surfaces.cli.rebalance import order_book
from trimtab.surfaces.cli.wrapping import wrapped


def judge_of(orders: OrderBook, options: Namespace) -> Judge:
    """Judges orders again, on the data of their policies or of `--data`."""

    def prepared(policy: Policy) -> Policy:
        return on_data(policy, options)

    return Judge(orders, loader_of(options.workspace), signature(options), prepared)


def errand_of(orders: OrderBook, options: Namespace) -> Errand:
    """Orders on their way to the broker of `--broker`, or back."""
    place = Path(options.workspace)
    return Errand(orders, judge_of(orders, options), clock_of(place), place, options.broker, options.live)


def send(options: Namespace) -> int:
    """Send approved orders, one at a time, sells first. Exit 3 or 4 where the gate refuses, 6 where a fate is unknown."""
    with order_book(options) as orders:
        done = errands.send(errand_of(orders, options), options.orders)
    if options.json:
        sent = [document(one.standing) | {"said": one.why} for one in done.sent]
        refused = [_refusal(one) for one in done.refused]
        return answer("orders", {"orders": sent, "refused": refused}, done.exit_code)
    for line in dispatch_lines(done):
        say(line)
    if any(one.standing.sent_at for one in done.sent):
        hint(f" next: trimtab reconcile --broker {options.broker}", options)
    if any(one.standing.ticket.parent for one in done.sent):
        hint(" of what is cut one slice leaves at a time: the same command sends the next", options)
    return done.exit_code


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
            found = export(orders, judge, errands.sendable(orders, options.orders), venue)
    return _say_export(found, options)


def _say_export(found: Export, options: Namespace) -> int:
    done = found.done
    if options.json:
        file = {"file": str(done.path), "sha256": done.sha256, "orders": list(done.orders)} if done else {}
        refused = [_refusal(one) for one in found.refused]
        return answer("export", {**file, "refused": refused}, found.exit_code)
    if done:
        say(f" {counted(len(done.orders), 'order')} in {done.path}    SHA-256 {done.sha256[:12]}")
        hint(" close them with: trimtab reconcile FILLS", options)
    for one in found.refused:
        for line in _refusal_lines(one):
            say(line)
    return found.exit_code


def arm_account(options: Namespace) -> int:
    """Let an account send real orders today. The name of the account is typed in full: `--yes` never stands for it."""
    if options.confirm != options.account:
        remedy = f"Add --confirm {options.account}: the name in full, so that it is meant."
        raise UsageError("arming is not confirmed", remedy=remedy)
    with order_book(options) as orders:
        require_account(orders.store, options.account)
        still = unready(orders.store, options.account)
        until: np.datetime64 = arm(orders, options.account, options.broker, clock_of(options.workspace).now())
    if options.json:
        return answer("arming", {"account": options.account, "broker": options.broker, "until": f"{until}Z", "note": still}, 0)
    say(f" {options.account} may send real orders to {options.broker} until {until}Z")
    for line in wrapped(f"! {still}") if still else ():
        say(line)
    return 0


def cancel(options: Namespace) -> int:
    """Cancel what has not left here, and ask the venue for the rest."""
    reason = options.reason or "cancelled by a person"
    with order_book(options) as orders:
        done, said = errands.cancel(errand_of(orders, options), options.orders, reason)
    if options.json:
        return answer("orders", {"orders": [document(one) for one in done], "said": said}, 0)
    for line in [*lines(done), *(part for text in said for part in wrapped(text))]:
        say(line)
    return 0
