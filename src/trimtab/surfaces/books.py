"""The book of record in Python: pandas out, exact amounts as Decimal in the columns; the same desk as the command line."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trimtab.accounting.database.store import BookStore
from trimtab.accounting.database.verify import Verdict
from trimtab.accounting.database.verify import verify as checked
from trimtab.accounting.imports.preview import Status
from trimtab.accounting.imports.reading import Hints
from trimtab.core.errors import UsageError
from trimtab.core.households import Account
from trimtab.core.taxes import LotMethod, Wrapper
from trimtab.desk.attributed_accounts import attribute_in
from trimtab.desk.books import Signature, account_of, book_address, entries_of, open_account, scope_of
from trimtab.desk.folding import base_of
from trimtab.desk.holdings import Statement, folded_scope, statement
from trimtab.desk.importing import Asked, Committed, Look, commit, look, read_file
from trimtab.desk.live import clock_of
from trimtab.desk.lot_rows import flow_rows, gain_rows, lot_rows
from trimtab.desk.practice import last_known_day, loader_of, own_book
from trimtab.desk.quoting import Quotes
from trimtab.desk.tax_law import Law
from trimtab.surfaces.attribution import Attributed, require_by, told

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Import:
    """What an import would do, or did: `committed` is None where nothing was written."""

    look: Look
    committed: Committed | None = None

    @property
    def rows(self) -> pd.DataFrame:
        """Every row of the source with its line, status, kind, entries and what is to be said of it."""
        import pandas as pd

        names = ["line", "account", "status", "kind", "date", "symbol", "entries", "said"]
        table = [
            (
                item.row.line,
                item.account,
                item.status.value,
                item.row.kind.value if item.row.kind else "",
                item.row.when,
                item.row.symbol,
                len(item.entries),
                "; ".join((*item.reasons, *item.remarks)),
            )
            for item in self.look.preview.items
        ]
        return pd.DataFrame(table, columns=names).set_index("line")

    @property
    def counts(self) -> Mapping[str, int]:
        """How many rows are ready, broken, duplicates and left out."""
        return {status.value: len(self.look.preview.of(status)) for status in Status}


@dataclass(frozen=True, slots=True)
class Book:
    """A book at an address (file or postgresql://; empty: TRIMTAB_BOOK, else book.db here): `Book("book.db").lots("A07")`.

    Every call opens and closes it. `by` is who writes; empty: the user of this machine.
    """

    address: str | Path = ""
    by: str = ""

    @classmethod
    def create(cls, address: str | Path = "", *, by: str = "") -> Book:
        """Begin a book. Raises NoBook where something stands there."""
        made = cls(address, by)
        signed = made._signature()
        BookStore.create(made._place(), recorded=signed.at, author=signed.author).close()
        return made

    @property
    def accounts(self) -> pd.DataFrame:
        """Every account by its id."""
        import pandas as pd

        with self._opened() as book:
            rows = [_plain(asdict(one)) for one in book.accounts()]
        return pd.DataFrame(rows, columns=["id", "household", "wrapper", "currency", "lots", "name"]).set_index("id")

    def open_account(
        self, name: str, household: str, *, wrapper: str = "taxable", lots: str = "fifo", currency: str = "USD"
    ) -> None:
        """Open an account. Raises DataError where it is open already, UsageError for an unknown wrapper or method."""
        try:
            one = Account(name, household, Wrapper(wrapper), currency, LotMethod(lots))
        except ValueError as error:
            if isinstance(error, UsageError) or hasattr(error, "remedy"):
                raise
            raise UsageError(str(error), remedy="See trimtab book account --help.") from None
        with self._opened() as book:
            open_account(book, one, self._signature())

    def import_file(
        self,
        file: str | Path,
        account: str | Mapping[str, str],
        *,
        format: str = "",  # noqa: A002  (the name of the option)
        columns: Mapping[str, str] | None = None,
        commit_it: bool = False,
        skip_broken: bool = False,
    ) -> Import:
        """Look at a file, and book it only with `commit_it`. `account` may map the source's names; `columns` as `--map`.

        Raises UsageError, and DataError where a commit is stopped by what cannot be booked.
        """
        hints = Hints(columns=dict(columns or {}))
        accounts = {"": account} if isinstance(account, str) else dict(account)
        with self._opened() as book:
            found = look(book, read_file(Path(file), hints, format), Asked(accounts, hints=hints))
            done = commit(book, found, self._signature(), skip_broken=skip_broken) if commit_it else None
        return Import(found, done)

    def show(self, name: str = "", *, data: str | Path | None = None, as_of: str | date | None = None) -> Statement:
        """What is held under a name; see `positions` for a table."""
        with self._opened() as book:
            scope = scope_of(book, name)
            return statement(book, scope, self._day(as_of), self._quotes(data), regime=Law().regime(base_of(scope.family)))

    def positions(self, name: str = "", *, data: str | Path | None = None, as_of: str | date | None = None) -> pd.DataFrame:
        """The lines of `show` by instrument; unknown values are missing."""
        return _table(self.show(name, data=data, as_of=as_of).lines, "instrument")

    def lots(
        self,
        account: str,
        instrument: str = "",
        *,
        data: str | Path | None = None,
        as_of: str | date | None = None,
        law: Law = Law(),
    ) -> pd.DataFrame:
        """Lots with terms, gains and what wash sales moved."""
        with self._opened() as book:
            scope = account_of(book, account)
            day = self._day(as_of)
            found = folded_scope(book, scope, law.regime(base_of(scope.family)), until=day)
            entries = entries_of(book, tuple(scope.places))
        return _table(lot_rows(found, scope, entries, day, self._quotes(data), only=instrument))

    def gains(self, account: str, year: int | None = None, *, law: Law = Law()) -> pd.DataFrame:
        """Realised gains, of a tax year or all."""
        with self._opened() as book:
            scope = account_of(book, account)
            found = folded_scope(book, scope, law.regime(base_of(scope.family)))
        return _table(gain_rows(found, scope, year))

    def flows(self, name: str = "") -> pd.DataFrame:
        """What owners brought in and took out."""
        with self._opened() as book:
            scope = scope_of(book, name)
            return _table(flow_rows(scope, entries_of(book, tuple(scope.places)), book.instruments()))

    def attribution(
        self,
        account: str,
        *,
        by: str = "signal",
        first: str | None = None,
        last: str | None = None,
        data: str | Path | None = None,
    ) -> Attributed:
        """Where an account's difference from the benchmark of the policy that it follows came from, between two dates.

        `by` signal or sleeve; `classes` of what comes back is by class. `data` is read instead of the policy's own. Raises
        UsageError where the account follows no policy or has what that does not know, DataError where there is no period.
        """
        require_by(by)
        since = None if first is None else self._day(first)
        load = loader_of(self._folder, data)
        with self._opened() as book:
            whole = attribute_in(book, account, load, by_sleeve=by == "sleeve", first=since, as_of=self._day(None))
        return told(whole, whole.attribution, (first, last))

    def verify(self, *, head: str = "") -> Verdict:
        """Whether the book, or a copy of it wherever that lies, is what its journal says: `sound`, `findings`, `remarks`."""
        with BookStore.open(self._place()) as book:
            return checked(book.session, head=head)

    @property
    def _folder(self) -> Path:
        """Where the book lies, and the clock that it lives by."""
        return Path(self._place().removeprefix("sqlite:///")).parent

    def _quotes(self, data: str | Path | None) -> Quotes:
        return Quotes.of(data, last=last_known_day(self._folder))

    def _place(self) -> str:
        return book_address(str(self.address), Path(), os.environ)

    @contextmanager
    def _opened(self) -> Iterator[BookStore]:
        with own_book(self._folder, self._place()) as book:
            yield book

    def _signature(self) -> Signature:
        return Signature(self.by or getpass.getuser(), clock_of(self._folder).now())

    def _day(self, as_of: str | date | None) -> date:
        if as_of is None:
            return self._signature().day
        try:
            return as_of if isinstance(as_of, date) else date.fromisoformat(as_of)
        except ValueError:
            raise UsageError(f"as_of {as_of!r} is not a date", remedy="Write it as 2018-11-30.") from None


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.value if isinstance(value, Enum) else value for name, value in row.items()}


def _table(rows: Any, index: str = "") -> pd.DataFrame:
    """Rows of one dataclass as a table."""
    import pandas as pd

    frame = pd.DataFrame([_plain(asdict(row)) for row in rows])
    return frame.set_index(index) if index and len(frame) else frame
