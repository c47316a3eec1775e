"""The accounts that a rebalance is asked for, each with its household folded under the law of the policy.

A household is folded once for all its accounts, and again when one of them has entries more. Tax that is owed is set aside
from what an account may invest (desk/owing.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from trimtab.accounting.database.store import BookStore
from trimtab.accounting.moves import units_of
from trimtab.accounting.taxes.none import NoTax
from trimtab.core.calendar import plain_date
from trimtab.core.entries import Entry, Fill
from trimtab.core.errors import DataError, UsageError
from trimtab.core.households import Account, Contract, Instrument
from trimtab.core.money import ZERO, exact
from trimtab.core.taxes import Wrapper
from trimtab.core.trades import Turnover
from trimtab.desk.books import Scope, all_places, scope_in, scope_of
from trimtab.desk.folding import Folded, folded
from trimtab.desk.outlook import Outlook
from trimtab.desk.owing import owed_of
from trimtab.desk.policy import Policy
from trimtab.desk.real_book import matched, real_book
from trimtab.desk.rebalancing import Asked
from trimtab.desk.taxing import set_aside

NO_RATE = "taxes are in several currencies, and no rate of exchange is known: no tax that is owed was set aside"


class Accounts:
    """The accounts of a book, under one outlook: households are read and folded when the first account of them is asked for."""

    __slots__ = ("_book", "_entries", "_families", "_folded", "_instruments", "_places", "outlook")

    def __init__(self, outlook: Outlook, book: BookStore) -> None:
        self.outlook, self._book = outlook, book
        self._places = all_places(book)
        self._families: dict[str, dict[str, Account]] = {}
        for place, one in self._places.items():
            self._families.setdefault(one.household, {})[place] = one
        self._instruments = book.instruments()
        self._folded: dict[str, Folded] = {}
        self._entries: dict[str, Sequence[Entry]] = {}

    def asked(self, name: str, turnover: Turnover | None = None, *, cash: Decimal = ZERO) -> Asked:
        """One account or sleeve, with the one-way turnover of its past fills, and `cash` more (or less) than it has.

        A sleeve has no more than its account: what was bought elsewhere in it is spent. Raises UsageError where it, or an
        asset in the book, is kept in another currency than the policy, or where it holds nothing that the policy manages.
        """
        scope, policy = self._scope(name), self.outlook.policy
        account = _one(scope, policy)
        found = self._household(account.household)
        numbers = matched(policy.universe, found.instruments)
        _require_currency(found.instruments, numbers, account.currency)
        _require_own_names(policy, found.instruments, numbers)
        cash -= _spent_elsewhere(found, scope)
        book = real_book(policy, found, scope, numbers, (self.outlook.as_of, self.outlook.prices), cash=cash)
        if turnover is not None:
            book = replace(book, turnover=turnover)
        owed, remarks = self._owed(found, scope, account)
        later = self._later(scope)
        return Asked(found, scope, account, numbers, set_aside(book, owed, policy.rules), owed, remarks, later)

    def currency_of(self, account: str) -> str:
        """The base currency of an account."""
        return self._places[account].currency

    def holdings(self, account: str) -> tuple[Decimal, dict[str, Decimal]]:
        """Cash in its base currency, and units by instrument, of an account with its sleeves, as the book has them."""
        cash, units = ZERO, dict[str, Decimal]()
        with exact():
            for place in self._scope(account).places:
                cash += self._book.purses(place).get(self.currency_of(account), ZERO)
                for asset, count in self._book.holdings(place).items():
                    name = self._instruments[asset].id
                    units[name] = units.get(name, ZERO) + count
        return cash, units

    def brought(self, account: str, orders: Collection[str]) -> tuple[Decimal, dict[str, Decimal]]:
        """What an account with its sleeves has otherwise than by the fills of these orders.

        Cash in its base currency, and units of every instrument that it ever had an entry of.
        """
        code = self.currency_of(account)
        cash, held = self.holdings(account)
        with exact():
            for place in self._scope(account).places:
                for _, one in self._book.entries(place):
                    for asset, change in units_of(one):
                        name = self._instruments[asset].id
                        by_order = isinstance(one, Fill) and one.order in orders
                        held[name] = held.get(name, ZERO) - (change if by_order else ZERO)
                    if isinstance(one, Fill) and one.order in orders and (one.currency or code) == code:
                        cash -= one.amount - one.cost
        return cash, held

    @property
    def assets(self) -> Mapping[str, int]:
        """The policy's asset for each instrument of the book that is one, by the instrument's id."""
        numbers = matched(self.outlook.policy.universe, self._instruments)
        return {self._instruments[n].id: a for a, n in enumerate(numbers) if n is not None}

    def _scope(self, name: str) -> Scope:
        """What a name means; an account with its sleeves at once, anything else by looking through all."""
        one = self._places.get(name)
        if one is None or "/" in name:
            return scope_in(self._places, name)
        family = self._families[one.household]
        return Scope(name, {place: owner for place, owner in family.items() if owner.id == name}, family)

    def _household(self, household: str) -> Folded:
        """Folded as far as it has entries now: sending books fills while it goes on."""
        places = self._families[household]
        if household in self._folded and all(self._book.count(place) == len(self._entries[place]) for place in places):
            return self._folded[household]
        self._instruments = self._instruments if household not in self._folded else self._book.instruments()
        entries = {place: [entry for _, entry in self._book.entries(place)] for place in places}
        self._entries.update(entries)
        self._folded[household] = _folded(self.outlook, entries, places, self._instruments)
        return self._folded[household]

    def _later(self, scope: Scope) -> date | None:
        """The last day after that of the outlook on which one of these places traded: the book that is looked at lacks it."""
        until = plain_date(self.outlook.as_of)
        days = (one.when for place in scope.places for one in self._entries[place] if isinstance(one, Fill))
        return max((day for day in days if day > until), default=None)

    def _owed(self, found: Folded, scope: Scope, account: Account) -> tuple[Decimal, tuple[str, ...]]:
        """Tax that is due of this year and of the last one, and not paid; and what cannot be told of it."""
        policy = self.outlook.policy
        if policy.tax is None or not policy.tax.bites or account.wrapper is not Wrapper.TAXABLE:
            return ZERO, ()
        if not found.tallies:
            return ZERO, (NO_RATE,)
        entries = {place: self._entries[place] for place in scope.family}
        return owed_of(found, scope, entries, plain_date(self.outlook.as_of)), ()


def _one(scope: Scope, policy: Policy) -> Account:
    """The one account of a scope. Raises UsageError where there are several, or where its currency is not the policy's."""
    account, code = scope.one, policy.horizon.capital.currency
    if account is None:
        known = ", ".join(sorted({one.id for one in scope.places.values()}))
        raise UsageError(f"{scope.name} is a household with several accounts", remedy=f"Name one of them: {known}.")
    if account.currency != code:
        what = f"{scope.name} is kept in {account.currency}, the policy in {code}"
        raise UsageError(what, remedy="Write the policy in the currency of the account.")
    return account


def _spent_elsewhere(found: Folded, scope: Scope) -> Decimal:
    """Cash of a sleeve that its account has no more, since other places of it have spent more than they had."""
    account = scope.one
    if account is None or account.id in scope.places:
        return ZERO
    with exact():
        own = sum((found.positions[place].cash for place in scope.places), ZERO)
        whole = sum((found.positions[place].cash for place, one in scope.family.items() if one.id == account.id), ZERO)
        return max(min(own, own - whole), ZERO)


def _require_currency(instruments: Sequence[Instrument], numbers: Sequence[int | None], code: str) -> None:
    """Raises UsageError where an asset of the policy is listed in another currency: no order for it could be written."""
    for one in (instruments[number] for number in numbers if number is not None):
        if one.currency != code:
            what = f"{one.id} is listed in {one.currency}, the account is kept in {code}"
            raise UsageError(what, remedy="Give the asset another series in the policy, or list it under another name.")


def _require_own_names(policy: Policy, instruments: Sequence[Instrument], numbers: Sequence[int | None]) -> None:
    """Raises UsageError where an asset would be ordered under a name that means something else in the book."""
    futures = {one.id for one in instruments if one.contract is Contract.FUTURE}
    seen: set[str] = set()
    for asset, number in zip(policy.universe, numbers, strict=True):
        name = asset.series if number is None else instruments[number].id
        if name in futures:
            what = f"{name} is listed as a future, and {policy.name} would trade it as if it were paid in full"
            raise UsageError(what, remedy="List the future under another name, or give the asset another series.")
        if name in seen:
            what = f"two assets of {policy.name} are {name} in the book, which cannot tell whose units it holds"
            raise UsageError(what, remedy="Give each asset an instrument of its own, listed under the asset's id.")
        seen.add(name)


def _folded(
    outlook: Outlook, entries: Mapping[str, Sequence[Entry]], places: Mapping[str, Account], instruments: Sequence[Instrument]
) -> Folded:
    """Folded with its tax years; without them where a rate of exchange would be needed."""
    policy = outlook.policy
    regime = policy.tax.regime if policy.tax is not None else NoTax()
    until = plain_date(outlook.as_of)
    try:
        return folded(entries, places, instruments, regime, until=until, rate=_no_rate)
    except NoRate:
        return folded(entries, places, instruments, regime, until=until)


class NoRate(DataError):
    """A rate of exchange is needed, and nobody has given any."""


def _no_rate(code: str, on: date) -> Decimal:
    """Asked only of what is not in the currency of the household."""
    raise NoRate(f"no rate of {code} is known for {on}", remedy="Keep what is taxed in one currency.")


def names_in(book: BookStore, name: str) -> Iterator[str]:
    """The accounts that a name covers, each once: an account, a sleeve, a household; empty: all."""
    scope = scope_of(book, name)
    if name in scope.places and "/" in name:
        yield name
        return
    yield from sorted({account.id for account in scope.places.values()})
