"""Data that were missing, stale or wrong when they were needed, as the journal tells of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.store import BookStore
from trimtab.desk.duties import shown
from trimtab.desk.following_history import recorded_day
from trimtab.desk.process_notes import INCIDENT


@dataclass(frozen=True, slots=True)
class Incident:
    """What was wrong, of which series, in which month's decision, when it was written down and where."""

    what: str
    series: str
    month: str
    when: date
    record: int
    account: str

    @property
    def evidence(self) -> str:
        """Where the journal says so."""
        return shown(self.record)


def incidents_of(book: BookStore, place: str, window: tuple[date, date]) -> tuple[Incident, ...]:
    """Those of an account (or sleeve), and of all accounts at once, that were written down in a window, oldest first."""
    first, last = window
    places = ("", place, place.partition("/")[0])
    found = []
    for one in notes(book, INCIDENT):
        if one.place in places and first <= recorded_day(one) <= last:
            what, series, month = (str(one.body.get(key) or "") for key in ("what", "series", "month"))
            found.append(Incident(what, series, month, recorded_day(one), one.record, one.place))
    return tuple(found)
