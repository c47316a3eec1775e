"""What is to be shown: the portfolio and its rivals as lines over shared dates, thinned for drawing.

A line comes from a backtest or from a series of returns (see `given`); only the first has a result behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.arrays import Array, Dates, Index
from trimtab.core.calendar import period_ends
from trimtab.core.terms import Step
from trimtab.desk.expected import Expected
from trimtab.desk.result import Result
from trimtab.desk.summary import after_what
from trimtab.desk.validation import Validation
from trimtab.numerics.performance import drawdown_table, drawdowns, returns_of, wealth
from trimtab.surfaces.report.held import Held, held_in
from trimtab.surfaces.report.trades import Trades, trades
from trimtab.surfaces.report.wording import day

MANY = 3000  # rows that are drawn one by one; longer lines are thinned


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One portfolio: net asset value (T,) on dates (T,), returns and riskless returns (T - 1,) between them.

    `rows` (R,) are the rows to draw: all of them, or those of `drawn_rows`. `per_year` periods make a year. `trades` and
    `result` are None where only returns are known; `currency` is empty where none is.
    """

    title: str
    dates: Dates
    wealth: Array
    returns: Array
    riskfree: Array
    rows: Index
    per_year: int
    currency: str = ""
    trades: Trades | None = None
    result: Result | None = None

    @property
    def years(self) -> float:
        """Length in years."""
        return float((self.dates[-1] - self.dates[0]) / np.timedelta64(1, "D")) / 365.25

    @property
    def frequency(self) -> str:
        """How often it is valued, in a word."""
        named = {1: "yearly", 4: "quarterly", 12: "monthly", 52: "weekly"}
        return named.get(self.per_year, "daily")

    @property
    def drawing(self) -> str:
        """Which of its dates are drawn, in words; empty where all are."""
        count = len(self.dates)
        if len(self.rows) == count:
            return ""
        unit = "week" if len(period_ends(self.dates, Step.WEEK)) <= MANY else "month"
        return f"Drawn at {len(self.rows):,} of {count:,} dates, {unit} ends and every yearly high and low; figures use all."

    def between(self, first: np.datetime64, last: np.datetime64) -> Line | None:
        """The part from `first` to `last`, without trades; None where it has fewer than two dates."""
        rows = np.flatnonzero((self.dates >= first) & (self.dates <= last))
        if len(rows) < 2:
            return None
        a, b = int(rows[0]), int(rows[-1])
        dates, values, rows = self.dates[a : b + 1], self.wealth[a : b + 1], np.arange(b + 1 - a)
        cut = replace(self, dates=dates, wealth=values, returns=self.returns[a:b], riskfree=self.riskfree[a:b], rows=rows)
        return replace(cut, trades=None, result=None)


@dataclass(frozen=True, slots=True)
class Origin:
    """What a series of returns is that no backtest made: `source` in words, and `notes` of its reader."""

    source: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """The portfolio, its rivals (the first is the benchmark of relative figures), and what to say about the match.

    `held` are weights over time, None where nobody knows them; `origin` says what a series is, None for a backtest. From
    `live` on the figures are real; None where that is not known. `client` is the version in plain words.
    `expected` is what was written down before launch; None: nothing was.
    `validation` is what `trimtab validate` found of the run; None where nobody asked.
    """

    subject: Line
    rivals: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    held: Held | None = None
    origin: Origin | None = None
    live: np.datetime64 | None = None
    client: bool = False
    expected: Expected | None = None
    validation: Validation | None = None

    @property
    def result(self) -> Result | None:
        """The portfolio's own result; None where only its returns are known."""
        return self.subject.result

    @property
    def after(self) -> str:
        """What figures are after, in words: `after costs and fees`; for a series, that nobody knows."""
        return "as given" if self.result is None else after_what(self.result)

    @property
    def halves(self) -> tuple[Line, Line] | None:
        """The portfolio before and after it went live; None where that is not known or either is too short."""
        if self.live is None:
            return None
        line = self.subject
        first = line.between(line.dates[0], self.live)
        second = line.between(first.dates[-1], line.dates[-1]) if first is not None else None
        return None if first is None or second is None else (first, second)

    def grown(self, line: Line, stake: float) -> Array:
        """What `stake` became in `line` (T,); a line that begins later sets out from where the portfolio stands."""
        together = line.dates[0] == self.subject.dates[0]
        return np.asarray(stake * line.wealth / (line.wealth[0] if together else self.subject.wealth[0]))

    @property
    def lines(self) -> tuple[Line, ...]:
        """Portfolio and rivals."""
        return (self.subject, *self.rivals)

    @property
    def benchmark(self) -> Line | None:
        """The first rival, if any."""
        return self.rivals[0] if self.rivals else None


def study(result: Result, rivals: Sequence[Result] = ()) -> Study:
    """Cut each rival to the dates it shares with `result`; one that shares fewer than two is left out and named."""
    subject = _line(result, np.arange(len(result.dates)))
    lines, notes = [], []
    for rival in rivals:
        _, _, rows = np.intersect1d(result.dates, rival.dates, assume_unique=True, return_indices=True)
        title = rival.policy.title
        if len(rows) < 2:
            notes.append(f"{title} shares no dates with this portfolio and is left out.")
            continue
        lines.append(_line(rival, rows, subject))
        if len(rows) < len(result.dates):
            first, last = day(rival.dates[rows[0]]), day(rival.dates[rows[-1]])
            notes.append(f"Figures of {title} cover only the dates that it shares with this portfolio, {first} to {last}.")
    return Study(subject, tuple(lines), tuple(notes), held_in(result))


def shared(line: Line, other: Line) -> tuple[Array, Array, Array]:
    """Returns of `line`, of `other` and of bills between the S dates that both have, each (S - 1,)."""
    if np.array_equal(line.dates, other.dates):
        return line.returns, other.returns, line.riskfree
    _, mine, theirs = np.intersect1d(line.dates, other.dates, assume_unique=True, return_indices=True)
    return returns_of(line.wealth[mine]), returns_of(other.wealth[theirs]), returns_of(wealth(line.riskfree)[mine])


def _line(result: Result, rows: Index, subject: Line | None = None) -> Line:
    """The line of `result` on `rows` of its dates. One that begins with another date than `subject`, or did before it was
    cut, sets out from the wealth that `subject` has there, so that both can be compared.
    """
    dates, values = result.dates[rows], result.wealth[rows]
    if subject is not None and (rows[0] > 0 or dates[0] != subject.dates[0]):
        values = values * (subject.wealth[np.searchsorted(subject.dates, dates[0])] / values[0])
    growth = wealth(result.riskfree)[rows]
    returns = returns_of(values)
    drawn = drawn_rows(dates, values, returns)
    moved = trades(result, dates[0], dates[-1])
    line = Line(result.policy.title, dates, values, returns, returns_of(growth), drawn, result.periods_per_year)
    return replace(line, currency=result.currency, trades=moved, result=result)


def drawn_rows(dates: Dates, values: Array, returns: Array) -> Index:
    """Rows to draw: all up to MANY; else week ends (month ends where even they are too many) and every extreme.

    Extremes are the highest and lowest wealth of each calendar year and the peaks and troughs of the ten deepest
    drawdowns, so that a thinned line shows the same highs and lows as the tables.
    """
    if len(dates) <= MANY:
        return np.arange(len(dates))
    ends = period_ends(dates, Step.WEEK)
    if len(ends) > MANY:
        ends = period_ends(dates, Step.MONTH)
    year = dates.astype("datetime64[Y]")
    first = np.flatnonzero(np.append(True, year[1:] != year[:-1])).tolist()
    edges = [row for a, b in zip(first, [*first[1:], len(dates)], strict=True) for row in _extremes(values, a, b)]
    falls = [row for fall in drawdown_table(returns) for row in (fall.peak, fall.trough, fall.end)]
    return np.unique(np.concatenate([[0, len(dates) - 1], ends, edges, falls])).astype(np.intp)


def thinned(dates: Dates) -> Index:
    """Rows to draw of what has no extremes to keep: all up to MANY, else week ends."""
    return np.arange(len(dates)) if len(dates) <= MANY else period_ends(dates, Step.WEEK)


def _extremes(values: Array, first: int, after: int) -> tuple[int, int]:
    part = values[first:after]
    return first + int(part.argmax()), first + int(part.argmin())


def underwater(line: Line) -> Array:
    """Drawdown at each date (T,), at most 0."""
    return drawdowns(line.returns)
