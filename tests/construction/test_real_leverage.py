"""A levered mix of shares, government bonds and gold: the days of 2008 and 2020 on which it is told to deleverage."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.construction.levering import NAN, walk
from tests.real_files import closes
from tests.real_world import market, view
from trimtab.construction.static import Static
from trimtab.construction.volatility_target import Deleverage, VolatilityTarget, deleveraging
from trimtab.core.arrays import Array
from trimtab.core.values import Regime, Scores
from trimtab.forecasts.ewma import Ewma

MIX, LEVEL = {"SPY": 0.30, "IEF": 0.50, "GLD": 0.20}, 0.15
STORMS = {  # the first session, the last, and how many, as the reference in pandas names them
    2008: ("2008-10-10", "2008-12-31", 57),
    2009: ("2009-01-02", "2009-04-01", 22),
    2020: ("2020-03-12", "2020-05-01", 36),
}


def levered_mix() -> tuple[VolatilityTarget, Array, Array]:
    """Dates, and rows of the levered mix at every session of 2007 to 2021."""
    names = tuple(MIX)
    sessions = market(names).sessions
    rows = np.flatnonzero((sessions >= np.datetime64("2007-01-01")) & (sessions < np.datetime64("2022-01-01")))
    seen = view(rows, names)
    nothing = Scores(seen.assets, np.full((len(rows), 3), NAN))
    regime = Regime((), np.empty((len(rows), 0)))
    lever = VolatilityTarget(Static(tuple(MIX.values())), 0.10, 1.5, 0.1, Deleverage(above=LEVEL, to=0.6))
    forecast = Ewma()(seen, nothing, regime)
    return lever, sessions[rows], lever.factors(lever.of(nothing, regime, forecast), regime, forecast)


def reference() -> pd.Series:
    """Volatility of the mix by pandas alone: squares of its own daily returns, weighted .94 to the age, a year back."""
    gains = closes()[list(MIX)].pct_change(fill_method=None).dot(pd.Series(MIX)).dropna()
    weights = 0.94 ** np.arange(251, -1, -1)
    squares = gains.pow(2).rolling(252).apply(lambda part: float((part * weights).sum() / weights.sum()), raw=True)
    return np.sqrt(252.0 * squares)


def test_the_rule_acts_on_the_days_of_2008_and_2020_that_pandas_names() -> None:
    lever, days, rows = levered_mix()
    want = reference().reindex(pd.DatetimeIndex(days))
    np.testing.assert_allclose(rows[:, 2], want.to_numpy(), rtol=1e-9)
    acting = pd.DatetimeIndex(days[deleveraging(rows)])
    assert list(acting) == list(want.index[want > LEVEL])
    assert sorted(set(acting.year)) == [2008, 2009, 2020]
    for year, (first, last, count) in STORMS.items():
        some = acting[acting.year == year]
        assert (str(some[0].date()), str(some[-1].date()), len(some)) == (first, last, count)
    held = walk(lever, rows)[:, 0]
    assert (held[deleveraging(rows)] <= 0.6).all()
    assert held.max() == 1.5
    assert (np.abs(np.diff(held))[~deleveraging(rows)[1:]] <= 0.1 + 1e-12).all()
