"""The present moment: the one place that reads the clock. Everything else is told what time it is.

A practice desk (desk/practice.py) has a clock of its own, kept in a file of its folder; it stands still while a command runs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from trimtab.core.errors import DataError
from trimtab.core.roles import Clock

PRACTICE = "practice.json"  # the file of a practice desk; desk/practice.py writes it


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The clock of this machine."""

    def now(self) -> np.datetime64:
        """The instant, UTC (datetime64[s])."""
        return np.datetime64(datetime.now(UTC).replace(tzinfo=None), "s")


@dataclass(frozen=True, slots=True)
class PracticeClock:
    """The clock of a practice desk: it moves only when somebody moves it."""

    at: np.datetime64

    def now(self) -> np.datetime64:
        """The instant, UTC (datetime64[s])."""
        return self.at


def clock_of(folder: str | Path) -> Clock:
    """The clock of a workspace: that of its practice desk, else that of this machine.

    Raises DataError where the file of a practice desk does not read: the machine's clock is no stand-in for it.
    """
    place = Path(folder) / PRACTICE
    try:
        text = place.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return SystemClock()
    except OSError as error:
        raise DataError(f"the clock cannot be read ({error.strerror})", where=str(place)) from None
    try:
        return PracticeClock(np.datetime64(datetime.fromisoformat(json.loads(text)["clock"].removesuffix("Z")), "s"))
    except (ValueError, KeyError, TypeError, AttributeError):
        remedy = 'Write {"clock": "INSTANT"} into it, with the last instant that the journal has: trimtab journal show.'
        raise DataError("the clock of the practice desk does not read", where=str(place), remedy=remedy) from None
