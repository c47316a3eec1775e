"""The sample covariance against pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.forecasts.covariance_laws import asked
from tests.signals.array_view import panel, random_panel
from trimtab.core.terms import TOTAL_RETURN, sessions
from trimtab.forecasts.sample import Sample


def test_by_hand() -> None:
    # Returns 10 %, -10 % and 20 %, 0: means 0 and 0.1; variances 0.02 and 0.02, covariance 0.1 * 0.1 * 2 = 0.02. Times 252.
    view = panel([[100.0, 100.0], [110.0, 120.0], [99.0, 120.0]], daily=True).at(2)
    np.testing.assert_allclose(asked(Sample(sessions(2)), view).covariance[0], np.full((2, 2), 5.04), rtol=1e-12)


def test_pandas_agrees() -> None:
    view = random_panel(1, 90, 4, daily=True)
    found = asked(Sample(sessions(30)), view).covariance
    returns = pd.DataFrame(view.fields[TOTAL_RETURN]).pct_change()
    want = returns.rolling(30).cov().to_numpy().reshape(90, 4, 4) * 252.0
    np.testing.assert_allclose(found[30:], want[30:], rtol=1e-8)
