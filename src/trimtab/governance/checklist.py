"""The checklist: six answers to one recommendation, with its reasons and the conflicts between them (METHODS 11.1).

The approach with the most points is recommended, of equals the simpler one. Another within one point is offered as a
satellite beside it, 70 to 30. Where success is not defined nothing starts. An approach that is marginal after costs comes
down to a static allocation with bands. Whoever wants another approach than the recommended one is told what speaks
against it; the answers are never bent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from trimtab.governance.answers import QUESTIONS, Answer, Answers, Capacity, Horizon, Success, TaxStatus, Tolerance
from trimtab.governance.decision_table import ORDER, TABLE, Approach
from trimtab.governance.settings import Settings

CORE = Decimal("0.70")  # of the recommended approach, where another comes close
CLOSE = 1  # point
SIMPLEST = tuple(approach for approach in Approach if approach in ORDER)  # ties are broken in this order
STATIC_BECAUSE = "what it may bring is marginal after its costs: a static allocation with bands keeps most of it"
WATCH = "Begin with one signal on a portion of the portfolio, and watch it for six months before you expand it."


@dataclass(frozen=True, slots=True)
class Reason:
    """What an answer says of the recommended approach: its points, and what the answer sets."""

    question: str
    answer: Answer
    points: int
    setting: str
    ours: bool  # the article is silent here: it is our choice


@dataclass(frozen=True, slots=True)
class Advice:
    """What fits, and why. `satellite` is an approach within a point of it, None where there is none.

    `blocked` says why nothing may start yet, empty where it may; `conflicts` are sentences.
    """

    answers: Answers
    approach: Approach
    scores: Mapping[Approach, int]
    settings: Settings
    reasons: tuple[Reason, ...]
    conflicts: tuple[str, ...]
    satellite: Approach | None = None
    blocked: str = ""

    @property
    def core(self) -> Decimal:
        """The part of the portfolio that follows the recommended approach, where the satellite is taken."""
        return CORE if self.satellite is not None else Decimal(1)


def advise(answers: Answers, *, wanted: Approach | None = None, marginal: bool = False) -> Advice:
    """The recommendation for some answers.

    `wanted` is an approach that somebody has chosen in spite of it: it gets its own settings, reasons and conflicts.
    `marginal` is the verdict of `economics` on the approach: it comes down to a static allocation.
    """
    scores = {approach: sum(points(approach, answer) for answer in given(answers)) for approach in ORDER}
    best = max(SIMPLEST, key=lambda approach: scores[approach])  # of equals the first
    approach = wanted or best
    rest = [one for one in SIMPLEST if one not in (approach, best) and scores[best] - scores[one] <= CLOSE]
    conflicts = conflicts_of(answers, approach)
    if wanted not in (None, best) and wanted in scores:
        conflicts = (f"{best.value} fits these answers better, {scores[best]} points to {scores[wanted]}", *conflicts)
    if marginal and approach is not Approach.STATIC:
        conflicts = (f"{approach.value}: {STATIC_BECAUSE}", *conflicts)
        approach, rest = Approach.STATIC, []
    satellite = max(rest, key=lambda one: scores[one]) if rest and wanted in (None, best) else None
    return Advice(
        answers,
        approach,
        scores,
        Settings.of(answers, approach),
        tuple(_reason(question, getattr(answers, question), approach) for question in QUESTIONS),
        conflicts,
        satellite,
        TABLE[answers.success].setting if answers.success is Success.UNDEFINED else "",
    )


def given(answers: Answers) -> tuple[Answer, ...]:
    """The answers one after the other."""
    return tuple(getattr(answers, question) for question in QUESTIONS)


def points(approach: Approach, answer: Answer) -> int:
    """What an answer gives an approach; nothing to a static allocation."""
    return TABLE[answer].points[ORDER.index(approach)] if approach in ORDER else 0


def conflicts_of(answers: Answers, approach: Approach) -> tuple[str, ...]:
    """What in the answers speaks against each other, or against the approach."""
    tactical = approach in (Approach.TREND, Approach.DISCRETIONARY)
    found = (
        (
            answers.horizon is Horizon.SHORT and answers.tolerance is Tolerance.LOW,
            "a short horizon and little tolerance of volatility: trend with a volatility target; consider lower equity instead",
        ),
        (
            answers.horizon is Horizon.SHORT and approach is Approach.RISK_PARITY,
            "risk parity suits medium to long horizons: this one is short",
        ),
        (
            answers.tax is TaxStatus.TAXABLE and tactical,
            "tactical trades realise gains that are taxed: go on only where the net benefit after taxes is shown",
        ),
        (
            answers.capacity is Capacity.SMALL and approach is Approach.RISK_PARITY,
            "leverage asks for more than a small office: risk parity without leverage, on funds",
        ),
        (
            answers.tolerance is Tolerance.LOW and approach is Approach.DISCRETIONARY,
            "views swing more than little tolerance bears: keep them small, or leave them",
        ),
    )
    return tuple(words for holds, words in found if holds)


def _reason(question: str, answer: Answer, approach: Approach) -> Reason:
    row = TABLE[answer]
    return Reason(question, answer, points(approach, answer), row.setting, row.ours)
