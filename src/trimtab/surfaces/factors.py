"""A return series explained by a file of factor returns: betas with their errors, and what each factor brought a year.

A column called `rf` (in any letters) is the riskless return of each period; all others are factors. Factors of another
frequency than the series are met by compounding the finer one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from trimtab.attribution.factors import FactorAttribution, Factors
from trimtab.attribution.factors import factor_attribution as regressed
from trimtab.attribution.risk import realised_risk
from trimtab.core.arrays import Array, Dates
from trimtab.core.errors import DataError, UsageError
from trimtab.desk.result import Result
from trimtab.numerics.calendar_returns import by_period
from trimtab.surfaces.series import DAY, Track, read_series
from trimtab.surfaces.series_source import columns_of

if TYPE_CHECKING:
    import pandas as pd

RISKLESS = "rf"
PART = np.timedelta64(4, "D")  # days that a month may lack at either end: a weekend and holidays
REMEDY = "Give a CSV with a date column and one column of simple returns for each factor, rf among them if you like."


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """What factors say of a series: T periods that end on `dates`, and the regression of its returns above `riskless`."""

    title: str
    dates: Dates
    per_year: int
    found: FactorAttribution
    notes: tuple[str, ...]

    @property
    def risk(self) -> Array:
        """(F + 2,) volatility a year by source: what is left to alpha, each factor, and all of it, to which the others sum."""
        one = self.found
        paths = np.concatenate([one.rest[:, None], one.path], axis=1)
        found = realised_risk(paths, float(self.per_year), ["alpha", *one.names])
        return np.append(found.parts, found.total)

    @property
    def table(self) -> pd.DataFrame:
        """A row for alpha and each factor: beta, Newey-West error, t, p, what it brought a year, its risk; these two sum."""
        import pandas as pd

        one = self.found
        betas = np.append(np.nan, one.betas)
        brought = np.append(one.alpha, one.contributions)
        risk = self.risk
        columns = {"beta": betas, "error": one.errors, "t": one.t, "p": one.p, "a_year": brought, "risk": risk[:-1]}
        frame = pd.DataFrame(columns, index=pd.Index(["alpha", *one.names], name="factor"))
        frame.loc["excess return"] = [np.nan, np.nan, np.nan, np.nan, float(one.excess), risk[-1]]
        return frame


def track_of(result: Result) -> Track:
    """The returns of a run as a series."""
    per_year = result.periods_per_year
    return Track(result.policy.name, result.dates[1:], result.returns, per_year, result.dates[0])


def factor_attribution(returns: Any, factors: Any) -> Explained:
    """Regress a series, or a backtest, above bills on the columns of `factors`, a file or table. Raises DataError."""
    result = getattr(returns, "result", returns)
    track = track_of(result) if isinstance(result, Result) else read_series(returns)
    names = columns_of(factors)
    if not [name for name in names if name.lower() != RISKLESS]:
        raise UsageError("there is no factor", where=_place(factors), remedy=REMEDY)
    others = [read_series(factors, name=name, column=name, prices=False) for name in names]
    f = min(track.per_year, *(one.per_year for one in others))
    ends = next(one.dates for one in (track, *others) if one.per_year == f)
    rows = [_at(one, f, ends) for one in (track, *others)]
    keys = rows[0][0]
    for dates, _ in rows[1:]:
        keys = np.intersect1d(keys, dates, assume_unique=True)
    if len(keys) < len(others) + 2:
        what = f"{track.name} and the factors share {len(keys)} periods"
        raise DataError(what, where=_place(factors), remedy="Give factors of the same time, at the same frequency.")
    values = np.stack([made[np.searchsorted(dates, keys)] for dates, made in rows])
    riskless = next((values[1 + k] for k, name in enumerate(names) if name.lower() == RISKLESS), np.zeros(len(keys)))
    picked = [k for k, name in enumerate(names) if name.lower() != RISKLESS]
    table = Factors(tuple(names[k] for k in picked), values[1:][picked].T)
    found = regressed(values[0], table, per_year=float(f), rf=riskless)
    if found.reasons and not np.isfinite(found.alpha):
        raise DataError(f"the factors explain nothing: {found.reasons[0]}", where=_place(factors), remedy="Leave one out.")
    notes = [line for one in others for line in one.notes]
    notes += [f"{one.name}: {one.frequency} returns, compounded." for one in (track, *others) if one.per_year > f]
    return Explained(track.name, keys, f, found, tuple(dict.fromkeys(notes)))


def _at(track: Track, per_year: int, ends: Dates) -> tuple[Dates, Array]:
    """The returns of a series at a frequency: months and longer are named by their first day, weeks by their `ends`.

    What a finer series covers only in part at either end is no month, and no week, and is left out.
    """
    if track.per_year == per_year and per_year > 12:
        return track.dates, track.returns
    if per_year > 12:
        return _between(track, ends)
    unit = "Y" if per_year == 1 else "M"
    period, made = by_period(track.returns, track.dates, unit)
    if track.per_year <= 12 or not len(period):
        return period.astype("datetime64[D]"), made
    late = track.start - period[0].astype("datetime64[D]") > PART
    early = (period[-1] + 1).astype("datetime64[D]") - track.dates[-1] > PART + DAY
    inside = slice(int(late), len(period) - int(early))
    return period[inside].astype("datetime64[D]"), made[inside]


def _between(track: Track, ends: Dates) -> tuple[Dates, Array]:
    """A finer series compounded from each of `ends` to the next, where it covers all of it."""
    rows = np.searchsorted(track.dates, ends, side="right")
    made = np.array([np.prod(1.0 + track.returns[a:b]) - 1.0 for a, b in pairwise(rows)])
    covered = (rows[1:] > rows[:-1]) & (ends[:-1] >= track.start) & (ends[1:] <= track.dates[-1])
    return ends[1:][covered], made[covered]


def _place(factors: Any) -> str:
    return str(factors) if isinstance(factors, str | Path) else "the factors"


def factor_words(one: Explained) -> tuple[str, ...]:
    """What it comes to: how much is explained, and whether anything is left that chance would not leave."""
    found, unit = one.found, {12: "months", 4: "quarters", 1: "years", 52: "weeks"}.get(one.per_year, "days")
    alpha, t = float(found.alpha), float(found.t[0])
    sure = "which chance alone seldom leaves" if abs(t) >= 2.0 else "which cannot be told from chance"
    most = int(np.argmax(np.abs(found.contributions)))
    brought = float(found.contributions[most])
    made = f"{found.names[most]} brought most, {100.0 * brought:+.2f} % a year at a beta of {float(found.betas[most]):.2f}"
    return (
        f"Over {len(one.dates):,} {unit} the factors explain {100.0 * float(found.share):.0f} % of the variance; {made}.",
        f"Alpha is {100.0 * alpha:+.2f} % a year (t {t:.1f}, Newey-West with {found.lag} lags), {sure}.",
    )
