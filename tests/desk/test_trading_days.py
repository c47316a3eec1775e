"""Limits by day, at the last hop: a day is one by the clocks of the control, also after midnight UTC."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.desk.desk_worlds import desk
from tests.desk.test_sending import A, approved, ticket, why
from trimtab.core.orders import OrderKind
from trimtab.desk.proposing import keep_policies

ONCE = {"use": "day_count", "at_most": 1}
TOKYO = ONCE | {"zone": "Asia/Tokyo"}


@pytest.mark.parametrize(
    ("control", "first", "then", "stops"),
    [
        (ONCE, "2026-11-02T23:10:00", "2026-11-03T00:10:00", True),  # 18:10 and 19:10 in New York
        (ONCE, "2026-11-03T00:20:00", "2026-11-03T04:59:59", True),  # 19:20 and a second before midnight
        (ONCE, "2026-11-03T04:59:59", "2026-11-03T05:00:00", False),  # midnight between them
        (TOKYO, "2026-11-03T14:00:00", "2026-11-03T14:59:59", True),  # 23:00 and a second before midnight
        (TOKYO, "2026-11-03T14:00:00", "2026-11-03T15:00:00", False),
        ({"use": "day_notional", "at_most": "2099.99 USD"}, "2026-11-03T00:20:00", "2026-11-03T01:00:00", True),
        ({"use": "day_turnover", "at_most": 0.0209}, "2026-11-03T00:20:00", "2026-11-03T01:00:00", True),
    ],
)
def test_what_left_on_a_day_counts_until_midnight_by_the_clocks_of_its_control(
    control: Mapping[str, object], first: str, then: str, stops: bool, tmp_path: Path
) -> None:
    """Of 100 000, 1 000 (10 SPY at 100) and then 1 100 (11) make 2 100, 2.1 %."""
    with desk(tmp_path, [A], controls=[control]) as one:
        keep_policies(one.book, {one.policy.sha256: one.policy}, one.by)
        one.holds("A", 100_000)
        ten, eleven = (ticket(one, name, units=units, kind=OrderKind.ON_CLOSE, cutoff="2026-11-02T22:00:00Z")
                       for name, units in (("a", 10), ("b", 11)))  # fmt: skip
        both = approved(one, ten, eleven)
        assert why(one.sends(both[:1], first)) == ""
        assert bool(why(one.sends(both[1:], then))) is stops
