"""Which approach fits whom: the decision table of the six questions, as data (METHODS 11.1).

Each answer gives every approach some points and sets hard settings. The signs of the points come from the article on
dynamic asset allocation; their sizes, and the rows marked `ours`, are choices of this project. All 216 combinations are
tested.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from trimtab.governance.answers import Answer, Capacity, Horizon, MarketView, Success, TaxStatus, Tolerance


class Approach(Enum):
    """A way to run a portfolio, the simplest first: ties go to the simpler one."""

    STRATEGIC_TILT = "strategic allocation with tilts"
    TREND = "trend-following tactical allocation"
    VOLATILITY_TARGET = "volatility target"
    RISK_PARITY = "risk parity"
    FACTOR_TILT = "factor tilts"
    DISCRETIONARY = "discretionary tactical allocation"
    STATIC = "static allocation with bands"  # no answer asks for it: what is marginal after costs comes down to it


@dataclass(frozen=True, slots=True)
class Row:
    """What one answer says: points of each approach in the order of `ORDER`, and what it sets, in words.

    `ours` tells that the article is silent and the row is our choice.
    """

    points: tuple[int, int, int, int, int, int]
    setting: str
    ours: bool = False


ORDER = (
    Approach.STRATEGIC_TILT,
    Approach.TREND,
    Approach.RISK_PARITY,
    Approach.VOLATILITY_TARGET,
    Approach.FACTOR_TILT,
    Approach.DISCRETIONARY,
)
TABLE: dict[Answer, Row] = {
    Horizon.LONG: Row((2, 0, 1, 0, 1, 0), "tilts of at most 5 %"),
    Horizon.MEDIUM: Row((1, 1, 1, 0, 1, 0), "tilts of at most 10 %", ours=True),
    Horizon.SHORT: Row((0, 2, -1, 1, -1, 1), "tilts of 10 % and more are open"),
    Tolerance.LOW: Row((0, 0, 2, 2, -1, -1), "a volatility target; no leverage"),
    Tolerance.MEDIUM: Row((1, 1, 1, 1, 0, 0), "leverage of at most 1.5", ours=True),
    Tolerance.HIGH: Row((0, 1, 0, 0, 2, 1), "aggressive tactical positions are open"),
    Capacity.SMALL: Row((1, 2, -1, 0, -1, 0), "rules with one or two signals, on low-cost funds"),
    Capacity.LARGE: Row((0, 1, 1, 1, 1, 1), "complex models and direct securities are open"),
    TaxStatus.TAXABLE: Row((2, -1, 0, -1, 0, -1), "turnover of at most 10 % a quarter; long-term gains, harvested losses"),
    TaxStatus.ADVANTAGED: Row((0, 1, 0, 0, 0, 0), "turnover of at most 20 % a quarter"),
    TaxStatus.MIXED: Row((1, 0, 0, 0, 0, 0), "the part that trades stands in the sheltered account", ours=True),
    MarketView.CONVICTION: Row(
        (0, 0, -1, 0, 0, 3), "overrides are logged, expire, stay within the tilt; the model runs beside"
    ),
    MarketView.SYSTEMATIC: Row((0, 1, 2, 1, 2, -2), "no overrides"),
    Success.DEFINED: Row((0,) * 6, "Sharpe ratio, deepest fall, information ratio; a full review in 3 to 5 years"),
    Success.UNDEFINED: Row((0,) * 6, "no start before benchmark, risk target and tolerated fall are written down"),
}
