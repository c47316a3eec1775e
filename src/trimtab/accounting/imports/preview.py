"""What an import would post, before anything is: entries by account, problems by line, duplicates, and totals to check.

Nothing is written here. Every row of the source is in the preview, with its status and the reasons for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from trimtab.accounting.imports.deciding import Decider
from trimtab.accounting.imports.rows import Kind, Row
from trimtab.core.entries import Entry, Exchange, Fee, Fill, Opening, Tax
from trimtab.core.households import Instrument
from trimtab.core.money import ZERO, exact


class Status(Enum):
    """What becomes of a row."""

    READY = "ready"
    BROKEN = "broken"
    DUPLICATE = "duplicate"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Known:
    """What the book has of an account: its entries in the order of posting, the keys of those that were imported with the
    number of the entry that each posted first, and the base currency.
    """

    entries: Sequence[Entry] = ()
    keys: Mapping[str, int] = field(default_factory=dict)
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Item:
    """One row and what becomes of it: `entries` are what it would post, also where it is a duplicate."""

    row: Row
    account: str
    key: str
    status: Status
    entries: tuple[Entry, ...] = ()
    reasons: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


class Total(NamedTuple):
    """Rows of one kind and currency in one account: how many, the change of cash, and what openings cost."""

    account: str
    kind: Kind
    currency: str
    rows: int
    cash: Decimal
    cost: Decimal


class Problem(NamedTuple):
    """A sentence about a row; `blocking` where the row is not imported for it."""

    line: int
    text: str
    blocking: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """`items` are all rows in the order of the source. `instruments` are unknown to the book and to be registered, in this
    order, behind those it has: the entries name them by number. `posting` are the places in `items` of those that are
    ready, in the order in which they should be posted.
    """

    items: tuple[Item, ...]
    instruments: tuple[Instrument, ...]
    totals: tuple[Total, ...]
    posting: tuple[int, ...]

    @property
    def ready(self) -> tuple[Item, ...]:
        """What can be posted, in the order of posting."""
        return tuple(self.items[place] for place in self.posting)

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that anything would be posted to, sorted."""
        return tuple(sorted({item.account for item in self.ready}))

    def of(self, status: Status) -> tuple[Item, ...]:
        """The items of one status, in the order of the source."""
        return tuple(item for item in self.items if item.status is status)

    def entries(self, account: str) -> tuple[Entry, ...]:
        """What would be posted to an account, in the order of posting."""
        return tuple(entry for item in self.ready if item.account == account for entry in item.entries)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything to be said about rows that are not left out, by line: duplicates, what is broken, and remarks."""
        told = []
        for item in self.items:
            if item.status is not Status.LEFT_OUT:
                told += [Problem(item.row.line, text, blocking=True) for text in item.reasons]
                told += [Problem(item.row.line, text, blocking=False) for text in item.remarks]
        return tuple(told)


def preview(
    rows: Sequence[Row],
    instruments: Sequence[Instrument],
    known: Mapping[str, Known],
    *,
    accounts: Mapping[str, str] | None = None,
    take: Collection[Kind] | None = None,
    anew: bool = False,
) -> Preview:
    """What importing `rows` would do. `instruments` are those of the book in the order of their numbers.

    `accounts` maps what the source calls an account to its id in the book ("" where the source names none); a name that
    is not in it stays. `take`: only rows of these kinds; the others are left out.
    `anew`: rows whose entry was cancelled are booked once more.
    """
    with exact():
        decider = Decider(instruments, known, take, anew=anew)
        told = decider.decide([(row, (accounts or {}).get(row.account, row.account)) for row in rows])
        items = tuple(Item(*one[:3], Status(one[3]), *one[4:]) for one in told)
        posting = _order(items)
        return Preview(items, decider.new, _totals([items[place] for place in posting], known), posting)


def _order(items: Sequence[Item]) -> tuple[int, ...]:
    """The ready ones by date, in the order of the source within a day; of a source with the newest first, turned round.

    Our own export keeps its order: the numbers of its entries hang on it.
    """
    ready = [place for place, item in enumerate(items) if item.status is Status.READY]
    if any(items[place].row.entry for place in ready):
        return tuple(ready)
    dates = [items[place].row.when for place in ready]
    steps = [(one < two) - (one > two) for one, two in pairwise(dates) if one and two]
    if sum(steps) < 0:
        ready.reverse()
    return tuple(sorted(ready, key=lambda place: str(items[place].row.when)))


def _totals(ready: Sequence[Item], known: Mapping[str, Known]) -> tuple[Total, ...]:
    found: dict[tuple[str, Kind, str], list[Decimal]] = {}
    for item in ready:
        base = known[item.account].currency if item.account in known else Known().currency
        for entry in item.entries:
            cost = entry.cost if isinstance(entry, Opening) else ZERO
            for name, cash in _cash(entry):
                kind = _kind(entry, item.row.kind or Kind.NOTE)
                sums = found.setdefault((item.account, kind, name or base), [ZERO, ZERO, ZERO])
                for place, change in enumerate((Decimal(1), cash, cost)):
                    sums[place] += change
    order = list(Kind)
    keys = sorted(found, key=lambda key: (key[0], order.index(key[1]), key[2]))
    return tuple(Total(*key, int(found[key][0]), *found[key][1:]) for key in keys)


def _kind(entry: Entry, kind: Kind) -> Kind:
    """The kind of an entry that a row posts beside its own: the tax of a dividend is a tax."""
    return {Tax: Kind.TAX, Fee: Kind.FEE}.get(type(entry), kind)


def _cash(entry: Entry) -> tuple[tuple[str, Decimal], ...]:
    """What an entry changes in each currency."""
    if isinstance(entry, Exchange):
        return (entry.sold, -entry.paid), (entry.bought, entry.received), *((("", -entry.cost),) if entry.cost else ())
    name, amount = getattr(entry, "currency", ""), getattr(entry, "amount", ZERO)
    if isinstance(entry, Fill):
        return ((name, amount - entry.cost),)
    return ((name, -amount if isinstance(entry, Fee | Tax) else amount),)
