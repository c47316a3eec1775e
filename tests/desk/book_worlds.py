"""A book to ask questions of: a household with a taxable account and a sheltered one, and prices of what they hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from trimtab.accounting.database.store import BookStore
from trimtab.core.households import Account
from trimtab.core.taxes import Wrapper
from trimtab.desk.books import Signature, open_account, open_sleeve
from trimtab.desk.importing import Asked, Committed, Hints, commit, look, read_file

BY = Signature("ann", np.datetime64("2010-12-31T22:00:00", "s"))
HEADER = "date,type,symbol,units,price,amount,fee,currency"
ACTIVITY = f"""{HEADER}
2010-01-04,deposit,,,,20000,,
2010-01-05,buy,SPY,100,100.10,,1,
2010-01-06,buy,TLT,50,99.50,,1,
2010-03-01,sell,SPY,40,95,,1,
2010-03-10,buy,SPY,30,96,,1,
2010-04-01,dividend,SPY,,,45.10,,
"""


def book_in(folder: Path) -> BookStore:
    """A new book: A07 (taxable, with a sleeve) and B1 (exempt) of Mueller."""
    book = BookStore.create(folder / "book.db", recorded=BY.at, author=BY.author)
    open_account(book, Account("A07", "Mueller"), BY)
    open_account(book, Account("B1", "Mueller", Wrapper.EXEMPT), BY)
    open_sleeve(book, "A07", "core", BY)
    return book


def taken(book: BookStore, folder: Path, text: str, account: str = "A07", **more: bool) -> Committed:
    """Import a text and commit it."""
    file = folder / "import.csv"
    file.write_text(text, encoding="utf-8")
    return commit(book, look(book, read_file(file, Hints()), Asked({"": account})), BY, **more)


def priced(folder: Path, *lines: str) -> Path:
    """A folder of prices: the header and a line a session."""
    place = folder / "prices"
    place.mkdir(exist_ok=True)
    (place / "prices.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return place
