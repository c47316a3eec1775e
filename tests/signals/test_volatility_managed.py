"""Signals scaled by volatility: laws beyond those of the roster, hand-worked cases, pandas, edges."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.real_files import factors
from tests.signals.array_view import Named, panel, random_panel
from tests.signals.laws import same, walked
from trimtab.core.errors import ParameterError
from trimtab.core.roles import Compound, Fold
from trimtab.core.terms import TOTAL_RETURN, Reads, months, sessions
from trimtab.desk.asking import heard
from trimtab.signals.algebra import Sum
from trimtab.signals.momentum import Momentum
from trimtab.signals.trend import Trend
from trimtab.signals.volatility_managed import InverseVolatilityScale, Power, VolatilityManaged

few = settings(max_examples=15, deadline=None)
seeds = st.integers(0, 2**32 - 1)


@few
@given(seed=seeds)
def test_it_is_the_signal_with_its_memory_times_the_scale(seed: int) -> None:
    view = random_panel(seed, 40, 3, gaps=0.02)
    trend = Trend(months(6), band=0.05)
    signal = VolatilityManaged(trend, 0.1, months(5), Power.VARIANCE, 1.5)
    assert isinstance(signal, Compound)
    assert not isinstance(signal, Fold)  # the memory is the trend's own
    wanted = walked(trend, trend(view).values) * signal.scale(view).values
    assert same(heard(signal, view), wanted)
    assert signal.gather(np.ones((2, 5, 7, 3))).shape == (5, 7, 3)


@few
@given(seed=seeds, power=st.sampled_from(Power))
def test_a_larger_target_never_gives_less_and_the_cap_holds(seed: int, power: Power) -> None:
    view = random_panel(seed, 30, 2)
    small, large = (InverseVolatilityScale(t, months(6), power, 3.0)(view).values[6:] for t in (0.1, 0.2))
    assert (large >= small).all()
    assert ((small > 0.0) & (large <= 3.0)).all()


def test_by_hand() -> None:
    # Monthly returns +10 % and -10 %: mean square .01, times 12, root .34641. .12 / .34641 = .34641; squared .12.
    view = panel([100.0, 110.0, 99.0])
    assert InverseVolatilityScale(window=months(2))(view).values[2, 0] == pytest.approx(0.3464102, abs=5e-8)
    assert InverseVolatilityScale(window=months(2), power=Power.VARIANCE)(view).values[2, 0] == pytest.approx(0.12, rel=1e-12)
    assert InverseVolatilityScale(1.0, months(2))(view).values[2, 0] == 2.0  # 2.887, capped
    # Down 10 % in a month: -1 times .34641.
    assert VolatilityManaged(Momentum(months(1)), window=months(2))(view).values[2, 0] == pytest.approx(-0.3464102, abs=5e-8)


def test_of_a_factor_by_hand() -> None:
    # The factor made 3 % and -4 %: mean square .00125, times 12 .015, root .122474; .12 / .122474 = .979796 for all assets.
    days = np.array(["2000-01-31", "2000-02-29"], dtype="datetime64[D]")
    view = panel([[100.0, 50.0], [110.0, 50.0], [99.0, np.nan]], hml=Named(days, days + 3, np.array([0.03, -0.04])))
    scale = InverseVolatilityScale(window=months(2), of_factor="hml")
    assert np.isnan(scale(view).values[:2]).all()  # February is known in March
    assert scale(view).values[2] == pytest.approx([0.9797959] * 2, abs=5e-8)
    assert scale.sentence(view, 1) == "0.98 times at a 2-month volatility of hml of 12.2 % a year"
    stale = InverseVolatilityScale(window=months(2), of_factor="hml", max_age=20)
    assert np.isnan(stale(view).values[2]).all()  # March 31 is 31 days after February 29
    assert stale.sentence(view, 0) == "2-month volatility of hml unknown: its latest value is 31 days old"
    assert scale.sentence(view.at(0), 0) == "2-month volatility of hml unknown: it has no value yet"
    assert scale.sentence(view.at(1), 0) == "2-month volatility of hml unknown: 1 of 2 returns are known"
    assert scale.needs == ("hml",)
    assert scale.reads == {"hml": Reads.RETURN}


def test_against_pandas() -> None:
    view = random_panel(9, 60, 3, gaps=0.03)
    moves = pd.DataFrame(view.fields[TOTAL_RETURN]).pct_change(fill_method=None)
    sd = np.sqrt((moves**2).rolling(6).mean() * 12.0)
    np.testing.assert_allclose(
        InverseVolatilityScale(0.1, months(6))(view).values, np.minimum(0.1 / sd, 2.0), rtol=1e-9, equal_nan=True
    )


def test_a_tilt_to_value_shrinks_in_the_months_after_its_factor_was_volatile() -> None:
    # French's HML by month, known two months late: its most volatile year to 2020 ends in 2000 or 2001.
    hml = factors()["hml"]["1995":"2010"]
    days = hml.index.to_timestamp(how="end").to_numpy().astype("datetime64[D]")
    view = panel(np.ones(len(hml)), first="1995-01", hml=Named(days, days + 60, hml.to_numpy()))
    scale = InverseVolatilityScale(0.10, months(12), of_factor="hml")(view).values[:, 0]
    sd = np.sqrt((hml**2).rolling(12).mean() * 12.0)
    wanted = np.minimum(0.10 / sd.shift(2).to_numpy(), 2.0)
    known = np.isfinite(scale)
    assert known.sum() > 150
    assert (np.isclose(scale, wanted, rtol=1e-9) | np.isclose(scale, np.roll(wanted, 1), rtol=1e-9))[known].all()
    assert str(hml.index[int(np.nanargmin(scale))])[:4] in {"2000", "2001"}


@pytest.mark.parametrize("price", [50.0, np.nan])
def test_what_has_not_varied_has_no_scale(price: float) -> None:
    view = panel(np.full(20, price))
    signal = VolatilityManaged(Momentum(months(2)), window=months(4))
    assert np.isnan(signal(view).values).all()
    assert signal.flip(view, 0) == ""
    said = signal.sentence(view, 0)
    assert ("has not varied" in said) == np.isfinite(price)


def test_words() -> None:
    view = panel([100.0, 110.0, 99.0])
    signal = VolatilityManaged(Momentum(months(1)), window=months(2))
    assert signal.sentence(view, 0) == (
        "1-month total return -10.0 %, below zero; 0.35 times at a 2-month volatility of 34.6 % a year"
    )
    assert signal.sentence(view.at(1), 0) == "2-month volatility unknown: 1 of 2 returns are known"
    assert signal.sentence(view.at(0), 0) == "1-month total return unknown: history is too short"
    assert signal.flip(view, 0) == Momentum(months(1)).flip(view, 0) != ""
    assert signal.words == "sign of the 1-month total return against zero, times 12 % over the 2-month volatility, at most 2"
    square = InverseVolatilityScale(power=Power.VARIANCE)
    assert square.words == "the square of 12 % over the 126-day volatility, at most 2"
    assert signal.measure(view).name == "2-month volatility"
    assert signal.measure(view).values[2, 0] == pytest.approx(0.3464102, abs=5e-8)
    both = VolatilityManaged(Momentum(excess_of="bills"), of_factor="hml")
    assert both.needs == ("bills", "hml")
    assert isinstance(0.5 * signal + Trend(), Sum)


@pytest.mark.parametrize("kind", [InverseVolatilityScale, lambda **more: VolatilityManaged(Trend(), **more)])
def test_wrong_parameters_are_refused(kind) -> None:
    for field, value in {"window": sessions(1), "target": 0.0, "at_most": -1.0, "max_age": 0}.items():
        with pytest.raises(ParameterError) as caught:
            kind(**{field: value})
        assert caught.value.field == field
