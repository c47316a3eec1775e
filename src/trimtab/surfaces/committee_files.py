"""Where packs of an investment committee are kept, and which of them minutes are about."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trimtab.core.errors import UsageError
from trimtab.desk.committee_period import Quarter
from trimtab.surfaces.report.committee_page import as_made, pack_in

FOLDER = "committee"
PDF = b"%PDF"
_PAGE, _QUARTER = re.compile(r"\d{4}Q[1-4](-.+)?\.html"), len("2026Q3")
UNSEEN = "the pack is a PDF: whether it holds this proposal, and was changed after it was made, cannot be checked"


@dataclass(frozen=True, slots=True)
class Laid:
    """What lay before the committee: the file and its SHA-256.

    Of a page also the head of the journal that it was made of, and the words of the proposal in it; a PDF says neither.
    """

    place: Path
    sha256: str
    head: str = ""
    what: str = ""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What could not be checked, in words."""
        return () if self.head else (UNSEEN,)


def default_place(workspace: Path, quarter: Quarter, name: str = "") -> Path:
    """Where the page of a quarter goes unless somebody says otherwise; that of one account or household bears its name."""
    own = f"-{name.replace('/', '-')}" if name else ""
    return workspace / FOLDER / f"{quarter.name}{own}.html"


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

    A PDF is taken as it is. Raises UsageError where there is none, or several of that quarter, for a file that is no pack,
    for a page that was changed after it was made, and for one without that proposal.
    """
    place = Path(written) if written else _latest(workspace)
    try:
        held = place.read_bytes()
    except OSError as error:
        what = f"the pack cannot be read: {error.strerror}"
        raise UsageError(what, where=str(place), remedy="Name the file that lay before the committee: --pack FILE.") from None
    sha256 = hashlib.sha256(held).hexdigest()
    if held.startswith(PDF):
        return Laid(place, sha256)
    found = _pack_of(held, place)
    said = {_plain(str(one["number"])): str(one["what"]) for one in found["proposals"]}
    if _plain(proposal) not in said:
        numbers = ", ".join(str(one["number"]) for one in found["proposals"]) or "none"
        what, remedy = f"there is no proposal {proposal!r} in this pack", f"It has: {numbers}. Or name another: --pack FILE."
        raise UsageError(what, where=str(place), remedy=remedy)
    return Laid(place, sha256, str(found["journal_head"]), said[_plain(proposal)])


def _pack_of(held: bytes, place: Path) -> dict[str, Any]:
    """The pack that a page holds. Raises UsageError where it holds none, or is not as it was made."""
    found = pack_in(held.decode("utf-8", errors="replace"))
    if found is None:
        remedy = "Name the page that trimtab committee pack wrote, or a PDF of it: --pack FILE."
        raise UsageError("this file is no pack", where=str(place), remedy=remedy)
    if not as_made(held):
        remedy = "Make another, trimtab committee pack QUARTER --html FILE, and vote on that: --pack FILE."
        raise UsageError("this pack was changed after it was made", where=str(place), remedy=remedy)
    return found


def _latest(workspace: Path) -> Path:
    pages = sorted(one for one in (workspace / FOLDER).glob("*.html") if _PAGE.fullmatch(one.name))
    last = [one for one in pages if one.name[:_QUARTER] == pages[-1].name[:_QUARTER]]
    if len(last) > 1:
        what = f"several packs of {last[0].name[:_QUARTER]} lie there: {', '.join(one.name for one in last)}"
        raise UsageError(what, where=str(workspace / FOLDER), remedy=f"Name the one that was voted on: --pack {last[0]}.")
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
