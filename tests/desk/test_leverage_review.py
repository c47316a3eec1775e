"""Leverage over time, against results made by hand: exposure, calls, the rule, the correlation, and the sentences."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from tests.desk import worlds
from tests.desk.test_levering import CASES, changing, levered
from trimtab.construction.static import Static
from trimtab.construction.volatility_target import Deleverage, VolatilityTarget
from trimtab.core.terms import TOTAL_RETURN
from trimtab.desk.backtest import backtest
from trimtab.desk.leverage_review import LeverageReview, leverage_words, review_leverage, stock_bond
from trimtab.desk.result import Result

NAN = np.nan
TARGET = VolatilityTarget(Static((1.0,)), target=0.1, most=3.0, deleverage=Deleverage(above=0.2))


def made(gross: list[float], *, low_cash: float = -1.0, factors: Any = None, maintenance: float = 0.0) -> Result:
    """A result of one asset with this gross exposure a session; every session a decision."""
    count = len(gross)
    dates = np.datetime64("2020-01-01") + np.arange(count)
    rows = None if factors is None else np.array(factors, dtype=float)
    policy = SimpleNamespace(
        rules=SimpleNamespace(essential=SimpleNamespace(low_cash=low_cash)),
        cash=SimpleNamespace(maintenance=maintenance),
        allocator=TARGET,
    )
    fields = {TOTAL_RETURN: np.ones((count, 1))}
    market = SimpleNamespace(assets=(SimpleNamespace(asset_class="equity"),), fields=fields, sessions=dates, monthly=False)
    weights = np.array(gross)[:, None]
    parts: dict[str, Any] = {"policy": policy, "market": market, "dates": dates, "weights": weights}
    return cast("Result", SimpleNamespace(**parts, aims=Known(rows, dates), decisions=(None,) * count))


class Known:
    """Factors and dates of decision, as aims hold them."""

    def __init__(self, factors: Any, dates: Any) -> None:
        self.factors, self.days = factors, SimpleNamespace(dates=dates)

    def __len__(self) -> int:
        return len(self.days.dates)


def review(*args: Any, **options: Any) -> LeverageReview:
    found = review_leverage(made(*args, **options))
    assert found is not None
    return found


def test_exposure_cap_and_words_by_hand() -> None:
    # mean of 1.0, 1.5, 2.0. At 2.0 and a quarter: (1 - 0.25 x 2) / (2 x 0.75) = 1/3
    found = review([1.0, 1.5, 2.0])
    assert found.cap == 2.0
    assert found.levered
    assert found.fall == pytest.approx(1 / 3)
    assert leverage_words(found) == (
        "Gross exposure was 1.50 on average and 2.00 at most; rules allow 2.00.",
        "No margin call at 25 %: at the highest leverage a fall of 33 % in one session would bring one.",
    )


def test_a_margin_call_is_said_first_with_its_date() -> None:
    # equity over exposure at 4.5 is 0.222, below a quarter; it lasts one session, comes back later
    found = review([2.0, 4.5, 4.6, 2.0, 5.0], low_cash=-4.0)
    assert int(found.calls.count) == 2
    assert "MARGIN CALL: equity fell below 25 % of the exposure 2 times, first on 2020-01-02" in leverage_words(found)[-1]
    assert "no forced sale is modelled" in leverage_words(found)[-1]
    tight = review([2.0, 2.0], maintenance=0.6)
    assert tight.maintenance == 0.6
    assert int(tight.calls.count) == 1
    once = leverage_words(tight)[-1]
    assert "below 60 % of the exposure on 2020-01-01; no forced" in once


def test_without_leverage_and_without_scaling_there_is_nothing_to_review() -> None:
    assert review_leverage(made([1.0, 1.0], low_cash=0.0)) is None
    scaled = review([0.5, 0.7], low_cash=0.0, factors=[[0.5, 0, 0.2], [0.7, 0, 0.15]])
    assert not scaled.levered
    assert scaled.fall == 1.0
    assert not any("margin" in line.lower() for line in leverage_words(scaled))


def test_no_cap_is_said() -> None:
    assert "no rule caps it" in leverage_words(review([1.2], low_cash=-np.inf))[0]


def test_the_rule_and_the_stress_by_hand() -> None:
    # volatilities 10, 20, 25 and 5 %: the 5th percentile of 5, 10, 20, 25 is 5 + 0.15 x 5 = 5.75 %; 10 / 5.75 = 1.739
    rows = [[1.0, 0, 0.10], [0.5, 0, 0.20], [0.4, 1, 0.25], [2.0, 0, 0.05]]
    found = review([1.0, 0.5, 0.4, 2.0], factors=rows)
    assert found.acted.astype(str).tolist() == ["2020-01-03"]
    assert found.stressed == pytest.approx(0.10 / 0.0575)
    said = leverage_words(found)
    assert "In the calmest of times (5th percentile of volatility) the target asks for 1.74." in said
    assert "The deleveraging rule acted on 1 decision date: 2020-01-03." in said


def test_many_dates_are_shortened() -> None:
    found = review([1.0] * 9, factors=[[1.0, 1, 0.3]] * 9)
    (said,) = (line for line in leverage_words(found) if "acted" in line)
    assert said.startswith("The deleveraging rule acted on 9 decision dates: 2020-01-01, 2020-01-02")
    assert said.endswith("2020-01-06 and 3 more.")


# Correlation of shares and bonds.


def test_the_correlation_is_that_of_pandas_over_a_year() -> None:
    policy = worlds.policy()
    world = worlds.market(policy, 2, count=700)
    found = stock_bond(world, world.sessions[300:])
    assert found is not None
    returns = pd.DataFrame(world.fields[TOTAL_RETURN]).pct_change()
    expected = returns[[0, 1]].mean(axis=1).rolling(252).corr(returns[2])
    np.testing.assert_allclose(found, expected.to_numpy()[300:], atol=1e-9)


def test_months_make_three_years() -> None:
    policy = worlds.policy()
    world = worlds.market(policy, 2, count=2000)
    fields = {name: values[::21] for name, values in world.fields.items()}
    monthly = replace(world, sessions=world.sessions[::21], fields=fields)
    found = stock_bond(monthly, monthly.sessions)
    assert found is not None
    assert np.flatnonzero(np.isfinite(found))[0] == 36


def test_a_universe_without_both_has_none() -> None:
    policy = worlds.policy(universe={a: {"class": "equity"} for a in worlds.ASSETS})
    world = worlds.market(policy)
    assert stock_bond(world, world.sessions) is None


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ([NAN, 0.1, 0.3, 0.5], "+0.50 now (WARNING: bonds fall when shares do); above +0.2 67 % of the time."),
        ([NAN, 0.3, -0.4], "-0.40 now (bonds cushion or ignore shares); above +0.2 50 % of the time."),
    ],
)
def test_the_correlation_in_words(path: list[float], said: str) -> None:
    found = replace(review([1.5] * len(path)), correlation=np.array(path))
    assert leverage_words(found)[-1] == f"Correlation of shares and bonds is {said}"


def test_an_unknown_correlation_is_not_spoken_of() -> None:
    found = replace(review([1.5, 1.5]), correlation=np.array([NAN, NAN]))
    assert not any("Correlation" in line for line in leverage_words(found))


# Through a whole backtest.


def test_a_levered_policy_is_reviewed() -> None:
    policy = levered(CASES["rule"])
    result = backtest(policy, changing(policy))
    found = review_leverage(result)
    assert found is not None
    np.testing.assert_allclose(found.gross, result.weights.sum(axis=1))
    assert found.cap == 2.0
    acted = [d.today.when for d in result.decisions if d.today.aims.factors[d.today.d, 1] > 0.0]
    assert found.acted.tolist() == [day.item() for day in acted]
    assert len(leverage_words(found)) >= 3


def test_a_policy_that_borrows_nothing_is_not() -> None:
    policy = worlds.policy()
    assert review_leverage(backtest(policy, worlds.market(policy))) is None
