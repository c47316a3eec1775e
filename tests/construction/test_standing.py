"""Where an account stands: repairs inside trading windows, the order of relaxation, what is locked, refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.construction.problems import problem
from tests.construction.reference import aims_of, book_of, portfolios, rule_sets, rules_of, universe
from trimtab.construction.admit import repair
from trimtab.construction.exposure import MinCash
from trimtab.construction.limits import MaxTilt, MaxWeight, MinWeight, Of
from trimtab.construction.liquidity import MaxParticipation
from trimtab.construction.restricted import Locked, Restricted
from trimtab.construction.standing import Standing, stand
from trimtab.construction.tracking_error import TrackingError
from trimtab.core.arrays import Array
from trimtab.core.errors import BreachError, InvariantError
from trimtab.core.money import ZERO
from trimtab.core.rules import Rules
from trimtab.core.trades import Book, Decision, Reach
from trimtab.core.values import Dealing
from trimtab.execution.gate import Gate

U = universe(3)


def trading(held: list[float], adv: list[float], **more: object) -> Book:
    """An account worth 100."""
    dealing = Dealing(np.array(adv), np.full(len(adv), 0.01))
    return replace(book_of(np.array(held)), dealing=dealing, **more)  # type: ignore[arg-type]


# Laws.


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_without_windows_it_is_the_repair(data: st.DataObject) -> None:
    count = data.draw(st.integers(3, 6))
    rules, held = data.draw(rule_sets(count)), data.draw(portfolios(count))
    standing = stand(book_of(held), rules)
    assert standing.plain
    assert standing.box is None
    assert standing.base.tobytes() == repair(held, rules).tobytes()
    assert stand(book_of(np.array([held, held])), rules).base.shape == (2, count)


@pytest.mark.parametrize("seed", range(40))
def test_the_base_lies_where_the_target_may_and_any_point_is_brought_there(seed: int) -> None:
    rng = np.random.default_rng(seed)
    question = problem(rng)
    try:
        standing = stand(question.book, question.rules)
        near = standing.nearest(np.array([question.aim, standing.base]))
    except BreachError:
        return
    for w in (standing.base, *near):
        assert standing.region.contains(w, tolerance=1e-7)
        low, high = standing.box or (-np.inf, np.inf)
        assert ((w >= low - 1e-7) & (w <= high + 1e-7)).all()
        assert all(bound.risk(w, question.covariance) <= bound.most + 1e-7 for bound in standing.bounds)
    np.testing.assert_allclose(near[1], standing.base, atol=1e-6)  # what is there already stays
    closer = (question.aim - near[0]) @ (standing.base - near[0])
    cash = (near[0].sum() - question.aim.sum()) * (near[0].sum() - standing.base.sum())
    assert closer + cash <= 1e-6  # what makes it the closest point of a convex set


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_assets_and_the_currency_play_no_part(seed: int) -> None:
    rng = np.random.default_rng(seed)
    held, adv = rng.dirichlet(np.ones(4))[:3], rng.uniform(10.0, 300.0, 3)
    order = rng.permutation(3)

    def base(names: Array, book: Book) -> Array:
        assets = tuple(U[i] for i in names)
        limits = MaxWeight(0.4, universe=assets), MaxParticipation(0.1, universe=assets), Restricted(("A1",), assets)
        return stand(book, rules_of(*limits, count=3)).base

    before = base(np.arange(3), trading(list(held), list(adv)))
    np.testing.assert_allclose(base(order, trading(list(held[order]), list(adv[order]))), before[order], atol=1e-9)
    dear = replace(trading(list(held), list(1000.0 * adv)), nav=100_000.0)
    np.testing.assert_allclose(base(np.arange(3), dear), before, atol=1e-9)


# Repairs, worked by hand.


def test_a_repair_keeps_within_the_market_where_it_can() -> None:
    # A0 is .10 above its cap. A third of it would go to A1, but the market takes .02 there (10 % of 20 on 100): A2 and cash
    # share the other .08.
    book = trading([0.5, 0.2, 0.1], [500.0, 20.0, 500.0])
    limits = MaxWeight(0.4, universe=U), MaxParticipation(0.1, universe=U)
    standing = stand(book, rules_of(*limits, count=3))
    np.testing.assert_allclose(standing.base, [0.4, 0.22, 0.14], atol=1e-12)
    assert standing.relaxed == ()
    assert standing.box is not None
    np.testing.assert_allclose(standing.box, [[0.0, 0.18, -0.4], [1.0, 0.22, 0.6]], atol=1e-12)


def test_a_repair_that_the_market_does_not_take_sets_trading_limits_aside_and_only_for_itself() -> None:
    # .10 must go, .05 is what the market takes. The target may use what the repair needed, and no more of A0.
    book = trading([0.5, 0.2, 0.1], [50.0, 500.0, 500.0])
    rules = rules_of(MaxWeight(0.4, universe=U), MaxParticipation(0.1, universe=U), count=3)
    standing = stand(book, rules)
    assert standing.relaxed == ("turnover",)
    np.testing.assert_allclose(standing.base, [0.4, 0.2 + 0.1 / 3, 0.1 + 0.1 / 3], atol=1e-12)
    assert standing.box is not None
    assert standing.box[0][0] == pytest.approx(0.4)
    assert standing.nearest(np.array([0.0, 0.5, 0.4]))[0] == pytest.approx(0.4)
    assert rules.breaches(standing.base, replace(book, base=standing.base)) == ()
    assert len(rules.breaches(standing.base, book)) == 1  # seen without the repair


def test_tilts_are_set_aside_after_trading_limits_which_then_hold_again() -> None:
    # A0 is to be .50 at least by its tilt, A0 + A1 .40 at most and A1 is locked at .20: no window set aside helps, so the
    # tilt goes. Then A0 sells .10, which the market takes, half of it for A2 and half for cash.
    tilt = MaxTilt(0.1, benchmark=(0.6, 0.2, 0.1), universe=U, only=("A0",))
    group = MaxWeight(0.4, Of.GROUP, ("A0", "A1"), U)
    limits = tilt, group, Locked(("A1",), U), MaxParticipation(0.1, universe=U)
    standing = stand(trading([0.3, 0.2, 0.1], [100.0, 50.0, 500.0]), rules_of(*limits, count=3))
    assert standing.relaxed == ("tilt",)
    np.testing.assert_allclose(standing.base, [0.2, 0.2, 0.15], atol=1e-12)
    both = stand(trading([0.3, 0.2, 0.1], [50.0, 50.0, 500.0]), rules_of(*limits, count=3))
    assert both.relaxed == ("turnover", "tilt")
    np.testing.assert_allclose(both.base, [0.2, 0.2, 0.15], atol=1e-12)


def test_a_tilt_that_a_list_forbids_gives_way_by_itself() -> None:
    # A0 is not to be bought and is .20 below its tilt: nobody's trade. A1 is still brought down to its own cap.
    tilt = MaxTilt(0.1, benchmark=(0.6, 0.2, 0.1), universe=U, only=("A0",))
    rules = rules_of(tilt, MaxWeight(0.45, universe=U), Restricted(("A0",), U), count=3)
    book = book_of(np.array([0.3, 0.5, 0.1]))
    standing = stand(book, rules)
    assert standing.relaxed == ()
    np.testing.assert_allclose(standing.base, [0.3, 0.45, 0.125], atol=1e-12)
    (breach,) = rules.breaches(standing.base, book)
    assert not breach.curable


def test_a_tracking_error_that_drifted_is_repaired() -> None:
    book = trading([0.7, 0.2, 0.1], [1e9] * 3, covariance=np.diag([0.04, 0.04, 0.04]))
    rules = rules_of(TrackingError(0.02, (), (0.4, 0.4, 0.2), U), count=3)
    standing = stand(book, rules)
    assert rules.bounds[0].risk(standing.base, book.covariance) == pytest.approx(0.02, abs=1e-9)  # type: ignore[arg-type]
    # All volatilities alike and nothing in cash before or after: the straight way back to the benchmark, to a length of .1.
    way = np.array([0.3, -0.2, -0.1])
    np.testing.assert_allclose(standing.base, np.array([0.4, 0.4, 0.2]) + 0.1 * way / np.linalg.norm(way), atol=1e-6)


def test_what_only_sleeves_hold_that_do_not_decide_stays() -> None:
    book = trading([0.3, 0.3, 0.2], [1e9] * 3, still=np.array([False, True, False]))
    standing = stand(book, rules_of(count=3))
    # .30 of A1 instead of none: a third of it each from A0, A2 and cash.
    np.testing.assert_allclose(standing.nearest(np.array([0.5, 0.0, 0.2])), [0.4, 0.3, 0.1], atol=1e-12)
    capped = stand(book, rules_of(MaxWeight(0.25, universe=U), count=3))  # a repair moves it all the same
    assert capped.base[1] == pytest.approx(0.25)
    assert capped.relaxed == ("turnover",)


# What is locked.


def test_private_equity_above_its_cap_widens_it_by_so_much_and_nothing_joins() -> None:
    # A0 (equity) is locked at .45 under class caps of .40; A3 (equity too) must go entirely.
    assets = universe(4)
    book = book_of(np.array([0.45, 0.2, 0.15, 0.1]))
    rules = rules_of(Locked(("A0",), assets), MaxWeight(0.4, Of.CLASS, universe=assets), count=4)
    standing = stand(book, rules)
    np.testing.assert_allclose(standing.base, [0.45, 0.2 + 0.1 / 3, 0.15 + 0.1 / 3, 0.0], atol=1e-12)
    assert standing.region.groups[0].cap == 0.45
    (breach,) = rules.breaches(standing.base, book)
    assert breach.amount == pytest.approx(0.05)
    assert not breach.curable
    (held,) = rules.breaches(book.held, book)
    assert held.curable  # the .10 of A3 is not forced by anything


def test_what_is_locked_may_use_up_the_cash_floor() -> None:
    book = book_of(np.array([0.97, 0.02, 0.0]))
    rules = rules_of(Locked(("A0",), U), MinCash(0.05, U), count=3)
    np.testing.assert_allclose(stand(book, rules).base, [0.97, 0.0, 0.0], atol=1e-12)
    assert all(not b.curable for b in rules.breaches(np.array([0.97, 0.0, 0.0]), book))


def test_the_solver_is_asked_about_the_rest_alone() -> None:
    """A locked holding counts in the risk."""
    covariance = np.diag([0.09, 0.04, 0.04])
    book = trading([0.5, 0.4, 0.1], [1e9] * 3, covariance=covariance)
    rules = rules_of(Locked(("A0",), U), TrackingError(0.04, (), (0.4, 0.4, 0.2), U), count=3)
    standing = stand(book, rules)
    # A0 is .1 out at 30 %: a risk of .03. The others may add sqrt(.04² - .03²) = .02646, which is .1323 at 20 %.
    pushed = standing.nearest(np.array([0.5, 0.0, 0.2]))
    assert pushed[0] == pytest.approx(0.5, abs=1e-9)
    assert np.hypot(*(pushed[1:] - [0.4, 0.2])) == pytest.approx(np.sqrt(0.0007) / 0.2, abs=1e-6)


# Refusals.


def test_where_no_portfolio_exists_it_says_which_rules() -> None:
    # .70 locked, .40 of A1 at least: 110 %.
    rules = rules_of(Locked(("A0",), U), MinWeight(0.4, only=("A1",), universe=U), count=3)
    with pytest.raises(BreachError, match="no portfolio keeps the rules: A0 cannot be traded; A1 at least 40 %"):
        stand(book_of(np.array([0.7, 0.3, 0.0])), rules)


@pytest.mark.parametrize("covariance", [None, np.full((3, 3), np.nan)])
def test_risk_that_cannot_be_measured_is_refused(covariance: Array | None) -> None:
    rules = rules_of(TrackingError(0.02, (), (0.4, 0.4, 0.2), U), count=3)
    with pytest.raises(BreachError, match="covariance of the day is not known"):
        stand(replace(book_of(np.array([0.4, 0.4, 0.2])), covariance=covariance), rules)


def test_a_solver_that_gives_up_is_a_refusal_and_no_relaxation() -> None:
    """A covariance that is none: variances of 1 with a correlation of 2."""
    rules = rules_of(TrackingError(0.02, (), (0.4, 0.4, 0.2), U), count=3)
    book = replace(book_of(np.array([0.2, 0.2, 0.1])), covariance=np.eye(3) + 2.0 * (1.0 - np.eye(3)))
    with pytest.raises(BreachError, match=r"between the limits.*semidefinite"):
        stand(book, rules)


def test_what_is_not_known_stops() -> None:
    rules = rules_of(Locked(("A0",), U), count=3)
    with pytest.raises(InvariantError, match="what is held"):
        stand(book_of(np.array([0.4, np.nan, 0.2])), rules)
    with pytest.raises(InvariantError, match="one account at a time"):
        stand(book_of(np.zeros((2, 3))), rules)
    with pytest.raises(InvariantError, match="goal"):
        stand(book_of(np.array([0.4, 0.2, 0.2])), rules).nearest(np.array([0.4, np.nan, 0.2]))


# Planted faults.


def ignores_windows(book: Book, rules: Rules) -> Standing:
    return replace(stand(book, rules), base=repair(book.held, rules))


def widens_for_everything(book: Book, rules: Rules) -> Standing:
    found = stand(book, rules)
    return replace(found, region=found.region.widened(book.held, book.held), base=book.held)


@pytest.mark.parametrize("fault", [ignores_windows, widens_for_everything], ids=lambda fault: fault.__name__)
def test_planted_faults_are_caught(fault) -> None:
    check(stand)
    with pytest.raises(AssertionError):
        check(fault)


def check(way) -> None:
    assets = universe(4)
    book = trading([0.45, 0.2, 0.15, 0.1], [500.0, 20.0, 500.0, 500.0])
    limits = MaxWeight(0.4, Of.CLASS, universe=assets), MaxParticipation(0.1, universe=assets), Locked(("A0",), assets)
    rules = rules_of(*limits, count=4)
    standing = way(book, rules)
    assert all(not b.curable for b in rules.breaches(standing.base, book))


# The gate lets what nobody can cure pass, and nothing else.


def stamp(book: Book, rules: Rules, target: Array) -> int:
    """How many rules the gate reports; it raises where it stops."""
    today = aims_of(target[np.newaxis]).row(0)
    reach = Reach(target, book.held, np.asarray(1.0), np.asarray(np.inf))
    return len(Gate(rules).stamp(Decision(today, book, reach, ()), book.held).warnings)


def test_the_gate_lets_a_passive_breach_pass_and_says_so() -> None:
    rules = rules_of(Locked(("A0",), U), MaxWeight(0.4, universe=U), count=3)
    book = replace(book_of(np.array([0.45, 0.3, 0.2])), units=(ZERO,) * 3, money=ZERO)
    assert stamp(book, rules, np.array([0.45, 0.35, 0.2])) == 1
    with pytest.raises(BreachError, match=r"Each asset at most 40 % would be broken by 6\.0000%"):
        stamp(book, rules, np.array([0.45, 0.46, 0.05]))
    with pytest.raises(BreachError, match="A0 cannot be traded would be broken"):
        stamp(book, rules, np.array([0.40, 0.35, 0.2]))
    with pytest.raises(BreachError, match="would be broken by 5"):
        stamp(book, rules_of(MaxWeight(0.4, universe=U), count=3), book.held)
