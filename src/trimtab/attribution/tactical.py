"""Where a dynamic allocation's difference from its benchmark came from, row by row, so that rows add up to the whole.

On returns the rows of each period sum to portfolio less benchmark; linked over periods they sum to the difference of the
compounded returns. In money they sum, with what the benchmark would have made of the same capital, to the change of net
asset value less flows, to the cent of the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from typing import Any

import numpy as np

from trimtab.attribution.linking import Linking, link
from trimtab.attribution.risk import RiskParts, realised_risk
from trimtab.core.arrays import Array, Dates, frozen, require_shape
from trimtab.core.errors import DataError, InvariantError
from trimtab.core.money import ZERO, decimal_of, exact
from trimtab.core.values import Asset

CENT = Decimal("0.01")
SAME = 1e-9  # returns no further apart, relatively, are equal: the slope between them is that at the one
FULL_YEAR = 0.99  # in years: 365 days less a holiday or two
EXACT = 1e-12  # by which rows may miss the difference of a period


class Part(Enum):
    """What a row speaks of, in the order in which a decision meets it."""

    FRAMEWORK = "framework"  # the allocator, before any signal speaks
    SIGNAL = "signal"
    SLEEVE = "sleeve"
    REGIME = "regime"
    LIMITS = "limits"
    PACE = "pace"
    OVERRIDES = "overrides"  # what people changed of the trade, in accounts
    LAG = "lag"
    ROUNDING = "rounding"
    CASH = "cash"
    COSTS = "costs"
    FEES = "fees"
    TAXES = "taxes"


BOOKED = frozenset({Part.COSTS, Part.FEES, Part.TAXES})  # what the ledger has in cents, and no rounding may change


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One cause: `effects` (N, A + 1) by period and asset, cash last, as fractions of the value at the period's beginning.

    `money` is what it brought in base currency, in whole cents.
    """

    part: Part
    name: str
    title: str
    effects: Array
    money: Decimal = ZERO

    @property
    def by_period(self) -> Array:
        """(N,) over all assets and cash."""
        return np.asarray(self.effects.sum(axis=-1))


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """N periods between decisions, from `starts` to `ends`: what the portfolio and its benchmark made, and the rows.

    `decisions` (N,) are ids of the decisions that began the periods, `values` (N,) net asset value before they traded.
    `gain` is the change of net asset value less flows, `benchmark_gain` what the benchmark's returns are of that capital.
    """

    assets: tuple[Asset, ...]
    starts: Dates
    ends: Dates
    decisions: tuple[str, ...]
    values: Array
    returns: Array
    benchmark: Array
    rows: tuple[Row, ...]
    gain: Decimal = ZERO
    benchmark_gain: Decimal = ZERO

    def __post_init__(self) -> None:
        count = len(self.starts)
        for name in ("ends", "values", "returns", "benchmark"):
            require_shape(f"{name} of an attribution", getattr(self, name), (count,))
            object.__setattr__(self, name, frozen(getattr(self, name)))
        for row in self.rows:
            require_shape(f"the row {row.name}", row.effects, (count, len(self.assets) + 1))
        self._check()

    def _check(self) -> None:
        """Stop where the rows do not sum to what they explain."""
        missed = self.returns - self.benchmark - sum((row.by_period for row in self.rows), np.zeros(len(self.starts)))
        scale = np.maximum(1.0, np.abs(self.returns) + np.abs(self.benchmark))
        if not (np.abs(missed) <= EXACT * scale * max(len(self.rows), 1)).all():
            worst = int(np.argmax(np.abs(missed)))
            raise InvariantError(f"attribution misses {missed[worst]:.3e} in the period from {self.starts[worst]}")
        with exact():
            if self.gain != self.benchmark_gain + sum((row.money for row in self.rows), ZERO):
                raise InvariantError("the rows do not sum to the change of net asset value, to the cent")

    @property
    def total(self) -> float:
        """Compounded return of the portfolio."""
        return float(np.prod(1.0 + self.returns) - 1.0)

    @property
    def benchmark_total(self) -> float:
        """Compounded return of the benchmark."""
        return float(np.prod(1.0 + self.benchmark) - 1.0)

    @property
    def years(self) -> float:
        """Length in years."""
        return float((self.ends[-1] - self.starts[0]) / np.timedelta64(1, "D")) / 365.25

    @property
    def periods_a_year(self) -> float:
        """Periods in a year, on average."""
        return len(self.starts) / self.years if self.years > 0.0 else float("nan")

    @property
    def risk(self) -> RiskParts:
        """Ex-post tracking error per year by row: what each row's effects have in common with the whole difference."""
        paths = np.stack([row.by_period for row in self.rows], axis=1)
        return realised_risk(paths, self.periods_a_year, [row.name for row in self.rows])

    @property
    def total_a_year(self) -> float:
        """Geometric return of the portfolio per year; NaN for less than a year."""
        return _a_year(self.total, self.years)

    @property
    def benchmark_a_year(self) -> float:
        """Geometric return of the benchmark per year; NaN for less than a year."""
        return _a_year(self.benchmark_total, self.years)

    @property
    def per_year(self) -> float:
        """By what a linked effect is multiplied to be an effect a year: these sum to the difference of the returns a year.

        The slope between the compounded returns and the returns a year, NaN for less than a year.
        """
        ahead = self.total - self.benchmark_total
        if abs(ahead) > SAME * (1.0 + abs(self.total)):
            return (self.total_a_year - self.benchmark_a_year) / ahead
        return (1.0 + self.total_a_year) / (1.0 + self.total) / self.years if self.total > -1.0 else float("nan")

    def linked(self, method: Linking = Linking.CARINO) -> Array:
        """(R, A + 1) effects of the rows over all periods by asset, cash last; they sum to total less benchmark total."""
        effects = np.stack([row.effects for row in self.rows], axis=1)
        return np.asarray(link(effects, self.returns, self.benchmark, method=method).total)

    def largest(self, row: Row, count: int = 3) -> tuple[int, ...]:
        """Numbers of the periods in which a row brought or took most, the largest first; those without effect are left out."""
        sizes = np.abs(row.by_period)
        order = np.argsort(-sizes, kind="stable")[:count]
        return tuple(int(n) for n in order if sizes[n] > 0.0)

    def within(self, first: np.datetime64, last: np.datetime64) -> Attribution:
        """The periods that lie between two dates. Raises DataError where there is none. Money is shared out anew."""
        keep = np.flatnonzero((self.starts >= first) & (self.ends <= last))
        if not len(keep):
            span = f"from {self.starts[0]} to {self.ends[-1]}"
            raise DataError(f"no period between decisions lies between {first} and {last}", remedy=f"They run {span}.")
        rows = tuple(replace(row, effects=row.effects[keep]) for row in self.rows)
        picked = {name: getattr(self, name)[keep] for name in ("starts", "ends", "values", "returns", "benchmark")}
        decisions = tuple(self.decisions[n] for n in keep.tolist())
        shares = shared_anew(picked["values"], (picked["returns"], picked["benchmark"]), rows)
        return Attribution(self.assets, decisions=decisions, **shares, **picked)

    def with_rows(self, rows: Sequence[Row]) -> Attribution:
        """The same difference by other rows, which sum to it as these do. Money is shared out anew."""
        return replace(self, **shared_anew(self.values, (self.returns, self.benchmark), rows))


def _a_year(total: float, years: float) -> float:
    return float((1.0 + total) ** (1.0 / years) - 1.0) if years >= FULL_YEAR else float("nan")


def shared_anew(values: Array, made: tuple[Array, Array], rows: Sequence[Row]) -> dict[str, Any]:
    """The fields `rows`, `gain` and `benchmark_gain` of an attribution: money as in `in_money`, by the effects alone."""
    with exact():
        known = {row.part: _money(values, row).quantize(CENT) for row in rows if row.part in BOOKED}
    gain, benchmark_gain, money = in_money(values, made, rows, known)
    priced = tuple(replace(row, money=amount) for row, amount in zip(rows, money, strict=True))
    return {"rows": priced, "gain": gain, "benchmark_gain": benchmark_gain}


def _money(values: Array, row: Row) -> Decimal:
    return sum(map(decimal_of, (values * row.by_period).tolist()), ZERO)


def in_money(
    values: Array,
    made: tuple[Array, Array],
    rows: Sequence[Row],
    known: dict[Part, Decimal] | None = None,
    *,
    whole: Decimal | None = None,
) -> tuple[Decimal, Decimal, tuple[Decimal, ...]]:
    """Gain, gain of the benchmark, and one amount a row, in whole cents that add up: `made` are returns and benchmark (N,).

    Rows whose amount is `known` from the ledger keep it, and so does the gain where the `whole` of it is known. What
    rounding leaves goes to the other rows that brought anything, to those that it brings nearest to their exact amount
    (largest remainder), and to the benchmark only where there are none: a row that joins moves neither gain nor benchmark.
    """
    known = known or {}
    with exact():
        gain, bench = (sum(map(decimal_of, (values * one).tolist()), ZERO) for one in made)
        gain = gain if whole is None else whole
        raw = [known.get(row.part, _money(values, row)) for row in rows]
        firm = [row.part in known or not amount for row, amount in zip(rows, raw, strict=True)]
        return _in_cents(gain, [bench, *raw], [not all(firm), *firm])


def _in_cents(gain: Decimal, raw: list[Decimal], firm: list[bool]) -> tuple[Decimal, Decimal, tuple[Decimal, ...]]:
    whole = gain.quantize(CENT)
    cents = [value.quantize(CENT) for value in raw]
    left = whole - sum(cents, ZERO)
    free = [k for k in range(len(raw)) if not firm[k]]
    free.sort(key=lambda k: (cents[k] - raw[k]) * (1 if left > 0 else -1))
    for number in range(int(abs(left) / CENT)):
        cents[free[number % len(free)]] += CENT.copy_sign(left)
    return whole, cents[0], tuple(cents[1:])
