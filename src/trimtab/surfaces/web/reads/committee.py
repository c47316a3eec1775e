"""What a committee has before it: reviews that are due and that were held, and the packs that lie in its folder.

Runs in a worker process, which stands in the workspace; the answer holds plain values alone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from trimtab.accounting.database.notes import notes
from trimtab.core.calendar import plain_date
from trimtab.core.errors import UsageError
from trimtab.desk.books import book_address
from trimtab.desk.following_history import held_places
from trimtab.desk.live import clock_of
from trimtab.desk.practice import own_book
from trimtab.desk.process_notes import REVIEWED
from trimtab.desk.review_calendar import DueReview, reviews_due
from trimtab.desk.review_periods import Kind
from trimtab.surfaces.adherence import calendar_rows
from trimtab.surfaces.committee_files import FOLDER
from trimtab.surfaces.report.committee_page import pack_in
from trimtab.surfaces.serving.verbs import Served

HERE = Path()
_DOING = {
    Kind.QUARTER: ("hold the review of the process", "#reviews"),
    Kind.CYCLE: ("hold the review of the full cycle", "#reviews"),
    Kind.WATCH: ("look at its record, then move it on or leave it on paper", "/policy?policy={}"),
    Kind.CHANGE: ("sign it, or let it rest", "/policy?policy={}#changes"),
}
Plain = dict[str, Any]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,99}\.(html|pdf)", re.ASCII)
_LARGEST = 60_000_000  # bytes of a page that is read for its proposals


def reviews(served: Served) -> Plain:
    """The calendar of reviews (a row is `pending` where one is due and was not held), and those held, the latest first."""
    today = plain_date(clock_of(HERE).now().astype("datetime64[D]"))
    with own_book(HERE, book_address(served.book, HERE, os.environ)) as book, book.reading():
        due = reviews_due(book, "", today) if held_places(book) else ()
        held = notes(book, REVIEWED)
        places = [one.id for one in book.accounts()]
        households = sorted({one.household for one in book.accounts() if one.household})
    rows = [row | {"pending": one.pending(today)} | _doing(one) for row, one in zip(calendar_rows(due), due, strict=True)]
    return {
        "today": today.isoformat(),
        "calendar": rows,
        "held": [_held(one.record, one.place, one.recorded, one.body) for one in held[::-1]],
        "accounts": places,
        "households": households,
    }


def _doing(one: DueReview) -> Plain:
    """What to do about an entry of the calendar on these pages, and where."""
    words, href = _DOING.get(one.kind, (one.do, ""))
    return {"words": words, "href": href.format(quote(one.place, safe=""))}


def _held(number: int, place: str, recorded: str, body: Mapping[str, Any]) -> Plain:
    score = _number(str(body.get("score", "0")))
    named = {name: str(body.get(name, "")) for name in ("kind", "due", "said")}
    there = ", ".join(map(str, body.get("attended", [])))
    return {"record": number, "account": place, "held": recorded[:10], **named, "score": round(score, 2), "attended": there}


def _number(text: str) -> float:
    """The number that an exact fraction is: `395/4` is 98.75."""
    above, _, below = text.partition("/")
    return float(above) / float(below or 1)


def packs() -> list[Plain]:
    """The packs that lie in the folder, the latest quarter first: name, size, when written; of a page its proposals too."""
    found = [one for one in _entries() if _NAME.fullmatch(one.name) and one.is_file(follow_symlinks=False)]
    return [_pack(Path(one.path)) for one in sorted(found, key=lambda one: one.name, reverse=True)]


def _entries() -> list[os.DirEntry[str]]:
    folder = HERE / FOLDER
    if folder.is_symlink() or not folder.is_dir():
        return []
    with os.scandir(folder) as found:
        return list(found)


def _pack(place: Path) -> Plain:
    known = place.stat()
    proposals: list[Plain] = []
    if place.suffix == ".html" and known.st_size <= _LARGEST:
        held = pack_in(place.read_text(encoding="utf-8", errors="replace")) or {"proposals": []}
        proposals = [{"number": str(one["number"]), "what": str(one["what"])} for one in held["proposals"]]
    written = datetime.fromtimestamp(known.st_mtime, UTC).isoformat(timespec="minutes")
    return {"name": place.name, "size": known.st_size, "written": written, "proposals": proposals}


def pack_file(root: Path, name: str) -> Path:
    """The file of a pack. Raises UsageError where none of that name lies there itself, links aside."""
    place, folder = root / FOLDER / name, root / FOLDER
    if _NAME.fullmatch(name) is None or folder.is_symlink() or place.is_symlink() or not place.is_file():
        raise UsageError("there is no such pack", remedy="Choose one of the list.")
    return place
