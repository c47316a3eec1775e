"""Bad prints that come back, real crashes that do not, and what peers share."""

from __future__ import annotations

import numpy as np
import pytest

from tests.data.quality.making import changing, found, of, plain, walk
from trimtab.core.arrays import Array
from trimtab.data.quality.findings import Outcome
from trimtab.data.quality.inspection import inspect
from trimtab.data.quality.settings import Settings
from trimtab.data.quality.spikes import Spikes


def moved(close: Array, rows: slice, factor: float) -> Array:
    close = close.copy()
    close[rows] *= factor
    return close


@pytest.mark.parametrize("length", [1, 2, 3])
@pytest.mark.parametrize("factor", [1.2, 0.8, 3.0, 10.0])
def test_a_price_that_leaves_and_comes_back_is_set_aside(length: int, factor: float) -> None:
    """Moves of 1 % a day; a fifth away and back is twenty of them, twice."""
    (one, *more) = changing(found(plain(moved(walk(2), slice(150, 150 + length), factor))))
    assert not more
    assert (one.code, one.outcome, [*one.rows]) == ("A1", Outcome.QUARANTINE, [*range(150, 150 + length)])


def test_a_crash_stays() -> None:
    """-20 % and a recovery of 5 % the day after, as in October 1987: not where it began."""
    close = moved(moved(walk(2), slice(150, 300), 0.8), slice(151, 300), 1.05)
    said = found(plain(close))
    assert not changing(said)
    assert any(f.detector == "jumps" for f in of(said, Outcome.NOTE))


def test_a_jump_that_lasts_stays_like_the_franc_of_2015() -> None:
    """+18 % in a series that moved by 0.1 % a day while its peg held."""
    assert not changing(found(plain(moved(walk(2, vol=0.001), slice(150, 300), 1.18))))


def test_the_last_row_is_only_noted_for_nobody_knows_whether_it_comes_back() -> None:
    said = found(plain(moved(walk(2), slice(299, 300), 1.2)))
    assert not changing(said)
    assert of(said, Outcome.NOTE)


def test_what_all_peers_do_is_the_market() -> None:
    market = np.ones(300)
    market[150] = 0.85  # one day down and back: a flash crash at the close
    all_of_them = [plain(walk(seed) * market, name=f"P{seed}") for seed in range(6)]
    assert not changing(inspect(all_of_them))
    alone = [plain(walk(seed) * (market if seed == 0 else 1.0), name=f"P{seed}") for seed in range(6)]
    assert {f.series for f in changing(inspect(alone))} == {"P0"}


def test_control_a_detector_with_its_threshold_out_of_reach_finds_nothing() -> None:
    bad = plain(moved(walk(2), slice(150, 151), 1.2))
    assert not inspect([bad], settings=Settings(detectors=(Spikes(sigmas=1e9),)))
    assert inspect([bad], settings=Settings(detectors=(Spikes(),)))
