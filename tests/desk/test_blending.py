"""Blends: frameworks side by side, each on its own dates; what they put in adds up, and those that do not decide drift."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import worlds
from trimtab.core.calendar import Frequency, period_ends
from trimtab.core.errors import PolicyError, UsageError
from trimtab.core.terms import CLOSE, TOTAL_RETURN
from trimtab.desk.backtest import backtest
from trimtab.desk.blending import contributions
from trimtab.desk.canonical import differences
from trimtab.desk.dates import decision_view
from trimtab.desk.decide import aims
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy

TIMING = {"signals": {"average": {"use": "trend", "window": "3M"}}, "combine": {"use": "vote"}, "allocator": {"use": "timing"}}
CORE: dict[str, Any] = {"allocator": {"use": "static"}}


def blend(sleeves: dict[str, Any], mix: dict[str, Any] | None = None, **changes: Any) -> Policy:
    values = {
        "signals": {},
        "combine": None,
        "reacher": {"use": "pace"},
        "rules": None,
        "costs": {"use": "linear"},
        "allocator": {"use": "blend", "sleeves": sleeves, "mix": mix or {"use": "equal"}},
    }
    return worlds.policy(**(values | changes))


def alone(sleeve: dict[str, Any], **changes: Any) -> Policy:
    held: dict[str, Any] = {
        "signals": {},
        "combine": None,
        "rules": None,
        "reacher": {"use": "pace"},
        "costs": {"use": "linear"},
    }
    return worlds.policy(**(held | sleeve | changes))


def knowledge(policy: Policy, seed: int = 0, count: int = 420) -> Any:
    world = worlds.market(policy, seed, count=count)
    return aims(policy, decision_view(policy, world)), world


def test_a_blend_of_one_is_that_one() -> None:
    whole, _ = knowledge(blend({"only": TIMING}))
    one, _ = knowledge(alone(TIMING))
    np.testing.assert_array_equal(whole.aim, one.aim)
    assert whole.parts.names == ("only.average",)
    np.testing.assert_array_equal(whole.parts.values, one.parts.values)


def test_core_and_satellite_add_up() -> None:
    mix = {"use": "fixed", "shares": {"core": 0.7, "satellite": 0.3}}
    whole, _ = knowledge(blend({"core": CORE, "satellite": TIMING}, mix))
    one, _ = knowledge(alone(TIMING))
    np.testing.assert_allclose(whole.aim, 0.7 * np.array([0.4, 0.2, 0.3]) + 0.3 * one.aim, rtol=1e-15)
    np.testing.assert_array_equal(whole.sleeves.contributions.sum(axis=0), whole.aim)


def test_a_sleeve_has_a_benchmark_of_its_own() -> None:
    policy = blend({"equity": {"holds": {"A": 0.5, "B": 0.5}}, "bonds": {"holds": {"C": 1.0}}})
    found, _ = knowledge(policy)
    np.testing.assert_allclose(found.aim[-1], [0.25, 0.25, 0.5])


def test_shares_of_inverse_risk_and_of_states() -> None:
    sleeves = {"equity": {"holds": {"A": 1.0}}, "bonds": {"holds": {"C": 1.0}}}
    found, _ = knowledge(blend(sleeves, {"use": "inverse_risk"}, forecast={"use": "ewma", "window": "60D"}))
    risk = np.sqrt(np.diagonal(found.forecast.covariance, axis1=1, axis2=2))
    known = np.isfinite(risk).all(axis=1)
    inverse = 1.0 / risk[known][:, [0, 2]]
    np.testing.assert_allclose(found.aim[known][:, [0, 2]], inverse / inverse.sum(axis=1, keepdims=True), rtol=1e-12)
    assert np.isnan(found.aim[~known]).all()
    by_state = {"use": "by_state", "shares": {"stressed": {"bonds": 1.0}}, "otherwise": {"equity": 0.5, "bonds": 0.5}}
    calm = {"use": "volatility", "window": "20D", "history": "60D", "enter": 0.7, "exit": 0.5}
    told, _ = knowledge(blend(sleeves, by_state, regime=calm))
    stressed = told.regime.probabilities[:, told.regime.states.index("stressed")]
    np.testing.assert_allclose(told.aim[:, 2], stressed + 0.5 * (1.0 - stressed))
    assert set(stressed[np.isfinite(stressed)]) == {0.0, 1.0}


def test_a_sleeve_that_does_not_decide_keeps_its_holdings_which_drift() -> None:
    sleeves = {"equity": {"holds": {"A": 0.6, "B": 0.4}}, "slow": {"holds": {"C": 1.0}, "decide": "quarter-end"}}
    policy = blend(sleeves)
    found, world = knowledge(policy)
    index = world.fields[TOTAL_RETURN][np.searchsorted(world.sessions, found.days.dates)]
    quarters = np.isin(
        np.searchsorted(world.sessions, found.days.dates), period_ends(world.sessions, Frequency.QUARTER_END)[:-1]
    )
    assert found.sleeves.decides[1].tolist() == quarters.tolist()
    first = int(np.flatnonzero(quarters)[0])
    np.testing.assert_allclose(found.aim[first], [0.3, 0.2, 0.5])
    growth = index[first + 1] / index[first]  # equity decides alone: it shares out what the slow one leaves
    slow = 0.5 * growth[2]
    value = slow + 0.3 * growth[0] + 0.2 * growth[1]
    np.testing.assert_allclose(found.aim[first + 1], [0.6 * (1 - slow / value), 0.4 * (1 - slow / value), slow / value])
    assert found.row(first).still is None
    assert found.row(first + 1).still.tolist() == [False, False, True]


def test_nothing_is_traded_in_a_sleeve_that_does_not_decide() -> None:
    sleeves = {"equity": {"holds": {"A": 0.6, "B": 0.4}}, "slow": {"holds": {"C": 1.0}, "decide": "quarter-end"}}
    policy = blend(sleeves, costs={"use": "linear", "bps": 10})
    result = backtest(policy, worlds.market(policy, 1, count=420))
    traded = {d.today.when: {order.asset for order in d.orders} for d in result.decisions}
    quarter = {d.today.when: bool(d.today.aims.sleeves.decides[1, d.today.d]) for d in result.decisions}
    assert any(quarter.values())
    first = result.decisions[0].today.when
    assert all(2 not in assets for when, assets in traded.items() if not quarter[when] and when != first)
    assert all(2 in assets for when, assets in traded.items() if quarter[when])


@given(seed=st.integers(0, 10_000), cut=st.integers(200, 400))
@settings(max_examples=12)
def test_the_future_changes_no_blend(seed: int, cut: int) -> None:
    sleeves = {"fast": TIMING, "slow": {**CORE, "decide": "quarter-end"}}
    policy = blend(sleeves, allocator={"use": "blend", "sleeves": sleeves, "mix": {"use": "equal"}})
    world = worlds.market(policy, seed, count=420)
    full = aims(policy, decision_view(policy, world))
    early = aims(policy, decision_view(policy, worlds.cut(world, cut)))
    np.testing.assert_array_equal(early.aim, full.aim[: len(early)])
    np.testing.assert_array_equal(early.sleeves.decides, full.sleeves.decides[:, : len(early)])
    assert (early.known == full.known[: len(early)]).all()


def test_what_sleeves_look_at_counts_as_known() -> None:
    policy = blend({"fast": TIMING, "slow": {**TIMING, "decide": "quarter-end"}})
    found, _ = knowledge(policy)
    assert (found.known > np.datetime64("1990-01-01")).all()
    assert (found.known <= found.days.cutoffs).all()


def test_paper_holdings_by_hand() -> None:
    weights = np.array([[[1.0, 0.0]] * 2, [[0.0, 0.5]] * 2])  # the second keeps half in cash
    decides = np.array([[True, True], [True, False]])
    growth = np.array([[1.0, 1.0], [2.0, 3.0]])
    put = contributions(weights, np.full((2, 2), 0.5), decides, growth)
    np.testing.assert_allclose(put[:, 0], [[0.5, 0.0], [0.0, 0.25]])
    # then: 1.0 of the first asset, 0.75 of the second, 0.25 cash make 2.0; the first sleeve holds half of it
    np.testing.assert_allclose(put[:, 1], [[0.5, 0.0], [0.0, 0.375]])


def test_off_its_schedules_every_sleeve_is_asked() -> None:
    sleeves = {"fast": TIMING, "slow": {**CORE, "decide": "quarter-end"}}
    policy = blend(sleeves)
    world = worlds.cut(worlds.market(policy, 3, count=420), 405)
    asked = aims(policy, decision_view(policy, world, today=True))
    assert asked.sleeves.decides[:, -1].all()


def test_a_blend_is_written_out_and_read_again() -> None:
    policy = blend({"core": CORE, "satellite": {**TIMING, "decide": "quarter-end", "holds": {"A": 1.0}}})
    form = policy.identity.canonical
    written = {key: part for key, part in form.items() if part is not None}
    again = policy_from(written)
    assert again.sha256 == policy.sha256
    other = blend({"core": CORE, "satellite": {**TIMING, "holds": {"A": 1.0}}})
    assert differences(form, other.identity.canonical) == ("allocator sleeves satellite decide removed (quarter-end)",)


@pytest.mark.parametrize(
    ("allocator", "said"),
    [
        ({"use": "blend", "sleeves": {}, "mix": {"use": "equal"}}, "blend of nothing"),
        ({"use": "blend", "sleeves": {"a": CORE}, "mix": {"use": "fixed", "shares": {"b": 1.0}}}, "'b' is no sleeve"),
        ({"use": "blend", "sleeves": {"a": CORE}, "mix": {"use": "fixed", "shares": {"a": 0.7}}}, "add up to 0.7, not to 1"),
        ({"use": "blend", "sleeves": {"a": {"holds": {"Z": 1.0}}}, "mix": {"use": "equal"}}, "'Z' is not in the universe"),
        (
            {"use": "blend", "sleeves": {"a": {"holds": {"A": 0.7, "B": 0.7}}}, "mix": {"use": "equal"}},
            "adds up to 1.4, above 1",
        ),
        ({"use": "blend", "sleeves": {"a": {"holdings": {}}}, "mix": {"use": "equal"}}, "unknown key"),
        (
            {"use": "blend", "sleeves": {"a": {"signals": {"t": {"use": "trendy"}}}}, "mix": {"use": "equal"}},
            "'trendy' is none",
        ),
        ({"use": "blend", "sleeves": {"a": CORE}, "mix": {"use": "inverse_risk"}}, "needs a covariance"),
        (
            {"use": "blend", "sleeves": {"a": CORE}, "mix": {"use": "by_state", "shares": {}, "otherwise": {"a": 1.0}}},
            "needs the state of the market",
        ),
    ],
)
def test_what_does_not_fit_is_pointed_to(allocator: dict[str, Any], said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        worlds.policy(signals={}, combine=None, allocator=allocator)


def test_a_sleeve_with_dates_of_its_own_needs_a_first_date() -> None:
    with pytest.raises(PolicyError, match="no `since`"):
        blend({"a": CORE, "b": {**CORE, "decide": "quarter-end"}}, since=None)


def test_a_blend_cannot_be_asked_without_a_desk() -> None:
    policy = blend({"a": CORE})
    found, _ = knowledge(policy)
    with pytest.raises(UsageError, match="cannot be asked"):
        policy.allocator(found.scores, found.regime, found.forecast)


def test_the_words_tell_each_sleeve() -> None:
    policy = blend({"core": CORE, "slow": {**TIMING, "decide": "quarter-end"}})
    said = " ".join(policy.words)
    assert "a blend by equal shares of core: those of the benchmark; slow:" in said
    assert "decided at quarter-end" in said
    assert "Signal slow.average" in said


def test_the_words_tell_what_a_sleeve_holds_where_that_is_its_own() -> None:
    policy = blend({"core": {"holds": {"A": 0.6, "B": 0.4}}, "rest": CORE})
    assert "core: those of the benchmark, the benchmark being its own (A 60 %, B 40 %); rest:" in " ".join(policy.words)


def test_a_missing_price_of_the_close_does_not_stop_the_drift() -> None:
    sleeves = {"equity": {"holds": {"A": 0.6, "B": 0.4}}, "slow": {"holds": {"C": 1.0}, "decide": "quarter-end"}}
    policy = blend(sleeves)
    world = worlds.market(policy, 5, count=420)
    closes = world.fields[CLOSE].copy()
    gap = int(np.searchsorted(world.sessions, decision_view(policy, world).days.dates[5]))
    index = world.fields[TOTAL_RETURN].copy()
    closes[gap, 2] = index[gap, 2] = np.nan
    broken = replace(world, fields={**world.fields, CLOSE: closes, TOTAL_RETURN: index})
    assert np.isfinite(aims(policy, decision_view(policy, broken)).aim[3:]).all()


def test_sleeves_that_never_decide_on_the_same_date_begin_all_the_same() -> None:
    """Regression: until all decided on one date nothing was known of any of them, though each had decided long ago."""
    weights = np.array([[[1.0, 0.0]] * 4, [[0.0, 0.5]] * 4])
    decides = np.array([[True, False, True, False], [False, True, False, False]])
    growth = np.array([[1.0, 1.0], [2.0, 1.0], [1.0, 1.0], [1.0, 3.0]])
    put = contributions(weights, np.full((2, 4), 0.5), decides, growth)
    # first: half in A, the other half waits as cash. Then A doubles: 1.0 of 1.5; the second begins with what is left, 1/3
    np.testing.assert_allclose(put[0, :2], [[0.5, 0.0], [2.0 / 3.0, 0.0]])
    assert np.isnan(put[1, 0]).all()
    np.testing.assert_allclose(put[1, 1], [0.0, 1.0 / 6.0])
    # third: the first decides alone, on the 2/3 that the other leaves. Fourth: B trebles, from 1/6 to 3/6 of 8/6
    np.testing.assert_allclose(put[:, 2], [[2.0 / 3.0, 0.0], [0.0, 1.0 / 6.0]])
    np.testing.assert_allclose(put[:, 3], [[0.5, 0.0], [0.0, 0.375]])


def test_weekly_and_monthly_sleeves_start_within_a_month() -> None:
    sleeves = {"week": {**CORE, "decide": "week-end"}, "month": {"holds": {"C": 1.0}, "decide": "month-end"}}
    found, _ = knowledge(blend(sleeves), count=120)
    known = np.isfinite(found.aim).all(axis=1)
    assert known[5:].all()
    np.testing.assert_allclose(found.sleeves.contributions.sum(axis=0)[known], found.aim[known])


def test_what_a_deciding_sleeve_leaves_is_sold_though_another_holds_it_too() -> None:
    """The fast sleeve goes from A and C to cash; the slow one holds A until the quarter's end. Of A only its part stays."""
    trend = {"signals": {"trend": {"use": "trend", "window": "2M"}}, "combine": {"use": "vote"}}
    fast = {**trend, "holds": {"A": 0.5, "C": 0.5}, "allocator": {"use": "timing"}}
    sleeves = {"slow": {"holds": {"A": 1.0}, "decide": "quarter-end"}, "fast": fast}
    policy = blend(sleeves)
    result = backtest(policy, worlds.market(policy, 1, count=420))
    put = {d.today.when: d.today.aims.sleeves.contributions[:, d.today.d] for d in result.decisions}
    left = [
        (before, now)
        for before, now in pairwise(result.decisions)
        if not now.today.aims.sleeves.decides[0, now.today.d]
        and put[before.today.when][1, 0] > 0.0
        and put[now.today.when][1, 0] == 0.0
    ]
    assert left
    for _, now in left:
        assert now.today.still is None or not now.today.still[0]
        assert now.target[0] == pytest.approx(now.today.aim[0], abs=1e-9)
