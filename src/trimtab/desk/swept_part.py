"""One finished part of a sweep as the registry of trials counts it: many variants in one line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.desk.trial_count import SHORT


@dataclass(frozen=True, slots=True, eq=False)
class SweptPart:
    """Part `part` (from 0) of the sweep with the digest `sweep`, on data with the digest `data`.

    `sharpes` (V,) are the Sharpe ratios A PERIOD of its variants, NaN where one has none; `policies` (V,) their hashes, as
    long as those of a backtest or their first 12 digits. `periods` returns each, `periods_per_year` of them in a year.
    `effective` says how many independent trials the part is worth, `worth` how many it and all parts of its sweep before it
    are worth together, where somebody has worked one of them out; else all variants count.

    Raises ParameterError where the lengths differ, there is no variant, or a number is out of its range.
    """

    sweep: str
    part: int
    data: str
    sharpes: Array
    policies: tuple[str, ...]
    periods: int
    periods_per_year: int
    name: str = ""
    effective: float | None = None
    worth: float | None = None

    def __post_init__(self) -> None:
        count = len(self.policies)
        if not count or np.shape(self.sharpes) != (count,):
            what = f"{count} policies stand against Sharpe ratios of shape {np.shape(self.sharpes)}"
            raise ParameterError(what, field="sharpes", remedy="Give one of each for every variant, and one variant at least.")
        if self.part < 0 or self.periods < 0 or self.periods_per_year < 1:
            what = f"part {self.part} with {self.periods} periods, {self.periods_per_year} a year"
            raise ParameterError(what, field="part", remedy="Parts count from 0, periods a year from 1.")
        if self.effective is not None and not 1.0 <= self.effective <= count:
            what = f"{count} variants are not worth {self.effective:g} independent ones"
            raise ParameterError(what, field="effective", remedy="Give a number from 1 to the number of variants.")
        if self.worth is not None and not self.worth >= 1.0:
            what = f"so many variants are not worth {self.worth:g} independent ones"
            raise ParameterError(what, field="worth", remedy="Give a number from 1.")
        if not (self.sweep and self.data and min(map(len, self.policies)) >= SHORT):
            remedy = f"Give digests of {SHORT} hex digits or more."
            raise ParameterError("a digest is missing or short", field="policies", remedy=remedy)

    @property
    def entry(self) -> dict[str, Any]:
        """The line of the registry. Sums leave out variants without a ratio: `measured` says how many have one."""
        known = np.asarray(self.sharpes, dtype=float)[np.isfinite(self.sharpes)]
        entry = {
            "sweep": self.sweep,
            "part": self.part,
            "data": self.data,
            "name": self.name,
            "variants": len(self.policies),
            "measured": len(known),
            "sharpe_sum": math.fsum(known.tolist()),
            "sharpe_squares": math.fsum((known**2).tolist()),
            "policies": [name[:SHORT] for name in self.policies],
            "periods": self.periods,
            "periods_per_year": self.periods_per_year,
        }
        worked_out = {"effective": self.effective, "worth": self.worth}
        return entry | {name: float(number) for name, number in worked_out.items() if number is not None}
