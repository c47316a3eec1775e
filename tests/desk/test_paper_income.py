"""What no broker tells a paper account: with dividends, interest, costs and fees its year is that of the backtest, to the cent.

Only the money that the owner brought comes from outside; the rest is worked out as time passes, and every time twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.desk import worlds as made_up
from tests.desk.paper_year import Hands, lived
from tests.desk.paper_year_policies import gaps, policy, real, written
from trimtab.accounting.database.events import EntryPosted
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.core.entries import Delisting, Dividend, Entry, Fee, Fill, Flow, Interest, Split
from trimtab.core.households import Account
from trimtab.core.orders import Status
from trimtab.core.terms import CLOSE, OPEN
from trimtab.desk.books import Signature, open_account, scope_of
from trimtab.desk.paper_income import book_income, paper_only
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market, until

KINDS: Mapping[str, tuple[dict[str, Any], set[type]]] = {
    "reinvested": ({"execution": {"units": "fractional", "digits": 6, "dividends": "reinvest"}}, {Dividend}),
    "paid, with all else": (
        {
            "cash": {"series": "SHY"},
            "holding": {"use": "carrying", "per_year": 0.002},
            "fees": [{"use": "adviser", "tiers": [{"rate": 0.0075}]}],
        },
        {Dividend, Interest, Fee},
    ),
}


def told(entries: list[Entry]) -> Counter[Any]:
    """What happened, but for the ids of orders and lots: those of a book are its own."""
    bare = (one._replace(order="", lots=()) if isinstance(one, Fill) else one for one in entries)
    return Counter((type(one), *one) for one in bare)


@pytest.fixture(scope="module")
def real_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("real"), real("2021-01-04", "2022-12-30"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_paper_year_on_real_days_is_that_of_the_backtest_entry_by_entry(kind: str, real_days: Path, tmp_path: Path) -> None:
    changes, expected = KINDS[kind]
    made = policy(real_days, "next_open", **changes)
    account, result = lived(made, load_market(made), tmp_path, by_itself=True)
    ours, theirs = told(account.entries), told(list(result.entries))
    assert (list(ours - theirs), list(theirs - ours)) == ([], [])
    assert {type(one) for one in account.entries} >= expected
    assert account.cash[0] == account.cash[1]


def test_a_split_and_an_ending_come_to_a_paper_account_too(tmp_path: Path) -> None:
    """GLD splits two for one in June, EFA is wound up in December at 50. The paper broker has the units of the book."""
    made: Policy = policy(written(tmp_path / "prices", gaps(7, 0.002)), "next_open")
    market = load_market(made)
    place = {asset.id: a for a, asset in enumerate(made.universe)}
    row, end = (int(np.searchsorted(market.sessions, np.datetime64(day))) for day in ("2022-06-15", "2022-12-15"))
    splits = np.ones((len(market.sessions), len(market.assets)))
    splits[row, place["GLD"]] = 2.0
    fields = {name: np.array(values) for name, values in market.fields.items()}
    for field in (OPEN, CLOSE):
        fields[field][row:, place["GLD"]] /= 2.0
    fields[CLOSE][end:, place["EFA"]] = np.nan
    market = replace(market, fields=fields, splits=splits, endings={end: {place["EFA"]: 50.0}})
    account, result = lived(made, market, tmp_path / "desk", by_itself=True)
    ours, theirs = told(account.entries), told(list(result.entries))
    assert (list(ours - theirs), list(theirs - ours)) == ([], [])
    assert [one.when for one in account.entries if isinstance(one, Split)] == [date(2022, 6, 15)]
    (gone,) = (one for one in account.entries if isinstance(one, Delisting))
    assert (gone.when, gone.amount) == (date(2022, 12, 15), -50 * gone.units)
    assert account.cash[0] == account.cash[1] > Decimal(0)


@dataclass(frozen=True)
class _Orders:
    """A book with orders that went to `venue`."""

    sent: tuple[Any, ...]

    def standings(self, _account: str) -> tuple[Any, ...]:
        return self.sent


def _sent(venue: str, status: Status = Status.FILLED, at: str = "2022-01-03T12:00:00Z") -> Any:
    return SimpleNamespace(venue=venue, status=status, sent_at=at)


@pytest.mark.parametrize(
    ("sent", "alone"),
    [
        ((_sent("paper"),), True),
        ((_sent("paper"), _sent("", Status.PLANNED, "")), True),
        ((_sent("paper"), _sent("file")), False),  # a custodian tells of its dividends
        ((_sent("alpaca"),), False),
        ((_sent("paper"), _sent("paper", Status.ACKED)), False),  # what is filled of it is not in the book yet
        ((), False),
    ],
)
def test_only_an_account_whose_orders_all_went_to_paper_and_are_done_with_works_its_income_out(
    sent: tuple[Any, ...], alone: bool
) -> None:
    assert paper_only(_Orders(sent), "P1") is alone  # type: ignore[arg-type]


def _interest(folder: Path, *asked: tuple[Policy, date], late: bool = False) -> Decimal:
    """Interest on 50,000 from 16 January 2001, booked up to each day under each policy; a dollar of 15 January comes `late`."""
    market, by = made_up.market(made_up.policy(), 3), Signature("desk", np.datetime64("2001-04-02T12:00:00"))
    flows = [(date(2001, 1, 16), Decimal(50_000)), (date(2001, 1, 15), Decimal(1))]
    with BookStore.create(folder / "book.db", recorded=by.at, author="desk") as book:
        open_account(book, Account("P1", "Paper"), by)
        orders, scope = OrderBook(book, Hands(by.at), "desk"), scope_of(book, "P1")
        for number, (policy_then, day) in enumerate(asked):
            for when, money in flows[number:] if late and number else flows[:1] if late else flows if not number else []:
                book.append([EntryPosted("P1", Flow(when, money))], recorded=by.at, author="owner")
            book_income(orders, scope, policy_then, until(market, np.datetime64(day)), by)
        assert not book_income(orders, scope, asked[-1][0], until(market, np.datetime64(asked[-1][1])), by)
        return sum((entry.amount for _, entry in book.entries("P1") if isinstance(entry, Interest)), Decimal(0))


FEBRUARY, MARCH = date(2001, 2, 28), date(2001, 3, 30)


@pytest.mark.parametrize("schedule", [{"decide": "week-end"}, {"decide": "month-end", "offset": 5}, {"decide": "quarter-end"}])
def test_no_day_is_paid_for_twice_when_the_policy_changes(schedule: dict[str, Any], tmp_path: Path) -> None:
    """A regression: the other policy stops on other days, and what it replayed was booked beside what was there."""
    first, second = made_up.policy(), made_up.policy(schedule={"trade": "next_open", **schedule})
    (tmp_path / "changed").mkdir()
    changed = _interest(tmp_path / "changed", (first, FEBRUARY), (second, MARCH))
    assert changed == _interest(tmp_path, (second, MARCH))
    assert changed > 0


def test_money_that_is_dated_back_splits_no_day_in_two(tmp_path: Path) -> None:
    """A regression: a dollar that was booked on 1 March as of 15 January left interest of some days in the book twice."""
    one = made_up.policy()
    (tmp_path / "late").mkdir()
    assert _interest(tmp_path / "late", (one, FEBRUARY), (one, MARCH), late=True) == _interest(
        tmp_path, (one, FEBRUARY), (one, MARCH)
    )
