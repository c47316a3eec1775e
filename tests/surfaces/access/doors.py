"""Desks with users at a door, whose passwords cost next to nothing to check."""

from __future__ import annotations

import numpy as np

from trimtab.accounting.database.access import AccessStore
from trimtab.surfaces.access.changes import Listener, silent
from trimtab.surfaces.access.door import Door, Parameters
from trimtab.surfaces.access.passwords import Cost
from trimtab.surfaces.access.roles import Role

NOW = np.datetime64("2026-03-02T09:00:00", "s")
CHEAP = Parameters(cost=Cost(rounds=1, memory=8, lanes=1))
ANNA = "canary-anna marble kettle"
BEN = "canary-ben violet anchor"
HERE, AGENT = "192.0.2.7", "Firefox on Debian"


def later(**units: int) -> np.datetime64:
    """An instant so many days, hours, minutes and seconds after NOW."""
    seconds = {"days": 86_400, "hours": 3600, "minutes": 60, "seconds": 1}
    return NOW + np.timedelta64(sum(seconds[unit] * count for unit, count in units.items()), "s")


def door_of(store: AccessStore | None = None, told: Listener = silent) -> Door:
    """A door with no user yet."""
    return Door(store or AccessStore.in_memory(), CHEAP, told)


def desk(store: AccessStore | None = None, told: Listener = silent) -> Door:
    """A door with anna, who is everything, and ben, a trader."""
    door = door_of(store, told)
    door.found_administrator("anna", ANNA, NOW)
    door.users.create("ben", {Role.TRADER}, by="anna", now=NOW, password=door.passwords.hashed("ben", BEN))
    return door


def entered(door: Door, name: str = "anna", password: str = ANNA, at: np.datetime64 = NOW) -> str:
    """The secret of a new session."""
    return door.sign_in(name, password, HERE, AGENT, at)[1]
