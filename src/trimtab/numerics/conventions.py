"""The choices that measures leave open: on the same data each gives another figure, so each has a name.

A `Conventions` value holds all of them. Its defaults are those that the wording in `definitions` states; `PACKAGES` holds
those of PerformanceAnalytics, empyrical and quantstats, so that their figures can be met.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import Enum
from typing import Any

from trimtab.core.errors import ParameterError
from trimtab.numerics.ratios import Capture
from trimtab.numerics.tail import Risk, Shortfall


class Reward(Enum):
    """The numerator of the Sharpe ratio, and of what is made from it."""

    ARITHMETIC = "arithmetic"  # mean excess return times periods (Sharpe 1994; PerformanceAnalytics from 2.1.0)
    GEOMETRIC = "geometric"  # compounded excess return a year (Bacon 2008; PerformanceAnalytics before)


class Active(Enum):
    """What the information ratio divides by tracking error."""

    GEOMETRIC = "geometric"  # difference of the geometric returns a year (PerformanceAnalytics)
    ARITHMETIC = "arithmetic"  # mean difference times periods
    PERIOD = "period"  # mean difference over its standard deviation, not annualised (empyrical, quantstats)


class Scale(Enum):
    """Whether the Sortino ratio is a year's or a period's."""

    YEAR = "year"  # times the root of the periods in a year (empyrical, quantstats)
    PERIOD = "period"  # (PerformanceAnalytics)


class Count(Enum):
    """By what the sum of squared drawdowns is divided in the Ulcer index."""

    ALL = "all"  # the number of periods (Martin 1987; PerformanceAnalytics)
    LESS_ONE = "less one"  # (quantstats)


class Moments(Enum):
    """How skewness and kurtosis are estimated."""

    POPULATION = "population"  # sums divided by T (PerformanceAnalytics)
    SAMPLE = "sample"  # corrected for small samples (Joanes and Gill 1998, G1 and G2; pandas, so quantstats)


class Alpha(Enum):
    """How the alpha of a period becomes that of a year."""

    SUM = "sum"  # times the number of periods (quantstats)
    COMPOUND = "compound"  # compounded over the periods (empyrical)


class Wins(Enum):
    """Out of which periods the win rate is counted."""

    ALL = "all"  # every period
    MOVED = "moved"  # those whose return is not zero (quantstats)


class Falls(Enum):
    """What the Burke ratio takes for a drawdown."""

    HIGHS = "highs"  # a fall from a high of wealth to its lowest before the next high (Burke 1994)
    SPELLS = "spells"  # a run of losing periods, its returns all but summed (PerformanceAnalytics)


class Threshold(Enum):
    """How often the prospect ratio takes off the least acceptable return."""

    EACH = "each"  # in every period (Bacon 2008)
    ONCE = "once"  # once from the sum over all periods (PerformanceAnalytics)


@dataclass(frozen=True, slots=True)
class Conventions:
    """One choice for each figure that has several; `level` is the confidence of value at risk and expected shortfall.

    `least` is the least acceptable return of a period, for the downside and upside figures and Omega: None stands for 0,
    and for the riskless rate in the Sortino ratio. Raises ParameterError for what is out of range.
    """

    sharpe: Reward = Reward.ARITHMETIC
    sortino: Scale = Scale.YEAR
    information_ratio: Active = Active.GEOMETRIC
    capture: Capture = Capture.ANNUALISED
    value_at_risk: Risk = Risk.HISTORICAL
    expected_shortfall: Shortfall = Shortfall.HISTORICAL
    ulcer: Count = Count.ALL
    moments: Moments = Moments.POPULATION
    alpha: Alpha = Alpha.SUM
    win_rate: Wins = Wins.ALL
    burke: Falls = Falls.HIGHS
    prospect: Threshold = Threshold.EACH
    level: float = 0.95
    least: float | None = None

    def __post_init__(self) -> None:
        """Check the two numbers."""
        if not 0.5 < self.level < 1.0:
            raise ParameterError(f"level is {self.level}", field="level", remedy="Give a confidence such as 0.95.")
        if self.least is not None and not -1.0 < self.least < 1.0:
            raise ParameterError(f"least is {self.least}", field="least", remedy="Give a return of a period, such as 0.005.")

    @classmethod
    def of(cls, chosen: Mapping[str, Any]) -> Conventions:
        """From names: {"sharpe": "geometric", "level": "0.99"}. `package` takes all choices of one of PACKAGES first.

        Raises ParameterError for a name that is none, with those that are.
        """
        chosen = dict(chosen)
        package = chosen.pop("package", "trimtab")
        if package not in PACKAGES:
            raise ParameterError(f"package is {package!r}", field="package", remedy=f"One of {', '.join(PACKAGES)}.")
        return replace(PACKAGES[package], **{key: _read(key, value) for key, value in chosen.items()})

    def named(self) -> dict[str, str]:
        """Each choice by the name that `of` reads."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {key: str(value.value) if isinstance(value, Enum) else str(value) for key, value in values.items()}


CHOICES: dict[str, type[Enum]] = {
    field.name: type(field.default) for field in fields(Conventions) if isinstance(field.default, Enum)
}
NUMBERS = ("level", "least")
_PERFORMANCE_ANALYTICS = Conventions(
    sortino=Scale.PERIOD,
    capture=Capture.CUMULATIVE,
    expected_shortfall=Shortfall.BELOW_QUANTILE,
    burke=Falls.SPELLS,
    prospect=Threshold.ONCE,
)
_EMPYRICAL = Conventions(
    information_ratio=Active.PERIOD, expected_shortfall=Shortfall.BELOW_QUANTILE, alpha=Alpha.COMPOUND, win_rate=Wins.MOVED
)
_QUANTSTATS = Conventions(
    information_ratio=Active.PERIOD,
    expected_shortfall=Shortfall.BELOW_QUANTILE,
    value_at_risk=Risk.GAUSSIAN,
    ulcer=Count.LESS_ONE,
    moments=Moments.SAMPLE,
    win_rate=Wins.MOVED,
)
PACKAGES = {
    "trimtab": Conventions(),
    "PerformanceAnalytics": _PERFORMANCE_ANALYTICS,
    "empyrical": _EMPYRICAL,
    "quantstats": _QUANTSTATS,
}


def _read(key: str, value: Any) -> Any:
    """The choice for `key` that `value` names, or is."""
    if key in NUMBERS:
        try:
            return float(value) if value is not None else None
        except (TypeError, ValueError):
            raise ParameterError(f"{key} is {value!r}", field=key, remedy="Give a number.") from None
    if key not in CHOICES:
        raise ParameterError(f"there is no convention {key!r}", field=key, remedy=f"One of {', '.join([*CHOICES, *NUMBERS])}.")
    kind = CHOICES[key]
    if isinstance(value, kind):
        return value
    found = {member.value.casefold(): member for member in kind}.get(str(value).replace("-", " ").replace("_", " ").casefold())
    if found is None:
        known = ", ".join(str(member.value).replace(" ", "-") for member in kind)
        raise ParameterError(f"{key} is {value!r}", field=key, remedy=f"One of {known}.")
    return found
