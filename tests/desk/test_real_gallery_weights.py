"""Weights of the gallery on real funds, against other solvers and the calendar: pandas, scipy, cvxpy, PyPortfolioOpt."""

from __future__ import annotations

import cvxpy as cp
import numpy as np
import pandas as pd
import pytest
from pypfopt.risk_models import CovarianceShrinkage

from tests import real_files
from tests.construction.hierarchical_reference import one_by_one
from tests.desk import gallery_by_hand as hand
from tests.desk.real_gallery import decided, ran
from trimtab.construction.hierarchical import HierarchicalRiskParity
from trimtab.desk.leverage_review import review_leverage

SIX = ["SPY", "EFA", "IEF", "TLT", "GLD", "DBC"]
EIGHT = ["SPY", "EFA", "EEM", "VNQ", "IEF", "TLT", "LQD", "GLD"]
QUARTERS = np.array([0.125, 0.125, 0.125, 0.125, 0.25, 0.25])  # of the risk: two equity funds, two of bonds, gold, commodities
TIGHT = {"tol_gap_abs": 1e-12, "tol_gap_rel": 1e-12, "tol_feas": 1e-12}


def risk_parity() -> pd.DataFrame:
    found = {day: hand.risk_budgets(hand.ewma(rows, 0.98), QUARTERS) for day, rows in hand.windows(SIX, 252).items()}
    return pd.DataFrame(found, index=SIX).T


def volatility(weights: pd.DataFrame, rows: dict[pd.Timestamp, np.ndarray], decay: float) -> pd.Series:
    """Of each date's weights, as exponentially weighted returns have it."""
    found = {day: weights.loc[day] @ hand.ewma(rows[day], decay) @ weights.loc[day] for day in weights.index}
    return pd.Series(found).astype(float) ** 0.5


def test_inverse_volatility_is_one_over_a_year_of_daily_deviations() -> None:
    found = pd.DataFrame({day: 1.0 / rows.std(axis=0, ddof=1) for day, rows in hand.windows(SIX, 252).items()}, index=SIX).T
    np.testing.assert_allclose(decided("inverse-volatility", "aim"), found.div(found.sum(axis=1), axis=0), atol=1e-12)


def test_risk_parity_gives_each_class_a_quarter_of_the_risk() -> None:
    aim, wanted = decided("risk-parity", "aim"), risk_parity()
    np.testing.assert_allclose(aim, wanted, atol=1e-10)
    worst = 0.0
    for day, rows in hand.windows(SIX, 252).items():
        covariance = hand.ewma(rows, 0.98)
        share = aim.loc[day] * (covariance @ aim.loc[day])
        worst = max(worst, float((share / share.sum() - QUARTERS).abs().max()))
    assert worst < 1e-9


def test_hierarchical_risk_parity_is_that_of_scipy() -> None:
    names = sorted(EIGHT)  # the order of the ids settles ties between leaves
    aim = decided("hierarchical", "aim")[names]
    for day, rows in hand.windows(names, 252).items():
        wanted = one_by_one(HierarchicalRiskParity(), np.cov(rows.T)[np.newaxis])[0]
        np.testing.assert_allclose(aim.loc[day], wanted, atol=1e-12)


@pytest.mark.parametrize("every", [0, 7, 14])
def test_least_variance_and_most_diversification_are_those_of_a_convex_solver(every: int) -> None:
    least, most = decided("min-variance", "aim"), decided("max-diversification", "aim")
    for day, rows in list(hand.windows(EIGHT, 252).items())[every::21]:
        covariance = CovarianceShrinkage(pd.DataFrame(rows), returns_data=True).ledoit_wolf("constant_correlation").to_numpy()
        np.testing.assert_allclose(least.loc[day], _least(covariance), atol=1e-7)
        np.testing.assert_allclose(most.loc[day], _most(covariance), atol=1e-7)


def _least(covariance: np.ndarray) -> np.ndarray:
    w = cp.Variable(len(covariance))
    risk = cp.quad_form(w, cp.psd_wrap(covariance / covariance.mean()))
    cp.Problem(cp.Minimize(risk), [cp.sum(w) == 1, w >= 0, w <= 0.40]).solve(solver="CLARABEL", **TIGHT)
    return np.asarray(w.value)


def _most(covariance: np.ndarray) -> np.ndarray:
    """In units in which the volatilities of the parts sum to a constant (Choueifaty and Coignard 2008)."""
    y, parts = cp.Variable(len(covariance)), np.sqrt(np.diag(covariance))
    risk = cp.quad_form(y, cp.psd_wrap(covariance / covariance.mean()))
    limits = [(parts / parts.mean()) @ y == 1, y >= 0, y <= 0.40 * cp.sum(y)]
    cp.Problem(cp.Minimize(risk), limits).solve(solver="CLARABEL", **TIGHT)
    return np.asarray(y.value / y.value.sum())


def test_volatility_targeted_sixty_forty_is_scaled_by_eight_percent_over_the_forecast() -> None:
    rows = hand.windows(["SPY", "AGG"], 126)
    static = pd.DataFrame([[0.6, 0.4]] * len(rows), list(rows))
    factor = (0.08 / volatility(static, rows, 0.97)).clip(upper=1.0)
    aim = decided("volatility-targeted", "aim")
    np.testing.assert_allclose(aim["SPY"], 0.6 * factor, atol=1e-12)
    np.testing.assert_allclose(aim["AGG"], 0.4 * factor, atol=1e-12)
    assert (str(factor.idxmin().date()), round(float(factor.min()), 3)) == ("2008-10-31", 0.182)


def test_leverage_is_the_target_over_volatility_within_its_steps_and_guards() -> None:
    mix = risk_parity()
    risk = volatility(mix, hand.windows(SIX, 252), 0.98)
    lever = decided("risk-parity-levered", "aim").sum(axis=1)
    before = float(lever.iloc[0])  # the memory began in 2006
    for day in risk.index[1:]:
        before += float(np.clip(min(0.10 / risk[day], 2.0) - before, -0.25, 0.25))
        before = min(before, 1.0) if risk[day] > 0.12 else before
        assert lever[day] == pytest.approx(before, abs=1e-10)


def test_the_deleveraging_rule_acts_on_these_dates_of_2008_and_2020() -> None:
    """As pandas names them: month-ends on which the unlevered mix is forecast to vary by more than 12 % a year."""
    risk = volatility(risk_parity(), hand.windows(SIX, 252), 0.98)
    review = review_leverage(ran("risk-parity-levered"))
    assert review is not None
    acted = [str(day) for day in review.acted]
    assert acted == [str(day.date()) for day in risk.index[risk > 0.12]]
    assert [day for day in acted if day[:4] == "2008"] == ["2008-11-28", "2008-12-31"]
    assert [day for day in acted if day[:4] == "2020"] == ["2020-03-31"]
    assert [day for day in acted if day[:4] not in ("2008", "2020")] == [
        "2009-01-30", "2009-02-27", "2009-03-31", "2009-04-30", "2009-05-29",
        "2022-09-30", "2022-10-31", "2022-11-30", "2022-12-30",
    ]  # fmt: skip
    targets = decided("risk-parity-levered").sum(axis=1)
    assert (targets[pd.DatetimeIndex(acted)] <= 1.0 + 1e-9).all()
    assert [round(float(targets[day]), 2) for day in ("2020-02-28", "2020-03-31")] == [2.0, 1.0]


def test_the_cape_rule_steps_on_these_dates() -> None:
    level = real_files.late(real_files.cape(), 4).loc[hand.START :]  # published three months after its own has ended
    shares = pd.Series(np.where(level >= 22.0, 0.40, np.where(level < 14.0, 0.80, 0.60)), level.index)
    aim = decided("cape-rule", "aim")
    np.testing.assert_allclose(aim["SPY"], shares, atol=1e-12)
    np.testing.assert_allclose(aim["IEF"], 1.0 - shares, atol=1e-12)
    steps = shares[shares != shares.shift()]
    assert {str(day.date()): share for day, share in steps.items()} == {
        "2007-06-29": 0.4, "2008-11-28": 0.6, "2009-07-31": 0.8, "2009-08-31": 0.6, "2011-04-29": 0.4,
        "2011-12-30": 0.6, "2012-07-31": 0.4, "2012-08-31": 0.6, "2013-06-28": 0.4,
    }  # fmt: skip


def test_the_core_drifts_between_quarters_and_the_satellite_shares_out_what_it_holds() -> None:
    """2008-09-30 is a quarter-end: core .42 SPY and .28 AGG; of the satellite IEF and VNQ are in, .06 each.

    In October the core drifts; the satellite decides again on what it holds itself. VNQ falls out, IEF keeps its fifth.
    """
    aim, grown = decided("core-satellite", "aim"), hand.index().loc["2008-10-31"] / hand.index().loc["2008-09-30"]
    before = pd.Series({"SPY": 0.42, "AGG": 0.28, "IEF": 0.06, "VNQ": 0.06, "cash": 0.18})
    np.testing.assert_allclose(aim.loc["2008-09-30", before.index[:-1]], before[:-1], atol=1e-15)
    after = before * grown.reindex(before.index).fillna(1.0)
    after /= after.sum()
    satellite = after[["IEF", "VNQ", "cash"]].sum()
    october = pd.Series({"SPY": after["SPY"], "EFA": 0.0, "AGG": after["AGG"], "IEF": satellite / 5.0, "VNQ": 0.0, "DBC": 0.0})
    np.testing.assert_allclose(aim.loc["2008-10-31"], october, atol=1e-12)
    quarter_ends = aim.index.intersection(hand.ends("Q"))
    np.testing.assert_allclose(aim.loc[quarter_ends, "AGG"], 0.28, atol=1e-15)
    assert not np.isclose(aim.loc[aim.index.difference(quarter_ends), "AGG"], 0.28, atol=1e-6).any()


def test_the_filter_is_on_while_volatility_is_in_the_top_fifth_of_three_years() -> None:
    result = ran("value-momentum")
    mean = hand.returns()[["SPY", "IWM", "IEV", "EWJ", "EEM"]].dropna().mean(axis=1)
    rank = ((mean**2).rolling(21).mean() ** 0.5).rolling(756).rank(pct=True)
    state, found = 0.0, {}
    for day in hand.ends().intersection(rank.dropna().index):
        state = 1.0 if rank[day] > 0.80 else 0.0 if rank[day] < 0.60 else state
        found[day] = state
    stressed = pd.Series(result.aims.regime.probabilities[:, 1], pd.DatetimeIndex(result.aims.days.dates)).loc[hand.START :]
    assert list(stressed) == list(pd.Series(found).loc[hand.START :])
    assert (int(stressed.sum()), len(stressed)) == (63, 211)
