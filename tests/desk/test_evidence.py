"""What the checks of a validation look at: the months that are shared, and which variants are left out, or no other rule."""

from __future__ import annotations

import numpy as np
import pytest

from tests.desk.validation_worlds import monthly, trend
from trimtab.core.errors import DataError
from trimtab.desk.backtest import backtest
from trimtab.desk.evidence import Evidence, evidence
from trimtab.desk.grid import Grid
from trimtab.desk.ground_checks import ground, ground_check
from trimtab.desk.neighbourhood import neighbourhood
from trimtab.desk.tried import tried
from trimtab.validation.checks import Light


def over(count: int, *grid: str, seed: int = 1) -> Evidence:
    """Evidence of a timing by the average of 8 months on `count` months, among its neighbours or over a grid."""
    result = backtest(trend(), monthly(trend(), seed, count=count))
    around = Grid.parse(grid) if grid else neighbourhood(trend())
    return evidence(result, tried(result, around), seed=1)


def test_a_neighbour_that_cuts_the_history_too_short_is_left_out_and_named() -> None:
    """Regression: a policy with enough months was refused because of its neighbours, and told to give more months."""
    # Of 34 months 8 are needed for the first average: 26 returns are left. Averages of 10 and 12 months leave 24 and 22.
    found = over(34)
    assert len(found.returns) == 26
    reason = "would leave 24 months of shared history or less"
    assert [said for said in found.late if said.endswith(reason)] == [
        f"signals.trend.window={window}: {reason}" for window in ("10M", "12M")
    ]
    assert found.active.shape[1] > 2  # 4 and 6 months are there
    assert set(found.late) < set(ground(found).left_out)


def test_two_years_are_too_few_and_a_month_more_is_enough() -> None:
    """Regression: exactly 24 returns were accepted."""
    assert len(over(33, "signals.trend.window=8M").returns) == 25
    with pytest.raises(DataError, match="24 months of shared history are too few") as caught:
        over(32, "signals.trend.window=8M")
    assert caught.value.remedy == "Give more than 24 months of returns."


def test_a_set_without_another_rule_is_one_variant() -> None:
    """Regression: one neighbour that never acts, or gives the same, left the choice without an answer."""
    still = over(120, "combine.minimum=1,2")  # of one signal two never speak: no position but the benchmark's exposure, 0
    assert still.active.shape[1] == 1
    assert still.late == ("combine.minimum=2: never differs from the benchmark",)
    same = over(120, "combine.hysteresis=0,0.5")  # the sign of one signal is always 1 or -1
    assert same.returns.shape == same.active.shape == (len(same.rf), 1)
    assert same.late == ("combine.hysteresis=0.5: gives the policy's own returns",)
    np.testing.assert_array_equal(same.per_variant, same.per_variant[0])  # the surface is flat, and not full of holes
    surface = ground(same)
    assert surface.surface is not None
    assert ground_check(surface).light is not Light.UNKNOWN


def test_with_one_other_rule_every_variant_counts() -> None:
    found = over(120, "signals.trend.window=6M,8M", "combine.minimum=1,2", "combine.hysteresis=0,0.5")
    assert found.active.shape[1] == len(found.tried) == 8
    assert not found.late


def test_windows_of_the_surface_stand_in_the_order_of_their_length() -> None:
    """Regression: windows in several units stood by their bare numbers, 1Y before 3M before 10M before 26W."""
    surface = ground(over(120, "signals.trend.window=1Y,10M,26W,8M,3M,1Q")).surface
    assert surface is not None
    assert surface.axes == (("3M", "1Q", "26W", "8M", "10M", "1Y"),)
