"""What several accounts hold, in floats: units, cash, and what limits ask of their past.

Units are counted in the smallest part that a policy knows (10 ** -digits of a unit). So they are whole numbers, which
floats add without an error up to 2 ** 53, and fractions and whole shares are one case.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from trimtab.core.arrays import Array, Dates, Index, Mask, frozen
from trimtab.core.money import decimal_of
from trimtab.core.trades import Book, Purchases, Turnover
from trimtab.core.values import Dealing

Who = slice | Index  # which accounts: all of them, or their numbers
EVERYONE = slice(None)


@dataclass(slots=True)
class Moves:
    """Half the changes of weight (D, V, A + 1) of past fills by decision, cash last; `count` decisions are taken."""

    dates: Dates
    rows: Array
    count: int = 0

    def open(self, when: np.datetime64) -> None:
        """One decision more, on which nothing has moved yet."""
        self.dates[self.count] = when
        self.count += 1

    def of(self, who: Who | int) -> Turnover:
        """Past turnover of some accounts, (F, N, A + 1), or of one, (F, A + 1)."""
        rows = self.rows[: self.count] if isinstance(who, slice) else self.rows[: self.count, who]
        return Turnover(self.dates[: self.count], frozen(rows))


@dataclass(slots=True)
class Holdings:
    """V accounts of A assets: `quanta` (V, A) of which `scale` make a unit, `cash` (V,) in currency, NaN: no account.

    `moves` and `bought` are kept where limits ask for them; purchases (V, A) stand in the units of today.
    """

    quanta: Array
    cash: Array
    funded: Mask
    scale: float
    moves: Moves | None = None
    bought: list[tuple[np.datetime64, Array]] | None = None
    _none: Turnover = field(init=False)

    def __post_init__(self) -> None:
        self._none = Turnover(np.empty(0, dtype="datetime64[D]"), np.empty((0, self.quanta.shape[1] + 1)))

    @property
    def units(self) -> Array:
        """Units (V, A)."""
        return self.quanta / self.scale

    def worth(self, prices: Array) -> Array:
        """Value of each position (V, A) at `prices` (A,), in currency; what is not held may have no price."""
        units = self.units
        values = units * prices
        return np.where(units == 0.0, 0.0, values) if np.isnan(np.add.reduce(prices)) else values

    def groups(self, able: Mask) -> Iterator[tuple[Who, bool]]:
        """Those of `able` (V,) that are funded, and those that are not yet: budgets treat them differently."""
        funded = np.count_nonzero(self.funded)
        if funded in (0, len(able)) and np.count_nonzero(able) == len(able):
            yield EVERYONE, bool(funded)
            return
        for flag in (False, True):
            who = np.flatnonzero(able & (self.funded == flag))
            if len(who):
                yield who, flag

    def book(
        self, when: np.datetime64, prices: Array, worth: tuple[Array, Array], group: tuple[Who, bool], dealing: Dealing | None
    ) -> Book:
        """Accounts together as a reacher reads them: held (N, A), net asset value and cash (N,). No exact money.

        `worth` are held weights (N, A) and net asset values (N,) at `prices` (A,); `group` as `groups` answers it.
        """
        (held, nav), (who, funded) = worth, group
        past = self._none if self.moves is None else self.moves.of(who)
        nothing, cash = Decimal(0), self.cash[who]
        return Book(when, held, nav, cash, prices, (), nothing, past, funded, dealing=dealing)  # type: ignore[arg-type]

    def alone(self, when: np.datetime64, prices: Array, worth: tuple[Array, Array], number: int) -> Book:
        """One account as the ledger would hand it out, in exact money; to be called within `core.money.exact()`."""
        held, nav = worth
        cash = float(self.cash[number])
        quantum = Decimal(1) / Decimal(int(self.scale))
        units = tuple(Decimal(count) * quantum for count in self.quanta[number].tolist())
        past = self._none if self.moves is None else self.moves.of(number)
        bought = None if self.bought is None else self._purchases(number)
        funded = bool(self.funded[number])
        own = frozen(held[number])
        return Book(when, own, float(nav[number]), cash, prices, units, decimal_of(cash), past, funded, bought=bought)

    def remember(self, when: np.datetime64, who: Who, quanta: Array) -> None:
        """Keep what was bought (N, A) on a date, where limits ask for it; sales are left out."""
        if self.bought is None:
            return
        units = np.zeros(self.quanta.shape)
        units[who] = np.maximum(quanta, 0.0) / self.scale
        self.bought.append((when.astype("datetime64[D]"), units))

    def _purchases(self, number: int) -> Purchases:
        kept = self.bought or []
        units = np.array([units[number] for _, units in kept]).reshape(len(kept), self.quanta.shape[1])
        return Purchases(np.array([when for when, _ in kept], dtype="datetime64[D]"), units)
