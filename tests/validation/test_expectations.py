"""The fan before launch, and where a live record lies in it: closed forms, laws, a file that survives, and the door."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics.performance import max_drawdown, total_return
from trimtab.validation import joint_paths as drawn
from trimtab.validation.expectations import Expectations, Origin, expectations, expectations_of
from trimtab.validation.joint_paths import Drawing, joint_paths

PHI = NormalDist().cdf


def futures(paths: int, years: float, *, seed: int = 1, ratio: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Monthly futures whose log returns differ by independent normals of an information ratio of `ratio` a year."""
    rng = np.random.default_rng(seed)
    size = (paths, round(12 * years))
    other = rng.normal(0.004, 0.04, size)
    ahead = rng.normal(0.04 * ratio / 12, 0.04 / math.sqrt(12), size)
    return np.expm1(other + ahead), np.expm1(other)


MINE, OTHER = futures(2000, 10)
FAN = expectations_of(MINE, OTHER, per_year=12)
PAST = np.random.default_rng(3).normal(0.006, 0.04, (2, 120))


# --- closed forms ---------------------------------------------------------------------------------------------------


def test_the_odds_of_lagging_are_phi_of_minus_ir_root_h():
    assert list(FAN.lagging) == [1, 3, 5, 10]
    for years, odds in FAN.lagging.items():
        p = PHI(-0.5 * math.sqrt(years))
        assert odds == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / 2000))


def test_the_fan_of_wealth_is_lognormal():
    # log wealth after 60 months: mean 60 (0.004 + 0.02 / 12), variance 60 (0.04^2 + 0.04^2 / 12)
    mean, sd = 60 * (0.004 + 0.02 / 12), math.sqrt(60 * 0.04**2 * 13 / 12)
    column = FAN.ages.index(60)
    for level, fan in FAN.quantiles("wealth").items():
        z = NormalDist().inv_cdf(level / 100)
        density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        error = 4 * sd * math.sqrt(level / 100 * (1 - level / 100) / 2000) / density
        assert math.log(fan[column]) == pytest.approx(mean + z * sd, abs=error)


def test_the_fan_is_that_of_each_path_measured_alone():
    few = expectations_of(MINE[:101], OTHER[:101], per_year=12)  # of 101 paths each percentile is a path
    for age in (1, 12, 120):
        deepest = np.sort([float(max_drawdown(path[:age])) for path in MINE[:101]])
        pairs = zip(MINE[:101], OTHER[:101], strict=True)
        ahead = np.sort([float((1 + total_return(a[:age])) / (1 + total_return(b[:age])) - 1) for a, b in pairs])
        for level in (5, 25, 50, 75, 95):
            assert few.quantiles("drawdown")[level][few.ages.index(age)] == pytest.approx(deepest[level])
            assert few.quantiles("shortfall")[level][few.ages.index(age)] == pytest.approx(ahead[level])


# --- laws -----------------------------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(arrays(float, (2, 7, 15), elements=st.floats(-0.5, 0.5)), st.permutations(range(7)))
def test_paths_have_no_order_and_falls_only_deepen(pair, order):
    one = expectations_of(*pair, per_year=12)
    other = expectations_of(*(part[order] for part in pair), per_year=12)
    for name in ("wealth", "drawdown", "shortfall"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert (np.diff(getattr(one, name), axis=0) >= 0.0).all()
    assert one.lagging == other.lagging
    assert (np.diff(one.drawdown, axis=1) <= 1e-15).all()
    assert (one.drawdown <= 0.0).all()


@settings(max_examples=15)
@given(st.integers(1, 6), st.integers(1, 40), st.integers(0, 2**32), st.one_of(st.none(), st.floats(1.0, 20.0)))
def test_a_stored_fan_is_the_same_years_later(paths, periods, seed, block):
    rng = np.random.default_rng(seed)
    made = expectations_of(*rng.normal(0.01, 0.05, (2, paths, periods)), per_year=12)
    made = replace(made, origin=Origin(paths, seed, block, 120))
    again = Expectations.from_dict(json.loads(json.dumps(made.to_dict(), allow_nan=False)))
    assert again.to_dict() == made.to_dict()
    assert (again.ages, again.levels, again.lagging, again.origin) == (made.ages, made.levels, made.lagging, made.origin)
    np.testing.assert_array_equal(again.wealth, made.wealth)


# --- drawn from the past --------------------------------------------------------------------------------------------


def test_drawn_pairs_come_from_the_same_month_and_keep_their_order(monkeypatch):
    mine, other = (np.concatenate(part) for part in zip(*joint_paths(*PAST, 300, Drawing(7, 40, block=6.0)), strict=True))
    assert mine.shape == other.shape == (40, 300)
    rows = np.searchsorted(np.sort(PAST[0]), mine)
    at = np.argsort(PAST[0])[rows]
    np.testing.assert_array_equal(PAST[0][at], mine)
    np.testing.assert_array_equal(PAST[1][at], other)
    follows = ((at[:, 1:] - at[:, :-1]) % 120 == 1).mean()
    assert follows == pytest.approx(5 / 6, abs=0.03)
    monkeypatch.setattr(drawn, "AT_ONCE", 1)
    parts = [*joint_paths(*PAST, 300, Drawing(7, 40, block=6.0))]
    assert [len(part) for part, _ in parts] == [1] * 40  # memory is bounded, and that changes nothing
    np.testing.assert_array_equal(np.concatenate([part for part, _ in parts]), mine)


def test_expectations_from_the_past_are_repeatable_and_centred_on_it():
    made = expectations(*PAST, years=5, per_year=12, drawing=Drawing(4, 2000, block=1.0))
    assert made.to_dict() == expectations(*PAST, years=5, per_year=12, drawing=Drawing(4, 2000, block=1.0)).to_dict()
    assert made.origin == Origin(2000, 4, 1.0, 120)
    assert list(made.lagging) == [1, 3, 5]
    # log wealth after 60 independent months: mean 60 times that of the past; error of a median 1.2533 sd / sqrt(2000)
    logs = np.log1p(PAST[0])
    error = 4 * 1.2533 * logs.std() * math.sqrt(60) / math.sqrt(2000)
    assert math.log(made.quantiles("wealth")[50.0][-1]) == pytest.approx(60 * logs.mean(), abs=error + 0.01)
    found = expectations(*PAST, years=1, per_year=12, drawing=Drawing(4, 10))
    assert found.origin.block is not None
    assert found.origin.block >= 1.0


def test_days_are_kept_by_the_month_and_at_the_years():
    fan = expectations_of(np.zeros((3, 800)), np.zeros((3, 800)), per_year=252)
    assert fan.ages[:3] == (21, 42, 63)
    assert {252, 756, 800} <= set(fan.ages)
    assert fan.lagging == {1: 0.0, 3: 0.0}  # as good as the benchmark is not behind it


@pytest.fixture(scope="module")
def ladder() -> Expectations:
    """101 paths of one period, from 0 % to +100 % by steps of 1 %, against a benchmark that stands still."""
    return expectations_of(np.arange(101)[:, None] / 100, np.zeros((101, 1)), per_year=1)


def test_words():
    assert FAN.words.startswith("After 10 years expect ")
    assert " Odds of lagging the benchmark, by years: 3" in FAN.words
    month = expectations_of(MINE[:, :1], OTHER[:, :1], per_year=12)
    assert month.lagging == {}
    assert "Odds" not in month.words


# --- refused --------------------------------------------------------------------------------------------------------


def test_the_door_of_paths():
    for paths, other in (
        (np.zeros((2, 3)), np.zeros((2, 2))),
        (np.zeros(3), np.zeros(3)),
        (np.zeros((0, 3)), np.zeros((0, 3))),
    ):
        with pytest.raises(DataError, match="stand beside"):
            expectations_of(paths, other, per_year=12)
    for fault in (np.nan, -1.5):
        with pytest.raises(DataError, match="unknown"):
            expectations_of(np.full((2, 3), fault), np.zeros((2, 3)), per_year=12)
    with pytest.raises(DataError, match="benchmark loses everything"):
        expectations_of(np.zeros((2, 3)), np.full((2, 3), -1.0), per_year=12)
    assert expectations_of(np.full((2, 3), -1.0), np.zeros((2, 3)), per_year=12).wealth.max() == 0.0  # ruin is a future
    with pytest.raises(ParameterError, match="no fan of"):
        FAN.quantiles("turnover")


def test_the_door_of_the_past():
    for past in (PAST[:, :11], np.stack([PAST, PAST]), np.empty((2, 0))):
        with pytest.raises(DataError, match="at least 12"):
            expectations(past[0], past[1], years=1, per_year=12, drawing=Drawing(1, 5))
    holes = PAST.copy()
    holes[1, 3] = np.nan
    with pytest.raises(DataError, match="unknown"):
        expectations(*holes, years=1, per_year=12, drawing=Drawing(1, 5))
    with pytest.raises(ParameterError, match="stand against"):
        expectations(PAST[0], PAST[1, 1:], years=1, per_year=12, drawing=Drawing(1, 5))
    for years, paths in ((0.0, 5), (1.0, 0)):
        with pytest.raises(ParameterError, match="at least one of both"):
            expectations(*PAST, years=years, per_year=12, drawing=Drawing(1, paths))
    with pytest.raises(ParameterError, match="below 1"):
        expectations(*PAST, years=1, per_year=12, drawing=Drawing(1, 5, block=0.5))
    for years in (math.nan, math.inf, 101, 1e300):
        with pytest.raises(ParameterError, match="years are not drawn"):
            expectations(*PAST, years=years, per_year=12, drawing=Drawing(1, 5))
    with pytest.raises(ParameterError, match="seed -1 is below 0"):
        Drawing(seed=-1)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", 2),
        ("form", "other"),
        ("ages", [2, 1]),
        ("ages", []),
        ("levels", [5.0, 50.0]),
        ("wealth", [[1.0]]),
        ("wealth", None),
        ("drawdown", "x"),
        ("lagging", [[1, 1.5]]),
        ("lagging", 3),
        ("per_year", -1.0),
        ("origin", {"paths": 0}),
        ("origin", {"who": 1}),
    ],
)
def test_a_damaged_file_is_refused(ladder, key, value):
    with pytest.raises(DataError):
        Expectations.from_dict({**ladder.to_dict(), key: value})


def test_a_file_without_a_part_or_with_a_number_turned_is_refused(ladder):
    plain = ladder.to_dict()
    for key in plain:
        with pytest.raises(DataError):
            Expectations.from_dict({name: part for name, part in plain.items() if name != key})
    short = {name: plain[name][5:9] for name in ("levels", "wealth", "drawdown", "shortfall")}
    with pytest.raises(DataError, match="lack percentiles"):
        Expectations.from_dict({**plain, **short})
    for turned in (0.0, math.nan):
        plain["wealth"][3][0] = turned
        with pytest.raises(DataError, match="rising percentiles"):
            Expectations.from_dict(plain)
    with pytest.raises(DataError, match="mapping"):
        Expectations.from_dict([1])
    with pytest.raises(ValueError, match="read-only"):
        ladder.wealth[0, 0] = 2.0
