"""The hours in which orders leave, by the clocks of a zone, summer and winter."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.execution.controls.control_words import CUT_OFF, line, moment
from trimtab.core.errors import ParameterError
from trimtab.execution.controls.trading_window import TradingWindow


@pytest.mark.parametrize(
    ("now", "outside"),
    [
        ("2026-01-06T14:45:00", 0),  # 09:45 in New York, in winter
        ("2026-01-06T14:44:59", 1),
        ("2026-01-06T20:30:00", 0),
        ("2026-01-06T20:30:01", 1),
        ("2026-07-06T13:45:00", 0),  # 09:45 in summer
        ("2026-07-06T14:44:59", 0),
        ("2026-07-06T19:30:01", 1),
        ("2026-01-06T05:00:00", 35_100),  # midnight: 9 3/4 hours early
    ],
)
def test_seconds_outside_the_window(now: str, outside: int) -> None:
    assert TradingWindow().values([line()], moment(now=now)) == [Decimal(outside)]


def test_a_decision_at_its_own_cut_off_is_not_about_to_leave() -> None:
    assert TradingWindow().values([line()], moment(now=CUT_OFF)) == [Decimal(0)]
    assert TradingWindow().values([line()], moment(now="NaT")) == [None]


@pytest.mark.parametrize(
    "wrong", [{"opens": "9:45"}, {"closes": "24:00"}, {"opens": "15:30"}, {"zone": "Mars"}, {"opens": "x"}]
)
def test_what_is_no_window_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ParameterError):
        TradingWindow(**wrong)


def test_it_speaks_in_a_sentence() -> None:
    assert TradingWindow().words == "Orders leave from 09:45 to 15:30, America/New_York"
