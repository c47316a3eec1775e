"""The normal distribution against scipy, and the quantile as the way back."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trimtab.numerics.normal import normal_cdf, normal_quantile


@settings(max_examples=50, deadline=None)
@given(st.floats(1e-300, 0.999999))
def test_the_quantile_leads_back(p: float) -> None:
    np.testing.assert_allclose(normal_cdf(normal_quantile(np.array(p))), p, rtol=1e-10)


def test_scipys_numbers_in_any_shape() -> None:
    p = np.array([[1e-300, 1e-12, 0.025], [0.5, 0.8, 1.0 - 1e-12]])
    np.testing.assert_allclose(normal_quantile(p), stats.norm.ppf(p), rtol=1e-13, atol=1e-16)
    x = np.array([-30.0, -1.0, 0.0, 8.0])
    np.testing.assert_allclose(normal_cdf(x), stats.norm.cdf(x), rtol=1e-12)


def test_what_is_no_probability_has_no_quantile() -> None:
    assert np.isnan(normal_quantile(np.array([0.0, 1.0, -0.1, 1.1, np.nan]))).all()
    assert normal_quantile(np.array([])).shape == (0,)
