"""Rules that leave no portfolio: the smallest set of them is named, and pointed to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from tests.desk import worlds
from trimtab.core.errors import PolicyError
from trimtab.desk.conflicts import conflict
from trimtab.desk.fitting import misfits

LOOSE = {"use": "max_weight", "at_most": 0.9}


def rules(*limits: dict[str, Any]) -> list[dict[str, Any]]:
    return list(limits)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (rules(LOOSE, {"use": "min_weight", "at_least": 0.5}), "Each asset at least 50 % leaves no portfolio"),
        (
            rules(
                LOOSE,
                {"use": "max_weight", "at_most": 0.2, "only": ["A"]},
                {"use": "min_weight", "at_least": 0.3, "only": ["A"]},
            ),
            "A at most 20 %; A at least 30 % leave no portfolio",
        ),
        (
            rules(
                {"use": "min_weight", "at_least": 0.7, "of": "class", "only": ["equity"]},
                LOOSE,
                {"use": "min_cash", "at_least": 0.4},
            ),
            "equity at least 70 %; ",
        ),
    ],
)
def test_the_smallest_conflict_is_named(limits: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(PolicyError, match="the rules cannot all be met") as caught:
        worlds.policy(rules=limits)
    assert said in str(caught.value)
    assert "90 %" not in str(caught.value)  # what has no part in it is not named


def test_groups_that_overlap_are_asked_together() -> None:
    groups = [
        {"use": "max_weight", "at_most": 0.3, "of": "group", "only": ["A", "B"]},
        {"use": "max_weight", "at_most": 0.3, "of": "group", "only": ["B", "C"]},
        {"use": "net_exposure", "at_least": 0.7},
    ]
    with pytest.raises(PolicyError, match="leave no portfolio"):
        worlds.policy(rules=groups)
    found = linprog(np.zeros(3), A_ub=[[1, 1, 0], [0, 1, 1], [-1, -1, -1]], b_ub=[0.3, 0.3, -0.7], bounds=[(0, None)] * 3)
    assert found.status == 2  # infeasible, by another solver
    groups[2] = {"use": "net_exposure", "at_least": 0.6}
    assert conflict(worlds.policy(rules=groups).rules.rules, 3) == ()


def test_tilts_may_be_set_aside_and_are_no_conflict() -> None:
    held = rules({"use": "max_tilt", "at_most": 0.01}, {"use": "max_weight", "at_most": 0.2, "only": ["A"]})
    assert not worlds.policy(rules=held).rules.region.feasible


def test_a_reacher_that_needs_means_is_told_where_there_are_none() -> None:
    with pytest.raises(PolicyError, match="reacher needs a mean, and the policy forecasts covariances alone"):
        worlds.policy(reacher={"use": "mean_variance", "risk_aversion": 3}, forecast={"use": "ewma"})
    with pytest.raises(PolicyError, match=r"needs a mean.*bayes_stein"):
        worlds.policy(reacher={"use": "mean_variance", "risk_aversion": 3})
    means = {"use": "historical", "covariance": {"use": "ewma"}, "window": "12M"}
    policy = worlds.policy(reacher={"use": "mean_variance", "risk_aversion": 3}, forecast=means)
    assert not list(misfits(policy))
    assert not any(line.startswith("Weights:") for line in policy.words)  # the aim is not what it goes to


def test_rules_do_not_allow_more_leverage_than_the_broker_lends() -> None:
    cash = {"series": "bills", "maintenance": 0.25, "initial": 0.5}
    with pytest.raises(PolicyError, match=r"cash\.initial is 0.5, which allows gross exposure of 2; the rules allow 3"):
        worlds.policy(cash=cash, rules=rules({"use": "max_leverage", "at_most": 3.0}))
    worlds.policy(cash=cash, rules=rules({"use": "max_leverage", "at_most": 2.0}))
    worlds.policy(cash=cash, rules=None)
