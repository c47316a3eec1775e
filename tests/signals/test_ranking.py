"""Ranks among assets: laws, by hand, against pandas, and where nobody is left to be ranked among."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.laws import same
from trimtab.core.values import Asset
from trimtab.signals.ranking import Within, groups_of, placed, ranking

nan = np.nan
ALL = np.zeros(5, dtype=np.intp)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_ranks_are_balanced_and_turn_with_the_values(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 5, (4, 5)).astype(float)
    values[rng.random((4, 5)) < 0.2] = nan
    scaled = ranking(values, ALL).scaled
    assert np.allclose(np.nansum(scaled, axis=1), 0.0, atol=1e-12)  # ties that share their mean rank keep the sum
    assert np.allclose(ranking(-values, ALL).scaled, -scaled, atol=1e-12, equal_nan=True)
    order = rng.permutation(5)
    assert same(ranking(values[:, order], ALL).scaled, scaled[:, order])


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), top=st.integers(1, 6))
def test_against_pandas(seed: int, top: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 4, (6, 5)).astype(float)
    values[rng.random((6, 5)) < 0.3] = nan
    frame = pd.DataFrame(values)
    count = frame.count(axis=1).to_numpy()[:, None]
    last = np.where(count > 1, count - 1.0, nan)
    found = ranking(values, ALL)
    assert np.allclose(found.scaled, 2.0 * (frame.rank(axis=1).to_numpy() - 1.0) / last - 1.0, atol=1e-12, equal_nan=True)
    place = frame.rank(axis=1, ascending=False, method="min").to_numpy()
    assert same(found.place, place)
    assert same(found.best(top), np.where(np.isnan(place + last), nan, np.where(place <= top, 1.0, -1.0)))


def test_by_hand() -> None:
    # Four known values: 1 < 3 = 3 < 7. Ranks 0, 1.5, 1.5, 3 of 3: -1, 0, 0, 1.
    found = ranking(np.array([[3.0, 1.0, nan, 7.0, 3.0]]), ALL)
    assert same(found.scaled, np.array([[0.0, -1.0, nan, 1.0, 0.0]]))
    # The second best is level with the third: both are in.
    assert same(found.best(2), np.array([[1.0, -1.0, nan, 1.0, 1.0]]))
    assert [placed(found, a) for a in (3, 0, 1)] == ["rank 1 of 4", "rank 2 of 4 (shared)", "rank 4 of 4"]


def test_values_within_the_last_bits_are_level() -> None:
    assert ranking(np.array([[1.0, 1.0 + 1e-13]]), ALL[:2]).scaled.tolist() == [[0.0, 0.0]]
    assert ranking(np.array([[1.0, 1.0 + 1e-11]]), ALL[:2]).scaled.tolist() == [[-1.0, 1.0]]


def test_each_class_is_ranked_alone() -> None:
    assets = (Asset("A", asset_class="x"), Asset("B"), Asset("C", asset_class="x"), Asset("D"), Asset("E", asset_class="y"))
    groups = groups_of(assets, Within.CLASS)
    # A 5 and C 1 are one class, B 2 and D 3, which have none, another; E has nobody beside it.
    found = ranking(np.array([[5.0, 2.0, 1.0, 3.0, 9.0]]), groups)
    assert same(found.scaled, np.array([[1.0, -1.0, -1.0, 1.0, nan]]))
    assert same(found.best(1), np.array([[1.0, -1.0, -1.0, 1.0, nan]]))
    assert placed(found, 4).startswith("unknown: no other")
    assert len(set(groups_of(assets, Within.UNIVERSE))) == 1


@pytest.mark.parametrize("values", [[4.0], [nan], [nan, nan], [nan, 3.0]])
def test_nobody_to_be_ranked_among_is_unknown(values: list[float]) -> None:
    found = ranking(np.array([values]), ALL[: len(values)])
    assert np.isnan(found.scaled).all()
    assert np.isnan(found.best(1)).all()
