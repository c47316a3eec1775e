"""Covariances of thirteen ETFs at month-ends that mattered, against pandas, scikit-learn and PyPortfolioOpt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.forecasts.covariance_laws import asked
from tests.numerics.sklearn_alone import sklearn_ledoit_wolf, sklearn_oas
from tests.numerics.test_shrinkage import pypfopt
from tests.real_world import DATES, FUNDS, at, month_ends, view
from trimtab.core.arrays import Array
from trimtab.core.terms import TOTAL_RETURN, sessions
from trimtab.data.view import MarketView
from trimtab.forecasts.ewma import Ewma
from trimtab.forecasts.garch import GarchCorrelation
from trimtab.forecasts.ledoit_wolf import LedoitWolf, Target
from trimtab.forecasts.oas import Oas
from trimtab.forecasts.sample import Sample
from trimtab.forecasts.windowed import Gaps


@pytest.fixture(scope="module")
def funds() -> MarketView:
    return view(month_ends())


def frame(funds: MarketView, day: str) -> pd.DataFrame:
    """Daily returns of all funds up to a day."""
    market = funds.market
    index = pd.DataFrame(market.fields[TOTAL_RETURN], index=pd.DatetimeIndex(market.sessions), columns=list(FUNDS))
    return index.loc[:day].pct_change(fill_method=None)


def weighted(rows: pd.DataFrame) -> Array:
    weights = 0.94 ** np.arange(len(rows) - 1, -1, -1)
    return (rows.to_numpy().T * (weights / weights.sum())) @ rows.to_numpy()


ORACLES: dict[Any, Any] = {
    Sample(): lambda rows: rows.cov().to_numpy(),
    Ewma(): weighted,
    LedoitWolf(target=Target.IDENTITY): lambda rows: sklearn_ledoit_wolf(rows.to_numpy())[0],
    LedoitWolf(): lambda rows: pypfopt(rows.to_numpy(), "constant_correlation")[0],
    LedoitWolf(target=Target.SINGLE_FACTOR): lambda rows: pypfopt(rows.to_numpy(), "single_factor")[0],
    Oas(): lambda rows: sklearn_oas(rows.to_numpy())[0],
    Sample(overlap=3): lambda rows: ((1.0 + rows).rolling(3).apply(np.prod, raw=True) - 1.0).tail(252).cov().to_numpy() / 3.0,
}


@pytest.mark.parametrize("forecaster", ORACLES, ids=[one.words for one in ORACLES])
def test_month_ends_that_mattered(funds: MarketView, forecaster: Any) -> None:
    found = asked(forecaster, funds).covariance
    for day in DATES:
        d = at(funds, day)
        rows = frame(funds, day).tail(252 + forecaster.overlap - 1)
        np.testing.assert_allclose(found[d], 252.0 * ORACLES[forecaster](rows), rtol=1e-8, atol=1e-12)


def test_the_first_month_with_all_funds_is_a_year_after_the_youngest(funds: MarketView) -> None:
    # HYG, the youngest, has 253 closes for the first time a year after its first.
    known = np.isfinite(asked(Sample(), funds).covariance).all(axis=(1, 2))
    closes = np.isfinite(funds.market.fields[TOTAL_RETURN]).all(axis=1)
    full = funds.market.sessions[np.flatnonzero(closes)[252]]
    first = funds.days.dates[np.argmax(known)]
    assert first >= full > funds.days.dates[np.argmax(known) - 1]
    assert known[np.argmax(known) :].all()
    spy = np.isfinite(asked(Sample(), funds).covariance[:, 0, 0])
    assert funds.days.dates[np.argmax(spy)].astype("datetime64[M]") == np.datetime64("1994-01")


def test_pairs_reach_further_back(funds: MarketView) -> None:
    paired = Sample(gaps=Gaps.PAIRWISE, minimum=126)
    found = asked(paired, funds)
    d = at(funds, "2007-12-31")  # HYG has traded since April
    assert np.isnan(asked(Sample(), funds).covariance[d]).any()
    assert np.isfinite(found.covariance[d]).all()
    rows = frame(funds, "2007-12-31").tail(252)
    assert found.repaired is not None
    want = 252.0 * rows.cov(min_periods=126).to_numpy()
    np.testing.assert_allclose(found.covariance[d], want, rtol=0.02, atol=1e-4)
    np.testing.assert_allclose(np.diag(found.covariance[d]), np.diag(want), rtol=1e-9)
    assert found.repaired[d] < 0.01


def test_fear_is_seen_in_garch_first(funds: MarketView) -> None:
    dates = [at(funds, day) for day in ("2020-02-28", "2021-12-31")]
    rows = funds.rows[dates]
    found = np.diagonal(asked(GarchCorrelation(), view(rows)).covariance, axis1=1, axis2=2)
    slow = np.diagonal(asked(Sample(sessions(1260)), view(rows)).covariance, axis1=1, axis2=2)
    assert np.sqrt(found[0, 0]) > 2.0 * np.sqrt(slow[0, 0])  # SPY, in the first week of the fall
    assert np.sqrt(found[1, 0]) < 1.1 * np.sqrt(slow[1, 0])
    assert GarchCorrelation().sentence(view(rows[:1])).startswith("last 1260 days: volatility ")
