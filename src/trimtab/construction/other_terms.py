"""Objectives with terms of others, through cvxpy (Diamond and Boyd 2016): the same limits, the same check in numpy.

Such a term is a frozen dataclass with `expression(weights, today, book)`, a concave cvxpy expression. It costs a few
milliseconds a date, where the standard form takes a fraction of one.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from trimtab.construction.conic import factor, lines
from trimtab.construction.optimum import Within, checked
from trimtab.construction.packages import package
from trimtab.construction.terms import Objective, Scene, Term
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.trades import Book
from trimtab.core.values import Today

_TOLERANCES = (1e-10, 1e-8)


def best_of_all(objective: Objective, scene: Scene, within: Within, today: Today, book: Book) -> Array:
    """The weights (A,) that maximise an objective of any terms. Raises as `optimum.best` does.

    ParameterError where a term is not concave by the rules of cvxpy, UsageError where cvxpy is not installed.
    """
    cvxpy: Any = package("cvxpy", extra="terms")
    weights = cvxpy.Variable(len(scene.held))
    wanted: Any = 0.0
    for number, term in objective.parts:
        own = isinstance(term, Term)
        said = number * (term.spoken(weights, scene, cvxpy) if own else term.expression(weights, today, book))
        if not (isinstance(said, (int, float)) or (said.is_concave() and said.is_scalar())):
            what = f"the term {type(term).__name__} is not a concave number to cvxpy"
            raise ParameterError(what, field="terms", remedy="Give expression() a concave scalar: it is maximised.")
        wanted = wanted + said
    problem = cvxpy.Problem(cvxpy.Maximize(wanted), _limits(weights, within, cvxpy))
    for tolerance in _TOLERANCES:
        try:
            with warnings.catch_warnings():  # of an inaccurate answer, which does not count
                warnings.simplefilter("ignore")
                problem.solve(solver="CLARABEL", tol_gap_abs=tolerance, tol_gap_rel=tolerance, tol_feas=tolerance)
        except cvxpy.error.SolverError as error:
            raise InvariantError(f"the solver found no answer to an objective with terms of others: {error}") from error
        if problem.status == "optimal":
            break
    else:
        raise InvariantError(f"an objective with terms of others has no best portfolio: it is {problem.status}")
    return checked(np.asarray(weights.value), objective, scene, within)


def _limits(weights: Any, within: Within, cvxpy: Any) -> list[Any]:
    """Region, bounds on risk and turnover, as cvxpy says them."""
    rows, low, high = lines(within.region)
    floored, capped = low > -np.inf, high < np.inf
    found = [rows[floored] @ weights >= low[floored], rows[capped] @ weights <= high[capped]]
    for bound in within.bounds:
        meant = np.flatnonzero(bound.members)
        root = factor(within.covariance[np.ix_(meant, meant)])  # type: ignore[index]
        found.append(cvxpy.norm(root @ (weights[meant] - bound.centre[meant])) <= bound.most)
    if within.left < np.inf:
        way = weights - within.base
        found.append(0.5 * (cvxpy.norm1(way) + cvxpy.abs(cvxpy.sum(way))) <= within.left)
    return found
