"""What to expect of a policy, in pandas: fans by age, figures, odds of lagging, and where a live record lies among them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import DataError
from trimtab.desk.expected import Expected, save_expected
from trimtab.numerics.calendar_returns import by_period
from trimtab.surfaces.series import Track, aligned, read_series
from trimtab.validation.standing import Standing, stand

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    """What the history of a policy lets expect. `expected` holds the arrays; the properties speak pandas.

    Fans have a row a month since launch and a column a percentile of the drawn histories.
    """

    expected: Expected

    @property
    def wealth(self) -> pd.DataFrame:
        """Wealth from 1."""
        return self._fan("wealth")

    @property
    def drawdown(self) -> pd.DataFrame:
        """The deepest fall so far, of month ends, as a negative fraction."""
        return self._fan("drawdown")

    @property
    def shortfall(self) -> pd.DataFrame:
        """Wealth over the benchmark's less 1: negative where it lags."""
        return self._fan("shortfall")

    @property
    def lagging(self) -> pd.Series[float]:
        """The odds of being behind the benchmark, by years."""
        import pandas as pd

        return pd.Series(self.expected.fan.lagging, name="odds").rename_axis("years")

    @property
    def ranges(self) -> pd.DataFrame:
        """The middle of return, fall and alpha over all histories: low, median, high, and the level between the ends."""
        import pandas as pd

        return pd.DataFrame(self.expected.ranges).T

    @property
    def words(self) -> str:
        """One sentence about the last age."""
        return self.expected.fan.words

    def save(self, workspace: str | Path = ".") -> Path:
        """Write it down in a workspace, once, before launch. Raises UsageError where something else stands there."""
        return save_expected(Path(workspace), self.expected)

    def against(self, live: Any, benchmark: Any) -> Standing:
        """Where a live record since launch lies, beside the benchmark: returns or prices, as `trimtab.metrics` takes them."""
        mine, theirs = aligned(read_series(live), read_series(benchmark))
        return stand(self.expected.fan, monthly_wealth(mine), monthly_wealth(theirs))

    def _fan(self, measure: str) -> pd.DataFrame:
        import pandas as pd

        fan = self.expected.fan
        values, index = np.array(getattr(fan, measure)).T, pd.Index(fan.ages, name="months")
        return pd.DataFrame(values, index=index, columns=pd.Index(fan.levels, name="percentile"))


def monthly_wealth(track: Track) -> Array:
    """Wealth from 1 at the start of a series and at the end of each of its months (M + 1,), whole or begun.

    Raises DataError where its periods are longer than a month.
    """
    if track.per_year < 12:
        raise DataError(f"{track.name} is {track.frequency}", remedy="Give returns by month, or by day.")
    _, returns = by_period(track.returns, track.dates, "M")
    return np.concatenate([[1.0], np.cumprod(1.0 + returns)])
