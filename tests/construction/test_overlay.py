"""Tilts around a benchmark: laws, hand-worked cases, edge cases, planted faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.construction.reference import nothing_known, portfolios, scores_of, universe
from trimtab.construction.overlay import Neutral, Overlay
from trimtab.core.arrays import Array
from trimtab.core.errors import InvariantError, ParameterError
from trimtab.core.values import Asset, Scores
from trimtab.desk.config import canonical

many = settings(max_examples=60, deadline=None)
NAN = float("nan")
SCORE = st.one_of(st.just(NAN), st.sampled_from([-1.0, 0.0, 1.0, 3.0]), st.floats(-2.0, 2.0))
FUNDING = st.lists(st.sampled_from(["cash", "A0", "A1", "A2", "equity", "bonds"]), max_size=3, unique=True).map(tuple)
Call = Callable[[Overlay, Scores], Array]


def ours(overlay: Overlay, scores: Scores) -> Array:
    return overlay(scores, *nothing_known(scores))


def one_by_one(overlay: Overlay, scores: Scores) -> Array:
    """The same, date by date and asset by asset; what rounding leaves of a weight of nothing pays for nothing."""
    rows = []
    for row in scores.values.tolist():
        views = [i for i, score in enumerate(row) if score == score]
        tilts = [0.0] * len(row)
        for i in views:
            tilts[i] = max(-overlay.tilt, min(overlay.tilt, overlay.tilt * overlay.strength * row[i]))
        payers = {i: overlay.benchmark[i] for i in range(len(row)) if i not in views or len(views) == len(row)}
        cash = 0.0
        if overlay.funding:
            assets = enumerate(overlay.universe)
            payers = {i: overlay.benchmark[i] for i, a in assets if {a.id, a.asset_class} & set(overlay.funding)}
            cash = max(1.0 - sum(overlay.benchmark), 0.0) if "cash" in overlay.funding else 0.0
        payers = {i: weight for i, weight in payers.items() if weight > 1e-12}
        cash = cash if cash > 1e-12 else 0.0
        pool = sum(payers.values()) + cash
        net = sum(tilts)
        weights = [b + t for b, t in zip(overlay.benchmark, tilts, strict=True)]
        for i, weight in payers.items():
            weights[i] -= net * weight / pool if pool > 0 else 0.0
        rows.append(weights)
    return np.array(rows)


@st.composite
def settings_of(draw) -> tuple[Overlay, Scores]:
    count = draw(st.integers(3, 6))
    benchmark = tuple(draw(portfolios(count)))
    rows = draw(st.lists(st.lists(SCORE, min_size=count, max_size=count), min_size=1, max_size=4))
    strength = draw(st.sampled_from([0.5, 1.0, 2.0]))
    return Overlay(draw(st.floats(0.0, 0.3)), strength, draw(FUNDING), benchmark, universe(count)), scores_of(*rows)


# Laws.


def check_reference(way: Call, overlay: Overlay, scores: Scores) -> None:
    np.testing.assert_allclose(way(overlay, scores), one_by_one(overlay, scores), atol=1e-12)


@many
@given(settings_of())
def test_it_is_what_the_docstring_says(case: tuple[Overlay, Scores]) -> None:
    check_reference(ours, *case)


@many
@given(settings_of())
def test_without_cash_as_funding_the_tilts_add_up_to_nothing(case: tuple[Overlay, Scores]) -> None:
    overlay, scores = case
    total = ours(overlay, scores).sum(-1) - sum(overlay.benchmark)
    fully_paid = one_by_one(overlay, scores).sum(-1) - sum(overlay.benchmark)
    np.testing.assert_allclose(total, fully_paid, atol=1e-12)
    weighty = min(overlay.benchmark) > 1e-6
    if weighty and not overlay.funding:
        np.testing.assert_allclose(total, 0.0, atol=1e-9)


@many
@given(settings_of())
def test_a_date_alone_has_the_bits_it_has_among_many(case: tuple[Overlay, Scores]) -> None:
    overlay, scores = case
    many_dates = Scores(scores.assets, np.tile(scores.values, (7, 1)))
    together = ours(overlay, many_dates)
    assert ours(overlay, Scores(scores.assets, np.asfortranarray(many_dates.values))).tobytes() == together.tobytes()
    for d in range(len(scores.values)):
        assert ours(overlay, scores_of(scores.values[d].tolist()))[0].tobytes() == together[d].tobytes()


@many
@given(settings_of(), st.randoms(use_true_random=False))
def test_permuting_assets_permutes_the_answer(case: tuple[Overlay, Scores], random) -> None:
    overlay, scores = case
    order = random.sample(range(len(overlay.benchmark)), len(overlay.benchmark))
    assets = tuple(overlay.universe[i] for i in order)
    benchmark = tuple(overlay.benchmark[i] for i in order)
    moved = Overlay(overlay.tilt, overlay.strength, overlay.funding, benchmark, assets)
    np.testing.assert_allclose(
        ours(moved, Scores(assets, scores.values[:, order])), ours(overlay, scores)[:, order], atol=1e-12
    )


# Worked by hand. 60/40 in equity (A0) and bonds (A1).

SIXTY = {"benchmark": (0.6, 0.4), "universe": universe(2)}
THREE = {"benchmark": (0.5, 0.3, 0.1), "universe": universe(3)}  # equity, bonds, real; cash .10

BY_HAND = [
    # A third of ten percent on equity, from the asset without a view.
    (Overlay(0.10, **SIXTY), [1 / 3, NAN], [0.6 + 0.1 / 3, 0.4 - 0.1 / 3]),
    # Both have a view: +.10 and -.05, net +.05, of which equity pays .03 and bonds .02.
    (Overlay(0.10, **SIXTY), [1.0, -0.5], [0.67, 0.33]),
    # The same tilt on both costs .20, of which equity pays .12 and bonds .08.
    (Overlay(0.10, **SIXTY), [1.0, 1.0], [0.58, 0.42]),
    (Overlay(0.10, **SIXTY), [7.0, NAN], [0.7, 0.3]),  # clipped
    (Overlay(0.10, 0.5, **SIXTY), [1.0, NAN], [0.65, 0.35]),  # half as strong
    (Overlay(0.10, **SIXTY), [NAN, NAN], [0.6, 0.4]),  # nothing is known: the benchmark
    (Overlay(0.10, **SIXTY), [float("inf"), NAN], [0.7, 0.3]),
    (Overlay(0.0, **SIXTY), [float("inf"), NAN], [0.6, 0.4]),
    # Cash pays, and there is none: it is borrowed until a limit says no.
    (Overlay(0.10, funding=("cash",), **SIXTY), [1.0, NAN], [0.7, 0.4]),
    (Overlay(0.10, funding=("cash",), **SIXTY), [-1.0, 0.5], [0.5, 0.45]),
    # Bonds pay by name of their class, though they have a view: .3 + .05 - .15.
    (Overlay(0.10, funding=("bonds",), **THREE), [1.0, 0.5, NAN], [0.6, 0.2, 0.1]),
    # Bonds (.30) and cash (.10) pay three to one.
    (Overlay(0.10, funding=("A1", "cash"), **THREE), [0.8, NAN, NAN], [0.58, 0.24, 0.1]),
    # Without names the two without a view pay three to one.
    (Overlay(0.10, **THREE), [0.8, NAN, NAN], [0.58, 0.24, 0.08]),
    # The only payer has no weight: cash pays.
    (Overlay(0.10, benchmark=(0.6, 0.0), universe=universe(2)), [1.0, NAN], [0.7, 0.0]),
]


@pytest.mark.parametrize(("overlay", "scores", "weights"), BY_HAND)
def test_by_hand(overlay: Overlay, scores: list[float], weights: list[float]) -> None:
    np.testing.assert_allclose(ours(overlay, scores_of(scores)), [weights], atol=1e-15)


def test_dates_do_not_meet() -> None:
    found = ours(Overlay(0.10, **SIXTY), scores_of([1.0, NAN], [NAN, 1.0], [NAN, NAN]))
    np.testing.assert_allclose(found, [[0.7, 0.3], [0.5, 0.5], [0.6, 0.4]], atol=1e-15)


# Neutral: only differences of scores tilt.

NEUTRAL = [
    # The same score on everything is no view at all: 60/40 stays 60/40 (without `neutral` it becomes 58/42, above).
    (Overlay(0.10, neutral=Neutral.EQUAL, **SIXTY), [1.0, 1.0], [0.6, 0.4]),
    (Overlay(0.10, neutral=Neutral.BENCHMARK, **SIXTY), [1.0, 1.0], [0.6, 0.4]),
    # Mean .25: +.75 and -.75, nothing to be paid for.
    (Overlay(0.10, neutral=Neutral.EQUAL, **SIXTY), [1.0, -0.5], [0.675, 0.325]),
    # Mean by weight .6 - .2 = .4: +.6 and -.9, net -.03, of which equity gets .018 and bonds .012.
    (Overlay(0.10, neutral=Neutral.BENCHMARK, **SIXTY), [1.0, -0.5], [0.678, 0.322]),
    # The third has no score: it takes no part in the mean, 0, and has nothing to pay.
    (Overlay(0.10, neutral=Neutral.EQUAL, **THREE), [1.0, -1.0, NAN], [0.6, 0.2, 0.1]),
    # The difference is what counts: 3 and 1 are +1 and -1 around 2.
    (Overlay(0.10, neutral=Neutral.EQUAL, **SIXTY), [3.0, 1.0], [0.7, 0.3]),
    (Overlay(0.10, neutral=Neutral.EQUAL, **SIXTY), [1.0, NAN], [0.6, 0.4]),  # a score that stands alone
    (Overlay(0.10, neutral=Neutral.EQUAL, **SIXTY), [NAN, NAN], [0.6, 0.4]),
    (Overlay(0.10, neutral=Neutral.EQUAL, **SIXTY), [float("inf"), -1.0], [0.7, 0.3]),  # infinite: a full tilt
    # No benchmark weight among those with a score: their plain mean.
    (Overlay(0.10, neutral=Neutral.BENCHMARK, benchmark=(0.0, 0.0, 1.0), universe=universe(3)), [1, 0, NAN], [0.05, -0.05, 1]),
]


@pytest.mark.parametrize(("overlay", "scores", "weights"), NEUTRAL)
def test_neutral_by_hand(overlay: Overlay, scores: list[float], weights: list[float]) -> None:
    np.testing.assert_allclose(ours(overlay, scores_of(scores)), [weights], atol=1e-15)


@many
@given(settings_of(), st.floats(-3.0, 3.0), st.sampled_from([Neutral.EQUAL, Neutral.BENCHMARK]))
def test_neutral_overlays_ignore_what_all_scores_have_in_common(case, more: float, neutral: Neutral) -> None:
    overlay, scores = case
    overlay = replace(overlay, neutral=neutral)
    moved = Scores(scores.assets, scores.values + more)
    np.testing.assert_allclose(ours(overlay, moved), ours(overlay, scores), atol=1e-12)
    alone = ours(overlay, scores_of(scores.values[-1].tolist()))
    assert alone[0].tobytes() == ours(overlay, scores)[-1].tobytes()


def test_neutral_is_said_and_old_hashes_stand() -> None:
    assert "its score, by up to 10 %" in Overlay(**SIXTY).words
    assert "its score less the mean score, by up to 10 %" in Overlay(neutral=Neutral.EQUAL, **SIXTY).words
    assert "neutral" not in canonical("allocators", Overlay(**SIXTY))
    assert canonical("allocators", Overlay(neutral=Neutral.BENCHMARK, **SIXTY))["neutral"] == "benchmark"


# At the door.


@pytest.mark.parametrize(
    ("make", "field", "message"),
    [
        (lambda: Overlay(tilt=10), "tilt", r"did you mean 0\.10\?"),
        (lambda: Overlay(strength=0.0), "strength", "not above 0"),
        (lambda: Overlay(funding=("gold",), **SIXTY), "funding", "'gold' is no asset or class.*A0, A1, bonds, cash"),
        (lambda: Overlay(benchmark=(1.0,), universe=universe(2)), "benchmark", "1 weights for 2 assets"),
        (lambda: Overlay(funding=("cash",), universe=(Asset("cash"),)), "funding", "is called cash"),
    ],
)
def test_wrong_parameters_are_refused(make, field: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message) as caught:
        make()
    assert caught.value.field == field


def test_other_assets_than_those_it_knows_stop() -> None:
    with pytest.raises(InvariantError, match="benchmark"):
        ours(Overlay(**SIXTY), scores_of([1.0, 1.0, 1.0]))
    with pytest.raises(InvariantError, match="universe"):
        ours(Overlay(benchmark=(0.6, 0.4), funding=("bonds",)), scores_of([1.0, 1.0]))


# Planted faults.


def zero_for_unknown(overlay: Overlay, scores: Scores) -> Array:
    """NaN is no view; 0 is the view that nothing is to be done, and such an asset pays nothing."""
    return ours(overlay, Scores(scores.assets, np.nan_to_num(scores.values)))


def never_pays(overlay: Overlay, scores: Scores) -> Array:
    return np.array(overlay.benchmark) + np.clip(overlay.tilt * np.nan_to_num(scores.values), -overlay.tilt, overlay.tilt)


def clips_after_paying(overlay: Overlay, scores: Scores) -> Array:
    b = np.array(overlay.benchmark)
    return b + np.clip(ours(overlay, scores) - b, -overlay.tilt, overlay.tilt)


def pays_in_equal_parts(overlay: Overlay, scores: Scores) -> Array:
    even = Overlay(overlay.tilt, overlay.strength, overlay.funding, (0.25,) * 4, overlay.universe)
    return np.array(overlay.benchmark) + ours(even, scores) - 0.25


@pytest.mark.parametrize(
    "fault", [zero_for_unknown, never_pays, clips_after_paying, pays_in_equal_parts], ids=lambda fault: fault.__name__
)
def test_planted_faults_are_caught(fault: Call) -> None:
    _all(ours)
    with pytest.raises(AssertionError):
        _all(fault)


def _all(way: Call) -> None:
    rng = np.random.default_rng(8)
    scores = rng.choice([NAN, -1.0, 0.3, 1.0], (20, 4))
    for funding in ((), ("bonds",), ("cash", "A0")):
        overlay = Overlay(0.1, 1.0, funding, (0.5, 0.05, 0.2, 0.15), universe(4))
        check_reference(way, overlay, scores_of(*scores.tolist()))
