"""A study of a return series that somebody hands in: no policy, no costs known, perhaps positions and transactions.

The series becomes a line of wealth that starts at 10,000; the benchmark is put on the dates that both share.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.errors import DataError, UsageError
from trimtab.numerics.performance import wealth
from trimtab.surfaces.report.study import Line, Origin, Study, drawn_rows
from trimtab.surfaces.report.wording import day
from trimtab.surfaces.series import Track, aligned

STAKE = 10_000.0
SHORT = "a report needs two returns at least"


def given_study(track: Track, benchmark: Track | None = None, *, source: str) -> Study:
    """The study of a series, `source` in words. Raises UsageError where it is too short, DataError where nothing is shared."""
    if len(track.returns) < 2:
        raise UsageError(SHORT, where=track.name, remedy="Give a longer series.")
    subject = line_of(track.name, np.append(track.start, track.dates), track.returns, track.per_year)
    study = Study(subject, (), origin=Origin(source, track.notes))
    return study if benchmark is None else beside(study, benchmark)


def beside(study: Study, benchmark: Track) -> Study:
    """The study with a series as its first rival, on the dates that it shares with the portfolio."""
    subject = study.subject
    mine = Track(subject.title, subject.dates[1:], subject.returns, subject.per_year, subject.dates[0])
    cut, other = aligned(mine, benchmark)
    if len(other.returns) < 2:
        raise DataError(f"{mine.name} and {other.name} share one return", remedy="Give series that overlap.")
    line = line_of(other.name, np.append(cut.start, cut.dates), other.returns, cut.per_year)
    first = subject.wealth[np.searchsorted(subject.dates, line.dates[0])]
    line = replace(line, wealth=line.wealth * (first / line.wealth[0]), riskfree=_riskfree(subject, line.dates))
    notes = [f"{other.name}: {note}" for note in benchmark.notes if "Read as" not in note and "periods a year" not in note]
    if study.result is not None:
        notes.append(f"What {other.name} cost is not known: it is compared before costs, fees and taxes of its own.")
    if len(line.dates) < len(subject.dates):
        span = f"{day(line.dates[0])} to {day(line.dates[-1])}, {len(line.dates):,} of {len(subject.dates):,} dates"
        notes.append(f"Figures of {other.name} cover only the dates that it shares with this portfolio: {span}.")
    return replace(study, rivals=(line, *study.rivals), notes=(*study.notes, *notes))


def line_of(title: str, dates: Dates, returns: Array, per_year: int) -> Line:
    """A line from returns (T,) and dates (T + 1,); the riskless rate is zero, since none is known."""
    values = STAKE * wealth(returns)
    return Line(title, dates, values, returns, np.zeros(len(returns)), drawn_rows(dates, values, returns), per_year)


def _riskfree(subject: Line, dates: Dates) -> Array:
    """Riskless returns of the portfolio between `dates` (S,), all of them its own: (S - 1,)."""
    growth = wealth(subject.riskfree)[np.searchsorted(subject.dates, dates)]
    return np.asarray(growth[1:] / growth[:-1] - 1.0)


def went_live(study: Study, live: np.datetime64) -> Study:
    """The study with the date from which on it is real. Raises UsageError where that lies outside its dates."""
    first, last = study.subject.dates[0], study.subject.dates[-1]
    if not first < live < last:
        raise UsageError(f"the live start {live} is not between {first} and {last}", remedy="Give a date within the series.")
    return replace(study, live=live)
