"""Choosing by the past, judged by a future that it did not see: on returns over the benchmark written by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.desk.validation_worlds import by_hand
from trimtab.desk.choosing_checks import choice
from trimtab.desk.evidence import Evidence, sharpe_of
from trimtab.validation.checks import Check, Light

KINDS = ("walk-forward, anchored", "walk-forward, rolling", "purged k-fold", "combinatorial purged CV")


def checks(found: Evidence) -> dict[str, Check]:
    return {check.name: check for check in choice(found).checks}


def noise(months: int, variants: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, 0.01, (months, variants))


def test_one_that_is_always_the_best_is_followed_to_the_bit() -> None:
    # The first column has 1 % a month more than the others, whose standard deviation is 1 %: it is the best in every part
    # of five years or more, and so what is chosen each time is itself.
    active = noise(240, 12)
    active[:, 0] += 0.01
    found = checks(by_hand(active))
    assert found["purged k-fold"].value == pytest.approx(float(sharpe_of(active[:, 0])), rel=1e-12)
    after = float(sharpe_of(active[71:, 0]))  # from January 1997: the new year after five from February 1991 on
    assert found["walk-forward, anchored"].value == pytest.approx(after, rel=1e-12)
    assert all(found[name].light is Light.PASS for name in KINDS)


def test_a_lead_that_turns_round_fails() -> None:
    # Variant k is the best in years that are k modulo 3, and the worst in the year after: what was good is bad next.
    year = np.arange(240) // 12
    active = noise(240, 3) * 0.1
    for k in range(3):
        active[:, k] += np.where(year % 3 == k, 0.01, np.where(year % 3 == (k + 1) % 3, -0.02, 0.0))
    rolling = by_hand(active)
    assert checks(rolling)["purged k-fold"].light is Light.FAIL
    assert checks(rolling)["combinatorial purged CV"].light is Light.FAIL


def test_half_of_the_ratio_is_wanted_out_of_sample() -> None:
    active = noise(240, 40, seed=3)  # the best of forty on noise: 2 standard errors in sample
    active += 0.0005
    walked = checks(by_hand(active))["walk-forward, anchored"]
    inside = float(walked.words.split(" in sample")[0].rsplit(" ", 1)[-1])
    assert walked.light is (Light.FAIL if walked.value <= 0.0 else Light.PASS if walked.value >= 0.5 * inside else Light.WARN)
    assert inside > 2.0 * abs(walked.value)


def test_paths_are_as_many_as_the_groups_give() -> None:
    assert len(choice(by_hand(noise(240, 4))).paths) == 9  # C(10, 2) 2 / 10
    assert len(choice(by_hand(noise(60, 4))).paths) == 5  # C(6, 2) 2 / 6


@pytest.mark.parametrize(("active", "why"), [(noise(120, 1), "only one variant"), (np.zeros((120, 3)), "never differs")])
def test_what_cannot_be_asked_is_unknown_and_says_why(active: np.ndarray, why: str) -> None:
    for check in checks(by_hand(active)).values():
        assert check.light is Light.UNKNOWN
        assert why in check.words


def test_what_is_judged_was_never_learnt_from() -> None:
    # A row of plus one million in one variant makes it the best wherever that row is learnt from. Judged on that row itself,
    # it must not have been chosen: no history gains from it.
    active = noise(240, 5, seed=2)
    active[120, 4] = 1e6
    found = checks(by_hand(active))
    ratio = float(sharpe_of(active[:, 4]))
    assert found["purged k-fold"].value < 0.5 * ratio
    assert found["combinatorial purged CV"].value < 0.5 * ratio
