"""Mean-variance with frictions (Markowitz 1952; METHODS 5.5): the reacher that weighs each trade against its cost.

Maximises mean'w - (risk aversion / 2) w'Σw - the cost of today's trades, under every limit, each date by itself (the
single-period problem of Boyd, Busseti, Diamond, Kahn, Koh, Nystrup and Speth 2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from trimtab.construction.conic import boxed, factor
from trimtab.construction.optimum import Within, best
from trimtab.construction.other_terms import best_of_all
from trimtab.construction.standing import Standing, stand
from trimtab.construction.taxed import Taxes, best_taxed
from trimtab.construction.terms import ActiveRisk, Cost, Objective, Return, Risk, Scene
from trimtab.core.arrays import Array
from trimtab.core.errors import BreachError, InvariantError, ParameterError
from trimtab.core.frictions import CostModel, LimitSet
from trimtab.core.region import Region
from trimtab.core.slots import Slot
from trimtab.core.terms import PER_YEAR, Positive, Span, check_ranges, months
from trimtab.core.trades import Book, Power, Reach
from trimtab.core.values import Asset, Today

_REMEDY = "Nothing is traded: look at the forecast of this date, and at the limits."

ATerm = Annotated[Any, Slot("terms")]


@dataclass(frozen=True, slots=True)
class MeanVariance:
    """The best trade today: expected return, less risk, less what trading costs. It reads the forecast, not the goal.

    `risk_aversion` is the textbook's, on half the variance per year: without limits and costs the weights are
    Σ⁻¹ mean / risk_aversion. Costs are paid once and earned back over `horizon`: 1Y as METHODS writes it, 1M where the
    forecast is for a month, which makes trading twelve times as dear against a return per year. `active` measures risk
    around the benchmark. `terms` are more terms to maximise, components of one's own (see `terms.OtherTerm`).

    Today's cost of each asset comes from the policy's costs, at the net asset value of the account; an asset whose cost
    is unknown is not traded. Costs count from what is held, a repair of breaches included, turnover budgets from what is
    held after it; budgets are part of the programme. Where the book says what selling is taxed, taxes are a cost like
    the others, earned back over `horizon` too (see `taxed`).
    """

    risk_aversion: Positive
    horizon: Span = months(12)
    active: bool = False
    terms: tuple[ATerm, ...] = ()
    benchmark: tuple[float, ...] = ()
    universe: tuple[Asset, ...] = ()

    chooses = True
    reads_mean = True
    reads_covariance = True
    taxed = True

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.horizon.count < 1:
            raise ParameterError("the horizon is no time at all", field="horizon", remedy="Write for example 1Y or 1M.")
        if self.active and self.universe and not self.benchmark:
            remedy = "Give the policy a benchmark, or leave active out."
            raise ParameterError("active risk needs a benchmark", field="active", remedy=remedy)

    @property
    def objective(self) -> Objective:
        """What is maximised."""
        risk = ActiveRisk(self.benchmark) if self.active else Risk()
        standard = Return() - self.risk_aversion * risk - (1.0 / self._years) * Cost()
        return Objective((*standard.parts, *((1.0, term) for term in self.terms)))

    def __call__(self, today: Today, book: Book, limits: LimitSet, costs: CostModel) -> Reach:
        """Target weights (A,) for `book.held` (A,).

        `share` is 1, or less where a budget of a group of assets let only a part of the way through. Raises BreachError,
        on which the desk trades nothing and says why, where the forecast is unknown or no covariance, where no portfolio
        keeps the limits, and where the solver finds no answer that passes the check; UsageError where it is not installed.
        """
        taxes = () if book.selling is None else (-(1.0 / self._years) * Taxes()).parts
        return reach(Objective((*self.objective.parts, *taxes)), today, book, limits, costs)

    @property
    def words(self) -> str:
        """How far a decision goes."""
        risk = "active risk" if self.active else "risk"
        more = f" and {len(self.terms)} more terms" if self.terms else ""
        back = f"trading costs earned back over {self.horizon}"
        return f"to the best trade by expected return, {risk} (aversion {self.risk_aversion:g}) and {back}{more}"

    @property
    def _years(self) -> float:
        return self.horizon.count / PER_YEAR[self.horizon.every]


def reach(objective: Objective, today: Today, book: Book, limits: LimitSet, costs: CostModel) -> Reach:
    """The best trade (A,) by any objective, within all limits, and checked. For objectives written in Python."""
    forecast = today.forecast
    mean, covariance = np.asarray(forecast.mean), np.asarray(forecast.covariance)
    if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
        raise BreachError("the forecast of means or covariances is not known", remedy=_REMEDY)
    held = stand(book, limits)
    left = limits.left(book)
    scene = Scene(mean, covariance, book.held, _powers(costs, book), Taxes().curve(book))
    within = Within(held.base, _tradable(held, scene), held.bounds, held.covariance, float(left))

    def solve(scene: Scene, within: Within) -> Array:
        if objective.standard:
            return best(objective, scene, within)
        return best_of_all(objective, scene, within, today, book)

    try:
        factor(covariance)
        found = best_taxed(objective, scene, within, solve)
    except InvariantError as error:
        raise BreachError(f"no best portfolio is found: {error.what}", remedy=_REMEDY) from error
    way = found - held.base
    share = np.asarray(limits.share(way, book))
    target = found if share == 1.0 else held.base + share * way
    if not np.isfinite(target).all():
        raise InvariantError("a target is not finite")
    return Reach(target, held.base, share, left, held.relaxed)


def _powers(costs: CostModel, book: Book) -> tuple[Power, ...]:
    """The costs of today's trades as fractions of net asset value, for moves in weight."""
    curve = costs.curve(len(book.held), book.dealing)
    return tuple(Power(power.rate * book.nav ** (power.exponent - 1.0), power.exponent) for power in curve)


def _tradable(held: Standing, scene: Scene) -> Region:
    """Where trading may lead: what limits reach today, without trades whose cost is unknown."""
    region = boxed(held.region, held.box)
    unknown = np.any([np.isnan(power.rate) for power in scene.powers], axis=0) if scene.powers else np.False_
    if not unknown.any():
        return region
    return boxed(region, (np.where(unknown, held.base, -np.inf), np.where(unknown, held.base, np.inf)))
