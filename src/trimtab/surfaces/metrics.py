"""Every measure of a return series, in plain values and in pandas; each figure that is missing has its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
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
        return Subject(track, benchmark, rate.returns)
    if not -0.5 < float(rf) < 0.5:
        raise UsageError(f"a riskless rate of {rf:g} a year", remedy="Rates are fractions: write 0.02 for 2 %.")
    if benchmark is not None:
        track, benchmark = aligned(track, benchmark)
    return Subject(track, benchmark, float((1.0 + float(rf)) ** (1.0 / track.per_year) - 1.0))


def measured(given: Subject, conventions: Conventions, keys: frozenset[str] = frozenset()) -> Measured:
    """All figures, or those of `keys`, in the order of GROUPS; figures a year of less than a year are missing."""
    track, other = given.track, given.rival
    found = answer(track.returns, given.asked(conventions, keys), other)
    values = {key: float(found[key]) for key in ORDER if key in found}
    reasons = {key: why_not(key, value, track.returns, other) for key, value in values.items()}
    if len(track.dates) and track.dates[-1] - track.start < YEAR:
        for key in YEARLY & {key for key, value in values.items() if np.isfinite(value)}:
            values[key], reasons[key] = np.nan, Reason.UNDER_A_YEAR
    return Measured(values, {key: reason.value for key, reason in reasons.items() if reason is not None})


def metrics(
    returns: Any,
    benchmark: Any = None,
    *,
    rf: Any = 0.0,
    conventions: Mapping[str, Any] | Conventions | None = None,
    prices: bool | None = None,
    per_year: int = 0,
) -> pd.Series | pd.DataFrame:
    """Every measure of `returns` by key; of a DataFrame of several columns a DataFrame, a column each.

    `returns` and `benchmark` are what `read_series` takes: files, pandas, (dates, numbers), prices or returns. `rf` is a rate
    a year or a series of the returns of bills. `conventions` names choices: {"sharpe": "geometric"}, or
    {"package": "quantstats"}. Notes on what was done to the data are in `.attrs["notes"]`, the reason for each NaN in
    `.attrs["missing"]`. Raises UsageError, DataError or ParameterError, one line each.
    """
    import pandas as pd

    chosen = conventions if isinstance(conventions, Conventions) else Conventions.of(conventions or {})
    other = None if benchmark is None else read_series(benchmark, name="benchmark", per_year=per_year)
    bills = rf if isinstance(rf, float | int) else read_series(rf, name="riskless rate", per_year=per_year)
    if getattr(returns, "ndim", 1) == 2 and returns.shape[1] != 1:
        columns = {
            name: read_series(returns, column=str(name), prices=prices, per_year=per_year, name=str(name)) for name in returns
        }
        return _many(columns, other, bills, chosen)
    track = read_series(returns, prices=prices, per_year=per_year)
    given = subject(track, other, bills)
    found = measured(given, chosen)
    out = pd.Series(dict(found.values), name=track.name, dtype=float)
    out.attrs = {"notes": list(given.track.notes), "missing": dict(found.reasons)}
    return out


def _many(columns: Mapping[Any, Track], other: Track | None, bills: Any, chosen: Conventions) -> pd.DataFrame:
    """A column for each series: all in one call where they have the same dates."""
    import pandas as pd

    given = {name: subject(track, other, bills) for name, track in columns.items()}
    found: dict[Any, Mapping[str, float]] = {}
    notes: dict[str, list[str]] = {str(name): list(one.track.notes) for name, one in given.items()}
    first = next(iter(given.values()))
    same = all(
        np.array_equal(one.track.dates, first.track.dates) and one.track.start == first.track.start for one in given.values()
    )
    if same and len(first.track.dates) and first.track.dates[-1] - first.track.start >= YEAR:
        rows = np.stack([one.track.returns for one in given.values()])
        figures = answer(rows, first.asked(chosen), first.rival)
        found = {name: {key: float(figures[key][k]) for key in ORDER if key in figures} for k, name in enumerate(given)}
    else:
        found = {name: measured(one, chosen).values for name, one in given.items()}
    out = pd.DataFrame({name: pd.Series(dict(values), dtype=float) for name, values in found.items()})
    out.attrs = {"notes": notes}
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
    rate = given.riskless if isinstance(given.riskless, float) else float(np.mean(given.riskless))
    asked = Asked(track.per_year, rate, None, conventions, keys - (RELATIVE if other is None else frozenset()))
    return track.dates[count - 1 :], answer(rows, asked, other)


def riskless(text: str) -> Any:
    """A rate a year out of `0.02` or `2%`, or the returns of bills in a file."""
    plain = text.strip().removesuffix("%")
    try:
        return float(plain) / (100.0 if plain != text.strip() else 1.0)
    except ValueError:
        return read_series(Path(text), name="riskless rate")
