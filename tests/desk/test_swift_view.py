"""Means from running sums are those of each window, whatever else the history holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import law_8_worlds as made
from trimtab.core.arrays import Array, Index
from trimtab.core.terms import CLOSE, DAY, DIVIDEND, MONTH, WEEK, Span, Step
from trimtab.data.market import Market
from trimtab.data.view import MarketView, look
from trimtab.desk import swift_view
from trimtab.desk.swift_view import SwiftView, running_sums
from trimtab.signals.sums import averaged, averages

POLICY = made.policy()
WORLD = made.market(POLICY, 1, count=150)


@pytest.fixture(scope="module", autouse=True, params=[-1, 2], ids=["sums at once", "windows at first"])
def few(request: pytest.FixtureRequest) -> Iterator[None]:
    """So few rows that sums of all take longer: never, or as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(swift_view, "_FEW", request.param)
        yield


def views(world: Market, rows: Index) -> tuple[MarketView, SwiftView]:
    """A view and the swift one beside it, each with memory of its own."""
    one, other = (look(world, rows, cut_off=np.timedelta64(7200, "s"), since=world.sessions[0]) for _ in range(2))
    return one, SwiftView.like(other)


def with_closes(closes: Array) -> Market:
    return replace(WORLD, fields={**WORLD.fields, CLOSE: closes})


@given(
    seed=st.integers(0, 2**32 - 1), every=st.sampled_from([DAY, WEEK, MONTH]), n=st.integers(1, 9), skip=st.integers(0, 3),
    wild=st.floats(0.0, 0.5), holes=st.sampled_from([0.0, 0.01]), count=st.sampled_from([20, 120]),
)  # fmt: skip
@settings(max_examples=40)
def test_means_are_those_of_the_windows(
    seed: int, every: Step, n: int, skip: int, wild: float, holes: float, count: int
) -> None:
    rng = np.random.default_rng(seed)
    closes = np.exp(np.cumsum(rng.normal(0.0, wild, WORLD.fields[CLOSE].shape), axis=0))
    world = with_closes(np.where(rng.random(closes.shape) < holes, np.nan, closes))
    rows = np.sort(rng.choice(len(closes), count, replace=False))
    plain, swift = views(world, rows)
    want = averages(plain, CLOSE, Span(n, every), skip=skip)
    np.testing.assert_allclose(averages(swift, CLOSE, Span(n, every), skip=skip), want, rtol=1e-13)
    np.testing.assert_array_equal(swift.known, plain.known)


@pytest.mark.parametrize("every", [DAY, WEEK, MONTH])
@pytest.mark.parametrize("factor", [np.nan, 1e9])
def test_the_future_changes_no_bit(every: Step, factor: float) -> None:
    """Decisions in the middle of a month too: its end is not known yet."""
    closes = WORLD.fields[CLOSE].copy()
    closes[101:] *= factor
    rows = np.array([60, 101 - 1])
    before, after = (views(world, rows)[1].means(CLOSE, 3, every, 0) for world in (WORLD, with_closes(closes)))
    assert before.tobytes() == after.tobytes()
    assert np.isfinite(before).all()


def test_what_is_published_late_is_asked_of_the_windows() -> None:
    late = np.broadcast_to(WORLD.closes_at(np.arange(150))[:, None] + np.timedelta64(30, "h"), (150, 4))
    plain, swift = views(replace(WORLD, known=late), np.array([80, 120]))
    want = averaged(plain.window(CLOSE, 5))
    np.testing.assert_array_equal(swift.means(CLOSE, 5, DAY, 0), want)
    assert np.isnan(want).all()  # the last of five is not known yet
    assert np.isnan(swift.means(DIVIDEND, 2, DAY, 0)).all()  # a field that there is not


def test_running_sums_by_hand() -> None:
    # 1e16 + 1 rounds to 1e16: the second float keeps the 1. 1e16 + 1 - 1e16 + 1 is 2.
    found = running_sums(np.array([[1e16], [1.0], [-1e16], [1.0], [np.nan]]))
    assert (found.high + found.low)[4] == 2.0
    assert found.unknown is not None
    assert found.unknown[:, 0].tolist() == [0, 0, 0, 0, 0, 1]
    assert running_sums(np.ones((3, 1))).unknown is None
