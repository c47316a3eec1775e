"""What the verbs of the book make of their options: which book, who writes, which prices, which law; how they print money."""

from __future__ import annotations

import getpass
import os
from argparse import Namespace
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import UsageError
from trimtab.desk.books import Signature, book_address
from trimtab.desk.live import clock_of
from trimtab.desk.practice import last_known_day, own_book
from trimtab.desk.quoting import Quotes
from trimtab.desk.tax_law import Law
from trimtab.desk.yaml12 import parse
from trimtab.surfaces.cli.options import as_of

SHOWN = 20  # rows of problems on the screen


def address(options: Namespace) -> str:
    """The book's address: `--book`, else TRIMTAB_BOOK, else book.db in the workspace."""
    return book_address(options.book, Path(options.workspace), os.environ)


def opened(options: Namespace) -> BookStore:
    """The book. Raises NoBook, Damaged, Outdated or TooNew, each with what to do; UsageError where its clock is another."""
    return own_book(options.workspace, address(options))


def signature(options: Namespace) -> Signature:
    """Who writes and when: `--by`, else the user of this machine."""
    return Signature(options.by or getpass.getuser(), clock_of(options.workspace).now())


def when(options: Namespace) -> date:
    """The date that is looked at: `--as-of`, else today (UTC)."""
    return as_of(options) or Signature("", clock_of(options.workspace).now()).day


def pairs(entries: Iterable[str], option: str, example: str, *, empty: bool = False) -> dict[str, str]:
    """`KEY=VALUE` pairs of an option, `KEY=` where a value may be `empty`. Raises UsageError for anything else."""
    found = {}
    for entry in entries:
        key, sign, value = entry.partition("=")
        if not (sign and key.strip() and (value.strip() or empty)):
            raise UsageError(f"{option} {entry} is no pair", remedy=f"Write for example {option} {example}.")
        if key.strip() in found:
            raise UsageError(f"{option} names {key.strip()} twice", remedy="Give one value for each.")
        found[key.strip()] = value.strip()
    return found


def quotes(options: Namespace) -> Quotes:
    """Prices and rates of `--data`, or none; on a practice desk up to its clock."""
    named = pairs(options.series, "--series", "VTI=us_equity")
    return Quotes.of(options.data, named, last_known_day(options.workspace))


def law(options: Namespace) -> Law:
    """The tax law of `--regime`, `--rates` and `--set`."""
    settings = pairs(options.set, "--set", "short=0.408")
    plain = {key: parse(f"- {value}", f"--set {key}={value}").values[0] for key, value in settings.items()}
    return Law(options.regime, options.rates, plain)


def plain(value: Any) -> Any:
    """A value of ours as JSON takes it: amounts as exact text, dates in ISO form, words as themselves."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def money(amount: Decimal | None, width: int = 0) -> str:
    """An amount with its cents, thousands apart; a dash where it is not known, and no minus before a zero."""
    return f"{'-' if amount is None else f'{amount:z,.2f}':>{width}}"


def count(units: Decimal | None, width: int = 0) -> str:
    """Units without idle zeros."""
    return f"{'-' if units is None else f'{units.normalize():z,f}':>{width}}"


def part(fraction: Decimal | None, width: int = 0) -> str:
    """A fraction in percent."""
    return f"{'-' if fraction is None else f'{fraction * 100:z.1f} %':>{width}}"
