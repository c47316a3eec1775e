"""Generated stand-ins for the sample series of the demo policies, so that a demo runs without any data package.

Monthly equity returns are normal in two states, calm and stress, that follow a Markov chain (Hamilton 1989); the bond
yield and its spread over bills revert to their means (Vasicek 1977). Long bonds are repriced from the yield as the
samples are. NOT market data: no figure made from them says anything about markets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.terms import CLOSE, TOTAL_RETURN
from trimtab.data.history import About, History, Kind
from trimtab.data.known_names import require_names
from trimtab.data.months import compounded, last_weekdays
from trimtab.data.par_bond import monthly_returns

GENERATED = "GENERATED, not market data"

_FIRST, _LAST = np.datetime64("1926-07"), np.datetime64("2018-11")  # those of the sample series they stand for

# Per month: the chance to leave calm and stress, and the mean and volatility of equity returns in each.
_LEAVE = (0.03, 0.12)
_MEAN = (0.012, -0.008)
_VOLATILITY = (0.035, 0.080)

_SERIES = {
    "us_equity": ("US equity", Kind.TOTAL_RETURN),
    "bills": ("US Treasury bills", Kind.TOTAL_RETURN),
    "bill_yield": ("US Treasury bill rate", Kind.YIELD),
    "aaa_yield": ("long corporate yield", Kind.YIELD),
    "long_corporate": ("long corporate bonds", Kind.TOTAL_RETURN),
}


@dataclass(frozen=True, slots=True)
class Synthetic:
    """Source of generated monthly series under the names of the samples; the same `seed`, the same numbers."""

    seed: int = 7

    def names(self) -> tuple[str, ...]:
        """Ids of the series."""
        return tuple(_SERIES)

    def about(self) -> tuple[About, ...]:
        """What each series stands for; every title, provenance and note says that it is generated."""
        return tuple(self._about(name) for name in _SERIES)

    def load(self, names: Iterable[str]) -> tuple[History, ...]:
        """The named series, in the order asked. Raises PolicyError (TT-POL-020) for an unknown name."""
        chosen = require_names(names, self.names(), "the generated series")
        made = _generate(np.random.default_rng(self.seed))
        return tuple(self._history(name, *made[name]) for name in chosen)

    def _about(self, name: str) -> About:
        title, kind = _SERIES[name]
        lag = 1 if name == "aaa_yield" else 0
        provenance = f"{GENERATED} (seed {self.seed})"
        return About(name, f"GENERATED {title}", kind, provenance, "monthly", notes=(GENERATED,), lag_days=lag)

    def _history(self, name: str, dates: Dates, values: Array) -> History:
        about = self._about(name)
        fields = {CLOSE: values} | ({TOTAL_RETURN: values} if about.holdable else {})
        return History(about, dates, fields)


def _generate(random: np.random.Generator) -> Mapping[str, tuple[Dates, Array]]:
    """Every series: dates and values, (T + 1,) for indices and (T,) for yields."""
    months = np.arange(_FIRST, _LAST + 1, dtype="datetime64[M]")
    count = len(months)
    equity = _equity(random, count)
    rate = np.maximum(_reverting(random, count + 1, mean=0.055, pull=0.01, shock=0.0022), 0.01)
    spread = _reverting(random, count + 1, mean=0.02, pull=0.05, shock=0.0025)
    bill = np.maximum(rate - spread, 0.0002)[:-1]  # known when the month begins
    dates = last_weekdays(months)
    return {
        "us_equity": compounded(months, equity),
        "bills": compounded(months, bill / 12.0),
        "bill_yield": (dates, bill),
        "aaa_yield": (dates, rate[1:]),
        "long_corporate": compounded(months, monthly_returns(rate)),
    }


def _equity(random: np.random.Generator, count: int) -> Array:
    """Simple monthly returns (count,)."""
    uniform, normal = random.random(count), random.standard_normal(count)
    state, states = 0, np.empty(count, dtype=np.intp)
    for month in range(count):  # each state depends on the one before
        state = 1 - state if uniform[month] < _LEAVE[state] else state
        states[month] = state
    return np.maximum(np.array(_MEAN)[states] + np.array(_VOLATILITY)[states] * normal, -0.4)


def _reverting(random: np.random.Generator, count: int, *, mean: float, pull: float, shock: float) -> Array:
    """A level (count,) that starts at its mean and is pulled back by `pull` of the distance each month."""
    normal = random.standard_normal(count) * shock
    level, levels = mean, np.empty(count)
    for month in range(count):  # each level depends on the one before
        level += pull * (mean - level) + float(normal[month])
        levels[month] = level
    return levels
