"""What to expect of a policy, in pandas: fans by age, figures, odds of lagging, and where a live record lies among them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.errors import DataError
from trimtab.data.months import last_weekdays
from trimtab.desk.expected import Expected, save_expected
from trimtab.surfaces.series import Track, aligned, read_series
from trimtab.validation.standing import Standing, stand

if TYPE_CHECKING:
    import pandas as pd

SLACK = 5  # days: how much earlier in its month than all others the last monthly date may lie


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
        mine, theirs = aligned(live_series(live), live_series(benchmark))
        return stand(self.expected.fan, monthly_wealth(mine), monthly_wealth(theirs))

    def _fan(self, measure: str) -> pd.DataFrame:
        import pandas as pd

        fan = self.expected.fan
        values, index = np.array(getattr(fan, measure)).T, pd.Index(fan.ages, name="months")
        return pd.DataFrame(values, index=index, columns=pd.Index(fan.levels, name="percentile"))


def live_series(source: Any, *, column: str = "", prices: bool | None = None) -> Track:
    """The series of a live record, as `read_series` takes it. Raises DataError where a return in the middle is unknown."""
    try:
        return read_series(source, column=column, prices=prices)
    except DataError as error:
        if "drop=True" not in error.remedy:
            raise
        remedy = "Fill them in: of a live record nothing is left out."
        raise DataError(error.what, where=error.where, remedy=remedy) from None


def monthly_wealth(track: Track) -> Array:
    """Wealth from 1 at the start of a series and at the end of each whole month after it (M + 1,).

    Months run from the start: from month end to month end, or from the 15th to the 15th. One that is not over is left out.
    Raises DataError where its periods are longer than a month, and where a month or more is missing.
    """
    if track.per_year < 12:
        raise DataError(f"{track.name} is {track.frequency}", remedy="Give returns by month, or by day.")
    if not len(track.dates):
        return np.ones(1)
    dates = np.append(track.start, track.dates)
    _require_whole(track, dates)
    wealth = np.concatenate([[1.0], np.cumprod(1.0 + track.returns)])
    if track.per_year == 12:
        return wealth[: len(wealth) - _begun(track)]
    ends = _months_on(track)
    return np.append(1.0, wealth[np.searchsorted(dates, ends, side="right") - 1])


def _require_whole(track: Track, dates: Dates) -> None:
    """Refuse a month that has no row; of days and weeks, four weeks without one."""
    monthly = track.per_year == 12
    gaps = np.diff(dates.astype("datetime64[M]" if monthly else "datetime64[D]").astype(np.int64))
    wide = np.flatnonzero(gaps > (1 if monthly else 27))
    if len(wide):
        row = int(wide[0])
        what = f"{track.name} has nothing between {dates[row]} and {dates[row + 1]}: a month or more is missing"
        raise DataError(what, remedy="Give the whole record since launch, portfolio and benchmark on the same dates.")


def _begun(track: Track) -> int:
    """1 where the last of monthly dates lies well before where the others lie in their months: that month is not over."""
    dates = track.dates if len(track.dates) > 1 else np.append(track.start, track.dates)
    left = (_last_days(dates.astype("datetime64[M]")) - dates) / np.timedelta64(1, "D")
    return int(left[-1] > left[:-1].max() + SLACK)


def _months_on(track: Track) -> Dates:
    """(M,) the last days of the whole months since the start. A weekend at the end of one need not be waited for."""
    start, last = track.start.astype("datetime64[D]"), track.dates[-1]
    month = start.astype("datetime64[M]")
    months = month + 1 + np.arange(int((last.astype("datetime64[M]") - month).astype(int)) + 1)
    if start == month.astype("datetime64[D]"):  # calendar months, also where the 1st is no session
        ends = _last_days(months - 1)
    elif start >= last_weekdays(np.array([month]))[0]:
        ends = _last_days(months)
    else:
        ends = np.minimum(months.astype("datetime64[D]") + (start - month.astype("datetime64[D]")), _last_days(months))
    over = ends if track.per_year == 365 else np.busday_offset(ends, 0, roll="backward")
    return np.asarray(ends[over <= last])


def _last_days(months: Dates) -> Dates:
    return np.asarray((months + 1).astype("datetime64[D]") - 1)
