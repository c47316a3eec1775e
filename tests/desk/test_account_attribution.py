"""The attribution of accounts: that of a backtest where the account did the same, and true to the ledger whatever it did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk.account_worlds import booked, by_hand, plain_gain, plain_twr
from tests.desk.desk_worlds import desk
from tests.desk.test_attributing import KINDS, ran
from trimtab.attribution.tactical import Attribution, Part
from trimtab.core.entries import Entry, Fill, Flow, Opening, Tax
from trimtab.core.errors import InvariantError
from trimtab.core.households import Account
from trimtab.desk import account_record
from trimtab.desk.account_attribution import AccountAttribution, attribute_account
from trimtab.desk.attributed_accounts import batches_of
from trimtab.desk.attributing import attribute
from trimtab.desk.attribution_review import review_attribution
from trimtab.desk.class_review import review_classes
from trimtab.desk.result import Result

D = Decimal
EXECUTION = (Part.PACE, Part.LAG, Part.ROUNDING, Part.CASH)
TAKEN = (Part.COSTS, Part.FEES, Part.TAXES)
UNTAXED = [kind for kind in KINDS if kind != "taxed"]


def of(result: Result, *more: Entry, **options: Any) -> AccountAttribution:
    return attribute_account(result.policy, result.market, booked(result.policy, *result.entries, *more), **options)


def summed(found: Attribution, parts: Sequence[Part]) -> np.ndarray:
    return sum((row.by_period for row in found.rows if row.part in parts), np.zeros(len(found.starts)))


# Laws.


@pytest.mark.parametrize("kind", UNTAXED)
def test_an_account_that_does_what_a_backtest_does_is_attributed_alike(kind: str) -> None:
    result = ran(kind)
    theirs, mine = attribute(result), of(result).attribution
    assert (mine.starts == theirs.starts).all()
    assert (mine.ends == theirs.ends).all()
    np.testing.assert_allclose(mine.returns, theirs.returns, atol=1e-12)
    np.testing.assert_allclose(mine.benchmark, theirs.benchmark, atol=1e-12)
    beliefs = [row for row in theirs.rows if row.part not in (*EXECUTION, *TAKEN)]
    assert [row.name for row in mine.rows][: len(beliefs)] == [row.name for row in beliefs]
    for one, two in zip(mine.rows, beliefs, strict=False):
        np.testing.assert_allclose(one.effects, two.effects, atol=1e-9)
    np.testing.assert_allclose(summed(mine, EXECUTION), summed(theirs, EXECUTION), atol=1e-9)
    for part in TAKEN:
        np.testing.assert_allclose(summed(mine, (part,)), summed(theirs, (part,)), atol=1e-12)
    assert mine.gain == theirs.gain


def test_taxes_are_those_that_were_paid() -> None:
    result = ran("taxed")
    (row,) = (row for row in of(result).attribution.rows if row.part is Part.TAXES)
    assert row.money == -sum(entry.amount for entry in result.entries if isinstance(entry, Tax))


FLOWS = st.lists(st.tuples(st.integers(0, 560), st.sampled_from([-0.2, -0.05, 0.1, 0.7])), min_size=1, max_size=4)


@settings(max_examples=12)
@given(FLOWS, st.sampled_from(["plain", "a blend", "filled at the close"]), st.booleans())
def test_with_flows_it_is_time_weighted_and_adds_up_to_the_cent(
    flows: list[tuple[int, float]], kind: str, taken_over: bool
) -> None:
    result = ran(kind)
    start, capital = result.market.sessions[100].item(), result.policy.horizon.capital.amount
    added: list[Entry] = [
        Flow(start + timedelta(days=after), (capital * D(str(part))).quantize(D("0.01"))) for after, part in flows
    ]
    if taken_over:
        added.append(Opening(start + timedelta(days=flows[0][0]), 1, D("700"), D("1.23"), date(1999, 1, 4)))
    found = of(result, *added).attribution
    entries = [*result.entries, *added]
    at_close = kind == "filled at the close"
    total = plain_twr(result.market, entries, found.starts[0], found.ends[-1], at_close=at_close)
    assert found.total == pytest.approx(total, abs=1e-9)
    if found.starts[0] == attribute(result).starts[0]:
        assert found.benchmark_total == pytest.approx(attribute(result).benchmark_total, abs=1e-12)
    assert abs(found.gain - plain_gain(result.market, entries, found, at_close=at_close)) <= D("0.01")
    assert found.linked().sum() == pytest.approx(found.total - found.benchmark_total, abs=1e-10)
    assert found.gain - found.benchmark_gain == sum(row.money for row in found.rows)


def test_by_sleeve_and_by_class_they_add_up_too() -> None:
    result = ran("a blend")
    mine, theirs = of(result, by_sleeve=True), attribute(result, by_sleeve=True)
    for name in ("core", "fast"):
        one, two = (next(row for row in each.rows if row.name == name) for each in (mine.attribution, theirs))
        np.testing.assert_allclose(one.effects, two.effects, atol=1e-12)
    later = mine.attribution.within(mine.attribution.starts[3], mine.attribution.ends[-1])
    for found in (mine.attribution, later):
        classes, review = review_classes(mine, found), review_attribution(mine, found)
        assert classes.total.sum() == pytest.approx(review.difference, abs=1e-12)
        execution = sum(cause.effect for cause in review.causes if cause.part in (*EXECUTION, *TAKEN))
        assert classes.execution.sum() == pytest.approx(execution, abs=1e-12)


# An example by hand.


def test_a_deposit_between_two_decisions() -> None:
    """All in A, 1000 worth; 1100 come in as cash when A has made 10 %, and wait until A has made 10 % again.

    Account: 10 %, then 110 of 2200 are 5 %: 1.1 x 1.05 - 1 = 15.5 %, and 100 + 110 in money.
    Benchmark of 0.4 A: 4 %, then 0.44 / 1.04 x 10 % = 4.2308 %: together 8.4 %, that of 0.4 x 21 %; in money
    0.04 x 1000 + 0.042308 x 2200 = 133.08. Of the difference of the second period, 0.7692 %, A is less by
    0.5 - 0.4231 = 0.0769 of the account more, at 10 % - 4.2308 %: 0.4438 %; what is not in B and C makes the rest.
    """
    policy, market, january, middle, february = by_hand()
    entries = (Flow(date(2001, 1, 3), D(1000)), Fill(date(2001, 1, 3), 0, D(100), D(10), D(-1000), D(0), "x"))
    told = attribute_account(policy, market, booked(policy, *entries, Flow(middle, D(1100))))
    found = told.attribution
    assert [str(one) for one in found.starts[:3]] == [str(january), str(middle), str(february)]
    np.testing.assert_allclose(found.returns[:2], [0.10, 0.05], atol=1e-15)
    np.testing.assert_allclose(found.benchmark[:2], [0.04, 0.044 / 1.04], atol=1e-15)
    assert (found.gain, found.benchmark_gain) == (D("210.00"), D("133.08"))
    np.testing.assert_allclose(told.goal[1], [0.44 / 1.04, 0.2 / 1.04, 0.3 / 1.04], atol=1e-15)
    (rest,) = (row for row in found.rows if row.part is Part.PACE)
    assert rest.effects[1, 0] == pytest.approx((0.5 - 0.44 / 1.04) * (0.1 - 0.044 / 1.04), abs=1e-15)
    assert found.decisions[:3] == ("2001-01-31/A07", "2001-01-31/A07", "2001-02-28/A07")


def test_decisions_are_called_by_what_was_proposed_on_them() -> None:
    policy, market, _, middle, _ = by_hand()
    mine = booked(policy, Flow(date(2001, 1, 3), D(1000)))
    found = attribute_account(policy, market, mine, batches={middle: "2001-02-14-1", date(2000, 1, 3): "old"}).attribution
    assert found.decisions[:2] == ("2001-01-31/2001-02-14-1", "2001-02-28/A07")  # an evening that was made up for later


def test_the_book_keeps_the_batch_of_each_proposal(tmp_path: Path) -> None:
    with desk(tmp_path, [Account("A07", "Mueller")]) as one:
        one.holds("A07", 10_000)
        (made,) = one.proposes("A07")
        assert batches_of(one.book, "A07") == {date(2026, 11, 2): made.batch}


# Faults, planted.


def _lost(entries: list[Entry]) -> list[Entry]:
    fills = [n for n, entry in enumerate(entries) if isinstance(entry, Fill)]
    return [entry for n, entry in enumerate(entries) if n != fills[len(fills) // 2]]


def _turned(entries: list[Entry]) -> list[Entry]:
    return [one._replace(amount=-one.amount) if isinstance(one, Flow) and one.amount == D(-5000) else one for one in entries]


def _at_cost(entries: list[Entry]) -> list[Entry]:
    return [one._replace(cost=D(1)) if isinstance(one, Opening) else one for one in entries]


@pytest.mark.parametrize("fault", [_lost, _turned, _at_cost])
def test_two_readings_of_the_entries_that_differ_stop(
    fault: Callable[[list[Entry]], list[Entry]], monkeypatch: pytest.MonkeyPatch
) -> None:
    result = ran("plain")
    day = result.market.sessions[300].item()
    more = (Flow(day, D(-5000)), Opening(day, 0, D(70), D(3), date(1999, 1, 4)))
    assert len(of(result, *more).attribution.starts) == len(attribute(result).starts) + 1
    genuine = account_record.results
    monkeypatch.setattr(account_record, "results", lambda entries, *rest: genuine(fault(list(entries)), *rest))
    with pytest.raises(InvariantError, match=r"the ledger (comes to|leaves)"):
        of(result, *more)


@pytest.mark.parametrize("fault", [_lost, _turned])
def test_the_plain_reading_would_see_them_too(fault: Callable[[list[Entry]], list[Entry]]) -> None:
    result = ran("plain")
    entries: list[Entry] = [*result.entries, Flow(result.market.sessions[300].item(), D(-5000))]
    found = attribute_account(result.policy, result.market, booked(result.policy, *fault(entries))).attribution
    total = plain_twr(result.market, entries, found.starts[0], found.ends[-1])
    assert abs(found.total - total) > 1e-6
