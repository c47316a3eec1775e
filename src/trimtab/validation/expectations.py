"""What to expect, written down BEFORE launch: the fan of wealth, drawdown and shortfall by age, and the odds of lagging.

At each age, percentiles over many possible futures (a bootstrap, or any paths handed in) of wealth from 1, of the deepest
drawdown so far, and of the shortfall: wealth over the benchmark's wealth less 1, negative where it lags. The odds of lagging
are the share of the futures that are behind the benchmark after 1, 3, 5 and 10 years; for independent normal differences of
log returns they are Phi(-IR sqrt(years)) (compare Grinold and Kahn 2000, chapter 5): 31 % after a year at an information ratio
of 0.5, and still 6 % after ten.

The value is plain data on request (`to_dict`, JSON-safe, with a version), because it is stored at launch and read years later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, frozen
from trimtab.core.errors import DataError, ParameterError
from trimtab.core.terms import TIE
from trimtab.numerics.drawdown import drawdowns
from trimtab.numerics.resampling import MOST_YEARS
from trimtab.numerics.returns import wealth as growth
from trimtab.validation.joint_paths import AT_ONCE, Drawing, found_block, joint_paths
from trimtab.validation.percents import number, percent

FORM, VERSION = "trimtab expectations", 1
LEVELS = (0.0, 1.0, 2.5, *(float(level) for level in range(5, 100, 5)), 97.5, 99.0, 100.0)
SHOWN = (5.0, 25.0, 50.0, 75.0, 95.0)
YEARS = (1, 3, 5, 10)
MEASURES = ("wealth", "drawdown", "shortfall")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the futures come from: `paths` of them, drawn with `seed` and `block` from `history` returns; None: handed in."""

    paths: int
    seed: int | None = None
    block: float | None = None
    history: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Expectations:
    """The fan: `wealth`, `drawdown` and `shortfall` (L, G) by percentile (`levels`, L) and `ages` (G,) in periods.

    `lagging` has the odds of being behind the benchmark by years. Raises DataError for what is no fan.
    """

    per_year: float
    ages: tuple[int, ...]
    levels: tuple[float, ...]
    wealth: Array
    drawdown: Array
    shortfall: Array
    lagging: dict[int, float]
    origin: Origin

    def __post_init__(self) -> None:
        """Check shapes and order, and keep the arrays read-only."""
        _require_rising("ages", self.ages, 1.0, np.inf)
        _require_rising("levels", self.levels, 0.0, 100.0)
        if not set(SHOWN) <= set(self.levels) or not 0.0 < self.per_year < np.inf or self.origin.paths < 1:
            raise DataError("the expectations lack percentiles, periods or paths", remedy="Make them anew.")
        for name in MEASURES:
            _require_fan(name, getattr(self, name), (len(self.levels), len(self.ages)))
            object.__setattr__(self, name, frozen(getattr(self, name)))
        if any(years < 1 or not 0.0 <= odds <= 1.0 for years, odds in self.lagging.items()):
            raise DataError(f"odds of lagging are {self.lagging}", remedy="Odds lie between 0 and 1.")

    def quantiles(self, measure: str) -> dict[float, Array]:
        """The shown percentiles (5, 25, 50, 75, 95) of `wealth`, `drawdown` or `shortfall`: (G,) each.

        Raises ParameterError for another measure.
        """
        if measure not in MEASURES:
            raise ParameterError(f"there is no fan of {measure!r}", field="measure", remedy=f"One of {', '.join(MEASURES)}.")
        return {level: getattr(self, measure)[self.levels.index(level)] for level in SHOWN}

    @property
    def words(self) -> str:
        """One sentence about the last age."""
        wealth, deepest, short = (self.quantiles(name) for name in MEASURES)
        ends = f"{number(float(wealth[5.0][-1]))} to {number(float(wealth[95.0][-1]))} of wealth"
        fall = (
            f"a fall of {percent(-float(deepest[50.0][-1]), 0)} on the way ({percent(-float(deepest[5.0][-1]), 0)} in 1 of 20)"
        )
        behind = f"{percent(max(-float(short[5.0][-1]), 0.0), 0)} behind the benchmark in 1 of 20"
        odds = ", ".join(f"{percent(odds, 0)} after {years}" for years, odds in self.lagging.items())
        lag = f" Odds of lagging the benchmark, by years: {odds}." if odds else ""
        return f"After {self.ages[-1] / self.per_year:.3g} years expect {ends}, {fall}, {behind}.{lag}"

    def to_dict(self) -> dict[str, Any]:
        """Plain data that JSON can hold, exactly."""
        origin = self.origin
        return {
            "form": FORM,
            "version": VERSION,
            "per_year": self.per_year,
            "ages": list(self.ages),
            "levels": list(self.levels),
            **{name: getattr(self, name).tolist() for name in MEASURES},
            "lagging": [[years, odds] for years, odds in self.lagging.items()],
            "origin": {"paths": origin.paths, "seed": origin.seed, "block": origin.block, "history": origin.history},
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Expectations:
        """From what `to_dict` wrote. Raises DataError for anything else, and for a version that is not known here."""
        if not isinstance(plain, Mapping):
            raise DataError("stored expectations are a mapping", remedy="Restore the file as it was written at launch.")
        if plain.get("form") != FORM or plain.get("version") != VERSION:
            what = f"form {plain.get('form')!r}, version {plain.get('version')!r} of expectations is not known"
            raise DataError(what, remedy=f"This version reads {FORM!r}, version {VERSION}: read it with the one that wrote it.")
        try:
            return cls(
                float(plain["per_year"]),
                tuple(int(age) for age in plain["ages"]),
                tuple(float(level) for level in plain["levels"]),
                np.array(plain["wealth"], dtype=float),
                np.array(plain["drawdown"], dtype=float),
                np.array(plain["shortfall"], dtype=float),
                {int(years): float(odds) for years, odds in plain["lagging"]},
                Origin(**plain["origin"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            what = f"the stored expectations are damaged: {type(error).__name__} {error}"
            raise DataError(what, remedy="Restore the file as it was written at launch.") from None


def expectations(returns: Array, benchmark: Array, *, years: float, per_year: float, drawing: Drawing) -> Expectations:
    """The fan over `years` from the past (T,) of strategy and benchmark, simple returns, by the joint stationary bootstrap.

    Raises as `joint_paths`, and ParameterError for more than 100 years.
    """
    if not years <= MOST_YEARS:
        what = f"futures of {years:.12g} years are not drawn"
        raise ParameterError(what, field="years", remedy=f"Ask for {MOST_YEARS} at most.")
    paths = list(_measures(joint_paths(returns, benchmark, round(years * per_year), drawing), per_year))
    block = found_block(np.asarray(returns, dtype=float), np.asarray(benchmark, dtype=float), drawing)
    return _fan(paths, round(years * per_year), per_year, Origin(drawing.paths, drawing.seed, block, len(returns)))


def expectations_of(paths: Array, benchmark: Array, *, per_year: float) -> Expectations:
    """The fan of given futures: simple returns (B, H) of strategy and benchmark, path by path.

    Raises DataError where shapes differ, none is there, one is unknown or below -100 %, or a benchmark loses everything.
    """
    if paths.ndim != 2 or paths.shape != benchmark.shape or 0 in paths.shape:
        what = f"paths of shape {paths.shape} stand beside {benchmark.shape} of the benchmark"
        raise DataError(what, remedy="Give (B, H) of both: B paths of H periods.")
    many = max(1, AT_ONCE // paths.shape[1])
    parts = ((paths[k : k + many], benchmark[k : k + many]) for k in range(0, len(paths), many))
    return _fan(list(_measures(parts, per_year)), paths.shape[1], per_year, Origin(len(paths)))


def _measures(parts: Iterable[tuple[Array, Array]], per_year: float) -> Iterator[Array]:
    """(3, R, G) a part of futures (R, H), so that no more of them than the ages kept stays in memory."""
    for returns, benchmark in parts:
        yield _measured(returns, benchmark, _ages(returns.shape[1], per_year))


def _fan(measures: list[Array], periods: int, per_year: float, origin: Origin) -> Expectations:
    """Percentiles and odds over all parts (3, R, G)."""
    ages, whole = _ages(periods, per_year), np.concatenate(measures, axis=1)
    fans = np.maximum.accumulate(np.quantile(whole, np.array(LEVELS) / 100.0, axis=1))  # (L, 3, G), against the last bits
    behind = (whole[2] < -TIE).mean(0)
    lagging = {years: float(behind[ages.index(age)]) for years, age in _marks(periods, per_year).items()}
    return Expectations(per_year, ages, LEVELS, fans[:, 0], fans[:, 1], fans[:, 2], lagging, origin)


def _marks(periods: int, per_year: float) -> dict[int, int]:
    """Ages in periods by the years at which lagging is counted, as far as the futures reach."""
    return {years: round(years * per_year) for years in YEARS if 0 < round(years * per_year) <= periods}


def _ages(periods: int, per_year: float) -> tuple[int, ...]:
    """Every month or longer period, each age at which lagging is counted, and the last."""
    step = max(1, round(per_year / 12.0))
    return tuple(sorted({*range(step, periods + 1, step), *_marks(periods, per_year).values(), periods}))


def _measured(returns: Array, benchmark: Array, ages: tuple[int, ...]) -> Array:
    """(3, R, G) wealth, deepest drawdown so far and shortfall of futures (R, H) at `ages`."""
    mine, theirs, rows = growth(returns), growth(benchmark), list(ages)
    if not (np.isfinite(mine).all() and np.isfinite(theirs).all() and theirs.min() > 0.0):
        what = "a path is unknown, falls by more than 100 %, or its benchmark loses everything"
        raise DataError(what, remedy="Give known returns, and a benchmark that survives.")
    fallen = np.minimum.accumulate(drawdowns(returns), axis=-1)
    return np.stack([mine[:, rows], fallen[:, rows], mine[:, rows] / theirs[:, rows] - 1.0])


def _require_rising(name: str, values: tuple[float, ...], least: float, most: float) -> None:
    ordered = all(a < b for a, b in pairwise(values))
    if not values or not ordered or not values[0] >= least or not values[-1] <= most:
        raise DataError(f"{name} of expectations do not rise from {least:g} on", remedy="Make them anew.")


def _require_fan(name: str, fan: Array, shape: tuple[int, int]) -> None:
    if fan.shape != shape or not np.isfinite(fan).all() or (np.diff(fan, axis=0) < 0.0).any():
        what = f"the fan of {name}, of shape {fan.shape}, is no table of rising percentiles {shape}"
        raise DataError(what, remedy="Make the expectations anew, or restore the file as it was written.")
