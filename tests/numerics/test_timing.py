"""What rebalancing costs a year, and the luck of its date."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.numerics.timing import annual_cost, timing_luck

samples = arrays(float, (3, 12), elements=st.floats(-0.2, 0.2))


@given(samples, st.permutations(range(3)))
@settings(max_examples=40)
def test_the_order_of_tranches_is_no_matter_and_the_mean_lies_between_them(returns: Array, order: list[int]) -> None:
    luck, again = timing_luck(returns, 12), timing_luck(returns[order], 12)
    assert luck.least - 1e-12 <= luck.mean <= luck.most + 1e-12
    assert luck.range == luck.most - luck.least >= 0.0
    assert (luck.least, luck.most) == (again.least, again.most)
    assert luck.mean == pytest.approx(again.mean, abs=1e-12)


@given(samples, st.floats(0.0, 100.0))
@settings(max_examples=40)
def test_purchases_and_sales_cost_alike_and_costs_add_up(traded: Array, bps: float) -> None:
    cost = annual_cost(traded, bps, 3.0)
    assert cost == pytest.approx(annual_cost(-traded, bps, 3.0))
    assert cost == pytest.approx(annual_cost(traded[:, :5], bps, 3.0) + annual_cost(traded[:, 5:], bps, 3.0))


def test_a_year_of_quarters_by_hand() -> None:
    # 20 % one-way turnover a quarter is .40 traded; two years, 8 quarters: 3.2 * 10 bp / 2 = .0016 a year. Monthly with
    # 10 % one-way: 24 * .20 = 4.8 * 10 bp / 2 = .0024.
    assert annual_cost(np.full(8, 0.4), 10.0, 2.0) == pytest.approx(0.0016, rel=1e-12)
    assert annual_cost(np.full(24, 0.2), 10.0, 2.0) == pytest.approx(0.0024, rel=1e-12)
    assert annual_cost(np.array([0.4, 0.4]), np.array([10.0, 20.0]), 1.0) == pytest.approx(0.0012, rel=1e-12)


def test_three_tranches_by_hand() -> None:
    # Two periods, which make a year: 1.1 * 1.1 - 1 = .21; 1.0 * 1.0 - 1 = 0; 1.05 * .8 - 1 = -.16. Mean .05 / 3.
    luck = timing_luck(np.array([[0.1, 0.1], [0.0, 0.0], [0.05, -0.2]]), 2)
    assert [float(one) for one in luck] == pytest.approx([0.05 / 3, -0.16, 0.21, 0.37], abs=1e-14)


def test_one_tranche_has_no_luck_and_an_unknown_one_makes_all_unknown() -> None:
    assert timing_luck(np.full((1, 12), 0.01), 12).range == 0.0
    assert np.isnan(timing_luck(np.array([[0.1, 0.1], [np.nan, 0.0]]), 2)).all()
    assert np.isnan(annual_cost(np.array([0.1, np.nan]), 10.0, 1.0))
    with pytest.raises(ParameterError, match="years"):
        annual_cost(np.array([0.1]), 10.0, 0.0)
