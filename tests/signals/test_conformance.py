"""Every signal runs through the same laws; test_planted_faults.py shows that each law can fail."""

from __future__ import annotations

import dataclasses
import importlib
import pickle
import pkgutil
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trimtab.signals
from tests.signals.array_view import ArrayView, panel, random_panel
from tests.signals.laws import answer, batch_faults, future_faults, memory_faults, order_faults, same, walked
from trimtab.core.errors import ParameterError
from trimtab.core.roles import Fold
from trimtab.core.terms import DAY, MONTH, WEEK, Span, months, sessions
from trimtab.core.values import Scores
from trimtab.signals.macro import Spread
from trimtab.signals.momentum import Momentum
from trimtab.signals.trend import Crossover, Trend

# Signal and the rows that it needs. Each class of the room appears (see the last test).
SIGNALS: list[tuple[Any, Span]] = [
    (Trend(), months(10)),
    (Trend(Span(5, WEEK), band=0.02), Span(5, WEEK)),
    (Trend(sessions(13), band=0.05), sessions(13)),
    (Crossover(), months(10)),
    (Crossover(sessions(3), sessions(17), band=0.01), sessions(17)),
    (Momentum(), months(13)),
    (Momentum(months(5), months(1)), months(7)),
    (Momentum(sessions(11), excess_of="bills"), sessions(12)),
    (Spread("long", "short"), sessions(1)),
    (Spread("short", "long", threshold=-0.005), sessions(1)),
]
IDS = [f"{type(signal).__name__}{k}" for k, (signal, _) in enumerate(SIGNALS)]
every_signal = pytest.mark.parametrize("signal", [signal for signal, _ in SIGNALS], ids=IDS)
every_span = pytest.mark.parametrize(("signal", "span"), SIGNALS, ids=IDS)
few = settings(max_examples=5, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def views(seed: int, span: Span, layout: str) -> ArrayView:
    """A panel long enough for `span`, monthly or daily, with gaps; decisions at even steps."""
    rng = np.random.default_rng(seed)
    daily, assets = bool(rng.integers(2)), int(rng.integers(1, 5))
    count = 3 * span.count + 8 if not daily or span.every is DAY else (55 if span.every is WEEK else 23 * span.count)
    made = random_panel(seed, count, assets, daily=daily, gaps=float(rng.choice([0.0, 0.05])))
    step = max(1, count // 20)
    return dataclasses.replace(made.at(*range(int(rng.integers(step)), count, step)), layout=layout)


@every_span
@pytest.mark.parametrize("layout", ["gather", "strided"])
@few
@given(seed=seeds)
def test_each_date_alone_equals_the_batch(signal: Any, span: Span, layout: str, seed: int) -> None:
    assert not batch_faults(answer(signal), views(seed, span, layout))


@every_span
@pytest.mark.parametrize("layout", ["gather", "strided"])
@few
@given(seed=seeds)
def test_the_future_changes_nothing(signal: Any, span: Span, layout: str, seed: int) -> None:
    assert not future_faults(answer(signal), views(seed, span, layout))


@every_span
@few
@given(seed=seeds)
def test_rows_before_the_warm_up_change_nothing(signal: Any, span: Span, seed: int) -> None:
    assert not memory_faults(answer(signal), views(seed, span, "gather"), span)


@every_span
@few
@given(seed=seeds)
def test_assets_permute(signal: Any, span: Span, seed: int) -> None:
    view = views(seed, span, "gather")
    order = np.random.default_rng(seed).permutation(len(view.assets)).tolist()
    assert not order_faults(answer(signal), view, order)


@every_span
@few
@given(seed=seeds, factor=st.sampled_from([1e-6, 0.3, 7.0, 1e6]))
def test_the_unit_of_prices_changes_nothing(signal: Any, span: Span, seed: int, factor: float) -> None:
    view = views(seed, span, "gather")
    assert same(signal(view.scaled(factor)).values, signal(view).values)


@every_signal
def test_answers_are_sides_of_the_right_shape(signal: Any) -> None:
    view = random_panel(1, 60, 3, gaps=0.02)
    scores = signal(view)
    assert isinstance(scores, Scores)
    assert scores.assets == view.assets
    assert scores.values.shape == (60, 3)
    assert not scores.values.flags.writeable
    known = scores.values[np.isfinite(scores.values)]
    assert set(known) <= {-1.0, 0.0, 1.0}
    assert {-1.0, 1.0} <= set(known)  # both happen, so that the laws above are not about nothing


@every_span
def test_exactly_the_warm_up_is_unknown(signal: Any, span: Span) -> None:
    view = random_panel(2, 60, 2, daily=span.every is DAY)
    if span.every is WEEK:
        view = view.at(*range(30))  # one row a month: five weeks back are five rows back
    unknown = np.isnan(signal(view).values)
    first = span.count - 1 if not isinstance(signal, Spread) else 1  # the series are known ten days late
    if span.every is MONTH or not isinstance(signal, Spread):
        assert unknown[:first].all()
        assert not unknown[first:].any()


@every_signal
@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_see_is_no_accident(signal: Any, count: int) -> None:
    view = random_panel(3, 40, 2).at(*range(count))
    assert signal(view).values.shape == (count, 2)
    empty = panel(np.full((40, 2), np.nan), **random_panel(3, 40, 2).named)
    if not isinstance(signal, Spread):
        assert np.isnan(signal(empty).values).all()
    for one in (view, empty):
        assert isinstance(signal.sentence(one, 1), str)
        assert isinstance(signal.flip(one, 0), str)


@every_signal
def test_sentence_and_flip_speak_at_every_date(signal: Any) -> None:
    view = random_panel(4, 45, 2, gaps=0.03)
    for row in view.rows:
        for asset in range(2):
            now = view.at(row)
            score = signal(now).values[0, asset]
            said, turn = signal.sentence(now, asset), signal.flip(now, asset)
            assert said
            assert "nan" not in said + turn
            assert "inf" not in said + turn
            assert ("above" in said) == (score > 0)
            assert ("below" in said) == (score < 0)
            assert not (np.isnan(score) and turn)
            if isinstance(signal, Trend) and signal.window.every is MONTH:
                assert bool(turn) == np.isfinite(score)


@every_signal
def test_listed_assets_alone_are_spoken_of(signal: Any) -> None:
    view = random_panel(5, 45, 3)
    one = dataclasses.replace(signal, assets=("A1",))
    values = one(view).values
    assert np.isnan(values[:, [0, 2]]).all()
    assert same(values[:, 1], signal(view).values[:, 1])
    assert one.sentence(view, 0) == "says nothing on A0"
    assert one.flip(view, 0) == ""
    with pytest.raises(ParameterError, match="A11") as caught:
        dataclasses.replace(signal, assets=("A11",))(view)
    assert caught.value.field == "assets"
    assert "Did you mean A1?" in caught.value.remedy


@every_signal
def test_signals_are_frozen_values(signal: Any) -> None:
    assert hash(signal) == hash(dataclasses.replace(signal))
    assert pickle.loads(pickle.dumps(signal)) == signal
    assert not hasattr(signal, "__dict__")
    assert isinstance(signal.words, str)
    with pytest.raises(dataclasses.FrozenInstanceError):
        signal.assets = ("A0",)


@every_signal
def test_signals_are_built_from_a_policy_file(signal: Any) -> None:
    from pydantic import TypeAdapter

    plain = {f.name: getattr(signal, f.name) for f in dataclasses.fields(signal)}
    plain = {name: str(value) if isinstance(value, Span) else value for name, value in plain.items()}
    adapter = TypeAdapter(type(signal))
    assert adapter.validate_python(plain) == signal
    assert adapter.json_schema()["properties"].keys() == plain.keys()


@every_signal
@few
@given(seed=seeds)
def test_memory_is_elementwise_and_prefix_free(signal: Any, seed: int) -> None:
    if not isinstance(signal, Fold):
        return
    rows = np.random.default_rng(seed).choice([1.0, 0.0, -1.0, np.nan], (12, 4, 3))
    whole = walked(signal, rows)
    for v in range(4):
        assert same(walked(signal, rows[:, v]), whole[:, v])
    for d in range(12):
        assert same(walked(signal, rows[: d + 1]), whole[: d + 1])


def test_every_class_is_here() -> None:
    found = set()
    for module in pkgutil.iter_modules(trimtab.signals.__path__):
        for name, kind in vars(importlib.import_module(f"trimtab.signals.{module.name}")).items():
            if isinstance(kind, type) and hasattr(kind, "sentence") and kind.__module__.startswith("trimtab.signals"):
                found.add(name)
    assert found == {type(signal).__name__ for signal, _ in SIGNALS}
