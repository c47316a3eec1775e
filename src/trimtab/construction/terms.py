"""The terms of an objective, as an algebra: `Return() - gamma * Risk() - Cost()` is what is maximised (METHODS 5.5).

Each term is a function of the weights w, its numbers per year and per unit of net asset value; each writes itself into
the standard form of a conic solver, and says its value in plain numpy. Terms of others say theirs to cvxpy (see
`other_terms`). The idea of an algebra is that of Boyd, Busseti, Diamond, Kahn, Koh, Nystrup and Speth (2017), section 4.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import fsum
from typing import Any, Protocol

import numpy as np

from trimtab.construction.form import Form
from trimtab.core.arrays import Array, Index, Mask, require_shape
from trimtab.core.errors import ParameterError
from trimtab.core.taxes import Selling
from trimtab.core.trades import Book, Power
from trimtab.core.values import Today


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """The numbers that the standard terms read: a forecast per year, what is held, and what trading costs.

    `mean` and `held` are (A,), `covariance` (A, A). Each of `powers` charges rate (A,) times |w - held| to its exponent, as
    a fraction of net asset value. `selling` is what sales are taxed, asset by asset rising with what is sold.
    """

    mean: Array
    covariance: Array
    held: Array
    powers: tuple[Power, ...] = ()
    selling: Selling | None = None


@dataclass(slots=True)
class Writing:
    """A programme as terms write into it: its form, the columns of the weights and those of |w - held|.

    `moves` are the columns of those assets whose moves are in the programme, `moved` (A,) says which they are.
    """

    form: Form
    weights: Index
    moves: Index
    moved: Mask


class Algebra:
    """Terms add, subtract and scale; the answer is an `Objective`."""

    __slots__ = ()

    @property
    def parts(self) -> tuple[tuple[float, Any], ...]:
        """The terms with their factors."""
        return ((1.0, self),)

    def __add__(self, other: Any) -> Objective:
        """Both, added. A term of others is any object with an `expression`."""
        return Objective((*self.parts, *_parts(other)))

    def __radd__(self, other: Any) -> Objective:
        """Both, added."""
        return Objective((*_parts(other), *self.parts))

    def __mul__(self, factor: float) -> Objective:
        """Scaled by a number."""
        return Objective(tuple((factor * own, term) for own, term in self.parts))

    __rmul__ = __mul__

    def __neg__(self) -> Objective:
        """The opposite."""
        return self * -1.0

    def __sub__(self, other: Any) -> Objective:
        """The difference."""
        return self + -Objective(_parts(other))


@dataclass(frozen=True, slots=True)
class Objective(Algebra):
    """A weighted sum of terms, to be maximised."""

    terms: tuple[tuple[float, Any], ...]

    @property
    def parts(self) -> tuple[tuple[float, Any], ...]:
        """The terms with their factors."""
        return self.terms

    @property
    def standard(self) -> bool:
        """Whether all terms write themselves into the standard form."""
        return all(isinstance(term, Term) for _, term in self.terms)

    def value(self, weights: Array, scene: Scene) -> float:
        """The sum at weights (A,), of the standard terms."""
        return fsum(factor * term.value(weights, scene) for factor, term in self.terms if isinstance(term, Term))


class Term(Algebra, ABC):
    """A standard term: the same number in numpy, in the standard form, and in cvxpy."""

    __slots__ = ()

    @abstractmethod
    def value(self, weights: Array, scene: Scene) -> float:
        """Its value at weights (A,)."""

    @abstractmethod
    def write(self, factor: float, writing: Writing, scene: Scene) -> None:
        """Add `factor` times itself to what `writing` maximises; ParameterError where that is not concave."""

    @abstractmethod
    def spoken(self, weights: Any, scene: Scene, cvxpy: Any) -> Any:
        """As an expression of cvxpy in the variable `weights` (A,)."""


class OtherTerm(Protocol):
    """A term of others, in a class of their own: `use: package.module:Class`. It takes cvxpy (the extra `terms`)."""

    def expression(self, weights: Any, today: Today, book: Book) -> Any:
        """A concave cvxpy expression of the variable `weights` (A,), to be maximised: per year, a unit of net asset value."""
        ...


@dataclass(frozen=True, slots=True)
class Return(Term):
    """Expected return per year, mean'w."""

    def value(self, weights: Array, scene: Scene) -> float:
        """The mean of the portfolio."""
        return float(scene.mean @ weights)

    def write(self, factor: float, writing: Writing, scene: Scene) -> None:
        """A linear reward."""
        writing.form.charge(writing.weights, -factor * scene.mean)

    def spoken(self, weights: Any, scene: Scene, cvxpy: Any) -> Any:
        """The mean of the portfolio."""
        return scene.mean @ weights


@dataclass(frozen=True, slots=True)
class Risk(Term):
    """Half the variance per year, ½ w'Σw: its factor is the risk aversion of the textbook."""

    def value(self, weights: Array, scene: Scene) -> float:
        """½ w'Σw."""
        return 0.5 * float(weights @ scene.covariance @ weights)

    def write(self, factor: float, writing: Writing, scene: Scene) -> None:
        """A quadratic cost."""
        disliked(factor, self)
        writing.form.bend(writing.weights, -factor * scene.covariance)

    def spoken(self, weights: Any, scene: Scene, cvxpy: Any) -> Any:
        """½ w'Σw."""
        return 0.5 * cvxpy.quad_form(weights, cvxpy.psd_wrap(scene.covariance))


@dataclass(frozen=True, slots=True)
class ActiveRisk(Term):
    """Half the variance per year of what is held beyond the benchmark (A,), ½ (w - b)'Σ(w - b)."""

    benchmark: tuple[float, ...]

    def value(self, weights: Array, scene: Scene) -> float:
        """½ (w - b)'Σ(w - b)."""
        return Risk().value(weights - self._held(scene), scene)

    def write(self, factor: float, writing: Writing, scene: Scene) -> None:
        """A quadratic cost around the benchmark."""
        Risk().write(factor, writing, scene)
        writing.form.charge(writing.weights, factor * (scene.covariance @ self._held(scene)))

    def spoken(self, weights: Any, scene: Scene, cvxpy: Any) -> Any:
        """½ (w - b)'Σ(w - b)."""
        return Risk().spoken(weights - self._held(scene), scene, cvxpy)

    def _held(self, scene: Scene) -> Array:
        held = np.array(self.benchmark)
        require_shape("the benchmark of active risk", held, scene.mean.shape)
        return held


@dataclass(frozen=True, slots=True)
class Cost(Term):
    """What the trades of today cost, as a fraction of net asset value: the sum of rate |w - held| ^ exponent."""

    def value(self, weights: Array, scene: Scene) -> float:
        """The sum over assets and powers; what is not traded costs nothing, at an unknown rate too."""
        moves = np.abs(weights - scene.held)
        traded = moves > 0.0
        return float(sum((power.rate[traded] * moves[traded] ** power.exponent).sum() for power in scene.powers))

    def write(self, factor: float, writing: Writing, scene: Scene) -> None:
        """A linear cost of moves, or a cone for each asset."""
        disliked(factor, self)
        for power in scene.powers:
            charged = power.rate > 0.0
            moves = writing.moves[charged[writing.moved]]
            rates = -factor * power.rate[charged]
            if power.exponent == 1.0:
                writing.form.charge(moves, rates)
            else:
                _by_power(writing.form, moves, rates, power.exponent)

    def spoken(self, weights: Any, scene: Scene, cvxpy: Any) -> Any:
        """The sum over powers, of the assets that cost anything."""
        total: Any = 0.0
        for power in scene.powers:
            charged = np.flatnonzero(power.rate > 0.0)
            move = cvxpy.abs(weights[charged] - scene.held[charged])
            total += power.rate[charged] @ (move if power.exponent == 1.0 else cvxpy.power(move, power.exponent))
        return total


def _parts(term: Any) -> tuple[tuple[float, Any], ...]:
    return term.parts if isinstance(term, Algebra) else ((1.0, term),)


def disliked(factor: float, term: Any) -> None:
    """Raise ParameterError where a convex term would be maximised."""
    if factor > 0.0:
        what = (
            f"{type(term).__name__} stands in the objective with the factor {factor:g}: more of it would be better without end"
        )
        raise ParameterError(what, remedy="Take it off: Return() - 5 * Risk() - Cost().")


def _by_power(form: Form, moves: Index, rates: Array, exponent: float) -> None:
    """A rate on t with t^(1/p) 1^(1 - 1/p) >= move, the power cone.

    The two second-order cones that say p = 3/2 meet in their tips where nothing is traded, and the solver stops short.
    """
    for move, rate in zip(moves, rates, strict=True):  # a cone for each asset: that is how the form says it
        above = form.variables(1)
        form.charge(above, rate)
        form.power(exponent, np.array([0.0, 1.0, 0.0]), ([0, 2], [above[0], move], -1.0))
