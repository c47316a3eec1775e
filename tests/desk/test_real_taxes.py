"""Taxed accounts on real funds, 2007 to 2024, with costs: the same taxes to the cent and the same wealth as by hand.

The hand (`taxed_by_hand`) has the shared file, the rule in pandas and the law; of the backtest it knows nothing. Skipped
where the shared data are absent.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.desk import gallery_by_hand as rows
from tests.desk import taxed_by_hand as hand
from tests.desk.real_gallery import END, START, market_of
from trimtab.core.entries import Tax
from trimtab.desk.backtest import backtest
from trimtab.desk.load import policy_from
from trimtab.desk.result import Result

WEIGHTS = {"SPY": 0.4, "EFA": 0.2, "IEF": 0.3, "VNQ": 0.1}
PAYOUTS = {"SPY": "qualified", "EFA": "qualified", "IEF": "ordinary", "VNQ": "gain"}
KINDS: dict[str, dict[str, Any]] = {
    "rebalanced each month": {},
    "rebalanced each quarter, dividends paid out": {
        "schedule": {"decide": "quarter-end", "trade": "next_open"}, "dividends": "pay",
    },
    "timed by the mean of ten months": {
        "signals": {"average": {"use": "trend", "window": "10M"}}, "combine": {"use": "vote"}, "allocator": {"use": "timing"},
    },
}  # fmt: skip
every = pytest.mark.parametrize("name", KINDS)


@cache
def ran(name: str) -> Result:
    changes = dict(KINDS[name])
    paid = changes.pop("dividends", "reinvest")
    values: dict[str, Any] = {
        "trimtab": 1,
        "name": "real-taxes",
        "since": "2004-01-02",
        "start": START,
        "end": END,
        "universe": dict.fromkeys(WEIGHTS),
        "benchmark": WEIGHTS,
        "costs": {"use": "linear", "bps": 5},
        "cash": {"series": "BIL"},
        "schedule": {"decide": "month-end", "trade": "next_open"},
        "execution": {"rounding": "none", "digits": 12, "dividends": paid},
        "tax": {
            "use": "us_federal", "short": hand.SHORT, "long": hand.LONG, "ordinary": hand.ORDINARY, "qualified": hand.QUALIFIED,
            "payouts": {fund: kind for fund, kind in PAYOUTS.items() if kind != "qualified"},
        },
    }  # fmt: skip
    policy = policy_from(values | changes)
    return backtest(policy, market_of(policy))


@cache
def by_hand(name: str) -> tuple[np.ndarray, hand.Account]:
    """The same account from the shared file alone."""
    names = list(WEIGHTS)
    days = rows.table("close").loc[START:END].index
    opens, closes, paid = (rows.table(one).loc[days, names].to_numpy() for one in ("open", "close", "dividend_implied"))
    bills = rows.index().loc[days, "BIL"].to_numpy()
    looks = rows.ends("Q" if "quarter" in name else "M")
    targets = rows.trend(WEIGHTS) if "timed" in name else pd.DataFrame([WEIGHTS] * len(looks), looks)
    wanted = {days.get_loc(day): targets.loc[day, names].to_numpy(dtype=float) for day in looks if day in days}
    world = hand.World([day.date() for day in days], closes, np.nan_to_num(paid), bills, opens)
    terms = hand.Terms([PAYOUTS[fund] for fund in names], 5.0, KINDS[name].get("dividends") != "pay")
    return hand.run(world, wanted.get, terms, first=0)


@every
def test_the_tax_of_every_year_is_that_by_hand_to_the_cent(name: str) -> None:
    result, (_, account) = ran(name), by_hand(name)
    assert result.blocked == ()
    found = {one.year: float(one.tax) for one in result.taxes.assessments}
    assert len(found) == 18
    assert found == pytest.approx(account.assess(max(found)), abs=0.0051)
    paid = {entry.year: float(entry.amount) for entry in result.entries if isinstance(entry, Tax)}
    assert paid == pytest.approx({year: tax for year, tax in account.paid.items() if tax}, abs=0.0051)
    assert float(result.taxes.disallowed) == pytest.approx(account.put_off, rel=1e-9)
    assert (account.put_off > 0.0) == ("quarter" not in name)  # nothing is bought within a month there


@every
def test_wealth_is_that_by_hand_on_every_session(name: str) -> None:
    wealth, _ = by_hand(name)
    assert len(wealth) == len(ran(name).wealth)
    assert ran(name).wealth[1:] == pytest.approx(wealth[1:], rel=1e-9)


@every
def test_taxes_are_paid_on_the_first_session_from_15_april(name: str) -> None:
    days = rows.table("close").index
    paid = [entry for entry in ran(name).entries if isinstance(entry, Tax)]
    assert len(paid) > 9
    for entry in paid:
        assert entry.when == days[days >= f"{entry.year + 1}-04-15"][0].date()


def test_timing_pays_more_of_its_gains_than_holding() -> None:
    """No number of the literature: what is sold often is taxed often, on the same funds over the same years."""
    held, timed = (ran(name) for name in ("rebalanced each month", "timed by the mean of ten months"))
    share = [float(one.taxes.paid + one.taxes.owed) / (one.wealth[-1] - one.wealth[0]) for one in (held, timed)]
    assert share[0] < share[1]
