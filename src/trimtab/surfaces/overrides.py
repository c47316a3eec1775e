"""Overrides in Python: written, ended and listed with what they cost, pandas out; the same desk as the command line."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import InvariantError, UsageError
from trimtab.core.money import decimal_of
from trimtab.data.market import Market
from trimtab.desk.books import Signature, account_of, book_address
from trimtab.desk.following import followed_by
from trimtab.desk.interventions import interventions_of
from trimtab.desk.ladder import Shadow
from trimtab.desk.live import clock_of
from trimtab.desk.override_costs import Cost, costs_in
from trimtab.desk.overriding import Kept, Wish, end, kept_overrides, override
from trimtab.desk.policy import Policy
from trimtab.desk.practice import loader_of, own_book
from trimtab.desk.shadow import shadow_in

if TYPE_CHECKING:
    import pandas as pd

Day = str | date
Weight = Decimal | float | str
OVER = ("ended", "taken back")
COLUMNS = (
    *("id", "account", "by", "recorded", "begins", "ends", "shifts", "holds", "size", "why", "state", "ended_by", "ended_why"),
    *("gain", "money", "untold"),
)
HANDS = ("order", "account", "instrument", "what", "by", "recorded", "why", "units", "size", "record")


@dataclass(frozen=True, slots=True)
class Overrides:
    """What people change of accounts' trades: `Overrides("book.db", by="ann").list()`.

    `workspace` is where a book lies that is not named, `data` a folder of prices in place of those of the policies. Every
    call opens and closes the book.
    """

    book: str | Path = ""
    by: str = ""
    workspace: str | Path = "."
    data: str | Path | None = None

    def add(
        self,
        account: str,
        shifts: Mapping[str, Weight] | None = None,
        *,
        until: Day,
        reason: str,
        holds: Sequence[str] = (),
        begins: Day | None = None,
    ) -> str:
        """Write one down for an account under the policy that it follows, and return its id.

        `shifts` are weights added to targets by asset, `holds` assets that are not traded. Raises UsageError beyond the bounds
        of the policy, for an unknown asset or a day that is past, and where it changes nothing.
        """
        weights = {name: _weight(value, name) for name, value in (shifts or {}).items()}
        first = None if begins is None else _day(begins, "begins")
        wish = Wish(_day(until, "until"), reason, weights, tuple(holds), first)
        with self._opened() as orders:
            place = account_of(orders.store, account).name
            return override(orders.store, place, followed_by(orders.store, place), wish, self._signature()).id

    def end(self, name: str, *, reason: str) -> None:
        """End one early. Raises UsageError for an unknown one, one that is over, or without a reason."""
        with self._opened() as orders:
            end(orders.store, name, reason, self._signature())

    def list(self, account: str = "", *, finished: bool = False) -> pd.DataFrame:
        """Overrides by id, of one account or of all; by default those that are not over.

        `gain` is what one brought by now as a fraction of the account's value (below zero: it cost), `money` in its currency,
        `untold` why that is not known. `size` is None for a hold that no proposal had yet.
        """
        import pandas as pd

        by = self._signature()
        with self._opened() as orders:
            place = account_of(orders.store, account).name if account else None
            every = kept_overrides(orders.store, place)
            kept = [one for one in every if finished or one.state(by.day) not in OVER]
            places = dict.fromkeys(one.written.account for one in kept)
            costs = {name: cost for one in places for name, cost in costs_in(orders.store, one, self._load, by.day).items()}
        rows = [_row(one, by.day, costs.get(one.written.id, Cost())) for one in kept]
        return pd.DataFrame(rows, columns=list(COLUMNS)).set_index("id")

    def shadow(self, account: str) -> Shadow:
        """The model as specified beside an account up to today: what it made, what each override brought, and the rest.

        Raises UsageError where the account follows no policy, DataError where no day has passed since its first decision.
        """
        by = self._signature()
        with self._opened() as orders:
            return shadow_in(orders.store, account_of(orders.store, account).name, self._load, as_of=by.day)

    def interventions(self, account: str = "") -> pd.DataFrame:
        """Orders that people added, edited, put aside or declined, by the number of their record in the journal."""
        import pandas as pd

        with self._opened() as orders:
            found = interventions_of(orders, account_of(orders.store, account).name if account else "")
        rows = [
            (one.order, one.place, one.instrument, one.what, one.by, one.recorded, one.why, one.units, one.size, one.record)
            for one in found
        ]
        return pd.DataFrame(rows, columns=list(HANDS)).set_index("record")

    def _load(self, policy: Policy) -> Market:
        return loader_of(self.workspace, self.data)(policy)

    @contextmanager
    def _opened(self) -> Iterator[OrderBook]:
        place = book_address(str(self.book), Path(self.workspace), os.environ)
        with own_book(self.workspace, place) as store:
            yield OrderBook(store, clock_of(self.workspace), self._signature().author)

    def _signature(self) -> Signature:
        return Signature(self.by or getpass.getuser(), clock_of(self.workspace).now())


def _row(one: Kept, today: date, cost: Cost) -> tuple[object, ...]:
    made, ending = one.override, one.ending
    over = ("", "") if ending is None else (ending.by, ending.why)
    said = (made.id, made.account, made.by, made.recorded, made.begins, made.ends, dict(made.shifts), made.holds, one.size)
    return (*said, made.why, one.state(today), *over, cost.gain, cost.money, cost.why)


def _weight(value: Weight, name: str) -> Decimal:
    """A weight. Raises UsageError for what is none, or is beyond 1."""
    try:
        found = decimal_of(value) if isinstance(value, float) else Decimal(value)
    except (ArithmeticError, InvariantError, TypeError):
        found = Decimal("NaN")
    if not (found.is_finite() and abs(found) <= 1):
        raise UsageError(f"{value!r} is no weight of {name}", remedy="Weights are fractions: 0.03 is 3 %.")
    return found


def _day(text: Day, name: str) -> date:
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{name} {text!r} is not a date", remedy="Write it as 2011-03-31.") from None
