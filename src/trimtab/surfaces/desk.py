"""The month, the status and the practice desk in Python, pandas out; the same desk as the command line."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import UsageError
from trimtab.core.money import Money
from trimtab.data.store.instants import instant
from trimtab.desk.account_why import AccountWhy, account_why
from trimtab.desk.books import Signature, book_address
from trimtab.desk.circumstances import text_of_instant
from trimtab.desk.exporting import Form
from trimtab.desk.following import named_policy
from trimtab.desk.judging import Judge
from trimtab.desk.live import clock_of
from trimtab.desk.month import Walk, month
from trimtab.desk.month_steps import Setting
from trimtab.desk.policy import Policy
from trimtab.desk.practice import Desk as Begun
from trimtab.desk.practice import begin, first_instant, loader_of, move, own_book, require_practice
from trimtab.desk.practice_steps import coming
from trimtab.desk.prepare import load_market, source_in
from trimtab.desk.reviewing import wanted
from trimtab.desk.status import status
from trimtab.surfaces.month_page import write_pages

if TYPE_CHECKING:
    import pandas as pd

STEPS = ["account", "policy", "month", "step", "sign", "said", "command", "exit_code"]
ITEMS = ["account", "what", "command", "exit_code"]


@dataclass(frozen=True, slots=True)
class Desk:
    """A workspace with its book: `Desk("practice").status()`, `Desk("practice").month(account="ME")`.

    Every call opens and closes the book, at `address` (by default TRIMTAB_BOOK, else `book.db` in the workspace). `data` is a
    folder of prices, or a market store, in place of the data of the policies.
    """

    workspace: str | Path = "."
    by: str = ""
    address: str | Path = ""
    data: str | Path | None = None

    def month(self, *, account: str = "", household: str = "", export: str = "") -> pd.DataFrame:
        """Walk one account, those of a household, or all through their month, as far as it goes today. A row a step.

        Orders go to the paper broker, or with `export` into a file of that form. `attrs`: `exit_code`, `reports` (places of
        pages that were written) and `skipped`. Nothing is ever approved here: a person does, see `Orders.approve`.
        """
        import pandas as pd

        with self._opened() as orders:
            setting = self._setting(orders, export)
            found = month(setting, wanted(orders.store, _one(account, household), None, self._prepared))
            pages = write_pages(setting, found)
        frame = pd.DataFrame([row for walk in found.walks for row in _rows(walk)], columns=STEPS)
        reports = [str(page) for some in pages.values() for page in some]
        frame.attrs = {"exit_code": found.exit_code, "reports": reports, "skipped": [one._asdict() for one in found.skipped]}
        return frame

    def status(self, *, account: str = "", household: str = "") -> pd.DataFrame:
        """What waits for somebody, the most urgent first, then what is to be known. `attrs`: `act` and `exit_code`."""
        import pandas as pd

        with self._opened() as orders:
            found = status(self._setting(orders), wanted(orders.store, _one(account, household), None, self._prepared))
        frame = pd.DataFrame([(one.account, one.what, one.command, one.code) for one in found.items], columns=ITEMS)
        frame.attrs = {"act": bool(found.exit_code), "exit_code": found.exit_code}
        return frame

    def why(self, asset: str, account: str, *, as_of: date | None = None) -> AccountWhy:
        """Why an account holds so many units of an asset, from what the model said down to its lots."""
        with self._opened() as orders:
            return account_why(orders, self._judge(orders), account, asset, as_of)

    def practise(self, policy: str | Path, account: str, at: str | date, *, cash: str = "100000 USD") -> str:
        """Begin a practice desk in an empty workspace; `at` is its first date, or an instant. Returns its clock."""
        day = str(at)
        dated = len(day) == len("2018-01-31")
        when = first_instant(named_policy(str(policy)), _date(day)) if dated else _instant(day)
        begin(Path(self.workspace), self._place(), Begun(account, Money.parse(cash), str(policy), when), self._author())
        return text_of_instant(when)

    def tick(self, to: str = "") -> str:
        """Move the clock of a practice desk on: to an instant with its zone, or to when something can happen next."""
        with self._opened() as orders:
            now = require_practice(orders.store)
            at = _instant(to) if to else coming(orders, self._judge(orders), load_market, now).at
            return text_of_instant(move(Path(self.workspace), orders.store, at, self._signature()))

    def _setting(self, orders: OrderBook, export: str = "") -> Setting:
        place, form = Path(self.workspace), Form(export) if export else None
        told = (loader_of(place), self._signature(), f"{socket.gethostname()}:{os.getpid()}")
        return Setting(orders, self._judge(orders), clock_of(place), place, *told, form=form, prepare=self._prepared)

    def _judge(self, orders: OrderBook) -> Judge:
        return Judge(orders, loader_of(self.workspace), self._signature(), self._prepared)

    def _prepared(self, policy: Policy) -> Policy:
        return policy if self.data is None else replace(policy, data=source_in(self.data))

    @contextmanager
    def _opened(self) -> Iterator[OrderBook]:
        with own_book(self.workspace, self._place()) as book:
            yield OrderBook(book, clock_of(self.workspace), self._author())

    def _place(self) -> str:
        return book_address(str(self.address), Path(self.workspace), os.environ)

    def _author(self) -> str:
        return self.by or getpass.getuser()

    def _signature(self) -> Signature:
        return Signature(self._author(), clock_of(self.workspace).now())


def _one(account: str, household: str) -> str:
    if account and household:
        raise UsageError("both an account and a household are given", remedy="Give one of them, or none for all.")
    return account or household


def _date(text: str) -> np.datetime64:
    try:
        return np.datetime64(date.fromisoformat(text), "D")
    except ValueError:
        raise UsageError(f"{text!r} is not a date", remedy="Write it as 2018-01-31.") from None


def _instant(text: str) -> np.datetime64:
    try:
        return instant(text)
    except ValueError:
        raise UsageError(f"{text!r} is not an instant with a zone", remedy="Write it as 2018-01-31T23:00:00Z.") from None


def _rows(walk: Walk) -> list[tuple[str, str, str, str, str, str, str, int]]:
    return [(walk.name, walk.policy, walk.month, s.name, s.sign, s.said, s.command, s.code) for s in walk.steps]
