"""Which lines of the status somebody has seen. It is kept beside the users, and is no part of the book."""

from __future__ import annotations

from trimtab.accounting.database.access import AccessStore
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


def keep(station: Station, key: str, user: str) -> None:
    """Somebody has seen a line; the first time counts."""
    _store(station).acknowledge(f"{_OURS}{key}", user, station.now())


def _store(station: Station) -> AccessStore:
    found: AccessStore = station.more[_STORE]
    return found
