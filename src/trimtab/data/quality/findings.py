"""A finding: what is wrong with a series, where, how sure that is, and what happens to it.

Codes A1 to A17 are those of the failure catalogue. A finding is about one field; a damaged row gives one a field.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from trimtab.core.arrays import Array, Index, frozen, require_shape
from trimtab.core.errors import InvariantError
from trimtab.core.terms import CLOSE, Field
from trimtab.data.history import History


class Outcome(Enum):
    """What happens to what was found. Silence is none of them."""

    REFUSE = "refused"  # the series cannot be used at all
    QUARANTINE = "set aside"  # the cells become unknown (NaN)
    DEGRADE = "used, with a flag"
    REPAIR = "repaired"  # only where the right value is certain
    NOTE = "noted"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a detector says of some rows. `sure` is between 0 and 1."""

    code: str
    outcome: Outcome
    sure: float
    what: str
    action: str


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """`rows` (N,) point into the history; none where rows are absent. `repaired` (N,) are the right values of `field`.

    `first` and `last` are effective dates; `count` is the number of rows or of absent sessions. `waived` holds the reason
    where somebody decided that the finding stands for nothing in this series.
    """

    code: str
    detector: str
    series: str
    field: Field
    first: np.datetime64
    last: np.datetime64
    count: int
    sure: float
    outcome: Outcome
    what: str
    action: str
    rows: Index
    repaired: Array | None = None
    waived: str = ""

    def __post_init__(self) -> None:
        if (self.repaired is not None) != (self.outcome is Outcome.REPAIR):
            raise InvariantError(f"{self.detector}: a repair needs values, and nothing else has any")
        if self.repaired is not None:
            require_shape(f"{self.detector} repaired", self.repaired, self.rows.shape)
            object.__setattr__(self, "repaired", frozen(self.repaired))
        object.__setattr__(self, "rows", frozen(self.rows))

    @property
    def changes(self) -> bool:
        """Whether clearing the history changes a value because of it."""
        return not self.waived and self.outcome in (Outcome.REPAIR, Outcome.QUARANTINE) and len(self.rows) > 0

    def waive(self, words: str) -> Finding:
        """The same finding, listed but without effect."""
        kept = Outcome.NOTE if self.outcome is Outcome.REPAIR else self.outcome
        return replace(self, outcome=kept, repaired=None, action=f"waived: {words}", waived=words)


def at_rows(
    history: History,
    detector: str,
    verdict: Verdict,
    rows: npt.NDArray[Any],
    field: Field = CLOSE,
    repaired: Array | None = None,
) -> Finding:
    """A finding about `rows` (N,), N > 0, of a history."""
    rows = np.asarray(rows, dtype=np.intp)
    return Finding(
        verdict.code,
        detector,
        history.about.name,
        field,
        history.dates[rows[0]],
        history.dates[rows[-1]],
        len(rows),
        float(verdict.sure),
        verdict.outcome,
        verdict.what,
        verdict.action,
        rows,
        repaired,
    )


def between(history: History, detector: str, verdict: Verdict, span: tuple[Any, Any], count: int) -> Finding:
    """A finding about `count` sessions in a span of dates that have no row of their own."""
    first, last = np.datetime64(span[0], "D"), np.datetime64(span[1], "D")
    name, none = history.about.name, np.empty(0, dtype=np.intp)
    words = (verdict.sure, verdict.outcome, verdict.what, verdict.action)
    return Finding(verdict.code, detector, name, CLOSE, first, last, count, *words, none)
