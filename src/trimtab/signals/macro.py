"""Macro spreads: the sign of one published series less another, such as a slope or a credit spread.

Slope of the yield curve as a leading indicator: Estrella and Hardouvelis (1991). The view hands out the latest value
that was known at each cut-off; nothing here looks at effective dates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.roles import View
from trimtab.core.terms import Span, months
from trimtab.core.values import Measure, Scores
from trimtab.signals.algebra import Term
from trimtab.signals.holding import Holding
from trimtab.signals.levels import require_finite, require_names
from trimtab.signals.published import both, counted, known_of, needed, titled
from trimtab.signals.selection import chosen, listed, measured, silence, spread_over
from trimtab.signals.sides import side
from trimtab.signals.sums import summed
from trimtab.signals.wording import above_or_below, percent


@dataclass(frozen=True, slots=True)
class Spread(Holding, Term):
    """Sign of the latest known `long` less `short` against `threshold`, rates per year in decimals. Shape (D, A); 0 holds.

    Without `short`, `long` is a spread itself. With `confirm`, such as 3M, the sign must have been the same at each of
    that many last rows: the latest value and the last ones of the months before it. The same on every listed asset (all
    where `assets` is empty), NaN on the others and where a value is unknown (warm-up: one value, or `confirm` rows).
    0 at a tie (1e-12 relatively; of 1 for a spread itself) or where not confirmed. A fold: 0 keeps the side before.
    Where a wide spread is bad news, as with credit, swap the series and give the threshold below zero.
    """

    long: str
    short: str = ""
    assets: tuple[str, ...] = ()
    threshold: float = 0.0
    confirm: Span = months(0)

    def __post_init__(self) -> None:
        require_names(long=self.long)
        require_finite(threshold=self.threshold)

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that it reads."""
        return needed(self.long, self.short)

    def __call__(self, view: View) -> Scores:
        """(D, A) sides before memory."""
        return chosen(view, self.assets, spread_over(view, agreed(self._sides(view))))

    def measure(self, view: View) -> Measure:
        """(D, A) the spread, per year."""
        long, short = self._rows(view)
        return measured(view, self.assets, self._title, long[:, -1] - short[:, -1])

    def sentence(self, view: View, asset: int) -> str:
        """The rates and their difference, in words."""
        if not listed(view.assets, self.assets)[asset]:
            return silence(view.assets[asset])
        where = self._where(view)
        if np.isnan(where):
            return self._unknown(view)
        long, short = (float(rows[-1, -1]) for rows in self._rows(view))
        level, gap = percent(self.threshold, digits=2), percent(long - short, digits=2)
        rates = f"{self.long} {100.0 * long:.2f} % less {self.short} {100.0 * short:.2f} %" if self.short else self.long
        if not self._confirms:
            return f"{rates} is {gap}, {above_or_below(where)} {level}"
        if where == 0.0:
            return f"{rates} is {gap}, and was not on one side of {level} for {counted(self.confirm)}: the side stays"
        return f"{rates} is {gap}, {above_or_below(where)} {level} for {counted(self.confirm)} in a row"

    def flip(self, view: View, asset: int) -> str:
        """The spread at which the side changes; empty where it is unknown."""
        where = self._where(view)
        if np.isnan(where) or not listed(view.assets, self.assets)[asset]:
            return ""
        level, row = percent(self.threshold, digits=2), f"{counted(self.confirm)} in a row"
        if where == 0.0 and self._confirms:
            return f"turns when {self._title} stays on one side of {level} for {row}"
        if where == 0.0:
            return f"turns as soon as {self._title} leaves {level}"
        if self._confirms:
            return f"flips when {self._title} stays {above_or_below(-where)} {level} for {row}"
        return f"flips when {self._title} {'falls below' if where > 0.0 else 'rises above'} {level}"

    @property
    def words(self) -> str:
        """What it looks at."""
        row = f", for {counted(self.confirm)} in a row" if self._confirms else ""
        return f"{self._title} against {percent(self.threshold, digits=2)}{row}"

    @property
    def _title(self) -> str:
        return titled(self.long, self.short)

    @property
    def _confirms(self) -> bool:
        return self.confirm.count > 1

    def _rows(self, view: View) -> tuple[Array, Array]:
        return both(view, self.long, self.short, Span(max(self.confirm.count, 1), self.confirm.every))

    def _sides(self, view: View) -> Array:
        """(D, n) the side at each row; a spread itself is compared as 1 + x, since nothing else says how large 0 is."""
        long, short = self._rows(view)
        return side(long, short + self.threshold) if self.short else side(1.0 + long, np.asarray(1.0 + self.threshold))

    def _where(self, view: View) -> float:
        """The side at the last date before memory."""
        return float(agreed(self._sides(view))[-1]) if len(view.days) else np.nan

    def _unknown(self, view: View) -> str:
        if len(view.days) and self._confirms:
            long, short = self._rows(view)
            return known_of(long[-1] + short[-1], self.confirm, self._title)
        return f"{self.long} or {self.short} is not known yet" if self.short else f"{self.long} is not known yet"


def agreed(sides: Array) -> Array:
    """(D,) the side that all rows (D, n) are on; 0 where they differ or tie, NaN where any is unknown."""
    total = summed(sides, 1)
    whole = np.abs(total) == sides.shape[1]
    return np.where(np.isnan(total), np.nan, np.where(whole, sides[:, -1], 0.0))
