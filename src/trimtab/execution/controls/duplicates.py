"""The same order twice: against a double click, a file imported again, a plan that was sent and planned anew.

Equal are orders of the same asset, side and units (SEC rule 15c3-5, 2010: duplicative orders).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from trimtab.core.controls import Circumstances, Line
from trimtab.core.terms import Positive, check_ranges
from trimtab.execution.controls.measures import others, span_of


@dataclass(frozen=True, slots=True)
class Duplicates:
    """No order equal to one that was sent in the last `minutes`; one sent just so long ago still counts.

    Slices are left out: they are alike by intent, and what they are slices of bounds them.
    """

    batch: ClassVar[bool] = False
    moment: ClassVar[bool] = True
    most: ClassVar[Decimal] = Decimal(0)
    minutes: Positive = 10.0

    def __post_init__(self) -> None:
        check_ranges(self)

    def values(self, lines: Sequence[Line], now: Circumstances) -> list[Decimal | None]:
        """Equal orders sent before each; what has no date counts, to be safe."""
        if not now.earlier:
            return [self.most] * len(lines)
        begun = now.now - span_of(60.0 * self.minutes)
        recent = [(one.asset, one.units) for one in others(lines, now) if not one.at < begun]
        return [Decimal(0 if line.parent else recent.count((line.asset, line.units))) for line in lines]

    @property
    def words(self) -> str:
        """The control in a sentence."""
        return f"No order equal to one of the last {self.minutes:g} minutes"
