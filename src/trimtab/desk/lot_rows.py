"""Lots and gains as rows to read: terms, what is gained, what wash sales moved; and the flows of an account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from trimtab.accounting.history import effective
from trimtab.core.entries import Entry, Fill, Flow, Merger, Opening, ReturnOfCapital, SpinOff, Split
from trimtab.core.errors import UsageError
from trimtab.core.households import Instrument
from trimtab.core.money import ZERO, currency, exact
from trimtab.core.taxes import Lot, TaxRegime, Term
from trimtab.desk.books import Scope
from trimtab.desk.folding import Folded
from trimtab.desk.quoting import Quotes


@dataclass(frozen=True, slots=True)
class LotRow:
    """One lot on a date. `term` is empty under a law without terms, `days` are those until it is long-term (0: it is).

    `washed` is what wash sales added to its cost, and `earlier` by how many days they moved its holding period; None where
    other events stand between, so that it cannot be told apart.
    """

    place: str
    instrument: str
    lot: str
    opened: date
    acquired: date
    units: Decimal
    cost: Decimal
    currency: str
    price: Decimal | None
    value: Decimal | None
    gain: Decimal | None
    term: str
    days: int | None
    washed: Decimal | None
    earlier: int


@dataclass(frozen=True, slots=True)
class GainRow:
    """One realised gain; `taxed` is `gain` with what was `disallowed` taken back."""

    place: str
    instrument: str
    lot: str
    acquired: date
    sold: date
    units: Decimal
    proceeds: Decimal
    cost: Decimal
    gain: Decimal
    disallowed: Decimal
    taxed: Decimal
    term: str
    currency: str
    entry: int


@dataclass(frozen=True, slots=True)
class FlowRow:
    """Money, or a position at what it cost, that the owner brought in (above zero) or took out."""

    place: str
    entry: int
    when: date
    amount: Decimal
    currency: str
    instrument: str = ""
    units: Decimal | None = None


def has_terms(regime: TaxRegime) -> bool:
    """Whether anything hangs on how long something was held."""
    day = date(2020, 1, 31)
    return regime.turns(day) > day and not regime.pools


def lot_rows(
    found: Folded, scope: Scope, entries: Mapping[str, list[Entry]], when: date, quotes: Quotes, *, only: str = ""
) -> list[LotRow]:
    """The lots of a scope on a date, by instrument, then oldest first; `only` those of one instrument."""
    if only and only not in (ids := [one.id for one in found.instruments]):
        near = get_close_matches(only, ids, 1)
        remedy = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(ids[:20])}."
        raise UsageError(f"there is no instrument {only!r} in the book", remedy=remedy)
    wanted = sorted({a for place in scope.places for a in found.assets(place) if only in ("", found.instruments[a].id)})
    wanted = [a for a in wanted if a not in _futures(found.instruments)]
    prices = quotes.prices(found.instruments, wanted, when)
    rows, terms = [], dict[date, tuple[str, int | None]]()
    with exact():
        for asset in sorted(wanted, key=lambda a: found.instruments[a].id):
            changed = {place: _changed(entries[place], asset) for place in scope.places}
            for place, account in scope.places.items():
                for lot in found.of(place, asset):
                    quote, code = prices.get(asset), lot.currency or account.currency
                    value = currency(quote.currency).round(lot.units * quote.price) if quote else None
                    gain = value - lot.cost if value is not None and quote and quote.currency == code else None
                    washed, earlier = _washed(lot, entries[place], changed[place], code)
                    if lot.acquired not in terms:
                        terms[lot.acquired] = _term(found.regime, lot.acquired, when)
                    term, days = terms[lot.acquired]
                    rows.append(LotRow(
                        place, found.instruments[asset].id, lot.id, lot.opened, lot.acquired, lot.units, lot.cost, code,
                        quote.price if quote else None, value, gain, term, days, washed, earlier,
                    ))  # fmt: skip
    return rows


def _futures(instruments: Iterable[Instrument]) -> set[int]:
    return {number for number, one in enumerate(instruments) if one.contract.value == "future"}


def _term(regime: TaxRegime, acquired: date, when: date) -> tuple[str, int | None]:
    if not has_terms(regime):
        return "", None
    if regime.term(acquired, when) is Term.LONG:
        return Term.LONG.value, 0
    return Term.SHORT.value, (regime.turns(acquired) - when).days


def _changed(entries: list[Entry], asset: int) -> bool:
    """Whether anything but trades changed the units or the cost of an instrument."""
    return any(
        isinstance(entry, Split | Merger | SpinOff | ReturnOfCapital) and asset in (entry.asset, getattr(entry, "into", None))
        for entry in entries
    )


def _washed(lot: Lot, entries: list[Entry], changed: bool, code: str) -> tuple[Decimal | None, int]:
    """What a purchased lot costs more than it was bought for, and by how many days its holding period begins earlier."""
    if lot.acquired == lot.opened and "~" not in lot.id:
        return ZERO, 0
    root = lot.id.partition("~")[0]
    entry = entries[int(root)] if root.isdecimal() and int(root) < len(entries) else None
    if not isinstance(entry, Fill):
        return ZERO, 0
    earlier = (lot.opened - lot.acquired).days
    if changed:
        return None, earlier
    return lot.cost - currency(code).round((entry.cost - entry.amount) * lot.units / entry.units), earlier


def gain_rows(found: Folded, scope: Scope, year: int | None = None) -> list[GainRow]:
    """The gains realised in a scope in a tax year (all of them, where none is named), by the day of the sale."""
    rows = []
    with exact():
        for place, account in scope.places.items():
            for gain in found.gains[place]:
                if year is None or found.regime.year(gain.sold) == year:
                    term = found.regime.term(gain.acquired, gain.sold).value if has_terms(found.regime) else ""
                    rows.append(GainRow(
                        place, found.instruments[gain.asset].id, gain.lot, gain.acquired, gain.sold, gain.units, gain.proceeds,
                        gain.cost, gain.amount, gain.disallowed, gain.taxed, term, gain.currency or account.currency,
                        gain.entry,
                    ))  # fmt: skip
    return sorted(rows, key=lambda row: (row.sold, row.place, row.entry))


@dataclass(frozen=True, slots=True)
class GainSum:
    """Gains of one term in one currency."""

    term: str
    currency: str
    sales: int
    gain: Decimal
    disallowed: Decimal
    taxed: Decimal


def gain_sums(rows: Iterable[GainRow]) -> list[GainSum]:
    """The gains by term and currency."""
    found: dict[tuple[str, str], list[GainRow]] = defaultdict(list)
    for row in rows:
        found[row.term, row.currency].append(row)
    with exact():
        return [
            GainSum(term, code, len(some), *(sum((getattr(row, name) for row in some), ZERO) for name in _SUMMED))
            for (term, code), some in sorted(found.items())
        ]


_SUMMED = ("gain", "disallowed", "taxed")


def flow_rows(scope: Scope, entries: Mapping[str, list[Entry]], instruments: tuple[Instrument, ...]) -> list[FlowRow]:
    """What the owner brought in and took out, by date: money, and positions taken over."""
    rows = []
    for place, account in scope.places.items():
        for number, entry in effective(entries[place]):
            if isinstance(entry, Flow):
                rows.append(FlowRow(place, number, entry.when, entry.amount, entry.currency or account.currency))
            elif isinstance(entry, Opening):
                code, name = entry.currency or account.currency, instruments[entry.asset].id
                rows.append(FlowRow(place, number, entry.when, entry.cost, code, name, entry.units))
    return sorted(rows, key=lambda row: (row.when, row.place, row.entry))
