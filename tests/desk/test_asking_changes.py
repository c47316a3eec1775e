"""What-if, names of orders, followed policies, manual orders and the tape: what they refuse, and what they mean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from tests.desk.desk_worlds import LAST, Desk, desk, values
from trimtab.core.errors import BreachError, DataError, PolicyError, UsageError
from trimtab.core.households import Account
from trimtab.core.orders import OrderKind, Status
from trimtab.core.taxes import Wrapper
from trimtab.data.market import Market
from trimtab.desk.choosing import chosen, one_order
from trimtab.desk.following import follow, followed, followings
from trimtab.desk.manual import Written, write_order
from trimtab.desk.outlook import outlook
from trimtab.desk.policy import Policy
from trimtab.desk.reviewing import review, wanted
from trimtab.desk.tape import tape_of
from trimtab.desk.what_if import changed_outlook, changed_policy

A = Account("A", "Mueller", Wrapper.EXEMPT)
RULES = [{"limit": {"use": "max_weight", "at_most": 0.6}, "id": "IPS-1"}]


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Desk]:
    with desk(
        tmp_path, [A, Account("dead", "Mueller", Wrapper.EXEMPT)], {"core": "A"}, rules=RULES, overrides={"size": 1}
    ) as made:
        made.holds("A", 100_100)
        made.holds("dead", 100_100)
        yield made


def test_settings_reach_into_lists_and_wrong_ones_are_refused(one: Desk) -> None:
    changed = changed_policy(one.policy, {"rules.0.limit.at_most": "0.25", "benchmark": "{SPY: 0.2, TLT: 0.3, GLD: 0.1}"})
    assert changed.rules.rules[0].limit.at_most == 0.25
    assert changed.benchmark.tolist() == [0.2, 0.3, 0.1]
    assert changed.data is one.policy.data
    assert changed_policy(one.policy, {}) is one.policy
    for key, value, match in (("rules.7.limit.at_most", "1", "0 to 0"), ("rules.-1.id", "x", "no '-1'"), ("rule.0", "1", "le"),
                              ("name.x", "1", "nothing to set"), ("allocator.tilt", "0.1\n- 3", "more than one"),
                              ("data.path", "x", "changes nothing"), ("end", "2020-01-01", "changes nothing")):  # fmt: skip
        with pytest.raises(UsageError, match=match):
            changed_policy(one.policy, {key: value})
    for key, value in (("rules.0.limit.at_mst", "0.2"), ("allocator.tilt", "a lot"), ("benchmark.SPY", "7")):
        with pytest.raises(PolicyError):
            changed_policy(one.policy, {key: value})


def test_other_prices_value_the_book_and_no_other_asset(one: Desk) -> None:
    said = outlook(one.policy, one.seen, LAST)
    assert changed_outlook(said, {"SPY": 110.0}).prices.tolist() == [110, 50, 200]
    assert said.prices[0] == 100
    for name, price in (("XXX", 1.0), ("SPY", 0.0), ("SPY", float("nan")), ("SPY", float("inf"))):
        with pytest.raises(UsageError):
            changed_outlook(said, {name: price})


def test_cash_that_comes_or_goes_and_more_than_there_is(one: Desk) -> None:
    assert one.accounts().asked("A", cash=Decimal(-50_000)).book.nav == pytest.approx(50_100)
    with pytest.raises(Exception, match=r"holds nothing|worth"):
        one.accounts().asked("A", cash=Decimal(-100_100))


def test_names_mean_orders_and_an_account_goes_before_the_letters_of_an_id(one: Desk) -> None:
    made = one.proposes("A") + one.proposes("dead")
    mine, others = made[0].orders, made[1].orders
    assert chosen(one.orders, [made[0].batch]) == mine
    assert chosen(one.orders, ["A", mine[0].id[:8]]) == mine
    assert chosen(one.orders, ["dead"]) == others
    assert len(chosen(one.orders, ["Mueller"])) == 6
    assert chosen(one.orders, ["A/core"]) == ()
    assert chosen(one.orders, ["A"], {Status.SENT}) == ()
    assert one_order(one.orders, "A", "TLT").ticket.instrument == "TLT"
    for name, match in (("", "empty"), ("zzzz", "no batch"), (mine[0].id[:3], "no batch"), ("2026-11-02/9", "no batch")):
        with pytest.raises(UsageError, match=match):
            chosen(one.orders, [name])
    with pytest.raises(UsageError, match="A has 3 orders, and one is meant"):
        one_order(one.orders, "A")


def test_a_changed_policy_file_is_refused_and_the_other_accounts_go_on(one: Desk) -> None:
    file, other = one.folder / "policy.yaml", one.folder / "other.yaml"
    for place, name in ((file, "flat"), (other, "other")):
        place.write_text(json.dumps(values(one.folder, name=name)))
    follow(one.book, "A", str(file), one.by)
    follow(one.book, "dead", str(other), one.by)
    assert set(followings(one.book)) == {"A", "dead"}
    assert followed(followings(one.book)["A"]).name == "flat"
    file.write_text(json.dumps(values(one.folder, allocator={"use": "overlay", "tilt": 0.06})))
    with pytest.raises(UsageError, match="has changed since A"):
        followed(followings(one.book)["A"])
    asked = wanted(one.book, "", None)
    assert [skip.account for skip in asked.skipped] == ["A"]
    assert [names for _, names in asked.by_policy.values()] == [("dead",)]


def writes(one: Desk, instrument: str = "SPY", units: int = 10, **more: object):  # type: ignore[no-untyped-def]
    wanted_ = replace(Written("A", instrument, Decimal(units), "a gift"), **more)  # type: ignore[arg-type]
    return write_order(one.orders, wanted_, one.policy, lambda _: one.seen, one.by, claimant="test")


def test_an_order_written_twice_is_one_even_when_it_has_left(one: Desk) -> None:
    first = writes(one, units=550)
    again = writes(one, units=550)
    assert first.new
    assert not again.new
    assert again.standings == first.standings
    one.orders.approve([first.standings[0].id], "bob")
    one.orders.intend(first.standings[0].id, "file", Decimal(100))
    assert writes(one, units=550).run == first.run, "its money is under way, and it is still the same order"
    assert first.standings[0].ticket.strategy == "manual"
    assert first.run.key.policy != one.policy.sha256


def test_a_limit_is_judged_and_the_price_of_the_decision_is_that_of_the_market(one: Desk) -> None:
    made = writes(one, kind=OrderKind.LIMIT, limit=Decimal(99))
    assert made.standings[0].ticket.reference == 100
    assert made.standings[0].ticket.limit == 99
    with pytest.raises(BreachError, match="price-collar"):
        writes(one, kind=OrderKind.LIMIT, limit=Decimal(150))
    with pytest.raises(BreachError):
        writes(one, units=1002)
    for more in ({"reason": " "}, {"units": Decimal(0)}, {"limit": Decimal(5)}, {"instrument": "XXX"}):
        with pytest.raises(UsageError):
            writes(one, **more)


def test_an_order_of_a_sleeve_is_booked_in_it(one: Desk) -> None:
    one.holds("A/core", 5_000)
    (made,) = writes(one, account="A/core", units=30).standings
    assert (made.ticket.account, made.ticket.booked) == ("A", "A/core")
    with pytest.raises(BreachError):
        writes(one, account="A/core", units=60)


def test_the_tape_opens_and_closes_by_the_calendar(one: Desk) -> None:
    """Thanksgiving has no bar; the day after closes at 18:00 UTC, any other winter day at 21:00; all open at 14:30."""
    tape = tape_of(one.policy, one.market, {"SPY": 0})
    bars = tape.bars("SPY", np.datetime64("2026-11-25T21:00:00", "s"), np.datetime64("2026-11-30T21:00:00", "s"))
    assert [str(bar.opens_at)[:16] for bar in bars] == ["2026-11-27T14:30", "2026-11-30T14:30"]
    assert [str(bar.closes_at)[:16] for bar in bars] == ["2026-11-27T18:00", "2026-11-30T21:00"]
    assert [bar.close for bar in bars] == [100.0, 100.0]
    assert tape.bars("XXX", bars[0].opens_at, bars[1].closes_at) == []


def test_a_gap_and_a_closed_market_make_no_bar(one: Desk) -> None:
    close = next(iter(one.market.fields))
    prices = np.array(one.market.fields[close])
    prices[-2, 0] = np.nan
    closed = np.zeros(prices.shape, dtype=bool)
    closed[-1, 0] = True
    tape = tape_of(one.policy, replace(one.market, fields={close: prices}, closed=closed), {"SPY": 0, "TLT": 1})
    span = np.datetime64("2026-12-28T12:00:00", "s"), np.datetime64("2026-12-31T23:00:00", "s")
    assert [bar.day.day for bar in tape.bars("SPY", *span)] == [28, 29]
    assert len(tape.bars("TLT", *span)) == 4


def test_sleeves_that_follow_a_policy_are_asked_in_place_of_their_account(one: Desk) -> None:
    file = one.folder / "policy.yaml"
    file.write_text(json.dumps(values(one.folder)))
    follow(one.book, "A/core", str(file), one.by)
    asked = wanted(one.book, "", None)
    assert [names for _, names in asked.by_policy.values()] == [("A/core",)]
    assert [skip.account for skip in asked.skipped] == ["dead"]


def test_a_policy_without_data_skips_its_accounts_and_no_others(one: Desk) -> None:
    for name, account in (("flat", "A"), ("bare", "dead")):
        file = one.folder / f"{name}.yaml"
        file.write_text(json.dumps(values(one.folder, name=name)))
        follow(one.book, account, str(file), one.by)

    def load(policy: Policy) -> Market:
        if policy.name == "bare":
            raise DataError("there are no prices")
        return one.seen

    found = review(one.orders, wanted(one.book, "", None), load, (None, one.clock.at))
    assert [made.name for made in found.rebalances] == ["A"]
    assert [(skip.account, skip.exit_code) for skip in found.skipped] == [("dead", 4)]
