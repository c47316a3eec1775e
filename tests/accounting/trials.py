"""One book tried on all laws: posted with stops, against the second bookkeeper, in other orders, cancelled to nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.accounting.conservation import (
    agree,
    expected,
    kept,
    lots_sum,
    money_adds_up,
    named,
    opened,
    replays,
    require,
    seen,
    sold_out,
)
from tests.accounting.events import close, grow
from tests.accounting.lives import Life
from tests.accounting.orders import in_order, interleaved, shuffled
from trimtab.accounting.history import effective
from trimtab.accounting.ledger import Ledger
from trimtab.core.entries import Cancel, Entry
from trimtab.core.money import exact
from trimtab.core.taxes import LotMethod

BASES = ("USD", "EUR", "JPY", "KWD")
SPACINGS = (10, 30, 10, 100, 500)  # entries between two copies of the lots
OTHERS = (LotMethod.LIFO, LotMethod.HIFO, LotMethod.LOWEST_GAIN, LotMethod.AVERAGE)
Open = Callable[..., Ledger]


@dataclass(frozen=True)
class Trial:
    """Book number `number` of a seed, of about `size` entries, in ledgers that `opened` opens."""

    seed: int
    number: int
    size: int
    opened: Open = opened

    def run(self) -> int:
        """Raises `Broken` where a law is; returns how many entries were booked."""
        dice = random.Random(self.seed * 1_000_003 + self.number)
        life = Life(dice.randrange(2**60), BASES[self.number % len(BASES)])
        grow(life, self.size)
        if self.number % 2:
            close(life)
        with exact():
            ledger = self.posted(life, dice)
            self.in_other_orders(life, dice)
            self.by_other_methods(life, dice)
            self.to_nothing(ledger, dice)
        return len(life.entries)

    def posted(self, life: Life, dice: random.Random) -> Ledger:
        """Entry by entry, or many at once; the laws hold at random points and at the end."""
        entries, ledger = life.entries, self.opened(life.currency)
        stop = dice.randrange(1, len(entries))
        most = dice.choice((1, 40, 40))
        feed(ledger, entries[:stop], most, dice)
        hold(ledger, life.currency)
        feed(ledger, entries[stop:], most, dice)
        book = hold(ledger, life.currency)
        if self.number % 2:
            sold_out(ledger, book)
        return ledger

    def in_other_orders(self, life: Life, dice: random.Random) -> None:
        """Posted in the order of effect, or in another one that keeps it: the same book."""
        ledger, way = self.opened(life.currency), self.number % 3
        if way == 2:
            entries, names = shuffled(life.entries, dice)
            ledger.extend(entries)
        else:
            entries, names = interleaved(life.entries, dice) if way else in_order(life.entries)
            feed(ledger, entries, 100, dice)
        back = {new: old for old, new in names.items()}
        agree(named(seen(ledger), back), expected(kept(life.entries, life.currency)), "the order of posting changes nothing")

    def by_other_methods(self, life: Life, dice: random.Random) -> None:
        """Whichever lots are sold, no money is lost; at average cost the second bookkeeper does not keep books."""
        method = OTHERS[self.number // 4 % 4]
        ledger = self.opened(life.currency, method)
        ledger.extend(life.entries)
        if method is not LotMethod.AVERAGE:
            agree(seen(ledger), expected(kept(life.entries, life.currency, method)), method.value)
        lots_sum(ledger)
        money_adds_up(ledger)

    def to_nothing(self, ledger: Ledger, dice: random.Random) -> None:
        """Everything cancelled is the empty book: at once, or the last in effect first."""
        today = ledger.entries[-1].when
        standing = [number for number, _ in reversed(effective(ledger.entries))]
        feed(ledger, [Cancel(today, number) for number in standing], dice.choice((60, len(standing))), dice)
        agree(seen(ledger), seen(self.opened(ledger.currency)), "everything cancelled is the empty book")
        replays(ledger)


def feed(ledger: Ledger, entries: Sequence[Entry], most: int, dice: random.Random) -> None:
    """Post entries, up to `most` at once."""
    at = 0
    while at < len(entries):
        count = dice.randint(1, most)
        if count == 1:
            ledger.post(entries[at])
        else:
            ledger.extend(entries[at : at + count])
        at += count


def hold(ledger: Ledger, base: str) -> object:
    """All laws on what has been posted."""
    lots_sum(ledger)
    money_adds_up(ledger)
    replays(ledger)
    book = kept(ledger.entries, base)
    agree(seen(ledger), expected(book), "the second bookkeeper has the same")
    require(len(ledger.entries) > 0, "something was posted")
    return book
