"""The rule that makes one ruling out of many lights, and its faults planted."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.validation.checks import DATA_SNOOPING, LUCK, SELECTION, SIGNIFICANCE, Check, Light, Ruling, lit, overall

NAMES = [*SELECTION, SIGNIFICANCE, "costs x2", "walk-forward"]
checks = st.lists(
    st.builds(Check, st.sampled_from(NAMES), st.just(0.0), st.just(0.0), st.sampled_from(Light), st.just("")), max_size=6
)
GOOD = [Check(name, 0.0, 0.0, Light.PASS, "") for name in SELECTION]


@settings(max_examples=50, deadline=None)
@given(checks, st.randoms(use_true_random=False))
def test_the_order_of_checks_and_their_warnings_change_nothing(made, shuffler):
    other = [replace(check, light=Light.PASS) if check.light is Light.WARN else check for check in made]
    shuffler.shuffle(other)
    assert overall(other) is overall(made)


@settings(max_examples=50, deadline=None)
@given(checks, st.integers(0, 5))
def test_a_failure_never_makes_the_ruling_better(made, which):
    rank = [Ruling.OVERFITTED, Ruling.NOT_SHOWN, Ruling.HOLDS]
    worse = [replace(check, light=Light.FAIL) if k == which else check for k, check in enumerate(made)]
    assert rank.index(overall(worse)) <= rank.index(overall(made))


@settings(max_examples=50, deadline=None)
@given(checks)
def test_what_holds_has_an_answer_about_luck_and_no_failure(made):
    if overall(made) is Ruling.HOLDS:
        assert any(check.name in LUCK and check.light in (Light.PASS, Light.WARN) for check in made)
        assert all(check.light is not Light.FAIL for check in made)


@pytest.mark.parametrize("name", SELECTION)
def test_each_check_of_the_choice_sinks_it_alone(name):
    assert overall(GOOD) is Ruling.HOLDS
    for light, ruling in ((Light.FAIL, Ruling.OVERFITTED), (Light.UNKNOWN, Ruling.NOT_SHOWN), (Light.WARN, Ruling.HOLDS)):
        assert overall([replace(one, light=light) if one.name == name else one for one in GOOD]) is ruling


def test_what_is_no_matter_of_choice_is_not_called_overfitted():
    assert overall([*GOOD, Check("costs x2", 0.0, 0.0, Light.FAIL, "")]) is Ruling.NOT_SHOWN
    assert overall([*GOOD, Check("costs x2", 0.0, 0.0, Light.UNKNOWN, "")]) is Ruling.HOLDS
    assert overall([Check(SIGNIFICANCE, 0.4, 0.02, Light.FAIL, "")]) is Ruling.NOT_SHOWN
    assert overall([Check(SIGNIFICANCE, 0.01, 0.02, Light.PASS, "")]) is Ruling.HOLDS
    assert overall([one for one in GOOD if one.name != DATA_SNOOPING]) is Ruling.NOT_SHOWN
    assert overall([]) is Ruling.NOT_SHOWN


def test_a_light_without_a_figure_is_unknown():
    assert lit(math.nan, passes=True, fails=False) is Light.UNKNOWN
    assert lit(0.1, passes=True, fails=False) is Light.PASS
    assert lit(0.3, passes=False, fails=False) is Light.WARN
    assert lit(0.9, passes=True, fails=True) is Light.FAIL
