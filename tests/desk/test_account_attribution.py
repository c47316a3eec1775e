"""The attribution of accounts: that of a backtest where the account did the same, and true to the ledger whatever it did."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import worlds
from tests.desk.desk_worlds import desk
from tests.desk.test_attributing import KINDS, ran
from trimtab.attribution.tactical import Attribution, Part
from trimtab.core.entries import Cancel, Dividend, Entry, Exchange, Fee, Fill, Flow, Interest, Opening, Tax
from trimtab.core.errors import DataError, InvariantError, UsageError
from trimtab.core.households import Account, Contract, Instrument
from trimtab.core.money import exact
from trimtab.core.terms import CLOSE
from trimtab.data.assembly import assemble
from trimtab.data.market import Market
from trimtab.desk import account_record
from trimtab.desk.account_attribution import AccountAttribution, attribute_account
from trimtab.desk.account_entries import Owned, owned
from trimtab.desk.attributed_accounts import batches_of
from trimtab.desk.attributing import attribute
from trimtab.desk.attribution_review import review_attribution
from trimtab.desk.books import Scope
from trimtab.desk.class_review import review_classes
from trimtab.desk.policy import Policy
from trimtab.desk.result import Result

D = Decimal
EXECUTION = (Part.PACE, Part.LAG, Part.ROUNDING, Part.CASH)
TAKEN = (Part.COSTS, Part.FEES, Part.TAXES)
UNTAXED = [kind for kind in KINDS if kind != "taxed"]
REGISTER = (Instrument("FX", contract=Contract.FUTURE), Instrument("C"), Instrument("ZZ"), Instrument("A"), Instrument("B"))
NUMBERS = (3, 4, 1)  # of A, B and C in it


def booked(policy: Policy, *entries: Entry, register: Sequence[Instrument] = REGISTER) -> Owned:
    """Entries in the policy's numbers as the book would have them, in its numbers, read back."""
    renumbered = [
        one._replace(asset=NUMBERS[one.asset]) if 0 <= getattr(one, "asset", -1) < 3 else one  # type: ignore[call-arg]
        for one in entries
    ]
    account = Account("A07", "Mueller")
    return owned(policy, Scope("A07", {"A07": account}, {"A07": account}), {"A07": renumbered}, register)


def of(result: Result, *more: Entry, **options: Any) -> AccountAttribution:
    return attribute_account(result.policy, result.market, booked(result.policy, *result.entries, *more), **options)


def summed(found: Attribution, parts: Sequence[Part]) -> np.ndarray:
    return sum((row.by_period for row in found.rows if row.part in parts), np.zeros(len(found.starts)))


def plain_twr(
    market: Market, entries: Sequence[Entry], first: np.datetime64, last: np.datetime64, *, at_close: bool = False
) -> float:
    """Compounded from session to session, float by float; flows at the end of their session, or of the one before them.

    So are fills, where the policy trades `at_close`.
    """
    late = (Flow, Opening, Fill) if at_close else (Flow, Opening)
    days = market.sessions.tolist()
    times = [2 * bisect_right(days, e.when) - 1 if isinstance(e, late) else 2 * bisect_left(days, e.when) for e in entries]
    by_time: dict[int, list[Entry]] = {}
    for entry, time in zip(entries, times, strict=True):
        by_time.setdefault(time, []).append(entry)
    units, cash, growth, before = [0.0] * len(market.assets), 0.0, 1.0, float("nan")
    for time in range(2 * len(days)):
        row, after = divmod(time, 2)
        closes = market.fields[CLOSE][row].tolist()
        for entry in by_time.get(time, ()):
            if isinstance(entry, Fill | Opening):
                units[entry.asset] += float(entry.units)
            if isinstance(entry, Opening):
                before += float(entry.units) * closes[entry.asset]
            elif isinstance(entry, Fill):
                cash += float(entry.amount - entry.cost)
            else:
                amount = float(entry.amount) * (-1.0 if isinstance(entry, Fee | Tax) else 1.0)  # type: ignore[union-attr]
                cash, before = cash + amount, before + (amount if after else 0.0)
        if not after:
            value = cash + sum(u * p for u, p in zip(units, closes, strict=True))
            growth *= value / before if first < market.sessions[row] <= last else 1.0
            before = value
    return growth - 1.0


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
    assert abs(found.gain - _gain(result.market, entries, found, at_close=at_close)) <= D("0.01")
    assert found.linked().sum() == pytest.approx(found.total - found.benchmark_total, abs=1e-10)
    assert found.gain - found.benchmark_gain == sum(row.money for row in found.rows)


def _gain(market: Market, entries: Sequence[Entry], found: Attribution, *, at_close: bool) -> Decimal:
    """Change of net asset value less flows, exactly, with both read at the ends of the record alone."""

    def price(asset: int, when: np.datetime64) -> Decimal:
        return D(repr(float(market.fields[CLOSE][int(np.searchsorted(market.sessions, when, side="right")) - 1][asset])))

    def worth(when: date, flows: date) -> Decimal:
        cash, units = D(0), [D(0)] * 3
        before = when - timedelta(days=at_close)
        for one in entries:
            if one.when > (flows if isinstance(one, Flow | Opening) else before if isinstance(one, Fill) else when):
                continue
            if isinstance(one, Fill):
                cash += one.amount - one.cost
            elif not isinstance(one, Opening):
                cash += -one.amount if isinstance(one, Fee | Tax) else one.amount  # type: ignore[union-attr]
            if isinstance(one, Fill | Opening):
                units[one.asset] += one.units
        return cash + sum(u * price(a, np.datetime64(when)) for a, u in enumerate(units))

    with exact():
        first, last = found.starts[0].item(), found.ends[-1].item()
        flows = D(0)
        for one in entries:
            if first < one.when < last and isinstance(one, Flow | Opening):
                flows += one.amount if isinstance(one, Flow) else one.units * price(one.asset, np.datetime64(one.when))
        return worth(last, last - timedelta(days=1)) - worth(first, first) - flows


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


def by_hand() -> tuple[Policy, Market, date, date, date]:
    """A makes 10 % from the end of January to mid February, and 10 % again to the end of February; nothing else moves."""
    policy = worlds.policy(signals={}, combine=None, allocator={"use": "static"}, rules=[], cash=None, since=None)
    days = worlds.dates(60)
    january, middle, february = np.datetime64("2001-01-31"), np.datetime64("2001-02-14"), np.datetime64("2001-02-28")
    steps = np.where(days < middle, 10.0, np.where(days < february, 11.0, 12.1))
    prices = {"A": steps, "B": np.full(60, 20.0), "C": np.full(60, 30.0)}
    held = {name: worlds.history(name, {CLOSE: values}) for name, values in prices.items()}
    return policy, assemble(policy.universe, held, series=()), january.item(), middle.item(), february.item()


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


# Edges.


def test_an_account_that_is_empty_for_a_while_is_looked_at_while_it_is_not() -> None:
    policy, market, _, middle, _ = by_hand()
    entries = (
        Flow(date(2001, 1, 3), D(1000)),
        Fill(date(2001, 1, 3), 0, D(100), D(10), D(-1000), D(0), "x"),
        Fill(middle, 0, D(-100), D(11), D(1100), D(0), "y"),
        Flow(middle, D(-1100)),
        Flow(date(2001, 3, 5), D(50)),
        Interest(date(2001, 3, 9), D(1)),
    )
    found = attribute_account(policy, market, booked(policy, *entries)).attribution
    assert [str(one) for one in found.starts] == ["2001-01-31", "2001-03-05"]
    np.testing.assert_allclose(found.returns, [0.10, 0.02], atol=1e-15)
    assert found.gain == D("101.00")
    with pytest.raises(DataError, match="worth anything"):
        attribute_account(policy, market, booked(policy, Fee(date(2001, 1, 3), D(5), "bank")))


def test_what_was_cancelled_and_what_moves_between_sleeves_cuts_nothing() -> None:
    policy, market, *_ = by_hand()
    account = Account("A07", "Mueller")
    scope = Scope("A07", {"A07": account, "A07/core": account}, {})
    day = date(2001, 2, 7)
    entries = {
        "A07": [Flow(date(2001, 1, 3), D(1000)), Flow(day, D(-400)), Flow(date(2001, 2, 20), D(9)), Cancel(day, 2)],
        "A07/core": [Flow(day, D(400), "USD")],
    }
    found = attribute_account(policy, market, owned(policy, scope, entries, REGISTER)).attribution
    assert [str(one) for one in found.starts] == ["2001-01-31", "2001-02-28"]
    assert found.total == 0.0


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        (Fill(date(2001, 2, 7), 92, D(1), D(10), D(-10), D(0), ""), "ZZ"),
        (Fill(date(2001, 2, 7), 90, D(1), D(10), D(0), D(0), ""), r"FX \(a future\)"),
        (Dividend(date(2001, 2, 7), 0, D(3), "EUR"), "money in EUR"),
        (Exchange(date(2001, 2, 7), "USD", D(3), "EUR", D(2)), "money in EUR"),
        (Opening(date(2001, 1, 5), 92, D(1), D(10), date(1999, 1, 4)), "ZZ"),
    ],
)
def test_what_the_policy_does_not_know_is_refused_by_name(entry: Entry, named: str) -> None:
    policy, market, *_ = by_hand()
    if getattr(entry, "asset", 0) >= 90:
        entry = entry._replace(asset=entry.asset - 90)  # type: ignore[union-attr, call-arg]
        account = Account("A07", "Mueller")
        scope = Scope("A07", {"A07": account}, {})
        mine = owned(policy, scope, {"A07": [Flow(date(2001, 1, 3), D(1000)), entry]}, REGISTER)
    else:
        mine = booked(policy, Flow(date(2001, 1, 3), D(1000)), entry)
    with pytest.raises(UsageError, match=f"A07 has {named}, which law does not know") as refused:
        attribute_account(policy, market, mine)
    assert "--from" in (refused.value.remedy or "")
    if not isinstance(entry, Opening | Exchange):
        assert len(attribute_account(policy, market, _without_units(mine), first=date(2001, 2, 28)).attribution.starts)


def _without_units(mine: Owned) -> Owned:
    """What was bought is sold again the day after; money of another currency goes out."""
    (last,) = mine.entries[-1:]
    if isinstance(last, Fill):
        back: Entry = last._replace(when=last.when + timedelta(days=1), units=-last.units, amount=-last.amount)
    else:
        back = Flow(last.when + timedelta(days=1), -last.amount, last.currency)  # type: ignore[union-attr]
    return Owned(mine.name, (*mine.entries, back), mine.strangers)


def test_what_has_no_price_is_refused_and_an_empty_account_says_so() -> None:
    policy, market, january, middle, _ = by_hand()
    fields = {**market.fields, CLOSE: np.where(np.arange(3) == 1, np.nan, market.fields[CLOSE])}
    blind = Market(market.assets, market.sessions, fields, market.about)
    for entry in (
        Fill(january, 1, D(1), D(20), D(-20), D(0), ""),
        Opening(middle, 1, D(1), D(20), january),
    ):
        with pytest.raises(DataError, match=f"no price of B is known on {entry.when}"):
            attribute_account(policy, blind, booked(policy, Flow(january, D(100)), entry))
    with pytest.raises(DataError, match="A07 holds nothing on any decision date"):
        attribute_account(policy, market, booked(policy, Flow(market.sessions[-1].item(), D(100))))
    euro = Scope("A07", {"A07": Account("A07", "Mueller", currency="EUR")}, {})
    with pytest.raises(UsageError, match="A07 is kept in EUR, law in USD"):
        owned(policy, euro, {"A07": []}, REGISTER)


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
