"""The role of a detector, and what it may look at besides the history itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Protocol

from trimtab.core.arrays import Dates
from trimtab.data.history import History
from trimtab.data.quality.findings import Finding
from trimtab.data.quality.pulse import Pulse
from trimtab.data.quality.track import Track


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """What is known around a history.

    `path` is its own continuous path of closes, `pulse` that of series of its pace (itself among them; None where there
    are too few), `sessions` the dates it should have (None: unknown), `earlier` the same series as it was handed over
    before. `split_adjusted` says that its prices are divided by later splits although SPLIT is among its fields.
    """

    path: Track
    pulse: Pulse | None = None
    sessions: Dates | None = None
    split_adjusted: bool = False
    earlier: History | None = None


class Detector(Protocol):
    """A frozen dataclass whose fields are its thresholds. It answers with findings and changes nothing."""

    name: ClassVar[str]

    def __call__(self, history: History, context: Context) -> Iterable[Finding]:
        """What is wrong with `history`."""
        ...
