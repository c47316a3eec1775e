"""The parameter surface: laws, a plateau and a spike drawn by hand, noise, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trimtab.core.errors import ParameterError
from trimtab.validation.sensitivity import Surface, plateau_centre, sensitivity

grids = arrays(float, st.tuples(st.integers(1, 6), st.integers(1, 5)), elements=st.integers(-8, 8).map(float))


def surface(metric: np.ndarray) -> Surface:
    return Surface(tuple("abcd"[: metric.ndim]), tuple(tuple(range(1, n + 1)) for n in metric.shape), metric)


PLATEAU = np.zeros((7, 7))
PLATEAU[2:5, 3:6] = 1.0
SPIKE = np.zeros((7, 7))
SPIKE[3, 3] = 1.0


# --- laws -----------------------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(grids, st.data(), st.sampled_from([0.25, 2.0, 16.0]), st.integers(-50, 50))
def test_unit_and_zero_of_the_metric_do_not_matter(metric, data, scale, shift):
    cell = tuple(data.draw(st.integers(0, n - 1)) for n in metric.shape)
    one = sensitivity(surface(metric), cell, benchmark=0.5)
    other = sensitivity(surface(scale * metric + shift), cell, benchmark=0.5 * scale + shift)
    assert (one.spike, one.centre, one.share, one.edge) == (other.spike, other.centre, other.share, other.edge)
    assert one.kept == pytest.approx(other.kept, abs=1e-9, nan_ok=True)
    assert other.spread == pytest.approx(scale * one.spread, abs=1e-9)


@settings(max_examples=25)
@given(grids, st.data())
def test_turning_the_grid_turns_the_answer(metric, data):
    cell = tuple(data.draw(st.integers(0, n - 1)) for n in metric.shape)
    one, turned = sensitivity(surface(metric), cell), sensitivity(surface(metric.T), cell[::-1])
    assert (one.value, one.median, one.spread, one.spike) == (turned.value, turned.median, turned.spread, turned.spike)
    assert one.kept_by_axis["a"] == pytest.approx(turned.kept_by_axis["b"], nan_ok=True)
    assert one.edge["b"] == turned.edge["a"]


@settings(max_examples=25)
@given(grids, st.data())
def test_no_neighbour_keeps_more_than_all_of_the_lead_of_the_best(metric, data):
    best = np.unravel_index(metric.argmax(), metric.shape)
    found = sensitivity(surface(metric), tuple(int(i) for i in best), benchmark=metric.max())
    assert math.isnan(found.kept) or found.kept <= 1.0
    assert found.share == 0.0
    assert found.low <= found.median <= found.high


# --- worked examples ------------------------------------------------------------------------------------------------


def test_a_plateau_is_no_spike_and_its_centre_is_the_suggestion():
    found = sensitivity(surface(PLATEAU), (3, 4), benchmark=0.5)
    # 9 of 49 cells hold 1; the lower quartile is 0, so that the neighbours of the middle keep all of the lead of 1
    assert (found.value, found.median, found.spread, found.kept) == (1.0, 0.0, 0.0, 1.0)
    assert found.share == pytest.approx(9 / 49)
    assert not found.spike
    assert (found.centre, found.wanted) == ((3, 4), {"a": 4, "b": 5})
    assert found.edge == {"a": 3, "b": 2}
    assert "on a plateau (its neighbours keep 100 % of its lead)" in found.words
    assert "18 % beat the benchmark" in found.words
    corner = sensitivity(surface(PLATEAU), (2, 3))
    assert corner.kept == pytest.approx(0.5)  # in each parameter one neighbour is on the plateau and one off
    assert corner.centre == (3, 4)


def test_a_spike_is_seen_and_not_suggested():
    found = sensitivity(surface(SPIKE), (3, 3))
    assert (found.kept, found.spike) == (0.0, True)
    assert found.words.startswith("The choice is a spike (its neighbours keep 0 % of its lead)")
    both = SPIKE + 0.0
    both[0:3, 0:3] = 0.8  # a lower plateau in the corner
    assert plateau_centre(both) == (1, 1)
    assert sensitivity(surface(both), (3, 3)).spike


@pytest.mark.parametrize(("line", "spike"), [([0, 0, 1, 0, 0], True), ([0, 0.75, 1, 0.75, 0], False), ([1, 1, 1, 1, 0], False)])
def test_lines(line, spike):
    assert sensitivity(surface(np.array(line, dtype=float)), (2,)).spike is spike


def test_a_ridge_is_a_spike_in_the_parameter_across():
    ridge = np.zeros((7, 7))
    ridge[3] = 1.0
    found = sensitivity(surface(ridge), (3, 3))
    assert found.kept_by_axis == {"a": 0.0, "b": 1.0}
    assert found.kept == 0.0
    assert found.spike


def test_quartiles_of_a_line():
    found = sensitivity(surface(np.arange(5.0)), (2,), benchmark=3.0)
    assert (found.low, found.median, found.high, found.spread, found.share) == (1.0, 2.0, 3.0, 2.0, 0.2)


def test_of_two_plateaus_as_high_the_wider_has_the_suggestion():
    two = np.zeros((12, 12))
    two[0:3, 0:3] = two[6:11, 6:11] = 1.0  # middles (1, 1), one step from its edge, and (8, 8), two steps
    assert plateau_centre(two) == (8, 8)
    two[6:11, 6:11] = 0.0
    assert plateau_centre(two) == (1, 1)


def test_a_straight_slope_is_no_spike_and_ends_at_the_edge():
    slope = np.add.outer(np.arange(5.0), np.zeros(4))
    found = sensitivity(surface(slope), (4, 1))
    assert not found.spike
    assert found.at_edge == ("a",)
    assert "at the edge of the grid in a" in found.words


def test_the_best_of_noise_is_seldom_called_a_spike_but_a_true_one_in_noise_is():
    noise = np.random.default_rng(7).normal(size=(60, 10, 10))
    best = [tuple(int(i) for i in np.unravel_index(grid.argmax(), grid.shape)) for grid in noise]
    called = np.mean([sensitivity(surface(grid), cell).spike for grid, cell in zip(noise, best, strict=True)])
    assert called < 0.25  # three robust deviations, of the best of a hundred
    noise[:, 5, 5] += 15.0
    assert all(sensitivity(surface(grid), (5, 5)).spike for grid in noise)


def test_a_smooth_hill_in_noise_has_its_centre_near_the_top():
    far = np.add.outer((np.arange(11) - 6.0) ** 2, (np.arange(11) - 4.0) ** 2)
    rng = np.random.default_rng(3)
    for _ in range(20):
        centre = plateau_centre(np.exp(-far / 18.0) + rng.normal(0.0, 0.05, far.shape))
        assert centre is not None
        assert max(abs(centre[0] - 6), abs(centre[1] - 4)) <= 2


# --- unknown, still, small ------------------------------------------------------------------------------------------


def test_variants_without_an_answer_are_left_out_and_counted():
    holes = PLATEAU.copy()
    holes[0] = np.nan
    found = sensitivity(surface(holes), (3, 4), benchmark=0.5)
    assert (found.known, found.cells) == (42, 49)
    assert found.share == pytest.approx(9 / 42)
    nothing = sensitivity(surface(np.full((3, 3), np.nan)), (1, 1), benchmark=0.0)
    assert nothing.centre is None
    assert all(math.isnan(one) for one in (nothing.value, nothing.median, nothing.share, nothing.kept))
    assert nothing.words == "The chosen parameters have no answer; 0 of 9 on the grid have one."


def test_a_choice_whose_neighbours_are_unknown_is_alone():
    island = np.array([0.0, 0.0, 0.0, np.nan, 1.0, np.nan])
    found = sensitivity(surface(island), (4,))
    assert math.isnan(found.kept)
    assert not found.spike
    assert found.words.startswith("The choice is alone, without a known neighbour")


def test_a_level_surface_has_no_lead_and_its_middle_for_a_centre():
    found = sensitivity(surface(np.ones((5, 3))), (0, 0))
    assert math.isnan(found.kept)
    assert not found.spike
    assert found.centre == (2, 1)
    assert "no better than its surroundings" in found.words


def test_an_axis_of_one_value_has_no_edge():
    found = sensitivity(surface(PLATEAU[None]), (0, 3, 4))
    assert found.edge == {"a": None, "b": 3, "c": 2}
    assert found.kept == 1.0
    alone = sensitivity(surface(np.ones((1, 1))), (0, 0))
    assert "The choice is alone" in alone.words
    assert alone.centre == (0, 0)


def test_the_door():
    with pytest.raises(ParameterError, match="shape"):
        Surface(("a",), ((1.0, 2.0),), np.zeros(3))
    with pytest.raises(ParameterError, match="names"):
        Surface(("a", "a"), ((1.0,), (1.0,)), np.zeros((1, 1)))
    with pytest.raises(ParameterError, match="infinite"):
        Surface(("a",), ((1.0, 2.0),), np.array([0.0, np.inf]))
    for axis in ((2.0, 1.0), (1.0, 1.0), ("6M", "6M"), (1.0, "x")):
        with pytest.raises(ParameterError, match="in no order"):
            Surface(("a",), (axis,), np.zeros(2))
    for cell in ((3,), (-1,), (0, 0)):
        with pytest.raises(ParameterError, match="not on a grid"):
            sensitivity(Surface(("a",), (("6M", "8M", "10M"),), np.zeros(3)), cell)
    with pytest.raises(ValueError, match="read-only"):
        surface(PLATEAU).metric[0] = 1.0
