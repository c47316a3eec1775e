"""The generic blotter: a header of facts in lines that begin with `#`, then a line an order, in fixed columns.

Numbers have a point and no thousands separator, `qty` is above zero and `side` says which way, times are ISO with their
zone. A line of the header is no table: what could open a cell of its own in a spreadsheet is written as `%2C`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from trimtab.core.errors import DataError
from trimtab.core.formulas import SIGNS, taken_off
from trimtab.core.orders import Standing
from trimtab.execution.exports.fields import FIELDS, cell_text, table_rows, table_text
from trimtab.execution.exports.sheet import Facts, Sheet

TITLE = "# trimtab blotter 1"
COLUMNS = tuple(FIELDS)
_NUMBERS = frozenset(
    {"qty", "notional", "limit", "filled_qty", "avg_px", "arrival_px", "est_cost_bps", "realised_cost_bps", "tax_effect"}
)
_LABELS = {
    "date": "date", "run": "run", "accounts": "accounts", "funding": "funding", "rounding": "rounding", "scaling": "scaling",
    "policy": "policy SHA-256", "journal": "journal head",
}  # fmt: skip
_OPENS = re.compile(rf"[,;|](?=\s*[{''.join(map(re.escape, SIGNS))}\"'%])|\"|%(?=[0-9A-F]{{2}})")
_CODED = re.compile(r"(?:%[0-9A-F]{2})+")


@dataclass(frozen=True, slots=True)
class Blotter:
    """A blotter as it was read: its facts, and a mapping by column for every order, text as it was before neutralising."""

    facts: Facts
    rows: tuple[Mapping[str, str], ...]


def blotter(standings: Sequence[Standing], sheet: Sheet) -> str:
    """The text of a blotter. Orders come in the order given; blocks and their members may both be among them."""
    head = "".join(f"{line}\r\n" for line in (TITLE, *_header(sheet.facts)))
    rows = ([cell_text(tell(one, sheet)) for tell in FIELDS.values()] for one in standings)
    return head + table_text([COLUMNS, *rows])


def read_blotter(text: str) -> Blotter:
    """What `blotter` wrote. Raises DataError with a sentence where it is none, or was cut."""
    said, body = split_header(text)
    facts = {one.name: said.get(_LABELS[one.name], "") for one in fields(Facts)}
    names = tuple(_shown(one) for one in facts["accounts"].split(", ") if one)
    plain = {name: _shown(value) for name, value in facts.items() if name != "accounts"}
    try:
        header, *rows = table_rows(body)
    except (csv.Error, ValueError) as fault:
        raise DataError(f"the blotter cannot be read ({fault})", remedy="Export it again.") from fault
    if tuple(header) != COLUMNS or any(len(row) != len(COLUMNS) for row in rows):
        raise DataError("the columns are not those of a blotter", remedy="Export it again.")
    return Blotter(Facts(accounts=names, **plain), tuple(_row(row) for row in rows))


def split_header(text: str) -> tuple[dict[str, str], str]:
    """The facts in front by their label, still coded, and the table below."""
    said: dict[str, str] = {}
    rest = text.removeprefix("\ufeff")
    while rest.startswith("#"):
        line, _, rest = rest.partition("\n")
        label, _, value = line.removeprefix("#").strip("\r").partition(":")
        said[label.strip()] = value.removeprefix(" ")
    return said, rest


def _row(cells: Sequence[str]) -> dict[str, str]:
    pairs = zip(COLUMNS, cells, strict=True)
    return {name: cell if name in _NUMBERS else taken_off(cell) for name, cell in pairs}


def _header(facts: Facts) -> list[str]:
    told = {name: getattr(facts, name) for name in _LABELS}
    told["accounts"] = ", ".join(_listed(one) for one in facts.accounts)
    return [f"# {_LABELS[name]}: {value if name == 'accounts' else _coded(value)}" for name, value in told.items()]


def _coded(text: str) -> str:
    """Text on one line that opens no cell of its own."""
    safe = _OPENS.sub(lambda match: _code(match[0]), text)
    return "".join(letter if letter.isprintable() else _code(letter) for letter in safe)


def _listed(name: str) -> str:
    """A name of a list: it ends at the next comma, and may not begin as a formula."""
    coded = _coded(name).replace(",", "%2C")
    first = coded.lstrip()[:1]
    return coded.replace(first, _code(first), 1) if first and first in "".join(SIGNS) + "'" else coded


def _code(letters: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letters.encode("utf-8", "surrogatepass"))


def _shown(text: str) -> str:
    """What `_coded` was given."""
    return _CODED.sub(lambda match: bytes.fromhex(match[0].replace("%", "")).decode("utf-8", "replace"), text)
