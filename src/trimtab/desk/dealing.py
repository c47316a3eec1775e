"""What is known of the markets that a decision trades in: value traded in a day, and daily volatility, as of each date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import DAY, TOTAL_RETURN, TRADED, Span, sessions
from trimtab.core.values import Dealing


@dataclass(frozen=True, slots=True)
class Liquidity:
    """Over how many sessions liquidity is measured: the median of the value traded, and the deviation of daily returns."""

    volume: Span = sessions(60)
    volatility: Span = sessions(60)

    def __post_init__(self) -> None:
        for name in ("volume", "volatility"):
            span: Span = getattr(self, name)
            if span.every is not DAY or span.count < 2:
                raise ParameterError(f"{name} is {span}, not two sessions or more", field=name, remedy="Write it as 60D.")


def dealing_of(view: View, over: Liquidity) -> Dealing:
    """(D, A) of each. NaN where fewer than half of the sessions are known (for volatility, fewer than two returns).

    A session on which nothing was traded counts as 0.
    """
    traded = view.window(TRADED, over.volume.count)
    index = view.window(TOTAL_RETURN, over.volatility.count + 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        returns = index[:, 1:] / index[:, :-1] - 1.0
    return Dealing(_over_known(traded, np.nanmedian), _over_known(returns, _deviation, least=2))


def _over_known(rows: Array, statistic: Callable[..., Array], least: int = 1) -> Array:
    """A statistic over the known ones of (D, n, A), by date and asset; `least` of them must be known."""
    known = np.isfinite(rows).sum(axis=1)
    enough = (2 * known >= rows.shape[1]) & (known >= least)
    filled = np.where(enough[:, np.newaxis], rows, 0.0)
    return np.where(enough, statistic(filled, axis=1), np.nan)


def _deviation(rows: Array, axis: int) -> Array:
    return np.asarray(np.nanstd(rows, axis=axis, ddof=1))
