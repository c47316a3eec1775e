"""`attribute ACCOUNT`: which account is meant, and what its screen says at the top."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

from trimtab.accounting.database.refusals import NoBook
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import TrimtabError, UsageError
from trimtab.desk import gallery
from trimtab.desk.account_attribution import AccountAttribution
from trimtab.desk.attributed_accounts import attribute_in
from trimtab.desk.attribution_review import BENCHMARK_WORDS
from trimtab.desk.books import all_places
from trimtab.surfaces.cli.book_options import opened
from trimtab.surfaces.cli.markets import loader
from trimtab.surfaces.cli.options import as_of, workspace

WAYS = "The account's own entries; time-weighted, money that came or went counts at the end of its day; taxes are those paid"


def account_asked(options: Namespace, first: date | None) -> AccountAttribution | None:
    """The account, or sleeve, of the book that TARGET names, attributed from `first` on; None where it names none."""
    book = _book(options)
    if book is None:
        return None
    with book:
        if options.target not in all_places(book):
            return None
        if options.by == "factor":
            remedy = "Give its returns as a file: trimtab report returns.csv; or attribute it by signal, sleeve or class."
            raise UsageError(f"{options.target} is an account, and factors explain runs", remedy=remedy)

        by_sleeve = options.by == "sleeve"
        return attribute_in(book, options.target, loader(options), by_sleeve=by_sleeve, first=first, as_of=as_of(options))


def _book(options: Namespace) -> BookStore | None:
    """The book, where there is one. One that cannot be read stands in nobody's way who asks for something else."""
    try:
        return opened(options)
    except TrimtabError as error:
        if options.book or not (isinstance(error, NoBook) or _known_otherwise(options)):
            raise
        return None


def _known_otherwise(options: Namespace) -> bool:
    asked = options.target
    with suppress(OSError):
        if asked in gallery.names() or Path(asked).is_file():
            return True
    return asked.isalnum() and any((workspace(options).folder / "runs").glob(f"{asked}*"))


def account_head(told: AccountAttribution) -> str:
    """Whose attribution it is, to what."""
    return f"account {told.name}, follows {told.policy.title}"


def account_assumptions(told: AccountAttribution) -> Iterator[str]:
    """What the numbers rest on."""
    yield f"{WAYS}. Benchmark: {BENCHMARK_WORDS}."
    for note in told.notes:
        yield f"! {note}"
