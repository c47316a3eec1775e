"""Orders: the blotter with what each order came to, what leaves and comes back, and the story of each order."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

from trimtab.core.errors import TrimtabError
from trimtab.core.orders import FINAL, Status
from trimtab.desk.circumstances import text_of_instant
from trimtab.desk.exporting import FORMATS
from trimtab.execution.exports.fields import FIELDS
from trimtab.surfaces.serving import downloads, uploads
from trimtab.surfaces.web.page import Asker, Page, Shown
from trimtab.surfaces.web.reads.blotter import blotter_rows, shortfall_rows
from trimtab.surfaces.web.reads.order_story import order_story
from trimtab.surfaces.web.trade_lines import order_row, table_rows, tallied

Values = dict[str, Any]
MOST = 200  # orders on one page
HONEST = "Shortfall is against the price of the decision (Perold 1988), paper fills are simulated; above zero it cost money."
_CHOICES: Values = {
    "columns": list(FIELDS),
    "statuses": [one.value for one in Status],
    "forms": list(FORMATS[:-1]),  # the last one stands for a map of one's own
    "brokers": ["paper", "alpaca", "ibkr"],
    "endings": ", ".join(uploads.ENDINGS),
    "honest": HONEST,
}


async def orders(asker: Asker) -> Shown:
    """What the filters in the address let through, newest first, a page at a time."""
    asked = _asked(asker)
    status = [asked["status"]] if asked["status"] else []
    every = bool(asked["done"] or status)
    found, book = await asyncio.gather(
        asker.maybe("orders list", account=asked["account"], batch=asked["batch"], status=status, all=every),
        asker.maybe("book list"),
    )
    listed = list(reversed(found.get("orders", [])))
    part = _part(asker.query.one("part"), len(listed))
    shown = listed[MOST * (part - 1) : MOST * part]
    values = {
        "asked": asked,
        "names": [one["id"] for one in book.get("accounts", [])],
        "refused": found.get("refused", ""),
        "empty": book.get("accounts") == [],
        "count": len(listed),
        "standing": tallied(one["status"].replace("_", " ") for one in listed),
        **_parts(asked, part, len(listed)),
        "restraints": _restrained(found.get("restraints", []), book),
        "orders": table_rows(shown),
        "sendable": _names(listed, "approved"),
        "cancellable": _names(listed, *(one.value for one in Status if one not in FINAL)),
        "journal": book.get("head", "")[:12],
        **await asyncio.to_thread(_files, asker.station.folder),
        "fills": asker.query.one("file"),
        **_CHOICES,
        **await _came_to(asker, tuple(one["ticket"]["id"] for one in shown)),
    }
    return Shown("orders.html", values, "blotter")


def _files(folder: Path) -> Values:
    """What was exported, the newest first, and what was uploaded."""
    found = [one for one in downloads.listed(folder) if one.name.startswith("orders/")]
    written = {one.name: int(downloads.place_of(folder, one.name).stat().st_mtime) for one in found}
    exports = [
        {"name": one.name, "size": one.size, "written": text_of_instant(np.datetime64(written[one.name], "s"))}
        for one in sorted(found, key=lambda one: written[one.name], reverse=True)
    ]
    sent = [{"place": one.place, "name": one.name} for one in uploads.kept(folder)]
    return {"exports": exports, "uploads": sent}


def _asked(asker: Asker) -> Values:
    """The filters of the address."""
    asked = {name: asker.query.one(name) for name in ("account", "batch", "status")}
    return asked | {"done": "yes" if asker.query.one("done") == "yes" else ""}


def _parts(asked: Values, part: int, count: int) -> Values:
    """Which part of the list is shown, and the addresses of this one and of those beside it."""
    last = max(1, -(-count // MOST))

    def at(number: int) -> str:
        return f"?{urlencode({**asked, 'part': number})}" if 0 < number <= last else ""

    return {"part": part, "parts": last, "here": at(part), "before": at(part - 1), "after": at(part + 1)}


def _part(text: str, count: int) -> int:
    """The part of the list that is asked for; the first where it is none."""
    last = max(1, -(-count // MOST))
    return min(max(int(text), 1), last) if text.isascii() and text.isdecimal() and len(text) < 7 else 1


def _restrained(restraints: list[Values], book: Values) -> list[Values]:
    """What holds accounts back; where an account stands that no filter shows, it is still told."""
    homes = {one["id"]: one["household"] for one in book.get("accounts", [])}
    return [one | {"household": homes.get(one["account"], "")} for one in restraints]


def _names(listed: list[Values], *statuses: str) -> list[str]:
    """Batches and single orders that are named in a form: those with an order that stands so."""
    own = [one["ticket"] for one in listed if one["status"] in statuses and not one["ticket"]["parent"]]
    return list(dict.fromkeys(ticket["batch"] or ticket["id"] for ticket in own))


async def _came_to(asker: Asker, ids: tuple[str, ...]) -> Values:
    """The blotter of these orders, and their implementation shortfall."""
    served = asker.station.asking.served
    if not ids:
        return {"blotter": [], "shortfall": {"orders": [], "sums": [], "untold": []}}
    blotter = await asker.call(blotter_rows, served, ids)
    try:
        shortfall = await asker.call(shortfall_rows, served, ids)
    except TrimtabError as error:
        shortfall = {"orders": [], "sums": [], "untold": [str(error)]}
    return {"blotter": blotter, "shortfall": shortfall}


async def order(asker: Asker) -> Shown:
    """One order, by its id or the first letters of it."""
    served, name = asker.station.asking.served, asker.query.path["id"]
    found = await asker.call(order_story, served, name)
    row = order_row(found["order"])
    came = await _came_to(asker, (row["order"],))
    values = {
        "row": row,
        "order": found["order"],
        "history": found["history"],
        "executions": found["executions"],
        "checks": found["checks"],
        "outcomes": tallied(one["outcome"] for one in found["checks"]),
        "family": found["family"],
        "blotter": came["blotter"],
        "shortfall": came["shortfall"],
        "honest": HONEST,
    }
    return Shown("order.html", values, "history", f"Order {row['order'][:8]}")


PAGES = (
    Page("/orders", "orders", "Orders", orders, "Act", wide=False),
    Page("/orders/{id}", "order", "Order", order, wide=False),
)
