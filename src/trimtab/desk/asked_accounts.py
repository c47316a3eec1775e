"""The accounts that a rebalance is asked for, each with its household folded under the law of the policy.

A household is folded once for all its accounts. Tax that an account owes is set aside from what it may invest: that of its
own gains and income, less what was paid, of this tax year and the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from trimtab.accounting.database.store import BookStore
from trimtab.accounting.taxes.none import NoTax
from trimtab.core.calendar import plain_date
from trimtab.core.entries import Entry, Tax
from trimtab.core.errors import DataError, UsageError
from trimtab.core.households import Account, Instrument
from trimtab.core.money import ZERO, exact
from trimtab.core.taxes import Wrapper
from trimtab.core.trades import Turnover
from trimtab.desk.books import Scope, all_places, scope_in, scope_of
from trimtab.desk.folding import Folded, folded
from trimtab.desk.outlook import Outlook
from trimtab.desk.policy import Policy
from trimtab.desk.real_book import matched, real_book
from trimtab.desk.rebalancing import Asked
from trimtab.desk.taxing import set_aside


class Accounts:
    """The accounts of a book, under one outlook: households are read and folded when the first account of them is asked for."""

    __slots__ = ("_book", "_entries", "_folded", "_instruments", "_places", "outlook")

    def __init__(self, outlook: Outlook, book: BookStore) -> None:
        self.outlook, self._book = outlook, book
        self._places = all_places(book)
        self._instruments = book.instruments()
        self._folded: dict[str, Folded] = {}
        self._entries: dict[str, Sequence[Entry]] = {}

    def asked(self, name: str, turnover: Turnover | None = None, *, cash: Decimal = ZERO) -> Asked:
        """One account or sleeve, with the one-way turnover of its past fills, and `cash` more (or less) than it has.

        Raises UsageError where it is kept in another currency than the policy, or holds nothing that it manages.
        """
        scope = scope_in(self._places, name)
        account, policy = scope.one, self.outlook.policy
        if account is None or account.currency != policy.horizon.capital.currency:
            what = f"{name} is kept in {scope.currency}, the policy in {policy.horizon.capital.currency}"
            raise UsageError(what, remedy="Write the policy in the currency of the account.")
        found = self._household(account.household)
        numbers = matched(policy.universe, found.instruments)
        book = real_book(policy, found, scope, numbers, (self.outlook.as_of, self.outlook.prices), cash=cash)
        if turnover is not None:
            book = replace(book, turnover=turnover)
        owed = self._owed(policy, found, scope, account)
        return Asked(found, scope, account, numbers, set_aside(book, owed, policy.rules), owed)

    def currency_of(self, account: str) -> str:
        """The base currency of an account."""
        return self._places[account].currency

    def holdings(self, account: str) -> tuple[Decimal, dict[str, Decimal]]:
        """Cash in its base currency, and units by instrument, of an account with its sleeves, as the book has them."""
        cash, units = ZERO, dict[str, Decimal]()
        with exact():
            for place in scope_in(self._places, account).places:
                cash += self._book.purses(place).get(self.currency_of(account), ZERO)
                for asset, count in self._book.holdings(place).items():
                    name = self._instruments[asset].id
                    units[name] = units.get(name, ZERO) + count
        return cash, units

    @property
    def assets(self) -> Mapping[str, int]:
        """The policy's asset for each instrument of the book that is one, by the instrument's id."""
        numbers = matched(self.outlook.policy.universe, self._instruments)
        return {self._instruments[n].id: a for a, n in enumerate(numbers) if n is not None}

    def _household(self, household: str) -> Folded:
        if household not in self._folded:
            places = {place: one for place, one in self._places.items() if one.household == household}
            entries = {place: [entry for _, entry in self._book.entries(place)] for place in places}
            self._entries.update(entries)
            self._folded[household] = _folded(self.outlook, entries, places, self._instruments)
        return self._folded[household]

    def _owed(self, policy: Policy, found: Folded, scope: Scope, account: Account) -> Decimal:
        """Tax that is due of this year and of the last one, and not paid."""
        if policy.tax is None or not policy.tax.bites or account.wrapper is not Wrapper.TAXABLE:
            return ZERO
        on = plain_date(self.outlook.as_of)
        year = policy.tax.regime.year(on)
        owed = ZERO
        with exact():
            for place in scope.places:
                tally = found.tallies.get(place)
                for one in (year - 1, year) if tally is not None else ():
                    due = tally.assessment(one).tax if tally is not None and tally.years else ZERO
                    owed += max(due - _paid(self._entries[place], one, on), ZERO)
        return owed


def _folded(
    outlook: Outlook, entries: Mapping[str, Sequence[Entry]], places: Mapping[str, Account], instruments: Sequence[Instrument]
) -> Folded:
    policy = outlook.policy
    regime = policy.tax.regime if policy.tax is not None else NoTax()
    base = policy.horizon.capital.currency

    def rate(code: str, on: date) -> Decimal:
        if code == base:
            return Decimal(1)
        raise DataError(f"no rate of {code} in {base} is known for {on}", remedy="Keep what is taxed in one currency.")

    until = plain_date(outlook.as_of)
    try:
        return folded(entries, places, instruments, regime, until=until, rate=rate)
    except DataError as error:
        if "no rate of" not in error.what:
            raise
        return folded(entries, places, instruments, regime, until=until)


def _paid(entries: Sequence[Entry], year: int, until: date) -> Decimal:
    return sum((one.amount for one in entries if isinstance(one, Tax) and one.year == year and one.when <= until), ZERO)


def names_in(book: BookStore, name: str) -> Iterator[str]:
    """The accounts that a name covers, each once: an account, a sleeve, a household; empty: all."""
    scope = scope_of(book, name)
    if name in scope.places and "/" in name:
        yield name
        return
    yield from sorted({account.id for account in scope.places.values()})
