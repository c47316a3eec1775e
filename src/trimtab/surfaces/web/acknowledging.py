"""Which lines of the status somebody has seen. It is kept beside the users, and is no part of the book.

An alert that says the same of the same account is seen with its line: nobody is told later of what he has acknowledged.
"""

from __future__ import annotations

import hashlib

from trimtab.accounting.database.access import AccessStore
from trimtab.surfaces.serving.schedules import schedules_of
from trimtab.surfaces.serving.station import Station

_STORE = "store"  # where a station keeps the one it was made with
_OURS = "line:"  # tells these keys from those of alerts


def acknowledged(station: Station) -> dict[str, str]:
    """By the key of a line who saw it first, and when."""
    found: dict[str, str] = {}
    for one in sorted(_store(station).acknowledged(), key=lambda row: row.at):
        if one.key.startswith(_OURS):
            found.setdefault(one.key.removeprefix(_OURS), f"{one.user}, {one.at[:16].replace('T', ' ')} UTC")
    return found


def key_of(account: str, what: str) -> str:
    """By what a line is known once somebody has seen it: another text is another line."""
    return hashlib.sha256(f"{account}\n{what}".encode()).hexdigest()[:32]


async def keep(station: Station, key: str, user: str) -> None:
    """Somebody has seen a line; the first time counts."""
    now = station.now()
    _store(station).acknowledge(f"{_OURS}{key}", user, now)
    alerts = schedules_of(station).alerts
    for one in alerts.open():
        if key_of(one.cause.account, one.cause.what) == key and not one.by:
            await alerts.acknowledge(one.id, user, now)


def _store(station: Station) -> AccessStore:
    found: AccessStore = station.more[_STORE]
    return found
