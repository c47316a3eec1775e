"""Exponentially weighted covariance (J.P. Morgan and Reuters 1996, "RiskMetrics: Technical Document").

S = sum of w_i r_i r_i', w_i proportional to decay^(age in rows) and summing to 1 over the window, so that decay 1 gives
equal weights; in RiskMetrics the mean counts as 0, decay is 0.94 for days and 0.97 for months.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.terms import Span, sessions
from trimtab.forecasts.windowed import Estimate, Windowed, mended
from trimtab.numerics.covariance import covariance
from trimtab.numerics.exponential import decay_of_halflife, exponential_weights


@dataclass(frozen=True, slots=True)
class Ewma(Windowed):
    """Exponentially weighted covariance (D, A, A) per year of the last `window` returns; see `Windowed` for unknowns.

    `halflife`, in the steps of the window, takes the place of `decay` where it is given. `centred` takes the mean with the
    same weights off first (no correction for it); RiskMetrics does not.
    """

    decay: Annotated[float, Interval(gt=0.0, le=1.0)] = 0.94
    halflife: Span = sessions(0)
    centred: bool = False

    def __post_init__(self) -> None:
        Windowed.__post_init__(self)
        if self.halflife.count and self.halflife.every is not self.window.every:
            what = f"halflife {self.halflife} has another step than window {self.window}"
            raise ParameterError(what, field="halflife", remedy="Use the same unit for both.")

    @property
    def weights(self) -> Array:
        """(n,) what each row of the window counts, oldest first."""
        decay = decay_of_halflife(self.halflife.count) if self.halflife.count else self.decay
        return exponential_weights(self.window.count, decay)

    def complete(self, rows: Array) -> Estimate:
        """Of returns (D, n, A) without gaps that matter."""
        return Estimate(covariance(rows, self.weights, centred=self.centred))

    def pairwise(self, rows: Array) -> Estimate:
        """Each pair on its common rows, then the nearest covariance."""
        found, moved, _ = mended(rows, self.minimum, self.weights, centred=self.centred)
        return Estimate(found, moved=moved)

    @property
    def words(self) -> str:
        """What it is."""
        how = f"half-life {self.halflife}" if self.halflife.count else f"decay {self.decay:g}"
        return f"exponentially weighted covariance ({how}) over {self.rows_in_words}"
