"""`kill` and `release`: the kill switch needs the book of record and nothing else."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence

from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.refusals import Busy
from trimtab.core.errors import Halted, UsageError
from trimtab.core.orders import TradingState
from trimtab.desk.books import require_account, scope_of
from trimtab.surfaces.cli.options import answer, hint, say
from trimtab.surfaces.cli.order_rows import lines, restraint_row
from trimtab.surfaces.cli.rebalance import order_book
from trimtab.surfaces.cli.wrapping import wrapped

WORKING_WORDS = "what a venue has stays there: trimtab orders cancel ACCOUNT --broker NAME"


def kill(options: Namespace) -> int:
    """Halt accounts, or all of them: nothing new is sent from this instant on. What works at a venue is listed."""
    with order_book(options) as orders:
        chosen = sorted({one.id for one in scope_of(orders.store, options.name).places.values()}) if options.name else []
        try:
            if options.reduce:
                halted = reduced(orders, chosen or [one.id for one in orders.store.accounts()], options.reason)
            else:
                halted = orders.kill(chosen, options.reason or "killed by a person")
        except Busy as error:  # nothing leaves while somebody else is writing, but much may when it goes on
            remedy = "End that process, then kill again."
            raise Busy(f"NOTHING IS HALTED: {error.what}", where=error.where, remedy=remedy) from error
        working = [one for one in orders.standings() if one.sent_at and not one.done_at and not one.ticket.block]
    state = TradingState.REDUCING if options.reduce else TradingState.HALTED
    if options.json:
        told = {"accounts": list(halted), "state": state.value, "working": [one.id for one in working]}
        return answer("kill", told, 0)
    for line in wrapped(f"{state.value.upper()}: {', '.join(halted) or 'no account'}"):
        say(line)
    hint(" release each with: trimtab release ACCOUNT --reason WHY", options)
    if working:
        for line in [*lines(working), *wrapped(WORKING_WORDS)]:
            say(line)
    return 0


def reduced(orders: OrderBook, accounts: Sequence[str], reason: str) -> tuple[str, ...]:
    """The accounts that sell only from now on. One that is halted stays so: raises Halted where all are."""
    done, fault = [], None
    for account in accounts:
        try:
            orders.reduce(account, reason)
        except Halted as error:
            fault = error
        else:
            done.append(account)
    if fault is not None and not done:
        raise fault
    return tuple(done)


def release(options: Namespace) -> int:
    """Let an account trade again, with a reason. Its name is typed in full; nothing is released by a general word."""
    if not options.reason.strip():
        raise UsageError("a release needs a reason", remedy='Add --reason "why": it will be read later.')
    with order_book(options) as orders:
        require_account(orders.store, options.account)
        orders.release(options.account, options.reason)
        left = orders.restraints(options.account)
    if options.json:
        return answer("release", {"account": options.account, "restraints": [restraint_row(one) for one in left]}, 0)
    say(f" {options.account} is ACTIVE: it may send again")
    return 0
