"""Arithmetic Brinson attribution: laws, Bacon's tables 5.2 and 5.3, and what the door refuses."""

from __future__ import annotations

import csv
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.attribution.bacon_quarters import FIRST, QUARTERS
from tests.attribution.random_segments import chosen, parts, segments
from tests.shared_data import shared
from trimtab.attribution.brinson import Method, brinson
from trimtab.attribution.segments import Segments
from trimtab.core.errors import ParameterError

BOTH = list(Method)
EXACT = {"rtol": 0.0, "atol": 1e-14}


# --- laws -----------------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(segments(periods=True, shorts=True), st.sampled_from(BOTH))
def test_the_parts_sum_to_the_active_return(given_segments, method):
    effects = brinson(given_segments, method=method)
    np.testing.assert_allclose(effects.active, given_segments.active_return, **EXACT)
    np.testing.assert_allclose(effects.by_segment.sum(-1), effects.total.by_segment, **EXACT)
    np.testing.assert_allclose(effects.folded.active, effects.active, **EXACT)


@settings(max_examples=30)
@given(segments(periods=True, shorts=True))
def test_both_methods_allocate_the_same_in_total(given_segments):
    bhb, bf = (brinson(given_segments, method=method) for method in BOTH)
    np.testing.assert_allclose(bhb.total.allocation, bf.total.allocation, **EXACT)
    np.testing.assert_array_equal(bhb.selection, bf.selection)
    np.testing.assert_array_equal(bhb.interaction, bf.interaction)


@settings(max_examples=30)
@given(segments(periods=True, shorts=True), st.integers(0, 99), st.sampled_from(BOTH))
def test_segments_in_another_order_have_the_same_effects(given_segments, seed, method):
    order = np.random.default_rng(seed).permutation(given_segments.weights.shape[-1])
    before, after = brinson(given_segments, method=method), brinson(chosen(given_segments, order), method=method)
    np.testing.assert_allclose(after.by_segment, before.by_segment[..., order], **EXACT)
    np.testing.assert_allclose(after.allocation, before.allocation[..., order], **EXACT)


@settings(max_examples=30)
@given(segments(periods=True, shorts=True), st.floats(-3.0, 3.0), st.sampled_from(BOTH))
def test_returns_that_are_scaled_scale_every_effect(given_segments, factor, method):
    w, r, v, b = parts(given_segments)
    scaled = brinson(Segments(w, factor * r, v, factor * b), method=method)
    once = brinson(given_segments, method=method)
    for name in ("allocation", "selection", "interaction"):
        np.testing.assert_allclose(getattr(scaled, name), factor * getattr(once, name), **EXACT)


@settings(max_examples=30)
@given(segments(shorts=True), st.floats(-0.2, 0.2))
def test_what_all_segments_earn_alike_is_no_allocation_for_brinson_and_fachler(given_segments, extra):
    w, r, v, b = parts(given_segments)
    shifted, once = brinson(Segments(w, r + extra, v, b + extra)), brinson(given_segments)
    np.testing.assert_allclose(shifted.allocation, once.allocation, **EXACT)


@settings(max_examples=20)
@given(segments(periods=True, shorts=True), st.floats(0.1, 0.9))
def test_a_part_of_a_portfolio_is_explained_as_it_would_be_alone(given_segments, share):
    w, r, v, b = parts(given_segments)
    part, alone = brinson(Segments(share * w, r, share * v, b)), brinson(given_segments)
    np.testing.assert_allclose(part.allocation, share * alone.allocation, **EXACT)


def test_an_index_fund_of_each_segment_selects_nothing():
    w, _, v, b = parts(QUARTERS)
    effects = brinson(Segments(w, b, v, b))
    assert not effects.selection.any()
    assert not effects.interaction.any()


# --- Bacon (2008), tables 5.2 and 5.3: published --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "allocation", "total"), [(Method.BHB, (0, -0.4, -0.8), -1.2), (Method.BRINSON_FACHLER, (0, -1.04, -0.16), -1.2)]
)
def test_bacon_one_quarter(method, allocation, total):
    # Japan: (30 - 20) % * -4 % = -.40 % by BHB, and (30 - 20) % * (-4 - 6.4) % = -1.04 % by Brinson and Fachler
    effects = brinson(FIRST, method=method)
    np.testing.assert_allclose(100 * effects.allocation, allocation, atol=1e-12)
    np.testing.assert_allclose(100 * effects.selection, (4.0, -0.2, -0.8), atol=1e-12)
    np.testing.assert_allclose(100 * effects.interaction, (0.0, -0.1, 0.2), atol=1e-12)
    np.testing.assert_allclose(100 * effects.folded.selection, (4.0, -0.3, -0.6), atol=1e-12)
    assert not effects.folded.interaction.any()
    totals = (effects.total.allocation, effects.total.selection, effects.total.interaction, effects.folded.total.selection)
    np.testing.assert_allclose(100 * np.array(totals), (total, 3.0, 0.1, 3.1), atol=1e-12)
    assert 100 * FIRST.portfolio_return == pytest.approx(8.3)
    assert 100 * FIRST.benchmark_return == pytest.approx(6.4)


def test_the_shared_file_is_the_same_example():
    with shared("attribution/bacon_brinson_4q.csv").open(encoding="utf-8") as file:
        rows = [[float(row[name]) for name in ("wp", "rp", "wb", "rb")] for row in csv.DictReader(file)]
    read = Segments(*np.moveaxis(np.array(rows).reshape(4, 3, 4), -1, 0))
    np.testing.assert_allclose(read.portfolio_return, (0.083, -0.034, -0.05, 0.045), atol=1e-12)
    np.testing.assert_allclose(read.benchmark_return, (0.064, -0.046, -0.125, 0.02), atol=1e-12)
    np.testing.assert_array_equal(brinson(read).by_segment, brinson(QUARTERS).by_segment)


# --- unknown, empty and refused -------------------------------------------------------------------------------------


def test_a_segment_that_one_side_lacks_was_not_selected():
    # Only the portfolio holds gold (10 %, +20 %), only the benchmark timber (10 %, +5 %); b = .9 * 10 % + .1 * 5 % = 9.5 %.
    # Gold: allocation .1 * (20 - 9.5) % = 1.05 %; timber: -.1 * (5 - 9.5) % = .45 %; the rest: 0.
    effects = brinson(Segments([0.9, 0.1, 0.0], [0.1, 0.2, math.nan], [0.9, 0.0, 0.1], [0.1, math.nan, 0.05]))
    np.testing.assert_allclose(effects.allocation, (0.0, 0.0105, 0.0045), atol=1e-15)
    assert not effects.selection.any()
    assert not effects.interaction.any()
    assert effects.active == pytest.approx(0.09 + 0.02 - 0.095, abs=1e-15)


def test_a_segment_that_nobody_holds_adds_nothing():
    effects = brinson(Segments([1.0, 0.0], [0.1, math.nan], [1.0, 0.0], [0.05, math.nan]))
    assert effects.by_segment.tolist() == [pytest.approx(0.05), 0.0]


def test_an_unknown_return_of_something_held_stays_unknown_and_in_its_row():
    returns = [[0.1, math.nan], [0.1, 0.2]]
    effects = brinson(Segments([0.5, 0.5], returns, [0.5, 0.5], [[0.1, 0.1], [0.1, 0.1]]))
    assert np.isnan(effects.active).tolist() == [True, False]
    assert np.isnan(effects.by_segment[0]).tolist() == [False, True]
    everything = brinson(Segments([0.5, 0.5], [math.nan] * 2, [0.5, 0.5], [math.nan] * 2))
    assert np.isnan(everything.by_segment).all()


def test_an_overlay_without_money_is_paid_in_full():
    effects = brinson(Segments([0.1, -0.1], [0.05, 0.02], [0.0, 0.0], [0.05, 0.02]))
    np.testing.assert_allclose(effects.allocation, (0.005, -0.002), atol=1e-15)


def test_total_loss_and_no_rows():
    lost = brinson(Segments([0.5, 0.5], [-1.0, 0.0], [0.5, 0.5], [-1.0, -1.0]))
    np.testing.assert_allclose(lost.selection, (0.0, 0.5))
    none = brinson(Segments(np.ones((0, 2)) / 2, np.ones((0, 2)), np.ones((0, 2)) / 2, np.ones((0, 2))))
    assert none.active.shape == (0,)


@pytest.mark.parametrize(
    ("given_parts", "message"),
    [
        (([0.6, 0.3], [0, 0], [0.5, 0.5], [0, 0]), r"weights sum to 0\.9 in the portfolio and to 1 in the benchmark\. What"),
        (([[0.5, 0.5], [0.5, 0.4]], [0, 0], [0.5, 0.5], [0, 0]), r"first in row \(1,\)"),
        (([0.5, math.nan], [0, 0], [0.5, 0.5], [0, 0]), r"weights of the portfolio are not finite, first at \(1,\)"),
        (([0.5, 0.5], [0, 0], [math.inf, 0.5], [0, 0]), r"weights of the benchmark are not finite, first at \(0,\)"),
        (([0.5, 0.5], [0, 0], [0.5, 0.5], [0, math.inf]), r"benchmark_returns are infinite, first at \(1,\)"),
        (([0.5, 0.5], [0, 0, 0], [0.5, 0.5], [0, 0]), r"shapes do not fit: weights \(2,\), returns \(3,\)"),
        (([], [], [], []), "there are no segments"),
        ((1.0, 0.0, 1.0, 0.0), "there are no segments"),
    ],
)
def test_the_door_refuses(given_parts, message):
    with pytest.raises(ParameterError, match=message):
        Segments(*given_parts)


def test_values_are_read_only_copies():
    weights = np.array([0.5, 0.5])
    held = Segments(weights, weights, weights, weights)
    weights[0] = 9.0
    assert held.weights[0] == 0.5
    with pytest.raises(ValueError, match="read-only"):
        held.weights[0] = 1.0
