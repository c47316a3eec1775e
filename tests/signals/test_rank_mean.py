"""RankMean: worked by hand, against pandas, and what ranks nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.laws import same
from tests.signals.rows_of_parts import parts_of, random_parts, regime
from trimtab.core.values import Asset, Parts
from trimtab.signals.rank_mean import RankMean
from trimtab.signals.ranking import Within

nan = np.nan


def scores(values: list[list[float]], combiner: RankMean = RankMean()) -> list[float]:  # noqa: B008 - a frozen value
    """One date: values (K, A)."""
    return combiner(parts_of(np.array(values)[:, None, :]), regime(1)).values[0].tolist()


def test_by_hand() -> None:
    # Ranks of (5, 1, 100) are 2 1 3 of 3: 0, -1, 1; of (2, 2, -1): 2.5 2.5 1: .5, .5, -1. Means .25, -.25, 0.
    assert scores([[5.0, 1.0, 100.0], [2.0, 2.0, -1.0]]) == pytest.approx([0.25, -0.25, 0.0])
    # Weights 3 to 1: (0 + .5) / 4, (-3 + .5) / 4, (3 - 1) / 4.
    weighted = RankMean({"s0": 3.0, "s1": 1.0})
    assert scores([[5.0, 1.0, 100.0], [2.0, 2.0, -1.0]], weighted) == pytest.approx([0.125, -0.625, 0.5])


def test_a_signal_that_says_the_same_of_all_is_present_and_neutral() -> None:
    assert scores([[5.0, 1.0], [1.0, 1.0]]) == pytest.approx([0.5, -0.5])
    assert scores([[1.0, 1.0 + 1e-15]]) == [0.0, 0.0]


def test_a_signal_on_one_asset_ranks_nothing() -> None:
    assert scores([[nan, 7.0, nan]]) == pytest.approx([nan] * 3, nan_ok=True)
    # The second signal ranks nobody; the first is half of the weight, which is enough.
    assert scores([[1.0, 2.0, 3.0], [nan, 7.0, nan]]) == pytest.approx([-1.0, 0.0, 1.0])
    assert scores([[1.0, 2.0, 3.0], [nan, 7.0, nan]], RankMean(minimum_coverage=0.6)) == pytest.approx([nan] * 3, nan_ok=True)
    assert scores([[3.0]]) == pytest.approx([nan], nan_ok=True)


def test_within_a_class() -> None:
    assets = tuple(Asset(f"A{k}", asset_class="bonds" if k > 1 else "equity") for k in range(4))
    parts = Parts(assets, ("s0",), np.array([[[1.0, 2.0, 30.0, 10.0]]]))
    assert RankMean(within=Within.CLASS)(parts, regime(1)).values[0].tolist() == [-1.0, 1.0, 1.0, -1.0]
    assert RankMean()(parts, regime(1)).values[0].tolist() == pytest.approx([-1.0, -1 / 3, 1.0, 1 / 3])
    assert RankMean(within=Within.CLASS).words == "the mean of their ranks among assets of the same class"


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_against_pandas(seed: int) -> None:
    values = random_parts(seed, (2, 9, 5))
    total, spoken = np.zeros((9, 5)), np.zeros((9, 5))
    for k in range(2):
        ranks = pd.DataFrame(values[k]).rank(axis=1)
        count = ranks.count(axis=1).where(lambda n: n > 1)
        scaled = (2.0 * ranks.sub(1.0).div(count - 1.0, axis=0) - 1.0).to_numpy()
        total, spoken = total + np.nan_to_num(scaled), spoken + np.isfinite(scaled)
    expected = np.where(spoken > 0, total / np.maximum(spoken, 1), nan)
    np.testing.assert_allclose(RankMean()(parts_of(values), regime(9)).values, expected, rtol=1e-12, atol=1e-15)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31 - 1))
def test_only_the_order_matters(seed: int) -> None:
    values = np.where(np.isfinite(random_parts(2 * seed, (2, 6, 5))), random_parts(2 * seed, (2, 6, 5)), nan)
    plain, stretched = (
        RankMean()(parts_of(values), regime(6)).values,
        RankMean()(parts_of(np.exp(3.0 * values)), regime(6)).values,
    )
    assert same(plain, stretched)
    assert np.nanmax(np.abs(plain)) <= 1.0
