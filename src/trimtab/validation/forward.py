"""Is a series stamped with a date on which it was not known? A component cannot see that; the data can show it.

A return over the NEXT period that stands on the row of this one, as in the bond returns of Shiller's published sheet,
moves as the price or yield behind it will move, and not as it has moved. Honest components then look ahead with it. What
tells no size, as a flag that is up before rises, is asked by sides: high or low against up or down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, require_shape
from trimtab.numerics.rank_correlation import rank_correlation

ALMOST = 0.9  # correlation from which a series and a change are taken to be the same thing
RANKED = 0.6  # rank correlation that sizes must have too: one date that stands out makes any correlation
SIDED = 0.6  # correlation of sides from which one tells the other: even ones agree on 80 of 100 dates
SURE = 5.0  # standard errors that sides must have too: one chance in two million
TIMES = 2.0  # how much more a series must have of the next change than of the last one
FEWEST = 24  # rows, below which a correlation says little
EITHER = 8  # rises, and falls, below which the sides of a change say little
ROUNDING = 1e-12  # of a sum of squares: what is less varies by rounding alone


@dataclass(frozen=True, slots=True)
class Foresight:
    """Correlation of a series' row t with the change of another from t to t + 1 (`ahead`), and from t - 1 to t (`now`)."""

    ahead: float
    now: float
    sides: bool = False  # of being high or low with going up or down, not of the sizes

    @property
    def found(self) -> bool:
        """Whether it moves with what comes, far more than with what has come: |ahead| above its bar and twice |now|."""
        bar = SIDED if self.sides else ALMOST
        return bool(abs(self.ahead) > bar and abs(self.ahead) > TIMES * abs(self.now))

    @property
    def pair(self) -> str:
        """The two numbers in words."""
        what = "correlation of sides" if self.sides else "correlation"
        return f"{what} {self.ahead:+.3f} with the next change, {self.now:+.3f} with the last one"

    @property
    def words(self) -> str:
        """What was found, with the numbers."""
        if not self.found:
            return f"looks back: {self.pair}"
        return f"looks forward: {self.pair}; its rows are stamped a period too early"


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Columns (T, N) to be correlated: what each has beyond its mean (0 where unknown), its square, and 1 where known."""

    rest: Array
    squares: Array
    known: Array

    @classmethod
    def of(cls, values: Array) -> Columns:
        """Prepare `values` (T, N)."""
        known = np.isfinite(values)
        rest = np.where(known, values - _means(values), 0.0)
        return cls(rest, rest * rest, known.astype(float))

    def __getitem__(self, rows: slice) -> Columns:
        return Columns(self.rest[rows], self.squares[rows], self.known[rows])

    def column(self, n: int) -> Array:
        """(T,) one of them, NaN where unknown."""
        return np.where(self.known[:, n] > 0.0, self.rest[:, n], np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
    """N series beside M changes, each up to its row of T, to be asked whether one foretells the other."""

    series: Columns
    changes: Columns
    sides: bool

    @classmethod
    def of_sizes(cls, values: Array, changes: Array) -> Pairing:
        """Pair `values` (T, N) with `changes` (T, M). NaN is unknown."""
        return cls(Columns.of(values), Columns.of(changes), sides=False)

    @classmethod
    def of_sides(cls, values: Array, changes: Array) -> Pairing:
        """Pair being above its own mean or below, of `values` (T, N), with the signs of `changes` (T, M).

        A change of 0 is left out, and of sides that stand on fewer than 8 dates nothing is said.
        """
        one, other = _signs(values - _means(values)), _signs(changes)
        return cls(Columns.of(one), Columns.of(other), sides=True)

    def correlated(self, periods: int) -> tuple[Array, Array]:
        """(N, M) correlations with the changes that come `periods` rows later, and of how many rows.

        NaN where fewer than 24 are known of both, or either has not varied.
        """
        return _correlations(self.series[: self._left(periods)], self.changes[periods:])

    def foretold(self, periods: int) -> Iterator[tuple[int, int, Foresight]]:
        """The number of each series that foretells a change so many periods ahead, the change's, and how well."""
        ahead, count = self.correlated(periods)
        strength = np.abs(ahead)
        strong = strength > (SIDED if self.sides else ALMOST)
        if self.sides:
            strong &= strength * np.sqrt(count) > SURE
        if not strong.any():
            return
        now, _ = self.correlated(0)
        for n, m in np.argwhere(strong).tolist():
            found = Foresight(float(ahead[n, m]), float(now[n, m]), self.sides)
            if found.found and (self.sides or self._ranked(n, m, periods) > RANKED):
                yield n, m, found

    def _ranked(self, n: int, m: int, periods: int) -> float:
        """The size of one rank correlation."""
        values, changes = self.series.column(n)[: self._left(periods)], self.changes.column(m)[periods:]
        return abs(float(rank_correlation(values, changes)))

    def _left(self, periods: int) -> int:
        """How many rows have a change so much later."""
        return max(len(self.series.rest) - periods, 0)


def plain_changes(levels: Array) -> Array:
    """(T, M) change of `levels` (T, M) up to each row, as of yields; NaN on the first."""
    return np.diff(levels, axis=0, prepend=np.full_like(levels[:1], np.nan))


def relative_changes(levels: Array) -> Array:
    """(T, M) change of the logarithm of `levels` (T, M) up to each row, as of prices; NaN on the first and at 0 or below."""
    return plain_changes(np.log(np.where(levels > 0.0, levels, np.nan)))


def two_way(changes: Array) -> Array:
    """(T, M) `changes`, NaN throughout where fewer than 8 are rises or falls: interest is known before it is paid."""
    rare = np.minimum((changes > 0.0).sum(axis=0), (changes < 0.0).sum(axis=0))
    return np.where(rare >= EITHER, changes, np.nan)


def looks_forward(values: Array, reference: Array) -> Foresight:
    """Whether `values` (T,) foretell `reference` (T,), on the same dates, oldest first: a price, an index or a yield.

    Its changes are taken plainly (yields) and, where it is above 0, relatively (prices): the closer ones count. NaN rows
    are left out; NaN where fewer than 24 pairs are known or either has not varied. Raises InvariantError for other
    shapes. A monthly average foretells a little of itself (about 0.3), which is why `found` asks for far more.
    """
    require_shape("reference", reference, values.shape)
    values, levels = values[:, np.newaxis], reference[:, np.newaxis]
    plain, relative = (_first(values, changes) for changes in (plain_changes(levels), relative_changes(levels)))
    return relative if abs(relative.ahead) > abs(plain.ahead) else plain


def _first(values: Array, changes: Array) -> Foresight:
    pairing = Pairing.of_sizes(values, changes)
    ahead, now = (float(pairing.correlated(periods)[0][0, 0]) for periods in (1, 0))
    return Foresight(ahead, now)


def _means(values: Array) -> Array:
    """(N,) mean of what is known of `values` (T, N); NaN where nothing is."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    return np.asarray(np.where(count > 0, np.where(known, values, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan))


def _signs(values: Array) -> Array:
    """(T, N) signs without zeros; NaN throughout where either stands on fewer than 8 rows."""
    signs = np.sign(values)
    return two_way(np.where(signs == 0.0, np.nan, signs))


def _correlations(left: Columns, right: Columns) -> tuple[Array, Array]:
    """(N, M) correlations of left (T, N) with right (T, M) over the rows on which both are known, and how many these are."""
    count = left.known.T @ right.known
    rows = np.maximum(count, 1.0)
    first, second = left.rest.T @ right.known, left.known.T @ right.rest
    squares, others = left.squares.T @ right.known, left.known.T @ right.squares
    apart, aside = squares - first * first / rows, others - second * second / rows
    valid = (count >= FEWEST) & (apart > ROUNDING * squares) & (aside > ROUNDING * others)
    scale = np.sqrt(np.where(valid, apart * aside, 1.0))
    return np.where(valid, (left.rest.T @ right.rest - first * second / rows) / scale, np.nan), count
