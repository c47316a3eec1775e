"""Every measure of a return series, in plain values and in pandas; each figure that is missing has its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.errors import UsageError
from trimtab.numerics.conventions import Conventions
from trimtab.numerics.defining import Reason
from trimtab.numerics.measures import RELATIVE, answer
from trimtab.numerics.measuring import Asked
from trimtab.numerics.performance import why_not
from trimtab.surfaces.series import Track, aligned, read_series
from trimtab.surfaces.series_source import columns_of, in_pandas

if TYPE_CHECKING:
    import pandas as pd

GROUPS = {
    "Return": ("total_return", "cagr", "best_year", "worst_year", "best_month", "worst_month", "best_period", "worst_period"),
    "Risk": (
        *("volatility", "downside_deviation", "upside_risk", "value_at_risk", "expected_shortfall", "tail_ratio"),
        *("skewness", "excess_kurtosis", "autocorrelation"),
    ),
    "Drawdowns": (
        *("max_drawdown", "drawdown_length", "drawdown_periods", "longest_drawdown", "pain_index", "ulcer"),
        *("calmar", "martin", "pain_ratio", "burke"),
    ),
    "Return for risk": ("sharpe", "lo_sharpe", "adjusted_sharpe", "sortino", "upside_potential", "omega", "prospect", "kelly"),
    "Gains and losses": ("win_rate", "payoff", "profit_factor", "bernardo_ledoit", "d_ratio"),
    "Against the benchmark": (
        *("active_return", "tracking_error", "information_ratio", "beta", "alpha", "correlation", "r_squared"),
        *("up_capture", "down_capture", "batting_average", "jensen_alpha", "treynor", "modified_treynor", "appraisal_ratio"),
        *("net_selectivity", "m_squared", "systematic_risk", "specific_risk", "total_risk"),
    ),
}
ORDER = tuple(key for keys in GROUPS.values() for key in keys)
YEARLY = frozenset({"cagr", "calmar", "martin", "pain_ratio", "burke", "active_return", "information_ratio", "m_squared"})
YEARLY |= {"jensen_alpha", "treynor", "modified_treynor", "appraisal_ratio", "net_selectivity"}
YEAR = np.timedelta64(360, "D")  # what is shorter is no year; a year of month ends has 364 days or more


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A series, the benchmark on the same dates (or none), and the riskless return of each period (or one for all)."""

    track: Track
    other: Track | None
    riskless: Array | float

    def asked(self, conventions: Conventions, keys: frozenset[str] = frozenset()) -> Asked:
        """The question about all of it."""
        return Asked(self.track.per_year, self.riskless, self.track.dates, conventions, keys, start=self.track.start)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done to the series, and to the benchmark under its name."""
        theirs = () if self.other is None else tuple(f"{self.other.name}: {note}" for note in self.other.notes)
        return self.track.notes + theirs

    @property
    def under_a_year(self) -> bool:
        """Whether the returns cover less than a year. Months count as such, whichever of their days they are called by."""
        one = self.track
        return bool(one.dates[-1] - one.start < YEAR) and not (one.per_year <= 12 and len(one.dates) >= one.per_year)

    @property
    def rival(self) -> Array | None:
        """Returns of the benchmark."""
        return None if self.other is None else self.other.returns

    def cut(self, first: int, after: int) -> Subject:
        """The rows first .. after - 1 of it."""
        rows = slice(first, after)
        rate = self.riskless if isinstance(self.riskless, float) else self.riskless[rows]
        return Subject(_cut(self.track, rows), None if self.other is None else _cut(self.other, rows), rate)


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Figures by key, NaN where there is none, and the reasons for those."""

    values: Mapping[str, float]
    reasons: Mapping[str, str]


def subject(track: Track, benchmark: Track | None = None, rf: Any = 0.0) -> Subject:
    """The series on the dates that it shares with the benchmark and with a riskless rate that varies.

    `rf` is a rate a year, or a Track of the returns of bills. Raises UsageError for a rate that is no fraction.
    """
    if isinstance(rf, Track):
        if benchmark is not None:
            track, benchmark = aligned(track, benchmark)
        track, rate = aligned(track, rf)
        if benchmark is not None and len(benchmark.returns) != len(track.returns):
            track, benchmark = aligned(track, benchmark)
            _, rate = aligned(track, rf)
        track = replace(track, notes=(*track.notes, *(f"{rf.name}: {note}" for note in rf.notes)))
        return Subject(track, benchmark, rate.returns)
    if not -0.5 < float(rf) < 0.5:
        raise UsageError(f"a riskless rate of {rf:g} a year", remedy="Rates are fractions: write 0.02 for 2 %.")
    if benchmark is not None:
        track, benchmark = aligned(track, benchmark)
    return Subject(track, benchmark, float((1.0 + float(rf)) ** (1.0 / track.per_year) - 1.0))


def measured(given: Subject, conventions: Conventions, keys: frozenset[str] = frozenset()) -> Measured:
    """All figures, or those of `keys`, in the order of GROUPS; figures a year of less than a year are missing."""
    found = answer(given.track.returns, given.asked(conventions, keys), given.rival)
    return _stated(given, {key: float(found[key]) for key in ORDER if key in found})


def _stated(given: Subject, values: dict[str, float]) -> Measured:
    """Figures with the reasons for those that are missing."""
    track = given.track
    reasons = {key: why_not(key, value, track.returns, given.rival) for key, value in values.items()}
    if len(track.dates) and given.under_a_year:
        for key in YEARLY & {key for key, value in values.items() if np.isfinite(value)}:
            values[key], reasons[key] = np.nan, Reason.UNDER_A_YEAR
    return Measured(values, {key: reason.value for key, reason in reasons.items() if reason is not None})


def metrics(
    returns: Any,
    benchmark: Any = None,
    *,
    rf: Any = 0.0,
    conventions: Mapping[str, Any] | Conventions | str | None = None,
    prices: bool | None = None,
    per_year: int = 0,
) -> pd.Series | pd.DataFrame:
    """Every measure of `returns` by key; of a DataFrame of several columns a DataFrame, a column each.

    `returns` and `benchmark` are what `read_series` takes: files, pandas, (dates, numbers), prices or returns. `rf` is a rate
    a year or a series of the returns of bills. `conventions` names choices: {"sharpe": "geometric"}, {"package": "quantstats"},
    or that package alone. Notes on what was done to the data are in `.attrs["notes"]`, the reason for each NaN in
    `.attrs["missing"]`. Raises UsageError, DataError or ParameterError, one line each.
    """
    import pandas as pd

    if isinstance(conventions, str):
        conventions = {"package": conventions}
    chosen = conventions if isinstance(conventions, Conventions) else Conventions.of(conventions or {})
    other = None if benchmark is None else read_series(benchmark, name="benchmark", per_year=per_year)
    bills = float(rf) if isinstance(rf, Real) else read_series(rf, name="riskless rate", per_year=per_year)
    returns = in_pandas(returns)
    names = columns_of(returns) if hasattr(returns, "columns") else ()
    if len(names) > 1:
        keys = {str(name): name for name in returns}
        columns = {keys[name]: read_series(returns, column=name, prices=prices, per_year=per_year, name=name) for name in names}
        return _many(columns, other, bills, chosen)
    track = read_series(returns, prices=prices, per_year=per_year)
    given = subject(track, other, bills)
    found = measured(given, chosen)
    out = pd.Series(dict(found.values), name=track.name, dtype=float)
    out.attrs = {"notes": list(given.notes), "missing": dict(found.reasons)}
    return out


def _many(columns: Mapping[Any, Track], other: Track | None, bills: Any, chosen: Conventions) -> pd.DataFrame:
    """A column for each series: all in one call where they have the same dates."""
    import pandas as pd

    given = {name: subject(track, other, bills) for name, track in columns.items()}
    first = next(iter(given.values()))
    same = all(
        np.array_equal(one.track.dates, first.track.dates) and one.track.start == first.track.start for one in given.values()
    )
    if same and len(first.track.dates):
        rows = np.stack([one.track.returns for one in given.values()])
        figures = answer(rows, first.asked(chosen), first.rival)
        cut = {name: {key: float(figures[key][k]) for key in ORDER if key in figures} for k, name in enumerate(given)}
        found = {name: _stated(given[name], values) for name, values in cut.items()}
    else:
        found = {name: measured(one, chosen) for name, one in given.items()}
    out = pd.DataFrame({name: pd.Series(dict(one.values), dtype=float) for name, one in found.items()})
    notes = {str(name): list(one.notes) for name, one in given.items()}
    out.attrs = {"notes": notes, "missing": {str(name): dict(one.reasons) for name, one in found.items()}}
    return out


def _cut(track: Track, rows: slice) -> Track:
    first = rows.start
    start = track.start if first == 0 else track.dates[first - 1]
    return Track(track.name, track.dates[rows], track.returns[rows], track.per_year, start, ())


def until(track: Track, day: date | None) -> Track:
    """The series up to `day`, or all of it."""
    if day is None:
        return track
    rows = slice(0, int(np.searchsorted(track.dates, np.datetime64(day), side="right")))
    return Track(track.name, track.dates[rows], track.returns[rows], track.per_year, track.start, track.notes)


def by_period(given: Subject, unit: str, keys: frozenset[str], conventions: Conventions) -> dict[str, Measured]:
    """Figures of each calendar year (`Y`) or month (`M`), by its name."""
    period: Dates = given.track.dates.astype(f"datetime64[{unit}]")
    edges = np.flatnonzero(np.append(True, period[1:] != period[:-1])).tolist() if len(period) else []
    ends = [*edges[1:], len(period)]
    parts = {str(period[a]): given.cut(a, b) for a, b in zip(edges, ends, strict=False)}
    return {name: measured(part, conventions, keys) for name, part in parts.items()}


def rolling(given: Subject, count: int, keys: frozenset[str], conventions: Conventions) -> tuple[Dates, Mapping[str, Array]]:
    """Figures of the last `count` returns at each date from the first that has them: dates (W,) and values (W,) by key.

    Figures a year are NaN where a window is shorter than a year.
    Raises UsageError for a window of fewer than two returns or of more than there are.
    """
    track = given.track
    if not 2 <= count <= len(track.returns):
        raise UsageError(
            f"a window of {count} of {len(track.returns)} returns", remedy="Give 2 or more, and no more than there are."
        )
    windows = np.lib.stride_tricks.sliding_window_view
    rows = windows(track.returns, count)
    other = None if given.rival is None else windows(given.rival, count)
    asked = Asked(track.per_year, 0.0, None, conventions, keys - (RELATIVE if other is None else frozenset()))
    found = _by_window(rows, other, given.riskless, asked)
    if count < track.per_year:
        found |= {key: np.full(len(rows), np.nan) for key in YEARLY & found.keys()}
    return track.dates[count - 1 :], found


def _by_window(rows: Array, other: Array | None, rate: Array | float, asked: Asked) -> dict[str, Array]:
    """Figures of each row (W, N): in one call, or row by row where each has riskless returns of its own."""
    if isinstance(rate, float):
        return dict(answer(rows, replace(asked, rf=rate), other))
    rates = np.lib.stride_tricks.sliding_window_view(rate, rows.shape[1])
    beside = [None] * len(rows) if other is None else other
    found = [answer(one, replace(asked, rf=own), b) for one, own, b in zip(rows, rates, beside, strict=True)]
    return {key: np.array([float(one[key]) for one in found]) for key in found[0]}


def riskless(text: str) -> Any:
    """A rate a year out of `0.02` or `2%`, or the returns of bills in a file."""
    plain = text.strip().removesuffix("%")
    try:
        return float(plain) / (100.0 if plain != text.strip() else 1.0)
    except ValueError:
        return read_series(Path(text), name="riskless rate")
