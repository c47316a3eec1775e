"""Linking: effects of single periods add up to the active return of the whole time (Bacon 2008, chapter 8).

Returns compound and effects add, so that sums over periods miss R - B. Four ways to share out the rest:

* Carino (1999): logs add; each effect is turned into its log, and back over the whole time.
* Menchero (2000): one factor M for all periods, plus the least corrections a_t (in squares) that close the gap.
* GRAP (1997): an effect is invested in the portfolio before it was earned, and in the benchmark after.
* Frongello (2002): the same, told forwards: gains of the past earn the benchmark's return in the period they meet it.

The totals of the last two are the same; each shows them in other periods.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from trimtab.attribution.brinson import Effects
from trimtab.attribution.coefficients import TOO_LARGE, Coefficients, carino, grap, menchero, periods
from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.numerics.returns import finite

SAME = 1e-9  # within which effects of a period sum to its active return


class Linking(Enum):
    """How effects of periods are brought together."""

    CARINO = "carino"
    MENCHERO = "menchero"
    GRAP = "grap"
    FRONGELLO = "frongello"


@dataclass(frozen=True, slots=True, eq=False)
class Linked:
    """Effects of T periods that add over time.

    `effects` (T, ...) is the linked effect of each period; `coefficients` are those that the method reached them with,
    None for Frongello's, which has none by period.
    """

    effects: Array
    coefficients: Coefficients | None

    @property
    def total(self) -> Array:
        """Sum over periods, shape (...)."""
        return np.asarray(self.effects.sum(0))


def link(effects: Array, returns: Array, benchmark: Array, *, method: Linking = Linking.CARINO) -> Linked:
    """Linked effects (T, ...) of `effects` (T, ...), for simple `returns` (T,) of portfolio and benchmark.

    Where the effects of each period sum to r_t - b_t, the linked ones sum to R - B. An unknown return (NaN) makes what
    needs it NaN. Raises ParameterError for no periods, lengths that differ, returns that are infinite or below -100 %,
    and for Carino's method also returns of -100 %, whose log does not exist.
    """
    r, b = periods(returns, benchmark)
    given = np.asarray(effects, dtype=float)
    if given.shape[:1] != r.shape:
        what = f"effects of shape {given.shape} stand against {len(r)} returns"
        raise ParameterError(what, field="effects", remedy="Give effects a row for each period.")
    if method is Linking.FRONGELLO:
        return Linked(_forwards(given, r, b), None)
    found = {Linking.CARINO: carino, Linking.MENCHERO: menchero, Linking.GRAP: grap}[method](r, b)
    return Linked(given * found.factors.reshape(-1, *(1,) * (given.ndim - 1)), found)


def link_effects(effects: Effects, returns: Array, benchmark: Array, *, method: Linking = Linking.CARINO) -> Effects:
    """Linked effects over the whole time, each (A,), of those of T periods, each (T, A).

    Raises ParameterError as `link` does, and where the effects of a period do not sum to r_t - b_t.
    """
    r, b = periods(returns, benchmark)
    parts = np.stack(np.broadcast_arrays(effects.allocation, effects.selection, effects.interaction), axis=-1)
    linked = link(parts, r, b, method=method)
    gap = np.abs(parts.reshape(len(r), -1).sum(-1) - (r - b))
    wide = gap > SAME * np.maximum(1.0, np.maximum(np.abs(r), np.abs(b)))
    if wide.any():
        row = int(np.argmax(wide))
        what = f"effects of period {row} miss r - b by {gap[row]:.3g}"
        raise ParameterError(what, field="effects", remedy="Give the returns that the effects were computed from.")
    return Effects(*np.moveaxis(linked.total, -1, 0))


@TOO_LARGE
def _forwards(effects: Array, r: Array, b: Array) -> Array:
    """Frongello's effects: F_t = E_t prod over s < t of (1 + r_s), plus b_t times the sum of F_s over s < t."""
    out = np.empty_like(effects)
    growth, past = 1.0, np.zeros(effects.shape[1:])
    for t in range(len(r)):  # a recursion: in closed form it divides by wealth, which may be zero
        out[t] = effects[t] * growth + b[t] * past
        past = past + out[t]
        growth *= 1.0 + r[t]
    return finite(out)
