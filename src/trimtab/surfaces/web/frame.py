"""What stands around every page: the navigation, the clock, the kill switch, and what is to be known of the data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from trimtab.core.errors import TrimtabError
from trimtab.desk.circumstances import text_of_instant
from trimtab.desk.live import PRACTICE, PracticeClock, clock_of
from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.demo_desk import ABOUT
from trimtab.surfaces.demo_desk import WORDS as DEMONSTRATION
from trimtab.surfaces.web.page import Asker, Page, Shown
from trimtab.surfaces.web.rendering import CSRF, FLASH, KEY, NAME, rendered

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Frame:
    """A page and who asks for it."""

    page: Page
    asker: Asker


async def framed(frame: Frame, shown: Shown) -> str:
    """The page, rendered in its frame; what belongs to one visitor is left as marks."""
    return rendered(shown.template, {**shown.values, **around(frame), "title": shown.title or frame.page.title})


def around(frame: Frame) -> dict[str, Any]:
    """The values that every template may use besides its own."""
    visitor, station = frame.asker.visitor, frame.asker.station
    return {
        "page": {"name": frame.page.name, "title": frame.page.title, "path": frame.page.path},
        "nav": navigation(visitor.rights),
        "visitor": {"name": NAME, "roles": sorted(visitor.roles), "rights": sorted(visitor.rights)},
        "clock": clock_words(station.folder),
        "strip": strips(station.folder),
        "csrf": CSRF,
        "key": KEY,
        "flash": FLASH,
        "stop": Right.STOP in visitor.rights,
        "query": dict(frame.asker.query.fields),
        "may": {right.value: right in visitor.rights for right in Right},
    }


def clock_words(folder: Path) -> str:
    """What time it is on a practice desk; empty on one that lives by the clock of the machine."""
    try:
        clock = clock_of(folder)
    except TrimtabError as error:
        return str(error)
    if not isinstance(clock, PracticeClock):
        return ""
    at, text = clock.now(), text_of_instant(clock.now())
    day = _DAYS[at.astype("datetime64[D]").item().weekday()]
    return f"{day} {text[:10]} {text[11:16]} UTC"


def strips(folder: Path) -> list[tuple[str, str]]:
    """What is to be known on every page: that this is practice, or a demonstration of it."""
    if not (folder / PRACTICE).exists():
        return []
    words = "A desk in the past, on a clock of its own: nothing later is known, and no real order leaves it."
    return [("demo", DEMONSTRATION)] if (folder / ABOUT).exists() else [("practice", words)]


@cache
def navigation(rights: frozenset[Right]) -> tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...]:
    """The pages that somebody with these rights may see, under their headings."""
    from trimtab.surfaces.web.pages.every import PAGES

    groups: dict[str, list[tuple[str, str, str]]] = {}
    for page in PAGES:
        if page.group and page.right in rights:
            groups.setdefault(page.group, []).append((page.name, page.title, page.path))
    return tuple((name, tuple(found)) for name, found in groups.items())
