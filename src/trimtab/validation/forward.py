"""Is a series stamped with a date on which it was not known? A component cannot see that; the data can show it.

A return over the NEXT period that stands on the row of this one, as in the bond returns of Shiller's published sheet,
moves as the price or yield behind it will move, and not as it has moved. Honest components then look ahead with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, require_shape

ALMOST = 0.9  # correlation from which a series and a change are taken to be the same thing
FEWEST = 24  # rows, below which a correlation says little


@dataclass(frozen=True, slots=True)
class Foresight:
    """Correlation of a series' row t with the change of another from t to t + 1 (`ahead`), and from t - 1 to t (`now`)."""

    ahead: float
    now: float

    @property
    def found(self) -> bool:
        """Whether it moves with what comes, far more than with what has come: |ahead| above 0.9 and above twice |now|."""
        return bool(abs(self.ahead) > ALMOST and abs(self.ahead) > 2.0 * abs(self.now))

    @property
    def words(self) -> str:
        """What was found, with the numbers."""
        pair = f"correlation {self.ahead:+.3f} with the next change, {self.now:+.3f} with the last one"
        return f"looks forward: {pair}; its rows are stamped a period too early" if self.found else f"looks back: {pair}"


def looks_forward(values: Array, reference: Array) -> Foresight:
    """Whether `values` (T,) foretell `reference` (T,), on the same dates, oldest first: a price, an index or a yield.

    Its changes are taken plainly (yields) and, where it is above 0, relatively (prices): the closer ones count. NaN rows
    are left out; NaN where fewer than 24 pairs are known or either has not varied. Raises InvariantError for other
    shapes. A monthly average foretells a little of itself (about 0.3), which is why `found` asks for far more.
    """
    require_shape("reference", reference, values.shape)
    growing = np.where(reference > 0.0, reference, np.nan)
    plain, relative = (
        Foresight(_correlation(values[:-1], change), _correlation(values[1:], change))
        for change in (np.diff(reference), np.diff(np.log(growing)))
    )
    return relative if abs(relative.ahead) > abs(plain.ahead) else plain


def _correlation(one: Array, other: Array) -> float:
    known = np.isfinite(one) & np.isfinite(other)
    if int(known.sum()) < FEWEST:
        return float("nan")
    x, y = one[known] - one[known].mean(), other[known] - other[known].mean()
    scale = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum()) / scale if scale > 0.0 else float("nan")
