"""What the gate checks of every batch, whatever a policy says: none of it can be switched off.

The list is data, so that it can be read out, and so that a test can take out one check at a time and see its fault get
through. A check answers its faults, none where all is well; the first fault of the first check is what stops a batch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from trimtab.core.controls import Circumstances, Line
from trimtab.core.errors import BreachError, DataError, Halted, InvariantError, TrimtabError
from trimtab.core.money import ZERO, decimal_of
from trimtab.core.orders import OrderKind, TradingState
from trimtab.core.trades import Order
from trimtab.execution.batch import Batch

HAIR = 1e-9  # what rounding does to a weight
CENT = Decimal("0.01")  # what rounding of money may cost
STAYS = "Nothing was sent."
_CENT = float(CENT)
_NONE: tuple[Fault, ...] = ()


class Fault(NamedTuple):
    """What a check finds wrong: on which order (empty: the batch), how much, how much is allowed, and the error to raise."""

    on: str
    value: str
    limit: str
    error: TrimtabError


class Case(NamedTuple):
    """What a check is asked about: a batch, the moment, how much may be borrowed, and the version of what sends."""

    batch: Batch
    now: Circumstances
    borrow: float = 0.0  # fraction of net asset value
    version: str = ""


class Check(NamedTuple):
    """A check by its name, with the rule in a sentence.

    `moment`: it asks of tickets and of the moment alone, of which a backtest has none.
    """

    name: str
    words: str
    faults: Callable[[Case], Sequence[Fault]]
    moment: bool = False


def _wrong(batch: Batch, what: str) -> TrimtabError:
    """A decision cannot be so unless we are broken; a person may have written a ticket so."""
    return InvariantError(what, remedy=STAYS) if batch.decided else BreachError(what, remedy=STAYS)


def sound(case: Case) -> Sequence[Fault]:
    """Numbers that are numbers: units to trade, a price above zero, an asset that there is."""
    batch = case.batch
    count = len(batch.book.units)
    wrong = [order for order in batch.orders if not (
        (price := order.reference).is_finite() and price > 0 and (units := order.units) and units.is_finite()
        and 0 <= order.asset < count
    )]  # fmt: skip
    found = [_unsound(batch, order) for order in wrong]
    if not batch.decided:
        for line in batch.lines:
            if not _limited(line):
                what = f"order {line.id} is {line.kind.value} with a limit of {line.limit}"
                found.append(Fault(line.id, str(line.limit), "a price for limit orders alone", _wrong(batch, what)))
    return found


def _unsound(batch: Batch, order: Order | Line) -> Fault:
    price = order.reference
    if price.is_finite() and price > 0:
        what = f"order {order.id} is for {order.units} units of asset {order.asset}"
        return Fault(order.id, str(order.units), "a number of units", _wrong(batch, what))
    error = DataError(f"order {order.id} has no price: {price}", remedy=STAYS)
    return Fault(order.id, str(price), "above 0", error)


def _limited(line: Line) -> bool:
    """Whether a limit order has a limit, a market order none, and one for an auction none below zero."""
    limit = line.limit
    if line.kind is OrderKind.MARKET:
        return limit.is_finite() and not limit
    return limit.is_finite() and (limit > 0 if line.kind is OrderKind.LIMIT else limit >= 0)


def known(case: Case) -> Sequence[Fault]:
    """What an order was decided on was known by its cut-off; NaT is not: what nobody dated is not known."""
    batch = case.batch
    found = []
    for on, at, cutoff in batch.dates:
        if not at <= cutoff:
            what = f"an input became known at {at}, after the cut-off {cutoff}"
            found.append(Fault(on, str(at), str(cutoff), DataError(what, remedy="Stop.")))
    return found


def past(case: Case) -> Sequence[Fault]:
    """What is known of the moment was known by the cut-off, and every cut-off is past."""
    batch, now = case.batch, case.now
    found = []
    if not now.known <= now.cutoff:
        what = f"an input became known at {now.known}, after the cut-off {now.cutoff}"
        found.append(Fault("", str(now.known), str(now.cutoff), DataError(what, remedy="Stop.")))
    for on, cutoff in (("", now.cutoff), *((dated.on, dated.cutoff) for dated in batch.dates)):
        if not cutoff <= now.now:
            what = f"the cut-off {cutoff} is still to come: it is {now.now}"
            found.append(Fault(on, str(cutoff), str(now.now), DataError(what, remedy="Stop.")))
    return found


def state(case: Case) -> Sequence[Fault]:
    """A halted account sends nothing, a reducing one sells."""
    batch, now = case.batch, case.now
    if now.state is TradingState.ACTIVE:
        return _NONE
    halted = now.state is not TradingState.REDUCING
    remedy = "Look at it: trimtab orders list. Then trimtab release."
    words = "nothing" if halted else "sales alone"
    what = f"the account is {now.state.value} and sends {words}"
    stopped = [order for order in batch.orders if halted or order.units > 0]
    return [Fault(order.id, now.state.value, words, Halted(what, remedy=remedy)) for order in stopped]


def account(case: Case) -> Sequence[Fault]:
    """One account: the book and the trading state are of one alone."""
    batch = case.batch
    if not batch.tickets:
        return _NONE
    names = {ticket.account for ticket in batch.tickets}
    if len(names) == 1 and "" not in names and len(batch.tickets) == len(batch.orders):
        return _NONE
    said = ", ".join(sorted(name or "none" for name in names))
    return (Fault("", said, "one account", InvariantError(f"a batch is of one account, not of {said}", remedy=STAYS)),)


def version(case: Case) -> Sequence[Fault]:
    """What one version planned another one does not send."""
    batch = case.batch
    found = []
    for ticket in batch.tickets:
        if ticket.code != case.version:
            planner, sender = ticket.code or "an unknown version", case.version or "an unknown version"
            what = f"order {ticket.id} was planned by {planner}, and this is {sender}"
            error = BreachError(what, remedy="Propose anew: trimtab rebalance --commit --supersede WHY.")
            found.append(Fault(ticket.id, ticket.code, case.version, error))
    return found


def market_open(case: Case) -> Sequence[Fault]:
    """The market takes such orders now, where anybody knows; else the venue decides."""
    batch, now = case.batch, case.now
    if now.open is None:
        return _NONE
    closed = [order for order in batch.orders if not now.open[order.asset]]
    remedy = "Send it when the market is open."
    return [
        Fault(order.id, "closed", "open", BreachError(f"the market of order {order.id} is closed", remedy=remedy))
        for order in closed
    ]


def restricted(case: Case) -> Sequence[Fault]:
    """What must not be traded is not."""
    batch, now = case.batch, case.now
    if not now.restricted:
        return _NONE
    stopped = [order for order in batch.orders if order.asset in now.restricted]
    return [
        Fault(order.id, "restricted", "free", BreachError(f"what order {order.id} trades is restricted", remedy=STAYS))
        for order in stopped
    ]


def parents(case: Case) -> Sequence[Fault]:
    """Slices of an order go its way, and come to no more than is left of it."""
    batch, now = case.batch, case.now
    sums: dict[str, list[Line]] = {}
    if not batch.decided:
        for line in batch.lines:
            if line.parent:
                sums.setdefault(line.parent, []).append(line)
    found = []
    for parent, lines in sums.items():
        left = now.parents.get(parent)
        if left is None:
            error: TrimtabError = DataError(f"nobody knows what is left of order {parent}", remedy=STAYS)
            found.append(Fault(lines[0].id, "", "", error))
            continue
        total = sum((line.units for line in lines), ZERO)
        strays = any((line.units > 0) is not (left > 0) for line in lines)
        if strays or abs(total) > abs(left):
            error = BreachError(f"slices of order {parent} come to {total}, of {left} that are left", remedy=STAYS)
            found.append(Fault(lines[0].id, str(total), str(left), error))
    return found


def target(case: Case) -> Sequence[Fault]:
    """A weight for every asset, none below zero, and no more borrowed than a rule allows, or than already is."""
    batch = case.batch
    book, most = batch.book, 1.0 + case.borrow
    invested = float(np.add.reduce(batch.target))
    if not math.isfinite(invested):  # a sum is finite only where every weight is
        return (Fault("", str(invested), "a number", _wrong(batch, f"the target of {book.when} is not a number")),)
    rounding = HAIR + _CENT / book.nav  # money that is short by a cent is no loan
    if invested > most + rounding:
        most = max(most, float(np.add.reduce(book.held)))
    if not (invested > most + rounding or float(np.minimum.reduce(batch.target)) < -HAIR):
        return _NONE
    what = f"the target of {book.when} sells short or borrows more than the rules allow"
    return (Fault("", f"{invested:.6f}", f"{most:.6f}", _wrong(batch, what)),)


def distinct(case: Case) -> Sequence[Fault]:
    """Each asset at most once in a place, each id once."""
    batch = case.batch
    orders = batch.orders
    count = len(orders)
    if len({order.asset for order in orders}) == count and (batch.decided or len({order.id for order in orders}) == count):
        return _NONE
    places = [ticket.booked for ticket in batch.tickets] or [""] * count
    where = list(zip([order.asset for order in orders], places, strict=False))
    names = [order.id for order in orders]
    return [*_repeated(batch, where, "two orders for the same asset"), *_repeated(batch, names, "two orders with the same id")]


def _repeated(batch: Batch, keys: Iterable[object], what: str) -> Iterable[Fault]:
    seen: set[object] = set()
    for order, key in zip(batch.orders, keys, strict=False):
        if key in seen:
            yield Fault(order.id, "2", "1", _wrong(batch, f"{what} in one batch"))
        seen.add(key)


def held(case: Case) -> Sequence[Fault]:
    """No more is sold than is held."""
    batch = case.batch
    owned = batch.book.units
    if batch.decided:  # an order an asset: each may be asked by itself
        over = [order for order in batch.orders if (sold := order.units) < 0 and sold + owned[order.asset] < 0]
        return [_oversold(batch, order, order.units + owned[order.asset]) for order in over]
    left: dict[int, Decimal] = {}
    found = []
    for order in batch.orders:
        if order.units < 0:
            left[order.asset] = rest = left.get(order.asset, owned[order.asset]) + order.units
            if rest < 0:
                found.append(_oversold(batch, order, rest))
    return found


def _oversold(batch: Batch, order: Order | Line, rest: Decimal) -> Fault:
    owned = batch.book.units[order.asset]
    return Fault(order.id, str(owned - rest), str(owned), _wrong(batch, "an order sells more than is held"))


def cash(case: Case) -> Sequence[Fault]:
    """What is bought is paid out of the money that is there, with what sales bring. The targets of a decision hold cents."""
    batch = case.batch
    need, power = needed(batch), power_of(batch, case.borrow)
    if need <= power or not need > max(power, ZERO) + (CENT if batch.decided else ZERO):
        return _NONE
    error = BreachError(f"the orders cost {need:.2f}, the account has {power:.2f}", remedy=STAYS)
    return (Fault("", f"{need:.2f}", f"{power:.2f}", error),)


def needed(batch: Batch) -> Decimal:
    """What the orders cost at their references, sales brought off.

    A purchase with a limit may cost that; a sale with one may bring nothing, and pays for nothing before it is filled.
    """
    need = sum([order.units * order.reference for order in batch.orders], ZERO)
    if not batch.decided:
        for line in batch.lines:
            if line.limit:
                need += line.units * ((line.limit if line.units > 0 else ZERO) - line.reference)
    return need


def power_of(batch: Batch, borrow: float) -> Decimal:
    """Money to spend: cash, and what may be borrowed."""
    power = batch.book.money
    return power + decimal_of(borrow * batch.book.nav) if borrow else power


ALWAYS: tuple[Check, ...] = (
    Check("sound", "Every order has units to trade and a price", sound),
    Check("known", "Everything was known by the cut-off", known),
    Check("past", "The cut-off is past", past, moment=True),
    Check("state", "A halted account sends nothing, a reducing one sells", state, moment=True),
    Check("account", "A batch is of one account", account, moment=True),
    Check("version", "What sends is what planned", version, moment=True),
    Check("market_open", "The market is open", market_open, moment=True),
    Check("restricted", "What must not be traded is not", restricted, moment=True),
    Check("parents", "Slices come to no more than what they are slices of", parents, moment=True),
    Check("target", "Nothing is sold short or borrowed beyond the rules", target),
    Check("distinct", "One order an asset", distinct),
    Check("held", "No more is sold than is held", held),
    Check("cash", "Purchases are paid out of the money that is there", cash),
)
