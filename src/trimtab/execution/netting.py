"""One order to the market instead of many: what sleeves trade against each other is crossed, the rest goes out in blocks.

First the sleeves of one account (its places) are netted: what one sells and another buys changes hands inside the account,
pro rata among those on the longer side, at a price given later (the average of the day), without cost. It takes nothing
from anybody: both sides belong to the same account.

Between accounts of different households nothing is ever crossed, by no setting. It would be an agency cross trade: the
adviser stands on both sides, and owes best execution to each. Section 206(3) of the Investment Advisers Act 1940 and rule
206(3)-2 ask for the prior written consent of both clients, confirmations and yearly statements; for ERISA and retirement
accounts (section 406(b) ERISA, section 4975 of the Internal Revenue Code) it is as a rule forbidden even within one
household. `Crossing.HOUSEHOLD` is for those who have looked into that, and leaves out of `households` what must not cross.

Then what is left of the same instrument, currency, kind, limit, time in force, side and program version becomes one block,
whose fills are allotted to its members at the average price (core/allotment.py). A limit order is never crossed: the
average price of the day may lie beyond its limit. Slices and orders that stand in a block are refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from typing import NamedTuple

from trimtab.core.allotment import allotted
from trimtab.core.entries import Fill
from trimtab.core.errors import DataError
from trimtab.core.money import ZERO, Currency, exact
from trimtab.core.orders import OrderKind, Ticket, client_id
from trimtab.execution.portions import portion

_ROUNDING = Decimal("1e-8")  # of a block's reference price, where those of its members differ


class Crossing(Enum):
    """Within what orders may be netted against each other."""

    NONE = "none"
    ACCOUNT = "account"  # the sleeves of one account
    HOUSEHOLD = "household"  # the accounts of one household too: see above


class Cross(NamedTuple):
    """`units`, above zero, change hands between two places without going to a market.

    `seller` and `buyer` are the parts of the two tickets that are crossed, with their ids, places and lots.
    """

    id: str
    seller: Ticket
    buyer: Ticket
    units: Decimal


@dataclass(frozen=True, slots=True)
class Netted:
    """What is sent, and what became of every ticket. Units of all add up to those of the tickets, instrument by instrument.

    `blocks` and `singles` are sent; `members` are what the blocks are made of. `dropped` is too small to be sent.
    """

    blocks: tuple[Ticket, ...] = ()
    members: tuple[Ticket, ...] = ()
    singles: tuple[Ticket, ...] = ()
    crosses: tuple[Cross, ...] = ()
    dropped: tuple[Ticket, ...] = ()


def blocks(
    tickets: Sequence[Ticket],
    crossing: Crossing = Crossing.ACCOUNT,
    *,
    households: Mapping[str, str] | None = None,
    apart: Collection[str] = (),
    minimum: Decimal = ZERO,
) -> Netted:
    """`tickets` crossed within the accounts (or households, by account) and gathered into blocks, in a fixed order.

    The same tickets give the same blocks whatever their order; the id of a block is `client_id` of the sorted ids of its
    members. What comes to less than `minimum` at the reference price, in the currency of the ticket, is dropped; that
    counts for a block as a whole. Raises DataError for two tickets with one id, for one without units, or that is a slice or
    stands in a block. An account without a household is crossed with no other; one that stands `apart` not even inside.
    """
    ordered = sorted(tickets, key=lambda one: one.id)
    _require(ordered)
    with exact():
        rest, crosses = ordered, list[Cross]()
        for owner in _owners(crossing, households or {}, apart):
            rest, found = _crossed(rest, owner)
            crosses += found
        sent: list[Ticket] = []
        members: list[Ticket] = []
        singles: list[Ticket] = []
        dropped: list[Ticket] = []
        for group in _groups(rest, _alike):
            if sum((one.notional for one in group), ZERO) < minimum:
                dropped += group
            elif len(group) == 1:
                singles += group
            else:
                block = _block(group)
                sent.append(block)
                members += [replace(one, block=block.id) for one in group]
    return Netted(tuple(sent), tuple(members), tuple(singles), tuple(crosses), tuple(dropped))


def cross_fills(
    cross: Cross, price: Decimal, when: date, asset: int, money: Currency, *, future: bool = False
) -> tuple[Fill, Fill]:
    """The two entries of a cross, sale first, at one price and without cost: what one place is paid, the other pays.

    `asset` is the number of the instrument in the ledger, `price` the average of the day. A fill of a `future` moves no
    cash. Raises DataError where the price is not above zero.
    """
    if not price > 0:
        raise DataError(f"{price} is no price for the cross {cross.id}", remedy="Give the average price of the day.")
    with exact():
        amount, code = ZERO if future else money.round(cross.units * price), cross.seller.currency
        sale = Fill(when, asset, -cross.units, price, amount, ZERO, cross.seller.id, code, cross.seller.lots)
        return sale, Fill(when, asset, cross.units, price, -amount, ZERO, cross.buyer.id, code)


def _require(tickets: Sequence[Ticket]) -> None:
    double = [name for name, count in Counter(one.id for one in tickets).items() if count > 1]
    if double:
        raise DataError(f"two tickets have the id {double[0]}", remedy="Give each ticket once.")
    for one in tickets:
        if one.parent or one.block or one.parts or not one.account:
            raise DataError(f"order {one.id} is a slice or stands in a block", remedy="Net what nobody has netted yet.")
        if not one.units:
            raise DataError(f"order {one.id} has no units", remedy="Leave it out.")


def _owners(crossing: Crossing, households: Mapping[str, str], apart: Collection[str]) -> list[Callable[[Ticket], str]]:
    """Within what tickets are crossed, one round after the other: an account by itself first. Empty: not at all."""
    if crossing is Crossing.NONE:
        return []
    within: list[Callable[[Ticket], str]] = [lambda one: "" if one.account in apart else one.account]
    if crossing is Crossing.HOUSEHOLD:
        within.append(lambda one: "" if one.account in apart else households.get(one.account, ""))
    return within


def _crossed(tickets: Sequence[Ticket], owner: Callable[[Ticket], str]) -> tuple[list[Ticket], list[Cross]]:
    """What is left to send of each ticket, and the crosses."""
    rest: list[Ticket] = []
    crosses: list[Cross] = []
    for group in _groups(tickets, lambda one: (owner(one), one.instrument, one.currency, one.kind, one.tif, one.limit)):
        sales, buys = [one for one in group if one.units < 0], [one for one in group if one.units > 0]
        if not (sales and buys and owner(group[0])) or group[0].kind is OrderKind.LIMIT:  # see above
            rest += group
            continue
        inside = min(_units(sales), _units(buys))
        taken = _taken(sales, inside) | _taken(buys, inside)
        crosses += _matched(sales, buys, dict(taken))
        rest += [portion(one, ZERO, abs(one.units) - taken[one.id]) for one in group if taken[one.id] < abs(one.units)]
    return sorted(rest, key=lambda one: one.id), crosses


def _taken(side: Sequence[Ticket], inside: Decimal) -> dict[str, Decimal]:
    """How many units of each ticket are crossed, without sign: pro rata, in the smallest unit that any of them has."""
    units = [abs(one.units) for one in side]
    finest = min(int(one.normalize().as_tuple().exponent) for one in (*units, inside))
    parts = allotted(inside, units, Decimal(1).scaleb(min(finest, 0)))
    return dict(zip([one.id for one in side], parts, strict=True))


def _matched(sales: Sequence[Ticket], buys: Sequence[Ticket], due: dict[str, Decimal]) -> list[Cross]:
    """Who sells to whom, in the order of their ids. A ticket crosses its last units: what is sent keeps its first lots."""
    found: list[Cross] = []
    done = {one.id: abs(one.units) - due[one.id] for one in (*sales, *buys)}
    sellers, buyers = (iter([one for one in side if due[one.id]]) for side in (sales, buys))
    seller, buyer = next(sellers, None), next(buyers, None)
    while seller is not None and buyer is not None:
        units = min(due[seller.id], due[buyer.id])
        sold, bought = (portion(one, done[one.id], done[one.id] + units) for one in (seller, buyer))
        found.append(Cross(client_id(f"{seller.id}|{buyer.id}", "cross"), sold, bought, units))
        for one in (seller, buyer):
            done[one.id] += units
            due[one.id] -= units
        seller = seller if due[seller.id] else next(sellers, None)
        buyer = buyer if due[buyer.id] else next(buyers, None)
    return found


def _block(members: Sequence[Ticket]) -> Ticket:
    """The one order of several tickets; what they do not share is empty, except the policy: a hash of theirs."""
    batch, strategy, by = (_shared(getattr(one, name) for one in members) for name in ("batch", "strategy", "by"))
    policies = sorted({one.policy for one in members})
    return replace(
        members[0],
        id=client_id("|".join(one.id for one in members), "block"),
        account="",
        place="",
        units=sum((one.units for one in members), ZERO),
        reference=_reference(members),
        lots=(),
        parts=tuple((one.id, one.units) for one in members),
        batch=batch,
        as_of=max(one.as_of for one in members),
        policy=policies[0] if len(policies) == 1 else sha256("|".join(policies).encode()).hexdigest(),
        strategy=strategy,
        known=max(one.known for one in members),
        cutoff=max(one.cutoff for one in members),
        reason=f"block of {len(members)} orders",
        by=by,
        moved_by=(),  # its members are asked themselves
        estimate=sum((one.estimate for one in members), ZERO),
        tax=sum((one.tax for one in members), ZERO),
        warnings=tuple(dict.fromkeys(word for one in members for word in one.warnings)),
        four_eyes=any(one.four_eyes for one in members),
    )


def _reference(members: Sequence[Ticket]) -> Decimal:
    """The price at the decision: that of all, or their mean by units where they were decided at different prices."""
    if len({one.reference for one in members}) == 1:
        return members[0].reference
    return (sum((one.notional for one in members), ZERO) / _units(members)).quantize(_ROUNDING)


def _alike(one: Ticket) -> tuple[Hashable, ...]:
    return one.instrument, one.currency, one.kind.value, one.limit, one.tif.value, one.units > 0, one.code


def _groups(tickets: Iterable[Ticket], key: Callable[[Ticket], Hashable]) -> list[list[Ticket]]:
    """Tickets with the same key, in the order in which the first of each comes."""
    groups: dict[Hashable, list[Ticket]] = {}
    for one in tickets:
        groups.setdefault(key(one), []).append(one)
    return list(groups.values())


def _units(tickets: Iterable[Ticket]) -> Decimal:
    return sum((abs(one.units) for one in tickets), ZERO)


def _shared(texts: Iterable[str]) -> str:
    """The text, where all are the same; else none."""
    found = set(texts)
    return found.pop() if len(found) == 1 else ""
