"""The present moment: the one place that reads the clock. Everything else is told what time it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The clock of this machine."""

    def now(self) -> np.datetime64:
        """The instant, UTC (datetime64[s])."""
        return np.datetime64(datetime.now(UTC).replace(tzinfo=None), "s")
