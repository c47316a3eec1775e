"""The book in double entry: every entry as postings to accounts, which sum to zero in each currency.

Assets are above zero, incomes and equity below. Accounts: `cash:USD` by currency; `cost:17`, what the lots of asset 17 cost;
`income`, `gain`, `interest`, `variation`, `fees`, `tax`; `exchange`, money changed into another currency and not yet
changed back; `equity`, what the owner put in, and what lots were taken over at or adjusted by. Costs of trading are no
fees: they are in the cost of lots and in gains, except those of futures, which have no lots.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from trimtab.accounting.history import effective
from trimtab.accounting.lots import Lots
from trimtab.accounting.moves import moves_of
from trimtab.core.entries import Adjustment, Dividend, Entry, Exchange, Fee, Fill, Flow, Interest, Opening, Tax, Variation
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.money import ZERO, exact

_AGAINST: Mapping[type, str] = {
    Dividend: "income",
    Interest: "interest",
    Fee: "fees",
    Tax: "tax",
    Variation: "variation",
    Flow: "equity",
    Opening: "equity",
    Adjustment: "equity",
}


class Posting(NamedTuple):
    """An amount to an account: above zero to its debit, below to its credit."""

    account: str
    amount: Decimal
    currency: str


class Booked(NamedTuple):
    """An entry with its number, and its postings."""

    number: int
    entry: Entry
    postings: tuple[Posting, ...]


def postings(entries: Sequence[Entry], lots: Lots) -> Iterator[Booked]:
    """Every entry that stands, in the order of effect, folded into `lots`, which are empty at first and kept in step.

    Raises InvariantError where postings do not sum to zero, ParameterError where lots are watched: adjustments of a
    household are no entries of one account.
    """
    if lots.watcher is not None:
        raise ParameterError("lots that are watched are no double entry", field="lots", remedy="Leave the watcher out.")
    if lots.assets or lots.gains:
        raise ParameterError("these lots are not empty", field="lots", remedy="Use lots.empty().")
    for number, entry in effective(entries):
        with exact():
            booked = Booked(number, entry, _of(number, entry, lots))
        _balance(booked)
        yield booked


def balances(entries: Sequence[Entry], lots: Lots) -> dict[tuple[str, str], Decimal]:
    """What stands in each account, by name and currency."""
    totals: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for booked in postings(entries, lots):
        with exact():
            for account, amount, code in booked.postings:
                totals[account, code] += amount
    return dict(totals)


def _of(number: int, entry: Entry, lots: Lots) -> tuple[Posting, ...]:
    """Cash from the entry, cost and gain from what it did to the lots, and the other side by its kind."""
    made = [Posting(f"cash:{lots.minor(code).code}", amount, lots.minor(code).code) for code, amount in moves_of(entry)]
    if isinstance(entry, Exchange):
        against = [("exchange", entry.sold, entry.paid), ("exchange", entry.bought, -entry.received), ("fees", "", entry.cost)]
        return _kept([*made, *(Posting(name, amount, lots.minor(code).code) for name, code, amount in against)])
    touched = [a for a in (getattr(entry, "asset", None), getattr(entry, "into", None)) if a is not None]
    before, since = {asset: _cost(lots, asset) for asset in touched}, len(lots.gains)
    lots.post(number, entry)
    for asset in before:
        made += [Posting(f"cost:{asset}", amount, code) for code, amount in _change(before[asset], _cost(lots, asset))]
    made += [Posting("gain", -gain.amount, lots.minor(gain.currency).code) for gain in lots.gains[since:]]
    kind = type(entry)
    if kind in _AGAINST:
        made.append(_other_side(_AGAINST[kind], entry, lots))
    elif isinstance(entry, Fill) and entry.asset in lots.futures:
        made.append(Posting("fees", entry.cost - entry.amount, lots.minor(entry.currency).code))
    return _kept(made)


def _other_side(account: str, entry: Entry, lots: Lots) -> Posting:
    """The side that its kind decides, from what the entry itself says."""
    if isinstance(entry, Opening):
        return Posting(account, -entry.cost, lots.minor(entry.currency).code)
    if isinstance(entry, Adjustment):
        pile = lots.pile(entry.asset)
        code = pile.money.code if pile is not None else lots.money.code
        return Posting(account, -entry.amount, code)
    ((code, amount),) = moves_of(entry)
    return Posting(account, -amount, lots.minor(code).code)


def _cost(lots: Lots, asset: int) -> dict[str, Decimal]:
    """What the lots of an asset cost, by currency."""
    pile = lots.pile(asset)
    return {} if pile is None else {pile.money.code: pile.cost}


def _change(before: Mapping[str, Decimal], after: Mapping[str, Decimal]) -> list[tuple[str, Decimal]]:
    return [(code, after.get(code, ZERO) - before.get(code, ZERO)) for code in {**before, **after}]


def _kept(made: Sequence[Posting]) -> tuple[Posting, ...]:
    return tuple(posting for posting in made if posting.amount)


def _balance(booked: Booked) -> None:
    """Raise InvariantError where the postings of an entry do not sum to zero in each currency."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    with exact():
        for _, amount, code in booked.postings:
            sums[code] += amount
    for code, amount in sums.items():
        if amount:
            what = f"the postings of entry {booked.number} leave {amount} {code}"
            raise InvariantError(what, remedy="A book whose entries do not balance is wrong: do not trade on it.")
