"""Two vendors of one instrument: shared days that differ are listed one by one, a common factor once."""

from __future__ import annotations

import numpy as np
import pytest

from tests.data.quality.making import named, plain, walk, weekdays
from tests.data.quality.market_data import as_traded, etfs
from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE, SPLIT
from trimtab.data.quality.findings import Outcome
from trimtab.data.quality.reconciliation import reconcile

ONE = plain(walk(1))


def test_five_funds_as_traded_against_split_adjusted_differ_on_24_days() -> None:
    """The three of more than 2 % are bad prints: EFA +8.5 % and -4.0 %, QQQ +2.7 %."""
    other = {fund.about.name: fund for fund in etfs()}
    said = [(f.series, str(f.first), f.what) for fund in as_traded() for f in reconcile(fund, other[fund.about.name])]
    assert len(said) == 24
    large = {(name, day) for name, day, what in said if abs(float(what.split()[2].rstrip("%"))) > 2.0}
    assert large == {("EFA", "2002-02-05"), ("EFA", "2014-07-03"), ("QQQ", "2000-01-05")}


def test_a_split_of_one_vendor_is_no_difference() -> None:
    """As traded 4 times as high before a 4:1 split; divided by it, the same."""
    traded = np.where(np.arange(300) < 100, 4.0, 1.0) * ONE.values
    one = named("X", weekdays(300), {CLOSE: traded, SPLIT: np.where(np.arange(300) == 100, 4.0, np.nan)})
    assert reconcile(one, ONE) == ()
    assert len(reconcile(one, ONE, split_adjusted=(True, False))) == 100  # the control: the split is not undone


def test_a_single_day_is_listed_with_its_distance() -> None:
    bent = ONE.values.copy()
    bent[40] *= 1.01
    (one,) = reconcile(plain(bent), ONE)
    assert (one.code, one.outcome, [*one.rows]) == ("A1", Outcome.DEGRADE, [40])
    assert "+1.00%" in one.what


@pytest.mark.parametrize(
    ("factor", "outcome"), [(100.0, Outcome.QUARANTINE), (0.01, Outcome.QUARANTINE), (0.92, Outcome.DEGRADE)]
)
def test_another_unit_or_currency_throughout_is_one_finding(factor: float, outcome: Outcome) -> None:
    (one,) = reconcile(plain(ONE.values * factor), ONE)
    assert (one.code, one.outcome, one.count) == ("A6", outcome, 300)


def test_histories_that_share_no_day_are_refused() -> None:
    later = named("Y", weekdays(10, "2030-01-01"), {CLOSE: walk(2, 10)})
    with pytest.raises(DataError, match="share no day"):
        reconcile(ONE, later)
