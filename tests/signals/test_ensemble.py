"""Ensembles of windows: the mean of their members, each with its own memory."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.array_view import panel, random_panel
from tests.signals.laws import same, walked
from trimtab.core.errors import ParameterError
from trimtab.core.roles import Compound, Fold
from trimtab.core.terms import TOTAL_RETURN, Span, months, sessions
from trimtab.desk.asking import heard
from trimtab.signals.algebra import Sum
from trimtab.signals.drawdown import Drawdown
from trimtab.signals.ensemble import Ensemble
from trimtab.signals.macro import Spread
from trimtab.signals.momentum import Momentum
from trimtab.signals.trend import Trend

nan = np.nan
THREE = Ensemble(Momentum(), "lookback", (months(1), months(2), months(3)))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), counts=st.lists(st.integers(2, 12), min_size=2, max_size=5, unique=True))
def test_it_is_the_mean_of_its_members_each_with_its_memory(seed: int, counts: list[int]) -> None:
    view = random_panel(seed, 40, 3, gaps=0.02)
    members = [Trend(months(n), band=0.05) for n in counts]
    signal = Ensemble(Trend(band=0.05), "window", tuple(months(n) for n in counts))
    assert signal.members == tuple(members)
    walks = np.stack([walked(one, one(view).values) for one in members])
    assert np.allclose(heard(signal, view), walks.mean(axis=0), atol=1e-12, equal_nan=True)
    assert isinstance(signal, Compound)
    assert not isinstance(signal, Fold)  # the memory is the members' own


def test_by_hand() -> None:
    # One, two and three months back from 11: 12 down, 9 up, 10 up: (-1 + 1 + 1) / 3.
    got = THREE(panel([10, 9, 12, 11])).values[:, 0]
    assert same(got, np.array([nan, nan, nan, 1 / 3]))


def test_it_is_unknown_unless_all_speak() -> None:
    assert np.isnan(THREE(panel([nan, 9, 12, 11])).values).all()
    assert np.isnan(THREE(panel([10, nan, 12, 11])).values).all()


def test_order_of_dates_and_variants_does_not_matter_to_the_mean() -> None:
    values = np.random.default_rng(1).standard_normal((3, 7, 4))
    whole = THREE.gather(values)
    assert all(same(THREE.gather(values[:, d : d + 1])[0], whole[d]) for d in range(7))


def test_an_ensemble_of_expanding_signals_says_so_through_its_members() -> None:
    signal = Ensemble(Drawdown(), "window", (sessions(0), months(12)))
    assert [member.expands for member in signal.members] == [True, False]
    assert Ensemble(Momentum(excess_of="bills"), "lookback", (months(3), months(6))).needs == ("bills",)
    assert THREE.needs == ()


def test_ensembles_add_as_signals_do() -> None:
    view = random_panel(2, 20, 2)
    assert isinstance(0.5 * THREE + Trend(), Sum)
    assert np.allclose((0.5 * THREE)(view).values, 0.5 * THREE(view).values, equal_nan=True)


def test_words() -> None:
    view = panel([10, 9, 12, 11])
    assert THREE.sentence(view, 0) == (
        "1M: 1-month total return -8.3 %, below zero; 2M: 2-month total return +22.2 %, above zero; "
        "3M: 3-month total return +10.0 %, above zero"
    )
    # Each window moves on by one row, to start at 11, 12 and 9.
    assert THREE.flip(view, 0) == (
        "1M flips above 11.00, 2M flips below 12.00, 3M flips below 9.00 at the next month-end close"
    )
    assert THREE.flip(view.at(1), 0) == ""
    assert THREE.words == "sign of the 1-month total return against zero, averaged with the same over lookback 2M, 3M"
    assert dataclasses.replace(THREE, of=Momentum(assets=("A1",))).sentence(random_panel(1, 9, 2), 0) == "says nothing on A0"
    measure = THREE.measure(view)
    assert measure.values[3, 0] == pytest.approx((11 / 12 + 11 / 9 + 11 / 10) / 3.0 - 1.0, rel=1e-12)
    assert measure.name == "mean of 3, the first: 1-month return"
    assert measure.percent


@dataclasses.dataclass(frozen=True)
class Plain:
    """A signal with the least that a signal has."""

    window: Span = months(2)

    def __call__(self, view: object) -> object:
        return Momentum(self.window)(view)  # type: ignore[arg-type]

    def sentence(self, view: object, asset: int) -> str:
        return str(self.window)


def test_members_need_no_more_than_a_signal_has() -> None:
    view = panel([10, 9, 12, 11])
    signal = Ensemble(Plain(), "window", (months(1), months(2)))  # type: ignore[arg-type]
    assert signal(view).values[3, 0] == 0.0
    assert not signal.measure(view).percent
    assert signal.measure(view).values[3, 0] == 0.0
    assert signal.flip(view, 0) == ""
    assert signal.words == "Plain, averaged with the same over window 2M"


SOME = (months(3), months(6))


@pytest.mark.parametrize(
    ("make", "field", "says"),
    [
        (lambda: Ensemble(Trend(), "windows", SOME), "parameter", "Did you mean window?"),
        (lambda: Ensemble(Trend(), "band", SOME), "parameter", "is no span"),
        (lambda: Ensemble(Spread("a", "b"), "long", SOME), "parameter", "Its spans:"),
        (lambda: Ensemble(abs, "x", SOME), "parameter", "is no parameter"),  # type: ignore[arg-type]
        (lambda: Ensemble(Trend(), "window", ()), "values", "at least two"),
        (lambda: Ensemble(Trend(), "window", (months(3),)), "values", "at least two"),
        (lambda: Ensemble(Trend(), "window", (months(12), Span.parse("1Y"))), "values", "different"),
        (lambda: Ensemble(Trend(), "window", (months(1), months(3))), "values", "is the price itself"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str, says: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field
    assert caught.value.what.startswith(field)
    assert says in str(caught.value)


def test_one_member_of_a_family_that_is_alone_in_a_market_is_momentum() -> None:
    view = random_panel(3, 30, 2)
    index = view.fields[TOTAL_RETURN]
    assert same(THREE.members[2](view).values[3:], np.sign(index[3:] / index[:-3] - 1.0))
