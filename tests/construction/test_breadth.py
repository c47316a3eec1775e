"""Breadth momentum: the published cases by hand, laws, VAA and DAA as policies, awkward inputs, planted faults."""

from __future__ import annotations

from collections.abc import Callable
from math import floor
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.construction.reference import nothing_known, scores_of, universe
from tests.desk import worlds
from trimtab.construction.breadth import Breadth
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.terms import MONTH, TOTAL_RETURN
from trimtab.core.values import Asset, Scores
from trimtab.desk.backtest import backtest
from trimtab.desk.dates import decision_view
from trimtab.desk.decide import aims

NAN = float("nan")
SCORE = st.one_of(st.just(NAN), st.sampled_from([-1.0, 0.0, 1.0]), st.floats(-2.0, 2.0))
many = settings(max_examples=80, deadline=None)
Call = Callable[[Breadth, Scores], Array]


def ours(breadth: Breadth, scores: Scores) -> Array:
    return breadth(scores, *nothing_known(scores))


def places(names: tuple[str, ...], assets: tuple[Asset, ...]) -> list[int]:
    return [i for i, a in enumerate(assets) if {a.id, a.asset_class} & set(names)]


def one_by_one(breadth: Breadth, scores: Scores) -> Array:
    """The papers' rules date by date, on scores without ties at an edge."""
    rows = []
    offensive, defensive, canary = (
        places(names, breadth.universe) for names in (breadth.offensive, breadth.defensive, breadth.canary or breadth.offensive)
    )
    for row in scores.values.tolist():
        bad = sum(not row[i] > 0.0 for i in canary)
        safe = min(1.0, bad / breadth.protect)
        count = breadth.top
        if breadth.easy_trading:
            safe = floor(safe * breadth.top + 1e-9) / breadth.top
            count = round((1.0 - safe) * breadth.top)
        weights = [0.0] * len(row)
        ranked = sorted((i for i in offensive if row[i] == row[i]), key=lambda i: -row[i])
        for i in ranked[:count]:
            weights[i] += (1.0 - safe) / count
        left = 1.0 - sum(weights)
        for i in sorted((i for i in defensive if row[i] == row[i]), key=lambda i: -row[i])[: breadth.best]:
            weights[i] += left / breadth.best
        rows.append(weights)
    return np.array(rows)


@st.composite
def cases(draw, *, ties: bool = True) -> tuple[Breadth, Scores]:
    count = draw(st.integers(4, 7))
    rows = draw(st.lists(st.lists(SCORE, min_size=count, max_size=count, unique=not ties), min_size=1, max_size=4))
    offensive = draw(st.sampled_from([("A0", "A1", "A3"), ("equity", "A1"), ("A0", "A2", "A3")]))
    defensive = draw(st.sampled_from([("A1", "A2"), ("bonds", "real")]))
    canary = draw(st.sampled_from([(), ("A0", "A2"), ("bonds", "A3")]))
    breadth = Breadth(
        offensive, defensive, canary, draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(st.integers(1, 2)),
        draw(st.booleans()), universe(count),
    )  # fmt: skip
    return breadth, scores_of(*rows)


# Laws.


def check_reference(way: Call, breadth: Breadth, scores: Scores) -> None:
    np.testing.assert_allclose(way(breadth, scores), one_by_one(breadth, scores), atol=1e-12)


@many
@given(cases(ties=False))
def test_it_is_what_the_docstring_says(case: tuple[Breadth, Scores]) -> None:
    check_reference(ours, *case)


@many
@given(cases())
def test_weights_are_a_portfolio_and_nothing_unknown_is_held(case: tuple[Breadth, Scores]) -> None:
    weights = ours(*case)
    assert (weights >= 0.0).all()
    assert (weights.sum(-1) <= 1.0 + 1e-12).all()
    assert (weights[np.isnan(case[1].values)] == 0.0).all()


@many
@given(cases())
def test_a_date_alone_has_the_bits_it_has_among_many(case: tuple[Breadth, Scores]) -> None:
    breadth, scores = case
    stack = np.tile(scores.values, (7, 1))
    together = ours(breadth, Scores(scores.assets, stack))
    assert ours(breadth, Scores(scores.assets, np.asfortranarray(stack))).tobytes() == together.tobytes()
    for d, row in enumerate(scores.values.tolist()):
        assert ours(breadth, scores_of(row))[0].tobytes() == together[d].tobytes()


@many
@given(cases(), st.randoms(use_true_random=False))
def test_permuting_assets_permutes_the_answer(case: tuple[Breadth, Scores], random: Any) -> None:
    breadth, scores = case
    order = random.sample(range(len(breadth.universe)), len(breadth.universe))
    assets = tuple(breadth.universe[i] for i in order)
    moved = Breadth(
        breadth.offensive, breadth.defensive, breadth.canary, breadth.top, breadth.protect, breadth.best,
        breadth.easy_trading, assets,
    )  # fmt: skip
    np.testing.assert_allclose(
        ours(moved, Scores(assets, scores.values[:, order])), ours(breadth, scores)[:, order], atol=1e-12
    )


# Worked by hand: four offensive assets O0-O3 and two defensive ones D0, D1.

SIX = tuple(Asset(name, asset_class=name[0]) for name in ("O0", "O1", "O2", "O3", "D0", "D1"))
OFF, SAFE = ("O0", "O1", "O2", "O3"), ("D0", "D1")
VAA_G4 = Breadth(OFF, SAFE, universe=SIX)
T2_B4 = Breadth(OFF, SAFE, top=2, protect=4, universe=SIX)
EASY = Breadth(OFF, SAFE, top=2, protect=4, easy_trading=True, universe=SIX)
DAA = Breadth(OFF, SAFE, ("O0", "D1"), top=3, protect=2, universe=SIX)
DAA_EASY = Breadth(OFF, SAFE, ("O0", "D1"), top=3, protect=2, easy_trading=True, universe=SIX)

BY_HAND = [
    # VAA-G4: all four are good, the best of them alone; one is not above 0, all in the better defensive one.
    (VAA_G4, [1.0, 4.0, 2.0, 3.0, 9.0, 8.0], [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]),
    (VAA_G4, [1.0, 4.0, 0.0, 3.0, -2.0, -1.0], [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]),
    # T = 2, B = 4: one bad of four puts a quarter away, the rest is halved; three bad put three quarters away.
    (T2_B4, [1.0, 4.0, 2.0, -3.0, 5.0, 1.0], [0.0, 0.375, 0.375, 0.0, 0.25, 0.0]),
    (T2_B4, [-1.0, 4.0, -2.0, -3.0, 5.0, 1.0], [0.125, 0.125, 0.0, 0.0, 0.75, 0.0]),  # the best two, whatever their sign
    # Easy trading: 1/4 and 3/4 become 0 and 1/2; of two places one is left, and only the best fills it.
    (EASY, [1.0, 4.0, 2.0, -3.0, 5.0, 1.0], [0.0, 0.5, 0.5, 0.0, 0.0, 0.0]),
    (EASY, [-1.0, 4.0, -2.0, -3.0, 5.0, 1.0], [0.0, 0.5, 0.0, 0.0, 0.5, 0.0]),
    (EASY, [-1.0, -4.0, -2.0, -3.0, 5.0, 1.0], [0.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
    # DAA: one of two canaries is bad, half is defensive; whether O2 and O3 are bad plays no part.
    (DAA, [1.0, 4.0, -2.0, -3.0, 5.0, -1.0], [1 / 6, 1 / 6, 1 / 6, 0.0, 0.5, 0.0]),
    (DAA, [-1.0, 4.0, 2.0, 3.0, -5.0, -6.0], [0.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
    # Easy: half of three places is one and a half, of which one changes hands.
    (DAA_EASY, [1.0, 4.0, -2.0, -3.0, 5.0, -1.0], [1 / 3, 1 / 3, 0.0, 0.0, 1 / 3, 0.0]),
    # An unknown canary is bad. An unknown offensive asset is not held: its place is defensive.
    (DAA, [NAN, 4.0, 2.0, 3.0, 5.0, 1.0], [0.0, 1 / 6, 1 / 6, 1 / 6, 0.5, 0.0]),
    (DAA, [1.0, 4.0, NAN, NAN, 5.0, 1.0], [1 / 3, 1 / 3, 0.0, 0.0, 1 / 3, 0.0]),
    # Nothing is known: cash. Two level defensive ones share.
    (VAA_G4, [NAN] * 6, [0.0] * 6),
    (VAA_G4, [-1.0, 1.0, 1.0, 1.0, 2.0, 2.0], [0.0, 0.0, 0.0, 0.0, 0.5, 0.5]),
    (Breadth(OFF, SAFE, best=2, universe=SIX), [-1.0, 1.0, 1.0, 1.0, 2.0, NAN], [0.0, 0.0, 0.0, 0.0, 0.5, 0.0]),
]


@pytest.mark.parametrize(("breadth", "scores", "weights"), BY_HAND)
def test_by_hand(breadth: Breadth, scores: list[float], weights: list[float]) -> None:
    scored = Scores(SIX, np.array([scores]))
    np.testing.assert_allclose(ours(breadth, scored), [weights], atol=1e-15)


@pytest.mark.parametrize(("bad", "share"), [(0, 0.0), (1, 0.25), (2, 0.5), (3, 0.75), (4, 1.0), (7, 1.0), (12, 1.0)])
def test_the_twelve_of_vaa_are_all_out_when_four_are_bad(bad: int, share: float) -> None:
    twelve = (*(Asset(f"R{k}") for k in range(12)), Asset("SAFE"))
    g12 = Breadth(tuple(a.id for a in twelve[:12]), ("SAFE",), top=2, protect=4, universe=twelve)
    scores = np.array([[-1.0 - k if k < bad else 1.0 + k for k in range(12)] + [0.5]])
    weights = ours(g12, Scores(twelve, scores))[0]
    assert weights[12] == share
    np.testing.assert_allclose(np.sort(weights[:12])[-2:], [(1.0 - share) / 2.0] * 2, atol=1e-15)


# As policies: the score of the papers, and the rules on it, against the rows themselves.

VAA = """
universe: {SPY: {class: equity}, EFA: {class: equity}, EEM: {class: equity}, AGG: {class: bonds}, LQD: {class: bonds},
           IEF: {class: bonds}, SHY: {class: bonds}}
benchmark: {SPY: 0.6, AGG: 0.4}
signals: {momentum: {use: "trimtab.signals.weighted_momentum:WeightedMomentum"}}
combine: {use: weighted}
allocator: {use: "trimtab.construction.breadth:Breadth", offensive: [SPY, EFA, EEM, AGG], defensive: [LQD, IEF, SHY]}
reacher: {use: pace}
rules: [{use: long_only}]
"""
DAA_POLICY = """
allocator: {use: "trimtab.construction.breadth:Breadth", offensive: [SPY, EFA, EEM, LQD], defensive: [LQD, IEF, SHY],
            canary: [EEM, AGG], top: 2, protect: 2, easy_trading: true}
"""


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("daa", [False, True])
def test_vaa_and_daa_are_policies(seed: int, daa: bool) -> None:
    policy = worlds.policy(**yaml.safe_load(VAA) | (yaml.safe_load(DAA_POLICY) if daa else {}))
    market = worlds.market(policy, seed, count=700, volatility=0.006)
    view = decision_view(policy, market)
    index = view.window(TOTAL_RETURN, 13, every=MONTH)
    now = index[:, -1]
    score = 12 * now / index[:, -2] + 4 * now / index[:, -4] + 2 * now / index[:, -7] + now / index[:, 0] - 19.0
    found, shares = aims(policy, view), []
    np.testing.assert_allclose(found.scores.values, score / 4.0, atol=1e-12)
    offensive, defensive, canary = ([0, 1, 2, 4], [4, 5, 6], [2, 3]) if daa else ([0, 1, 2, 3], [4, 5, 6], [0, 1, 2, 3])
    for row, weights in zip(score, found.aim, strict=True):
        if not np.isfinite(row).all():
            assert weights.tolist() == [0.0] * 7
            continue
        bad = sum(row[i] <= 0.0 for i in canary)
        slots, out = (2, bad) if daa else (1, min(bad, 1))
        expected = np.zeros(7)
        for i in sorted(offensive, key=lambda i: -row[i])[: slots - out]:
            expected[i] += 1.0 / slots
        expected[max(defensive, key=lambda i: row[i])] += out / slots
        np.testing.assert_allclose(weights, expected, atol=1e-12)
        shares.append(out)
    assert len(set(shares)) > 1  # calm and alarmed, so that this is not about nothing


def test_a_policy_with_it_runs() -> None:
    policy = worlds.policy(**yaml.safe_load(VAA))
    result = backtest(policy, worlds.market(policy, 1, count=500, volatility=0.006))
    assert len(result.decisions) > 5
    assert np.isfinite(result.wealth).all()


# At the door, and what is said.


@pytest.mark.parametrize(
    ("make", "field", "message"),
    [
        (lambda: Breadth((), SAFE), "offensive", "offensive is empty"),
        (lambda: Breadth(OFF, ()), "defensive", "defensive is empty"),
        (lambda: Breadth(OFF, SAFE, top=0), "top", "below 1"),
        (lambda: Breadth(OFF, SAFE, protect=0), "protect", "below 1"),
        (lambda: Breadth(OFF, SAFE, top=5, universe=SIX), "top", "top is 5, of 4 assets"),
        (lambda: Breadth(OFF, SAFE, best=3, universe=SIX), "best", "best is 3, of 2 assets"),
        (lambda: Breadth(OFF, SAFE, ("O0",), protect=2, universe=SIX), "protect", "protect is 2, of 1 assets"),
        (lambda: Breadth(OFF, ("D2",), universe=SIX), "defensive", "'D2' is no asset or class"),
        (lambda: Breadth(OFF, SAFE, ("X",), universe=SIX), "canary", "'X' is no asset or class"),
    ],
)
def test_wrong_parameters_are_refused(make: Callable[[], Breadth], field: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message) as caught:
        make()
    assert caught.value.field == field


def test_other_assets_than_those_it_knows_stop() -> None:
    with pytest.raises(InvariantError, match="universe"):
        ours(VAA_G4, scores_of([1.0, 1.0]))


def test_words_and_sentences() -> None:
    assert VAA_G4.words == (
        "the best of O0, O1, O2, O3 by score; all in the best of D0, D1 as soon as the score of one canary (the offensive "
        "assets themselves) is not above 0"
    )
    assert DAA_EASY.words == (
        "the best 3 of O0, O1, O2, O3 by score; 1/2 in the best of D0, D1 for each canary (O0, D1) whose score is not above "
        "0, rounded down to a multiple of 1/3"
    )
    policy = worlds.policy(**yaml.safe_load(VAA))
    found = aims(policy, decision_view(policy, worlds.market(policy, 1, count=400, volatility=0.006)))
    for d in range(len(found)):
        said = [policy.allocator.sentence(found.row(d), a) for a in range(7)]
        assert all("of 4 canaries are bad" in one and "nan" not in one for one in said)
        assert ("unknown" in said[0]) == bool(np.isnan(found.scores.values[d, 0]))
    assert ": 100 % is defensive" in said[0] or ": 0 % is defensive" in said[0]
    assert " of 4 offensive" in said[0]
    assert " of 3 defensive" in said[6]


# Planted faults.


def unknown_canaries_sing(breadth: Breadth, scores: Scores) -> Array:
    return ours(breadth, Scores(scores.assets, np.where(np.isnan(scores.values), 1e-9, scores.values)))


def zero_is_good(breadth: Breadth, scores: Scores) -> Array:
    return ours(breadth, Scores(scores.assets, scores.values + 1e-9))


def only_the_good_are_held(breadth: Breadth, scores: Scores) -> Array:
    return np.where(scores.values > 0.0, ours(breadth, scores), 0.0)


@pytest.mark.parametrize(
    "fault", [unknown_canaries_sing, zero_is_good, only_the_good_are_held], ids=lambda fault: fault.__name__
)
def test_planted_faults_are_caught(fault: Call) -> None:
    def all_of(way: Call) -> None:
        for breadth, scores, weights in BY_HAND:
            np.testing.assert_allclose(way(breadth, Scores(SIX, np.array([scores]))), [weights], atol=1e-6)

    all_of(ours)
    with pytest.raises(AssertionError):
        all_of(fault)
