"""Components that somebody else wrote, good and bad, for `use: tests.desk.own_parts:Name`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import CLOSE, Fraction, check_ranges
from trimtab.core.values import Forecast, Regime, Scores


@dataclass(frozen=True, slots=True)
class Dear:
    """+1 where the price is above `level`, else -1."""

    level: float = 50.0
    trust: Fraction = 1.0
    depth: int = 1

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.level == 13.0:
            raise ParameterError("level is 13.0, which brings bad luck", field="level", remedy="Take 14.")

    def __call__(self, view: View) -> Scores:
        """(D, A) signs."""
        return Scores(view.assets, np.sign(view.window(CLOSE, 1)[:, -1] - self.level))

    def sentence(self, view: View, asset: int) -> str:
        return f"its price against {self.level:g}"


@dataclass(frozen=True, slots=True)
class Mute:
    """The least that a signal is: it never says why."""

    def __call__(self, view: View) -> Scores:
        """(D, A) zeros."""
        return Scores(view.assets, np.zeros((len(view.days), len(view.assets))))


class Plain:
    """No dataclass."""


FUNCTION = len


@dataclass(frozen=True, slots=True)
class Falling:
    """Two states: whether the first asset stands below where it stood `rows` sessions ago."""

    rows: int = 20

    def __call__(self, view: View) -> Regime:
        """(D, 2), NaN without history."""
        window = view.window(CLOSE, self.rows + 1)[:, :, 0]
        bad = window[:, -1] < window[:, 0]
        both = np.stack([~bad, bad], axis=1).astype(float)
        return Regime(("calm", "falling"), np.where(np.isfinite(window).all(axis=1)[:, None], both, np.nan))

    def sentence(self, view: View) -> str:
        return "the first asset against its own past"


@dataclass(frozen=True, slots=True)
class ByScore:
    """A forecaster whose mean is a hundredth of the score, with no risk at all."""

    reads_scores = True

    def __call__(self, view: View, scores: Scores, regime: Regime) -> Forecast:
        """(D, A) and (D, A, A)."""
        return Forecast(0.01 * scores.values, np.zeros((*scores.values.shape, scores.values.shape[-1])))


@dataclass(frozen=True, slots=True)
class ByMean:
    """A benchmark of 0.4, 0.2, 0.3 with ten times the mean on top."""

    reads_mean = True

    def __call__(self, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
        """(D, A)."""
        return np.array([0.4, 0.2, 0.3]) + 10.0 * forecast.mean
