"""A threshold on a series: calm or stressed, by its level or by its percentile, with hysteresis (METHODS 4).

The second state is entered beyond one level and left beyond another, so that a number that wavers about a level does not
turn the portfolio over: enter above the 80th percentile, leave below the 60th.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import DAY, Span, Stat, check_ranges, sessions
from trimtab.core.values import Measure, Regime
from trimtab.regimes.dwelling import Dwelling
from trimtab.regimes.levels import in_words, place, require_apart, require_two, two_states
from trimtab.regimes.windows import known_of, ordinal, percentile, require_length, require_same_step, rolling_mean, varies


@dataclass(frozen=True, slots=True)
class Threshold(Dwelling):
    """Two states by a named series. Shape (D, 2); evidence, see `Dwelling`.

    Where `enter` is above `exit`, the second of `states` is that of high values; where it is below, that of low ones.
    A value counts as the mean of the last `smoothing` rows. With `percentile` the levels are fractions, against the
    rank of the value among its last `history` rows, all of which must be known; or, where that is 0, among all known
    rows since the policy's `since`, of which there must be `minimum`. `history` and `smoothing` count rows of the
    series in their own step. NaN where rows are unknown, where all are equal (percentiles of a history), or where the
    latest is more than `max_age` days old (0: however old). Warm-up: history + smoothing - 1 rows, or `minimum`.
    """

    series: str
    enter: float
    exit: float
    percentile: bool = False
    history: Span = sessions(0)
    smoothing: Span = sessions(1)
    minimum: Annotated[int, Ge(2)] = 120
    max_age: Annotated[int, Ge(0)] = 0
    states: tuple[str, str] = ("calm", "stressed")
    dwell: Annotated[int, Ge(1)] = 1

    def __post_init__(self) -> None:
        check_ranges(self)
        if not self.series:
            raise ParameterError("series is empty", field="series", remedy="Give the name of a loaded series.")
        require_apart(self.enter, self.exit, share=self.percentile)
        require_two(self.states)
        require_length(self.smoothing, 1, "smoothing")
        if self.history.count:
            self._require_history()
        elif self.percentile and self.smoothing.count > 1:
            remedy = "Give a history to rank it in, such as 1260D."
            raise ParameterError("smoothing goes with a percentile of a history alone", field="smoothing", remedy=remedy)

    def _require_history(self) -> None:
        if not self.percentile:
            remedy = "Leave it out, or say percentile: true."
            raise ParameterError("history is for percentiles", field="history", remedy=remedy)
        require_length(self.history, 2, "history")
        if self.smoothing.count > 1:
            require_same_step(self.history, self.smoothing, "smoothing")

    @property
    def needs(self) -> tuple[str, ...]:
        """The named series that it reads."""
        return (self.series,)

    @property
    def expands(self) -> bool:
        """Whether it ranks among everything since the policy's `since`."""
        return self.percentile and not self.history.count

    @property
    def words(self) -> str:
        """What it looks at."""
        return f"{self._named}, {in_words(self.enter, self.exit, self.states, self._level)}"

    def __call__(self, view: View) -> Regime:
        """(D, 2) evidence."""
        return Regime(self.states, two_states(self._measured(view), self.enter, self.exit))

    def measure(self, view: View) -> Measure:
        """(D, 1) the value, or its percentile rank, that is held against the levels."""
        return Measure(self._named, self._measured(view)[:, None], percent=self.percentile)

    def sentence(self, view: View) -> str:
        """The value, its rank where that counts, and where it lies."""
        value = float(self._measured(view)[-1]) if len(view.days) else np.nan
        if np.isnan(value):
            return self._unknown(view)
        now = f"{self._valued} {float(self._values(view)[-1, -1]):.4g}"
        now += f", at the {ordinal(value)} of {self._history}," if self.percentile else ""
        return f"{now} is {place(value, (self.enter, self.exit), self.states, self._level)}"

    def _values(self, view: View) -> Array:
        """(D, n) the values, smoothed, that are known at each date, the last one being the current one."""
        step = self.history.every if self.history.count else self.smoothing.every
        step = DAY if self.expands else step
        count = max(self.history.count, 1) + self.smoothing.count - 1
        rows = rolling_mean(view.series(self.series, count, every=step), self.smoothing.count)
        if not self.max_age:
            return rows
        age = view.age(self.series)
        return np.where((age <= self.max_age)[:, None], rows, np.nan)

    def _measured(self, view: View) -> Array:
        """(D,) what is held against the levels."""
        rows = self._values(view)
        if not self.percentile:
            return np.ascontiguousarray(rows[:, -1])
        if self.history.count:
            return percentile(rows)
        enough = np.isfinite(rows[:, -1]) & (view.expanding(self.series, Stat.COUNT) >= self.minimum)
        ends = [view.expanding(self.series, stat) for stat in (Stat.MIN, Stat.MAX)]
        return np.where(enough & varies(np.stack(ends, axis=1)), view.expanding(self.series, Stat.RANK), np.nan)

    def _unknown(self, view: View) -> str:
        """Why there is no answer."""
        if len(view.days) == 0:
            return f"{self.series} unknown: no date to look at"
        age = float(view.age(self.series)[-1])
        if np.isnan(age):
            return f"{self.series} unknown: nothing is known yet"
        if self.max_age and age > self.max_age:
            return f"{self.series} unknown: its latest value is {age:.0f} days old, more than {self.max_age}"
        rows = self._values(view)[-1]
        if not np.isfinite(rows).all():
            return f"{self.series} {known_of(rows, 'values')}"
        count = int(np.nan_to_num(view.expanding(self.series, Stat.COUNT)[-1])) if self.expands else self.minimum
        if count < self.minimum:
            return f"{self.series} unknown: {count} values are known since the start, {self.minimum} are needed"
        return f"{self.series} unknown: it has not varied over {self._history}"

    def _level(self, level: float) -> str:
        """A level as it is written."""
        return f"the {ordinal(level)}" if self.percentile else f"{level:g}"

    @property
    def _valued(self) -> str:
        return f"{self.smoothing.words} mean of {self.series}" if self.smoothing.count > 1 else self.series

    @property
    def _named(self) -> str:
        return f"percentile of {self._valued}" if self.percentile else self._valued

    @property
    def _history(self) -> str:
        return f"its last {self.history.count} values" if self.history.count else "all its values since the start"
