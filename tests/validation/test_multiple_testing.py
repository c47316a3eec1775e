"""Adjusted p-values: laws, by hand, and statsmodels beside them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from trimtab.core.errors import DataError, ParameterError
from trimtab.validation.multiple_testing import Adjustment, adjusted_p_values, independent_p_value

THEIRS = {Adjustment.BONFERRONI: "bonferroni", Adjustment.HOLM: "holm", Adjustment.BHY: "fdr_by"}
rows = st.lists(st.floats(0.0, 1.0).map(lambda x: x**3), min_size=1, max_size=30)  # many small ones, as where it matters


@settings(max_examples=40, deadline=None)
@given(rows, st.sampled_from(Adjustment))
def test_statsmodels_numbers_in_any_order(p: list[float], adjustment: Adjustment) -> None:
    found = adjusted_p_values(np.array(p), adjustment)
    np.testing.assert_allclose(found, multipletests(p, method=THEIRS[adjustment])[1], rtol=1e-12, atol=1e-300)
    assert (found >= np.array(p)).all()
    assert adjusted_p_values(np.array([p, p[::-1]]), adjustment)[1][::-1].tolist() == found.tolist()


@settings(max_examples=30, deadline=None)
@given(rows)
def test_holm_is_never_harder_than_bonferroni(p: list[float]) -> None:
    hard, soft = (adjusted_p_values(np.array(p), one) for one in (Adjustment.BONFERRONI, Adjustment.HOLM))
    assert (soft <= hard).all()


def test_three_tests_by_hand() -> None:
    p = np.array([0.04, 0.01, 0.02])
    # Bonferroni: times 3. Holm: .01 * 3, then .02 * 2, then .04 * 1 of which none is below .04. BHY: c = 11/6;
    # .04 * 3 c / 3 = .0733, .02 * 3 c / 2 = .055, .01 * 3 c = .055.
    np.testing.assert_allclose(adjusted_p_values(p, Adjustment.BONFERRONI), [0.12, 0.03, 0.06])
    np.testing.assert_allclose(adjusted_p_values(p, Adjustment.HOLM), [0.04, 0.03, 0.04])
    np.testing.assert_allclose(adjusted_p_values(p, Adjustment.BHY), [0.22 / 3, 0.055, 0.055])
    # .03 * 2 c = .09 with c = 3/2 is more than the larger one's .031 * 2 c / 2 = .0465, which counts for both.
    np.testing.assert_allclose(adjusted_p_values(np.array([0.03, 0.031]), Adjustment.BHY), 0.0465)


def test_independent_tests() -> None:
    assert independent_p_value(0.05, 2) == pytest.approx(1 - 0.95**2)
    assert independent_p_value(1e-20, 100) == pytest.approx(1e-18, rel=1e-12, abs=0.0)  # 1 - (1 - 1e-20) would be 0
    np.testing.assert_allclose(independent_p_value([0.0, 0.3, 1.0, np.nan], 1.0), [0.0, 0.3, 1.0, np.nan])
    assert independent_p_value(0.05, 1.5) == pytest.approx(1 - 0.95**1.5)
    for tests in (0, 0.5, np.nan, np.inf):
        with pytest.raises(ParameterError, match="tests"):
            independent_p_value(0.1, tests)


def test_edges() -> None:
    for adjustment in Adjustment:
        assert adjusted_p_values(np.empty((2, 0)), adjustment).shape == (2, 0)
        found = adjusted_p_values(np.array([[0.1, np.nan], [0.1, 0.2]]), adjustment)
        assert np.isnan(found[0]).all()  # the unknown one may have been the smallest
        assert np.isfinite(found[1]).all()
        for wrong in ([0.1, 1.1], [-0.1], 0.5):
            with pytest.raises(DataError, match="probabilities"):
                adjusted_p_values(np.array(wrong), adjustment)
