"""How far to go today: laws, METHODS' exact case, voices that agree, planted faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.construction.reference import aims_of, book_of, portfolios, rule_sets, rules_of, universe
from trimtab.construction.admit import admit, repair
from trimtab.construction.limits import MaxTilt, MaxWeight, MinWeight, Of
from trimtab.construction.liquidity import MaxParticipation
from trimtab.construction.pace import Pace
from trimtab.construction.restricted import Locked
from trimtab.construction.turnover import MaxTurnover
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.rules import Rule, Rules, one_way
from trimtab.core.trades import Book, Reach
from trimtab.core.values import Dealing

many = settings(max_examples=60, deadline=None)
Reacher = Callable[[Array, Book, Rules], Reach]


def ours(goal: Array, book: Book, rules: Rules, *, band: float = 0.0) -> Reach:
    return Pace(band)(aims_of(goal), book, rules, None)  # type: ignore[arg-type]


def with_budget(rules: Rules, at_most: float) -> Rules:
    return Rules((*rules.rules, Rule(MaxTurnover(at_most, universe=universe(rules.count)))), rules.count)


@st.composite
def mornings(draw, *, tight: bool = True) -> tuple[Array, Book, Rules]:
    """A goal, a book that may break limits, and rules with a budget of which some is used."""
    count = draw(st.integers(3, 6))
    rules = with_budget(draw(rule_sets(count)), draw(st.sampled_from([0.0, 0.05, 0.2]) if tight else st.just(1.0)))
    goal = admit(draw(portfolios(count)), rules).weights
    used = draw(st.floats(0.0, 0.3)) if tight else 0.0
    return goal, book_of(draw(portfolios(count)), fills={"2024-04-30": used}), rules


# Laws.


def check_reach(way: Reacher, goal: Array, book: Book, rules: Rules) -> None:
    """Inside the limits, within the budget once repaired, and on the straight way to the goal."""
    reach = way(goal, book, rules)
    assert np.isfinite(reach.target).all()
    assert rules.region.contains(reach.target, tolerance=1e-11)
    base = repair(book.held, rules)
    moved = reach.target - base
    spent = 0.5 * (abs(moved).sum() + abs(moved.sum()))
    assert spent <= rules.left(book) + 1e-12
    np.testing.assert_allclose(reach.target, base + reach.share * (goal - base), atol=1e-15)
    wanted = goal - base
    whole = 0.5 * (abs(wanted).sum() + abs(wanted.sum()))
    assert spent == pytest.approx(min(whole, float(rules.left(book))), abs=1e-12)


@many
@given(mornings())
def test_the_target_is_allowed_and_within_the_budget(morning: tuple[Array, Book, Rules]) -> None:
    check_reach(ours, *morning)


@many
@given(mornings())
def test_the_gate_agrees(morning: tuple[Array, Book, Rules]) -> None:
    """Every limit's `breach` accepts what pace proposes, seen from the repaired book: a repair is exempt."""
    goal, book, rules = morning
    reach = ours(goal, book, rules)
    assert rules.breaches(reach.target, replace(book, held=reach.base)) == ()
    if one_way(reach.base - book.held) > rules.left(book) + 1e-9:  # such a repair alone is more than the budget
        assert [breach.rule.limit.words for breach in rules.breaches(reach.target, book)] == [rules.rules[-1].limit.words]


@many
@given(mornings(tight=False))
def test_with_room_the_target_is_the_goal(morning: tuple[Array, Book, Rules]) -> None:
    goal, book, rules = morning
    reach = ours(goal, book, rules)
    assert reach.target.tobytes() == goal.tobytes()
    assert reach.share == 1.0


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_an_account_alone_has_the_bits_it_has_among_many(data: st.DataObject) -> None:
    goal, book, rules = data.draw(mornings())
    held = np.random.default_rng(3).dirichlet(np.ones(len(goal) + 1), 30)[:, :-1]
    held[:3] = goal
    used = np.random.default_rng(4).uniform(0.0, 0.1, 30)
    moves = np.zeros((1, 30, len(goal) + 1))
    moves[0, :, 0] = used
    past = replace(book.turnover, moves=moves)
    together = ours(goal, replace(book, held=held, turnover=past), rules)
    for v in range(30):
        one = replace(book, held=held[v], turnover=replace(past, moves=moves[:, v]))
        alone = ours(goal, one, rules)
        assert alone.target.tobytes() == together.target[v].tobytes()
        assert (alone.share, alone.left) == (together.share[v], together.left[v])
        assert alone.base.tobytes() == together.base[v].tobytes()


@many
@given(mornings(), st.floats(0.0, 0.4))
def test_a_band_holds_or_changes_nothing(morning: tuple[Array, Book, Rules], band: float) -> None:
    goal, book, rules = morning
    free, held = ours(goal, book, rules), ours(goal, book, rules, band=band)
    if 0.0 < one_way(goal - free.base) <= band:
        assert held.share == 0.0
        assert held.target.tobytes() == held.base.tobytes()
    else:
        assert held.target.tobytes() == free.target.tobytes()


# Worked by hand.


def test_the_exact_case_of_the_methods() -> None:
    """Turnover of 35 % wanted, 8 % of a cap of 20 % used: 12/35 of the way."""
    rules = rules_of(MaxTurnover(0.20, universe=universe(2)), count=2)
    book = book_of(np.array([0.75, 0.25]), when="2024-05-31", fills={"2024-03-28": 0.15, "2024-04-30": 0.08})
    reach = ours(np.array([0.40, 0.60]), book, rules)
    assert reach.left == pytest.approx(0.12, abs=1e-15)
    assert reach.share == pytest.approx(0.342857, abs=5e-7)
    np.testing.assert_allclose(reach.target, [0.75 - 0.12, 0.25 + 0.12], atol=1e-15)


def test_the_cash_leg_counts() -> None:
    # From cash to 30 % in one asset is 30 % one way, not 15; a budget of .20 goes two thirds of the way.
    rules = rules_of(MaxTurnover(0.20, universe=universe(2)), count=2)
    reach = ours(np.array([0.3, 0.0]), book_of(np.array([0.0, 0.0])), rules)
    assert reach.share == pytest.approx(2.0 / 3.0, abs=1e-15)
    np.testing.assert_allclose(reach.target, [0.2, 0.0], atol=1e-15)


def test_a_repair_needs_no_budget() -> None:
    # .70 of A0 with .50 at most: .20 must go, half to A1 and half to cash, though the budget is used up.
    assets = universe(2)
    rules = rules_of(MaxWeight(0.5, universe=assets), MaxTurnover(0.1, universe=assets), count=2)
    book = book_of(np.array([0.7, 0.3]), fills={"2024-04-30": 0.1})
    reach = ours(np.array([0.5, 0.5]), book, rules)
    np.testing.assert_allclose(reach.target, [0.5, 0.4], atol=1e-15)
    np.testing.assert_allclose(reach.base, reach.target)
    assert (reach.share, reach.left) == (0.0, 0.0)


def test_first_funding_knows_no_budget_and_no_band() -> None:
    rules = rules_of(MaxTurnover(0.05, universe=universe(2)), count=2)
    reach = ours(np.array([0.6, 0.4]), book_of(np.zeros(2), funded=False), rules, band=1.0)
    assert reach.target.tolist() == [0.6, 0.4]
    assert reach.left == np.inf


def test_what_is_held_already_is_the_whole_way() -> None:
    held = np.array([0.6, 0.4])
    for rules in (rules_of(count=2), rules_of(MaxTurnover(0.0, universe=universe(2)), count=2)):
        reach = ours(held, book_of(held), rules, band=0.1)
        assert reach.share == 1.0
        assert reach.target.tolist() == [0.6, 0.4]


def test_a_drift_at_the_edge_of_the_band_is_held() -> None:
    # 63/37 against 60/40 is a drift of 3 %: .63 - .60 is .030000000000000027, and a tie is a tie.
    book, goal = book_of(np.array([0.63, 0.37])), np.array([0.6, 0.4])
    assert ours(goal, book, rules_of(count=2), band=0.03).target.tolist() == [0.63, 0.37]
    assert ours(goal, book, rules_of(count=2), band=0.0299).target.tolist() == [0.6, 0.4]


def test_relaxed_tilts_do_not_stand_in_the_way() -> None:
    assets = universe(2)
    tilt = MaxTilt(0.05, benchmark=(0.8, 0.2), universe=assets)
    rules = rules_of(tilt, MaxWeight(0.4, universe=assets), MaxTurnover(0.05, universe=assets), count=2)
    held = np.array([0.2, 0.4])
    reach = ours(admit(np.array([0.4, 0.4]), rules).weights, book_of(held), rules)
    np.testing.assert_allclose(reach.target, [0.25, 0.4], atol=1e-15)


def test_nan_stops() -> None:
    with pytest.raises(InvariantError, match="goal"):
        ours(np.array([0.5, np.nan]), book_of(np.array([0.5, 0.5])), rules_of(count=2))
    with pytest.raises(InvariantError, match="finite"):
        ours(np.array([0.5, 0.5]), book_of(np.array([0.5, np.nan])), rules_of(count=2))


def test_a_band_is_a_fraction() -> None:
    with pytest.raises(ParameterError, match=r"did you mean 0\.03\?"):
        Pace(band=3.0)


def test_accounts_that_all_go_the_whole_way_have_a_target_each() -> None:
    """A regression: one goal for all of them was one target for all of them."""
    reach = ours(np.array([0.6, 0.4]), book_of(np.array([[0.5, 0.5], [0.7, 0.2], [0.6, 0.4]])), rules_of(count=2))
    assert reach.target.tolist() == [[0.6, 0.4]] * 3
    assert reach.share.shape == (3,)


# Windows, locks and groups' budgets.


def trading(held: Array, adv: Array, **more: object) -> Book:
    """An account worth 100."""
    return replace(book_of(held, **more), dealing=Dealing(adv, np.full(adv.shape, 0.01)))  # type: ignore[arg-type]


def test_the_goal_is_brought_inside_what_the_market_takes() -> None:
    # Goal 20/60 from 60/20: A0 may trade .10, A1 .50. A0 stops at .50; what it keeps of A0, .30, comes half from A1, half from
    # cash of .20 - which may end at .05.
    limits = (MaxParticipation(0.1, universe=universe(2)),)
    reach = ours(np.array([0.2, 0.6]), trading(np.array([0.6, 0.2]), np.array([100.0, 500.0])), rules_of(*limits, count=2))
    np.testing.assert_allclose(reach.target, [0.5, 0.45], atol=1e-12)
    assert reach.share == 1.0
    assert reach.relaxed == ()


def test_windows_come_before_budgets() -> None:
    # The same with 6 % of turnover: one-way to .50/.45 is .25, so 24 % of the way.
    limits = MaxParticipation(0.1, universe=universe(2)), MaxTurnover(0.06, universe=universe(2))
    reach = ours(np.array([0.2, 0.6]), trading(np.array([0.6, 0.2]), np.array([100.0, 500.0])), rules_of(*limits, count=2))
    assert reach.share == pytest.approx(0.24)
    np.testing.assert_allclose(reach.target, [0.576, 0.26], atol=1e-12)


def test_a_group_with_its_own_budget_slows_the_whole_way() -> None:
    # Equity may turn .02; the way takes .08 out of it: a quarter of the way for everybody.
    rules = rules_of(MaxTurnover(0.02, universe=universe(3), only=("equity",)), count=3)
    reach = ours(np.array([0.3, 0.5, 0.2]), book_of(np.array([0.38, 0.3, 0.2])), rules)
    assert reach.share == pytest.approx(0.25)
    np.testing.assert_allclose(reach.target, [0.36, 0.35, 0.2], atol=1e-12)
    assert reach.left == np.inf


def test_what_was_relaxed_for_the_repair_is_recorded() -> None:
    limits = MaxWeight(0.4, universe=universe(2)), MaxParticipation(0.1, universe=universe(2))
    reach = ours(np.array([0.2, 0.4]), trading(np.array([0.6, 0.2]), np.array([10.0, 500.0])), rules_of(*limits, count=2))
    assert reach.relaxed == ("turnover",)
    assert reach.target[0] == pytest.approx(0.4)


def test_accounts_with_windows_have_the_answers_they_have_alone() -> None:
    assets = universe(4)
    limits = MaxParticipation(0.1, universe=assets), Locked(("A2",), assets), MaxTurnover(0.1, universe=assets)
    rules = rules_of(*limits, MaxWeight(0.4, Of.CLASS, universe=assets), count=4)
    held = np.random.default_rng(2).dirichlet(np.ones(5), 6).reshape(2, 3, 5)[..., :4]
    book = trading(held, np.array([50.0, 100.0, 10.0, np.nan]), fills={"2024-04-30": 0.02})
    goal = np.array([0.3, 0.3, 0.2, 0.1])
    together = ours(goal, book, rules)
    assert together.target.shape == (2, 3, 4)
    assert together.share.shape == together.left.shape == (2, 3)
    for row in np.ndindex(2, 3):
        alone = ours(goal, replace(book, held=held[row]), rules)
        assert alone.target.tobytes() == together.target[row].tobytes()
        assert alone.share == together.share[row]
    assert (together.target[..., 2] == held[..., 2]).all()


def test_a_goal_that_is_not_known_stops_with_windows_as_well() -> None:
    rules = rules_of(Locked(("A0",), universe(2)), count=2)
    with pytest.raises(InvariantError, match="goal"):
        ours(np.array([0.5, np.nan]), book_of(np.array([0.5, 0.5])), rules)


# Planted faults.


def _going(goal: Array, base: Array, left: Array, turn: float) -> Reach:
    share = np.asarray(1.0 if turn <= left else float(left) / turn)
    return Reach(base + share * (goal - base), base, share, left)


def forgets_the_cash_leg(goal: Array, book: Book, rules: Rules) -> Reach:
    base = repair(book.held, rules)
    return _going(goal, base, rules.left(book), 0.5 * abs(goal - base).sum())


def forgets_to_repair(goal: Array, book: Book, rules: Rules) -> Reach:
    return _going(goal, book.held, rules.left(book), float(one_way(goal - book.held)))


def forgets_the_budget(goal: Array, book: Book, rules: Rules) -> Reach:
    return _going(goal, repair(book.held, rules), np.asarray(np.inf), 1.0)


def counts_both_ways(goal: Array, book: Book, rules: Rules) -> Reach:
    base = repair(book.held, rules)
    return _going(goal, base, rules.left(book), 2.0 * float(one_way(goal - base)))


def repairs_with_the_budget(goal: Array, book: Book, rules: Rules) -> Reach:
    """The single programme that METHODS warns of: no answer where a repair needs more than the budget."""
    base = repair(book.held, rules)
    half = _going(base, book.held, rules.left(book), float(one_way(base - book.held)))
    return Reach(half.target, book.held, half.share, half.left)


FAULTS = [forgets_the_cash_leg, forgets_to_repair, forgets_the_budget, counts_both_ways, repairs_with_the_budget]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_planted_faults_are_caught(fault: Reacher) -> None:
    _all(ours)
    with pytest.raises(AssertionError):
        _all(fault)


def _all(way: Reacher) -> None:
    assets = universe(6)
    limits = MaxWeight(0.4, Of.CLASS, universe=assets), MinWeight(0.05, universe=assets)
    rules = rules_of(*limits, MaxTurnover(0.2, universe=assets), count=6)
    rng = np.random.default_rng(6)
    for _ in range(30):
        held, aim = rng.dirichlet(np.ones(7), 2)[:, :6]
        check_reach(way, admit(aim, rules).weights, book_of(held, fills={"2024-04-30": 0.1}), rules)
