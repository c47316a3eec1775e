"""Where the risk of each decision lay: shares of volatility by asset, under the covariance that was forecast then.

Risk parity promises shares. Bounds, limits and turnover budgets may keep a target from giving them: then the shares achieved
stand here, and beside them by how much they miss.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Dates, Mask
from trimtab.desk.result import Result
from trimtab.forecasts.none import NoForecast
from trimtab.numerics.risk_contributions import contributions

MISSED = 0.01  # a share of risk this far from its budget is told


@dataclass(frozen=True, slots=True, eq=False)
class RiskReview:
    """Shares of risk (F, A) of F targets and their volatility (F,) per year; `budgets` (A,) where the policy has any."""

    dates: Dates
    shares: Array
    volatility: Array
    budgets: Array | None

    @property
    def missed(self) -> Mask:
        """(F,) where some share is further from its budget than one percent."""
        if self.budgets is None:
            return np.zeros(len(self.dates), dtype=bool)
        return np.asarray(np.abs(self.shares - self.budgets).max(axis=1) > MISSED)

    @property
    def worst(self) -> float:
        """The largest distance of a share from its budget; 0 without budgets."""
        if self.budgets is None or not np.isfinite(self.shares).any():
            return 0.0
        return float(np.nanmax(np.abs(self.shares - self.budgets)))


def review_risk(result: Result) -> RiskReview | None:
    """The review over all decisions; None where nobody forecasts a covariance."""
    if isinstance(result.policy.forecaster, NoForecast) or not result.decisions:
        return None
    targets = np.array([decision.target for decision in result.decisions])
    covariance = np.array([decision.today.forecast.covariance for decision in result.decisions])
    known = np.where(targets[:, :, np.newaxis] * targets[:, np.newaxis] == 0.0, 0.0, covariance)  # what is not held is idle
    variance = np.einsum("fi,fij,fj->f", targets, known, targets)
    dates = np.array([decision.today.when for decision in result.decisions])
    budgets = getattr(result.policy.allocator, "budgets", None)
    return RiskReview(dates, contributions(targets, known), np.sqrt(np.maximum(variance, 0.0)), budgets)


def risk_words(review: RiskReview) -> tuple[str, ...]:
    """What is to be said of it in sentences."""
    lines = [f"Volatility of the targets, as forecast: {_spread(review.volatility)} a year."]
    if review.budgets is None:
        return tuple(lines)
    known = int(np.isfinite(review.shares).all(axis=1).sum())
    count = int(review.missed.sum())
    if not known:
        return (*lines, "Contributions to risk are unknown on every date.")
    if not count:
        return (*lines, "Every target gives each asset its budget of risk.")
    said = f"On {count} of {known} dates bounds, limits or bands made contributions to risk miss their budgets"
    return (*lines, f"{said}, by up to {100.0 * review.worst:.1f} % of the risk.")


def _spread(values: Array) -> str:
    known = values[np.isfinite(values)]
    if not len(known):
        return "unknown"
    return f"{100.0 * known.min():.1f} to {100.0 * known.max():.1f} %"
