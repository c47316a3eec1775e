"""ValuationRule: the published steps, exact at their edges, and its words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.array_view import ArrayView, Named, month_ends, panel
from tests.signals.laws import same
from trimtab.core.errors import ParameterError
from trimtab.signals.valuation_rule import ValuationRule

nan = np.nan
RULE = ValuationRule("pe")


def monthly(values: Any) -> ArrayView:
    dates = month_ends("2000-01", len(values))
    return panel(np.ones((len(values), 2)), pe=Named(dates, dates, np.asarray(values, dtype=float)))


@given(st.lists(st.floats(0.01, 60.0), min_size=1, max_size=8))
@settings(max_examples=20, deadline=None)
def test_a_dearer_market_never_scores_higher(levels: list[float]) -> None:
    scores = RULE(monthly(sorted(levels))).values[:, 0]
    assert (np.diff(scores) <= 0.0).all()


def test_the_published_steps_and_their_edges() -> None:
    # Portfolio Visualizer: 22 and more -> 40/60, from 14 to 22 -> 60/40, below 14 -> 80/20
    view = monthly([13.99, 14.0, 21.99, 22.0, 44.2, 4.78])
    assert same(RULE(view).values[:, 0], np.array([1.0, 0.0, 0.0, -1.0, -1.0, 1.0]))
    tie = monthly([14.0 - 1e-13, 22.0 - 1e-13, 14.0 - 1e-10, 22.0 - 1e-10])
    assert same(RULE(tie).values[:, 0], np.array([0.0, -1.0, 1.0, 0.0]))


def test_zero_is_missing_and_not_cheap() -> None:
    view = monthly([0.0, -5.0, nan])
    assert np.isnan(RULE(view).values).all()
    assert np.isnan(RULE.measure(view).values).all()
    assert RULE.sentence(view, 0) == "pe unknown: its latest value is missing"
    assert RULE.flip(view, 0) == ""


@pytest.mark.parametrize(
    ("level", "said", "turn"),
    [
        (30.0, "pe 30.00 is dear, at 22.00 or above", "turns to 0 when pe falls below 22.00"),
        (18.0, "pe 18.00 is between 14.00 and 22.00", "turns to +1 when pe falls below 14.00, to -1 when it reaches 22.00"),
        (9.0, "pe 9.00 is cheap, below 14.00", "turns to 0 when pe reaches 14.00"),
    ],
)
def test_words(level: float, said: str, turn: str) -> None:
    assert RULE.sentence(monthly([level]), 1) == said
    assert RULE.flip(monthly([level]), 1) == turn
    assert RULE.words == "pe, dear from 22 on and cheap below 14"
    assert RULE.needs == ("pe",)
    assert RULE.measure(monthly([level])).values[0, 0] == level


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: ValuationRule(""), "series"),
        (lambda: ValuationRule("pe", dear=14.0), "dear"),
        (lambda: ValuationRule("pe", dear=nan), "dear"),
        (lambda: ValuationRule("pe", cheap=0.0), "cheap"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: Any, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()
    assert caught.value.field == field
