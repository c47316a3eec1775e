"""A sweep in pandas: every variant of a policy with its figures, the best beside their number, and returns by month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from trimtab.core.errors import UsageError
from trimtab.desk.crew import Crew
from trimtab.desk.grid import Axis, Grid
from trimtab.desk.shipping import checked_address
from trimtab.desk.sweep_review import SweepReview
from trimtab.desk.swept import FIGURES

if TYPE_CHECKING:
    import pandas as pd

_HOW = 'Write {"signals.trend.window": ["6M", "8M"]}, or ["signals.trend.window=6M,8M"].'


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """What a sweep came to. `review` holds the arrays; the properties speak pandas. Variants go by their number in the grid."""

    review: SweepReview

    @property
    def frame(self) -> pd.DataFrame:
        """A row a variant: the values of the grid, figures as fractions a year, first date, engine, why it failed."""
        import pandas as pd

        found = self.review.result
        columns: dict[str, Any] = {name: list(values) for name, values in found.points.items()}
        columns |= {name: np.array(found.figures[name]) for name in FIGURES}
        columns |= {"first": pd.to_datetime(found.first), "engine": list(found.engines)}
        columns["failed"] = [found.failed.get(number, "") for number in found.numbers.tolist()]
        return pd.DataFrame(columns, index=pd.Index(np.array(found.numbers), name="variant"))

    @property
    def returns(self) -> pd.DataFrame:
        """Simple returns by month, a column a variant; NaN before its first decision."""
        import pandas as pd

        found = self.review.result
        index, columns = pd.DatetimeIndex(found.dates[1:], name="date"), pd.Index(np.array(found.numbers), name="variant")
        return pd.DataFrame(np.array(found.returns), index=index, columns=columns)

    def top(self, number: int = 10) -> pd.DataFrame:
        """The rows of the highest Sharpe ratios. The first of them is no expectation: it was picked."""
        return self.frame.iloc[self.review.result.ranking[:number]]

    @property
    def words(self) -> str:
        """What is left of the best beside all trials of the workspace, in a sentence."""
        return self.review.left.words

    @property
    def beats(self) -> float:
        """The share of variants that grew more than the static benchmark."""
        return self.review.beats

    @property
    def path(self) -> Path:
        """The file of results. Raises DataError where no part was finished: there is none."""
        return self.review.result.file

    def summary(self) -> dict[str, Any]:
        """What the command prints with `--json`."""
        return self.review.document(10)


Axes = Mapping[str, Sequence[Any] | str] | Sequence[str]


def grid_of(axes: Axes | str) -> Grid:
    """A grid by key: a list of values, or their text as on the command line (`3M..12M`); or axes as written there, in a list.

    Numbers of numpy and dates are taken as a policy file writes them. Raises UsageError for what is no grid.
    """
    if isinstance(axes, Mapping):
        return Grid(tuple(_axis(_key(key), values) for key, values in axes.items()))
    listed: list[Any] = [axes] if isinstance(axes, str) or not _many(axes) else list(axes)
    for axis in listed:
        if not isinstance(axis, str):
            raise UsageError(f"{_shown(axis)} is no axis of a grid", remedy=_HOW)
    return Grid.parse(listed)


def _many(values: Any) -> bool:
    return isinstance(values, Iterable)


def require_used(place: str, crew: Crew, name: str = "data_at") -> None:
    """Raises UsageError for a place of data that is none, or that counts for nothing since this process has them already."""
    if not place:
        raise UsageError(f"{name} names no place", remedy="Name a folder or store that every worker can read, or leave it out.")
    checked_address(place)
    if crew.in_process:
        remedy = "Leave it out, or give more workers or a cluster."
        raise UsageError(f"{name} counts for nothing: one worker is this process, which has the data", remedy=remedy)


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise UsageError(f"{_shown(key)} is no key of a grid", remedy=_HOW)
    return key


def _axis(key: str, values: Any) -> Axis:
    if isinstance(values, str):
        return Axis.parse(f"{key}={values}")
    single = isinstance(values, Mapping) or (isinstance(values, np.ndarray) and not values.ndim)
    if single or not isinstance(values, Iterable):
        remedy = "Write a list, such as [0.1, 0.2], or text as on the command line."
        raise UsageError(f"the values of {key} are no list: {_shown(values)}", remedy=remedy)
    distinct = {_shown(value): value for value in map(_plain, values)}
    read = Axis.parse(f"{key}={'0' if distinct else ''}")
    return replace(read, values=tuple(distinct.values()))


def _plain(value: Any) -> Any:
    """A value as it is read from a policy file, where it is a number of numpy, a date, or a list or mapping of such."""
    if isinstance(value, np.datetime64):
        value = str(value) if np.isnat(value) else value.astype("datetime64[s]").item()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, date):  # of pandas too, whose NaT has no time
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(one) for one in value]
    return value


def _shown(value: Any) -> str:
    """A value in words; a whole number with thousands of digits has none."""
    try:
        return repr(value)
    except ValueError:
        return "a number with thousands of digits"
