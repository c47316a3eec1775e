"""The tape: what traded, bar by bar. A paper broker fills orders from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple, Protocol

import numpy as np


class Bar(NamedTuple):
    """What an instrument did from one instant to another (UTC). NaN where a number is not known.

    `day` is the trading date. A bar is a whole session unless it says otherwise: `begins` is False where it does not start
    with the opening auction, `ends` where it does not finish with the closing one.
    """

    opens_at: np.datetime64
    closes_at: np.datetime64
    open: float
    high: float
    low: float
    close: float
    volume: float  # units
    day: date
    begins: bool = True
    ends: bool = True


class Tape(Protocol):
    """Bars as they were traded: prices not adjusted for what came later."""

    def bars(self, instrument: str, after: np.datetime64, until: np.datetime64) -> Sequence[Bar]:
        """The bars that close after `after` and not after `until`, oldest first; none where nothing traded."""
        ...
