"""Every forecaster of means runs through the same laws: pointwise, blind to the future, to older rows and to units."""

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

import trimtab.forecasts
from tests.forecasts.fixed import ask, flat
from tests.forecasts.roster_means import CASES, SAID, MeanCase, opinion
from tests.signals.array_view import ArrayView, panel, random_panel
from tests.signals.laws import batch_faults, future_faults, memory_faults, same
from trimtab.core.terms import DAY, Span
from trimtab.core.values import Forecast
from trimtab.forecasts.within import Within

IDS = [f"{type(case.forecaster).__name__}{k}" for k, case in enumerate(CASES)]
every_case = pytest.mark.parametrize("case", CASES, ids=IDS)
few = settings(max_examples=5, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def views(seed: int, span: Span, layout: str = "gather", *, gaps: float | None = None) -> ArrayView:
    """Three assets over some years, with gaps and views; decisions at even steps."""
    rng = np.random.default_rng(seed)
    daily = span.every is DAY
    count = 400 if daily else int(rng.integers(25, 40))
    share = float(rng.choice([0.0, 0.03])) if gaps is None else gaps
    made = dataclasses.replace(random_panel(seed, count, 3, daily=daily, gaps=share), layout=layout, said=SAID)
    step = 17 if daily else 2
    return made.at(*range(int(rng.integers(step)), count, step))


def numbers(case: MeanCase) -> Any:
    return lambda view: flat(ask(case.forecaster, view))


@every_case
@pytest.mark.parametrize("layout", ["gather", "strided"])
@few
@given(seed=seeds)
def test_each_date_alone_equals_the_batch(case: MeanCase, layout: str, seed: int) -> None:
    assert not batch_faults(numbers(case), views(seed, case.span, layout))


@every_case
@pytest.mark.parametrize("layout", ["gather", "strided"])
@few
@given(seed=seeds)
def test_the_future_changes_nothing(case: MeanCase, layout: str, seed: int) -> None:
    assert not future_faults(numbers(case), views(seed, case.span, layout))


@every_case
def test_views_stated_later_change_nothing(case: MeanCase) -> None:
    view = views(0, case.span)
    batch = numbers(case)(view)
    for d, cutoff in enumerate(view.days.cutoffs):
        told = dataclasses.replace(view, said=tuple(one for one in SAID if one.stated <= cutoff))
        assert same(numbers(case)(told)[: d + 1], batch[: d + 1])


@every_case
@few
@given(seed=seeds)
def test_rows_before_the_warm_up_change_nothing(case: MeanCase, seed: int) -> None:
    assert not memory_faults(numbers(case), views(seed, case.span), case.span)


@every_case
@few
@given(seed=seeds)
def test_assets_permute(case: MeanCase, seed: int) -> None:
    view = views(seed, case.span)
    order = np.random.default_rng(seed).permutation(3).tolist()
    moved = case.forecaster
    if hasattr(moved, "benchmark"):
        moved = dataclasses.replace(moved, benchmark=tuple(moved.benchmark[a] for a in order))
    plain, found = ask(case.forecaster, view), ask(moved, view.permuted(order))
    assert np.allclose(found.mean, plain.mean[:, order], rtol=1e-9, atol=1e-12, equal_nan=True)
    assert np.allclose(found.covariance, plain.covariance[:, order][:, :, order], rtol=1e-9, atol=1e-12, equal_nan=True)


@every_case
@few
@given(seed=seeds, factor=st.sampled_from([1e-6, 0.3, 7.0, 1e6]))
def test_the_unit_of_prices_changes_nothing(case: MeanCase, seed: int, factor: float) -> None:
    view = views(seed, case.span)
    assert np.allclose(numbers(case)(view.scaled(factor)), numbers(case)(view), rtol=1e-8, atol=1e-11, equal_nan=True)


@every_case
def test_answers_have_the_right_shape(case: MeanCase) -> None:
    view = views(1, case.span, gaps=0.0)
    forecast = ask(case.forecaster, view)
    assert isinstance(forecast, Forecast)
    assert forecast.mean.shape == (len(view.rows), 3)
    assert not forecast.mean.flags.writeable
    assert not np.isinf(flat(forecast)).any()
    known = np.isfinite(forecast.mean)
    late = np.array(view.rows) >= (2 * case.span.count if case.span.every is DAY else case.span.count)
    assert known[late].all()
    assert not known[0].any()


@every_case
def test_a_gap_is_unknown_for_the_asset(case: MeanCase) -> None:
    view = views(2, case.span, gaps=0.0)
    for values in view.fields.values():
        values[-3, 2] = np.nan
    last = view.at(len(view.sessions) - 1)
    if case.span.every is not DAY:
        forecast = ask(case.forecaster, last)
        assert np.isnan(forecast.mean[0, 2])
        held = hasattr(case.forecaster, "benchmark")  # the benchmark holds it: then nobody's return is implied
        assert np.isnan(forecast.mean[0, :2]).all() == held


@every_case
@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_see_is_no_accident(case: MeanCase, count: int) -> None:
    start = dataclasses.replace(random_panel(3, 40, 3).at(*range(count)), said=SAID)
    assert ask(case.forecaster, start).mean.shape == (count, 3)
    empty = dataclasses.replace(panel(np.full((40, 3), np.nan)), said=SAID)
    still = dataclasses.replace(panel(np.full((40, 3), 100.0)), said=SAID)
    assert np.isnan(ask(case.forecaster, empty).mean).all()
    ask(case.forecaster, still)
    for view in (start, empty, still):
        said = case.forecaster.sentence(view)
        assert said
        assert "nan" not in said
    assert "unknown" in case.forecaster.sentence(empty)
    assert "unknown" in case.forecaster.sentence(start)


@every_case
def test_sentences_speak_at_every_date(case: MeanCase) -> None:
    view = views(4, case.span, gaps=0.02)
    for row in view.rows:
        now = view.at(row)
        said, known = case.forecaster.sentence(now), np.isfinite(ask(case.forecaster, now).mean).all()
        assert "nan" not in said
        assert "inf" not in said
        assert not known or "unknown" not in said
        assert case.forecaster.covariance.sentence(now) in said


@every_case
def test_forecasters_are_frozen_values(case: MeanCase) -> None:
    one = case.forecaster
    assert hash(one) == hash(dataclasses.replace(one))
    assert pickle.loads(pickle.dumps(one)) == one
    assert not hasattr(one, "__dict__")
    assert one.words
    assert one.members == (one.covariance,)
    assert one.needs == ()
    assert dataclasses.replace(one, covariance=dataclasses.replace(one.covariance, series="vix")).needs == ("vix",)
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.covariance = None


@every_case
def test_one_asset_alone(case: MeanCase) -> None:
    said = (opinion("2000-02-01/2030-12-31", A0=1.0),)
    view = dataclasses.replace(random_panel(5, 60, 1, daily=case.span.every is DAY), said=said)
    one = dataclasses.replace(case.forecaster, benchmark=(0.8,)) if hasattr(case.forecaster, "benchmark") else case.forecaster
    assert np.isfinite(ask(one, view).mean[-1]).all()


def test_every_class_is_here() -> None:
    found = set()
    for module in pkgutil.iter_modules(trimtab.forecasts.__path__):
        for name, kind in vars(importlib.import_module(f"trimtab.forecasts.{module.name}")).items():
            if isinstance(kind, type) and issubclass(kind, Within) and kind is not Within:
                found.add(name)
    assert found == {type(case.forecaster).__name__ for case in CASES}
