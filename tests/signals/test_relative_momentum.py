"""Cross-sectional momentum: against pandas, by hand, its classes and its words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.array_view import ArrayView, panel, random_panel
from tests.signals.laws import same
from trimtab.core.errors import ParameterError
from trimtab.core.terms import TOTAL_RETURN, months, sessions
from trimtab.core.values import Asset
from trimtab.signals.ranking import Within
from trimtab.signals.relative_momentum import RelativeMomentum

nan = np.nan


@dataclass(frozen=True)
class Classed(ArrayView):
    """A panel whose assets have classes."""

    classes: tuple[str, ...] = ()

    @property
    def assets(self) -> tuple[Asset, ...]:
        return tuple(Asset(f"A{a}", asset_class=one) for a, one in enumerate(self.classes))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), lookback=st.integers(1, 12), skip=st.integers(0, 3))
def test_against_pandas(seed: int, lookback: int, skip: int) -> None:
    view = random_panel(seed, 40, 4, gaps=0.05)
    frame = pd.DataFrame(view.fields[TOTAL_RETURN])
    returns = frame.shift(skip) / frame.shift(skip + lookback) - 1.0
    last = returns.count(axis=1).to_numpy()[:, None] - 1.0
    expected = 2.0 * (returns.rank(axis=1).to_numpy() - 1.0) / np.where(last > 0.0, last, nan) - 1.0
    got = RelativeMomentum(months(lookback), months(skip))(view).values
    assert np.allclose(got, expected, atol=1e-12, equal_nan=True)


def test_by_hand() -> None:
    # Two months back: +10 %, -5 %, +10 %, +30 %. Ranks 1.5, 0, 1.5, 3 of 3.
    view = panel([[10, 20, 100, 1], [5, 5, 5, 5], [11, 19, 110, 1.3]])
    got = RelativeMomentum(months(2), months(0))(view).values
    assert same(got, np.array([[nan] * 4, [nan] * 4, [0.0, -1.0, 0.0, 1.0]]))
    # The best two: the second place is shared, so three are in.
    assert RelativeMomentum(months(2), months(0), top=2)(view).values[2].tolist() == [1.0, -1.0, 1.0, 1.0]
    assert RelativeMomentum(months(2), months(0), top=1)(view).values[2].tolist() == [-1.0, -1.0, -1.0, 1.0]
    assert RelativeMomentum(months(2), months(0), top=9)(view).values[2].tolist() == [1.0] * 4
    # Leaving out the last month, all are judged by the middle row: 5/10, 5/20, 5/100, 5/1.
    assert np.allclose(RelativeMomentum(months(1), months(1))(view).values[2], [1 / 3, -1 / 3, -1.0, 1.0])


def test_only_the_listed_are_ranked() -> None:
    view = panel([[10, 20, 100, 1], [11, 19, 110, 1.3]])
    got = RelativeMomentum(months(1), months(0), assets=("A0", "A1"))(view).values[1]
    assert same(got, np.array([1.0, -1.0, nan, nan]))


def test_within_its_class() -> None:
    made = panel([[10.0, 10.0, 10.0, 10.0, 10.0], [11.0, 12.0, 9.0, 8.0, 15.0]])
    view = Classed(made.sessions, made.fields, [1], classes=("equity", "equity", "bonds", "bonds", "gold"))
    signal = RelativeMomentum(months(1), months(0), Within.CLASS)
    # Bonds fell, and yet one of them is the best of its class; gold stands alone.
    assert same(signal(view).values[0], np.array([-1.0, 1.0, 1.0, -1.0, nan]))
    assert signal.sentence(view, 2) == "1-month total return -10.0 %, rank 1 of 2"
    assert "unknown: no other asset" in signal.sentence(view, 4)
    assert signal.words == "rank of the 1-month total return among the same asset class"


def test_one_asset_alone_is_unknown_and_says_why() -> None:
    view = panel([10, 11, 12])
    assert np.isnan(RelativeMomentum(months(1), months(0))(view).values).all()
    said = RelativeMomentum(months(1), months(0)).sentence(view, 0)
    assert said == "1-month total return +9.1 %, unknown: no other asset to be ranked among has one"
    assert np.isnan(RelativeMomentum(months(1), months(0), top=1)(view).values).all()


def test_constant_prices_are_all_level() -> None:
    assert RelativeMomentum()(panel(np.tile([0.1, 1 / 3, 7e12], (14, 1)))).values[13].tolist() == [0.0, 0.0, 0.0]


def test_words() -> None:
    view = panel([[10, 20], [11, 19], [1, 1]])
    signal = RelativeMomentum(months(1), months(1), top=1)
    assert signal.sentence(view, 0) == "1-month total return leaving out the last 1M +10.0 %, rank 1 of 2, the best 1 are in"
    assert RelativeMomentum().sentence(view, 0).endswith("unknown: history is too short")
    assert RelativeMomentum().flip(view, 0) == ""
    assert RelativeMomentum().words == "rank of the 11-month total return leaving out the last 1M among all assets"
    assert np.allclose(signal.measure(view).values[2], [0.1, -0.05])


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: RelativeMomentum(months(0)), "lookback"),
        (lambda: RelativeMomentum(sessions(200)), "skip"),
        (lambda: RelativeMomentum(top=-1), "top"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field
