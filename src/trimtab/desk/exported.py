"""Exports that broke off: orders that were to leave in a file, and of which the book does not know whether they did.

Where the file was to stand is in the journal before anything leaves, so that whoever comes after the death of an exporter
asks the disk there (execution/brokers/file.py). It answers at once: what is in no file that ever stood is proved unsent.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from trimtab.accounting.database.events import Note
from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.refusals import Busy
from trimtab.core.orders import Standing, Status
from trimtab.core.venues import NoAnswer
from trimtab.desk.grouping import accounts_of
from trimtab.execution.brokers.file import FileVenue

KIND = "export"
UNSENT = "its export broke off, and it is in no file: proved unsent"
_VENUE = "file"
_DOUBTFUL = frozenset({Status.INTENT, Status.UNKNOWN})


def begin(orders: OrderBook, venue: FileVenue, names: Sequence[str]) -> None:
    """Note where a file of these orders is to stand; the place is made first. Raises NotSent where it cannot be."""
    venue.ready()
    orders.note(Note(KIND, {"orders": list(names), "folder": str(venue.folder.resolve())}))


def settle_exports(orders: OrderBook) -> tuple[Standing, ...]:
    """Settle what exporters that died left behind; how those orders stand then.

    Left alone: what another process is exporting, and what the folder of the export does not answer for.
    """
    lost = [one for one in orders.standings("", _DOUBTFUL) if one.venue == _VENUE and not one.ticket.block]
    if not lost:
        return ()
    folders = {order: Path(said.body["folder"]) for said in notes(orders.store, KIND) for order in said.body["orders"]}
    found = []
    for one in lost:
        with suppress(Busy, NoAnswer), ExitStack() as held:
            for account in sorted(accounts_of(orders, one)):
                held.enter_context(orders.sender(account))
            found.append(_settled(orders, orders.standing(one.id), folders.get(one.id)))
    return tuple(found)


def _settled(orders: OrderBook, one: Standing, folder: Path | None) -> Standing:
    """An order whose accounts are locked: nobody is exporting it. Raises NoAnswer."""
    if one.status not in _DOUBTFUL or folder is None:
        return one
    venue = FileVenue(folder, _nothing)
    if not venue.answers:
        return one
    if report := venue.find(one.id):
        return orders.record(report, _VENUE).standing
    return orders.move(one.id, Status.CANCELLED if one.status is Status.INTENT else Status.NEVER_ARRIVED, UNSENT)


def _nothing(_: tuple[Standing, ...]) -> bytes:
    return b""
