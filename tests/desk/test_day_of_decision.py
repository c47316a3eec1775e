"""The date that is decided on where nobody names one: that of the last session whose cut-off has passed in New York."""

from __future__ import annotations

import numpy as np
import pytest

from trimtab.desk.circumstances import day_of_decision


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-11-26T05:26:00", "2026-11-25"),  # the night after: 0:26 in New York
        ("2026-11-26T22:59:59", "2026-11-25"),  # a second before 18:00 there
        ("2026-11-26T23:00:00", "2026-11-26"),
        ("2026-07-01T21:59:59", "2026-06-30"),  # an hour earlier in summer
        ("2026-07-01T22:00:00", "2026-07-01"),
        ("2026-07-02T03:00:00", "2026-07-01"),  # a new day in London, the same evening in New York
    ],
)
def test_a_day_is_decided_on_from_two_hours_after_the_close_on(now: str, day: str) -> None:
    assert day_of_decision(np.datetime64(now, "s")) == np.datetime64(day, "D")
