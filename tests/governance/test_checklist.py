"""The decision table: all 216 combinations of answers, the published distribution, spot rows, laws, conflicts."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from decimal import Decimal
from itertools import product

import pytest

from trimtab.core.errors import UsageError
from trimtab.governance.answers import (
    QUESTIONS,
    Answers,
    Capacity,
    Horizon,
    MarketView,
    Success,
    TaxStatus,
    Tolerance,
    answer,
)
from trimtab.governance.checklist import SIMPLEST, advise, given
from trimtab.governance.decision_table import ORDER, TABLE, Approach
from trimtab.governance.settings import Settings

EVERY = [Answers(*row) for row in product(Horizon, Tolerance, Capacity, TaxStatus, MarketView, Success)]
OPEN = [answers for answers in EVERY if answers.success is Success.DEFINED]


def answers_of(words: str) -> Answers:
    """`L Med Small Taxable Systematic`, as METHODS 11.1 writes its spot rows."""
    kinds = [{"L": "long", "M": "medium", "S": "short"}, {"Low": "low", "Med": "medium", "High": "high"}]
    said = words.split()
    found = [kinds[place].get(word, word.lower()) for place, word in enumerate(said[:2])] + [word.lower() for word in said[2:]]
    return Answers.of(dict(zip(QUESTIONS, [*found, "defined"], strict=True)))


# The whole table.


def test_there_are_216_rows_and_half_of_them_may_not_start() -> None:
    assert len(EVERY) == len(set(EVERY)) == 216
    assert Counter(bool(advise(answers).blocked) for answers in EVERY) == {True: 108, False: 108}
    for answers in EVERY:
        assert bool(advise(answers).blocked) == (answers.success is Success.UNDEFINED)


def test_the_distribution_that_was_published() -> None:
    """METHODS 11.1, cross-checked there with a full enumeration of its own."""
    assert Counter(advise(answers).approach for answers in OPEN) == {
        Approach.TREND: 42,
        Approach.STRATEGIC_TILT: 32,
        Approach.DISCRETIONARY: 11,
        Approach.RISK_PARITY: 10,
        Approach.FACTOR_TILT: 7,
        Approach.VOLATILITY_TARGET: 6,
    }


SPOT = [
    ("L Med Small Taxable Systematic", Approach.STRATEGIC_TILT, (6, 3, 3, 1, 2, -3)),
    ("L Low Large Advantaged Systematic", Approach.RISK_PARITY, (2, 3, 6, 4, 3, -2)),
    ("S High Small Advantaged Systematic", Approach.TREND, (1, 7, 0, 2, 2, 0)),
    ("L High Large Advantaged Systematic", Approach.FACTOR_TILT, (2, 4, 4, 2, 6, 0)),
    ("S High Large Advantaged Conviction", Approach.DISCRETIONARY, (0, 5, -1, 2, 2, 6)),
    ("S Low Large Advantaged Conviction", Approach.TREND, (0, 4, 1, 4, -1, 4)),  # three are equal: the simplest of them
]


@pytest.mark.parametrize(("words", "approach", "scores"), SPOT)
def test_spot_rows(words: str, approach: Approach, scores: tuple[int, ...]) -> None:
    advice = advise(answers_of(words))
    assert advice.approach is approach
    assert tuple(advice.scores[one] for one in ORDER) == scores


@pytest.mark.parametrize("answers", EVERY, ids=lambda answers: "-".join(answers.plain().values()))
def test_every_row_says_one_thing_and_why(answers: Answers) -> None:
    advice = advise(answers)
    best = max(advice.scores.values())
    assert advice.scores[advice.approach] == best
    assert advice.approach == next(one for one in SIMPLEST if advice.scores[one] == best)
    assert sum(reason.points for reason in advice.reasons) == best
    assert [reason.question for reason in advice.reasons] == list(QUESTIONS)
    assert all(reason.setting for reason in advice.reasons)
    if advice.satellite is not None:
        assert advice.satellite is not advice.approach
        assert best - advice.scores[advice.satellite] <= 1
        assert advice.core == Decimal("0.70")
    else:
        assert all(best - score > 1 for one, score in advice.scores.items() if one is not advice.approach)
        assert advice.core == 1


# Laws.


def test_each_question_is_a_field_and_each_answer_has_a_row() -> None:
    assert tuple(QUESTIONS) == tuple(field.name for field in fields(Answers))
    assert set(TABLE) == {one for kind in QUESTIONS.values() for one in kind}
    assert all(Answers.of(answers.plain()) == answers for answers in EVERY)


def test_settings_are_the_tighter_ones() -> None:
    """Each answer alone, and the exception: a small office runs risk parity without leverage."""
    for answers in OPEN:
        found = advise(answers).settings
        assert found.tilt == {"long": Decimal("0.05")}.get(answers.horizon.value, Decimal("0.10"))
        assert found.turnover == (Decimal("0.10") if answers.tax is TaxStatus.TAXABLE else Decimal("0.20"))
        assert found.volatility_target == (answers.tolerance is Tolerance.LOW)
        assert found.overrides == (answers.view is MarketView.CONVICTION)
        assert found.signals == (2 if answers.capacity is Capacity.SMALL else None)
    medium = answers_of("L Med Small Advantaged Systematic")
    assert Settings.of(medium, Approach.TREND).leverage == Decimal("1.5")
    assert Settings.of(medium, Approach.RISK_PARITY).leverage == 1
    assert Settings.of(replace(medium, tolerance=Tolerance.HIGH), Approach.TREND).leverage is None
    assert Settings.of(replace(medium, tolerance=Tolerance.LOW), Approach.TREND).leverage == 1


def test_what_is_marginal_comes_down_to_a_static_allocation() -> None:
    for answers in OPEN:
        advice = advise(answers, marginal=True)
        assert advice.approach is Approach.STATIC
        assert advice.satellite is None
        assert advise(answers).approach.value in advice.conflicts[0]
        assert "marginal" in advice.conflicts[0]
        assert advice.settings == Settings.of(answers, Approach.STATIC)


# Conflicts are explained, never hidden.

CONFLICTS = [
    ("S Low Small Advantaged Systematic", None, "consider lower equity instead"),
    ("S Med Large Advantaged Systematic", Approach.RISK_PARITY, "medium to long horizons"),
    ("M High Small Taxable Systematic", Approach.TREND, "net benefit after taxes"),
    ("L Med Small Advantaged Systematic", Approach.RISK_PARITY, "without leverage, on funds"),
    ("M Low Large Advantaged Conviction", Approach.DISCRETIONARY, "keep them small"),
]


@pytest.mark.parametrize(("words", "wanted", "said"), CONFLICTS)
def test_conflicts_of_the_article(words: str, wanted: Approach | None, said: str) -> None:
    assert any(said in sentence for sentence in advise(answers_of(words), wanted=wanted).conflicts)


def test_a_wanted_approach_is_told_what_fits_better() -> None:
    answers = answers_of("L Low Large Advantaged Systematic")
    advice = advise(answers, wanted=Approach.DISCRETIONARY)
    assert advice.approach is Approach.DISCRETIONARY
    assert advice.conflicts[0] == "risk parity fits these answers better, 6 points to -2"
    assert sum(reason.points for reason in advice.reasons) == -2
    assert advise(answers, wanted=Approach.RISK_PARITY) == advise(answers)


def test_conflicts_hold_where_they_should_and_nowhere_else() -> None:
    for answers in OPEN:
        advice = advise(answers)
        said = " ".join(advice.conflicts)
        assert ("lower equity" in said) == (answers.horizon is Horizon.SHORT and answers.tolerance is Tolerance.LOW)
        tactical = advice.approach in (Approach.TREND, Approach.DISCRETIONARY)
        assert ("after taxes" in said) == (answers.tax is TaxStatus.TAXABLE and tactical)


# Words in.


def test_answers_may_be_shortened_but_not_guessed() -> None:
    assert answer("horizon", "L") is Horizon.LONG
    assert answer("tax", "tax") is TaxStatus.TAXABLE
    assert answer("tolerance", " Medium ") is Tolerance.MEDIUM
    for word in ("", "x", "longer"):
        with pytest.raises(UsageError, match=r"is no answer to horizon\. Choices: short, medium, long"):
            answer("horizon", word)


def test_what_is_missing_or_unknown_is_named() -> None:
    with pytest.raises(UsageError, match=r"no answer to tax and success\. Choices of tax: taxable, advantaged, mixed"):
        Answers.of({"horizon": "long", "tolerance": "low", "capacity": "small", "view": "systematic"})
    with pytest.raises(UsageError, match="'horizont' is no question"):
        Answers.of({"horizont": "long"})
    assert given(EVERY[0]) == (
        Horizon.SHORT, Tolerance.LOW, Capacity.SMALL, TaxStatus.TAXABLE, MarketView.CONVICTION, Success.DEFINED,
    )  # fmt: skip
