"""Words of signals: numbers, and which close comes next."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.signals.array_view import panel
from trimtab.core.terms import DAY, MONTH, WEEK, Step
from trimtab.signals.wording import amount, close_next, close_now, ended, percent, turning, upcoming


@pytest.mark.parametrize(
    ("day", "every", "expected"),
    [
        ("2018-03-30", MONTH, True),  # the last weekday
        ("2018-03-29", MONTH, True),  # the last session: the 30th was Good Friday
        ("2018-03-28", MONTH, False),
        ("2010-05-28", MONTH, True),  # Memorial Day was Monday the 31st
        ("2018-02-28", MONTH, True),
        ("2018-12-31", MONTH, True),
        ("2018-12-03", MONTH, False),
        ("2018-03-30", WEEK, True),  # a Friday
        ("2018-03-29", WEEK, False),
        ("2018-03-26", WEEK, False),
        ("2018-04-01", WEEK, True),  # a Sunday
        ("2018-03-28", DAY, True),
    ],
)
def test_when_a_step_has_ended(day: str, every: Step, expected: bool) -> None:
    view = panel([1.0])
    view = dataclasses.replace(view, sessions=np.array([day], dtype="datetime64[D]"))
    assert ended(view, every) is expected
    rows = np.array([1.0, 2.0, 3.0])
    assert upcoming(view, every, rows).tolist() == ([2.0, 3.0] if expected else [1.0, 2.0])
    ends = {DAY: "close", WEEK: "week-end close", MONTH: "month-end close"}[every]
    assert close_now(view, every) == (ends if expected else "close")
    assert close_next(view, every).startswith("the next " if expected else "a later close this ")


def test_numbers() -> None:
    assert [amount(x) for x in (541.2, 1.0, 0.5, 0.00123456)] == ["541.20", "1.00", "0.5", "0.001235"]
    assert [percent(x) for x in (0.084, -0.1, 0.0)] == ["+8.4 %", "-10.0 %", "+0.0 %"]
    assert percent(0.0236, digits=2) == "+2.36 %"


def test_turning() -> None:
    assert turning(1.0, 5.0, 6.0, "noon") == "flips below 5.00 at noon"
    assert turning(-1.0, 5.0, 6.0, "noon") == "flips above 6.00 at noon"
    assert turning(-1.0, 5.0, -1.0, "noon") == "flips above 0 at noon"  # any close does
    assert turning(1.0, 0.0, 6.0, "noon") == "no close flips it at noon"
    assert turning(-1.0, 5.0, np.inf, "noon") == "no close flips it at noon"
    assert turning(0.0, 5.0, np.inf, "noon") == "turns down below 5.00 at noon"
    assert turning(0.0, 0.0, np.inf, "noon") == ""
    assert turning(1.0, np.nan, 6.0, "noon") == ""
