"""A discretionary view as a dated record, so that it can be backtested as it was known: who, what, how sure, until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from trimtab.core.arrays import Dates, Instants
from trimtab.core.errors import ParameterError

FOREVER = np.datetime64("9999-12-31T23:59:59", "s")
Subject = tuple[str, frozenset[frozenset[str]]]


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

    @property
    def subject(self) -> Subject:
        """Whose view it is, and on which assets against which: turned around, a view is still on the same subject."""
        sides = (frozenset(name for name, weight in self.assets.items() if weight * sign > 0.0) for sign in (1.0, -1.0))
        return self.author, frozenset(sides)


def standing(opinions: Iterable[Opinion], dates: Dates, cutoffs: Instants) -> tuple[tuple[Opinion, ...], ...]:
    """The opinions held on each date (D,), oldest first: stated by its cut-off (D,), not expired, and not replaced.

    A later opinion of the same author on the same subject replaces the earlier one from the instant at which it is
    stated, for good: when the later one expires, the earlier one does not come back.
    """
    held: list[list[Opinion]] = [[] for _ in dates]
    replaced: dict[Subject, np.datetime64] = {}
    said = sorted(opinions, key=lambda one: one.stated)
    for one in said[::-1]:  # of two stated at one instant, the last in the list counts
        in_force = (one.stated <= cutoffs) & (cutoffs < replaced.get(one.subject, FOREVER)) & (dates <= one.expires)
        replaced[one.subject] = one.stated
        for d in np.flatnonzero(in_force).tolist():
            held[d].append(one)
    return tuple(tuple(reversed(row)) for row in held)
