"""Every forecaster of covariances runs through the same laws; the last tests plant a fault for each and see it found."""

from __future__ import annotations

import dataclasses
import pickle
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.forecasts.covariance_laws import asked, awkward, covariances, views
from tests.signals.array_view import panel, random_panel
from tests.signals.laws import batch_faults, future_faults, memory_faults, same
from tests.signals.test_conformance import written
from trimtab.core.arrays import Array
from trimtab.core.terms import PER_YEAR, TOTAL_RETURN, sessions
from trimtab.core.values import Forecast
from trimtab.forecasts.ewma import Ewma
from trimtab.forecasts.garch import GarchCorrelation
from trimtab.forecasts.ledoit_wolf import LedoitWolf, Target
from trimtab.forecasts.oas import Oas
from trimtab.forecasts.sample import Sample
from trimtab.forecasts.windowed import Gaps


@dataclass(frozen=True)
class Case:
    """A forecaster. `near`: how near two ways to the same covariance are, where a search or projections end early."""

    forecaster: Any
    near: float = 1e-12

    @property
    def rows(self) -> int:
        """The prices that it needs."""
        return int(self.forecaster.window.count + self.forecaster.overlap)


PAIRS: dict[str, Any] = {"gaps": Gaps.PAIRWISE, "minimum": 8}
CASES = [
    Case(Sample(sessions(21))),
    Case(Sample(sessions(17), overlap=3)),
    Case(Sample(sessions(21), **PAIRS), near=1e-7),
    Case(Ewma(sessions(21))),
    Case(Ewma(sessions(18), decay=0.97, centred=True, overlap=2)),
    Case(Ewma(sessions(21), halflife=sessions(5), **PAIRS), near=1e-7),
    Case(LedoitWolf(sessions(21), target=Target.IDENTITY)),
    Case(LedoitWolf(sessions(21))),
    Case(LedoitWolf(sessions(15), overlap=2, target=Target.SINGLE_FACTOR)),
    Case(LedoitWolf(sessions(21), **PAIRS), near=1e-7),
    Case(LedoitWolf(sessions(21), target=Target.SINGLE_FACTOR, **PAIRS), near=1e-7),
    Case(Oas(sessions(21))),
    Case(Oas(sessions(21), **PAIRS), near=1e-7),
    Case(GarchCorrelation(sessions(25), overlap=2), near=1e-6),
]
IDS = [f"{type(case.forecaster).__name__}{k}" for k, case in enumerate(CASES)]
every_case = pytest.mark.parametrize("case", CASES, ids=IDS)
both_layouts = pytest.mark.parametrize("layout", ["gather", "strided"])
few = settings(max_examples=3, deadline=None)
seeds = st.integers(0, 2**31)


def is_pairwise(case: Case) -> bool:
    return getattr(case.forecaster, "gaps", Gaps.REFUSE) is Gaps.PAIRWISE


def close(one: Array, other: Array, near: float) -> bool:
    """Whether two covariances are alike, beside the variances of their assets."""
    size = np.sqrt(np.nanmax(np.abs(np.append(other, 0.0))))
    return bool(np.allclose(one, other, rtol=near, atol=near * size * size, equal_nan=True))


@every_case
@both_layouts
@few
@given(seed=seeds)
def test_each_date_alone_equals_the_batch(case: Case, layout: str, seed: int) -> None:
    assert not batch_faults(covariances(case.forecaster), views(seed, case.rows, layout, gaps=is_pairwise(case)))


@every_case
@few
@given(seed=seeds)
def test_the_layout_of_the_window_changes_nothing(case: Case, seed: int) -> None:
    view = views(seed, case.rows, "gather", gaps=is_pairwise(case)).at(*range(case.rows, case.rows + 4))
    strided = dataclasses.replace(view, layout="strided")
    assert view.window(TOTAL_RETURN, 5).strides != strided.window(TOTAL_RETURN, 5).strides
    assert same(covariances(case.forecaster)(strided), covariances(case.forecaster)(view))


@every_case
@both_layouts
@few
@given(seed=seeds)
def test_the_future_changes_nothing(case: Case, layout: str, seed: int) -> None:
    view = views(seed, case.rows, layout, gaps=is_pairwise(case), spread=5)
    assert not future_faults(covariances(case.forecaster), view)


@every_case
@few
@given(seed=seeds)
def test_rows_before_the_warm_up_change_nothing(case: Case, seed: int) -> None:
    view = views(seed, case.rows, "gather", gaps=is_pairwise(case))
    assert not memory_faults(covariances(case.forecaster), view, sessions(case.rows))


@every_case
@few
@given(seed=seeds)
def test_covariances_are_symmetric_and_semidefinite(case: Case, seed: int) -> None:
    found = asked(case.forecaster, views(seed, case.rows, "gather", gaps=is_pairwise(case)))
    assert same(found.covariance, np.swapaxes(found.covariance, 1, 2))
    for one in found.covariance:
        known = np.isfinite(np.diagonal(one))
        inner = one[np.ix_(known, known)]
        assert np.isfinite(inner).all()
        assert np.isnan(one[~known]).all()
        if known.any():
            values = np.linalg.eigvalsh(inner)
            assert values[0] >= -1e-12 * values[-1]


@every_case
@few
@given(seed=seeds)
def test_assets_permute(case: Case, seed: int) -> None:
    view = views(seed, case.rows, "gather", gaps=is_pairwise(case))
    order = np.random.default_rng(seed).permutation(len(view.assets)).tolist()
    found, moved = asked(case.forecaster, view).covariance, asked(case.forecaster, view.permuted(order)).covariance
    assert close(moved, found[:, order][:, :, order], case.near)


@every_case
@pytest.mark.parametrize("factor", [1e-6, 7.0])
def test_the_unit_of_prices_changes_nothing(case: Case, factor: float) -> None:
    view = views(11, case.rows, "gather", gaps=is_pairwise(case))
    units = np.where(np.arange(len(view.assets)) % 2 == 0, factor, 1.0)  # of each asset for itself
    found, scaled = asked(case.forecaster, view).covariance, asked(case.forecaster, view.scaled(units)).covariance
    assert close(scaled, found, max(case.near, 1e-9))


@every_case
def test_answers_have_the_right_shape(case: Case) -> None:
    view = random_panel(1, case.rows + 40, 3, daily=True)
    found = asked(case.forecaster, view)
    assert isinstance(found, Forecast)
    assert found.covariance.shape == (len(view.rows), 3, 3)
    assert not found.covariance.flags.writeable
    assert found.mean.strides == (0, 0)
    assert np.isnan(found.mean).all()
    unknown = np.isnan(found.covariance).all(axis=(1, 2))
    if is_pairwise(case):  # an asset speaks as soon as `minimum` returns are known
        assert unknown.tolist() == [d < 8 + case.forecaster.overlap - 1 for d in range(len(view.rows))]
        assert found.repaired is not None
        assert found.repaired.shape == (len(view.rows),)
        assert not found.repaired.flags.writeable
        assert (found.repaired[case.rows :] == 0.0).all()
    else:  # exactly the warm-up is unknown
        assert unknown.tolist() == [d < case.rows - 1 for d in range(len(view.rows))]
        assert found.repaired is None
    assert np.isfinite(found.covariance[case.rows :]).all()


@every_case
def test_it_is_per_year(case: Case) -> None:
    # Independent returns of volatility 4 % a row, 252 rows a year: 63 % a year, give or take what a short window does.
    view = random_panel(2, case.rows + 300, 6, daily=True)
    variance = np.diagonal(asked(case.forecaster, view).covariance[case.rows :], axis1=1, axis2=2)
    assert np.median(variance) == pytest.approx(252 * 0.04**2, rel=0.25)
    assert PER_YEAR[case.forecaster.window.every] == 252


@every_case
def test_awkward_assets_spoil_nothing(case: Case) -> None:
    view = awkward(3, case.rows)
    covariance = asked(case.forecaster, view).covariance
    known = np.isfinite(np.diagonal(covariance, axis1=1, axis2=2))
    assert known[:, :4].all()
    assert not known[:, 5].any()
    assert (known[:, 4] == is_pairwise(case)).all()
    assert np.isfinite(covariance[:, :4, :4]).all()
    shrinks = isinstance(case.forecaster, Oas) or getattr(case.forecaster, "target", None) is Target.IDENTITY
    if not shrinks:  # the identity lends even a still asset the mean variance
        assert (covariance[:, 2, 2] == 0.0).all()
        centred = not isinstance(case.forecaster, GarchCorrelation) and getattr(case.forecaster, "centred", True)
        assert not centred or (np.abs(covariance[:, 2:4, :4]) < 1e-15).all()
    sound = dataclasses.replace(view, fields={name: values[:, :2] for name, values in view.fields.items()})
    if not (shrinks or isinstance(case.forecaster, LedoitWolf)):
        assert close(covariance[:, :2, :2], asked(case.forecaster, sound).covariance, case.near)


@every_case
@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_see_is_no_accident(case: Case, count: int) -> None:
    short = random_panel(3, 12, 2, daily=True).at(*range(count))
    empty = panel(np.full((case.rows + 5, 2), np.nan), daily=True)
    for view in (short, empty):
        found = asked(case.forecaster, view)
        assert found.covariance.shape == (len(view.rows), 2, 2)
        assert np.isnan(found.covariance).all()
        assert "unknown" in case.forecaster.sentence(view)
    single = random_panel(4, case.rows + 5, 1, daily=True)
    assert (asked(case.forecaster, single).covariance[-1] > 0.0).all()
    impossible = panel(np.where(np.arange(case.rows + 5) == 9, 0.0, 1.0 + 0.01 * np.arange(case.rows + 5)), daily=True)
    variance = asked(case.forecaster, impossible.at(case.rows + 4)).covariance
    assert np.isfinite(variance).all() == is_pairwise(case)  # from nothing to something is no return


@every_case
def test_the_sentence_speaks_of_the_last_date(case: Case) -> None:
    view = random_panel(5, case.rows + 10, 3, daily=True)
    said = case.forecaster.sentence(view)
    assert said.startswith(f"last {case.forecaster.window.count} days: volatility ")
    assert "average correlation" in said
    assert ("shrunk by" in said) == isinstance(case.forecaster, LedoitWolf | Oas)
    assert "nan" not in said
    early = case.forecaster.sentence(view.at(4))
    over = 1 if isinstance(case.forecaster, GarchCorrelation) else case.forecaster.overlap  # its fits are of single rows
    assert early.startswith(f"covariance unknown: A0 ({5 - over} of {case.forecaster.window.count} returns are known), A1 (")
    partly = case.forecaster.sentence(awkward(3, case.rows))
    assert "; unknown: A" in partly
    assert "A5 (0 of" in partly
    assert "nan" not in partly


@every_case
def test_forecasters_are_frozen_values(case: Case) -> None:
    one = case.forecaster
    assert hash(one) == hash(dataclasses.replace(one))
    assert pickle.loads(pickle.dumps(one)) == one
    assert not hasattr(one, "__dict__")
    assert one.needs == ()
    assert one.words[0].islower() or one.words.startswith("GARCH")
    assert not one.words.endswith(".")
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.window = sessions(3)


@every_case
def test_forecasters_are_built_from_a_policy_file(case: Case) -> None:
    from pydantic import TypeAdapter

    one = case.forecaster
    plain = {field.name: written(getattr(one, field.name)) for field in dataclasses.fields(one)}
    adapter = TypeAdapter(type(one))
    assert adapter.validate_python(plain) == one
    assert adapter.json_schema()["properties"].keys() == plain.keys()


# ----- faults planted on purpose: each law must see them -----


def test_the_laws_can_fail() -> None:
    view = random_panel(6, 60, 3, daily=True)
    good = covariances(Sample(sessions(21)))

    def across(one: Any) -> Array:  # shrunk towards the mean over all dates
        found = good(one)
        return 0.9 * found + 0.1 * np.nan_to_num(found).mean(0)

    def ahead(one: Any) -> Array:  # the window's base holds the rows after it
        window = one.window(TOTAL_RETURN, 22)
        base = window
        while isinstance(base.base, np.ndarray):
            base = base.base
        return good(one) * np.nan_to_num(base)[-1].sum()

    def older(one: Any) -> Array:
        return good(one) + covariances(Sample(sessions(25)))(one)

    strided = dataclasses.replace(view, layout="strided", rows=list(range(30, 60)))
    assert batch_faults(across, view)
    assert future_faults(ahead, strided)
    assert memory_faults(older, view, sessions(22))
