"""Student's t against scipy and in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trimtab.core.errors import ParameterError
from trimtab.numerics.normal import normal_cdf
from trimtab.numerics.student import student_beyond, student_cdf, student_tail

few = settings(max_examples=30, deadline=None)

# Laws.


@few
@given(st.floats(1e-100, 0.999), st.floats(0.8, 5000.0))
def test_the_quantile_leads_back(p: float, freedom: float) -> None:
    np.testing.assert_allclose(student_tail(student_beyond(p, freedom), freedom), p, rtol=1e-8)


@few
@given(st.floats(-50.0, 50.0), st.floats(0.8, 5000.0))
def test_both_sides_are_alike_and_sum_to_one(t: float, freedom: float) -> None:
    assert float(student_tail(t, freedom)) == pytest.approx(float(student_cdf(-t, freedom)), abs=1e-15)
    assert float(student_tail(t, freedom) + student_cdf(t, freedom)) == pytest.approx(1.0, abs=1e-14)


# In closed form: with one degree the tail is 1/2 - atan(t) / pi, with two it is (1 - t / sqrt(2 + t^2)) / 2.


def test_one_and_two_degrees_by_hand() -> None:
    t = np.array([0.0, 1e-8, 0.5, 1.0, 7.0])
    np.testing.assert_allclose(student_tail(t, 1), 0.5 - np.arctan(t) / math.pi, rtol=1e-13)
    np.testing.assert_allclose(student_tail(t, 2), 0.5 * (1.0 - t / np.sqrt(2.0 + t**2)), rtol=1e-12)
    assert float(student_beyond(0.25, 1)) == pytest.approx(1.0)


# An outside oracle.


@pytest.mark.parametrize("freedom", [3, 5.5, 23, 119, 1249, 10_000])
def test_scipys_numbers(freedom: float) -> None:
    t = np.concatenate([np.linspace(-6.0, 40.0, 60), [1e3]])
    theirs = stats.t.sf(t, freedom)
    seen = theirs > 1e-290
    np.testing.assert_allclose(student_tail(t, freedom)[seen], theirs[seen], rtol=2e-10)
    p = np.array([0.4999, 0.3, 0.05, 0.0023, 1e-6, 1e-12, 0.7, 0.99999])
    np.testing.assert_allclose(student_beyond(p, freedom), stats.t.isf(p, freedom), rtol=1e-9)


def test_many_degrees_are_the_normal() -> None:
    x = np.linspace(-4.0, 4.0, 9)
    np.testing.assert_allclose(student_cdf(x, 1e7), normal_cdf(x), atol=1e-7)


# Edges.


def test_unknown_infinite_and_impossible() -> None:
    np.testing.assert_array_equal(student_tail([np.nan, np.inf, -np.inf, 1e200], 3), [np.nan, 0.0, 1.0, 0.0])
    assert np.isnan(student_beyond([0.0, 1.0, -1.0, np.nan], 3)).all()
    assert abs(float(student_beyond(0.5, 3))) < 1e-15
    assert student_tail(np.empty((0, 2)), 3).shape == student_beyond(np.empty((0, 2)), 3).shape == (0, 2)
    assert student_tail(np.zeros((4, 1)), np.ones(3)).shape == (4, 3)
    for freedom in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(ParameterError, match="degrees of freedom"):
            student_tail(1.0, freedom)
        with pytest.raises(ParameterError, match="degrees of freedom"):
            student_beyond(0.1, freedom)
