"""Shrunk covariance with the intensity that the sample itself says is best (Ledoit and Wolf 2003, 2004)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from trimtab.core.arrays import Array
from trimtab.forecasts.shrinking import Shrink, shrunk, shrunk_pairwise
from trimtab.forecasts.windowed import Estimate, Windowed
from trimtab.numerics.shrinkage import towards_constant_correlation, towards_identity, towards_single_factor


class Target(Enum):
    """What a sample is shrunk towards."""

    IDENTITY = "identity"  # every asset with the mean variance, no correlation
    CONSTANT_CORRELATION = "constant_correlation"  # own variances, one correlation for all pairs
    SINGLE_FACTOR = "single_factor"  # own variances, covariances through the mean of all assets


@dataclass(frozen=True, slots=True)
class LedoitWolf(Windowed):
    """Sample covariance of the last `window` returns shrunk towards `target` (D, A, A), per year; see `Windowed`.

    Only assets that are known take part. Variances as in the packages that the numbers agree with: ddof 0 towards the
    identity (scikit-learn) and a single factor (PyPortfolioOpt), ddof 1 towards constant correlation (PyPortfolioOpt).
    The identity treats all assets as equally volatile: it suits shares, less so bonds beside shares.
    """

    target: Target = Target.CONSTANT_CORRELATION

    def complete(self, rows: Array) -> Estimate:
        """Of returns (D, n, A) without gaps that matter."""
        return shrunk(rows, self._how)

    def pairwise(self, rows: Array) -> Estimate:
        """Each pair on its common rows, the nearest covariance, then shrunk."""
        return shrunk_pairwise(rows, self._how, self.minimum)

    @property
    def words(self) -> str:
        """What it is."""
        return f"covariance shrunk towards {_WORDS[self.target]} (Ledoit-Wolf) over {self.rows_in_words}"

    @property
    def _how(self) -> Shrink:
        return _HOW[self.target]


_HOW: dict[Target, Shrink] = {
    Target.IDENTITY: towards_identity,
    Target.CONSTANT_CORRELATION: towards_constant_correlation,
    Target.SINGLE_FACTOR: towards_single_factor,
}
_WORDS = {
    Target.IDENTITY: "the identity",
    Target.CONSTANT_CORRELATION: "constant correlation",
    Target.SINGLE_FACTOR: "a single factor",
}
