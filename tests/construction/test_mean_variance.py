"""Mean-variance with frictions as a reacher: every limit kept, budgets, repairs, horizons, what is unknown, cvxpy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cvxpy as cp
import numpy as np
import pytest

from tests.construction.problems import problem
from tests.construction.programmes import Charges, covariance_of, today_of
from tests.construction.reference import book_of, rules_of, universe
from trimtab.construction import form, optimum, packages
from trimtab.construction.limits import MaxWeight, Of
from trimtab.construction.mean_variance import MeanVariance, reach
from trimtab.construction.restricted import Locked
from trimtab.construction.terms import Cost, Return, Risk
from trimtab.construction.tracking_error import TrackingError
from trimtab.construction.turnover import MaxTurnover
from trimtab.core.errors import BreachError, ParameterError, UsageError
from trimtab.core.rules import one_way
from trimtab.core.terms import Span
from trimtab.core.trades import Book, Power
from trimtab.costs.trading import Linear

FREE = Linear()
TEN = Linear(bps=10.0)
MEAN = np.array([0.08, 0.05, 0.03])
SIGMA = np.diag([0.04, 0.01, 0.0025])


# Laws.


def test_two_hundred_random_problems_keep_every_limit_or_are_refused() -> None:
    rng = np.random.default_rng(20260101)
    answered = 0
    for _ in range(200):
        asked = problem(rng)
        count = len(asked.aim)
        today = today_of(0.1 * rng.normal(size=count), asked.covariance)
        costs = Linear(bps=float(rng.choice([0.0, 10.0, 100.0])))
        try:
            found = MeanVariance(float(rng.uniform(1.0, 20.0)))(today, asked.book, asked.rules, costs)
        except BreachError:
            continue
        answered += 1
        assert np.isfinite(found.target).all()
        if not found.relaxed:
            broken = asked.rules.breaches(found.target, replace(asked.book, base=found.base), tolerance=1e-6)
            assert all(breach.amount <= breach.passive + 1e-6 for breach in broken), broken
    assert answered > 120


def test_costs_without_end_keep_what_is_held() -> None:
    held = np.array([0.3, 0.3, 0.4])
    dear = MeanVariance(5.0, Span.parse("1D"))(today_of(MEAN, SIGMA), book_of(held), rules_of(count=3), Linear(bps=1000.0))
    np.testing.assert_array_equal(dear.target, held)


def test_without_costs_and_binding_limits_it_is_the_textbook() -> None:
    mean = np.array([0.01, 0.002, 0.0004])
    found = MeanVariance(4.0)(today_of(mean, SIGMA), book_of(np.full(3, 0.1)), rules_of(count=3), FREE)
    np.testing.assert_allclose(found.target, mean / np.diagonal(SIGMA) / 4.0, atol=1e-8)
    assert found.share == 1.0
    assert found.relaxed == ()


@pytest.mark.parametrize("seed", range(10))
def test_permuting_assets_permutes_the_target(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = 6
    mean, sigma, held, order = (
        0.05 * rng.normal(size=count),
        covariance_of(rng, count),
        rng.dirichlet(np.ones(count)),
        rng.permutation(count),
    )
    rules = rules_of(MaxWeight(0.4, universe=universe(count)), MaxTurnover(0.2, universe=universe(count)), count=count)
    found = MeanVariance(3.0)(today_of(mean, sigma), book_of(held), rules, TEN)
    moved = MeanVariance(3.0)(today_of(mean[order], sigma[np.ix_(order, order)]), book_of(held[order]), rules, TEN)
    np.testing.assert_allclose(moved.target, found.target[order], atol=1e-6)


@pytest.mark.parametrize("scale", [1e-3, 1e4])
def test_another_currency_changes_no_weight(scale: float) -> None:
    # rate * nav^(p - 1) with a rate that falls with the root of the volume in currency
    held = np.array([0.3, 0.3, 0.4])
    weighed = []
    for money in (1.0, scale):
        rate = 0.02 / np.sqrt(money * np.array([50.0, 100.0, 200.0]))
        costs = Charges((Power(np.full(3, 0.001)), Power(rate, 1.5)))
        book = replace(book_of(held), nav=100.0 * money)
        weighed.append(MeanVariance(5.0)(today_of(MEAN, SIGMA), book, rules_of(count=3), costs).target)
    np.testing.assert_allclose(weighed[1], weighed[0], atol=1e-6)


# By hand.


def test_a_horizon_of_a_month_makes_trading_twelve_times_as_dear() -> None:
    held = np.array([0.2, 0.3, 0.4])
    asked = today_of(0.3 * MEAN, SIGMA), book_of(held), rules_of(count=3)
    month = MeanVariance(5.0, Span.parse("1M"))(*asked, TEN)
    year = MeanVariance(5.0)(*asked, Linear(bps=120.0))
    np.testing.assert_allclose(month.target, year.target, atol=1e-8)
    day = MeanVariance(5.0, Span.parse("1D"))(*asked, Linear(bps=1.0))
    np.testing.assert_allclose(day.target, MeanVariance(5.0)(*asked, Linear(bps=252.0)).target, atol=1e-8)


def test_impact_follows_the_money() -> None:
    # One asset, mean 6 %, aversion so small that risk plays no part, impact k sqrt(nav) w^1.5 with k = 0.008 and nav 100:
    # 0.06 = 1.5 * 0.08 * sqrt(w), so w = 0.25.
    costs = Charges((Power(np.array([0.008]), 1.5),))
    found = MeanVariance(1e-9)(today_of(np.array([0.06]), np.eye(1)), book_of(np.zeros(1)), rules_of(count=1), costs)
    np.testing.assert_allclose(found.target, 0.25, atol=1e-6)


def test_a_budget_is_part_of_the_programme() -> None:
    # From cash, 10 % of turnover: 10 % goes into the best asset alone, by mean 8 % against 5 % and 3 % at little risk.
    book = book_of(np.zeros(3), fills={"2024-05-02": 0.10})
    limited = rules_of(MaxTurnover(0.20, universe=universe(3)), count=3)
    found = MeanVariance(0.1)(today_of(MEAN, SIGMA), book, limited, FREE)
    np.testing.assert_allclose(found.target, [0.1, 0.0, 0.0], atol=1e-8)
    assert float(found.left) == pytest.approx(0.1)
    first = MeanVariance(0.1)(today_of(MEAN, SIGMA), replace(book, funded=False), limited, FREE)
    np.testing.assert_allclose(first.target, [1.0, 0.0, 0.0], atol=1e-8)
    spent = MeanVariance(0.1)(today_of(MEAN, SIGMA), book_of(np.zeros(3), fills={"2024-05-02": 0.20}), limited, FREE)
    np.testing.assert_array_equal(spent.target, np.zeros(3))


def test_the_budget_of_a_group_lets_a_share_of_the_way_through() -> None:
    grouped = rules_of(MaxTurnover(0.05, only=("A0",), universe=universe(3)), count=3)
    found = MeanVariance(0.1)(today_of(MEAN, SIGMA), book_of(np.array([0.0, 1.0, 0.0])), grouped, FREE)
    assert not grouped.breaches(found.target, book_of(np.array([0.0, 1.0, 0.0])))
    assert 0.0 < float(found.share) < 1.0


def test_a_breach_is_repaired_first_and_outside_the_budget() -> None:
    held = np.array([0.6, 0.2, 0.2])
    rules = rules_of(MaxWeight(0.4, universe=universe(3)), MaxTurnover(0.05, universe=universe(3)), count=3)
    found = MeanVariance(5.0)(today_of(MEAN, SIGMA), book_of(held), rules, FREE)
    assert found.base[0] == pytest.approx(0.4)
    assert found.target.max() <= 0.4
    assert float(one_way(found.target - found.base)) <= 0.05 + 1e-9


def test_what_is_locked_does_not_move_but_counts_in_risk() -> None:
    held = np.array([0.4, 0.3, 0.3])
    sigma = np.array([[0.04, 0.018, 0.0], [0.018, 0.01, 0.0], [0.0, 0.0, 0.0025]])
    rules = rules_of(Locked(only=("A0",), universe=universe(3)), count=3)
    found = MeanVariance(5.0)(today_of(MEAN, sigma), book_of(held), rules, FREE)
    assert found.target[0] == 0.4
    alone = MeanVariance(5.0)(today_of(MEAN, SIGMA), book_of(held), rules, FREE)
    assert found.target[1] < alone.target[1] - 0.01  # it moves with what is locked


def test_active_risk_is_around_the_benchmark() -> None:
    benchmark = (0.5, 0.3, 0.2)
    model = MeanVariance(1e6, active=True, benchmark=benchmark, universe=universe(3))
    found = model(today_of(MEAN, SIGMA), book_of(np.full(3, 0.2)), rules_of(count=3), FREE)
    np.testing.assert_allclose(found.target, benchmark, atol=1e-5)


# Outside oracle.


@pytest.mark.parametrize("seed", range(12))
def test_cvxpy_finds_the_same_under_all_kinds_of_limits(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count, assets = 6, universe(6)
    mean, sigma, held = 0.05 * rng.normal(size=count), covariance_of(rng, count), rng.dirichlet(np.full(count, 9.0))
    benchmark = (1.0 / count,) * count
    limits = (
        MaxWeight(0.4, universe=assets),
        MaxWeight(0.5, of=Of.CLASS, universe=assets),
        TrackingError(0.05, benchmark=benchmark, universe=assets),
        MaxTurnover(0.25, universe=assets),
    )
    rules = rules_of(*limits, count=count)
    book = replace(book_of(held), covariance=sigma)
    found = MeanVariance(4.0)(today_of(mean, sigma), book, rules, Linear(bps=20.0))
    w = cp.Variable(count)
    root = np.linalg.cholesky(sigma).T
    kept = [w >= 0, w <= 0.4, cp.sum(w) <= 1, cp.norm(root @ (w - np.array(benchmark))) <= 0.05]
    kept += [cp.sum(w[k::3]) <= 0.5 for k in range(3)]
    kept.append(0.5 * (cp.norm1(w - found.base) + cp.abs(cp.sum(w - found.base))) <= 0.25)
    wanted = mean @ w - 2.0 * cp.sum_squares(root @ w) - 0.002 * cp.norm1(w - held)
    cp.Problem(cp.Maximize(wanted), kept).solve(solver="CLARABEL")
    objective = Return() - 4.0 * Risk() - Cost()
    scene = optimum.Scene(mean, sigma, held, (Power(np.full(count, 0.002)),))
    assert objective.value(found.target, scene) >= objective.value(w.value, scene) - 1e-7
    np.testing.assert_allclose(found.target, w.value, atol=1e-4)
    assert not rules.breaches(found.target, replace(book, base=found.base))


# Terms of others, degenerate inputs, refusals.


@dataclass(frozen=True, slots=True)
class Even:
    """A term of one's own: the nearer to even, the better."""

    strength: float = 1e4

    def expression(self, weights: Any, today: Any, book: Book) -> Any:
        return -self.strength * cp.sum_squares(weights - 1.0 / len(book.held))


def test_a_term_of_ones_own_joins_in() -> None:
    model = MeanVariance(5.0, terms=(Even(),))
    found = model(today_of(MEAN, SIGMA), book_of(np.array([1.0, 0.0, 0.0])), rules_of(count=3), TEN)
    np.testing.assert_allclose(found.target, 1.0 / 3.0, atol=1e-4)
    assert "1 more terms" not in MeanVariance(5.0).words


def test_an_unknown_forecast_is_a_refusal() -> None:
    for mean, sigma in ((np.full(3, np.nan), SIGMA), (MEAN, np.where(SIGMA > 0.03, np.nan, SIGMA))):
        with pytest.raises(BreachError, match="not known"):
            MeanVariance(5.0)(today_of(mean, sigma), book_of(np.full(3, 0.2)), rules_of(count=3), TEN)


def test_an_asset_whose_cost_is_unknown_is_not_traded() -> None:
    held = np.array([0.2, 0.3, 0.5])
    costs = Charges((Power(np.array([np.nan, 0.001, 0.001])),))
    found = MeanVariance(5.0)(today_of(MEAN, SIGMA), book_of(held), rules_of(count=3), costs)
    assert found.target[0] == 0.2
    assert np.abs(found.target - held)[1:].max() > 0.01


def test_a_covariance_that_is_none_is_refused() -> None:
    sigma = np.array([[0.04, 0.08], [0.08, 0.04]])
    with pytest.raises(BreachError, match="not positive semidefinite"):
        MeanVariance(5.0)(today_of(np.full(2, 0.05), sigma), book_of(np.full(2, 0.5)), rules_of(count=2), TEN)


def test_an_answer_worse_than_to_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form.Form, "solve", lambda self: np.eye(self.count)[2])
    with pytest.raises(BreachError, match="worse than what is held"):
        reach(Return() - Risk(), today_of(MEAN, SIGMA), book_of(np.array([1.0, 0.0, 0.0])), rules_of(count=3), FREE)


def test_no_answer_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form.Form, "solve", lambda _: None)
    with pytest.raises(BreachError, match="sees no portfolio"):
        reach(Return() - Risk(), today_of(MEAN, SIGMA), book_of(np.array([1.0, 0.0, 0.0])), rules_of(count=3), FREE)


def test_parameters_are_checked_and_said() -> None:
    with pytest.raises(ParameterError, match="risk_aversion is 0"):
        MeanVariance(0.0)
    with pytest.raises(ParameterError, match="no time at all"):
        MeanVariance(1.0, Span.parse("0M"))
    with pytest.raises(ParameterError, match="needs a benchmark"):
        MeanVariance(1.0, active=True, universe=universe(2))
    assert MeanVariance(5.0, active=True).words.startswith("to the best trade by expected return, active risk (aversion 5)")


def test_without_the_extra_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    packages.package.cache_clear()
    monkeypatch.setattr("trimtab.core.packages.import_module", missing)
    with pytest.raises(UsageError, match=r"trimtab\[solver\]"):
        MeanVariance(5.0)(today_of(MEAN, SIGMA), book_of(np.full(3, 0.2)), rules_of(count=3), TEN)
    packages.package.cache_clear()
