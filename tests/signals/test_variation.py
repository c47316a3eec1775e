"""Deviation of returns: against numpy, and the same bits whatever the layout."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.laws import same
from trimtab.numerics.exponential import exponential_weights
from trimtab.signals.variation import deviation, stepped, unvaried

nan = np.nan


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 40))
def test_against_numpy_in_any_layout(seed: int, n: int) -> None:
    index = np.exp(np.cumsum(0.02 * np.random.default_rng(seed).standard_normal((5, n + 1, 3)), axis=1))
    returns = stepped(index)
    assert np.allclose(returns, np.diff(index, axis=1) / index[:, :-1], atol=1e-15)
    assert np.allclose(deviation(index), returns.std(axis=1, ddof=1), rtol=1e-12)
    assert np.allclose(deviation(index, np.full(n, 1.0 / n)), returns.std(axis=1), rtol=1e-12)
    for how in (None, exponential_weights(n, 0.9)):
        whole = deviation(index, how)
        assert same(deviation(np.asfortranarray(index), how), whole)
        assert same(deviation(index[[2]], how)[0], whole[2])


def test_by_hand() -> None:
    # 100 -> 110 -> 99 is +10 %, -10 %: with weights 1/4 and 3/4 the mean is -5 %, the variance (15 % ^2 + 3 x 5 % ^2) / 4.
    index = np.array([100.0, 110.0, 99.0]).reshape(1, 3, 1)
    assert stepped(index)[0, :, 0] == pytest.approx([0.1, -0.1])
    assert deviation(index)[0, 0] == pytest.approx(0.1 * np.sqrt(2.0))
    assert deviation(index, np.array([0.25, 0.75]))[0, 0] == pytest.approx(np.sqrt(0.0075))


@pytest.mark.parametrize("rows", [[1.0, nan, 2.0], [0.0, 1.0, 2.0], [3.0, 3.0, 3.0], [nan] * 3, [-1.0, 1.0, 2.0], [1.0, 2.0]])
def test_what_is_missing_or_has_not_varied_is_unknown(rows: list[float]) -> None:
    assert np.isnan(deviation(np.array(rows).reshape(1, -1, 1))).all()


def test_words() -> None:
    assert unvaried(np.array([1.0, nan, 2.0, 3.0])) == "unknown: 1 of 3 returns are known"
    assert unvaried(np.array([1.0, 1.0, 1.0])) == "has not varied"
