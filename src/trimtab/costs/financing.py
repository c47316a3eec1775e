"""Financing: cash earns what bills earn, borrowing costs that and a spread, and a broker lends up to a margin.

Margins are equity over gross exposure: the Federal Reserve's Regulation T asks for 0.5 at the purchase, FINRA rule 4210
for 0.25 from then on; brokers may ask for more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.slots import later
from trimtab.core.terms import Fraction, check_ranges


@dataclass(frozen=True, slots=True)
class Cash:
    """Cash earns what the total-return series `series` does, nothing where it is empty; debt pays `borrow_spread` more.

    The spread is a fraction per year, simple. The desk looks the series up and hands in its growth, 1 where there is
    none. Where equity falls below `maintenance` of gross exposure the broker calls for more, 0 for never; what is bought
    must leave at least `initial`.
    """

    series: str = ""
    borrow_spread: Fraction = 0.0
    maintenance: Fraction = later(0.0)
    initial: Fraction = later(0.0)

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.maintenance > self.initial:
            what = f"maintenance is {self.maintenance}, above initial, {self.initial}"
            remedy = "Give an initial margin of at least the maintenance margin, such as 0.5 and 0.25."
            raise ParameterError(what, field="maintenance", remedy=remedy)

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that it reads."""
        return (self.series,) if self.series else ()

    def accrue(self, cash: Array, growth: Array, years: Array) -> Array:
        """Interest in currency on `cash` (below zero is debt), bills having grown by `growth` over `years`. Broadcasts.

        Above zero is earned, below zero is paid; NaN where the growth is unknown.
        """
        earned = cash * (growth - 1.0)
        return np.asarray(earned + np.minimum(cash, 0.0) * (self.borrow_spread * years))

    @property
    def words(self) -> str:
        """What cash earns and borrowing costs, in a sentence."""
        spread = f"{100 * self.borrow_spread:g} % a year" if self.borrow_spread else ""
        costs = " and ".join(part for part in (self.series, spread) if part)
        return f"cash earns {self.series or 'nothing'}, borrowing costs {costs or 'nothing'}{self._margin_words()}"

    def _margin_words(self) -> str:
        if not self.initial:
            return ""
        called = f", and the broker calls below {100 * self.maintenance:g} %" if self.maintenance else ""
        return f"; purchases leave equity of {100 * self.initial:g} % of the exposure{called}"
