"""IBKR Flex statements taken apart: XML and delimited text give the same records, section by section.

Public descriptions: attribute names as open-source readers of the format list them. A header of the text form is the
attribute of the XML form but for capitals, punctuation and a few names; sections repeat their header, and may stand
between marks (BOF, BOA, BOS, EOS, EOA, EOF).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from trimtab.accounting.imports.delimited import records
from trimtab.accounting.imports.markup import parse
from trimtab.accounting.imports.reading import unread
from trimtab.accounting.imports.rows import Row
from trimtab.core.households import Contract


class Section(Enum):
    """The parts of a statement that are read."""

    TRADES = "Trades"
    CASH = "CashTransactions"
    POSITIONS = "OpenPositions"
    ACTIONS = "CorporateActions"
    BALANCES = "CashReport"


@dataclass(frozen=True, slots=True)
class FlexRecord:
    """One record of a section, its fields in the names of the XML form, in lower case."""

    section: Section
    line: int
    values: Mapping[str, str]


CONTRACTS = {"STK": Contract.SHARE, "FUND": Contract.FUND, "BOND": Contract.BOND, "BILL": Contract.BOND, "FUT": Contract.FUTURE}
_TAGS = {
    "Trade": Section.TRADES,
    "CashTransaction": Section.CASH,
    "OpenPosition": Section.POSITIONS,
    "CorporateAction": Section.ACTIONS,
    "CashReportCurrency": Section.BALANCES,
}
_NAMES = {
    "clientaccountid": "accountid",
    "currencyprimary": "currency",
    "assetclass": "assetcategory",
    "notescodes": "notes",
    "tradedatetime": "datetime",
}
_MARKS = frozenset({"BOF", "BOA", "BOS", "EOS", "EOA", "EOF", "MSG"})
_SECTIONS = (  # by fields that only that section has
    (Section.TRADES, {"tradeprice", "buysell"}),
    (Section.POSITIONS, {"markprice", "costbasismoney"}),
    (Section.ACTIONS, {"quantity", "proceeds", "type"}),
    (Section.CASH, {"amount", "type", "description"}),
    (Section.BALANCES, {"endingcash", "currency"}),
)


def is_markup(text: str) -> bool:
    """Whether the text is the XML form."""
    return re.search(r"<FlexQueryResponse[\s>]", text[:20_000]) is not None


def is_delimited(text: str) -> bool:
    """Whether the text is the delimited form: the header of an account, alone or behind marks."""
    head = text[:20_000].lstrip("\ufeff \t\r\n")
    return re.match(r'(?:"?(?:BOF|BOA|BOS|MSG)"?,[^\r\n]*[\r\n]|\s)*"?ClientAccountID"?,', head) is not None


def of_markup(text: str) -> Iterator[FlexRecord | Row]:
    """The records of the XML form; what is broken comes last, as a row with a problem."""
    root, fault = parse(text)
    for element in root.walk():
        if section := _TAGS.get(element.tag):
            yield FlexRecord(section, element.line, {_plain(name): value for name, value in element.attributes.items()})
    if fault:
        place = re.match(r"line (\d+)", fault)
        yield unread(int(place[1]) if place else 1, fault, fatal=True)


def of_delimited(text: str) -> Iterator[FlexRecord | Row]:
    """The records of the delimited form. A section that is not read is said once, at its header."""
    headers: list[str] = []
    section: Section | None = None
    closed, marks = True, False
    line = 1
    for record in records(text, ","):
        line, first = record.line, record.cells[0].strip() if record.cells else ""
        if record.problem:
            yield unread(line, record.problem, ",".join(record.cells))
        elif first in _MARKS:
            marks, closed = True, first == "EOF"
        elif first == "ClientAccountID":
            headers = [_plain(cell) for cell in record.cells]
            section = next((one for one, needed in _SECTIONS if needed <= set(headers)), None)
            if section is None:
                yield unread(line, "a section that is not read: its lines are left out", ",".join(record.cells))
        elif section is not None and len(record.cells) != len(headers):
            yield unread(line, f"{len(record.cells)} cells where the header has {len(headers)}", ",".join(record.cells))
        elif section is not None:
            yield FlexRecord(section, line, dict(zip(headers, record.cells, strict=True)))
    if marks and not closed:
        yield unread(line, "the mark of the end (EOF) is missing: is the text cut off?", fatal=True)


def _plain(name: str) -> str:
    bare = re.sub(r"[^a-z0-9]", "", name.lower())
    return _NAMES.get(bare, bare)
