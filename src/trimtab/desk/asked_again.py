"""A policy asked again on its own market, without what came after: does it aim at, and trade to, the same weights?

The whole policy is asked at dates spread over its history. Components of one's own, which no test of Trimtab's has asked at
every date, are asked at every decision date, each by itself: what the rest of the policy said is handed to them, in
copies, up to that date and no further.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from trimtab.construction.blend import Blend
from trimtab.core.arrays import Array
from trimtab.core.errors import TrimtabError
from trimtab.core.roles import Compound
from trimtab.core.trades import Decision
from trimtab.core.values import Aims, Parts, Regime, Today
from trimtab.data.market import Market
from trimtab.data.view import MarketView
from trimtab.desk.asking import combined, heard, levering, remembers, told
from trimtab.desk.dates import decision_view, view_at
from trimtab.desk.decide import aims, decide, placed
from trimtab.desk.other_sources import listening
from trimtab.desk.outsiders import of_policy, outsiders
from trimtab.desk.prepare import until
from trimtab.desk.result import Result
from trimtab.validation.comparison import differs

CUTS = 16  # dates on which the whole policy is asked again
MOST = 1250  # dates on which what is handed all dates before is asked again: 25 years of weeks, a few seconds
ROWS = 400_000  # dates that all askings of a memory walk together, of 10 microseconds or so: 74 years of months, each asked


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wrong, in words (empty: nothing), and on how many of `of` dates that was asked."""

    fault: str
    dates: int
    of: int


class Needs(Enum):
    """What an answer takes: the date alone, all dates before it at once, or a walk along them."""

    DATE = "date"
    PAST = "past"
    MEMORY = "memory"

    def dates(self, result: Result) -> frozenset[int]:
        """The decisions at which it is asked again: all, or as many as there is time for."""
        walks = 2 * ROWS // len(result.aims)
        count = {Needs.DATE: len(result.aims), Needs.PAST: MOST, Needs.MEMORY: min(MOST, walks)}[self]
        return frozenset(_spread(result, max(count, CUTS)))


@dataclass(frozen=True, slots=True)
class Question:
    """One component of one's own: how it is asked at a cut, and what it said at decision `d`, both (...) of that date."""

    name: str
    ask: Callable[[Cut], Array]
    said: Callable[[int], Array]
    needs: Needs


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Decision `d` of a result, and the market as it ended there."""

    result: Result
    d: int
    market: Market

    @property
    def parts(self) -> Parts:
        """What the policy's own signals said up to this date, in copies; those of sleeves stay out of its combiner."""
        said, count = self.result.aims.parts, len(self.result.policy.signals)
        return Parts(said.assets, said.names[:count], said.values[:count, : self.d + 1].copy())

    @property
    def regime(self) -> Regime:
        """The regime up to this date, in copies."""
        said = self.result.aims.regime
        return Regime(said.states, said.probabilities[: self.d + 1].copy())

    def view(self, *, before: bool) -> MarketView:
        """The view from this date, or from all dates up to it."""
        dates = self.result.aims.days.dates[0 if before else self.d : self.d + 1]
        return view_at(self.result.policy, self.market, np.searchsorted(self.market.sessions, dates))


def whole_policy(result: Result) -> Asked:
    """Whether signals, aims and targets stay as they were, at dates spread over the history.

    Where only the future says that a period had ended, a holiday after its last weekday but one, the date is passed over.
    """
    dates, asked = result.aims.days.dates, 0
    chosen = _spread(result, CUTS)
    for d in chosen:
        try:
            view = decision_view(result.policy, until(result.market, dates[d]))
            again = aims(result.policy, view)
        except TrimtabError as error:
            return Asked(f"without what comes after {dates[d]} it cannot be asked: {error.what}", asked, len(chosen))
        if view.days.dates[-1] != dates[d]:
            continue
        asked += 1
        if fault := _other(result, again, d):
            return Asked(f"without what comes after {dates[d]} {fault}", asked, len(chosen))
    return Asked("", asked, len(chosen))


def _other(result: Result, again: Aims, d: int) -> str:
    """What the last date of `again` says otherwise than date `d` of a result; empty where nothing."""
    said = result.aims
    if not np.array_equal(again.parts.values[:, -1], said.parts.values[:, d], equal_nan=True):
        return "its signals say otherwise"
    if not np.array_equal(again.goal[-1], said.goal[d], equal_nan=True):
        return "it aims at other weights"
    if not np.array_equal(_target(result, again.row(len(again) - 1), d), _decision(result, d).target, equal_nan=True):
        return "it trades to other weights"
    return ""


def own_components(result: Result) -> Asked:
    """Whether each component of one's own says what it said, at every decision date (of long histories, see `Needs`)."""
    every, questions = range(_first(result), len(result.aims)), tuple(_questions(result))
    chosen = [(one, one.needs.dates(result)) for one in questions]
    asked = min((len(dates) for _, dates in chosen), default=0)
    with listening(*of_policy(result.policy)):
        for d in every if questions else ():
            cut = Cut(result, d, until(result.market, result.aims.days.dates[d]))
            for question in (one for one, dates in chosen if d in dates):
                if fault := _answered_otherwise(question, cut):
                    return Asked(fault, asked, len(every))
    return Asked("", asked, len(every))


def _answered_otherwise(question: Question, cut: Cut) -> str:
    date = cut.result.aims.days.dates[cut.d]
    try:
        with np.errstate(all="ignore"):
            now = question.ask(cut)
    except Exception as error:  # noqa: BLE001 - code of others may fail in any way
        return f"without what comes after {date} {question.name} raises {type(error).__name__}: {error}"
    then = question.said(cut.d)
    if now.shape == then.shape and not differs(then, now, nearly=True).any():
        return ""
    return f"without what comes after {date} {question.name} says otherwise"


def _questions(result: Result) -> Iterator[Question]:
    """One for each component of the policy that is of one's own, in the order in which a decision asks them."""
    policy, said = result.policy, result.aims
    for number, (name, signal) in enumerate(policy.signals.items()):
        if outsiders(signal):
            yield _of_signal(f"signal {name}", signal, said.parts.values[number])
    if outsiders(policy.regime):
        walks, rows = remembers(policy.regime)[0], said.regime.probabilities
        yield Question("the regime", lambda cut: told(policy.regime, cut.view(before=walks)).probabilities[-1],
                       lambda d: rows[d], Needs.MEMORY if walks else Needs.DATE)  # fmt: skip
    if outsiders(policy.combine):
        walk = remembers(policy.combine)[0] or policy.combine.prepares is not None
        yield Question("the combiner", _combined, lambda d: said.scores.values[d], Needs.MEMORY if walk else Needs.PAST)
    if outsiders(policy.forecaster):
        mean, risk = said.forecast.mean, said.forecast.covariance
        yield Question("the forecast", _forecast, lambda d: _joined(mean[d], risk[d]), Needs.DATE)
    if outsiders(policy.allocator):
        many = levering(policy.allocator) or isinstance(policy.allocator, Blend)
        yield Question("the allocator", _aim, lambda d: said.aim[d], Needs.MEMORY if many else Needs.PAST)
    if outsiders(policy.reacher):
        yield Question("the reacher", lambda cut: _target(result, said.row(cut.d), cut.d),
                       lambda d: _decision(result, d).target, Needs.DATE)  # fmt: skip


def _of_signal(name: str, signal: Any, rows: Array) -> Question:
    walks = _has_memory(signal)
    needs = Needs.MEMORY if walks else Needs.DATE
    return Question(name, lambda cut: heard(signal, cut.view(before=walks))[-1], lambda d: rows[d], needs)


def _has_memory(signal: Any) -> bool:
    """Whether a signal, or one that it is made of, is a fold."""
    return remembers(signal)[0] or (isinstance(signal, Compound) and any(map(_has_memory, signal.members)))


def _combined(cut: Cut) -> Array:
    return np.asarray(combined(cut.result.policy.combine, cut.parts, cut.regime).values[-1])


def _forecast(cut: Cut) -> Array:
    said = cut.result.aims.between(cut.d, cut.d + 1)
    made = cut.result.policy.forecaster(cut.view(before=False), said.scores, said.regime)
    return _joined(made.mean[-1], made.covariance[-1])


def _joined(mean: Array, covariance: Array) -> Array:
    return np.concatenate([mean, covariance.ravel()])


def _aim(cut: Cut) -> Array:
    policy, said = cut.result.policy, cut.result.aims.between(0, cut.d + 1)
    beliefs = (said.scores, said.regime, said.forecast)
    return np.asarray(placed(policy, policy.allocator, cut.view(before=True), beliefs).aim[-1])


def _target(result: Result, today: Today, d: int) -> Array:
    """What is traded to on that date from the book of decision `d`."""
    return decide(result.policy, today, _decision(result, d).book).target


def _decision(result: Result, d: int) -> Decision:
    return result.decisions[d - _first(result)]


def _first(result: Result) -> int:
    return len(result.aims) - len(result.decisions)


def _spread(result: Result, count: int) -> list[int]:
    """Up to `count` of its decision dates, spread evenly."""
    if count >= len(result.decisions):
        return list(range(_first(result), len(result.aims)))
    spread = np.linspace(_first(result), len(result.aims) - 1, count).astype(int)
    found: list[int] = np.unique(spread).tolist()
    return found
