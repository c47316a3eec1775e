"""Obvious, slow ways to the closest point (nested bisection, a quadratic programme), and random cases."""

from __future__ import annotations

from dataclasses import dataclass

import clarabel
import numpy as np
from hypothesis import strategies as st
from scipy import sparse

from trimtab.core.arrays import Array
from trimtab.core.region import Group


@dataclass(frozen=True)
class Case:
    """A point to project and a set to project it onto; `witness` lies in the set."""

    point: Array
    low: Array
    high: Array
    total: float
    groups: tuple[Group, ...]
    witness: Array

    def excess(self, w: Array) -> float:
        """How far `w` is outside, at worst."""
        amounts = [abs(w.sum() - self.total), (self.low - w).max(), (w - self.high).max()]
        for group in self.groups:
            held = w[group.members].sum()
            amounts += [held - group.cap, group.floor - held]
        return float(max(amounts))


def by_bisection(case: Case) -> Array:
    """The text of the method, read aloud: a level for each group's floor and cap, then one for all."""

    def held(level: Array | float) -> Array:
        return np.minimum(np.maximum(case.point - level, case.low), case.high)

    least, most = np.full(len(case.point), -np.inf), np.full(len(case.point), np.inf)
    for group in case.groups:
        own = group.members
        if case.high[own].sum() > group.cap:
            least[own] = _root(lambda level, own=own: held(level)[own].sum(), group.cap)
        if case.low[own].sum() < group.floor:
            most[own] = _root(lambda level, own=own: held(level)[own].sum(), group.floor)

    def shifted(level: float) -> Array:
        return held(np.minimum(np.maximum(level, least), most))

    return shifted(_root(lambda level: shifted(level).sum(), case.total))


def _root(falling, value: float, reach: float = 1e4) -> float:
    """Where a falling function takes a value, by halving."""
    left, right = -reach, reach
    for _ in range(100):
        middle = 0.5 * (left + right)
        left, right = (middle, right) if falling(middle) > value else (left, middle)
    return 0.5 * (left + right)


def by_solver(case: Case) -> Array:
    """The minimum of ½|w - a|² under the same bounds, by the interior-point solver Clarabel (to about 1e-8)."""
    count = len(case.point)
    rows = [np.eye(count), -np.eye(count)]
    ends = [case.high, -case.low]
    for group in case.groups:
        rows += [group.members[None].astype(float), -group.members[None].astype(float)]
        ends += [np.array([group.cap]), np.array([-group.floor])]
    matrix, bound = np.vstack(rows), np.concatenate(ends)
    kept = np.isfinite(bound)
    matrix, bound = np.vstack([np.ones((1, count)), matrix[kept]]), np.concatenate([[case.total], bound[kept]])
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-11
    cones = [clarabel.ZeroConeT(1), clarabel.NonnegativeConeT(int(kept.sum()))]
    quadratic, linear = sparse.csc_matrix(np.eye(count)), -case.point
    solution = clarabel.DefaultSolver(quadratic, linear, sparse.csc_matrix(matrix), bound, cones, settings).solve()
    assert str(solution.status) == "Solved"
    return np.array(solution.x)


_NUMBER = st.one_of(st.integers(-8, 8).map(lambda k: k / 8.0), st.floats(-2.0, 2.0))  # eighths make ties and corners
_GAP = st.one_of(st.just(0.0), st.just(np.inf), st.integers(0, 8).map(lambda k: k / 8.0), st.floats(0.0, 1.0))


@st.composite
def cases(draw, most: int = 8) -> Case:
    """Sets built around a witness, so that none is empty: tight, loose and infinite bounds, up to three groups."""
    count = draw(st.integers(1, most))
    point, witness = (np.array(draw(st.lists(_NUMBER, min_size=count, max_size=count))) for _ in range(2))
    below, above = (np.array(draw(st.lists(_GAP, min_size=count, max_size=count))) for _ in range(2))
    of = np.array(draw(st.lists(st.integers(0, 3), min_size=count, max_size=count)))
    groups = []
    for g in range(3):
        if (of == g).any():
            held = witness[of == g].sum()
            groups.append(Group(of == g, held - draw(_GAP), held + draw(_GAP)))
    return Case(point, witness - below, witness + above, float(witness.sum()), tuple(groups), witness)


def random_case(rng: np.random.Generator, count: int, *, group_count: int = 3) -> Case:
    """The same without hypothesis, for runs in numbers."""
    witness = rng.dirichlet(np.ones(count))
    below, above = (rng.choice([0.0, 0.01, 0.05, 0.2, np.inf], count) for _ in range(2))
    of = rng.integers(0, group_count + 1, count)
    groups = []
    for g in range(group_count):
        if (of == g).any():
            gap = rng.choice([0.0, 0.02, np.inf], 2)
            held = witness[of == g].sum()
            groups.append(Group(of == g, held - gap[0], held + gap[1]))
    point = rng.normal(1.0 / count, 0.4, count)
    return Case(point, witness - below, witness + above, 1.0, tuple(groups), witness)
