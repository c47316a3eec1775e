"""Arithmetic of signals: the laws of sums and multiples, memory kept, sums flattened, errors and words."""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.array_view import ArrayView, panel, random_panel
from tests.signals.laws import same, walked
from trimtab.core.errors import ParameterError
from trimtab.core.roles import Compound, Fold, Signal
from trimtab.core.terms import months
from trimtab.desk.asking import heard
from trimtab.signals.algebra import Sum, Term
from trimtab.signals.drawdown import Drawdown
from trimtab.signals.macro import Spread
from trimtab.signals.momentum import Momentum
from trimtab.signals.trend import Trend

nan = np.nan
A, B, C = Trend(months(3), band=0.05), Momentum(months(4)), Spread("long", "short")
seeds = st.integers(0, 2**32 - 1)
factors = st.sampled_from([-2.0, -0.5, 0.25, 1.0, 3.0])
few = settings(max_examples=10, deadline=None)


def near(one: Signal, other: Signal, view: ArrayView) -> bool:
    """Whether two signals say the same, before and after memory, but for rounding."""
    plain = np.allclose(one(view).values, other(view).values, rtol=1e-12, atol=1e-12, equal_nan=True)
    return plain and np.allclose(heard(one, view), heard(other, view), rtol=1e-12, atol=1e-12, equal_nan=True)


@few
@given(seed=seeds, p=factors, q=factors)
def test_laws_of_addition_and_scaling(seed: int, p: float, q: float) -> None:
    view = random_panel(seed, 24, 3, gaps=0.03)
    assert near(A + B, B + A, view)
    assert near((A + B) + C, A + (B + C), view)
    assert near(p * (A + B), p * A + p * B, view)
    assert near((p + q) * A, p * A + q * A, view)
    assert near(p * (q * A), (p * q) * A, view)
    assert near(A - B, A + -B, view)
    assert near(-(A - B), B - A, view)
    assert near(p * A, A * p, view)


@few
@given(seed=seeds, p=factors, q=factors)
def test_a_sum_is_the_sum_of_what_its_terms_say_with_their_memory(seed: int, p: float, q: float) -> None:
    view = random_panel(seed, 24, 3, gaps=0.03)
    expected = p * walked(A, A(view).values) + q * B(view).values
    assert np.allclose(heard(p * A + q * B, view), expected, rtol=1e-12, equal_nan=True)


def test_memory_is_that_of_the_terms_and_not_of_their_sum() -> None:
    # Drawdown is 1, -1, then 0, which holds -1; momentum is down, then up. Summed: -1 + 1 = 0 in the last row.
    view = panel([100.0, 89.0, 93.0])
    signal = Drawdown() + Momentum(months(1))
    assert isinstance(signal, Compound)
    assert not isinstance(signal, Fold)
    assert signal.members == (Drawdown(), Momentum(months(1)))
    assert same(signal(view).values[:, 0], np.array([nan, -2.0, 1.0]))
    assert same(heard(signal, view)[:, 0], np.array([nan, -2.0, 0.0]))


def test_sums_inside_sums_are_heard_with_their_memory() -> None:
    view = panel([100.0, 89.0, 93.0])
    nested = Sum((Sum((Drawdown(), Momentum(months(1)))), Momentum(months(1))), (2.0, 1.0))
    assert same(heard(nested, view)[:, 0], np.array([nan, -5.0, 1.0]))


def test_a_formula_is_one_list_of_terms() -> None:
    signal = 0.5 * (A + 2.0 * B) - C
    assert signal == Sum((A, B, C), (0.5, 1.0, -1.0))
    assert Sum((A, B)).factors == (1.0, 1.0)
    assert (Sum((A, B)) + C).terms == (A, B, C)
    assert Sum((A,), (-1.0,)) == -A


def test_it_is_unknown_where_a_term_is() -> None:
    # The trend knows its third row, momentum over four months its fifth.
    values = (A + B)(panel([1.0, 2.0, 3.0, 4.0, 5.0])).values[:, 0]
    assert same(values, np.array([nan] * 4 + [2.0]))
    assert np.isnan((0.0 * B + A)(panel([1.0, 2.0, 3.0])).values).all()  # a weight of 0 does not make it known


@few
@given(seed=seeds)
def test_variants_and_dates_are_gathered_alike(seed: int) -> None:
    values = np.random.default_rng(seed).standard_normal((3, 5, 4, 2))
    signal = Sum((A, B, C), (0.3, -1.7, 2.0))
    whole = signal.gather(values)
    assert whole.shape == (5, 4, 2)
    assert all(same(signal.gather(values[:, v]), whole[v]) for v in range(5))
    assert all(same(signal.gather(values[:, :, d]), whole[:, d]) for d in range(4))


def test_words() -> None:
    view = panel([1.0, 2.0, 3.0, 4.0, 5.0])
    signal = 0.5 * A - B
    assert signal.sentence(view, 0) == f"+0.5 x {A.sentence(view, 0)}; -1 x {B.sentence(view, 0)}"
    assert signal.flip(view, 0) == f"term 1 {A.flip(view, 0)}; term 2 {B.flip(view, 0)}"
    assert signal.flip(view.at(3), 0) == ""  # the sum is unknown there, though the trend is known
    assert A.flip(view.at(3), 0) != ""
    assert signal.flip(view.at(), 0) == ""
    assert signal.words == f"0.5 x {A.words} plus -1 x {B.words}"
    assert same(signal.measure(view).values, signal(view).values)
    assert not signal.measure(view).percent


def test_series_are_needed_once() -> None:
    assert (C + Momentum(excess_of="bills") + 2.0 * C).needs == (*C.needs, "bills")
    assert (A + B).needs == ()


@dataclasses.dataclass(frozen=True)
class Least:
    """A signal with the least that a signal has; it has no arithmetic of its own."""

    def __call__(self, view: Any) -> Any:
        return B(view)

    def sentence(self, view: Any, asset: int) -> str:
        return "as momentum"


def test_a_term_need_not_have_arithmetic_or_words() -> None:
    view = panel([1.0, 2.0, 3.0, 4.0, 5.0])
    signal = A + Least()
    assert signal(view).values[4, 0] == 2.0
    assert signal.words == f"1 x {A.words} plus 1 x Least"
    assert signal.flip(view, 0) == f"term 1 {A.flip(view, 0)}"


def test_a_term_adds_no_state() -> None:
    assert Term.__slots__ == ()
    assert not hasattr(A, "__dict__")
    assert hash(A + B) == hash(A + B)


@pytest.mark.parametrize("other", [1.0, "trend", None, abs])
@pytest.mark.parametrize("how", [operator.add, operator.sub])
def test_only_signals_add(other: Any, how: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(ParameterError, match="is no signal"):
        how(A, other)


@pytest.mark.parametrize("factor", ["twice", A, None])
def test_only_numbers_scale(factor: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        _ = A * factor


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Sum(()), "terms"),
        (lambda: Sum((A, B), (1.0,)), "weights"),
        (lambda: Sum((A,), (nan,)), "weights"),
        (lambda: A * float("inf"), "weights"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field
    assert caught.value.what.startswith(field)
