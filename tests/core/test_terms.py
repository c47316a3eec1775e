"""Spans, fractions and their ranges: what a policy writes is what it means, and what it cannot mean is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
from annotated_types import Lt
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import ParameterError
from trimtab.core.terms import (
    DAY,
    MONTH,
    WEEK,
    BasisPoints,
    Fraction,
    NonNegative,
    Positive,
    Span,
    check_ranges,
    months,
    sessions,
)

steps = st.sampled_from([DAY, WEEK, MONTH])


@given(st.integers(0, 99_999), steps)
def test_a_span_is_read_as_it_is_written(count: int, every: object) -> None:
    span = Span(count, every)  # type: ignore[arg-type]
    assert Span.parse(str(span)) == span


@given(st.integers(0, 1000), st.integers(0, 1000), steps)
def test_spans_of_one_step_add(a: int, b: int, every: object) -> None:
    assert Span(a, every) + Span(b, every) == Span(a + b, every) == Span(a, every) + b  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "count", "every"),
    [
        ("10M", 10, MONTH),
        ("200D", 200, DAY),
        ("26W", 26, WEEK),
        ("3Q", 9, MONTH),  # three quarters are nine months
        ("1Y", 12, MONTH),
        (" 12m ", 12, MONTH),
        ("0D", 0, DAY),
    ],
)
def test_units_of_time(text: str, count: int, every: object) -> None:
    assert Span.parse(text) == Span(count, every)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["10", "", "M", "ten M", "1.5M", "-3M", "10MM", "10 months", "1e3D", "999999D", "10H"])
def test_what_is_no_duration_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ParameterError, match=r"is not a duration\. Durations carry units: 10M"):
        Span.parse(text)


def test_a_span_is_not_negative_and_steps_do_not_mix() -> None:
    with pytest.raises(ParameterError, match="-1 steps is negative"):
        Span(-1)
    with pytest.raises(ParameterError, match="10M and 5D have different steps"):
        months(10) + sessions(5)
    assert months(10) + sessions(0) == months(10)  # nothing left out is nothing in any unit
    assert (months(10).words, sessions(200).words, Span(26, WEEK).words) == ("10-month", "200-day", "26-week")


@dataclass(frozen=True)
class Component:
    share: Fraction = 0.5
    scale: Positive = 1.0
    rate: NonNegative = 0.0
    cost: BasisPoints = 5.0
    loss: Annotated[float, Lt(-0.25)] = -1.0  # Python shares equal annotations: Lt(0) of elsewhere would print as 0
    free: float = 0.0


@given(st.floats(0, 1), st.floats(0, 1e300, exclude_min=True), st.floats(0, 1e300), st.floats(0, 1000), st.floats(-1e300, -0.3))
def test_everything_in_range_passes(share: float, scale: float, rate: float, cost: float, loss: float) -> None:
    check_ranges(Component(share, scale, rate, cost, loss, float("nan")))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"share": 40}, "share is 40, above 1.0. Weights are fractions: did you mean 0.40?"),
        ({"share": 2.5}, "share is 2.5, above 1.0. Weights are fractions: did you mean 0.025?"),
        ({"share": 100}, "did you mean 1.00?"),
        ({"share": 101}, "share is 101, above 1.0. Give a value at most 1.0."),
        ({"share": -0.1}, "share is -0.1, below 0.0. Give a value at least 0.0."),
        ({"share": float("nan")}, "share is nan, below 0.0."),
        ({"scale": 0.0}, "scale is 0.0, not above 0"),
        ({"rate": -1.0}, "rate is -1.0, below 0"),
        ({"cost": 1001.0}, "cost is 1001.0, above 1000.0. Give a value at most 1000.0."),
        ({"loss": -0.25}, "loss is -0.25, not below -0.25. Give a value below -0.25."),
    ],
)
def test_a_value_out_of_range_is_named_with_its_remedy(fault: dict[str, float], said: str) -> None:
    with pytest.raises(ParameterError) as caught:
        check_ranges(Component(**fault))
    assert said in str(caught.value)
    assert caught.value.field == next(iter(fault))
    assert caught.value.exit_code == 2
