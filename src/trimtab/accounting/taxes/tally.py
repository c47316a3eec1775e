"""What a tax year has brought so far, in one account: a running sum of gains by term and of incomes by kind.

A tally is told of entries, gains and losses that a wash sale disallows as they come, in any order; nothing is counted
again when a year is read. What is carried from year to year is worked out when it is asked for, and kept.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from trimtab.core.entries import Dividend, Entry, Fill, Interest, Payout, Variation
from trimtab.core.errors import DataError
from trimtab.core.money import ZERO, currency, exact
from trimtab.core.taxes import Assessment, Carried, Gain, TaxRegime, TaxYear, Term

Rate = Callable[[str, date], Decimal]  # units of the base currency for one of a code, on a date

_SHORT, _LONG, _ORDINARY, _QUALIFIED, _HANDED, _MARKED = range(6)
_PAYOUTS = {Payout.QUALIFIED: _QUALIFIED, Payout.ORDINARY: _ORDINARY, Payout.GAIN: _HANDED}


class Tally:
    """The tax years of one account, in the currency `base`.

    Amounts that name no currency are in `own` (empty: the base). `rate` translates other currencies; `futures` are the
    numbers of assets that are marked to the market. `opening` are losses carried in from before the first entry.
    """

    __slots__ = ("_assessed", "_last", "_years", "base", "futures", "opening", "own", "rate", "regime")

    def __init__(
        self,
        regime: TaxRegime,
        *,
        base: str = "USD",
        own: str = "",
        rate: Rate | None = None,
        futures: frozenset[int] = frozenset(),
    ) -> None:
        self.regime = regime
        self.base, self.own, self.rate = base, own or base, rate
        self.futures = futures
        self.opening = Carried()
        self._years: dict[int, list[Decimal]] = {}
        self._assessed: dict[int, Assessment] = {}
        self._last: int | None = None  # years up to this one are assessed and still stand

    def note(self, entry: Entry) -> None:
        """Count the income of an entry; one without any is passed over.

        Interest paid is not deducted. What trading futures costs is taken off what they brought.
        """
        if isinstance(entry, Fill):
            if entry.asset in self.futures and entry.cost:
                self._add(entry.when, _MARKED, -self._translated(entry.cost, entry.currency, entry.when))
        elif isinstance(entry, Dividend):
            if entry.payout is not Payout.EXEMPT:
                self._add(entry.when, _PAYOUTS[entry.payout], self._translated(entry.amount, entry.currency, entry.when))
        elif isinstance(entry, Interest):
            if entry.amount > 0:
                self._add(entry.when, _ORDINARY, self._translated(entry.amount, entry.currency, entry.when))
        elif isinstance(entry, Variation):
            self._add(entry.when, _MARKED, self._translated(entry.amount, entry.currency, entry.when))

    def realised(self, gain: Gain) -> None:
        """Count a gain before anything of it is disallowed: cost at the rate of its day, proceeds at that of theirs."""
        code = gain.currency or self.own
        with exact():
            if code == self.base:
                amount = gain.proceeds - gain.cost
            else:
                sold = self._translated(gain.proceeds, code, gain.sold)
                amount = sold - self._translated(gain.cost, code, gain.acquired)
            self._year(gain.sold)[self._kind(gain)] += amount

    def disallowed(self, gain: Gain, amount: Decimal) -> None:
        """Take back `amount`, above zero, of a loss that was counted.

        Raises DataError where the loss was made in another currency: what of it belongs to the replacement in the base
        currency is not worked out.
        """
        if (gain.currency or self.own) != self.base:
            what = f"a wash sale on {gain.sold} is in {gain.currency or self.own}, the taxes are in {self.base}"
            raise DataError(what, remedy="It is not worked out: ask an adviser, and leave the account out.")
        self._add(gain.sold, self._kind(gain), self._translated(amount, gain.currency, gain.sold))

    def year(self, year: int) -> TaxYear:
        """The year as far as it is known."""
        return TaxYear(year, *self._years.get(year, ()))

    @property
    def years(self) -> tuple[int, ...]:
        """The years that brought anything, in order."""
        return tuple(sorted(self._years))

    def carried(self, year: int) -> Carried:
        """The losses carried into `year` from all years before it. Raises DataError where their rates are unknown."""
        if not self._years or year <= min(self._years):
            return self.opening
        return self.assessment(year - 1).carried

    def assessment(self, year: int) -> Assessment:
        """The tax of `year`, with what earlier years carry into it; years without anything use up losses too."""
        first = min(self._years, default=year + 1)  # nothing is kept of a year before anything came
        if year < first:
            return self.regime.assess(self.year(year), self.opening)
        done = self._last if self._last is not None else first - 1
        carried = self._assessed[done].carried if done in self._assessed else self.opening
        for one in range(done + 1, year + 1):
            self._assessed[one] = self.regime.assess(self.year(one), carried)
            carried = self._assessed[one].carried
        self._last = max(done, year)
        return self._assessed[year]

    def _kind(self, gain: Gain) -> int:
        return _LONG if self.regime.term(gain.acquired, gain.sold) is Term.LONG else _SHORT

    def _add(self, when: date, kind: int, amount: Decimal) -> None:
        with exact():
            self._year(when)[kind] += amount

    def _year(self, when: date) -> list[Decimal]:
        """The sums of the year of a date, to be added to: what was assessed from it on stands no longer."""
        year = self.regime.year(when)
        if year not in self._years:
            if self._years and year < min(self._years):
                self._assessed, self._last = {}, None
            self._years[year] = [ZERO] * 6
        if self._last is not None and year <= self._last:
            self._last = year - 1 if year - 1 in self._assessed else None
        return self._years[year]

    def _translated(self, amount: Decimal, code: str, when: date) -> Decimal:
        """In the base currency, to its smallest amount where it was in another."""
        code = code or self.own
        if code == self.base:
            return amount
        if self.rate is None:
            raise DataError(f"{code} was taken in on {when}", remedy=f"Give rates of {code} in {self.base}.")
        with exact():
            return currency(self.base).round(amount * self.rate(code, when))
