"""Orders of an account with sleeves: each sale lies in its place, each sleeve spends its account's money, bounds add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.desk.desk_worlds import DAY, Desk, desk
from tests.desk.override_worlds import UNTIL, A, filled, overrides
from trimtab.accounting.database.planning import Planned
from trimtab.core.errors import BreachError, UsageError
from trimtab.core.orders import MANUAL, Standing, Status, Ticket
from trimtab.desk.editing import Edited, edit_order
from trimtab.desk.held_in_places import held_in
from trimtab.desk.judging import Convoy
from trimtab.desk.manual import Written, write_order
from trimtab.desk.version import code_version

ALL = {"size": 1.0, "days": 30}
FIVE = {"size": 0.05, "days": 30}


@contextmanager
def sleeves(
    folder: Path, core: Mapping[str, float], sat: Mapping[str, float], /, limit: Mapping[str, float] = ALL
) -> Iterator[Desk]:
    """Account A, whose two sleeves hold all that it has. The model wants 50 % SPY, 30 % TLT and 10 % GLD."""
    with desk(folder, [A], {"core": "A", "sat": "A"}, overrides=dict(limit)) as one:
        for place, units in (("A/core", core), ("A/sat", sat)):
            one.holds(place, units.get("cash", 0), **{name: count for name, count in units.items() if name != "cash"})
        yield one


def writes(one: Desk, place: str, instrument: str, count: int) -> Planned:
    written = Written(place, instrument, Decimal(count), "a wish")
    return write_order(one.orders, written, one.policy, lambda _: one.seen, one.by, claimant="test")


def edits(one: Desk, instrument: str, count: float) -> Edited:
    found = one.orders.standings("A", {Status.PLANNED})
    (order,) = (order for order in found if order.ticket.instrument == instrument and order.ticket.strategy != MANUAL)
    return edit_order(one.orders, one.judge(), order, units=Decimal(str(count)), reason="a wish")


def bare(one: Desk, name: str, place: str, instrument: str, units: int, price: int, **more: Any) -> Ticket:
    made = Ticket(name * 32, "A", instrument, Decimal(units), Decimal(price), place=place if "/" in place else "", as_of=DAY,
                  policy=one.policy.sha256, code=code_version(), known="2026-11-02T21:00:00Z", cutoff="2026-11-02T23:00:00Z",
                  batch="2026-11-02/9")  # fmt: skip
    return replace(made, **more)


MUCH_SPY = {"SPY": 550.0}, {"SPY": 250.0, "cash": 20_000.0}  # the model sells 300 of core


def test_an_order_by_hand_sells_no_more_than_its_own_place_holds(tmp_path: Path) -> None:
    """A regression: the account had 800 with its sleeves, so that 60 were sold out of A itself, and the book folded no more."""
    with sleeves(tmp_path, *MUCH_SPY) as one:
        with pytest.raises(BreachError, match=r"60 SPY are to be sold out of A, which holds 0") as error:
            writes(one, "A", "SPY", -60)
        assert "A/core holds 550, A/sat holds 250" in str(error.value.remedy)
        with pytest.raises(BreachError, match="more than is held: 251 of 250"):
            writes(one, "A/sat", "SPY", -251)
        assert writes(one, "A/sat", "SPY", -250).new


def test_sales_that_wait_in_a_place_count_before_another_one(tmp_path: Path) -> None:
    with sleeves(tmp_path, *MUCH_SPY) as one:
        one.proposes("A")
        with pytest.raises(BreachError, match="which holds 550, of which 301 are being sold already"):
            writes(one, "A/core", "SPY", -251)
        assert writes(one, "A/core", "SPY", -249).new


def test_an_order_is_not_made_larger_than_what_its_sleeve_holds(tmp_path: Path) -> None:
    with sleeves(tmp_path, *MUCH_SPY) as one:
        one.proposes("A")
        with pytest.raises(BreachError, match="551 SPY are to be sold out of A/core, which holds 550"):
            edits(one, "SPY", -551)
        assert edits(one, "SPY", -550).standing.ticket.units == -550


def test_all_of_an_odd_lot_is_sold_out_of_its_sleeve(tmp_path: Path) -> None:
    """What is left of a fraction is judged where the order is booked: of core nothing is, of the account 250 are."""
    with sleeves(tmp_path, {"SPY": 550.5}, {"SPY": 250.25, "cash": 20_000.0}) as one:
        one.proposes("A")
        assert edits(one, "SPY", -550.5).standing.ticket.units == Decimal("-550.5")
        with pytest.raises(UsageError, match="trades SPY in whole units"):
            edits(one, "SPY", -550.75)


def test_at_the_last_hop_a_sale_is_held_to_what_its_place_holds(tmp_path: Path) -> None:
    """A itself holds 15: 10 leave, and once they have, another 10 do not, though the sleeves hold 800."""
    with sleeves(tmp_path, *MUCH_SPY) as one:
        one.holds("A", 0, SPY=15)
        one.proposes("A")  # which keeps the policy
        tickets = [bare(one, name, "A", "SPY", units, 100) for name, units in (("a", -10), ("b", -10), ("c", -16))]
        first, second, third = one.orders.approve([order.id for order in one.orders.add(tickets)], "bob")
        judge = one.judge("2026-11-03T15:00:00")
        assert judge.stamp([first]).orders
        with pytest.raises(BreachError, match="out of A, which holds 15, of which 10 are being sold already"):
            judge.stamp([second], Convoy((first,), frozenset({first.id, second.id})))
        with pytest.raises(BreachError, match="16 SPY are to be sold out of A, which holds 15"):
            judge.stamp([third])
        assert held_in(one.book, "A/sat", "SPY") == 250


def bought(one: Desk) -> tuple[Standing, ...]:
    """All money lies in core; the account buys for 90,000, which is booked in A itself."""
    (made,) = one.proposes("A")
    assert sum(order.ticket.notional for order in made.orders) == 90_000
    return one.orders.approve([order.id for order in made.orders], "bob", "yes")


def test_what_the_account_has_spent_its_sleeve_does_not_spend_again(tmp_path: Path) -> None:
    """A regression: core had its 100,100 still, and bought for 90,000 once more."""
    with sleeves(tmp_path, {"cash": 100_100.0}, {}) as one:
        for order in bought(one):
            filled(one, order, order.ticket.units)
        assert one.book.purses("A/core")["USD"] == 100_100
        assert one.accounts().asked("A/core").book.money == 10_100
        ticket = bare(one, "a", "A/core", "SPY", 102, 100)
        with pytest.raises(BreachError, match="borrows more than the rules allow"):
            one.judge("2026-11-03T15:00:00").stamp(one.orders.add([ticket]))
        (again,) = one.rebalances("A/core")
        bought_again = [(again.instruments[trade.asset], int(trade.units)) for trade in again.trades]
        assert bought_again == [
            ("SPY", 50),
            ("TLT", 60),
            ("GLD", 5),
        ]


def test_what_is_under_way_elsewhere_in_the_account_a_sleeve_does_not_spend_either(tmp_path: Path) -> None:
    with sleeves(tmp_path, {"cash": 100_100.0}, {}) as one:
        for order in bought(one):
            one.orders.intend(order.id, "file", order.ticket.reference)
        with pytest.raises(BreachError, match=r"the account has 10100\.00"):
            writes(one, "A/core", "SPY", 102)
        assert writes(one, "A/core", "SPY", 99).new


def test_what_goes_ahead_in_one_file_takes_the_money_of_sleeves_too(tmp_path: Path) -> None:
    with sleeves(tmp_path, {"cash": 100_100.0}, {}) as one:
        ahead = bought(one)
        ticket = bare(one, "a", "A/core", "SPY", 102, 100)
        (own,) = one.orders.approve([one.orders.add([ticket])[0].id], "bob")
        judge, every = one.judge("2026-11-03T15:00:00"), frozenset(order.id for order in (*ahead, own))
        accounts = judge.accounts(one.policy.sha256)
        asked = accounts.asked("A/core")
        assert judge.book(asked, accounts, [own]).money == 100_100
        assert judge.book(asked, accounts, [own], Convoy(ahead, every)).money == 10_100


# The model sells 100 SPY of core and 100 TLT of sat, and buys 50 GLD; of 100,100 are 40 SPY 3.996 %, 60 TLT 2.997 %.
OVER = {"SPY": 600.0}, {"TLT": 700.0, "cash": 5_100.0}


def test_what_was_made_larger_adds_up_over_the_sleeves_of_an_account(tmp_path: Path) -> None:
    """A regression: an order of the account that is booked in a sleeve counted in no bound."""
    with sleeves(tmp_path, *OVER, limit=FIVE) as one:
        one.proposes("A")
        edits(one, "SPY", -140)
        with pytest.raises(BreachError, match=r"overrides come to 6\.99%, above the 5\.00%"):
            edits(one, "TLT", -160)
        with pytest.raises(UsageError, match=r"come to|5\.00%"):
            overrides(one, UNTIL.replace(day=1), (), "a view", SPY="-0.02")
        assert edits(one, "TLT", -120).standing.ticket.units == -120


def test_what_was_written_for_a_sleeve_counts_for_its_account_and_not_for_another_sleeve(tmp_path: Path) -> None:
    """30 SPY are 5 % of the 60,000 in core, and 2.997 % of 100,100; 40 TLT 4.99 % of the 40,100 in sat, and 1.998 %."""
    with sleeves(tmp_path, *OVER, limit=FIVE) as one:
        writes(one, "A/core", "SPY", -30)
        writes(one, "A/sat", "TLT", -40)
        one.proposes("A")
        with pytest.raises(BreachError, match=r"come to 5\.99%"):
            edits(one, "SPY", -110)
