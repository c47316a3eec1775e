"""What is asked inside the transaction that moves an order: may its accounts send, may this person approve it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from trimtab.accounting.database.order_rows import Kept, order_of, orders_of, slices_of, these
from trimtab.accounting.database.session import Session
from trimtab.accounting.database.trading import restraints
from trimtab.core.errors import ApprovalRequired, DataError, Halted, InvariantError
from trimtab.core.money import ZERO, exact
from trimtab.core.orders import WAITING, IllegalMove, Status, Ticket, TradingState, require_move
from trimtab.core.persons import is_program, person

_STOPPED = frozenset({Status.HELD, Status.DECLINED, Status.CANCELLED})


def accounts_of(session: Session, ticket: Ticket) -> tuple[str, ...]:
    """The account of an order; of a block those of its members, each once."""
    if ticket.account:
        return (ticket.account,)
    members = these(session, [one for one, _ in ticket.parts])
    return tuple(dict.fromkeys(members[one].ticket.account for one, _ in ticket.parts))


def require_sendable(session: Session, kept: Kept) -> None:
    """Raises IllegalMove, Halted or InvariantError where the order may not leave now."""
    ticket, standing = kept.ticket, kept.standing
    require_move(ticket.id, standing.status, Status.INTENT)
    if standing.venue_id or standing.claimed:  # the book was restored, and has forgotten that it left
        what = f"order {ticket.id} was reported by a venue already, and is not sent again"
        raise IllegalMove(what, remedy="Nothing was sent. Cancel it here, and propose anew for what is left.")
    if ticket.block:
        what = f"order {ticket.id} is in block {ticket.block}, and is not sent itself"
        raise IllegalMove(what, remedy="Send the block.")
    for account in accounts_of(session, ticket):
        require_free(session, account, ticket)
    with exact():
        _require_room(session, kept)


def require_free(session: Session, account: str, ticket: Ticket) -> None:
    """Raises Halted where the account does not trade, or sells alone, or has an order whose fate nobody knows."""
    for one in restraints(session, account):
        if one.state is TradingState.HALTED or ticket.units > 0:
            what = f"account {account} is {one.state.value}: {one.cause.value}{f', {one.why}' if one.why else ''}"
            raise Halted(what, where=session.where, remedy="Nothing was sent. Find out why, then: trimtab release.")
    if lost := orders_of(session, account, {Status.UNKNOWN}):
        what = f"nobody knows whether order {lost[0].standing.id} of {account} has arrived"
        raise Halted(what, where=session.where, remedy="Nothing was sent. Ask the venue: trimtab reconcile.")


def _require_room(session: Session, kept: Kept) -> None:
    """Slices that have left never come to more than their parent, whoever of them goes first."""
    ticket = kept.ticket
    parent = order_of(session, ticket.parent) if ticket.parent else kept
    if parent.standing.status in _STOPPED:
        what = f"order {ticket.id} is a slice of {parent.ticket.id}, which is {parent.standing.status.value}"
        raise IllegalMove(what, remedy="Nothing was sent.")
    slices = [one for one in slices_of(session, parent.ticket.id) if one.ticket.id != ticket.id]
    left = sum((_left(one) for one in slices), ZERO) + (_left(parent) if ticket.parent else ZERO)
    if abs(left + ticket.units) > abs(parent.ticket.units):
        what = f"slices of order {parent.ticket.id} of {parent.ticket.units} would come to {left + ticket.units}"
        raise InvariantError(what, where=session.where, remedy="Nothing was sent. Cancel a slice.")


def _left(kept: Kept) -> Decimal:
    """Units of an order that have left, or may have: all of one that works, what is filled of one that is done."""
    standing = kept.standing
    if standing.status in WAITING:
        return standing.filled
    done = standing.done_at and standing.status is not Status.FILLED
    return max((standing.filled, ZERO if done else standing.ticket.units), key=abs)


def require_approvable(session: Session, kept: Kept, by: str, reason: str) -> None:
    """Raises ApprovalRequired where this person may not approve an order, or one of a block's members, or must say why.

    Whoever asked for what a slice is cut from, edited it or moved it by an override, has asked for the slice.
    """
    if not person(by):
        raise ApprovalRequired("nobody approves", where=session.where, remedy="Say who does.")
    if is_program(by):
        raise ApprovalRequired(f"{by} is no person", where=session.where, remedy="A person approves it.")
    members = these(session, [one for one, _ in kept.ticket.parts]).values()
    for one in (kept, *members):
        ticket, mine = one.ticket, _askers(session, one)
        if ticket.four_eyes and person(by) in mine:
            what = f"{by} {mine[person(by)]}, and does not approve it"
            raise ApprovalRequired(what, where=session.where, remedy="Somebody else approves it.")
        if ticket.warnings and not reason.strip():
            what = f"order {ticket.id} warns: {'; '.join(ticket.warnings)}"
            raise ApprovalRequired(what, where=session.where, remedy="Approve it with a reason.")


def _askers(session: Session, kept: Kept) -> dict[str, str]:
    """By person, what they did: asked for an order, edited it or wrote an override that moved it, or what it is cut from."""
    sources = (kept, order_of(session, kept.ticket.parent)) if kept.ticket.parent else (kept,)
    wrote = f"wrote an override that moved order {kept.ticket.id}"
    asked = f"asked for order {kept.ticket.id} or edited it"
    found = {person(name): wrote for one in sources for name in one.ticket.moved_by}
    return found | {person(name): asked for one in sources for name in (one.ticket.by, *one.editors) if name}


def require_known(found: dict[str, Kept], orders: Iterable[str], where: str) -> None:
    """Raises DataError for an order that is not there."""
    for order in orders:
        if order not in found:
            raise DataError(f"there is no order {order!r}", where=where, remedy="Look: trimtab orders list.")
