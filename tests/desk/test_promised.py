"""What was promised before launch: the record since, month by month, in the fan that was written down."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from tests.desk import worlds
from trimtab.core.errors import DataError, UsageError
from trimtab.desk.expected import Expected, save_expected
from trimtab.desk.own_record import OwnRecord
from trimtab.desk.policy import Policy
from trimtab.desk.promised import promised
from trimtab.validation.expectations import Origin, expectations_of
from trimtab.validation.standing import stand

SOURCE = {"model": "bootstrap", "years": 3, "first": "1990-01-01", "last": "2009-12-31"}


@pytest.fixture(scope="module")
def policy() -> Policy:
    return worlds.policy()


def record() -> OwnRecord:
    """Half a per mill a day beside a benchmark that makes half of that, over 2010 and 2011."""
    dates = np.busday_offset("2010-01-04", np.arange(520)).astype("datetime64[D]")
    return OwnRecord(dates, 1.0005 ** np.arange(520), 1.00025 ** np.arange(520))


def written(folder: Path, policy: Policy, per_year: float = 12.0) -> Expected:
    paths = np.random.default_rng(1).normal(0.004, 0.02, (2, 200, 36))
    fan = replace(expectations_of(paths[0], paths[1], per_year=per_year), origin=Origin(200, 1, 3.0, 240))
    made = Expected(policy.name, policy.sha256, fan, {}, SOURCE)
    save_expected(folder, made)
    return made


def test_each_month_is_judged_by_the_fan_as_the_record_stood_then(policy: Policy, tmp_path: Path) -> None:
    fan = written(tmp_path, policy).fan
    found = promised(tmp_path, policy, record(), date(2010, 6, 30), date(2011, 12, 31))
    assert found.launched == date(2010, 6, 30)
    assert str(found.months.dates[0]) == "2010-06-30"
    assert found.months.wealth[0] == found.months.benchmark[0] == 1.0
    assert len(found.path) == len(found.months.dates) - 1 == 18
    for n, one in enumerate(found.path, 1):
        assert one == stand(fan, found.months.wealth[: n + 1], found.months.benchmark[: n + 1])
        assert one.age == one.judged == n
    assert found.standing == found.path[-1]
    assert found.inside is found.path[-1].inside


def test_what_was_not_written_before_launch_is_not_made_up_after_it(policy: Policy, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing is written down") as refused:
        promised(tmp_path, policy, record(), date(2010, 6, 30), date(2011, 12, 31))
    assert "before launch alone" in refused.value.remedy


def test_a_young_record_and_a_fan_of_other_periods_say_so(policy: Policy, tmp_path: Path) -> None:
    written(tmp_path, policy)
    with pytest.raises(DataError, match="no month of it is over"):
        promised(tmp_path, policy, record(), date(2011, 12, 20), date(2011, 12, 30))
    other = tmp_path / "other"
    written(other, policy, per_year=252.0)
    with pytest.raises(DataError, match="252 periods a year"):
        promised(other, policy, record(), date(2010, 6, 30), date(2011, 12, 31))
