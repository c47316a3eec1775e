"""The closest allowed portfolio and the cheapest repair: laws, hand-worked cases, outside oracles, planted faults."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.construction.problems import problem
from tests.construction.reference import least_turnover, portfolios, rule_sets, rules_of, universe
from tests.numerics.projection_reference import Case, by_bisection, by_solver
from trimtab.construction.admit import admit, repair
from trimtab.construction.limits import LongOnly, MaxLeverage, MaxTilt, MaxWeight, MinWeight, Of
from trimtab.construction.tracking_error import TrackingError
from trimtab.core.arrays import Array
from trimtab.core.errors import BreachError, InvariantError
from trimtab.core.frictions import Limit
from trimtab.core.region import Group, Region
from trimtab.core.rules import Rules, one_way

many = settings(max_examples=60, deadline=None)
few = settings(max_examples=30, deadline=None)
Admit = Callable[[Array, Rules], Array]


def ours(aim: Array, rules: Rules) -> Array:
    return admit(aim, rules).weights


def with_cash(point: Array, region: Region) -> Case:
    """The same question as `admit`, written out with cash as the last coordinate."""
    groups = tuple(Group(np.append(g.members, False), g.floor, g.cap) for g in region.groups)
    low, high = np.append(region.low, region.low_cash), np.append(region.high, region.high_cash)
    whole = np.append(point, 1.0 - point.sum())
    return Case(whole, low, high, 1.0, groups, whole)


@st.composite
def questions(draw) -> tuple[Array, Rules]:
    count = draw(st.integers(3, 7))
    aim = np.array(draw(st.lists(st.floats(-1.0, 2.0), min_size=count, max_size=count)))
    return aim, draw(rule_sets(count))


# Laws.


def check_closest(way: Admit, aim: Array, rules: Rules) -> None:
    np.testing.assert_allclose(way(aim, rules), by_bisection(with_cash(aim, rules.region))[:-1], atol=1e-10)


@many
@given(questions())
def test_the_goal_is_allowed_and_the_closest(question: tuple[Array, Rules]) -> None:
    aim, rules = question
    goal = admit(aim, rules)
    assert rules.region.contains(goal.weights, tolerance=1e-12)
    assert not goal.relaxed
    check_closest(ours, aim, rules)


@many
@given(questions())
def test_the_goal_is_admitted_as_it_is(question: tuple[Array, Rules]) -> None:
    aim, rules = question
    goal = ours(aim, rules)
    np.testing.assert_allclose(ours(goal, rules), goal, atol=1e-14)
    assert repair(goal, rules).tobytes() == goal.tobytes()


@few
@given(st.data())
def test_a_date_alone_has_the_bits_it_has_among_many(data: st.DataObject) -> None:
    count = data.draw(st.integers(3, 12))
    rules = data.draw(rule_sets(count))
    aims = np.random.default_rng(data.draw(st.integers(0, 99))).normal(1.0 / count, 0.3, (40, count))
    aims[:5] = ours(aims[:5], rules)  # some need no change
    goals = ours(aims, rules)
    assert all(ours(aims[d], rules).tobytes() == goals[d].tobytes() for d in range(40))
    assert ours(aims.reshape(4, 10, count), rules).tobytes() == goals.tobytes()
    assert ours(np.asfortranarray(aims), rules).tobytes() == goals.tobytes()
    assert repair(aims, rules).shape == aims.shape
    assert admit(aims.reshape(4, 10, count), rules).relaxed.shape == (4, 10)


@few
@given(st.data())
def test_permuting_assets_permutes_the_goal(data: st.DataObject) -> None:
    count = 6
    order = np.array(data.draw(st.permutations(range(count))))
    benchmark, aim = data.draw(portfolios(count)), data.draw(portfolios(count))

    def rules(assets, b: Array) -> Rules:
        tilt = MaxTilt(0.2, benchmark=tuple(b), universe=assets)
        return rules_of(tilt, MaxWeight(0.6, Of.CLASS, universe=assets), count=count)

    assets = universe(count)
    before = ours(aim, rules(assets, benchmark))
    after = ours(aim[order], rules(tuple(assets[i] for i in order), benchmark[order]))
    np.testing.assert_allclose(after, before[order], atol=1e-12)


@few
@given(st.data())
def test_a_repair_has_the_least_turnover_of_all(data: st.DataObject) -> None:
    """METHODS 5.1 saw it on 400 random cases; it holds always, for disjoint groups.

    Cash counted, buys equal sales. Where the common level is at most 0 nothing is sold but what its own bound or its
    group's cap forces out; where it is at least 0 nothing is bought but what is forced in. One of the two is the least.
    """
    count = data.draw(st.integers(3, 7))
    held, rules = (
        data.draw(portfolios(count, spare=data.draw(st.sampled_from([1.0, 1.3])))),
        data.draw(rule_sets(count)),
    )
    turnover = one_way(repair(held, rules) - held)
    assert turnover == pytest.approx(least_turnover(held, rules.region), abs=1e-9)


# Worked by hand.


def test_a_class_cap_of_forty_percent() -> None:
    # Equity A0 + A3 at .35 + .25 is .20 above .40, so each gives .10. The excess goes in equal parts to A1, A2 and cash.
    rules = rules_of(MaxWeight(0.4, Of.CLASS, ("equity",), universe(4)), count=4)
    goal = ours(np.array([0.35, 0.20, 0.14, 0.25]), rules)
    np.testing.assert_allclose(goal, [0.25, 0.20 + 0.2 / 3, 0.14 + 0.2 / 3, 0.15], atol=1e-15)


def test_a_tilt_limit() -> None:
    # 60/40, aim 75/25, six percent at most: 66/34.
    rules = rules_of(MaxTilt(0.06, benchmark=(0.6, 0.4), universe=universe(2)), count=2)
    np.testing.assert_allclose(ours(np.array([0.75, 0.25]), rules), [0.66, 0.34], atol=1e-15)


def test_cash_may_stay_cash() -> None:
    aim = np.array([0.3, 0.2])
    assert ours(aim, rules_of(LongOnly(universe(2)), count=2)).tolist() == [0.3, 0.2]


def test_borrowing_up_to_the_cap() -> None:
    # Aim .9 + .7 = 1.6 with 1.5 at most: cash is -.6 and must rise by .1, and the two fall by .05 each.
    rules = rules_of(MaxLeverage(1.5, universe(2)), count=2)
    np.testing.assert_allclose(ours(np.array([0.9, 0.7]), rules), [0.85, 0.65], atol=1e-15)


def test_tilts_are_relaxed_before_positions_and_the_goal_says_so() -> None:
    # A benchmark of 80 % with 5 % of tilt wants at least .75 of A0; the position limit of .40 is never relaxed.
    assets = universe(2)
    rules = rules_of(MaxTilt(0.05, benchmark=(0.8, 0.2), universe=assets), MaxWeight(0.4, universe=assets), count=2)
    goal = admit(np.array([[0.8, 0.2], [0.3, 0.3]]), rules)
    assert goal.relaxed.tolist() == [True, True]
    # (.8, .2, cash 0): A0 falls to .4, and the .4 goes half to A1 (.4 at most, reached) and half to cash.
    np.testing.assert_allclose(goal.weights, [[0.4, 0.4], [0.3, 0.3]], atol=1e-15)
    assert repair(goal.weights, rules) is goal.weights


def test_limits_that_meet_in_one_point_are_met() -> None:
    """A regression: .8 - .7 is .10000000000000009 in floats, above a cap of .1 by nothing that matters."""
    assets = universe(2)
    rules = rules_of(
        MaxTilt(0.7, benchmark=(0.8, 0.2), universe=assets), MaxWeight(0.1, only=("A0",), universe=assets), count=2
    )
    goal = admit(np.array([0.5, 0.5]), rules)
    assert not goal.relaxed
    np.testing.assert_allclose(goal.weights, [0.1, 0.7], atol=1e-15)  # the .4 that A0 gives up: half to A1, half to cash


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_known_is_not_held(bad: float) -> None:
    with pytest.raises(InvariantError, match="finite"):
        repair(np.array([0.1, bad, 0.1]), rules_of(count=3))


@pytest.mark.parametrize("limits", [(), (TrackingError(0.02, (), (0.4, 0.3, 0.3), universe(3)),)])
def test_an_infinite_aim_stops(limits: tuple[Limit, ...]) -> None:
    aim = np.array([[0.3, 0.3, 0.3], [0.1, np.inf, 0.1]])
    with pytest.raises(InvariantError, match="finite"):
        admit(aim, rules_of(*limits, count=3), np.array([np.eye(3)] * 2))


def test_a_date_without_an_aim_is_a_date_without_a_goal() -> None:
    rules = rules_of(MaxWeight(0.4, universe=universe(3)), count=3)
    aim = np.array([[0.5, 0.3, 0.1], [0.1, np.nan, 0.1], [0.2, 0.2, 0.2]])
    goal = admit(aim, rules)
    assert np.isnan(goal.weights).tolist() == [[False] * 3, [True] * 3, [False] * 3]
    assert goal.weights[::2].tobytes() == admit(aim[::2], rules).weights.tobytes()
    assert not goal.relaxed.any()
    assert np.isnan(admit(aim[1], rules).weights).all()


# Bounds on risk.


def test_a_tracking_error_by_hand() -> None:
    # Benchmark 50/40, volatility of A0 20 %, and A1 held at its 40 %: 2 % of tracking error is .02 / .20 = .10 of A0. So
    # 60/40 lies on the bound, and 90/10 comes back to it.
    assets, b = universe(2), (0.5, 0.4)
    only = MaxWeight(0.4, only=("A1",), universe=assets), MinWeight(0.4, only=("A1",), universe=assets)
    rules = rules_of(TrackingError(0.02, (), b, assets), *only, count=2)
    covariance = np.diag([0.04, 0.01])
    goal = admit(np.array([[0.6, 0.4], [0.9, 0.1], [0.55, 0.4]]), rules, np.array([covariance] * 3))
    np.testing.assert_allclose(goal.weights, [[0.6, 0.4], [0.6, 0.4], [0.55, 0.4]], atol=1e-8)
    assert not goal.relaxed.any()


def test_each_date_has_its_own_covariance_and_one_without_has_no_goal() -> None:
    assets = universe(3)
    rules = rules_of(TrackingError(0.02, ("A0", "A1"), (0.4, 0.3, 0.2), assets), count=3)
    calm, wild = np.diag([0.0004] * 3), np.diag([0.16] * 3)
    beside, within = calm.copy(), calm.copy()
    beside[2, :] = beside[:, 2] = np.nan  # not of the group: nobody asks
    within[0, 1] = within[1, 0] = np.nan
    aim = np.tile([0.6, 0.1, 0.2], (4, 1))
    goal = admit(aim, rules, np.array([calm, wild, beside, within])).weights
    assert goal[0].tolist() == goal[2].tolist() == [0.6, 0.1, 0.2]
    # Volatility of 40 %: active weights of A0 and A1 may be .05 together in length, and (.2, -.2) is .283.
    assert np.hypot(*(goal[1, :2] - [0.4, 0.3])) == pytest.approx(0.05, abs=1e-7)
    assert np.isnan(goal[3]).all()
    assert np.isnan(admit(aim, rules).weights).all()  # nobody forecasts


def test_a_bound_out_of_reach_is_set_aside_on_that_date_alone() -> None:
    # The cap holds A0 .20 below the benchmark: with a volatility of 20 % that is a tracking error of 4 % at least.
    assets = universe(2)
    rules = rules_of(TrackingError(0.03, (), (0.5, 0.5), assets), MaxWeight(0.3, only=("A0",), universe=assets), count=2)
    aim = np.tile([0.5, 0.5], (2, 1))
    goal = admit(aim, rules, np.array([np.diag([0.04, 0.04]), np.diag([0.01, 0.01])]))
    assert goal.relaxed.tolist() == [True, False]
    np.testing.assert_allclose(goal.weights[0], [0.3, 0.6], atol=1e-12)  # the .20 given up: half to A1, half to cash


def test_a_date_with_a_bound_alone_is_the_date_among_many() -> None:
    assets, rng = universe(6), np.random.default_rng(4)
    benchmark = tuple(rng.dirichlet(np.ones(7))[:6])
    rules = rules_of(TrackingError(0.03, (), benchmark, assets), MaxWeight(0.5, Of.CLASS, universe=assets), count=6)
    loads = rng.normal(0.0, 0.15, (20, 6, 3))
    covariance = loads @ loads.swapaxes(1, 2) + 0.01 * np.eye(6)
    aim = np.vstack((rng.dirichlet(np.ones(6), 10), np.array(benchmark) + rng.normal(0.0, 0.01, (10, 6))))
    goal = admit(aim, rules, covariance).weights
    assert all(admit(aim[d : d + 1], rules, covariance[d : d + 1]).weights.tobytes() == goal[d].tobytes() for d in range(20))
    for d in range(20):
        assert rules.bounds[0].risk(goal[d], covariance[d]) <= 0.03 + 1e-9


def test_a_date_on_which_the_solver_gives_up_has_no_goal() -> None:
    """Variances of 1 with a correlation of 2: that is no covariance."""
    rules = rules_of(TrackingError(0.02, (), (0.4, 0.4, 0.2), universe(3)), count=3)
    aim = np.array([[0.2, 0.2, 0.1], [0.4, 0.4, 0.2]])
    goal = admit(aim, rules, np.array([3.0 * np.ones((3, 3)) - 2.0 * np.eye(3), np.eye(3)]))
    assert np.isnan(goal.weights).tolist() == [[True] * 3, [False] * 3]
    assert goal.relaxed.tolist() == [False, False]
    exact = rules_of(TrackingError(0.0, (), (0.4, 0.4, 0.2), universe(3)), count=3)
    assert np.isnan(admit(aim[:1], exact, np.array([3.0 * np.ones((3, 3)) - 2.0 * np.eye(3)])).weights).all()


@pytest.mark.parametrize("seed", [113, 1263, 2100])
def test_a_singular_covariance_is_met_all_the_same(seed: int) -> None:
    """A regression: here the solver stops short of an answer, until each asset has a trace of risk of its own."""
    question = problem(np.random.default_rng(seed))
    assert np.linalg.matrix_rank(question.covariance) < len(question.aim)
    goal = admit(question.aim[None], question.rules, question.covariance[None])
    assert question.rules.region.contains(goal.weights, tolerance=1e-9)
    assert all(bound.risk(goal.weights[0], question.covariance) <= bound.most + 1e-9 for bound in question.rules.bounds)


# Groups that overlap.


def test_overlapping_groups_by_hand() -> None:
    # A0 + A1 and A1 + A2 at most .40 each, from .30 .30 .30 (cash .10). By symmetry w = (x, y, x) with x + y = .40, cash
    # .60 - x. Least (x - .3)²·2 + (y - .3)² + (.5 - x)² with y = .4 - x: 4(x - .3) - 2(.1 - x) - 2(.5 - x) = 0, x = .30.
    assets = universe(3)
    caps = [MaxWeight(0.4, Of.GROUP, names, assets) for names in (("A0", "A1"), ("A1", "A2"))]
    rules = rules_of(*caps, count=3)
    assert not rules.region.disjoint
    np.testing.assert_allclose(ours(np.array([0.3, 0.3, 0.3]), rules), [0.3, 0.1, 0.3], atol=1e-9)


def test_overlapping_groups_that_leave_nothing_are_refused_in_words() -> None:
    # A0 and A1 hold 60 % at least, A1 and A2 at most 10 %, A0 at most 40 %: each alone is possible.
    assets = universe(3)
    limits = (
        MinWeight(0.6, Of.GROUP, ("A0", "A1"), assets),
        MaxWeight(0.1, Of.GROUP, ("A1", "A2"), assets),
        MaxWeight(0.4, only=("A0",), universe=assets),
    )
    with pytest.raises(BreachError, match="cannot all be met"):
        admit(np.full((2, 3), 0.3), rules_of(*limits, count=3))


def test_solver_and_closed_form_agree() -> None:
    """A third group around two others brings the solver in, and changes nothing where it is wide."""
    rng, assets = np.random.default_rng(8), universe(8)
    caps = MaxWeight(0.35, Of.CLASS, universe=assets), MinWeight(0.05, universe=assets)
    wide = MaxWeight(1.0, Of.GROUP, ("A0", "A1"), assets)
    closed, solved = rules_of(*caps, count=8), rules_of(*caps, wide, count=8)
    assert closed.region.disjoint
    assert not solved.region.disjoint
    aims = rng.dirichlet(np.ones(8), 30) + rng.normal(0.0, 0.05, (30, 8))
    np.testing.assert_allclose(ours(aims, solved), ours(aims, closed), atol=1e-6)


def test_drift_in_the_last_digits_is_no_breach() -> None:
    held = np.array([0.4 + 5e-13, 0.3])
    assert repair(held, rules_of(MaxWeight(0.4, universe=universe(2)), count=2)) is held


def test_one_asset_and_five_hundred() -> None:
    assert ours(np.array([3.0]), rules_of(count=1)).tolist() == [1.0]
    rules = rules_of(MaxWeight(0.01, universe=universe(500)), MinWeight(0.001, universe=universe(500)), count=500)
    goal = ours(np.random.default_rng(0).normal(0.002, 0.05, (3, 500)), rules)
    assert rules.region.contains(goal, tolerance=1e-15).all()


# An outside oracle.


def test_the_solver_agrees() -> None:
    rng = np.random.default_rng(5)
    assets = universe(9)
    for _ in range(60):
        benchmark = rng.dirichlet(np.ones(9))
        limits = (
            MaxTilt(0.15, benchmark=tuple(benchmark), universe=assets),
            MaxWeight(max(0.45, *_classes(benchmark)), Of.CLASS, universe=assets),
            MinWeight(min(0.2, *_classes(benchmark)), Of.CLASS, ("bonds",), assets),
        )
        rules = rules_of(*limits, count=9)
        aim = rng.normal(0.11, 0.25, 9)
        np.testing.assert_allclose(ours(aim, rules), by_solver(with_cash(aim, rules.region))[:-1], atol=1e-5)


def _classes(w: Array) -> list[float]:
    return [float(w[k::3].sum()) for k in range(3)]


# Planted faults.


def forgets_cash(aim: Array, rules: Rules) -> Array:
    """Always fully invested."""
    region = Region(rules.region.low, rules.region.high, 0.0, 0.0, rules.region.groups)
    return by_bisection(with_cash(aim, region))[:-1]


def forgets_groups(aim: Array, rules: Rules) -> Array:
    region = Region(rules.region.low, rules.region.high, rules.region.low_cash, rules.region.high_cash)
    return by_bisection(with_cash(aim, region))[:-1]


def clips(aim: Array, rules: Rules) -> Array:
    w = np.clip(aim, rules.region.low, rules.region.high)
    return w / max(w.sum(), 1.0)


@pytest.mark.parametrize("fault", [forgets_cash, forgets_groups, clips], ids=lambda fault: fault.__name__)
def test_planted_faults_are_caught(fault: Admit) -> None:
    _all(ours)
    with pytest.raises(AssertionError):
        _all(fault)


def _all(way: Admit) -> None:
    rng = np.random.default_rng(2)
    rules = rules_of(MaxWeight(0.4, Of.CLASS, universe=universe(6)), count=6)
    for _ in range(20):
        check_closest(way, rng.dirichlet(np.ones(7))[:6] * 1.1, rules)


def sells_everything_first(held: Array, rules: Rules) -> Array:
    """A repair that goes through the closest portfolio to nothing at all."""
    return ours(np.zeros_like(held), rules)


def test_a_repair_that_trades_more_is_caught() -> None:
    rules = rules_of(MaxWeight(0.4, Of.CLASS, universe=universe(6)), count=6)
    held = np.array([0.3, 0.1, 0.1, 0.3, 0.1, 0.1])
    assert one_way(repair(held, rules) - held) == pytest.approx(least_turnover(held, rules.region), abs=1e-9)
    assert one_way(sells_everything_first(held, rules) - held) > least_turnover(held, rules.region) + 0.1
