"""The lots, gains and tax years of a household under one law, worked out from the entries of its book.

Accounts are folded together: a wash sale in one has its replacement in another. Where the law pools (United Kingdom), all
taxable accounts of the household make one pool, as those of one person do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from trimtab.accounting.history import effective
from trimtab.accounting.ledger import Positions, replay
from trimtab.accounting.lots import Lots
from trimtab.accounting.taxes.household import Household, Placed, in_order
from trimtab.accounting.taxes.pool import Pools
from trimtab.accounting.taxes.tally import Rate, Tally
from trimtab.core.entries import Adjustment, Entry, Fill
from trimtab.core.errors import DataError, InvariantError
from trimtab.core.households import Account, Contract, Instrument
from trimtab.core.money import ZERO, currency, exact
from trimtab.core.taxes import Assessment, Carried, Gain, Lot, TaxRegime, TaxYear, Wrapper


@dataclass(frozen=True, slots=True)
class Folded:
    """What a household's entries come to. `lots`, `gains` and `positions` are by place; `tallies` of those that are taxed.

    `household` is what was folded; None where the law pools.
    """

    regime: TaxRegime
    instruments: tuple[Instrument, ...]
    places: Mapping[str, Account]
    lots: Mapping[str, Lots | Pools]
    gains: Mapping[str, Sequence[Gain]]
    tallies: Mapping[str, Tally]
    positions: Mapping[str, Positions]
    household: Household | None = field(default=None, repr=False, compare=False)

    def held(self, place: str, asset: int) -> Decimal:
        """Units of an instrument in a place."""
        units = self.positions[place].units
        return units[asset] if asset < len(units) else ZERO

    def of(self, place: str, asset: int) -> tuple[Lot, ...]:
        """The lots of an instrument in a place, oldest first; of a pool the part that is held there, at average cost."""
        lots = self.lots[place].of(asset)
        if not isinstance(self.lots[place], Pools) or not lots:
            return lots
        (pool,), units = lots, self.held(place, asset)
        if not units:
            return ()
        with exact():
            cost = currency(pool.currency or self.places[place].currency).round(pool.cost * units / pool.units)
        return (pool._replace(units=units, cost=pool.cost if units == pool.units else cost),)

    def cost(self, place: str, asset: int) -> Decimal:
        """What is held of an instrument in a place cost."""
        with exact():
            return sum((lot.cost for lot in self.of(place, asset)), ZERO)

    def assets(self, place: str) -> tuple[int, ...]:
        """Numbers of the instruments that a place holds, futures too."""
        return tuple(asset for asset, units in enumerate(self.positions[place].units) if units)

    def year(self, year: int) -> TaxYear:
        """What a tax year brought in all places that are taxed."""
        with exact():
            return sum((tally.year(year) for tally in self.tallies.values()), TaxYear(year))

    def assessments(self, last: int, opening: Carried = Carried()) -> tuple[Assessment, ...]:
        """The tax year by year, from the first that brought anything to `last`, losses carried on."""
        first = min((year for tally in self.tallies.values() for year in tally.years), default=last)
        found: list[Assessment] = []
        for year in range(first, last + 1):
            found.append(self.regime.assess(self.year(year), found[-1].carried if found else opening))
        return tuple(found)


def folded(
    entries: Mapping[str, Sequence[Entry]],
    places: Mapping[str, Account],
    instruments: Sequence[Instrument],
    regime: TaxRegime,
    *,
    until: date | None = None,
    rate: Rate | None = None,
) -> Folded:
    """Fold the entries of all places of a household, as far as they took effect by `until`, in the currency of the regime.

    Without a `rate` of exchange no tax years are counted, only lots and gains. Raises DataError for entries that cannot be.
    """
    placed = [one for one in in_order(entries) if until is None or one.entry.when <= until]
    fold = _pooled if regime.pools else _household
    try:
        lots, gains, tallies, household = fold(placed, places, tuple(instruments), regime, rate)
    except InvariantError as error:
        remedy = "See trimtab journal show; correct it by trimtab book cancel."
        raise DataError(f"the entries do not fold: {error.what}", remedy=error.remedy or remedy) from error
    held = {place: replay([one.entry for one in placed if one.place == place], len(instruments), account.currency)
            for place, account in places.items()}  # fmt: skip
    return Folded(regime, tuple(instruments), dict(places), lots, gains, tallies, held, household)


_Made = tuple[dict[str, Lots | Pools], dict[str, Sequence[Gain]], dict[str, Tally], Household | None]


def _household(
    placed: Iterable[Placed],
    places: Mapping[str, Account],
    instruments: tuple[Instrument, ...],
    regime: TaxRegime,
    rate: Rate | None,
) -> _Made:
    """By lots. Without rates a household counts nothing: gains in other currencies could not be added up."""
    groups = [one.group for one in instruments]
    made = Household(
        regime, places, group_of=groups.__getitem__, futures=futures_of(instruments), base=base_of(places), rate=rate
    )
    if rate is None:
        made.tallies.update(dict.fromkeys(made.tallies, _Uncounted(regime)))
    for one in placed:
        made.post(*one)
    lots: dict[str, Lots | Pools] = dict(made.lots.items())
    gains: dict[str, Sequence[Gain]] = {place: kept.gains for place, kept in made.lots.items()}
    return lots, gains, {} if rate is None else dict(made.tallies), made


def _pooled(
    placed: Iterable[Placed],
    places: Mapping[str, Account],
    instruments: tuple[Instrument, ...],
    regime: TaxRegime,
    rate: Rate | None,
) -> _Made:
    """One pool of all places that are taxed; the others have lots of their own, which nobody taxes."""
    base, futures = base_of(places), futures_of(instruments)
    pool = Pools(currency(base), futures=futures)
    lots: dict[str, Lots | Pools] = {}
    for place, account in places.items():
        taxed = account.wrapper is Wrapper.TAXABLE
        lots[place] = pool if taxed else Lots(futures=futures, money=currency(account.currency))
    own = {place: Tally(regime, base=base, own=account.currency, rate=rate, futures=futures)
           for place, account in places.items() if account.wrapper is Wrapper.TAXABLE}  # fmt: skip
    taxable: list[Placed] = []
    for one in placed:
        kept = lots[one.place]
        with exact():
            kept.post(len(taxable) if kept is pool else one.number, one.entry)
        if kept is pool:
            taxable.append(one)
            if rate is not None:
                own[one.place].note(one.entry)
    gains = {place: list(kept.gains) if isinstance(kept, Lots) else list[Gain]() for place, kept in lots.items()}
    for place, gain in _placed_gains(pool, taxable):
        gains[place].append(gain)
        if rate is not None:
            own[place].realised(gain)
    return lots, {place: tuple(found) for place, found in gains.items()}, own if rate is not None else {}, None


def _placed_gains(pool: Pools, taxable: Sequence[Placed]) -> Iterable[tuple[str, Gain]]:
    """The gains of a pool by the place of the sale, with the numbers that the entries have there."""
    for gain in pool.gains:
        sale = taxable[gain.entry]
        lot = str(taxable[int(gain.lot)].number) if gain.lot.isdecimal() else gain.lot
        yield sale.place, gain._replace(entry=sale.number, lot=lot)


class _Uncounted(Tally):
    """Years that nobody asked for: nothing is counted, so that no rate of exchange is needed."""

    __slots__ = ()

    def note(self, entry: Entry) -> None:
        """Pass by."""

    def realised(self, gain: Gain) -> None:
        """Pass by."""

    def disallowed(self, gain: Gain, amount: Decimal) -> None:
        """Pass by."""


def base_of(places: Mapping[str, Account]) -> str:
    """The currency in which a household is taxed: that of its taxable accounts, or of most of them."""
    accounts = {account.id: account for account in places.values()}.values()
    codes = sorted(account.currency for account in accounts if account.wrapper is Wrapper.TAXABLE)
    codes = codes or sorted(account.currency for account in accounts)
    return max(codes, key=codes.count, default="USD")


def futures_of(instruments: Sequence[Instrument]) -> frozenset[int]:
    """Numbers of the instruments that are futures."""
    return frozenset(number for number, one in enumerate(instruments) if one.contract is Contract.FUTURE)


def require_foldable(entries: Sequence[Entry], instruments: Sequence[Instrument], code: str, what: str) -> None:
    """Raise DataError where the entries of one place, kept in the currency `code`, cannot be: more is sold than is held."""
    fault = first_fault(entries, instruments, code)
    if fault is not None:
        raise DataError(f"{what}: {fault[1]}", remedy="Cancel that first, or correct it.")


def first_fault(entries: Sequence[Entry], instruments: Sequence[Instrument], code: str = "USD") -> tuple[int, str] | None:
    """The number of the first entry, in the order of effect, that cannot be, and why; None where all can."""
    lots = Lots(futures=futures_of(instruments), money=currency(code))
    for number, entry in effective(entries):
        if isinstance(entry, Adjustment):
            continue  # it may name a lot that a wash sale makes: the household's fold knows
        plain = entry._replace(lots=()) if isinstance(entry, Fill) else entry
        try:
            with exact():
                lots.post(number, plain)
        except (InvariantError, ArithmeticError) as error:
            return number, spoken(error, instruments)
    return None


def spoken(error: Exception, instruments: Sequence[Instrument]) -> str:
    """What an error of the lots says, with the instrument by its name."""
    text = error.what if isinstance(error, InvariantError) else str(error)
    for number in reversed(range(len(instruments))):
        for after in " ,.":
            text = text.replace(f"asset {number}{after}", f"{instruments[number].id}{after}")
    return text
