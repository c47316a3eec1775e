"""Rotation: laws, hand-worked cases, both gates of global equities momentum as policies, awkward inputs, planted faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.construction.reference import nothing_known, scores_of, universe
from tests.desk import worlds
from trimtab.construction.rotation import Rotation, Weigh
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.terms import MONTH, TOTAL_RETURN
from trimtab.core.values import Aims, Forecast, Scores
from trimtab.desk.backtest import backtest
from trimtab.desk.dates import decision_view
from trimtab.desk.decide import aims

NAN = float("nan")
SCORE = st.one_of(st.just(NAN), st.sampled_from([-1.0, 0.0, 1.0, 1.0, 2.0]), st.floats(-2.0, 2.0))
many = settings(max_examples=80, deadline=None)
Call = Callable[[Rotation, Scores], Array]


def ours(rotation: Rotation, scores: Scores) -> Array:
    return rotation(scores, *nothing_known(scores))


def one_by_one(rotation: Rotation, scores: Scores) -> Array:
    """Equal places, asset by asset, on scores without ties at the edge."""
    assets, rows = rotation.universe, []
    refuge = [i for i, a in enumerate(assets) if {a.id, a.asset_class} & set(rotation.refuge)]
    for row in scores.values.tolist():
        among = [
            i
            for i, a in enumerate(assets)
            if ({a.id, a.asset_class} & set(rotation.among) if rotation.among else i not in refuge)
            and row[i] == row[i]
            and (rotation.above is None or row[i] > rotation.above)
        ]
        held = sorted(among, key=lambda i: -row[i])[: rotation.top]
        weights = [0.0] * len(row)
        for i in held:
            weights[i] += 1.0 / rotation.top
        for i in refuge:
            weights[i] += (1.0 - len(held) / rotation.top) / len(refuge)
        rows.append(weights)
    return np.array(rows)


@st.composite
def cases(draw, *, ties: bool = True) -> tuple[Rotation, Scores]:
    count = draw(st.integers(3, 6))
    rows = draw(st.lists(st.lists(SCORE, min_size=count, max_size=count, unique=not ties), min_size=1, max_size=4))
    refuge = draw(st.sampled_from([(), ("A1",), ("bonds",), ("A0", "A2")]))
    among = draw(st.sampled_from([(), ("A0", "A1", "A2"), ("equity", "real")]))
    above = draw(st.sampled_from([None, 0.0, -0.5]))
    most = 1 if not among and len(refuge) == 2 and count == 3 else 2
    rotation = Rotation(draw(st.integers(1, most)), among, above, refuge, universe=universe(count))
    return rotation, scores_of(*rows)


# Laws.


def check_reference(way: Call, rotation: Rotation, scores: Scores) -> None:
    np.testing.assert_allclose(way(rotation, scores), one_by_one(rotation, scores), atol=1e-12)


@many
@given(cases(ties=False))
def test_it_is_what_the_docstring_says(case: tuple[Rotation, Scores]) -> None:
    check_reference(ours, *case)


@many
@given(cases())
def test_weights_are_a_portfolio_and_nothing_unknown_is_held(case: tuple[Rotation, Scores]) -> None:
    rotation, scores = case
    weights = ours(rotation, scores)
    assert (weights >= 0.0).all()
    assert (weights.sum(-1) <= 1.0 + 1e-12).all()
    if rotation.refuge:
        np.testing.assert_allclose(weights.sum(-1), 1.0, atol=1e-12)
    else:
        assert (weights[np.isnan(scores.values)] == 0.0).all()


@many
@given(cases())
def test_a_date_alone_has_the_bits_it_has_among_many(case: tuple[Rotation, Scores]) -> None:
    rotation, scores = case
    stack = np.tile(scores.values, (7, 1))
    together = ours(rotation, Scores(scores.assets, stack))
    assert ours(rotation, Scores(scores.assets, np.asfortranarray(stack))).tobytes() == together.tobytes()
    for d, row in enumerate(scores.values.tolist()):
        assert ours(rotation, scores_of(row))[0].tobytes() == together[d].tobytes()


@many
@given(cases(), st.randoms(use_true_random=False))
def test_permuting_assets_permutes_the_answer(case: tuple[Rotation, Scores], random: Any) -> None:
    rotation, scores = case
    order = random.sample(range(len(rotation.universe)), len(rotation.universe))
    assets = tuple(rotation.universe[i] for i in order)
    moved = Rotation(rotation.top, rotation.among, rotation.above, rotation.refuge, universe=assets)
    np.testing.assert_allclose(
        ours(moved, Scores(assets, scores.values[:, order])), ours(rotation, scores)[:, order], atol=1e-12
    )


# Worked by hand.

FOUR = {"universe": universe(4)}  # A0 equity, A1 bonds, A2 real, A3 equity
BY_HAND = [
    (Rotation(2, **FOUR), [3.0, 1.0, 2.0, -1.0], [0.5, 0.0, 0.5, 0.0]),
    (Rotation(2, above=2.5, **FOUR), [3.0, 1.0, 2.0, -1.0], [0.5, 0.0, 0.0, 0.0]),  # the other half is cash
    (Rotation(2, above=2.5, refuge=("A1",), **FOUR), [3.0, 9.0, 2.0, -1.0], [0.5, 0.5, 0.0, 0.0]),  # 9 is no candidate
    (Rotation(2, ("equity",), None, ("A1", "real"), **FOUR), [3.0, 9.0, 9.0, NAN], [0.5, 0.25, 0.25, 0.0]),
    # A1 is one to choose and the refuge: half on its own score, half instead of the other place.
    (Rotation(2, ("A0", "A1"), 0.0, ("A1",), **FOUR), [-3.0, 1.0, 2.0, 2.0], [0.0, 1.0, 0.0, 0.0]),
    # Three level at the last place of two: 1/2, and a third of the other half each.
    (Rotation(2, **FOUR), [1.0, 2.0, 1.0, 1.0 + 1e-14], [1 / 6, 0.5, 1 / 6, 1 / 6]),
    (Rotation(1, above=0.0, **FOUR), [0.0, -1.0, NAN, 0.0], [0.0, 0.0, 0.0, 0.0]),
    (Rotation(1, refuge=("bonds",), **FOUR), [NAN, NAN, NAN, NAN], [0.0, 1.0, 0.0, 0.0]),
    (Rotation(1, **FOUR), [float("inf"), 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]),  # infinite is unknown
    (Rotation(1, **FOUR), [-5.0, -4.0, -6.0, NAN], [0.0, 1.0, 0.0, 0.0]),  # without a floor the best of the bad
    # By score: 3 : 1 of both places; one place empty: half of the money, to the only one.
    (Rotation(2, above=0.0, weigh=Weigh.SCORE, **FOUR), [3.0, 1.0, 0.5, NAN], [0.75, 0.25, 0.0, 0.0]),
    (Rotation(2, above=0.0, weigh=Weigh.SCORE, **FOUR), [3.0, -1.0, NAN, NAN], [0.5, 0.0, 0.0, 0.0]),
]


@pytest.mark.parametrize(("rotation", "scores", "weights"), BY_HAND)
def test_by_hand(rotation: Rotation, scores: list[float], weights: list[float]) -> None:
    np.testing.assert_allclose(ours(rotation, scores_of(scores)), [weights], atol=1e-15)


def volatilities(*rows: list[float]) -> Forecast:
    variance = np.square(np.array(rows))
    return Forecast(np.full(variance.shape, NAN), variance[..., None] * np.eye(variance.shape[-1]))


def test_by_inverse_volatility_by_hand() -> None:
    # 10 % and 20 %: two to one. The unknown one is not held, and spoils nothing; of what is held it would leave no weights.
    rotation = Rotation(2, weigh=Weigh.INVERSE_VOLATILITY, **FOUR)
    assert rotation.reads_covariance
    scores = scores_of([3.0, 2.0, 1.0, NAN], [3.0, 2.0, 4.0, NAN], [3.0, 2.0, 1.0, 1.0], [NAN] * 4)
    regime, _ = nothing_known(scores)
    forecast = volatilities([0.1, 0.2, NAN, 0.1], [0.1, 0.2, NAN, 0.1], [0.0, 0.2, 0.1, 0.1], [NAN] * 4)
    found = rotation(scores, regime, forecast)
    np.testing.assert_allclose(found[0], [2 / 3, 1 / 3, 0.0, 0.0], atol=1e-15)
    assert np.isnan(found[1]).all()
    assert np.isnan(found[2]).all()  # no variance
    assert found[3].tolist() == [0.0] * 4  # nothing to hold needs no volatility


# Global equities momentum (METHODS 1.3): the better of US and other equities where the gate beats bills, else bonds.

GEM = """
universe: {US: {class: equity}, EX: {class: equity}, BND: {class: bonds}}
benchmark: {US: 0.45, EX: 0.25, BND: 0.30}
signals:
  gem: {use: dual_momentum, among: [US, EX], refuge: BND, bills: bills, lookback: 12M, gate: GATE}
combine: {use: weighted}
allocator: {use: "trimtab.construction.rotation:Rotation", top: 1, above: 0}
reacher: {use: pace}
rules: [{use: long_only}]
"""
BY_PARTS = """
signals:
  excess: {use: "trimtab.signals.weighted_momentum:WeightedMomentum", lookbacks: [12M], weights: [1], excess_of: bills}
allocator: {use: "trimtab.construction.rotation:Rotation", top: 1, among: [US, EX], above: 0, refuge: [BND]}
"""


def known(gate: str, seed: int, **changes: Any) -> tuple[Aims, Array, Array]:
    """Aims of a policy by month, and the 12-month returns of its assets and of bills, worked out from the rows."""
    policy = worlds.policy(**yaml.safe_load(GEM.replace("GATE", gate)) | changes)
    market = worlds.market(policy, seed, count=700, volatility=0.008)
    view = decision_view(policy, market)
    index, bills = view.window(TOTAL_RETURN, 13, every=MONTH), view.series("bills", 13, every=MONTH)
    return aims(policy, view), index[:, -1] / index[:, 0] - 1.0, bills[:, -1] / bills[:, 0] - 1.0


@pytest.mark.parametrize("gate", ["winner", "home"])
def test_both_published_gates_are_policies(gate: str) -> None:
    held = set()
    for seed in (1, 2, 3, 4):
        found, gains, bills = known(gate, seed)
        for weights, gain, bill in zip(found.aim, gains, bills, strict=True):
            if not np.isfinite(gain).all():
                assert weights.tolist() == [0.0, 0.0, 0.0]  # nothing is known yet: cash
                continue
            us, ex, _ = gain.tolist()
            passed = max(us, ex) > bill if gate == "winner" else us > bill
            hold = 2 if not passed else 0 if us > ex else 1
            held.add((hold, us > bill, ex > bill))
            assert weights.tolist() == [float(a == hold) for a in range(3)]
    assert {hold for hold, *_ in held} == {0, 1, 2}
    if gate == "home":
        assert (2, False, True) in held  # here the gates differ: the other one has beaten bills, and is not held
    else:
        assert (1, False, True) in held


def test_the_winners_gate_is_a_floor_and_a_refuge() -> None:
    for seed in (1, 2):
        one, _, _ = known("winner", seed)
        other, _, _ = known("winner", seed, **yaml.safe_load(BY_PARTS))
        both = np.isfinite(one.scores.values).all(axis=1)
        assert both.any()
        assert one.aim[both].tolist() == other.aim[both].tolist()


def test_a_policy_with_it_runs() -> None:
    policy = worlds.policy(**yaml.safe_load(GEM.replace("GATE", "winner")))
    result = backtest(policy, worlds.market(policy, 1, count=400, volatility=0.008))
    assert len(result.decisions) > 3
    assert np.isfinite(result.wealth).all()
    assert "the best by score if it is above 0; else cash" in " ".join(policy.sentences)


# At the door, and what is said.


@pytest.mark.parametrize(
    ("make", "field", "message"),
    [
        (lambda: Rotation(0), "top", "below 1"),
        (lambda: Rotation(5, **FOUR), "top", "top is 5, of 4 assets"),
        (lambda: Rotation(4, refuge=("A1",), **FOUR), "top", "top is 4, of 3 assets"),
        (lambda: Rotation(among=("gold",), **FOUR), "among", "'gold' is no asset or class"),
        (lambda: Rotation(refuge=("gold",), **FOUR), "refuge", "'gold' is no asset or class"),
        (lambda: Rotation(above=NAN), "above", "above is nan"),
        (lambda: Rotation(weigh=Weigh.SCORE), "weigh", "scores of 0 and below are held"),
        (lambda: Rotation(weigh=Weigh.SCORE, above=-1.0), "weigh", "scores of 0 and below are held"),
    ],
)
def test_wrong_parameters_are_refused(make: Callable[[], Rotation], field: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message) as caught:
        make()
    assert caught.value.field == field


def test_other_assets_than_those_it_knows_stop() -> None:
    with pytest.raises(InvariantError, match="universe"):
        ours(Rotation(**FOUR), scores_of([1.0, 1.0]))


def test_words_and_sentences() -> None:
    found, _, _ = known("winner", 1, **yaml.safe_load(BY_PARTS))
    rotation = Rotation(1, ("US", "EX"), 0.0, ("BND",), universe=found.assets)
    assert rotation.words == "the best of US, EX by score if it is above 0; else BND"
    assert Rotation(3, weigh=Weigh.INVERSE_VOLATILITY).words == (
        "the best 3 by score, by the inverse of their volatilities; else cash"
    )
    for d in range(len(found)):
        today = found.row(d)
        for a in (0, 1):
            said = rotation.sentence(today, a)
            assert said.startswith("held") == (today.aim[a] > 0.0)
            assert "nan" not in said
        assert rotation.sentence(today, 2) == "the refuge"


# Planted faults.


def unknown_is_zero(rotation: Rotation, scores: Scores) -> Array:
    return ours(rotation, Scores(scores.assets, np.nan_to_num(scores.values)))


def spreads_over_what_is_held(rotation: Rotation, scores: Scores) -> Array:
    weights = ours(rotation, scores)
    return weights / np.maximum(weights.sum(-1, keepdims=True), 1e-300)


def forgets_the_floor(rotation: Rotation, scores: Scores) -> Array:
    return ours(Rotation(rotation.top, rotation.among, None, rotation.refuge, universe=rotation.universe), scores)


def _all(way: Call) -> None:
    rng = np.random.default_rng(4)
    values = rng.normal(size=(20, 4))
    values[rng.random(values.shape) < 0.3] = NAN
    for refuge in ((), ("A1",)):
        check_reference(way, Rotation(2, above=0.0, refuge=refuge, **FOUR), scores_of(*values.tolist()))


@pytest.mark.parametrize(
    "fault", [unknown_is_zero, spreads_over_what_is_held, forgets_the_floor], ids=lambda fault: fault.__name__
)
def test_planted_faults_are_caught(fault: Call) -> None:
    _all(ours)
    if fault is unknown_is_zero:
        worse = Rotation(2, above=-5.0, **FOUR)
        with pytest.raises(AssertionError):
            check_reference(fault, worse, scores_of([-1.0, NAN, -2.0, -3.0]))
        return
    with pytest.raises(AssertionError):
        _all(fault)
