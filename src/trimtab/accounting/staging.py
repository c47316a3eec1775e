"""What a book will hold once several entries have been posted to it: worked out first, so that a refusal changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import zip_longest

from trimtab.accounting.history import effective, key_of
from trimtab.accounting.moves import moves_of, require_amounts, units_of
from trimtab.core.entries import Cancel, Entry, Fill, Merger, Split
from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO

Bought = list[tuple[date, int, float]]  # date, asset, units of today


class Staged:
    """Units, cash by currency (empty: the base, whose code is `currency`) and numbers cancelled, entry by entry."""

    def __init__(
        self,
        entries: Sequence[Entry],
        units: Sequence[Decimal],
        purses: Mapping[str, Decimal],
        cancelled: Collection[int],
        currency: str,
    ) -> None:
        self.cancelled: set[int] = set()
        self.units, self.purses = list(units), dict(purses)
        self._entries, self._added, self._before = entries, list[Entry](), units
        self._gone, self._currency = cancelled, currency
        self._mergers: list[tuple[int, Merger]] = []

    def add(self, entry: Entry, bought: Bought | None = None) -> Bought | None:
        """One entry more; answers with what of `bought` is left, and what comes to it."""
        require_amounts(entry)
        if isinstance(entry, Cancel):
            gone = self._cancel(entry)
            self._move(gone, -1)
            bought = _forgotten(gone, bought)
        else:
            if isinstance(entry, Merger):
                self._mergers.append((len(self._entries) + len(self._added), entry))
            if bought is not None:
                bought = self._remembered(entry, bought)
            self._move(entry, 1)
        self._added.append(entry)
        return bought

    def check(self, futures: Collection[int]) -> None:
        """Raise InvariantError where less than nothing is held, and less than before, of what is no future."""
        for asset, (held, before) in enumerate(zip_longest(self.units, self._before, fillvalue=ZERO)):
            if held < 0 and held < before and asset not in futures:
                raise InvariantError(f"{before - held} units of asset {asset} leave, {before} are held")

    def check_mergers(self) -> None:
        """Raise InvariantError where a merger does not take all that was held: lots know it sooner."""
        for number, merger in self._mergers:
            self._require_all(merger, number)

    def _move(self, entry: Entry, sign: int) -> None:
        for name, amount in moves_of(entry):
            code = "" if name == self._currency else name
            self.purses[code] = self.purses.get(code, ZERO) + sign * amount
        for asset, change in units_of(entry):
            self.units += [ZERO] * (asset + 1 - len(self.units))
            self.units[asset] += sign * change

    def _cancel(self, entry: Cancel) -> Entry:
        """What is cancelled."""
        number, known = entry.entry, len(self._entries)
        if not 0 <= number < known + len(self._added):
            last = known + len(self._added) - 1
            raise InvariantError(f"entry {number} is cancelled, the last one is {last}", remedy="Entries count from 0.")
        gone = self._entries[number] if number < known else self._added[number - known]
        if number in self._gone or number in self.cancelled:
            raise InvariantError(f"entry {number} is cancelled a second time")
        if isinstance(gone, Cancel):
            raise InvariantError(f"entry {number} is a cancellation", remedy="Post anew what it cancelled.")
        self.cancelled.add(number)
        return gone

    def _held(self, asset: int) -> Decimal:
        return self.units[asset] if asset < len(self.units) else ZERO

    def _require_all(self, entry: Merger, number: int) -> None:
        """A merger takes all that is held then, by all that stands: also by what came late."""
        past = [*self._entries, *self._added]
        place = key_of(number, entry)
        stand = [one for n, one in effective(past) if key_of(n, one) < place]
        held = sum((change for one in stand for asset, change in units_of(one) if asset == entry.asset), ZERO)
        if number not in self.cancelled and held != -entry.units:
            what = f"a merger takes {-entry.units} units of asset {entry.asset}, {held} are held"
            raise InvariantError(what, remedy="It takes all of them.")

    def _remembered(self, entry: Entry, bought: Bought) -> Bought:
        if isinstance(entry, Fill) and entry.units > 0:
            return [*bought, (entry.when, entry.asset, float(entry.units))]
        if isinstance(entry, Split) and self._held(entry.asset):
            ratio = float((self._held(entry.asset) + entry.units) / self._held(entry.asset))
            return [(on, a, n * ratio if a == entry.asset else n) for on, a, n in bought]
        return bought


def _forgotten(entry: Entry, bought: Bought | None) -> Bought | None:
    """Without the purchase that was cancelled; one that a split has changed since stays, and a limit holds it longer."""
    if bought is None or not isinstance(entry, Fill):
        return bought
    gone = (entry.when, entry.asset, float(entry.units))
    return [*bought[: bought.index(gone)], *bought[bought.index(gone) + 1 :]] if gone in bought else bought
