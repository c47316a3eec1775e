"""Every signal runs through the same laws; test_planted_faults.py shows that each law can fail."""

from __future__ import annotations

import dataclasses
import importlib
import pickle
import pkgutil
from enum import Enum
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trimtab.signals
from tests.signals.array_view import ArrayView, panel, random_panel
from tests.signals.laws import answer, batch_faults, future_faults, memory_faults, order_faults, same, walked
from tests.signals.roster import TREND, Case
from tests.signals.roster_macro import MACRO
from tests.signals.roster_momentum import MOMENTUM
from tests.signals.roster_tactical import TACTICAL
from tests.signals.roster_valuation import VALUATION
from trimtab.core.errors import ParameterError
from trimtab.core.roles import Fold
from trimtab.core.terms import DAY, MONTH, WEEK, Span
from trimtab.core.values import Measure, Scores
from trimtab.signals.trend import Trend

CASES = [*TREND, *MOMENTUM, *VALUATION, *MACRO, *TACTICAL]
IDS = [f"{type(case.signal).__name__}{k}" for k, case in enumerate(CASES)]
every_case = pytest.mark.parametrize("case", CASES, ids=IDS)
every_signal = pytest.mark.parametrize("signal", [case.signal for case in CASES], ids=IDS)


def cases(keep: Any) -> Any:
    """The cases to which a law applies."""
    chosen = [(case, one) for case, one in zip(CASES, IDS, strict=True) if keep(case)]
    return pytest.mark.parametrize("case", [case for case, _ in chosen], ids=[one for _, one in chosen])


few = settings(max_examples=5, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def views(seed: int, span: Span, layout: str, fewest: int = 1) -> ArrayView:
    """A panel long enough for `span`, monthly or daily, with gaps; decisions at even steps."""
    rng = np.random.default_rng(seed)
    daily, assets = bool(rng.integers(2)), max(fewest, int(rng.integers(1, 5)))
    count = 3 * span.count + 8 if not daily or span.every is DAY else (55 if span.every is WEEK else 23 * span.count)
    made = random_panel(seed, count, assets, daily=daily, gaps=float(rng.choice([0.0, 0.05])))
    step = max(1, count // 20)
    return dataclasses.replace(made.at(*range(int(rng.integers(step)), count, step)), layout=layout)


@every_case
@pytest.mark.parametrize("layout", ["gather", "strided"])
@few
@given(seed=seeds)
def test_each_date_alone_equals_the_batch(case: Case, layout: str, seed: int) -> None:
    assert not batch_faults(answer(case.signal), views(seed, case.span, layout, case.fewest))


@every_case
@pytest.mark.parametrize("layout", ["gather", "strided"])
@few
@given(seed=seeds)
def test_the_future_changes_nothing(case: Case, layout: str, seed: int) -> None:
    assert not future_faults(answer(case.signal), views(seed, case.span, layout, case.fewest))


@cases(lambda case: case.window)
@few
@given(seed=seeds)
def test_rows_before_the_warm_up_change_nothing(case: Case, seed: int) -> None:
    assert not memory_faults(answer(case.signal), views(seed, case.span, "gather", case.fewest), case.span)


@every_case
@few
@given(seed=seeds)
def test_assets_permute(case: Case, seed: int) -> None:
    view = views(seed, case.span, "gather", case.fewest)
    order = np.random.default_rng(seed).permutation(len(view.assets)).tolist()
    assert not order_faults(answer(case.signal), view, order)


@cases(lambda case: case.unitless)
@few
@given(seed=seeds, factor=st.sampled_from([1e-6, 0.3, 7.0, 1e6]))
def test_the_unit_of_prices_changes_nothing(case: Case, seed: int, factor: float) -> None:
    view = views(seed, case.span, "gather", case.fewest)
    scaled, plain = case.signal(view.scaled(factor)).values, case.signal(view).values
    assert same(scaled, plain) if case.sides else np.allclose(scaled, plain, rtol=1e-9, atol=1e-12, equal_nan=True)


@every_case
def test_answers_have_the_right_shape(case: Case) -> None:
    count = 60 if case.span.every is MONTH else case.span.count + 60
    view = random_panel(1, max(count, case.span.count + 30), 3, gaps=0.02)
    scores = case.signal(view)
    assert isinstance(scores, Scores)
    assert scores.assets == view.assets
    assert scores.values.shape == (len(view.rows), 3)
    assert not scores.values.flags.writeable
    known = scores.values[np.isfinite(scores.values)]
    assert (known > 0.0).any()
    assert not case.signed or (known < 0.0).any()  # both happen, so that the laws above are not about nothing
    if case.sides:
        assert set(known) <= {-1.0, 0.0, 1.0}


@every_case
def test_the_measure_is_known_where_the_signal_speaks(case: Case) -> None:
    if not hasattr(case.signal, "measure"):
        return
    view = random_panel(1, case.span.count + 60, 3, gaps=0.02)
    measure, scores = case.signal.measure(view), case.signal(view).values
    assert isinstance(measure, Measure)
    assert measure.name
    assert measure.values.shape == scores.shape
    assert np.isfinite(measure.values[np.isfinite(scores)]).all()


@cases(lambda case: case.exact and not case.named)
def test_exactly_the_warm_up_is_unknown(case: Case) -> None:
    span = case.span
    view = random_panel(2, max(60, span.count + 20), max(2, case.fewest), daily=span.every is DAY)
    if span.every is WEEK:
        view = view.at(*range(30))  # one row a month: five weeks back are five rows back
    unknown = np.isnan(case.signal(view).values)
    assert unknown[: span.count - 1].all()
    assert not unknown[span.count - 1 :].any()


@every_case
@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_see_is_no_accident(case: Case, count: int) -> None:
    signal, assets = case.signal, max(2, case.fewest)
    view = random_panel(3, 40, assets).at(*range(count))
    assert signal(view).values.shape == (count, assets)
    empty = panel(np.full((40, assets), np.nan), **random_panel(3, 40, assets).named)
    if not case.named:
        assert np.isnan(signal(empty).values).all()
    for one in (view, empty):
        assert isinstance(signal.sentence(one, 1), str)
        assert isinstance(signal.flip(one, 0), str)


@every_case
def test_sentence_and_flip_speak_at_every_date(case: Case) -> None:
    signal = case.signal
    view = random_panel(4, case.span.count + 32, max(2, case.fewest), gaps=0.03)
    for row in view.rows[-45:]:
        for asset in range(2):
            now = view.at(row)
            score = signal(now).values[0, asset]
            said, turn = signal.sentence(now, asset), signal.flip(now, asset)
            assert said
            assert "nan" not in said + turn
            assert "inf" not in said + turn
            if case.sided:
                assert ("above" in said) == (score > 0)
                assert ("below" in said) == (score < 0)
            assert not (np.isnan(score) and turn)
            if isinstance(signal, Trend) and signal.window.every is MONTH and not signal.skip.count:
                assert bool(turn) == np.isfinite(score)


@cases(lambda case: hasattr(case.signal, "assets"))
def test_listed_assets_alone_are_spoken_of(case: Case) -> None:
    signal = case.signal
    view = random_panel(5, case.span.count + 32, 3)
    one = dataclasses.replace(signal, assets=("A1",))
    values = one(view).values
    assert np.isnan(values[:, [0, 2]]).all()
    if case.alone:
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
        setattr(signal, dataclasses.fields(signal)[0].name, None)


def written(value: Any) -> Any:
    """A parameter as a policy file writes it."""
    if isinstance(value, tuple):
        return [written(part) for part in value]
    return str(value) if isinstance(value, Span) else value.value if isinstance(value, Enum) else value


@every_signal
def test_signals_are_built_from_a_policy_file(signal: Any) -> None:
    from pydantic import TypeAdapter

    plain = {f.name: getattr(signal, f.name) for f in dataclasses.fields(signal)}
    plain = {name: written(value) for name, value in plain.items()}
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
    assert found == {type(case.signal).__name__ for case in CASES}
