"""Covariance shrunk towards the identity, with the intensity for normal returns (Chen, Wiesel, Eldar and Hero 2010)."""

from __future__ import annotations

from dataclasses import dataclass

from trimtab.core.arrays import Array
from trimtab.forecasts.shrinking import shrunk, shrunk_pairwise
from trimtab.forecasts.windowed import Estimate, Windowed
from trimtab.numerics.shrinkage import towards_identity_oas


@dataclass(frozen=True, slots=True)
class Oas(Windowed):
    """Oracle approximating shrinkage of the last `window` returns (D, A, A), per year; see `Windowed` for unknowns.

    ddof 0 and intensity as in scikit-learn. It shrinks more than Ledoit-Wolf where rows are few.
    """

    def complete(self, rows: Array) -> Estimate:
        """Of returns (D, n, A) without gaps that matter."""
        return shrunk(rows, towards_identity_oas)

    def pairwise(self, rows: Array) -> Estimate:
        """Each pair on its common rows, the nearest covariance, then shrunk."""
        return shrunk_pairwise(rows, towards_identity_oas, self.minimum)

    @property
    def words(self) -> str:
        """What it is."""
        return f"covariance shrunk towards the identity (oracle approximating) over {self.rows_in_words}"
