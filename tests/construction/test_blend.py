"""A blend by itself: what it is made of, what it reads, what it cannot be, and the same one deaf to the market's state."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trimtab.construction.blend import Blend, Sleeve, sleeves_of
from trimtab.construction.mixes import ByState, Equal, Fixed, InverseRisk
from trimtab.construction.static import Static
from trimtab.construction.volatility_target import Deleverage, VolatilityTarget
from trimtab.core.calendar import Frequency
from trimtab.core.errors import ParameterError, UsageError
from trimtab.core.values import Asset, Forecast, Regime, Scores
from trimtab.forecasts.ewma import Ewma
from trimtab.regimes.volatility import VolatilityRegime
from trimtab.signals.momentum import Momentum
from trimtab.signals.vote import Vote

HELD = Static((0.6, 0.4))
LEVERED = VolatilityTarget(HELD, target=0.1, most=2.0, deleverage=Deleverage(states=("stressed",)))
FULL = Sleeve(HELD, signals={"m": Momentum(excess_of="bills")}, combine=Vote(), regime=VolatilityRegime(), forecast=Ewma())


def test_everything_that_it_is_made_of_is_a_member_and_what_they_need_it_needs() -> None:
    assert FULL.members == (FULL.signals["m"], FULL.combine, FULL.regime, FULL.forecast, HELD)
    assert Sleeve(HELD).members == (HELD,)
    blend = Blend({"a": FULL, "b": Sleeve(HELD)}, Equal())
    assert blend.members == (*FULL.members, HELD)
    assert blend.needs.count("bills") == 1
    assert Blend({"a": FULL, "b": FULL}, Equal()).needs.count("bills") == 1


def test_it_reads_what_its_mix_reads() -> None:
    one = {"a": Sleeve(HELD)}
    reads = [(Blend(one, mix).reads_covariance, Blend(one, mix).reads_regime) for mix in (Equal(), InverseRisk())]
    assert reads == [(False, False), (True, False)]
    assert Blend(one, ByState({}, {"a": 1.0})).reads_regime


def test_shares_are_those_of_the_mix() -> None:
    blend = Blend({"a": Sleeve(HELD), "b": Sleeve(HELD)}, Fixed({"b": 0.75, "a": 0.25}))
    nobody = Forecast(np.zeros((3, 2)), np.zeros((3, 2, 2)))
    shares = blend.shares(np.zeros((2, 3, 2)), Regime(("all",), np.ones((3, 1))), nobody)
    assert shares.tolist() == [[0.25] * 3, [0.75] * 3]


@pytest.mark.parametrize(
    ("sleeves", "mix", "said"),
    [
        ({}, Equal(), "a blend of nothing"),
        ({"a": Sleeve(HELD)}, Fixed({"b": 1.0}), "'b' is no sleeve"),
        ({"a": Sleeve(HELD)}, ByState({"calm": {"c": 1.0}}, {"a": 1.0}), "'c' is no sleeve"),
        ({"a": Sleeve(Blend({"x": Sleeve(HELD)}, Equal()))}, Equal(), "sleeve 'a' is a blend itself"),
    ],
)
def test_what_it_cannot_be(sleeves: dict[str, Sleeve], mix: Any, said: str) -> None:
    with pytest.raises(ParameterError, match=said) as caught:
        Blend(sleeves, mix)
    assert caught.value.remedy


def test_it_cannot_be_asked_with_scores() -> None:
    assets = (Asset("A"), Asset("B"))
    scores = Scores(assets, np.zeros((1, 2)))
    with pytest.raises(UsageError, match="a blend cannot be asked with scores"):
        Blend({"a": Sleeve(HELD)}, Equal())(
            scores, Regime(("all",), np.ones((1, 1))), Forecast(np.zeros((1, 2)), np.zeros((1, 2, 2)))
        )


def test_without_a_regime_nothing_in_it_asks_for_one() -> None:
    """Regression: only the mix became deaf; a sleeve that deleverages by state asked on."""
    heard = Vote(by_state={"stressed": {"m": 1.0}})
    sleeves = {
        "a": Sleeve(LEVERED, signals={"m": Momentum()}, combine=heard),
        "own": Sleeve(LEVERED, regime=VolatilityRegime()),
    }
    blend = Blend(sleeves, ByState({"stressed": {"a": 1.0}}, {"a": 0.5, "own": 0.5}))
    deaf = blend.without_regime()
    assert deaf.mix == Fixed({"a": 0.5, "own": 0.5})
    assert not deaf.reads_regime
    assert not deaf.sleeves["a"].allocator.reads_regime
    assert deaf.sleeves["a"].combine == Vote()
    assert deaf.sleeves["own"] is sleeves["own"]
    plain = Blend({"a": Sleeve(HELD)}, Equal())
    assert plain.without_regime() == plain


def test_the_sleeves_of_what_scales_a_blend_are_found() -> None:
    blend = Blend({"a": Sleeve(HELD), "b": FULL}, Equal())
    assert dict(sleeves_of(VolatilityTarget(blend, target=0.1))) == dict(blend.sleeves)
    assert dict(sleeves_of(HELD)) == {}
    assert dict(sleeves_of(LEVERED)) == {}


def test_the_words_tell_each_sleeve_and_its_dates() -> None:
    sleeves = {"core": Sleeve(HELD, holds={"A": 0.6, "B": 0.4}), "slow": Sleeve(HELD, decide=Frequency.QUARTER_END)}
    said = Blend(sleeves, Fixed({"core": 0.7, "slow": 0.3})).words
    assert said.startswith("a blend by fixed shares (core 70 %, slow 30 %) of core: ")
    assert "(A 60 %, B 40 %); slow: " in said
    assert said.endswith(", decided at quarter-end")
