"""What success is: fractions between 0 and 1, weights that sum to 1 at most, and what is still missing."""

from __future__ import annotations

import pytest

from trimtab.core.errors import ParameterError
from trimtab.governance.yardstick import Yardstick


def test_what_is_missing_is_named_and_a_tracking_error_is_a_risk_target_too() -> None:
    assert len(Yardstick().missing) == 2
    assert Yardstick(volatility=0.1).missing == ("the fall that is tolerated",)
    assert not Yardstick(tracking_error=0.04, max_drawdown=0.25).missing
    assert Yardstick().words == ()
    assert Yardstick({"A": 1.0}, tracking_error=0.04).words == ("benchmark A 100%", "tracking error of 4.0% a year")


def test_what_the_weights_leave_of_1_is_said_to_be_cash() -> None:
    assert Yardstick({"A": 0.6, "B": 0.3}).words == ("benchmark A 60%, B 30%, cash 10%",)
    assert Yardstick({"A": 0.625, "B": 0.375 - 1e-12}).words == ("benchmark A 62.5%, B 37.5%",)


@pytest.mark.parametrize("name", ["volatility", "tracking_error", "max_drawdown"])
@pytest.mark.parametrize("value", [0.0, 1.0, -0.1, 12.0, float("nan")])
def test_what_is_no_fraction_is_refused(name: str, value: float) -> None:
    with pytest.raises(ParameterError) as error:
        Yardstick(**{name: value})
    assert error.value.field == name


@pytest.mark.parametrize("weights", [{"A": 1.2}, {"A": -0.1}, {"A": 0.6, "B": 0.5}, {"A": float("nan")}])
def test_weights_that_are_none_are_refused(weights: dict[str, float]) -> None:
    with pytest.raises(ParameterError, match="benchmark"):
        Yardstick(weights)
    assert Yardstick({"A": 0.5, "B": 0.5 + 1e-12}).benchmark["A"] == 0.5
