"""Leverage and what makes it dangerous, over time: gross exposure, margin, the deleveraging rule, stock-bond correlation.

Leverage multiplies losses just when nobody lends, and it rests on bonds that rise when shares fall. So both are shown,
each with the level at which it warns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.construction.volatility_target import VOLATILITY, VolatilityTarget, deleveraging, stressed_factor
from trimtab.core.arrays import Array, Dates
from trimtab.core.terms import TOTAL_RETURN
from trimtab.data.market import Market, last_known
from trimtab.desk.result import Result
from trimtab.numerics.margin import Calls, fall_to_call, margin_calls
from trimtab.numerics.rolling import rolling_correlation

BORROWED = 1.0 + 1e-6  # gross exposure above it is leverage
TOGETHER = 0.2  # a correlation above it: bonds fall when shares do
CALLED_BELOW = 0.25  # of gross exposure, where the policy names no margin (FINRA rule 4210)
YEAR, YEARS_3 = 252, 36  # returns in the window of the correlation: daily, monthly


@dataclass(frozen=True, slots=True, eq=False)
class LeverageReview:
    """Gross exposure over net asset value (T,) at each close, and what watches it.

    `cap` is the most that rules allow; `acted` are decision dates on which the deleveraging rule acted; `stressed` is the
    leverage that a volatility target asks for in the calmest of times (NaN without one); `calls` what a broker would have
    done; `correlation` (T,) that of shares and bonds, None where the universe has not both.
    """

    dates: Dates
    gross: Array
    cap: float
    acted: Dates
    stressed: float
    maintenance: float
    calls: Calls
    correlation: Array | None

    @property
    def levered(self) -> bool:
        """Whether anything was ever borrowed."""
        return bool((self.gross > BORROWED).any())

    @property
    def fall(self) -> float:
        """The loss in one session that would have brought a margin call on the day of the highest leverage."""
        return float(fall_to_call(float(self.gross.max()), self.maintenance))


def review_leverage(result: Result) -> LeverageReview | None:
    """The review; None where the policy may not borrow and scales nothing."""
    cap = 1.0 - float(result.policy.rules.essential.low_cash)
    if cap <= BORROWED and result.aims.factors is None:
        return None
    gross = np.abs(result.weights).sum(axis=1)
    maintenance = float(getattr(result.policy.cash, "maintenance", 0.0)) or CALLED_BELOW
    calls = margin_calls(gross, np.ones(len(gross)), maintenance)
    return LeverageReview(
        result.dates, gross, cap, _acted(result), _stressed(result), maintenance, calls, stock_bond(result.market, result.dates)
    )


def _acted(result: Result) -> Dates:
    """Decision dates on which the deleveraging rule acted."""
    factors = result.aims.factors
    if factors is None or not isinstance(result.policy.allocator, VolatilityTarget):
        return result.dates[:0]
    first = len(result.aims) - len(result.decisions)
    return result.aims.days.dates[first:][deleveraging(factors[first:])]


def _stressed(result: Result) -> float:
    allocator, factors = result.policy.allocator, result.aims.factors
    if factors is None or not isinstance(allocator, VolatilityTarget):
        return float("nan")
    found = stressed_factor(factors[:, VOLATILITY], target=allocator.target, most=allocator.most)
    return float(found[-1])


def stock_bond(market: Market, dates: Dates) -> Array | None:
    """(T,) correlation of the mean returns of the classes equity and bonds over a year of days, or three of months."""
    classes = np.array([asset.asset_class for asset in market.assets])
    shares, bonds = classes == "equity", classes == "bonds"
    if not (shares.any() and bonds.any()):
        return None
    index, _ = last_known(market.fields[TOTAL_RETURN])
    returns = index[1:] / index[:-1] - 1.0
    pair = np.stack([returns[:, shares].mean(axis=1), returns[:, bonds].mean(axis=1)])
    found = rolling_correlation(pair[0], pair[1], YEARS_3 if market.monthly else YEAR)
    whole = np.concatenate([[np.nan], found])
    return np.asarray(whole[np.searchsorted(market.sessions, dates)])


def leverage_words(review: LeverageReview) -> tuple[str, ...]:
    """What is to be said of it in sentences."""
    lines = [f"Gross exposure was {review.gross.mean():.2f} on average and {review.gross.max():.2f} at most; {_cap(review)}."]
    if np.isfinite(review.stressed):
        lines.append(f"In the calmest of times (5th percentile of volatility) the target asks for {review.stressed:.2f}.")
    if len(review.acted):
        dates = "1 decision date" if len(review.acted) == 1 else f"{len(review.acted)} decision dates"
        lines.append(f"The deleveraging rule acted on {dates}: {_some(review.acted)}.")
    if review.levered:
        lines.append(_margin(review))
    if review.correlation is not None and np.isfinite(review.correlation[-1]):
        lines.append(_correlation(review.correlation))
    return tuple(lines)


def _cap(review: LeverageReview) -> str:
    if not np.isfinite(review.cap):
        return "no rule caps it"
    drifted = ", and prices moved it beyond that between decisions" if review.gross.max() > review.cap + 0.005 else ""
    return f"rules allow {review.cap:.2f}{drifted}"


def _margin(review: LeverageReview) -> str:
    percent = f"{100.0 * review.maintenance:g} %"
    count = int(review.calls.count)
    if count:
        first = review.dates[int(review.calls.first)]
        often = f"on {first}" if count == 1 else f"{count} times, first on {first}"
        said = f"MARGIN CALL: equity fell below {percent} of the exposure {often}"
        return f"{said}; no forced sale is modelled."
    fall = f"a fall of {100.0 * review.fall:.0f} % in one session"
    return f"No margin call at {percent}: at the highest leverage {fall} would bring one."


def _correlation(found: Array) -> str:
    known = found[np.isfinite(found)]
    above = 100.0 * float((known > TOGETHER).mean())
    warning = "WARNING: bonds fall when shares do" if known[-1] > TOGETHER else "bonds cushion or ignore shares"
    now = f"Correlation of shares and bonds is {known[-1]:+.2f} now ({warning})"
    return f"{now}; above {TOGETHER:+.1f} {above:.0f} % of the time."


def _some(dates: Dates) -> str:
    shown = ", ".join(str(date) for date in dates[:6])
    return f"{shown} and {len(dates) - 6} more" if len(dates) > 6 else shown
