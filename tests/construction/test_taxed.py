"""Taxes in the mean-variance programme: laws of the tax of a sale, the closed form of one asset, brute force and cvxpy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.construction.programmes import covariance_of, today_of
from tests.construction.reference import book_of, rules_of, universe
from trimtab.construction import taxed
from trimtab.construction.limits import MaxWeight
from trimtab.construction.mean_variance import MeanVariance, reach
from trimtab.construction.taxed import Taxes, rising, tax_of
from trimtab.construction.terms import Cost, Return, Risk, Scene
from trimtab.construction.turnover import MaxTurnover
from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.frictions import TaxCost
from trimtab.core.taxes import Selling, Tranche, tranches
from trimtab.core.terms import Span
from trimtab.core.trades import Book, Power
from trimtab.costs.trading import Linear

FREE = Linear()
MEAN = np.array([0.08, 0.05, 0.03])
SIGMA = np.diag([0.04, 0.01, 0.0025])
CHARGED: TaxCost = Taxes()


def row(*parts: tuple[float, float]) -> list[Tranche]:
    """Tranches of (weight, tax)."""
    return [Tranche(weight, tax, tax, np.inf) for weight, tax in parts]


def aloud(sold: float, parts: list[Tranche]) -> float:
    """Sell tranche after tranche; what is beyond them all is taxed as the last one."""
    total = 0.0
    for k, part in enumerate(parts):
        some = sold if k == len(parts) - 1 else min(sold, part.weight)
        total, sold = total + max(some, 0.0) * part.now, sold - some
    return total


def taxed_book(held: Array, *rows: list[Tranche]) -> Book:
    return replace(book_of(held), selling=tranches(rows))


_ROW = st.lists(st.tuples(st.floats(0.01, 0.3), st.floats(-0.2, 0.4)), max_size=4).map(lambda parts: row(*parts))
_MOVES = st.lists(st.floats(-0.5, 1.5), min_size=3, max_size=3)


# Laws.


@settings(max_examples=80, deadline=None)
@given(st.lists(_ROW, min_size=3, max_size=3), _MOVES)
def test_the_tax_of_a_sale_is_that_of_its_tranches_one_after_the_other(rows: list[list[Tranche]], sold: list[float]) -> None:
    each = tax_of(np.array([sold, sold]), tranches(rows))
    assert each.shape == (2,)
    assert each[0] == pytest.approx(sum(aloud(s, r) for s, r in zip(sold, rows, strict=True)), abs=1e-12)


@settings(max_examples=80, deadline=None)
@given(st.lists(_ROW, min_size=3, max_size=3), st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3))
def test_the_convex_voice_is_the_greatest_below_and_the_same_where_taxes_rise(
    rows: list[list[Tranche]], parts: list[float]
) -> None:
    selling = tranches(rows)
    found = rising(selling)
    for weights, taxes in zip(found.weights, found.now, strict=True):
        assert (np.diff(taxes[weights > 0.0]) >= 0.0).all()
    sold = np.array(parts) * selling.weights.sum(1)
    assert tax_of(sold, found) <= tax_of(sold, selling) + 1e-12
    for ends in (found.weights.cumsum(1)[:, k] for k in range(found.weights.shape[1])):
        assert tax_of(ends, found) == pytest.approx(float(tax_of(ends, selling)), abs=1e-12)  # it touches at its corners
    ordered = tranches([sorted(each, key=lambda t: t.now) for each in rows])
    assert rising(ordered) is ordered


def test_all_voices_of_the_term_say_the_same() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        held = rng.dirichlet(np.ones(4))[:3]
        rows = [sorted(row(*rng.uniform(0.0, 0.3, (3, 2)).tolist()), key=lambda t: t.now) for _ in range(3)]
        book = taxed_book(held, *rows)
        scene = Scene(MEAN, SIGMA, held, selling=Taxes().curve(book))
        w = rng.dirichlet(np.ones(4))[:3]
        value = Taxes().value(w, scene)
        assert value == pytest.approx(float(CHARGED.charge(w, book)), abs=1e-15)
        assert value == pytest.approx(float(Taxes().spoken(cp.Constant(w), scene, cp).value), abs=1e-12)
    assert float(CHARGED.charge(MEAN, book_of(MEAN))) == 0.0
    assert CHARGED.curve(book_of(MEAN)) is None
    assert Taxes().value(MEAN, Scene(MEAN, SIGMA, MEAN)) == 0.0


def test_without_taxes_nothing_changes_to_the_last_bit() -> None:
    held = np.array([0.2, 0.3, 0.5])
    asked = today_of(MEAN, SIGMA), rules_of(MaxTurnover(0.2, universe=universe(3)), count=3), Linear(bps=10.0)
    today, rules, costs = asked
    found = MeanVariance(5.0)(today, book_of(held), rules, costs)
    bare = reach(Return() - 5.0 * Risk() - Cost(), today, book_of(held), rules, costs)
    with_term = reach(Return() - 5.0 * Risk() - Cost() - Taxes(), today, book_of(held), rules, costs)
    untaxed = MeanVariance(5.0)(today, taxed_book(held, [], [], []), rules, costs)
    nothing = MeanVariance(5.0)(today, taxed_book(held, row((0.2, 0.0)), [], row((0.5, 0.0))), rules, costs)
    for other in (bare, with_term, untaxed, nothing):
        np.testing.assert_array_equal(found.target, other.target)


@pytest.mark.parametrize("seed", range(6))
def test_permuting_assets_permutes_the_target(seed: int) -> None:
    rng = np.random.default_rng(seed)
    held, rows = _drawn(rng, 4, least=-0.1)
    mean, sigma, order = 0.05 * rng.normal(size=4), covariance_of(rng, 4), rng.permutation(4)
    found = MeanVariance(4.0)(today_of(mean, sigma), taxed_book(held, *rows), rules_of(count=4), FREE)
    moved = MeanVariance(4.0)(
        today_of(mean[order], sigma[np.ix_(order, order)]),
        taxed_book(held[order], *(rows[k] for k in order)),
        rules_of(count=4),
        FREE,
    )
    np.testing.assert_allclose(moved.target, found.target[order], atol=1e-6)


# By hand.


def test_one_asset_has_a_closed_form() -> None:
    # mean 4 %, variance .04, aversion 4: without tax .04 / .16 = 25 %. From 60 %: the first 10 points at 3.2 %, then 4.8 %.
    # A year's horizon: (.04 + .032) / .16 = 45 % is below 50 %, so the first tranche goes; (.04 + .048) / .16 = 55 % is
    # above, so the second stays: exactly 50 % is held. Bought from nothing, 25 %.
    today, rules = today_of(np.array([0.04]), np.array([[0.04]])), rules_of(count=1)
    parts = row((0.1, 0.032), (0.5, 0.048))

    def held_after(held: float, *, horizon: str = "1Y", own: list[Tranche] = parts) -> float:
        model = MeanVariance(4.0, Span.parse(horizon))
        return float(model(today, taxed_book(np.array([held]), own), rules, FREE).target[0])

    assert held_after(0.6) == pytest.approx(0.5, abs=1e-7)
    assert held_after(0.0, own=[]) == pytest.approx(0.25, abs=1e-7)
    assert held_after(0.1) == pytest.approx(0.25, abs=1e-7)  # buying is not taxed
    # Over two years half as dear: (.04 + .016) / .16 = 35 % < 50 %; (.04 + .024) / .16 = 40 %: there it ends.
    assert held_after(0.6, horizon="2Y") == pytest.approx(0.4, abs=1e-7)
    # A month makes it twelve times as dear: nothing is sold.
    assert held_after(0.6, horizon="1M") == 0.6


def test_a_loss_is_taken_before_a_gain_and_saves_tax() -> None:
    # At 20 %, without tax 25 % would be bought; 5 points of loss save 10 %: at .15 the slope of the objective is
    # .04 - .16 * .15 = .016 < .1, so all of the loss goes. 5 points save .5 %, which buying cannot reach:
    # (.04 * .25 - .08 * .25^2) = .005 against (.04 * .15 - .08 * .15^2) + .005 = .0092.
    today, rules = today_of(np.array([0.04]), np.array([[0.04]])), rules_of(count=1)
    sold = MeanVariance(4.0)(today, taxed_book(np.array([0.2]), row((0.05, -0.1), (0.15, 0.3))), rules, FREE)
    assert float(sold.target[0]) == pytest.approx(0.15, abs=1e-7)
    small = MeanVariance(4.0)(today, taxed_book(np.array([0.2]), row((0.05, -0.001), (0.15, 0.3))), rules, FREE)
    assert float(small.target[0]) == pytest.approx(0.25, abs=1e-7)  # and nothing is sold where that saves next to nothing
    from_above = MeanVariance(4.0)(today, taxed_book(np.array([0.3]), row((0.1, -0.1), (0.2, 0.3))), rules, FREE)
    # From 30 % it sells anyway: the slope at .2 is .008 < .1, then .3 a unit is too dear: 20 %.
    assert float(from_above.target[0]) == pytest.approx(0.2, abs=1e-7)
    plain = MeanVariance(4.0)(today, taxed_book(np.array([0.3]), row((0.1, 0.0), (0.2, 0.3))), rules, FREE)
    assert float(plain.target[0]) == pytest.approx(0.25, abs=1e-7)


def test_the_dearer_of_two_twins_is_kept() -> None:
    held, sigma = np.array([0.5, 0.5]), np.array([[0.04, 0.039], [0.039, 0.04]])
    rules = rules_of(MaxTurnover(0.2, universe=universe(2)), count=2)
    found = MeanVariance(4.0)(
        today_of(np.array([0.05, 0.05]), sigma), taxed_book(held, row((0.5, 0.08)), row((0.5, 0.01))), rules, FREE
    )
    assert found.target[0] == 0.5
    assert found.target[1] < 0.4


def test_a_repair_is_taxed_but_made() -> None:
    rules = rules_of(MaxWeight(0.4, universe=universe(3)), count=3)
    book = taxed_book(np.array([0.6, 0.2, 0.2]), row((0.6, 0.3)), [], [])
    found = MeanVariance(5.0)(today_of(MEAN, SIGMA), book, rules, FREE)
    assert found.target[0] == pytest.approx(0.4, abs=1e-7)


# Outside oracles.


def _drawn(rng: np.random.Generator, count: int, *, least: float = 0.0) -> tuple[Array, list[list[Tranche]]]:
    """Weights held, and up to three tranches of each asset by rising tax that make them up."""
    held, rows = rng.dirichlet(np.full(count + 1, 3.0))[:count], []
    for weight in held:
        size = weight * rng.dirichlet(np.ones(rng.integers(1, 4)))
        rows.append(row(*zip(size, np.sort(rng.uniform(least, 0.08, len(size))), strict=True)))
    return held, rows


def _best_by_cvxpy(
    mean: Array, sigma: Array, book: Book, buys: Array | None = None, *, left: float = 2.0
) -> tuple[Array, float]:
    """The same programme with sale variables; `buys` (A,) says which assets may only be bought, the others only be sold."""
    size, tax = book.selling.weights, book.selling.now
    w, parts = cp.Variable(len(mean)), cp.Variable(size.shape, nonneg=True)
    move, sold, root = w - book.held, cp.sum(parts, axis=1), np.linalg.cholesky(sigma).T
    kept = [w >= 0, cp.sum(w) <= 1, parts <= size, 0.5 * (cp.norm1(move) + cp.abs(cp.sum(move))) <= left]
    if buys is None:
        kept.append(w >= book.held - sold)
    else:
        for a, buy in enumerate(buys):
            kept += [w[a] >= book.held[a], parts[a] == 0] if buy else [w[a] == book.held[a] - sold[a]]
    costs = 0.001 * cp.norm1(move) + cp.sum(cp.multiply(tax, parts))
    problem = cp.Problem(cp.Maximize(mean @ w - 2.0 * cp.sum_squares(root @ w) - costs), kept)
    problem.solve(solver="CLARABEL")
    return np.asarray(w.value), float(problem.value)


def _value(w: Array, mean: Array, sigma: Array, book: Book) -> float:
    scene = Scene(mean, sigma, book.held, (Power(np.full(len(w), 0.001)),), book.selling)
    return (Return() - 4.0 * Risk() - Cost() - Taxes()).value(w, scene)


@pytest.mark.parametrize("seed", range(12))
def test_cvxpy_finds_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    held, rows = _drawn(rng, 5)
    mean, sigma, book = 0.05 * rng.normal(size=5), covariance_of(rng, 5), taxed_book(held, *rows)
    rules = rules_of(MaxTurnover(0.25, universe=universe(5)), count=5)
    found = MeanVariance(4.0)(today_of(mean, sigma), book, rules, Linear(bps=10.0)).target
    theirs, best = _best_by_cvxpy(mean, sigma, book, left=0.25)
    assert _value(found, mean, sigma, book) == pytest.approx(best, abs=1e-6)
    np.testing.assert_allclose(found, theirs, atol=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_no_grid_point_is_better(seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    held, rows = _drawn(rng, 2)
    mean, sigma, book = 0.05 * rng.normal(size=2), covariance_of(rng, 2), taxed_book(held, *rows)
    found = MeanVariance(4.0)(today_of(mean, sigma), book, rules_of(count=2), Linear(bps=10.0)).target
    best, steps = _value(found, mean, sigma, book), np.linspace(0.0, 1.0, 41)
    grid = [np.array(w) for w in product(steps, steps) if sum(w) <= 1.0]
    near = [found + 1e-3 * np.array(d) for d in product((-1, 0, 1), repeat=2)]
    allowed = [w for w in (*grid, *near) if (w >= 0).all() and w.sum() <= 1.0]
    assert best >= max(_value(w, mean, sigma, book) for w in allowed) - 1e-9


@pytest.mark.parametrize("seed", range(8))
def test_with_losses_it_is_no_worse_than_without_and_finds_the_best_of_all_ways(seed: int) -> None:
    rng = np.random.default_rng(200 + seed)
    held, rows = _drawn(rng, 3, least=-0.06)
    mean, sigma, book = 0.05 * rng.normal(size=3), covariance_of(rng, 3), taxed_book(held, *rows)
    found = MeanVariance(4.0)(today_of(mean, sigma), book, rules_of(count=3), Linear(bps=10.0)).target
    value = _value(found, mean, sigma, book)
    ways = [_best_by_cvxpy(mean, sigma, book, np.array(way)) for way in product((True, False), repeat=3)]
    assert value <= max(best for _, best in ways) + 1e-6
    blind = replace(book, selling=replace(book.selling, now=np.maximum(book.selling.now, 0.0)))
    floor = MeanVariance(4.0)(today_of(mean, sigma), blind, rules_of(count=3), Linear(bps=10.0)).target
    assert value >= _value(floor, mean, sigma, book) - 1e-7
    assert value == pytest.approx(max(best for _, best in ways), abs=1e-6)  # not promised, but found


@dataclass(frozen=True, slots=True)
class Even:
    """A term of one's own."""

    def expression(self, weights: Any, today: Any, book: Book) -> Any:
        return -0.01 * cp.sum_squares(weights - 1.0 / len(book.held))


def test_with_a_term_of_ones_own_cvxpy_prices_the_same_taxes() -> None:
    rng = np.random.default_rng(3)
    for least in (0.0, -0.06):
        held, rows = _drawn(rng, 3, least=least)
        book = taxed_book(held, *rows)
        today = today_of(MEAN, SIGMA)
        by_cvxpy = MeanVariance(4.0, terms=(Even(),))(today, book, rules_of(count=3), FREE).target
        even = Risk()  # -.01 |w - 1/3|^2 = -.02 (half w'w) + (.02 / 3) sum w + constant
        model = Return() - 4.0 * even - Cost() - Taxes()
        mean, sigma = MEAN + 0.02 / 3.0, SIGMA + 0.005 * np.eye(3)
        standard = reach(model, today_of(mean, sigma), book, rules_of(count=3), FREE).target
        np.testing.assert_allclose(by_cvxpy, standard, atol=2e-5)


# Degenerate inputs, refusals.


def test_taxes_are_not_liked() -> None:
    with pytest.raises(ParameterError, match="Taxes stands in the objective"):
        reach(Return() + Taxes(), today_of(MEAN, SIGMA), taxed_book(MEAN, row((0.1, 0.1)), [], []), rules_of(count=3), FREE)


def test_more_held_than_the_tranches_weigh_is_taxed_as_the_last() -> None:
    assert float(tax_of(np.array([0.5]), tranches([row((0.1, 0.1), (0.1, 0.2))]))) == pytest.approx(0.01 + 0.4 * 0.2)
    assert float(tax_of(np.array([0.5]), tranches([[]]))) == 0.0
    assert float(tax_of(np.array([-0.5]), tranches([row((0.1, -0.1))]))) == 0.0


# Planted faults.


def _taxes_purchases(sold: Array, selling: Selling) -> Array:
    return tax_of(np.abs(sold), selling)


def _forgets_the_order(sold: Array, selling: Selling) -> Array:
    return tax_of(sold, replace(selling, now=selling.now[:, ::-1]))


@pytest.mark.parametrize("fault", [_taxes_purchases, _forgets_the_order])
def test_planted_faults_are_caught(fault: Callable[[Array, Selling], Array], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taxed, "tax_of", fault)
    with pytest.raises(AssertionError):
        test_all_voices_of_the_term_say_the_same()
