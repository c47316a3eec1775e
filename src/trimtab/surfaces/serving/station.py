"""Everything that a request may need, made once: the desk to ask, its door, long work, and the clock of this machine.

Sign-ins, tokens and schedules live by the machine's clock, on a practice desk too.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from starlette.requests import HTTPConnection

from trimtab.core.roles import Clock
from trimtab.desk.live import SystemClock
from trimtab.surfaces.access.door import Door
from trimtab.surfaces.access.keys import Keys
from trimtab.surfaces.serving.asking import Asking
from trimtab.surfaces.serving.jobs import Jobs

LOG = logging.getLogger("trimtab.serve")


@dataclass(frozen=True, slots=True)
class Station:
    """One served desk. `origin` is the address that browsers use (`https://desk.firm.example`), empty: any of loopback."""

    asking: Asking
    door: Door
    jobs: Jobs
    folder: Path
    clock: Clock = field(default_factory=SystemClock)
    origin: str = ""
    secure: bool = False  # cookies go over TLS alone
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def keys(self) -> Keys:
        """Which requests were done already."""
        return self.door.keys

    def now(self) -> np.datetime64:
        """The instant, UTC."""
        return self.clock.now()


def station_of(connection: HTTPConnection) -> Station:
    """The station that a request came to."""
    found: Station = connection.app.state.station
    return found
