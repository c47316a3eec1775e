"""Risk parity: each asset, or each class, brings its budget of the risk (Maillard, Roncalli and Teiletche 2010; Qian 2005).

Equal budgets are equal risk contributions; others are risk budgeting (Bruder and Roncalli 2012). A class's budget is split
equally among its members, which meets both levels of nested risk parity exactly: contributions add up. Weights depend on
the covariance alone; leverage is another allocator's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from trimtab.construction.limits import Of
from trimtab.construction.taking_part import covariance_of, members, spread
from trimtab.core.arrays import Array, Index
from trimtab.core.errors import ParameterError
from trimtab.core.terms import Fraction, Positive, check_ranges
from trimtab.core.values import Asset, Forecast, Regime, Scores, Today
from trimtab.numerics.risk_budgeting import refusal, risk_budgets
from trimtab.numerics.risk_budgeting_boxed import boxed_risk_budgets
from trimtab.numerics.risk_contributions import contributions

_AT_BOUND = 1e-9  # of a weight


@dataclass(frozen=True, slots=True)
class RiskParity:
    """Long-only weights that sum to 1 and whose shares of risk are the budgets, to 1e-10.

    `budget` gives a number to each asset, or with `of: class` to each class, in any unit (shares count); without it all are
    equal. `only` names the assets or classes that take part, the others get nothing: leave out what hardly varies, such as
    cash, which would get nearly all the weight. With `at_least` and `at_most` each weight stays within them, and shares of
    risk come as near as such bounds let them (METHODS 2.1: no longer equal where one binds). A date on which the covariance
    of those that take part is unknown, or no covariance, or leaves no such weights, is NaN.
    """

    reads_covariance: ClassVar[bool] = True

    budget: Mapping[str, Positive] = field(default_factory=dict, hash=False)
    of: Of = Of.ASSET
    only: tuple[str, ...] = ()
    at_least: Fraction = 0.0
    at_most: Fraction = 1.0
    universe: tuple[Asset, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.of is Of.GROUP:
            raise ParameterError("of is group", field="of", remedy="Budgets are those of an asset or of a class.")
        object.__setattr__(self, "budget", dict(self.budget))
        for name, one in self.budget.items():
            if not 0.0 < one < math.inf:
                remedy = "Give a number above 0, or leave the asset out with only."
                raise ParameterError(f"the budget of {name!r} is {one}", field="budget", remedy=remedy)
        if self.universe:
            some, _ = self._meant(self.universe)
            self._check_bounds(len(some))

    def __call__(self, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
        """Weights (D, A)."""
        some, shares = self._meant(self.universe or scores.assets)
        covariance = covariance_of(forecast.covariance, some)
        if self._bounded:
            weights = boxed_risk_budgets(covariance, shares, self.at_least, self.at_most)
        else:
            weights = risk_budgets(covariance, shares)
        return spread(weights, some, scores.values.shape[-1])

    @property
    def budgets(self) -> Array:
        """Shares of risk (A,) that it means to give each asset; they sum to 1. None before the universe is known."""
        some, shares = self._meant(self.universe)
        return spread(shares, some, len(self.universe))

    @property
    def words(self) -> str:
        """Where the weights come from."""
        each = "" if self.of is Of.ASSET else " of classes, equal within each"
        what = f"equal risk contributions{each}"
        if self.budget:
            total = sum(self.budget.values())
            what = f"risk budgets {', '.join(f'{name} {_percent(one / total)}' for name, one in self.budget.items())}{each}"
        among = f", {', '.join(self.only)} alone" if self.only else ""
        bounds = f", each weight from {_percent(self.at_least)} to {_percent(self.at_most)}" if self._bounded else ""
        return f"{what}{among}{bounds}"

    def sentence(self, today: Today, asset: int) -> str:
        """The asset's share of risk at what volatility, its budget, and bounds that keep them apart; or why there are none."""
        assets = self.universe or today.aims.assets
        some, shares = self._meant(assets)
        if asset not in some:
            return "takes no part"
        covariance = covariance_of(today.forecast.covariance, some)
        weights = today.aim[some]
        if np.isnan(weights).any():
            reason = refusal(covariance, shares, names=[assets[i].title for i in some])
            return f"no weights: {reason or 'the bounds leave none'}"
        at = list(some).index(asset)
        achieved = contributions(weights, covariance)[at]
        volatility = math.sqrt(covariance[at, at])
        said = f"{100.0 * achieved:.1f} % of the risk at {100.0 * volatility:.1f} % volatility; budget {_percent(shares[at])}"
        return said + self._unequal(weights / weights.sum(), at)

    @property
    def _bounded(self) -> bool:
        return self.at_least > 0.0 or self.at_most < 1.0

    def _unequal(self, weights: Array, at: int) -> str:
        """What bounds that bind on weights (n,) do to the share of one asset."""
        least, most = self.at_least > 0.0, self.at_most < 1.0
        low = least & (weights <= self.at_least + _AT_BOUND)
        high = most & (weights >= self.at_most - _AT_BOUND)
        if not (low | high).any():
            return ""
        if low[at] or high[at]:
            return f"; held at the {'least' if low[at] else 'most'} of {_percent(weights[at])}, so the share is not the budget"
        return "; bounds on other weights keep shares from the budgets"

    def _meant(self, universe: Sequence[Asset]) -> tuple[Index, Array]:
        """The assets that take part, and their shares of risk (n,), which sum to 1. Raises ParameterError for other names."""
        some = members(universe, self.only)
        names = [universe[i].id if self.of is Of.ASSET else universe[i].asset_class for i in some]
        if "" in names:
            remedy = "Give every asset that takes part a class, or set of: asset."
            raise ParameterError(f"asset {universe[some[names.index('')]].id!r} has no class", field="of", remedy=remedy)
        if universe:
            self._check_names(names)
        raw = np.array([self.budget.get(name, 1.0) / names.count(name) for name in names])
        return some, raw / raw.sum() if len(raw) else raw

    def _check_names(self, names: Sequence[str]) -> None:
        """Raise ParameterError unless each of `names`, and nothing else, has a budget; or nothing has."""
        for name in self.budget:
            if name not in names:
                remedy = f"Known are {', '.join(dict.fromkeys(names))}."
                what = f"{name!r} is no {self.of.value} that takes part"
                raise ParameterError(what, field="budget", remedy=remedy)
        for name in names if self.budget else ():
            if name not in self.budget:
                remedy = "Give it one, or name in only those that take part."
                raise ParameterError(f"{self.of.value} {name!r} has no budget", field="budget", remedy=remedy)

    def _check_bounds(self, count: int) -> None:
        """Raise ParameterError where `count` weights within the bounds cannot sum to 1."""
        if count * self.at_least > 1.0 + 1e-12:
            what = f"{count} weights of at least {self.at_least:g} sum to more than 1"
            raise ParameterError(what, field="at_least", remedy=f"Give at most {1.0 / count:.4g}.")
        if count * self.at_most < 1.0 - 1e-12:
            what = f"{count} weights of at most {self.at_most:g} sum to less than 1"
            raise ParameterError(what, field="at_most", remedy=f"Give at least {math.ceil(1e4 / max(count, 1)) / 1e4:g}.")


def _percent(fraction: float) -> str:
    return f"{100.0 * fraction:.4g} %"
