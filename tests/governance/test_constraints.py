"""The limits of a statement: each number on its side and in its range, and the rule that it comes to."""

from __future__ import annotations

from datetime import date

import pytest

from trimtab.core.errors import ParameterError
from trimtab.core.rules import Severity
from trimtab.governance.constraints import Bound, Constraint, Each, Per

DAY = date(2026, 1, 1)


def test_each_kind_comes_to_the_rule_of_its_name() -> None:
    found = {
        Bound.WEIGHT: Constraint("1", Bound.WEIGHT, 0.4, of=Each.CLASS),
        Bound.LEAST_WEIGHT: Constraint("2", Bound.LEAST_WEIGHT, at_least=0.1, only=("BIL",)),
        Bound.TILT: Constraint("3", Bound.TILT, 0.05),
        Bound.TURNOVER: Constraint("4", Bound.TURNOVER, 0.2, per=Per.YEAR),
        Bound.LEVERAGE: Constraint("5", Bound.LEVERAGE, 1.5),
        Bound.CASH: Constraint("6", Bound.CASH, at_least=0.02),
    }
    assert set(found) == set(Bound)
    assert [one.rule(DAY)["limit"] for one in found.values()] == [
        {"use": "max_weight", "of": "class", "at_most": 0.4},
        {"use": "min_weight", "only": ["BIL"], "at_least": 0.1},
        {"use": "max_tilt", "at_most": 0.05},
        {"use": "max_turnover", "at_most": 0.2, "per": "year"},
        {"use": "max_leverage", "at_most": 1.5},
        {"use": "min_cash", "at_least": 0.02},
    ]
    assert [one.words for one in found.values()] == [
        "Each asset class at most 40 %",
        "Each of BIL at least 10 %",
        "Each asset within 5 % of the benchmark weight",
        "One-way turnover of at most 20 % a year",
        "Gross exposure of at most 150 %",
        "Cash of at least 2 %",
    ]


def test_a_rule_bears_its_section_its_source_and_its_own_first_day() -> None:
    one = Constraint("4.2", Bound.TILT, 0.1, effective_from=date(2027, 3, 1), severity=Severity.WARN)
    assert one.rule(DAY) == {
        "limit": {"use": "max_tilt", "at_most": 0.1},
        "id": "IPS-4.2",
        "source": "Investment Policy Statement, section 4.2",
        "effective_from": "2027-03-01",
        "severity": "warn",
    }
    assert Constraint("4.2", Bound.TILT, 0.1).rule(DAY)["effective_from"] == "2026-01-01"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"section": " ", "limit": Bound.TILT, "at_most": 0.1}, "section"),
        ({"section": "4.1\n    severity: warn #", "limit": Bound.TILT, "at_most": 0.1}, "section"),
        ({"section": "4.1 # void", "limit": Bound.TILT, "at_most": 0.1}, "section"),
        ({"section": "4: 1", "limit": Bound.TILT, "at_most": 0.1}, "section"),
        ({"limit": Bound.TILT}, "at_most"),
        ({"limit": Bound.TILT, "at_least": 0.1}, "at_least"),
        ({"limit": Bound.CASH, "at_most": 0.1}, "at_most"),
        ({"limit": Bound.CASH}, "at_least"),
        ({"limit": Bound.TILT, "at_most": 1.1}, "at_most"),
        ({"limit": Bound.TILT, "at_most": float("nan")}, "at_most"),
        ({"limit": Bound.LEVERAGE, "at_most": 0.9}, "at_most"),
        ({"limit": Bound.LEVERAGE, "at_most": 1.5, "only": ("SPY",)}, "only"),
        ({"limit": Bound.TILT, "at_most": 0.1, "per": Per.YEAR}, "per"),
        ({"limit": Bound.TURNOVER, "at_most": 0.1, "of": Each.CLASS}, "of"),
        ({"limit": Bound.WEIGHT, "at_most": 0.1, "of": Each.GROUP}, "only"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_its_field(wrong: dict[str, object], field: str) -> None:
    with pytest.raises(ParameterError) as error:
        Constraint(**{"section": "1", **wrong})  # type: ignore[arg-type]
    assert error.value.field == field


@pytest.mark.parametrize("section", ["4", "4.1 (a)", "§ 12", "IV/2", "Größe-3"])
def test_a_section_may_be_numbered_as_statements_number_theirs(section: str) -> None:
    assert Constraint(section, Bound.TILT, 0.1).id == f"IPS-{section}"
