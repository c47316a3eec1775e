"""The age of prices, in seconds; what is from the future or has no date is not known."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from tests.execution.controls.control_words import NOW, line, moment
from trimtab.core.controls import Ruled
from trimtab.core.errors import ParameterError
from trimtab.execution.controls.quote_age import QuoteAge
from trimtab.execution.judgement import refusal


def test_each_order_has_the_age_of_its_own_price() -> None:
    quoted = np.array([NOW - np.timedelta64(90, "s"), NOW])
    lines = [line(), line(asset=1)]
    assert QuoteAge(minutes=1.0).values(lines, moment(quoted=quoted)) == [Decimal(90), Decimal(0)]
    # Without instants of their own, prices are those of the cut-off: 16 hours before.
    assert QuoteAge(minutes=1.0).values(lines, moment()) == [Decimal(57_600), Decimal(57_600)]


def test_fractions_of_a_second_count() -> None:
    quoted = np.array([NOW.astype("datetime64[us]") - np.timedelta64(60_000_001, "us")])
    assert QuoteAge(minutes=1.0).values([line()], moment(quoted=quoted)) == [Decimal("60.000001")]


def test_the_future_and_no_date_are_not_known() -> None:
    for strange in (NOW + np.timedelta64(1, "s"), np.datetime64("NaT", "s")):
        assert QuoteAge(days=4.0).values([line()], moment(quoted=np.array([strange]))) == [None]


def test_days_and_minutes_add_up() -> None:
    assert QuoteAge(days=1.0, minutes=0.5).most == Decimal(86_430)
    assert QuoteAge(days=1.0, minutes=30.0).words == "Prices no older than 1 days and 30 minutes"
    with pytest.raises(ParameterError, match="prices are never that new"):
        QuoteAge()


def test_an_age_is_said_in_the_unit_that_people_count_in() -> None:
    """Regression: `2052060 of order o1, at most 345600` named no unit, and no way out."""
    control = QuoteAge(days=4.0)
    found = refusal(Ruled(control, "quote-age"), "o1", Decimal(2_052_060))
    assert found.what == "quote-age would be broken: 23.8 days of order o1, at most 4 days"
    assert found.remedy.startswith("No order was sent. Bring the prices up to date")
    assert found.remedy.endswith("trimtab orders cancel ORDER.")
    assert [control.spoken(Decimal(one)) for one in (345_601, 36_000, 90, 60, 1)] == [
        "4.1 days",
        "10 hours",
        "1.5 minutes",
        "1 minutes",
        "1 seconds",
    ]
