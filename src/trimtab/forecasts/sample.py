"""The sample covariance: every row of the window counts alike (ddof 1)."""

from __future__ import annotations

from dataclasses import dataclass

from trimtab.core.arrays import Array
from trimtab.forecasts.windowed import Estimate, Windowed, mended
from trimtab.numerics.covariance import covariance


@dataclass(frozen=True, slots=True)
class Sample(Windowed):
    """Sample covariance (D, A, A) per year of the last `window` returns, ddof 1; see `Windowed` for what is unknown.

    With more assets than rows it is singular, and its small eigenvalues are too small long before: shrink it then.
    """

    def complete(self, rows: Array) -> Estimate:
        """Of returns (D, n, A) without gaps that matter."""
        return Estimate(covariance(rows))

    def pairwise(self, rows: Array) -> Estimate:
        """Each pair on its common rows, then the nearest covariance."""
        found, moved, _ = mended(rows, self.minimum)
        return Estimate(found, moved=moved)

    @property
    def words(self) -> str:
        """What it is."""
        return f"sample covariance over {self.rows_in_words}"
