"""Series beside the changes that come after them: sizes, sides, and what must not be taken for foresight."""

from __future__ import annotations

import numpy as np
import pytest

from trimtab.validation.forward import EITHER, FEWEST, Foresight, Pairing, plain_changes, relative_changes, two_way

SEEDS = range(40)


def found(pairing: Pairing, periods: int = 1) -> list[tuple[int, int]]:
    return [(n, m) for n, m, _ in pairing.foretold(periods)]


def test_correlations_are_those_of_the_rows_on_which_both_are_known() -> None:
    rng = np.random.default_rng(1)
    values, changes = rng.standard_normal((90, 3)), rng.standard_normal((90, 2))
    values[rng.random(values.shape) < 0.2], changes[:30, 0] = np.nan, np.nan
    for later in (0, 1, 3):
        got, count = Pairing.of_sizes(values, changes).correlated(later)
        for n in range(3):
            for m in range(2):
                one, other = values[: 90 - later, n], changes[later:, m]
                known = np.isfinite(one) & np.isfinite(other)
                assert count[n, m] == known.sum()
                assert got[n, m] == pytest.approx(np.corrcoef(one[known], other[known])[0, 1], abs=1e-12)


def test_a_change_is_up_to_its_row() -> None:
    levels = np.array([[1.0, -1.0], [2.0, 1.0], [1.0, np.e]])
    np.testing.assert_allclose(plain_changes(levels), [[np.nan, np.nan], [1.0, 2.0], [-1.0, np.e - 1.0]])
    np.testing.assert_allclose(relative_changes(levels), [[np.nan] * 2, [np.log(2.0), np.nan], [-np.log(2.0), 1.0]])


def test_a_flag_tells_rises_from_falls_where_sizes_hide_it() -> None:
    """A regression: a flag that is up while the next change will be a rise correlates by 0.8 with its size, under the bar."""
    changes = np.random.default_rng(2).standard_normal((200, 1))
    flag = np.roll(changes, -1) > 0.0
    assert found(Pairing.of_sides(flag.astype(float), changes)) == [(0, 0)]
    assert not found(Pairing.of_sizes(flag.astype(float), changes))
    late = changes > 0.0  # the same of the last change is what everybody knows
    assert not found(Pairing.of_sides(late.astype(float), changes))


def test_sides_by_hand() -> None:
    """Of 100 dates 50 are high, 45 of them before rises, and 5 of the 50 low ones too: (45 * 45 - 5 * 5) / 50 / 50 = 0.8."""
    flag = np.repeat([1.0, 0.0], 50)[:, None]
    moves = np.concatenate([np.repeat([1.0, -1.0], [45, 5]), np.repeat([1.0, -1.0], [5, 45])])[:, None]
    assert Pairing.of_sides(flag, moves).correlated(0)[0][0, 0] == pytest.approx(0.8)
    assert Foresight(0.8, 0.1, sides=True).found
    assert not Foresight(0.8, 0.1).found
    assert not Foresight(0.8, 0.41, sides=True).found


def test_sides_of_few_dates_say_nothing() -> None:
    """Two falls, and a flag that was up before both: with so few dates some flag always has been."""
    changes = np.ones((120, 1))
    changes[[40, 80]] = -1.0
    flag = (np.roll(changes, -1) < 0.0).astype(float)
    assert not found(Pairing.of_sides(flag, changes))
    assert np.isnan(two_way(changes)).all()
    enough = np.where(np.arange(120)[:, None] < EITHER, -1.0, 1.0)
    assert np.isfinite(two_way(enough)).all()


@pytest.mark.parametrize("count", [0, 1, 2, FEWEST])
def test_too_few_rows_foretell_nothing(count: int) -> None:
    rng = np.random.default_rng(4)
    values = rng.standard_normal((count, 2))
    for pairing in (Pairing.of_sizes(values, values), Pairing.of_sides(values, values)):
        assert not [pair for periods in (1, 2, 3) for pair in found(pairing, periods)]


def test_one_date_that_stands_out_is_no_foresight() -> None:
    """A regression: a flag that was up once, before the one jump of a series, correlated by 0.99 with its next change."""
    rng = np.random.default_rng(3)
    flag, changes = np.zeros((60, 1)), 0.01 * rng.standard_normal((60, 1))
    flag[20], changes[21] = 1.0, 5.0
    pairing = Pairing.of_sizes(flag, changes)
    assert pairing.correlated(1)[0][0, 0] > 0.99
    assert not found(pairing)


@pytest.mark.parametrize("count", [FEWEST + 2, 60, 240, 1000])
def test_honest_series_foretell_nothing(count: int) -> None:
    """Walks, slow levels, the last change and its sign, beside walks with a common factor, stale prices and slow moves."""
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        common, own = rng.standard_normal((count, 1)), rng.standard_normal((count, 3))
        stale = 0.35 * np.vstack([common[:1], common[:-1]]) + 0.6 * common + 0.7 * own[:, :1]
        slow = np.cumsum(0.2 * own[:, 1:2], axis=0) - 0.1 * np.arange(count)[:, None] * rng.standard_normal()
        changes = np.hstack([common, common + 0.1 * own[:, 2:], stale, slow])
        walk = np.cumsum(rng.standard_normal((count, 4)), axis=0)
        values = np.hstack([walk, np.cumsum(changes, axis=0), changes, np.sign(changes)])
        for periods in (1, 2, 3):
            assert not found(Pairing.of_sizes(values, changes), periods)
            assert not found(Pairing.of_sides(values, changes), periods)
