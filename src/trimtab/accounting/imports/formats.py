"""All formats by name, and which one a text is. At most one claims a text; the generic table takes what no other knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from trimtab.accounting.imports import generic, ghostfolio, ibkr_flex, ofx, own, portfolio_performance, pyfolio, schwab
from trimtab.accounting.imports.encodings import LARGEST, decode
from trimtab.accounting.imports.reading import NO_HINTS, Hints, unread
from trimtab.accounting.imports.rows import Row
from trimtab.core.errors import DataError, UsageError
from trimtab.core.money import exact


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: its name on the command line, what it is in words, whether a text is one, and its rows."""

    name: str
    words: str
    reads: Callable[[str], bool]
    rows: Callable[[str, Hints], tuple[Row, ...]]


SPECIAL = (
    Format("trimtab", "our own export", own.reads, own.rows),
    Format("ofx", "OFX or QFX investment statement", ofx.reads, ofx.rows),
    Format("ibkr-flex", "IBKR Flex statement, XML or CSV", ibkr_flex.reads, ibkr_flex.rows),
    Format("ghostfolio", "Ghostfolio activities, JSON or CSV", ghostfolio.reads, ghostfolio.rows),
    Format(
        "portfolio-performance", "Portfolio Performance transactions", portfolio_performance.reads, portfolio_performance.rows
    ),
    Format("schwab", "Schwab positions", schwab.reads, schwab.rows),
    Format("pyfolio", "pyfolio transactions", pyfolio.reads, pyfolio.rows),
)


def _any_other(text: str) -> bool:
    return generic.reads(text) and not any(one.reads(text) for one in SPECIAL)


GENERIC = Format("csv", "any table with headers", _any_other, generic.rows)
FORMATS = (*SPECIAL, GENERIC)


def detect(text: str) -> Format | None:
    """The format of a text; None where none is known. Raises DataError where two claim it, which no sample does."""
    found = [one for one in SPECIAL if one.reads(text)]
    if len(found) > 1:
        names = " or ".join(one.name for one in found)
        raise DataError(f"the file could be {names}", remedy="Name its format.")
    return found[0] if found else GENERIC if GENERIC.reads(text) else None


def named(name: str) -> Format:
    """The format of a name. Raises UsageError for another one."""
    for one in FORMATS:
        if one.name == name:
            return one
    raise UsageError(f"there is no format {name!r}", remedy=f"One of: {', '.join(one.name for one in FORMATS)}.")


def read(data: bytes | str, hints: Hints = NO_HINTS, form: Format | None = None) -> tuple[Row, ...]:
    """The rows of a file, of the format given or detected; what cannot be read is a row with a problem."""
    if len(data) > LARGEST:
        return (unread(1, f"the file is larger than {LARGEST} bytes"),)
    text = decode(data) if isinstance(data, bytes) else data
    chosen = form or detect(text) or GENERIC
    with exact():
        return chosen.rows(text, hints)
