"""Convex programmes in the standard form of conic solvers, and the one call to Clarabel (Goulart and Chen 2024).

    minimise  ½ x'Px + q'x   subject to  right - Ax in K,

with K a product of zero, nonnegative, second-order and power cones. `Form` gathers variables, costs and rows; nothing
of it outlives the programme that it states. An answer counts only with the status Solved: tolerances start tight and
are loosened step by step where rounding keeps the solver from them. Whoever asks checks the answer in numpy.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from trimtab.construction.packages import package
from trimtab.core.arrays import Array, Index
from trimtab.core.errors import InvariantError

TOLERANCES = (1e-13, 1e-11, 1e-10, 1e-9, 1e-8)  # of gap and feasibility; the next where the one before cannot be reached
UNSCALED = (1e-10, 1e-9, 1e-8)  # then those again on rows as they are: the solver's own scaling can stand in its way

Entry = tuple[Any, Any, Any]  # rows, columns and values of a part of a matrix; they broadcast


@dataclass(slots=True)
class Form:
    """One programme as it is being written: `count` variables so far, costs to minimise, rows `right - Ax in K`."""

    count: int = 0
    costs: list[Entry] = field(default_factory=list)  # of q, in its first column
    curves: list[Entry] = field(default_factory=list)  # of P, upper triangle
    linear: dict[str, tuple[list[Entry], list[Array]]] = field(default_factory=dict)  # rows of the zero and nonnegative cones
    cones: list[tuple[Any, list[Entry], Array]] = field(default_factory=list)  # each other cone: what it is, rows, right

    def variables(self, count: int) -> Index:
        """The columns of `count` more variables."""
        self.count += count
        return np.arange(self.count - count, self.count)

    def charge(self, columns: Index, values: Array | float) -> None:
        """Add `values @ x[columns]` to what is minimised."""
        self.costs.append((columns, 0, values))

    def bend(self, columns: Index, matrix: Array) -> None:
        """Add `½ y' matrix y` with y = x[columns]; `matrix` is symmetric and positive semidefinite."""
        rows, across = _upper(len(columns))
        self.curves.append((columns[rows], columns[across], matrix[rows, across]))

    def square(self, columns: Index) -> None:
        """Add half the sum of squares of x[columns]."""
        self.curves.append((columns, columns, 1.0))

    def equal(self, right: Array, *entries: Entry) -> None:
        """Rows Ax = right."""
        self._rows("zero", right, entries)

    def at_most(self, right: Array, *entries: Entry) -> None:
        """Rows Ax <= right."""
        self._rows("nonnegative", right, entries)

    def norm(self, right: Array, *entries: Entry) -> None:
        """The first of `right - Ax` is at least the length of the vector of the others."""
        self.cones.append((("norm", len(right)), list(entries), right))

    def power(self, exponent: float, right: Array, *entries: Entry) -> None:
        """The three numbers (t, s, z) of `right - Ax` have t^(1/exponent) s^(1 - 1/exponent) >= |z|."""
        self.cones.append((("power", 1.0 / exponent), list(entries), right))

    def _rows(self, kind: str, right: Array, entries: Iterable[Entry]) -> None:
        found, ends = self.linear.setdefault(kind, ([], []))
        first = sum(map(len, ends))
        found.extend((np.asarray(rows) + first, columns, values) for rows, columns, values in entries)
        ends.append(right)

    def solve(self) -> Array | None:
        """The x (count,) that minimises; None where no x keeps the rows. Raises InvariantError where the solver gives up."""
        clarabel = package("clarabel")
        curve, cost = _matrix(self.curves, (self.count, self.count)), _vector(self.costs, self.count)
        scale = max(np.abs(curve.data).max(initial=0.0), np.abs(cost).max(initial=0.0)) or 1.0
        curve.data /= scale
        rows, right, cones = self._stacked(clarabel)
        status = ""
        tries = [(tolerance, True) for tolerance in TOLERANCES[1 if self.cones else 0 :]]  # cones hardly reach the first
        for tolerance, scaled in (*tries, *((tolerance, False) for tolerance in UNSCALED)):
            solver = clarabel.DefaultSolver(curve, cost / scale, rows, right, cones, _settings(tolerance, scaled))
            answer = solver.solve()
            status = str(answer.status)
            if status == "Solved":
                return np.array(answer.x)
            if status == "PrimalInfeasible":
                return None
        raise InvariantError(f"the solver found no answer to a convex programme (its last word: {status})")

    def _stacked(self, clarabel: Any) -> tuple[Any, Array, list[Any]]:
        """A, right and K: equalities first, then inequalities, then each other cone."""
        entries: list[Entry] = []
        ends: list[Array] = []
        cones: list[Any] = []
        first = 0
        for kind, make in (("zero", clarabel.ZeroConeT), ("nonnegative", clarabel.NonnegativeConeT)):
            found, rights = self.linear.get(kind, ([], []))
            entries += ((np.asarray(rows) + first, columns, values) for rows, columns, values in found)
            count = sum(map(len, rights))
            ends += rights
            first += count
            cones += [make(count)] if count else []
        for (name, number), found, right in self.cones:
            entries += ((np.asarray(rows) + first, columns, values) for rows, columns, values in found)
            ends.append(right)
            first += len(right)
            cones.append(clarabel.SecondOrderConeT(number) if name == "norm" else clarabel.PowerConeT(number))
        return _matrix(entries, (first, self.count)), np.concatenate([np.zeros(0), *ends]), cones


@lru_cache(maxsize=16)
def _settings(tolerance: float, scaled: bool) -> Any:
    """Settings of the solver: silent, one thread, to `tolerance`."""
    settings = package("clarabel").DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    settings.equilibrate_enable = scaled
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = tolerance
    return settings


def _matrix(entries: list[Entry], shape: tuple[int, int]) -> Any:
    """Entries as compressed sparse columns; what stands at the same place is added."""
    if not entries:
        return package("scipy.sparse").csc_matrix(shape)
    parts = [_flat(*entry) for entry in entries]
    rows, columns, values = (np.concatenate(part) for part in zip(*parts, strict=True))
    order, first, pattern = _pattern(rows.astype(np.int64).tobytes(), columns.astype(np.int64).tobytes(), shape)
    values = values.astype(np.float64, copy=False)[order]
    filled = copy(pattern)
    filled.data = values if len(first) == len(order) else np.add.reduceat(values, first)
    return filled


def _flat(rows: Any, columns: Any, values: Any) -> tuple[Index, Index, Array]:
    """An entry as three arrays of one length."""
    rows, columns, values = np.asarray(rows), np.asarray(columns), np.asarray(values)
    if rows.shape == columns.shape and values.ndim == 0:
        return rows.ravel(), columns.ravel(), np.full(rows.size, values)
    if not rows.shape == columns.shape == values.shape:
        rows, columns, values = np.broadcast_arrays(rows, columns, values)
    return rows.ravel(), columns.ravel(), values.ravel()


@lru_cache(maxsize=64)
def _pattern(rows: bytes, columns: bytes, shape: tuple[int, int]) -> tuple[Index, Index, Any]:
    """How entries become compressed columns: their order, where each place begins in it, and a matrix to be filled.

    The programmes of a backtest share it: only their numbers change from date to date.
    """
    places = np.frombuffer(columns, dtype=np.int64) * shape[0] + np.frombuffer(rows, dtype=np.int64)
    order = places.argsort(kind="stable")
    places = places[order]
    first = np.flatnonzero(np.diff(places, prepend=-1))
    places = places[first]
    starts = np.searchsorted(places, np.arange(shape[1] + 1) * shape[0])
    empty = package("scipy.sparse").csc_matrix((np.zeros(len(places)), places % shape[0], starts), shape=shape)
    empty.sum_duplicates()  # there are none: it remembers that
    return order, first, empty


@lru_cache(maxsize=64)
def _upper(count: int) -> tuple[Index, Index]:
    """Rows and columns of the upper triangle."""
    return np.triu_indices(count)


def _vector(entries: list[Entry], count: int) -> Array:
    """Entries of the first column, added up (count,)."""
    total = np.zeros(count)
    for rows, _, values in entries:
        np.add.at(total, rows, values)
    return total
