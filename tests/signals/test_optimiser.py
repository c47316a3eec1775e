"""Optimisers of other packages as signals: the same as calling skfolio, date by date; whatever may go wrong with them."""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.desk import worlds
from tests.numerics.sklearn_alone import no_plugins
from tests.signals.array_view import ArrayView, panel, random_panel
from tests.signals.laws import answer, batch_faults, future_faults
from trimtab.core.errors import ParameterError, PolicyError
from trimtab.core.terms import DAY, TOTAL_RETURN, months, sessions
from trimtab.desk.dates import decision_view
from trimtab.desk.decide import aims
from trimtab.signals.optimiser import Optimiser

nan = np.nan
OWN = "tests.signals.own_estimators"
SKFOLIO = "skfolio.optimization"


def own(name: str, **parameters: Any) -> Optimiser:
    return Optimiser(f"{OWN}:{name}", parameters, sessions(4))


def returns(view: ArrayView, row: int, rows: int) -> pd.DataFrame:
    index = pd.DataFrame(view.fields[TOTAL_RETURN], columns=[asset.id for asset in view.assets])
    return (index / index.shift(1) - 1.0).iloc[row - rows + 1 : row + 1]


# The outside oracle.

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("HierarchicalRiskParity", {}, {}),
    ("MeanRisk", {}, {}),
    ("MeanRisk", {"risk_measure": "skfolio:RiskMeasure.CVAR", "max_weights": 0.5}, {"max_weights": 0.5}),
    ("RiskBudgeting", {"risk_budget": {"A0": 2.0, "A1": 1.0, "A2": 1.0}}, {"risk_budget": {"A0": 2.0, "A1": 1.0, "A2": 1.0}}),
    ("MaximumDiversification", {"prior_estimator": {"use": "skfolio.prior:EmpiricalPrior"}}, {}),
    ("InverseVolatility", {}, {}),
]


@pytest.mark.parametrize(("name", "parameters", "direct"), CASES, ids=[f"{case[0]}{k}" for k, case in enumerate(CASES)])
def test_it_is_skfolio_on_the_same_rows(name: str, parameters: dict[str, Any], direct: dict[str, Any]) -> None:
    view = random_panel(3, 70, 3, daily=True).at(40, 55, 69)
    with no_plugins():
        found = Optimiser(f"{SKFOLIO}:{name}", parameters, sessions(40))(view).values
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import skfolio
            from skfolio import optimization

            if "risk_measure" in parameters:
                direct = direct | {"risk_measure": skfolio.RiskMeasure.CVAR}
            for d, row in enumerate(view.rows):
                expected = getattr(optimization, name)(**direct).fit(returns(view, row, 40)).weights_
                np.testing.assert_allclose(found[d], expected, atol=1e-12)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-6)


def test_one_date_of_skfolio_is_its_row_of_the_batch() -> None:
    view = dataclasses.replace(random_panel(5, 60, 4, daily=True).at(30, 40, 50), layout="strided")
    signal = Optimiser(f"{SKFOLIO}:HierarchicalRiskParity", window=sessions(25))
    with no_plugins():
        assert not batch_faults(answer(signal), view)
        assert not future_faults(answer(signal), view)
        assert np.isfinite(signal(view).values).all()


# What may go wrong.


def test_a_gap_in_the_window_leaves_the_row_unknown() -> None:
    rows = random_panel(1, 12, 2).fields[TOTAL_RETURN].copy()
    rows[6, 1] = nan
    view = panel(rows, daily=True)
    found = own("Calm")(view).values
    unknown = np.isnan(found).all(axis=1)
    assert np.flatnonzero(unknown).tolist() == [0, 1, 2, 3, 6, 7, 8, 9, 10]  # two returns touch the gap, four rows see each
    assert np.isfinite(found[~unknown]).all()
    assert own("Calm").sentence(view.at(8), 0) == "Calm of tests unknown: 2 of 4 returns of A1 are known"
    listed = dataclasses.replace(own("Calm"), assets=("A0",))
    assert np.isfinite(listed(view).values[4:, 0]).all()  # its gap is none of theirs
    assert np.isnan(listed(view).values[:, 1]).all()


def test_a_fit_that_fails_leaves_its_row_unknown_and_says_why() -> None:
    # The last return of A0 is down on the sixth and up on the seventh row.
    view = panel(np.array([[1, 1], [2, 1], [3, 2], [4, 1], [5, 2], [4, 3], [6, 1]], dtype=float), daily=True)
    found = own("Stubborn")(view.at(4, 5, 6)).values
    assert found[[0, 2]].tolist() == [[0.5, 0.5]] * 2
    assert np.isnan(found[1]).all()
    assert own("Stubborn").sentence(view.at(5), 1) == (
        "Stubborn of tests unknown: the fit failed (RuntimeError: no optimum was found)"
    )
    assert own("Stubborn").sentence(view.at(6), 1) == "Stubborn of tests on the last 4-day window gives it 50.0 %"


@pytest.mark.parametrize("leaves", [[1.0], [0.5, nan], [[0.5, 0.5]], [float("inf"), 0.0]])
def test_weights_that_are_none_are_not_taken(leaves: Any) -> None:
    view = panel(np.arange(1.0, 13.0).reshape(6, 2), daily=True).at(5)
    signal = own("Stubborn", leaves=leaves)
    assert np.isnan(signal(view).values).all()
    assert "the fit left weights of shape" in signal.sentence(view, 0)


def test_a_parameter_may_be_an_estimator_a_member_or_go_by_name() -> None:
    view = random_panel(1, 8, 2, daily=True).at(7)
    named = {"A0": 0.25, "A1": 0.5}
    assert own("Named", weights=named)(view).values.tolist() == [[0.25, 0.5]]
    inner = own("Named", weights=named, inner={"use": f"{OWN}:Calm", "full": 0.5}, kind="trimtab.core.terms:Step.DAY")
    assert inner(view).values.tolist() == [[0.125, 0.25]]
    assert DAY.value == "D"
    turned = view.permuted([1, 0])
    assert own("Named", weights=named)(turned).values.tolist() == [[0.5, 0.25]]


@pytest.mark.parametrize(
    ("make", "field", "message"),
    [
        (lambda: Optimiser("not_there.anywhere:Best"), "estimator", "needs the package not_there"),
        (lambda: Optimiser("HierarchicalRiskParity"), "estimator", "estimator is 'HierarchicalRiskParity'"),
        (lambda: Optimiser(f"{OWN}:Calm", window=months(1)), "window", "no two returns"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: Any, field: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message) as caught:
        make()
    assert caught.value.field == field


def test_without_skfolio_one_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trimtab.signals.optimiser.find_spec", lambda _: None)
    with pytest.raises(ParameterError) as caught:
        Optimiser(f"{SKFOLIO}:MeanRisk")
    assert caught.value.remedy == "pip install 'trimtab[samples]', or pip install skfolio."


@pytest.mark.parametrize(
    ("signal", "field", "message"),
    [
        (own("Calmest"), "estimator", "Calmest"),
        (own("nothing"), "estimator", "has no fit"),
        (own("Calm", empty=1.0), "parameters", "empty"),
        (own("Calm", full={"use": f"{OWN}:Calmer"}), "parameters", "Calmer"),
        (own("Calm", full={"use": "not_there:Calm"}), "parameters", "needs the package not_there"),
        (own("Calm", full="trimtab.core.terms:Step.YEAR"), "parameters", "YEAR"),
        (own("Calm", full=f"{OWN}:Calm.fit"), "parameters", "no member of an enumeration"),
    ],
)
def test_what_cannot_be_made_is_refused_before_any_date(signal: Optimiser, field: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message) as caught:
        signal(random_panel(1, 8, 2).at())
    assert caught.value.field == field


# As a sleeve.

SLEEVE = {
    "signals": {
        "hrp": {"use": "trimtab.signals.optimiser:Optimiser", "estimator": f"{SKFOLIO}:InverseVolatility", "window": "60D"}
    },
    "combine": {"use": "weighted"},
    "allocator": {"use": "trimtab.construction.scored:Scored"},
    "rules": [{"use": "long_only"}],
}


def test_a_policy_holds_what_the_optimiser_says() -> None:
    policy = worlds.policy(**SLEEVE)
    view = decision_view(policy, worlds.market(policy, 2))
    index = view.window(TOTAL_RETURN, 61)
    calm = 1.0 / (index[:, 1:] / index[:, :-1] - 1.0).std(axis=1, ddof=1)
    with no_plugins():
        found = aims(policy, view).scores.values
    known = np.isfinite(calm).all(axis=1)
    assert known.any()
    np.testing.assert_allclose(found[known], (calm / calm.sum(axis=1, keepdims=True))[known], atol=1e-9)
    assert "weights by InverseVolatility of skfolio fitted on a 60-day window" in " ".join(policy.sentences)


def test_a_policy_that_names_what_is_not_there_is_pointed_at() -> None:
    wrong = {"hrp": SLEEVE["signals"]["hrp"] | {"estimator": f"{SKFOLIO}:NoSuchThing"}}  # type: ignore[operator]
    with pytest.raises(PolicyError, match="NoSuchThing"):
        worlds.policy(**SLEEVE | {"signals": wrong})
