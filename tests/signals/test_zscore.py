"""Mean, ZScore and ZMean: worked by hand, and against pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.laws import same, walked
from tests.signals.rows_of_parts import combined, parts_of, random_parts, regime
from trimtab.core.errors import ParameterError
from trimtab.desk.asking import walk
from trimtab.signals.mean import Mean
from trimtab.signals.zscore import Standardise, ZMean, ZScore

nan = np.nan


def scored(values: list[float], fold: ZScore) -> np.ndarray:
    return walked(fold, np.array(values)[:, None])[:, 0]


def test_z_by_hand() -> None:
    # 1, 3: mean 2, sd sqrt((1 + 1) / 1) = 1.4142, z = 1 / 1.4142 = .7071. 1, 3, 2: mean 2: z = 0.
    # 1, 3, 2, 6: mean 3, sd sqrt((4 + 0 + 1 + 9) / 3) = 2.1602, z = 3 / 2.1602 = 1.3887.
    got = scored([1, 3, 2, nan, 6], ZScore(minimum_history=2))
    assert got[[1, 2, 4]] == pytest.approx([0.70710678, 0.0, 1.38873015], abs=1e-8)
    assert np.isnan(got[[0, 3]]).all()


def test_z_is_clipped_and_waits_for_history() -> None:
    got = scored([0, 1, 0, 1, 0, 1, 100], ZScore(minimum_history=4, clip=1.5))
    assert np.isnan(got[:3]).all()
    assert got[6] == 1.5


def test_no_variation_is_unknown_not_infinite() -> None:
    assert np.isnan(scored([0.1] * 10, ZScore(2))).all()
    assert np.isnan(scored([0.1 * 3, 0.3, 0.3, 0.1 * 3], ZScore(2))).all()  # differences in the last bit only
    assert np.isnan(scored([nan, np.inf, -np.inf, nan], ZScore(2))).all()


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    least=st.integers(2, 10),
    scale=st.sampled_from([1e-4, 1.0, 1e5]),
    shift=st.sampled_from([0.0, 1e3]),
)
def test_z_against_pandas(seed: int, least: int, scale: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    values = scale * (shift + rng.standard_normal((40, 3)))
    values[rng.random((40, 3)) < 0.1] = nan
    frame = pd.DataFrame(values)
    grown = frame.expanding(min_periods=least)
    expected = ((frame - grown.mean()) / grown.std(ddof=1)).clip(-3, 3).to_numpy()
    np.testing.assert_allclose(walked(ZScore(least), values), expected, rtol=1e-9, atol=1e-9)


def test_the_mean_by_hand() -> None:
    # .7 x 1 + .3 x -2 = .1; the second absent: 1 with coverage .7; the first absent: coverage .3, too little.
    values = np.array([[1.0, 1.0, nan], [-2.0, nan, -2.0]])[..., None]
    mean = Mean({"s0": 0.7, "s1": 0.3})
    assert mean(parts_of(values), regime(3)).values[:, 0] == pytest.approx([0.1, 1.0, nan], nan_ok=True)
    assert mean.coverage(parts_of(values), regime(3))[:, 0] == pytest.approx([1.0, 0.7, 0.3])
    lenient = Mean({"s0": 0.7, "s1": 0.3}, minimum_coverage=0.3)
    assert lenient(parts_of(values), regime(3)).values[2, 0] == pytest.approx(-2.0)
    assert Mean()(parts_of(values), regime(3)).values[:, 0] == pytest.approx([-0.5, 1.0, -2.0])  # half is enough
    silent = Mean({"s0": 0.0, "s1": 1.0}, minimum_coverage=0.0)
    assert np.isnan(silent(parts_of(values), regime(3)).values[1, 0])


def test_coverage_at_the_minimum_is_enough_whatever_its_last_bits() -> None:
    assert 0.35 + 0.3 < 0.65
    third = Mean({"s0": 0.35, "s1": 0.35, "s2": 0.3}, minimum_coverage=0.65)
    assert third(parts_of(np.array([1.0, nan, 1.0]).reshape(3, 1, 1)), regime(1)).values[0, 0] == pytest.approx(1.0)


def test_the_scale_of_the_weights_does_not_matter() -> None:
    parts = parts_of(random_parts(4, (3, 20, 2)))
    one, ten = (Mean({f"s{k}": c * w for k, w in enumerate((0.2, 0.3, 0.5))}) for c in (1.0, 10.0))
    np.testing.assert_allclose(one(parts, regime(20)).values, ten(parts, regime(20)).values, rtol=1e-12)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31 - 1))
def test_composite_z_against_pandas(seed: int) -> None:
    values = random_parts(2 * seed, (3, 40, 2))
    weights = np.array([0.5, 0.3, 0.2])
    total, spoken = np.zeros((40, 2)), np.zeros((40, 2))
    for k in range(3):
        frame = pd.DataFrame(values[k])
        grown = frame.expanding(min_periods=6)
        z = ((frame - grown.mean()) / grown.std()).clip(-2, 2).to_numpy()
        total += weights[k] * np.nan_to_num(z)
        spoken += weights[k] * np.isfinite(z)
    expected = np.where(spoken >= 0.5 - 1e-9, total / np.where(spoken > 0, spoken, 1), nan)
    weighted = {"s0": 0.5, "s1": 0.3, "s2": 0.2}
    composite = ZMean(weighted, minimum_history=6, clip=2.0, standardise=Standardise.NONE)
    np.testing.assert_allclose(combined(composite, values), expected, rtol=1e-9, atol=1e-9)
    over = expected / pd.DataFrame(expected).expanding(min_periods=6).std()
    composite = ZMean(weighted, minimum_history=6, clip=2.0)
    np.testing.assert_allclose(combined(composite, values), over, rtol=1e-9, atol=1e-9)
    capped = ZMean(weighted, minimum_history=6, clip=2.0, cap=1.0)
    np.testing.assert_allclose(combined(capped, values), over.clip(-1.0, 1.0), rtol=1e-9, atol=1e-9)


def test_a_composite_in_its_own_standard_deviations_by_hand() -> None:
    # Means 1, 3, 2: sd of (1, 3) 1.4142: 3 / 1.4142 = 2.1213; sd of (1, 3, 2) 1: 2; unknown stays; of (1, 3, 2, 6)
    # 2.1602: 6 / 2.1602 = 2.7775, and within 2.5 where that is the cap.
    rows = np.array([1.0, 3.0, 2.0, nan, 6.0])[:, None]
    got = walked(ZMean(minimum_history=2), rows)[:, 0]
    assert got == pytest.approx([nan, 2.12132034, 2.0, nan, 2.77746030], abs=1e-8, nan_ok=True)
    assert walked(ZMean(minimum_history=2, cap=2.5), rows)[:, 0] == pytest.approx([nan, 2.12132034, 2.0, nan, 2.5], nan_ok=True)
    assert same(walked(ZMean(minimum_history=2, standardise=Standardise.NONE), rows), rows)
    assert np.isnan(walked(ZMean(minimum_history=2), np.full((6, 1), 0.3))).all()  # never varies
    assert np.isnan(walked(ZMean(minimum_history=2), np.zeros((6, 1)))).all()


def test_without_standardising_the_desk_need_not_walk() -> None:
    rows = random_parts(3, (9, 4))
    plain = ZMean(standardise=Standardise.NONE)
    assert same(walk(plain, rows), walked(plain, rows))
    assert plain.takes(rows) is not None
    assert ZMean().takes(rows) is None


def test_three_signals_that_disagree_are_no_smaller_than_one() -> None:
    """The mean of three independent z's has an sd of .577; in its own standard deviations it has one of about 1."""
    values = np.random.default_rng(0).standard_normal((3, 2000, 2))
    plain = combined(ZMean(standardise=Standardise.NONE), values)[200:]
    assert plain.std() == pytest.approx(3.0**-0.5, abs=0.02)
    assert combined(ZMean(), values)[200:].std() == pytest.approx(1.0, abs=0.03)


def test_the_cap_by_hand() -> None:
    parts = parts_of(np.array([4.0, -0.5, nan])[None, :, None])
    assert Mean(cap=1.0)(parts, regime(3)).values[:, 0] == pytest.approx([1.0, -0.5, nan], nan_ok=True)
    assert Mean()(parts, regime(3)).values[0, 0] == 4.0
    assert Mean(cap=1.0).words == "their mean, within 1"


def test_weights_are_copied() -> None:
    given_ = {"s0": 1.0}
    mean = Mean(given_)
    given_["s0"] = 2.0
    assert mean.weights == {"s0": 1.0}
    inner = {"s0": 1.0}
    gated = Mean(by_state={"stressed": inner})
    inner["s0"] = 2.0
    assert gated.by_state == {"stressed": {"s0": 1.0}}
    assert ZMean({"a": 1.0}) != ZMean({"a": 2.0})
    assert same(np.array(list(ZMean({"a": 1.0}).weights.values())), np.array([1.0]))


@pytest.mark.parametrize("kind", [Mean, ZMean])
@pytest.mark.parametrize("weights", [{"s0": -1.0}, {"s0": nan}, {"s0": np.inf}, {"s0": 0.0}])
def test_weights_out_of_range_are_refused(kind: type[Mean], weights: dict[str, float]) -> None:
    with pytest.raises(ParameterError) as caught:
        kind(weights)
    assert caught.value.field == "weights"
    assert caught.value.what.startswith("weights")


def test_weights_that_do_not_fit_the_signals_are_refused() -> None:
    parts = parts_of(np.zeros((2, 3, 1)))
    with pytest.raises(ParameterError, match="'value', no signal"):
        Mean({"s0": 1.0, "value": 1.0})(parts, regime(3))
    with pytest.raises(ParameterError, match="leaves out the signal 's1'"):
        Mean({"s0": 1.0})(parts, regime(3))


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: ZMean(minimum_history=1), "minimum_history"),
        (lambda: ZMean(clip=0.0), "clip"),
        (lambda: ZScore(clip=-1.0), "clip"),
        (lambda: Mean(minimum_coverage=1.1), "minimum_coverage"),
        (lambda: Mean(cap=-1.0), "cap"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field
