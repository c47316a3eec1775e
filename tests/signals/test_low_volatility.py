"""Low volatility: against pandas, by hand, constant prices, its words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.array_view import panel, random_panel
from tests.signals.laws import same
from trimtab.core.errors import ParameterError
from trimtab.core.terms import TOTAL_RETURN, Span, months, sessions
from trimtab.signals.low_volatility import LowVolatility

nan = np.nan


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 15))
def test_against_pandas(seed: int, n: int) -> None:
    view = random_panel(seed, 40, 4, gaps=0.02)
    volatility = pd.DataFrame(view.fields[TOTAL_RETURN]).pct_change(fill_method=None).rolling(n).std() * np.sqrt(12.0)
    assert np.allclose(LowVolatility(months(n)).measure(view).values, volatility, rtol=1e-9, equal_nan=True)
    last = volatility.count(axis=1).to_numpy()[:, None] - 1.0
    expected = 2.0 * ((-volatility).rank(axis=1).to_numpy() - 1.0) / np.where(last > 0.0, last, nan) - 1.0
    assert np.allclose(LowVolatility(months(n))(view).values, expected, atol=1e-12, equal_nan=True)


def test_by_hand() -> None:
    # Returns +10 %, -10 %: deviation sqrt(2) x 10 %. +1 %, -1 %: a tenth of it. +50 %, +50 % has not varied.
    view = panel([[100, 100, 4], [110, 101, 6], [99, 99.99, 9]])
    signal = LowVolatility(months(2))
    assert same(signal(view).values, np.array([[nan] * 3, [nan] * 3, [-1.0, 1.0, nan]]))
    assert signal.measure(view).values[2, 0] == pytest.approx(0.1 * np.sqrt(2.0) * np.sqrt(12.0), rel=1e-12)
    assert signal.sentence(view, 0) == "2-month volatility 49.0 % a year, rank 2 of 2 from the calmest"
    assert signal.sentence(view, 2) == "2-month volatility has not varied"


@pytest.mark.parametrize("growth", [1.0, 1.01, 1.00001])
def test_what_does_not_vary_has_no_rank(growth: float) -> None:
    steady = 100.0 * growth ** np.arange(30)  # the same return each month, but for rounding
    view = panel(np.column_stack([steady, random_panel(1, 30, 2).fields[TOTAL_RETURN]]))
    got = LowVolatility(months(12))(view).values[-1]
    assert np.isnan(got[0])
    assert sorted(got[1:]) == [-1.0, 1.0]


def test_words() -> None:
    view = panel([[1, 1], [nan, 2], [3, 1]])
    assert LowVolatility(months(2)).sentence(view, 0) == "2-month volatility unknown: 0 of 2 returns are known"
    alone = "2-month volatility 367.4 % a year, unknown: no other asset to be ranked among has one"
    assert LowVolatility(months(2)).sentence(view, 1) == alone  # +100 %, -50 %: 1.5 / sqrt(2) a month
    assert LowVolatility(months(2)).flip(view, 1) == ""
    assert LowVolatility().words == "rank of the 252-day volatility among all assets, the calmest first"


@pytest.mark.parametrize("window", [sessions(0), sessions(1)])
def test_one_return_has_no_volatility(window: Span) -> None:
    with pytest.raises(ParameterError, match="no volatility") as caught:
        LowVolatility(window)
    assert caught.value.field == "window"
