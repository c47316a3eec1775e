"""No-trade bands: laws, worked examples, planted faults."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.construction.reference import aims_of, book_of, portfolios, rule_sets, rules_of, universe
from trimtab.construction.admit import admit, repair
from trimtab.construction.bands import To, sent, widths
from trimtab.construction.limits import MaxWeight, Of
from trimtab.construction.pace import Pace
from trimtab.construction.standing import Standing
from trimtab.construction.turnover import MaxTurnover
from trimtab.core.arrays import Array
from trimtab.core.errors import BreachError, InvariantError, ParameterError
from trimtab.core.region import Region
from trimtab.core.rules import Rules, one_way
from trimtab.core.trades import Reach

many = settings(max_examples=60, deadline=None)
BANDS = [Pace(each=0.05), Pace(relative=0.25), Pace(each=0.05, relative=0.25)]
GOAL = np.array([0.6, 0.3])


def go(pace: Pace, held: Array, goal: Array = GOAL, rules: Rules | None = None, *, funded: bool = True) -> Reach:
    rules = rules or rules_of(count=len(goal))
    return pace(aims_of(goal), book_of(held, funded=funded), rules, None)  # type: ignore[arg-type]


# Laws.


@pytest.mark.parametrize("to", To)
@pytest.mark.parametrize("pace", BANDS, ids=lambda pace: pace.words[-60:])
@many
@given(data=st.data())
def test_what_is_inside_stays_and_what_is_outside_goes_to_its_place(pace: Pace, to: To, data: st.DataObject) -> None:
    count = data.draw(st.integers(3, 6))
    rules = data.draw(rule_sets(count))
    held, goal = data.draw(portfolios(count)), admit(data.draw(portfolios(count)), rules).weights
    base, width = repair(held, rules), widths(goal, pace.each, pace.relative)
    reach = go(replace(pace, to=to), held, goal, rules)
    assert rules.region.contains(reach.target, tolerance=1e-11)
    if (np.abs(base - goal) <= width).all():
        np.testing.assert_allclose(reach.target, base, rtol=0.0, atol=1e-300)  # half of the smallest number is nothing to go
        assert reach.share == (1.0 if one_way(goal - base) == 0.0 else 0.0)
    elif to is To.TARGET:
        assert reach.target.tobytes() == goal.tobytes()
    elif (np.abs(base - goal) > width * (1.0 + 1e-9)).any():
        edge = go(replace(pace, to=To.EDGE), held, goal, rules).target
        assert (np.abs(edge - goal) <= width + 1e-12).all()
        assert edge.sum() == pytest.approx(goal.sum(), abs=1e-12)
        np.testing.assert_allclose(reach.target, edge if to is To.EDGE else 0.5 * (edge + goal), atol=1e-12)
        # Nothing between the edge and the goal is closer to what is held, cash counted like the others.
        way, back = goal - edge, base - edge
        assert back @ way + back.sum() * way.sum() <= 1e-11


@many
@given(st.data())
def test_accounts_among_many_have_the_answers_they_have_alone(data: st.DataObject) -> None:
    rules = data.draw(rule_sets(4))
    goal = admit(data.draw(portfolios(4)), rules).weights
    held = np.array([data.draw(portfolios(4)) for _ in range(6)])
    pace = Pace(
        data.draw(st.sampled_from([0.0, 0.02])), 0.05, data.draw(st.sampled_from([0.0, 0.2])), data.draw(st.sampled_from(To))
    )
    together = go(pace, held, goal, rules)
    for v in range(6):
        alone = go(pace, held[v], goal, rules)
        assert alone.target.tobytes() == together.target[v].tobytes()
        assert alone.share == together.share[v]


# Worked by hand. The goal is 60/30 and 10 % of cash.


def test_an_absolute_band() -> None:
    # .64/.28 is out by .04 and .02: within .05 of everything, it stays. At .66/.28 A0 is out by .06.
    inside, outside = np.array([0.64, 0.28]), np.array([0.66, 0.28])
    assert go(Pace(each=0.05), inside).target.tolist() == inside.tolist()
    assert go(Pace(each=0.05), outside).target.tolist() == GOAL.tolist()
    # To the edge: cash must be .10, so A0 falls and A1 rises along .90 in all: from (.66, .28) with .06 in cash the plane is
    # .04 away, .02 each: (.64, .26), which is within .05 of both.
    np.testing.assert_allclose(go(Pace(each=0.05, to=To.EDGE), outside).target, [0.64, 0.26], atol=1e-15)
    np.testing.assert_allclose(go(Pace(each=0.05, to=To.HALF), outside).target, [0.62, 0.28], atol=1e-15)


def test_the_nearest_edge_where_cash_has_its_weight_already() -> None:
    # .67/.23 is out by .07 and .07, band .05: the edge is .65/.25, half-way .625/.275.
    held = np.array([0.67, 0.23])
    np.testing.assert_allclose(go(Pace(each=0.05, to=To.EDGE), held).target, [0.65, 0.25], atol=1e-15)
    np.testing.assert_allclose(go(Pace(each=0.05, to=To.HALF), held).target, [0.625, 0.275], atol=1e-15)


def test_a_relative_band() -> None:
    # A tenth of .60 is .06, of .30 it is .03. .65/.28 stays; .63/.26 is out, by A1: the edge is .27 of it and .63.
    assert go(Pace(relative=0.1), np.array([0.65, 0.28])).share == 0.0
    held = np.array([0.64, 0.26])
    np.testing.assert_allclose(go(Pace(relative=0.1, to=To.EDGE), held).target, [0.63, 0.27], atol=1e-15)


def test_five_and_twenty_five() -> None:
    # .05 for the weight of .60, a quarter of .10 is .025.
    np.testing.assert_allclose(widths(np.array([0.6, 0.1, 0.0]), 0.05, 0.25), [0.05, 0.025, 0.0])


def test_at_the_edge_is_inside() -> None:
    # .65 - .60 is .050000000000000044, and a tie is a tie.
    held = np.array([0.65, 0.25])
    assert go(Pace(each=0.05), held).target.tolist() == held.tolist()


def test_either_band_holds() -> None:
    held = np.array([0.64, 0.26])  # one-way .04
    assert go(Pace(band=0.05, each=0.01), held).share == 0.0
    assert go(Pace(band=0.01, each=0.05), held).share == 0.0
    assert go(Pace(band=0.03, each=0.03), held).target.tolist() == GOAL.tolist()


def test_the_budget_goes_part_of_the_way_to_the_edge() -> None:
    rules = rules_of(MaxTurnover(0.01, universe=universe(2)), count=2)
    reach = go(Pace(each=0.05, to=To.EDGE), np.array([0.67, 0.23]), rules=rules)
    np.testing.assert_allclose(reach.target, [0.66, 0.24], atol=1e-15)
    assert reach.share == pytest.approx(0.5)


def test_first_funding_and_repairs_know_no_band() -> None:
    assert go(Pace(each=0.9, to=To.EDGE), np.zeros(2), funded=False).target.tolist() == GOAL.tolist()
    rules = rules_of(MaxWeight(0.62, only=("A0",), universe=universe(2)), count=2)
    np.testing.assert_allclose(go(Pace(each=0.05), np.array([0.64, 0.26]), rules=rules).target, [0.62, 0.27], atol=1e-15)


def test_where_the_edge_is_not_found_the_goal_is_gone_to() -> None:
    class Blind(Standing):
        def within(self, points: Array, inside: Region) -> Array:
            raise BreachError("the solver gives up")

    blind = Blind(np.array([0.67, 0.23]), Region.everything(2))
    assert sent(blind, GOAL, np.full(2, 0.05), To.EDGE).tolist() == GOAL.tolist()


def test_at_the_door_and_in_a_sentence() -> None:
    with pytest.raises(ParameterError, match=r"did you mean 0\.05\?"):
        Pace(each=5.0)
    with pytest.raises(InvariantError, match="goal"):
        go(Pace(each=0.05), GOAL, np.array([0.5, np.nan]))
    assert Pace(0.01, 0.05, 0.25, To.EDGE).words == (
        "all the way to them, or as far as turnover budgets allow; a drift of up to 1 % is left alone; so is everything until "
        "an asset is out by more than 5 % of the portfolio or 25 % of its weight, then the nearest edge is gone to"
    )


# Planted faults.


def clips(held: Array, goal: Array, width: float) -> Array:
    """Each asset to its own edge, whatever that does to cash."""
    return np.clip(held, goal - width, goal + width)


def to_the_other_edge(held: Array, goal: Array, width: float) -> Array:
    return np.clip(2.0 * goal - held, goal - width, goal + width)


def ours(held: Array, goal: Array, width: float) -> Array:
    return go(Pace(each=width, to=To.EDGE), held, goal).target


@pytest.mark.parametrize("fault", [clips, to_the_other_edge], ids=lambda fault: fault.__name__)
def test_planted_faults_are_caught(fault) -> None:
    check(ours)
    with pytest.raises(AssertionError):
        check(fault)


def check(way) -> None:
    np.testing.assert_allclose(way(np.array([0.67, 0.23]), GOAL, 0.05), [0.65, 0.25], atol=1e-12)
    np.testing.assert_allclose(way(np.array([0.70, 0.29]), GOAL, 0.05), [0.65, 0.25], atol=1e-12)


def test_the_edge_keeps_a_class_cap() -> None:
    # Equity A0 and A3, .45 at most and at it in the goal. A0 is .10 over with a band of .05; what it gives up may not go to A3.
    assets = universe(4)
    rules = rules_of(MaxWeight(0.45, Of.CLASS, ("equity",), assets), count=4)
    goal = np.array([0.30, 0.25, 0.25, 0.15])
    target = go(Pace(each=0.05, to=To.EDGE), np.array([0.40, 0.25, 0.25, 0.05]), goal, rules).target
    assert target[0] + target[3] <= 0.45 + 1e-12
    np.testing.assert_allclose(target, [0.35, 0.25, 0.25, 0.10], atol=1e-12)


@pytest.mark.parametrize("to", [To.EDGE, To.HALF])
def test_an_edge_without_bands_of_assets_is_refused(to: To) -> None:
    """Regression: it was passed over, and a band of the whole portfolio traded all the way to the goal."""
    with pytest.raises(ParameterError, match=f"to is {to.value}, and no asset has a band"):
        Pace(band=0.05, to=to)
