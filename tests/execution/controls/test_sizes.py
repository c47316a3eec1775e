"""How large an order is, in units, in money and in the market's volume."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from tests.execution.controls.control_words import line, moment, sent
from trimtab.core.errors import ParameterError
from trimtab.core.money import Money
from trimtab.execution.controls.order_notional import OrderNotional
from trimtab.execution.controls.order_units import OrderUnits
from trimtab.execution.controls.volume_share import VolumeShare


def test_units_and_money_count_without_their_sign() -> None:
    lines = [line("10"), line("-0.1", "3.3", 1)]
    assert OrderUnits(5.0).values(lines, moment()) == [Decimal(10), Decimal("0.1")]
    assert OrderNotional(Money(Decimal(100))).values(lines, moment()) == [Decimal(200), Decimal("0.33")]


def test_a_boundary_written_in_decimals_is_that_decimal() -> None:
    assert OrderUnits(0.1).most == Decimal("0.1")
    assert OrderNotional(Money.parse("0.10 USD")).most == Decimal("0.10")
    assert VolumeShare(0.1).most == Decimal("0.1")


def test_a_share_of_volume_counts_what_was_sent_in_the_asset_that_day() -> None:
    # 200 of an average day's 10,000 are 2 %; with 300 sent that day 5 %; another asset and another day do not count.
    adv = np.array([10_000.0, np.nan])
    share = VolumeShare(0.05)
    assert share.values([line()], moment(adv=adv)) == [Decimal("0.02")]
    before = (sent("15"), sent("99", asset=1), sent("99", at="2026-01-05T15:00"))
    assert share.values([line()], moment(*before, adv=adv)) == [Decimal("0.05")]
    assert share.values([line()], moment(sent(order="l0"), adv=adv)) == [Decimal("0.02")]  # sent again, it is one order


def test_orders_of_one_asset_that_leave_together_share_its_volume() -> None:
    """Regression: two sleeves that sold 2 % each were 2 % to the control, and 4 % to the market."""
    lines = [line(), line()._replace(id="l1"), line()._replace(id="l2", asset=1)]
    shares = VolumeShare(0.03).values(lines, moment(adv=np.full(2, 10_000.0)))
    assert shares == [Decimal("0.02"), Decimal("0.04"), Decimal("0.02")]


@pytest.mark.parametrize("volume", [0.0, -1.0, np.nan, np.inf])
def test_a_volume_that_is_none_is_not_known(volume: float) -> None:
    assert VolumeShare(0.05).values([line()], moment(adv=np.array([volume]))) == [None]


def test_what_would_stop_everything_is_no_control() -> None:
    for wrong in (lambda: OrderUnits(0.0), lambda: OrderNotional(Money(Decimal(0))), lambda: VolumeShare(0.0)):
        with pytest.raises(ParameterError, match="not above 0"):
            wrong()


def test_they_speak_in_sentences() -> None:
    assert OrderUnits(10_000.0).words == "No order of more than 10,000 units"
    assert OrderNotional(Money.parse("5000 USD")).words == "No order of more than 5000 USD"
    assert VolumeShare(0.05).words == "Orders of at most 5 % of average daily volume"
