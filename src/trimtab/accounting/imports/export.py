"""Our own table of a place: every entry with every field, and the instruments they name. It can be imported again.

The first column says what a line is: `Instrument`, or the name of an entry. The numbers of the entries are in the file,
because cancellations and lots refer to them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from trimtab.accounting.imports import entry_cells
from trimtab.accounting.imports.entry_cells import ASSETS, FIELDS
from trimtab.core.entries import Entry
from trimtab.core.formulas import neutral
from trimtab.core.households import Instrument

INSTRUMENT = "Instrument"
HEADERS = ("entry", "number", "account", *FIELDS, "isin", "contract", "multiplier", "name", "alike")


def export(place: str, entries: Sequence[Entry], instruments: Sequence[Instrument]) -> str:
    """The text of a place: its entries in the order of posting, each asset by the id of its instrument."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, HEADERS, restval="", lineterminator="\r\n")
    writer.writeheader()
    used = {getattr(entry, name) for entry in entries for name in ASSETS if hasattr(entry, name)}
    for number in sorted(used):
        writer.writerow(_instrument(instruments[number]))
    for number, entry in enumerate(entries):
        told = entry_cells.cells(entry, lambda asset: instruments[asset].id)
        writer.writerow({"entry": type(entry).__name__, "number": str(number), "account": neutral(place)} | told)
    return text.getvalue()


def _instrument(one: Instrument) -> dict[str, str]:
    texts = {"asset": one.id, "currency": one.currency, "isin": one.isin, "name": one.name, "alike": one.alike}
    told = {name: neutral(text) for name, text in texts.items()}
    return {"entry": INSTRUMENT, "contract": one.contract.value, "multiplier": str(one.multiplier)} | told
