"""Rows drawn: parts join, more paths continue fewer, blocks stay together, and distributions have the moments stated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.arrays import Array
from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics.bootstrap import stationary_draws, stationary_indices
from trimtab.numerics.intervals import best_block
from trimtab.numerics.resampling import FREEDOM, Futures, Model, block_of, drawn

MODELS = st.sampled_from(Model)


def table(count: int = 60, columns: int = 3, seed: int = 0) -> tuple[Array, np.ndarray]:
    """Growth of all columns but the last, which is a rate."""
    rng = np.random.default_rng(seed)
    rows = np.exp(rng.normal(0.005, 0.04, (count, columns)))
    rows[:, -1] = rng.normal(0.03, 0.01, count)
    return rows, np.arange(columns) < columns - 1


def together(rows: Array, positive: np.ndarray, length: int, futures: Futures, at_once: int) -> Array:
    return np.concatenate(list(drawn(rows, positive, length, futures, at_once=at_once)))


@given(MODELS, st.integers(1, 150), st.integers(1, 9), st.integers(1, 9), st.integers(0, 5))
@settings(max_examples=30)
def test_parts_join_and_more_paths_continue_fewer(model: Model, length: int, paths: int, at_once: int, seed: int) -> None:
    rows, positive = table()
    few = Futures(1, seed, paths, model=model)
    alone = together(rows, positive, length, few, 100)
    assert alone.shape == (paths, length, 3)
    assert together(rows, positive, length, few, at_once).tobytes() == alone.tobytes()
    more = together(rows, positive, length, replace(few, paths=paths + 3), at_once)
    assert more[:paths].tobytes() == alone.tobytes()


@given(st.integers(1, 200), st.sampled_from((1.0, 4.0, 20.0)), st.integers(0, 9))
@settings(max_examples=20)
def test_rows_are_those_of_the_stationary_bootstrap(length: int, block: float, seed: int) -> None:
    """A draw is one chain of blocks of any length: where the length is that of the history, those of `stationary_indices`."""
    rows, positive = table(40)
    numbers = indices(40, length, Futures(1, seed, 5, block=block))
    assert together(rows, positive, length, Futures(1, seed, 5, block=block), 2).tobytes() == rows[numbers].tobytes()
    if block == 1.0 or length < 5:
        return
    jumps = (numbers[:, 1:] != (numbers[:, :-1] + 1) % 40).mean()
    assert jumps == pytest.approx(39.0 / 40.0 / block, abs=4.0 * np.sqrt(1.0 / block / numbers.size) + 1.0 / numbers.size)


def test_as_long_as_the_history_they_are_the_draws_of_an_interval() -> None:
    assert (indices(40, 40, Futures(1, 3, 5, block=6.0)) == stationary_indices(40, 5, 6.0, seed=3)).all()


def indices(count: int, length: int, futures: Futures) -> np.ndarray:
    assert futures.block is not None
    parts = stationary_draws(count, futures.paths, futures.block, seed=futures.seed, rows=3, length=length)
    return np.concatenate(list(parts))


def test_whole_rows_are_drawn() -> None:
    rows, positive = table()
    found = together(rows, positive, 90, Futures(1, 1, 20), 7).reshape(-1, 3)
    assert {tuple(row) for row in found.tolist()} <= {tuple(row) for row in rows.tolist()}


def test_block_one_is_the_bootstrap_of_independent_rows() -> None:
    """Each row follows each: of 200,000 pairs of 20 rows, every one of the 400 has 500, give or take 5 * sqrt(500) = 112."""
    numbers = indices(20, 20, Futures(1, 1, 10_500, block=1.0))
    pairs = np.bincount((numbers[:, :-1] * 20 + numbers[:, 1:]).reshape(-1), minlength=400)
    assert abs(pairs / pairs.sum() * 400.0 - 1.0).max() < 0.25
    follows = (numbers[:, 1:] == (numbers[:, :-1] + 1) % 20).mean()
    assert follows == pytest.approx(1.0 / 20.0, abs=0.003)


def test_longer_blocks_keep_what_follows_what() -> None:
    """A row is followed by the next with the probability 1 - 1/5 + 1/5/20 = .81."""
    numbers = indices(20, 20, Futures(1, 1, 1_000, block=5.0))
    assert (numbers[:, 1:] == (numbers[:, :-1] + 1) % 20).mean() == pytest.approx(0.81, abs=0.015)


def test_the_block_is_that_of_politis_and_white() -> None:
    rows, _ = table(300)
    assert block_of(rows, Futures(1, 1)) == best_block(rows.T)
    assert block_of(rows, Futures(1, 1, block=7.0)) == 7.0
    assert block_of(rows, Futures(1, 1, model=Model.NORMAL)) is None


@pytest.mark.parametrize("model", [Model.NORMAL, Model.STUDENT])
def test_a_distribution_has_the_mean_and_covariance_of_the_history(model: Model) -> None:
    rows, positive = table(200, seed=4)
    rows[:, 1] = rows[:, 0] ** 2  # moves with the first column: the covariance is singular
    logs = np.column_stack([np.log(rows[:, :2]), rows[:, 2]])
    found = together(rows, positive, 100, Futures(1, 1, 800, model=model), 400).reshape(-1, 3)
    found = np.column_stack([np.log(found[:, :2]), found[:, 2]])
    error = logs.std(axis=0) / np.sqrt(len(found))
    assert (abs(found.mean(axis=0) - logs.mean(axis=0)) < 5.0 * error).all()
    assert np.cov(found, rowvar=False) == pytest.approx(np.cov(logs, rowvar=False), rel=0.08, abs=5e-6)
    assert found[:, 1] == pytest.approx(2.0 * found[:, 0], abs=1e-9)


def test_students_tails_are_heavy() -> None:
    """Excess kurtosis 6 / (f - 4): 6 at five degrees of freedom. P(|t| > 4 sd) by scipy."""
    from scipy.stats import t

    rows, positive = table(200)
    found = together(rows, positive, 100, Futures(1, 1, 1500, model=Model.STUDENT), 1000)[..., 2].reshape(-1)
    scaled = (found - found.mean()) / found.std()
    beyond = 2.0 * t.sf(4.0 * np.sqrt(FREEDOM / (FREEDOM - 2.0)), FREEDOM)
    assert (abs(scaled) > 4.0).mean() == pytest.approx(beyond, rel=0.15)
    calm = together(rows, positive, 100, Futures(1, 1, 1500, model=Model.NORMAL), 1000)[..., 2].reshape(-1)
    assert (abs((calm - calm.mean()) / calm.std()) > 4.0).mean() < 0.1 * beyond


def test_columns_of_very_different_size_keep_their_digits() -> None:
    """Volumes of 1e12 beside returns of 1e-2: the root of the plain covariance would be noise in the small column."""
    rng = np.random.default_rng(1)
    rows = np.column_stack([np.exp(rng.normal(0.0, 0.01, 100)), rng.normal(1e12, 1e11, 100)])
    found = together(rows, np.array([True, False]), 50, Futures(1, 1, 200, model=Model.NORMAL), 50)
    assert np.log(found[..., 0]).std() == pytest.approx(np.log(rows[:, 0]).std(ddof=1), rel=0.05)


def test_a_column_that_stands_still_stands_still() -> None:
    rows, positive = table()
    rows[:, 2] = 0.02
    assert together(rows, positive, 10, Futures(1, 1, 5, model=Model.NORMAL), 5)[..., 2] == pytest.approx(0.02, abs=1e-15)


@pytest.mark.parametrize(
    ("wrong", "words"), [({"paths": 0}, "0 paths"), ({"years": 0}, "0 years"), ({"block": 0.5}, "below 1")]
)
def test_what_cannot_be_drawn_is_refused(wrong: dict[str, float], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        Futures(**({"years": 1, "seed": 1} | wrong))  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="seed"):
        Futures(1, -1)


def test_too_few_rows_are_refused() -> None:
    rows, positive = table(11)
    with pytest.raises(DataError, match="11 rows"):
        next(drawn(rows, positive, 5, Futures(1, 1), at_once=1))
