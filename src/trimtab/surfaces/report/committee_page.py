"""The pack of an investment committee as one self-contained HTML file, in the style of the tear sheet.

What was read from the book, the hash of its journal and the moment stand at the top; the whole pack stands in the page as
data too, so that minutes can be held to the proposals that lay before the committee. Its last word is the SHA-256 of the
page itself, written with zeros in that place: a page that somebody edited afterwards is seen to be another.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from trimtab.core.errors import UsageError
from trimtab.desk.committee import Pack
from trimtab.desk.version import code_version
from trimtab.surfaces.committee_document import pack_document
from trimtab.surfaces.report.committee_beliefs import economics, judged, regimes, said_now, signals, worth
from trimtab.surfaces.report.committee_deeds import decided, decisions, kept, process
from trimtab.surfaces.report.committee_head import masthead
from trimtab.surfaces.report.committee_results import ahead, attribution, performance, weighed
from trimtab.surfaces.report.committee_votes import proposals, waiting
from trimtab.surfaces.report.frame import Page, framed
from trimtab.surfaces.report.markup import Markup, tag
from trimtab.surfaces.report.panel import Section

SECTIONS = (decisions, process, performance, attribution, signals, regimes, economics, proposals)
FINDINGS = {
    "decisions": decided,
    "process": kept,
    "performance": ahead,
    "attribution": weighed,
    "signals": judged,
    "regimes": said_now,
    "economics": worth,
    "proposals": waiting,
}
KIND = "committee pack"
SEAL, _OPEN = "page_sha256", "0" * 64
_PAGE_HASH = re.compile(rb'"page_sha256":"([0-9a-f]{64})"}</script>')
_DATA = re.compile(r'<script id="data" type="application/json">(.*?)</script>', re.DOTALL)


def render_pack(pack: Pack) -> str:
    """The whole page, with its own hash in it."""
    page = Page(f"{pack.quarter.name}: {KIND}", "Skip to the pack", masthead(pack), _footer(pack))
    made = framed(page, pack_sections(pack), data=pack_document(pack) | {SEAL: _OPEN})
    return made.replace(f'"{SEAL}":"{_OPEN}"}}</script>', f'"{SEAL}":"{_digest(_bytes(made))}"}}</script>')


def pack_sections(pack: Pack) -> tuple[Section, ...]:
    """The eight parts in the order in which a committee goes through them."""
    return tuple(make(pack) for make in SECTIONS)


def findings(pack: Pack) -> tuple[tuple[str, str], ...]:
    """What each of the eight parts comes to, in a sentence, by its name."""
    return tuple((name, say(pack)) for name, say in FINDINGS.items())


def write_pack(pack: Pack, path: str | Path) -> Path:
    """Write the page and return its path. Raises UsageError where it cannot be written, or plotly is missing."""
    target, page = Path(path), render_pack(pack)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_bytes(page))
    except OSError as error:
        raise UsageError(f"cannot write the pack: {error.strerror}", where=str(target)) from error
    return target


def _bytes(page: str) -> bytes:
    return page.encode("utf-8", errors="replace")


def _digest(page: bytes) -> str:
    return hashlib.sha256(page).hexdigest()


def as_made(page: bytes) -> bool:
    """Whether a page is, byte for byte, what was written: its own hash says so."""
    found = _PAGE_HASH.findall(page)
    return len(found) == 1 and _digest(page.replace(found[0], _OPEN.encode())) == found[0].decode()


def pack_in(page: str) -> dict[str, Any] | None:
    """The pack that stands in a page as data; None where the page is no pack."""
    found = _DATA.search(page)
    if found is None or f": {KIND}</title>" not in page:
        return None
    try:
        held = json.loads(found[1])
    except ValueError:
        return None
    return held if isinstance(held, dict) and "proposals" in held else None


def _footer(pack: Pack) -> Markup:
    words = "What the policy calls for and what was done, from the book and past data. Not advice; past results say little."
    head = tag("p", "Journal head ", tag("code", pack.head))
    return tag("footer", tag("p", words), head, tag("p", "Trimtab ", tag("code", code_version())))
