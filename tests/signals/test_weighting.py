"""How a regime moves the weights of signals: worked by hand, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.laws import same
from tests.signals.rows_of_parts import parts_of, random_parts, regime, weather
from trimtab.core.errors import ParameterError
from trimtab.core.values import Asset, Parts, Regime
from trimtab.signals.mean import Mean
from trimtab.signals.vote import Vote
from trimtab.signals.weighting import weights_in_force

nan = np.nan


def states(stressed: list[float]) -> Regime:
    """Calm and stressed."""
    column = np.array(stressed)
    return Regime(("calm", "stressed"), np.stack([1.0 - column, column], axis=-1))


def two(momentum: float, value: float, days: int) -> Parts:
    """The same two answers on one asset on every date."""
    values = np.array([momentum, value])[:, None, None] * np.ones((2, days, 1))
    return Parts((Asset("STOCKS"),), ("momentum", "value"), values)


def test_momentum_off_when_volatility_is_high_value_instead() -> None:
    # Momentum says 1, value -0.5. Calm: 1. Stressed: -0.5. A chance of .25: .75 x 1 - .25 x .5 = .625. Unknown: as calm.
    mean = Mean({"momentum": 1, "value": 0}, by_state={"stressed": {"momentum": 0, "value": 1}})
    parts, weather_ = two(1.0, -0.5, 4), states([0.0, 1.0, 0.25, nan])
    assert mean(parts, weather_).values[:, 0].tolist() == pytest.approx([1.0, -0.5, 0.625, 1.0])
    assert mean.shares(parts, weather_)[:, 2, 0].tolist() == pytest.approx([0.75, -0.125])
    assert mean.words == "their mean, weighted momentum 1, value 0; in stressed momentum 0, value 1"


def test_a_signal_that_is_gated_off_does_not_count_as_missing() -> None:
    # Value is silent. Calm: it has no weight, all of it speaks. Stressed: nothing does. A chance of .25: three quarters.
    mean = Mean({"momentum": 1, "value": 0}, by_state={"stressed": {"momentum": 0, "value": 1}})
    parts, weather_ = two(1.0, nan, 3), states([0.0, 1.0, 0.25])
    assert mean.coverage(parts, weather_)[:, 0].tolist() == pytest.approx([1.0, 0.0, 0.75])
    assert mean(parts, weather_).values[:, 0] == pytest.approx([1.0, nan, 1.0], nan_ok=True)


def test_states_are_scaled_before_they_are_mixed() -> None:
    # Ten to ten counts as one to one: half and half of (1/4, 3/4) and (1/2, 1/2) is (.375, .625).
    parts = two(1.0, 1.0, 1)
    found = weights_in_force({"momentum": 1, "value": 3}, {"stressed": {"momentum": 10, "value": 10}}, parts, states([0.5]))
    assert found[:, 0, 0].tolist() == pytest.approx([0.375, 0.625])


def test_a_state_that_is_not_named_has_the_weights() -> None:
    weather_ = Regime(("calm", "stressed", "crisis"), np.array([[0.0, 0.0, 1.0], [0.0, 0.5, 0.5]]))
    found = weights_in_force({}, {"crisis": {"momentum": 0, "value": 1}}, two(1.0, 1.0, 2), weather_)
    assert found[:, :, 0].T.tolist() == [[0.0, 1.0], [0.25, 0.75]]


def test_a_date_on_which_no_state_is_held_yet_has_the_weights() -> None:
    weather_ = Regime(("calm", "stressed"), np.array([[0.0, 0.0], [nan, 1.0]]))
    found = weights_in_force({}, {"stressed": {"momentum": 0, "value": 1}}, two(1.0, 1.0, 2), weather_)
    assert (found == 0.5).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_score_of_a_certain_state_is_that_of_its_weights(seed: int) -> None:
    rng = np.random.default_rng(seed)
    calm, stressed = ({f"s{k}": float(w) for k, w in enumerate(rng.integers(0, 4, 3) + (np.arange(3) == 1))} for _ in range(2))
    parts, weather_ = parts_of(random_parts(seed, (3, 12, 2))), weather(seed, 12)
    for kind in (Mean, Vote):
        gated = kind(weights=calm, by_state={"stressed": stressed})(parts, weather_).values
        plain = {name: kind(weights=row)(parts, regime(12)).values for name, row in (("calm", calm), ("stressed", stressed))}
        certain = weather_.probabilities[:, 1]
        for p, name in ((0.0, "calm"), (1.0, "stressed"), (nan, "calm")):
            rows = np.isnan(certain) if np.isnan(p) else certain == p
            np.testing.assert_allclose(gated[rows], plain[name][rows], rtol=1e-12, atol=1e-15)


def test_the_same_weights_in_every_state_are_no_gate() -> None:
    parts = parts_of(random_parts(4, (3, 12, 2)))
    row = {"s0": 0.5, "s1": 0.25, "s2": 0.25}
    assert same(
        Mean(row, by_state={"stressed": row, "calm": row})(parts, states([0.0, 1.0] * 6)).values,
        Mean(row)(parts, regime(12)).values,
    )


def test_unknown_states_are_refused_with_the_known_ones() -> None:
    gated = Mean(by_state={"panic": {"momentum": 0, "value": 1}})
    with pytest.raises(ParameterError, match="'panic', no state of the regime") as caught:
        gated(two(1.0, 1.0, 1), states([0.0]))
    assert caught.value.field == "by_state"
    assert caught.value.remedy == "The regime tells apart calm, stressed."


def test_unknown_signals_are_refused_with_the_known_ones() -> None:
    with pytest.raises(ParameterError, match=r"by_state\.stressed names 'carry', no signal") as caught:
        Mean(by_state={"stressed": {"momentum": 0, "carry": 1}})(two(1.0, 1.0, 1), states([0.0]))
    assert caught.value.field == "by_state"
    assert "momentum, value" in caught.value.remedy
    with pytest.raises(ParameterError, match=r"by_state\.stressed leaves out the signal 'value'"):
        Vote(by_state={"stressed": {"momentum": 1}})(two(1.0, 1.0, 1), states([0.0]))


@pytest.mark.parametrize("kind", [Mean, Vote])
@pytest.mark.parametrize("row", [{"s0": -1.0}, {"s0": nan}, {"s0": 0.0}, {}])
def test_weights_of_a_state_out_of_range_are_refused(kind: type[Mean], row: dict[str, float]) -> None:
    with pytest.raises(ParameterError, match="stressed") as caught:
        kind(by_state={"stressed": row})
    assert caught.value.field == "by_state"
    assert caught.value.what.startswith("by_state")
