"""Instants at the border: with a zone, or refused. Inside they are UTC, datetime64[s]."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np


def instant(when: str | datetime) -> np.datetime64:
    """An instant from ISO text with a zone, or from an aware datetime. Raises ValueError for anything naive."""
    if isinstance(when, str):
        try:
            when = datetime.fromisoformat(when)
        except ValueError:
            raise ValueError(f"{when!r} is not an instant") from None
    if when.tzinfo is None or when.utcoffset() is None:
        raise ValueError(f"{when.isoformat()} has no time zone")
    return np.datetime64(when.astimezone(UTC).replace(tzinfo=None), "s")
