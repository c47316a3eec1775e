"""Sums in a fixed order, and sides with ties: the two things that all signals rest on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.laws import same
from trimtab.signals.sides import beyond, direction, side
from trimtab.signals.sums import averaged, summed

nan = np.nan


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 40), assets=st.integers(1, 5))
def test_the_layout_in_memory_does_not_change_a_bit(seed: int, n: int, assets: int) -> None:
    window = np.random.default_rng(seed).lognormal(size=(6, n, assets))
    means = averaged(window)
    assert same(averaged(np.asfortranarray(window)), means)
    for d in range(6):
        assert same(averaged(np.asfortranarray(window[d : d + 1]))[0], means[d])
    np.testing.assert_allclose(means, window.mean(1), rtol=1e-14)


def test_numpy_would_change_bits_with_the_layout() -> None:
    # The reason for the fixed order; should this ever hold in NumPy itself, `sums` can go.
    window = np.random.default_rng(0).lognormal(size=(20, 30, 3))
    assert not same(np.asfortranarray(window[:1]).mean(1)[0], window.mean(1)[0])


def test_sums_of_nothing() -> None:
    assert summed(np.empty((0, 3)), 0).tolist() == [0.0, 0.0, 0.0]
    assert np.isnan(averaged(np.array([[[1.0], [nan]]]))).all()


@pytest.mark.parametrize(
    ("value", "level", "expected"),
    [(2, 1, 1), (1, 2, -1), (1, 1 + 1e-13, 0), (1e9, 1e9 + 1e-4, 0), (1, 1 + 1e-11, -1), (-2, -1, -1), (0, 0, 0)],
)
def test_sides(value: float, level: float, expected: float) -> None:
    assert side(np.array(value), np.array(level)) == expected


def test_sides_of_the_unknown() -> None:
    for pair in ((nan, 1.0), (1.0, nan), (np.inf, 1.0), (np.inf, np.inf)):
        assert np.isnan(side(np.array(pair[0]), np.array(pair[1])))
    assert np.isnan(beyond(np.array(nan), np.array(1.0), 0.1))


def test_direction() -> None:
    assert same(direction(np.array([0.3, -2.0, 0.0, 1e-13, nan])), np.array([1.0, -1.0, 0.0, 0.0, nan]))
