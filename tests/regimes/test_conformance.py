"""Every regime model runs through the same laws; `roster.py` lists them."""

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

import trimtab.regimes
from tests.regimes.panels import shifting_panel, views
from tests.regimes.roster import CASES, ELSEWHERE, Case
from tests.signals.array_view import ArrayView, panel
from tests.signals.laws import batch_faults, future_faults, memory_faults, same, walked
from trimtab.core.arrays import Array
from trimtab.core.roles import Fold
from trimtab.core.terms import MONTH, Span
from trimtab.core.values import Measure, Regime

IDS = [f"{type(case.model).__name__}{k}" for k, case in enumerate(CASES)]
every_case = pytest.mark.parametrize("case", CASES, ids=IDS)
every_layout = pytest.mark.parametrize("layout", ["gather", "strided"])
few = settings(max_examples=3, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def cases(keep: Any) -> Any:
    """The cases to which a law applies."""
    chosen = [(case, one) for case, one in zip(CASES, IDS, strict=True) if keep(case)]
    return pytest.mark.parametrize("case", [case for case, _ in chosen], ids=[one for _, one in chosen])


def ask(model: Any) -> Any:
    """A model's rows before memory, with the number that it looks at beside them."""

    def answer(view: Any) -> Array:
        rows = model(view).probabilities
        return np.hstack([rows, model.measure(view).values]) if hasattr(model, "measure") else rows

    return answer


def long_view(case: Case, **more: Any) -> ArrayView:
    """Enough rows for every state to happen."""
    return shifting_panel(11, case.span.count + 130, **more)


@every_case
@every_layout
@few
@given(seed=seeds)
def test_each_date_alone_equals_the_batch(case: Case, layout: str, seed: int) -> None:
    assert not batch_faults(ask(case.model), views(seed, case.span, layout))


@every_case
@every_layout
@few
@given(seed=seeds)
def test_the_future_changes_nothing(case: Case, layout: str, seed: int) -> None:
    assert not future_faults(ask(case.model), views(seed, case.span, layout))


@cases(lambda case: case.window and not case.named)
@few
@given(seed=seeds)
def test_rows_before_the_warm_up_change_nothing(case: Case, seed: int) -> None:
    assert not memory_faults(ask(case.model), views(seed, case.span, "gather"), case.span)


@every_case
@few
@given(seed=seeds)
def test_the_order_of_the_assets_changes_nothing(case: Case, seed: int) -> None:
    view, model = views(seed, case.span, "gather"), case.model
    order = np.random.default_rng(seed).permutation(3).tolist()
    if getattr(model, "benchmark", ()):
        moved = dataclasses.replace(model, benchmark=tuple(model.benchmark[a] for a in order))
    else:
        moved = model
    assert np.allclose(ask(moved)(view.permuted(order)), ask(model)(view), rtol=0.0, atol=1e-10, equal_nan=True)
    states = moved(view.permuted(order)).probabilities
    assert np.allclose(states, model(view).probabilities, rtol=0.0, atol=1e-12, equal_nan=True)


@cases(lambda case: not case.named)
@few
@given(seed=seeds, factor=st.sampled_from([1e-6, 0.3, 7.0, 1e6]))
def test_the_unit_of_prices_changes_nothing(case: Case, seed: int, factor: float) -> None:
    view = views(seed, case.span, "gather")
    assert np.allclose(ask(case.model)(view.scaled(factor)), ask(case.model)(view), rtol=1e-9, atol=1e-11, equal_nan=True)


@every_case
def test_rows_are_probabilities_after_memory_and_every_state_happens(case: Case) -> None:
    view = long_view(case)
    regime = case.model(view)
    assert isinstance(regime, Regime)
    assert regime.probabilities.shape == (len(view.rows), len(regime.states))
    assert not regime.probabilities.flags.writeable
    before = regime.probabilities[np.isfinite(regime.probabilities).all(axis=1)]
    assert np.isin(np.round(before.sum(axis=1), 12), [0.0, 1.0]).all()
    rows = walked(case.model, regime.probabilities)
    known = np.isfinite(rows).all(axis=1)
    assert same(np.isnan(rows), np.isnan(regime.probabilities))
    assert np.isnan(rows[~known]).all()
    assert np.allclose(rows[known].sum(axis=1), 1.0, rtol=0.0, atol=1e-12)
    assert (rows[known].max(axis=0) > 0.5).all()
    assert isinstance(case.model, Fold) == case.memory


@every_case
def test_the_measure_is_one_number_a_date_known_where_the_state_is(case: Case) -> None:
    if not hasattr(case.model, "measure"):
        assert case.sure
        return
    view = long_view(case, gaps=0.002)
    measure = case.model.measure(view)
    assert isinstance(measure, Measure)
    assert measure.name
    assert measure.values.shape == (len(view.rows), 1)
    assert np.isfinite(measure.values[np.isfinite(case.model(view).probabilities).all(axis=1)]).all()


@cases(lambda case: not case.named)
def test_exactly_the_warm_up_is_unknown(case: Case) -> None:
    view = shifting_panel(2, case.span.count + 20, daily=case.span.every is not MONTH)
    unknown = np.isnan(case.model(view).probabilities).any(axis=1)
    assert unknown.tolist() == [k < case.span.count - 1 for k in range(len(unknown))]


@every_case
def test_sentences_speak_at_every_date(case: Case) -> None:
    view = long_view(case, gaps=0.004)
    known = np.isfinite(case.model(view).probabilities).all(axis=1)
    for d in range(0, len(view.rows), 3):
        said = case.model.sentence(view.at(view.rows[d]))
        assert "nan" not in said
        assert "inf " not in said
        assert ("unknown" in said) == (not known[d])


STILL = np.full((60, 3), 100.0)
GROWING = 100.0 * 1.01 ** np.arange(60)[:, None] * np.ones(3)


@cases(lambda case: not case.sure and not case.named)
@pytest.mark.parametrize("values", [np.full((60, 3), np.nan), STILL, GROWING, np.zeros((60, 3)), -STILL])
def test_what_says_nothing_is_unknown_with_a_reason(case: Case, values: Array) -> None:
    view = panel(values, **shifting_panel(3, 60).named)
    assert np.isnan(case.model(view).probabilities).all()
    assert "unknown" in case.model.sentence(view)


@every_case
@pytest.mark.parametrize("count", [0, 1])
def test_no_date_and_too_few_rows_are_no_accident(case: Case, count: int) -> None:
    view = shifting_panel(3, 40).at(*range(count))
    assert case.model(view).probabilities.shape[0] == count
    assert isinstance(case.model.sentence(view), str)
    if hasattr(case.model, "measure"):
        assert case.model.measure(view).values.shape == (count, 1)


@every_case
def test_models_are_frozen_values(case: Case) -> None:
    model = case.model
    assert hash(model) == hash(dataclasses.replace(model))
    assert pickle.loads(pickle.dumps(model)) == model
    assert not hasattr(model, "__dict__")
    if dataclasses.fields(model):
        assert model.words == model.words.strip()
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(model, dataclasses.fields(model)[0].name, None)


def written(value: Any) -> Any:
    """A parameter as a policy file writes it."""
    if isinstance(value, tuple):
        return [written(part) for part in value]
    return str(value) if isinstance(value, Span) else value.value if isinstance(value, Enum) else value


@every_case
def test_models_are_built_from_a_policy_file(case: Case) -> None:
    from pydantic import TypeAdapter

    chosen = [f for f in dataclasses.fields(case.model) if f.init]
    plain = {f.name: written(getattr(case.model, f.name)) for f in chosen}
    adapter = TypeAdapter(type(case.model))
    assert adapter.validate_python(plain) == case.model
    assert adapter.json_schema().get("properties", {}).keys() == plain.keys()


@every_case
def test_series_that_are_read_are_named(case: Case) -> None:
    model = case.model
    view = shifting_panel(4, case.span.count + 5)
    read: set[str] = set()

    class Spy:
        def __getattr__(self, name: str) -> Any:
            found = getattr(view, name)
            if name not in ("series", "age", "expanding"):
                return found
            return lambda what, *args, **more: (read.add(what) if isinstance(what, str) else None, found(what, *args, **more))[
                1
            ]

    model(Spy())
    model.sentence(Spy())
    assert read == set(getattr(model, "needs", ()))


def test_every_class_is_here() -> None:
    found = set()
    for module in pkgutil.iter_modules(trimtab.regimes.__path__):
        for name, kind in vars(importlib.import_module(f"trimtab.regimes.{module.name}")).items():
            if isinstance(kind, type) and hasattr(kind, "sentence") and kind.__module__.startswith("trimtab.regimes"):
                found.add(name)
    assert found == {type(case.model).__name__ for case in CASES} | ELSEWHERE
