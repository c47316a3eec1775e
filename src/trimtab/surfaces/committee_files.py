"""Where packs of an investment committee are kept, and which of them minutes are about."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from trimtab.core.errors import UsageError
from trimtab.desk.committee_period import Quarter
from trimtab.surfaces.report.committee_page import pack_in

FOLDER = "committee"
PDF = b"%PDF"


@dataclass(frozen=True, slots=True)
class Laid:
    """What lay before the committee: the file, its SHA-256, and where it is a page the head of the journal it was made of."""

    place: Path
    sha256: str
    head: str = ""


def default_place(workspace: Path, quarter: Quarter) -> Path:
    """Where the page of a quarter goes unless somebody says otherwise."""
    return workspace / FOLDER / f"{quarter.name}.html"


def free_place(place: Path, *, again: bool) -> Path:
    """The place, where a page or a PDF may be written: a new file, or with `again` over an earlier pack.

    Raises UsageError for a folder, and where another file would be lost.
    """
    if place.is_dir():
        raise UsageError("this is a folder", where=str(place), remedy=f"Name a file in it: {place / 'pack.html'}.")
    if not place.exists():
        return place
    if not again:
        raise UsageError("this file is there already", where=str(place), remedy="Add --again to replace an earlier pack.")
    if not _ours(place):
        raise UsageError("this file is no pack, and is not replaced", where=str(place), remedy="Give another name.")
    return place


def laid_before(workspace: Path, written: str, proposal: str) -> Laid:
    """The pack that was voted on: the file that is named, else the page of the latest quarter in the workspace.

    Raises UsageError where there is none, and where it is a page without that proposal.
    """
    place = Path(written) if written else _latest(workspace)
    try:
        held = place.read_bytes()
    except OSError as error:
        what = f"the pack cannot be read: {error.strerror}"
        raise UsageError(what, where=str(place), remedy="Name the file that lay before the committee: --pack FILE.") from None
    found = pack_in(held.decode("utf-8", errors="replace"))
    if found is None:
        return Laid(place, hashlib.sha256(held).hexdigest())
    numbers = [str(one["number"]) for one in found["proposals"]]
    if _plain(proposal) not in map(_plain, numbers):
        what = f"there is no proposal {proposal!r} in this pack"
        raise UsageError(
            what, where=str(place), remedy=f"It has: {', '.join(numbers) or 'none'}. Or name another: --pack FILE."
        )
    return Laid(place, hashlib.sha256(held).hexdigest(), str(found["journal_head"]))


def _latest(workspace: Path) -> Path:
    pages = sorted((workspace / FOLDER).glob("[0-9][0-9][0-9][0-9]Q[1-4].html"))
    if not pages:
        remedy = "Make one: trimtab committee pack 2026Q3. Or name the file: --pack FILE."
        raise UsageError("no pack lay before the committee", where=str(workspace / FOLDER), remedy=remedy)
    return pages[-1]


def _plain(number: str) -> str:
    return number.strip().upper().replace("P-", "P").removeprefix("P").lstrip("0")


def _ours(place: Path) -> bool:
    if place.suffix.lower() == ".pdf":
        with place.open("rb") as file:
            return file.read(len(PDF)) == PDF
    return pack_in(place.read_text(encoding="utf-8", errors="replace")) is not None
