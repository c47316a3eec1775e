"""What Vote, Mean, RankMean and ZMean share: one conformance test for all combiners."""

from __future__ import annotations

import dataclasses
import pickle
from enum import Enum
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.laws import same
from tests.signals.rows_of_parts import combined, parts_of, random_parts, regime, weather
from trimtab.core.roles import Fold
from trimtab.core.values import Parts, Regime, Scores
from trimtab.signals.mean import Mean
from trimtab.signals.rank_mean import RankMean
from trimtab.signals.ranking import Within
from trimtab.signals.vote import Vote
from trimtab.signals.zscore import Standardise, ZMean

COMBINERS: list[Any] = [
    Vote(),
    Vote(0.5, 2),
    Mean(),
    Mean({"s0": 0.7, "s1": 0.3, "s2": 0.0}, 0.0),
    ZMean(minimum_history=3),
    ZMean({"s0": 2.0, "s1": 1.0, "s2": 1.0}, minimum_history=2, clip=1.0, minimum_coverage=0.75),
    ZMean(minimum_history=2, standardise=Standardise.NONE, cap=0.8),
    RankMean(),
    RankMean({"s0": 2.0, "s1": 1.0, "s2": 1.0}, within=Within.CLASS),
]
STRESS = {"stressed": {"s0": 0.0, "s1": 0.0, "s2": 1.0}}
GATED: list[Any] = [
    Mean(by_state=STRESS, cap=0.5),
    Vote(0.4, weights={"s0": 0.5, "s1": 0.0, "s2": 1.0}, by_state=STRESS),
    ZMean({"s0": 1.0, "s1": 1.0, "s2": 0.0}, by_state=STRESS, minimum_history=2, cap=1.5),
    RankMean(by_state={**STRESS, "calm": {"s0": 1.0, "s1": 0.0, "s2": 3.0}}),
]
every_combiner = pytest.mark.parametrize("combiner", [*COMBINERS, *GATED], ids=lambda c: type(c).__name__)
seeds = st.integers(0, 2**32 - 1)


@every_combiner
@settings(max_examples=5, deadline=None)
@given(seed=seeds)
def test_the_past_alone_decides(combiner: Any, seed: int) -> None:
    """Any prefix of dates gives the same bits, and another future changes nothing."""
    values = random_parts(seed, (3, 14, 4))
    whole = combined(combiner, values, weather(seed, 14))
    for d in range(1, 15):
        assert same(combined(combiner, values[:, :d], weather(seed, d)), whole[:d])
        spoilt = np.concatenate([values[:, :d], -3.0 * values[:, d:] + 1.0], axis=1)
        assert same(combined(combiner, spoilt, weather(seed, 14))[:d], whole[:d])


@every_combiner
@settings(max_examples=5, deadline=None)
@given(seed=seeds)
def test_a_date_alone_is_its_row_of_the_batch(combiner: Any, seed: int) -> None:
    parts, states = parts_of(random_parts(seed, (3, 9, 4))), weather(seed, 9)
    whole = combiner(parts, states).values
    for d in range(9):
        one = Parts(parts.assets, parts.names, parts.values[:, [d]])
        alone = Regime(states.states, states.probabilities[[d]])
        assert same(combiner(one, alone).values[0], whole[d])
        row = Parts(parts.assets, parts.names, parts.values[:, d])  # as a report asks, without the D axis
        today = Regime(states.states, states.probabilities[d])
        assert same(combiner.shares(row, today), combiner.shares(parts, states)[:, d])
        assert same(combiner.coverage(row, today), combiner.coverage(parts, states)[d])


@every_combiner
@settings(max_examples=5, deadline=None)
@given(seed=seeds)
def test_assets_and_variants_are_apart(combiner: Any, seed: int) -> None:
    values, states = random_parts(seed, (3, 14, 5, 4)), weather(seed, 14)
    whole = combined(combiner, values, states)
    for v in range(5):
        assert same(combined(combiner, values[:, :, v], states), whole[:, v])
    order = np.random.default_rng(seed).permutation(4)
    assert same(combined(combiner, values[..., order], states), whole[..., order])


@every_combiner
@settings(max_examples=5, deadline=None)
@given(seed=seeds)
def test_shares_add_up_to_the_score(combiner: Any, seed: int) -> None:
    """Before the cap."""
    parts, states = parts_of(random_parts(seed, (3, 9, 3))), weather(seed, 9)
    free = dataclasses.replace(combiner, cap=0.0) if getattr(combiner, "cap", 0.0) else combiner
    scores = free(parts, states).values
    spoken = np.isfinite(scores)
    assert np.allclose(combiner.shares(parts, states).sum(0)[spoken], scores[spoken], rtol=1e-12, atol=1e-15)
    covered = combiner.coverage(parts, states)
    assert ((covered >= 0.0) & (covered <= 1.0)).all()
    assert (covered[spoken] > 0.0).all()


@every_combiner
def test_nothing_speaks(combiner: Any) -> None:
    assert np.isnan(combined(combiner, np.full((3, 5, 2), np.nan), weather(1, 5))).all()
    assert combiner(parts_of(np.empty((3, 0, 2))), weather(1, 0)).values.shape == (0, 2)


def test_no_signals_at_all() -> None:
    for combiner in (Vote(), Mean(), ZMean(), RankMean()):
        assert np.isnan(combiner(parts_of(np.empty((0, 4, 2))), regime(4)).values).all()


@every_combiner
def test_memory_is_replaced_not_written_into(combiner: Any) -> None:
    for fold in (combiner, combiner.prepares):
        if isinstance(fold, Fold):
            row = np.array([[1.0, -0.4], [np.nan, 0.2]])
            state, _ = fold.advance(fold.start(row), row)
            kept = [part.copy() for part in state]
            fold.advance(state, -row)
            assert all(same(a, b) for a, b in zip(state, kept, strict=True))


@every_combiner
def test_combiners_are_frozen_values(combiner: Any) -> None:
    assert pickle.loads(pickle.dumps(combiner)) == combiner
    assert hash(combiner) == hash(dataclasses.replace(combiner))
    assert not hasattr(combiner, "__dict__")
    assert combiner.words


@every_combiner
def test_combiners_are_built_from_a_policy_file(combiner: Any) -> None:
    from pydantic import TypeAdapter

    plain = {f.name: getattr(combiner, f.name) for f in dataclasses.fields(combiner)}
    plain = {name: value.value if isinstance(value, Enum) else value for name, value in plain.items()}
    adapter = TypeAdapter(type(combiner))
    assert adapter.validate_python(plain) == combiner
    assert adapter.json_schema()["properties"].keys() == plain.keys()


# ----- planted fault: the same law must see it -----


class FullSampleZ(Mean):
    """Scores against mean and sd of all dates, those to come among them."""

    __slots__ = ()

    def __call__(self, parts: Parts, regime: Regime) -> Scores:
        filled = np.nan_to_num(parts.values)
        z = (parts.values - filled.mean(1, keepdims=True)) / (filled.std(1, keepdims=True) + 1.0)
        return super().__call__(dataclasses.replace(parts, values=z), regime)


def test_a_full_sample_z_is_caught() -> None:
    with pytest.raises(AssertionError):
        test_the_past_alone_decides.hypothesis.inner_test(combiner=FullSampleZ(), seed=2)


class Tomorrow(Mean):
    """Weighs the signals by the state of the day after."""

    __slots__ = ()

    def __call__(self, parts: Parts, regime: Regime) -> Scores:
        later = np.concatenate([regime.probabilities[1:], regime.probabilities[-1:]])
        return super().__call__(parts, dataclasses.replace(regime, probabilities=later))


def test_the_weather_of_tomorrow_is_caught() -> None:
    with pytest.raises(AssertionError):
        test_the_past_alone_decides.hypothesis.inner_test(combiner=Tomorrow(by_state=STRESS), seed=2)
    with pytest.raises(AssertionError):
        test_a_date_alone_is_its_row_of_the_batch.hypothesis.inner_test(combiner=Tomorrow(by_state=STRESS), seed=2)
