"""Dates and instants on the command line: a date means the default cut-off of that day, two hours after New York's close."""

from __future__ import annotations

from argparse import Namespace
from datetime import date

import numpy as np

from trimtab.core.calendar import closes
from trimtab.core.errors import UsageError
from trimtab.core.schedule import CutOff
from trimtab.data.store.instants import instant
from trimtab.desk.live import PracticeClock, clock_of


def known_by(options: Namespace) -> np.datetime64 | None:
    """The instant of `--as-of`, None where it is not given; on a practice desk never later than its clock.

    Raises UsageError where it is none.
    """
    given, clock = moment(options, "as_of"), clock_of(options.workspace)
    if not isinstance(clock, PracticeClock):
        return given
    return clock.now() if given is None else min(given, clock.now())


def moment(options: Namespace, name: str) -> np.datetime64 | None:
    """The instant of an option, None where it is not given. Raises UsageError where it is none."""
    text = getattr(options, name)
    if text is None:
        return None
    flag = f"--{name.replace('_', '-')}"
    try:
        if len(text) == len("2018-11-30"):
            day = np.array([date.fromisoformat(text)], dtype="datetime64[D]")
            return np.datetime64(closes(day)[0] + np.timedelta64(int(CutOff().delay.total_seconds()), "s"), "s")
        return instant(text)
    except ValueError:
        remedy = "Write a date, 2018-11-30, or an instant with its zone, 2018-11-30T23:00:00Z."
        raise UsageError(f"{flag} {text!r} is neither a date nor an instant with a zone", remedy=remedy) from None
