"""Which losses of a household are worth taking today: the question put to the harvest of the tax room from the real book."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from trimtab.accounting.history import effective
from trimtab.accounting.taxes.harvest import Harvest, Purchase, Recent, Suggestion
from trimtab.core.entries import Entry, Fill
from trimtab.core.errors import DataError
from trimtab.core.money import ZERO
from trimtab.core.taxes import Lot, Wrapper
from trimtab.desk.books import Scope
from trimtab.desk.folding import Folded, futures_of
from trimtab.desk.quoting import Quotes


@dataclass(frozen=True, slots=True)
class Harvested:
    """Suggestions, the most worth first, those that must wait among them; and what could not be looked at."""

    suggestions: tuple[Suggestion, ...]
    unpriced: tuple[str, ...]

    @property
    def net(self) -> Decimal:
        """What taking those that may be taken today is worth."""
        return sum((one.net for one in self.suggestions if not one.refused), ZERO)


def harvest(
    found: Folded, scope: Scope, entries: Mapping[str, list[Entry]], when: date, quotes: Quotes, asked: Harvest
) -> Harvested:
    """Losses in the taxable places of a scope; purchases and sales of the whole household count for wash sales.

    Raises DataError where nothing held has a price.
    """
    taxable = [place for place, account in scope.places.items() if account.wrapper is Wrapper.TAXABLE]
    futures = futures_of(found.instruments)
    held = sorted({asset for place in taxable for asset in found.assets(place)} - futures)
    prices = quotes.prices(found.instruments, held, when)
    if held and not prices:
        raise DataError("nothing held has a price", remedy="Give prices: --data DIR; --series VTI=NAME where they differ.")
    lots: dict[str, list[Lot]] = {
        place: [lot for asset in found.assets(place) if asset in prices for lot in found.of(place, asset)] for place in taxable
    }
    known = [prices[a].price if a in prices else ZERO for a in range(len(found.instruments))]
    suggestions = asked(lots, known, when, recent(found, entries, when))
    return Harvested(suggestions, tuple(found.instruments[asset].id for asset in held if asset not in prices))


def recent(found: Folded, entries: Mapping[str, Iterable[Entry]], when: date) -> Recent:
    """What the wash-sale rule looks at: purchases and sales of the household within the law's window before a date."""
    first = when - timedelta(days=found.regime.window)
    bought = []
    for place, posted in entries.items():
        for number, entry in effective(list(posted)):
            if isinstance(entry, Fill) and entry.units > 0 and first <= entry.when <= when:
                bought.append(Purchase(entry.asset, entry.when, place, str(number)))
    sold = [gain for gains in found.gains.values() for gain in gains if first <= gain.sold <= when]
    return Recent(found.instruments, tuple(bought), tuple(sold))
