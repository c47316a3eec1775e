"""Decisions against the model in a quarter: the steps add up exactly, and what lived in the quarter is listed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.desk import worlds
from trimtab.desk.discretion import _concerns, ladder_of
from trimtab.desk.ladder import Shadow
from trimtab.desk.overriding import Ending, Kept
from trimtab.governance.overrides import Override

QUARTER = (date(2018, 1, 1), date(2018, 3, 31))


def override(name: str, begins: date, ends: date, recorded: date) -> Override:
    at = datetime(recorded.year, recorded.month, recorded.day, tzinfo=UTC)
    return Override(name, "A07", "anna", "why", at, begins, ends, {"A": Decimal("0.05")})


@given(arrays(float, (4, 12), elements=st.floats(-0.05, 0.05)), st.lists(st.floats(1e3, 1e7), min_size=12, max_size=12))
def test_overrides_and_the_rest_are_the_difference_exactly(returns: np.ndarray, begin: list[float]) -> None:
    """Row 0 is the account, the others the model with 0, 1 and 2 overrides."""
    dates = np.arange("2018-01-01", "2018-01-14", dtype="datetime64[D]")
    paths = np.concatenate([np.ones((4, 1)), np.cumprod(1.0 + returns, axis=1)], axis=1)
    two = tuple(override(f"O-{k}", *QUARTER, date(2018, 1, k)) for k in (1, 2))
    policy = worlds.policy(signals={}, combine=None, allocator={"use": "static"}, rules=[], cash=None, since=None)
    found = ladder_of(Shadow("A07", policy, two, dates, paths[0], paths[1:], np.array(begin)))
    assert [one.name for one in found.effects] == ["O-1", "O-2", "rest"]
    assert sum(one.effect for one in found.effects) == pytest.approx(found.account - found.model, abs=1e-12)
    assert sum((one.money for one in found.effects), Decimal(0)) == found.money
    exact = ((returns[0] - returns[1]) * np.array(begin)).sum()
    assert float(found.money) == pytest.approx(exact, abs=0.0051)


@pytest.mark.parametrize(
    ("begins", "ends", "recorded", "inside"),
    [
        (date(2018, 2, 1), date(2018, 2, 9), date(2018, 2, 1), True),
        (date(2017, 6, 1), date(2018, 1, 1), date(2017, 6, 1), True),  # its last day is the first of the quarter
        (date(2017, 6, 1), date(2017, 12, 31), date(2017, 6, 1), False),
        (date(2018, 4, 1), date(2018, 5, 1), date(2018, 3, 31), True),  # written down in it, in force after it
        (date(2018, 4, 1), date(2018, 5, 1), date(2018, 4, 1), False),
    ],
)
def test_an_override_is_listed_where_it_lived_or_was_written_down(
    begins: date, ends: date, recorded: date, inside: bool
) -> None:
    assert _concerns(Kept(override("O-1", begins, ends, recorded)), QUARTER) is inside


def test_one_that_ended_before_the_quarter_or_was_taken_back_is_not() -> None:
    written = override("O-1", date(2017, 6, 1), date(2018, 2, 1), date(2017, 6, 1))
    ended = Ending("anna", datetime(2017, 8, 1, tzinfo=UTC), date(2017, 7, 31), "over")
    assert not _concerns(Kept(written, ended), QUARTER)
    late = override("O-2", date(2018, 2, 1), date(2018, 3, 1), date(2017, 12, 1))
    back = Ending("anna", datetime(2017, 12, 9, tzinfo=UTC), date(2017, 12, 8), "no")
    assert not _concerns(Kept(late, back), QUARTER)
