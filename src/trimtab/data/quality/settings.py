"""Which detectors run, and where a series has its own thresholds or a waiver, each with its recorded reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from trimtab.core.errors import PolicyError
from trimtab.data.quality.bounds import Bounds
from trimtab.data.quality.detector import Detector
from trimtab.data.quality.dividends import Dividends
from trimtab.data.quality.endings import EarlyEnd, Reuse
from trimtab.data.quality.missing_days import MissingDays
from trimtab.data.quality.missing_split import MissingSplit
from trimtab.data.quality.spikes import Jumps, Spikes
from trimtab.data.quality.splits import Splits
from trimtab.data.quality.stale import Stale
from trimtab.data.quality.stamps import Stamps
from trimtab.data.quality.units import Units
from trimtab.data.quality.vintages import Restated

# In this order: each detector sees what the ones before it have left.
DETECTORS: tuple[Detector, ...] = (
    Units(),
    Splits(),
    Spikes(),
    Dividends(),
    Reuse(),
    MissingSplit(),
    Bounds(),
    Stale(),
    MissingDays(),
    EarlyEnd(),
    Restated(),
    Jumps(),
    Stamps(),
)


@dataclass(frozen=True, slots=True)
class Waiver:
    """Findings of one detector in one series stand for nothing, because `by` said so `when`, for `reason`."""

    reason: str
    by: str
    when: np.datetime64

    def __post_init__(self) -> None:
        _require_reason("waiver", self.reason, self.by)

    @property
    def words(self) -> str:
        """As a finding shows it."""
        return f"{self.reason} ({self.by}, {self.when})"


@dataclass(frozen=True, slots=True)
class Tuning:
    """Other thresholds of one detector for one series: its fields by name, and why."""

    parameters: Mapping[str, float]
    reason: str
    by: str
    when: np.datetime64

    def __post_init__(self) -> None:
        _require_reason("tuning", self.reason, self.by)


@dataclass(frozen=True, slots=True)
class Settings:
    """`series` maps a series to {name of a detector: Tuning or Waiver}.

    `split_adjusted` names the series whose prices are divided by later splits although they hold SPLIT. Raises
    PolicyError for a detector or threshold that does not exist.
    """

    detectors: tuple[Detector, ...] = DETECTORS
    series: Mapping[str, Mapping[str, Tuning | Waiver]] = field(default_factory=dict)
    split_adjusted: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        known = {detector.name: detector for detector in self.detectors}
        for series, special in self.series.items():
            for name, what in special.items():
                if name not in known:
                    remedy = f"Detectors: {', '.join(known)}."
                    raise PolicyError(f"there is no detector {name!r}", where=f"quality {series}", remedy=remedy)
                if isinstance(what, Tuning):
                    tuned(known[name], what, series)

    def plan(self, series: str) -> tuple[tuple[Detector, Waiver | None], ...]:
        """The detectors for a series in order, each with its waiver if it has one."""
        special = self.series.get(series, {})
        made: list[tuple[Detector, Waiver | None]] = []
        for detector in self.detectors:
            what = special.get(detector.name)
            if isinstance(what, Tuning):
                made.append((tuned(detector, what, series), None))
            else:
                made.append((detector, what))
        return tuple(made)


def tuned(detector: Detector, tuning: Tuning, series: str) -> Detector:
    """The detector with other thresholds. Raises PolicyError for a threshold that it does not have."""
    one: Any = detector
    known = [part.name for part in fields(one)]
    for name in tuning.parameters:
        if name not in known:
            remedy = f"Its thresholds: {', '.join(known) or 'none'}."
            where = f"quality {series}"
            raise PolicyError(f"the detector {detector.name!r} has no {name!r}", where=where, remedy=remedy)
        if not tuning.parameters[name] > 0.0:
            what = f"{detector.name} {name} is {tuning.parameters[name]:g}: thresholds are above zero"
            raise PolicyError(what, where=f"quality {series}", remedy=f"It is {getattr(one, name):g} where nothing is said.")
    made: Detector = replace(one, **tuning.parameters)
    return made


def _require_reason(what: str, reason: str, by: str) -> None:
    for name, text in (("reason", reason), ("name", by)):
        if not text.strip():
            raise PolicyError(f"a {what} without a {name}", remedy="Say why, and who decided it: it will be read later.")
