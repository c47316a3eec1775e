"""Losses worth taking: what they save now, less what the lower cost is taxed later, less what the trades cost (METHODS 10).

A sold loss is replaced by something that moves with it and is not substantially identical, so that the market is not
left and the loss is not a wash sale. Nothing of the same group may then be bought in any account of the household until
the law's window has passed (31 days in the United States); after that the original may be bought back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from trimtab.accounting.taxes.selling import pooled
from trimtab.core.errors import ParameterError
from trimtab.core.households import Instrument
from trimtab.core.money import ZERO, Currency, decimal_of, exact
from trimtab.core.taxes import Gain, Lot, TaxRates, TaxRegime, Term
from trimtab.core.terms import Fraction, NonNegative, Positive, check_ranges

_CENTS = Currency()
_DAYS = 365  # in a year


class Purchase(NamedTuple):
    """Something bought in any account of a household, sheltered ones and reinvested dividends too. `lot`: what came."""

    asset: int
    when: date
    account: str = ""
    lot: str = ""


@dataclass(frozen=True, slots=True)
class Recent:
    """What the wash-sale rule looks at in a household: the register of instruments by number, the last purchases and sales.

    `bought` and `sold` go back at least as far as the law's window, over all accounts.
    """

    instruments: tuple[Instrument, ...]
    bought: tuple[Purchase, ...] = ()
    sold: tuple[Gain, ...] = ()

    def blocked(self, when: date, window: int) -> Mapping[int, date]:
        """Assets not to be bought on `when`, and the first day on which each may be: a loss was taken in their group."""
        free: dict[str, date] = {}
        for gain in self.sold:
            day = gain.sold + timedelta(days=window + 1)
            if window and gain.amount < 0 and gain.sold <= when < day:
                group = self.instruments[gain.asset].group
                free[group] = max(day, free.get(group, day))
        found = ((number, free.get(instrument.group)) for number, instrument in enumerate(self.instruments))
        return {number: day for number, day in found if day is not None}

    def washes(self, account: str, lot: Lot, when: date, window: int) -> date | None:
        """The first day on which a sale of the lot at a loss is none to a purchase made before; None: it is none today.

        The purchase of the lot itself does not count: what is sold replaces nothing.
        """
        group, last = self.instruments[lot.asset].group, None
        came = lot.id.rpartition(".")[2].partition("~")[0]  # whatever it was exchanged for and split into since
        for purchase in self.bought:
            own = (purchase.account, purchase.lot) == (account, came)
            near = when - timedelta(days=window) <= purchase.when <= when
            if window and near and not own and self.instruments[purchase.asset].group == group:
                last = max(purchase.when, last or purchase.when)
        return None if last is None else last + timedelta(days=window + 1)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A loss worth taking, in the currency of its lot: `saved` now, `later` and `costs` against it, all above zero.

    Where `refused` says why it must not be taken today, `works` is the day from which it can; None where no day is known.
    Otherwise `replacement` is bought in its place, and nothing of its group in the household before `free`.
    """

    account: str
    asset: str
    lot: Lot
    loss: Decimal
    saved: Decimal
    later: Decimal
    costs: Decimal
    replacement: str = ""
    free: date | None = None
    refused: str = ""
    works: date | None = None

    @property
    def net(self) -> Decimal:
        """What taking it is worth."""
        with exact():
            return self.saved - self.later - self.costs

    @property
    def words(self) -> str:
        """In a sentence."""
        loss, net = _CENTS.round(self.loss), _CENTS.round(self.net)
        what = f"lot {self.lot.id} of {self.asset} in {self.account} for a loss of {loss:,}, worth {net:,} after tax and costs"
        if self.refused:
            return f"Do not sell {what}: {self.refused}" + (f"; from {self.works} it works" if self.works else "")
        buy = f", buy {self.replacement}" if self.replacement else ""
        return f"Sell {what}{buy}" + (f", and buy nothing like it before {self.free}" if self.free else "")


@dataclass(frozen=True, slots=True)
class SwapBack:
    """Whether a replacement is sold for the original again; where not, `until` is when to look again, if it is known."""

    back: bool
    why: str
    until: date | None = None

    @property
    def words(self) -> str:
        """In a sentence."""
        return f"{'Swap back' if self.back else 'Stay'}: {self.why}" + (f", until {self.until}" if self.until else "")


@dataclass(frozen=True, slots=True)
class Harvest:
    """Suggestions for lots with a loss: saved now - later / (1 + discount)^years - costs > threshold.

    `saved` is the loss at the rate of its term today. The replacement costs less, so as much is taxed when it is sold in
    `years`, at today's rate of the term it then has. `cost` is that of the sale and the purchase together and
    `threshold` the least net worth, both fractions of what the lot is worth. That there are gains for the loss to meet is
    taken for granted. `replacements` names for each instrument what stands in for it; a law without a window needs none.
    The swap back is made where what is short-term in the replacement has gained at most `short_gain` of its value.
    """

    regime: TaxRegime
    replacements: Mapping[str, str]
    discount: NonNegative = 0.04
    years: Positive = 10.0
    cost: Fraction = 0.001
    threshold: NonNegative = 0.0
    short_gain: NonNegative = 0.0

    def __post_init__(self) -> None:
        check_ranges(self)

    def __call__(
        self, lots: Mapping[str, Sequence[Lot]], prices: Sequence[Decimal], when: date, recent: Recent
    ) -> tuple[Suggestion, ...]:
        """Loss lots worth taking, the most worth first, of the lots by (taxable) account, at `prices` by number of the asset.

        Those that must not be taken today are among them, with the reason: one that crosses another, worth more, by buying
        what that sells is refused too. Raises ParameterError where a replacement is unknown or substantially identical.
        """
        self.check(recent.instruments)
        found: list[Suggestion] = []
        for account, own in lots.items():
            found += (self._today(each, when, recent) for each in self._worth(account, own, prices, when, recent))
        found.sort(key=lambda each: (-each.net, each.account, each.lot.id))
        apart = _apart(found, recent.instruments, when + timedelta(days=self.regime.window + 1))
        return tuple(sorted(apart, key=lambda each: bool(each.refused)))

    def check(self, instruments: Sequence[Instrument]) -> None:
        """Raise ParameterError where a replacement is not in the register, or substantially identical to what it replaces."""
        known = {instrument.id: instrument for instrument in instruments}
        for asset, other in self.replacements.items():
            if asset not in known or other not in known:
                what = f"{other if asset in known else asset} is no known instrument"
                raise ParameterError(what, field="replacements", remedy="Use the ids of the book.")
            if known[asset].group == known[other].group:
                what = f"{other} is substantially identical to {asset}: selling one for the other is a wash sale"
                raise ParameterError(what, field="replacements", remedy="Name one that moves with it and tracks another index.")

    def swap_back(self, lots: Sequence[Lot], price: Decimal, sold: date, when: date) -> SwapBack:
        """Whether to go back on `when` from the replacement's lots, where the original was sold at a loss on `sold`."""
        free = sold + timedelta(days=self.regime.window + 1)
        if when < free:
            return SwapBack(False, "the loss would be a wash sale", free)
        with exact():
            short = [lot for lot in lots if self.regime.term(lot.acquired, when) is Term.SHORT]
            gains = [lot for lot in short if lot.units * price > lot.cost]
            gain = sum((lot.units * price - lot.cost for lot in short), ZERO)
            worth = sum((lot.units * price for lot in lots), ZERO)
            if gain <= decimal_of(self.short_gain) * worth:
                return SwapBack(True, "the replacement has no short-term gain to speak of")
        return SwapBack(False, "its short-term gain would be taxed", max(self.regime.turns(lot.acquired) for lot in gains))

    def _worth(
        self, account: str, lots: Sequence[Lot], prices: Sequence[Decimal], when: date, recent: Recent
    ) -> list[Suggestion]:
        """The lots of one account that are worth it, whether or not they may be sold today."""
        rates, then = self.regime.rates(when), when + timedelta(days=round(_DAYS * self.years))
        found = []
        with exact():
            fade = (1 + decimal_of(self.discount)) ** decimal_of(self.years)
            at_last = _rate(rates, self.regime.term(when, then)) / fade
            for lot in _pools(lots) if self.regime.pools else lots:
                value = lot.units * prices[lot.asset]
                loss, costs = lot.cost - value, value * decimal_of(self.cost)
                saved = loss * _rate(rates, self.regime.term(lot.acquired, when))
                name = recent.instruments[lot.asset].id
                one = Suggestion(account, name, lot, loss, saved, loss * at_last, costs)
                if loss > 0 and one.net > value * decimal_of(self.threshold):
                    found.append(one)
        return found

    def _today(self, one: Suggestion, when: date, recent: Recent) -> Suggestion:
        """The same with its replacement, or with why it must wait."""
        window, other = self.regime.window, self.replacements.get(one.asset, "")
        if not window:
            return replace(one, replacement=other)
        works = recent.washes(one.account, one.lot, when, window)
        if works is not None:
            return replace(one, refused="something like it was bought lately: the loss would be a wash sale", works=works)
        if not other:
            return replace(one, refused="nothing is named to stand in for it")
        number = next(k for k, instrument in enumerate(recent.instruments) if instrument.id == other)
        blocked = recent.blocked(when, window).get(number)
        if blocked is not None:
            return replace(one, refused=f"its replacement {other} was sold at a loss too lately", works=blocked)
        return replace(one, replacement=other, free=when + timedelta(days=window + 1))


def _apart(found: Sequence[Suggestion], instruments: Sequence[Instrument], free: date) -> Iterator[Suggestion]:
    """Suggestions in turn, refused where one before it buys what it sells, or sells what it buys."""
    groups = {instrument.id: instrument.group for instrument in instruments}
    sold, bought = set[str](), set[str]()
    for one in found:
        group, other = groups[one.asset], groups.get(one.replacement, "")
        if one.refused or not one.free:
            yield one
        elif group in bought or other in sold:
            crossed = one.asset if group in bought else one.replacement
            why = f"{crossed} is on the other side of a suggestion that is worth more"
            yield replace(one, replacement="", free=None, refused=why, works=free)
        else:
            sold.add(group)
            bought.add(other)
            yield one


def _rate(rates: TaxRates, term: Term) -> Decimal:
    return rates.short if term is Term.SHORT else rates.long


def _pools(lots: Sequence[Lot]) -> list[Lot]:
    """One lot for each asset, at average cost."""
    assets = dict.fromkeys(lot.asset for lot in lots)
    return [pooled([lot for lot in lots if lot.asset == asset]) for asset in assets]
