"""All accounts of a household together: lots, gains and tax years, folded in order of time.

A wash sale in one account has its replacement in another, so that no account can be folded alone: their entries are
brought into one order (date; what happens before the session; account; order of posting) and folded entry by entry.
`fold` is the reference; a household that is posted to as entries come, in that order, is in the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from trimtab.accounting.lots import Lots
from trimtab.accounting.taxes.least import LeastTax
from trimtab.accounting.taxes.tally import Rate, Tally
from trimtab.accounting.taxes.wash import WashSales
from trimtab.core.entries import Cancel, Entry, Merger, Opening, SpinOff, Split
from trimtab.core.errors import InvariantError
from trimtab.core.households import Account
from trimtab.core.money import currency, exact
from trimtab.core.taxes import Assessment, Carried, Gain, LotMethod, TaxRegime, TaxYear, Wrapper

_BEFORE_THE_SESSION = (Split, Merger, SpinOff, Opening)


class Placed(NamedTuple):
    """An entry, its number, and the account or sleeve (`A07`, `A07/core`) that it was posted to."""

    place: str
    number: int
    entry: Entry

    @property
    def order(self) -> tuple[date, int, str, int]:
        """Where it stands in the fold."""
        rank = 0 if isinstance(self.entry, _BEFORE_THE_SESSION) else 1
        return self.entry.when, rank, self.place, self.number


def in_order(entries: Mapping[str, Iterable[Entry]]) -> list[Placed]:
    """The entries of each place, in order of posting there, as one list in the order of the fold; what was cancelled is out."""
    found = []
    for place, posted in entries.items():
        listed = list(enumerate(posted))
        gone = {entry.entry for _, entry in listed if isinstance(entry, Cancel)}
        found += [Placed(place, n, entry) for n, entry in listed if n not in gone and not isinstance(entry, Cancel)]
    return sorted(found, key=lambda placed: placed.order)


class Household:
    """Lots by place, and tax years by place where they are taxed, under one law.

    `places` says which account each place belongs to. `group_of` tells what an asset is substantially identical to,
    `rate` what one of a currency is in `base` on a date; `futures` are numbers of assets that are marked to the market.
    After an error the household must be folded anew.
    """

    __slots__ = ("_last", "_places", "_seen", "lots", "places", "regime", "tallies", "wash")

    def __init__(
        self,
        regime: TaxRegime,
        places: Mapping[str, Account],
        *,
        group_of: Callable[[int], str] = str,
        futures: frozenset[int] = frozenset(),
        base: str = "USD",
        rate: Rate | None = None,
    ) -> None:
        self.regime, self.places = regime, dict(places)
        self.wash = WashSales(regime.window, group_of, told=self._disallowed, rate=rate) if regime.window else None
        self.lots: dict[str, Lots] = {}
        self.tallies: dict[str, Tally] = {}
        self._seen = dict.fromkeys(places, 0)  # how many gains of each place are counted
        self._last: tuple[date, int, str, int] | None = None  # where what is folded ends
        for place, account in self.places.items():
            code = account.currency
            least = LeastTax(regime) if account.lots is LotMethod.MIN_TAX else None
            lots = Lots(account.lots, least=least, watcher=self.wash, futures=futures, money=currency(code), rates=rate)
            self.lots[place] = lots
            if self.wash is not None:
                self.wash.join(lots, account.wrapper, code)
            if account.wrapper is Wrapper.TAXABLE:
                self.tallies[place] = Tally(regime, base=base, own=code, rate=rate, futures=futures)
        self._places = {id(lots): place for place, lots in self.lots.items()}

    def post(self, place: str, number: int, entry: Entry) -> None:
        """Fold in one entry more. Raises InvariantError where it stands before one that is folded, or was cancelled."""
        order = Placed(place, number, entry).order
        if self._last is not None and order < self._last:
            what = f"entry {number} of {place}, of {entry.when}, comes before what is folded"
            raise InvariantError(what, remedy="Fold the household anew.")
        self._last = order
        with exact():
            self.lots[place].post(number, entry)
        self._count(place, entry)

    def year(self, year: int) -> TaxYear:
        """What a year brought in all places that are taxed, as far as it is known."""
        with exact():
            return sum((tally.year(year) for tally in self.tallies.values()), TaxYear(year))

    def assessments(self, last: int, opening: Carried = Carried()) -> tuple[Assessment, ...]:
        """The tax of the household year by year, from the first that brought anything to `last`.

        `opening` are losses carried into the first. Raises DataError where rates of a year are unknown.
        """
        first = min((year for tally in self.tallies.values() for year in tally.years), default=last)
        found: list[Assessment] = []
        for year in range(first, last + 1):
            found.append(self.regime.assess(self.year(year), found[-1].carried if found else opening))
        return tuple(found)

    def _count(self, place: str, entry: Entry) -> None:
        tally = self.tallies.get(place)
        if tally is None:
            return
        tally.note(entry)
        gains = self.lots[place].gains
        for gain in gains[self._seen[place] :]:
            tally.realised(gain)
        self._seen[place] = len(gains)

    def _disallowed(self, lots: Lots, gain: Gain, amount: Decimal) -> None:
        self.tallies[self._places[id(lots)]].disallowed(gain, amount)


def fold(household: Household, entries: Mapping[str, Sequence[Entry]]) -> Household:
    """The household, before its first entry, after the entries of each place in order of posting."""
    for placed in in_order(entries):
        household.post(*placed)
    return household
