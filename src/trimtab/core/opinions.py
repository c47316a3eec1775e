"""A discretionary view as a dated record, so that it can be backtested as it was known: who, what, how sure, until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from trimtab.core.errors import ParameterError


@dataclass(frozen=True, slots=True)
class Opinion:
    """A portfolio of `assets` (ids to weights, a row of P) is expected to gain `gain` per year (its entry of Q).

    A single asset at 1 is an absolute view, weights that sum to 0 a relative one. `stated` is the instant (UTC) from
    which it counts, `expires` the last date on which it does. `confidence` is in (0, 1]: 1 is certainty.
    """

    stated: np.datetime64
    expires: np.datetime64
    author: str
    assets: Mapping[str, float] = field(hash=False)
    gain: float
    confidence: float
    reason: str

    def __post_init__(self) -> None:
        for name in ("author", "reason"):
            if not getattr(self, name).strip():
                raise ParameterError(f"{name} is empty", field=name, remedy="A view says who holds it, and why.")
        if not self.assets or not any(self.assets.values()) or not np.isfinite(list(self.assets.values())).all():
            raise ParameterError("assets says nothing", field="assets", remedy="Give weights, such as {US_EQ: 1, EU_EQ: -1}.")
        if not -1.0 < self.gain <= 1.0:
            remedy = "Give a fraction per year, such as 0.03."
            raise ParameterError(f"gain is {self.gain:g}", field="gain", remedy=remedy)
        if not 0.0 < self.confidence <= 1.0:
            remedy = "Give a fraction above 0, up to 1 for certainty."
            raise ParameterError(f"confidence is {self.confidence:g}", field="confidence", remedy=remedy)
        if not self.expires >= self.stated.astype("datetime64[D]"):
            what = f"expires {self.expires} is before it is stated"
            raise ParameterError(what, field="expires", remedy="Give a later date.")

    def holds(self, date: np.datetime64, cutoff: np.datetime64) -> bool:
        """Whether it had been stated by the cut-off and had not expired on the date."""
        return bool(self.stated <= cutoff and date <= self.expires)
