"""Drift: the policy decides on the real book, found in it by id, then by series; what it does not manage is listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from tests.desk.book_worlds import BY, HEADER, book_in, priced, taken
from trimtab.accounting.database.events import EntryPosted, InstrumentListed
from trimtab.accounting.database.store import BookStore
from trimtab.core.entries import Exchange, Fill
from trimtab.core.errors import UsageError
from trimtab.core.households import Account, Contract, Instrument
from trimtab.data.market import Market
from trimtab.desk.books import open_account, scope_of
from trimtab.desk.drifting import Drift, drift
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market
from trimtab.desk.real_book import matched

D = Decimal
CLOSES = [f"{day},{100 + k % 3},{50 - k % 2}" for k, day in enumerate(np.busday_offset("2010-01-04", np.arange(60)))]
RULE = {"limit": {"use": "max_weight", "at_most": 0.9}, "id": "CAP", "severity": "block"}
BASE = {
    "trimtab": 1, "name": "half", "since": "2010-01-04", "universe": {"US": {"series": "spy"}, "TLT": {"series": "TLT"}},
    "benchmark": {"US": 0.5, "TLT": 0.5}, "schedule": {"decide": "month-end", "trade": "next_close"},
}  # fmt: skip


@pytest.fixture
def book(tmp_path: Path) -> Iterator[BookStore]:
    with book_in(tmp_path) as one:
        yield one


def asked(book: BookStore, folder: Path, name: str = "A07", **changes: object) -> Drift:
    place = priced(folder, "date,spy,TLT", *CLOSES)
    policy: Policy = policy_from({**BASE, "data": {"use": "folder", "path": str(place)}, **changes})
    return drift(policy, load_market(policy), book, scope_of(book, name))


# The last closes are 102 (k = 59: 100 + 2) and 49.
def hold(
    book: BookStore, folder: Path, units: tuple[int, int], cash: str = "0", names: tuple[str, str] = ("SPY", "TLT")
) -> None:
    rows = [f"2010-01-05,buy,{name},{count},1,,," for name, count in zip(names, units, strict=True) if count]
    cost = sum(units)
    taken(book, folder, "\n".join([HEADER, f"2010-01-04,deposit,,,,{D(cash) + cost},,", *rows]) + "\n")


# Laws.


def test_what_is_held_at_the_target_does_not_drift(book: BookStore, tmp_path: Path) -> None:
    hold(book, tmp_path, (49, 102))  # 49 * 102 = 102 * 49
    found = asked(book, tmp_path)
    assert found.total == pytest.approx(0.0, abs=1e-12)
    assert not found.decision.orders
    assert found.exit_code == 0


def test_drift_is_half_the_sum_of_what_differs_cash_with_it(book: BookStore, tmp_path: Path) -> None:
    hold(book, tmp_path, (30, 20), cash="1960")
    found = asked(book, tmp_path)
    cash = float(found.lines.sum())
    assert found.total == pytest.approx(0.5 * (np.abs(found.lines).sum() + abs(cash)))


# By hand.


def test_drift_by_hand(book: BookStore, tmp_path: Path) -> None:
    # 30 * 102 = 3060, 20 * 49 = 980, cash 960: of 5000 that is 61.2 %, 19.6 %, 19.2 %; target 50, 50, 0.
    # drift: (11.2 + 30.4 + 19.2) / 2 = 30.4 %
    hold(book, tmp_path, (30, 20), cash="960")
    found = asked(book, tmp_path)
    assert found.decision.book.nav == pytest.approx(5000.0)
    assert found.decision.book.held.tolist() == pytest.approx([0.612, 0.196])
    assert found.decision.target.tolist() == pytest.approx([0.5, 0.5])
    assert found.lines.tolist() == pytest.approx([0.112, -0.304])
    assert found.total == pytest.approx(0.304)
    assert len(found.decision.orders) == 2


def test_assets_are_found_by_id_then_by_series_then_without_capitals(book: BookStore, tmp_path: Path) -> None:
    hold(book, tmp_path, (1, 1))
    policy = policy_from({**BASE, "data": {"use": "synthetic"}})
    listed = [Instrument(name) for name in ("spy", "TLT", "US")]
    assert matched(policy.universe, listed) == (2, 1)
    assert matched(policy.universe, listed[:2]) == (0, 1)
    assert matched(policy.universe, [Instrument("Spy"), Instrument("tlt")]) == (0, 1)
    assert matched(policy.universe, [Instrument("VTI")]) == (None, None)
    assert matched(policy.universe, [Instrument("TLT", Contract.FUTURE)]) == (None, None)


def test_what_the_policy_does_not_manage_is_listed_and_not_counted(book: BookStore, tmp_path: Path) -> None:
    hold(book, tmp_path, (49, 102))
    taken(book, tmp_path, f"{HEADER}\n2010-01-07,deposit,,,,400,,\n2010-01-07,buy,GLD,3,100,,,\n")
    future = Instrument("ESH0", Contract.FUTURE, multiplier=D(50))
    events = [
        InstrumentListed(future),
        EntryPosted("A07", Fill(BY.day.replace(month=1, day=8), 3, D(1), D(1100), D(0), D(0), "")),
        EntryPosted("A07", Exchange(BY.day.replace(month=1, day=8), "", D(100), "EUR", D(70))),
    ]
    book.append(events, recorded=BY.at, author=BY.author)
    found = asked(book, tmp_path)
    assert [(one.name, one.units, one.why) for one in found.outside] == [
        ("GLD", D(3), "not in the policy"),
        ("ESH0", D(1), "a future: exposure is no weight"),
        ("EUR", D(70), "cash in another currency"),
    ]
    assert found.total == pytest.approx(0.0, abs=1e-12)


def test_a_blocking_rule_that_is_broken_by_what_is_held_is_exit_3(book: BookStore, tmp_path: Path) -> None:
    hold(book, tmp_path, (100, 1))
    rules = [RULE | {"source": "IPS", "effective_from": "2010-01-01"}]
    assert asked(book, tmp_path, rules=rules).exit_code == 3
    warned = [rules[0] | {"severity": "warn"}]
    assert asked(book, tmp_path, rules=warned).exit_code == 0


def test_old_prices_are_exit_4(book: BookStore, tmp_path: Path) -> None:
    hold(book, tmp_path, (49, 102))
    place = priced(tmp_path, "date,spy,TLT", *CLOSES)
    policy = policy_from({**BASE, "data": {"use": "folder", "path": str(place)}})
    found = drift(policy, load_market(policy), book, scope_of(book, "A07"), np.datetime64("2010-06-30"))
    assert (found.exit_code, len(found.stale)) == (4, 2)


# Refusals.


def test_an_account_in_another_currency_or_with_nothing_is_refused(book: BookStore, tmp_path: Path) -> None:
    open_account(book, Account("E1", "Mueller", currency="EUR"), BY)
    with pytest.raises(UsageError, match="E1 is kept in EUR, the policy in USD"):
        asked(book, tmp_path, "E1")
    with pytest.raises(UsageError, match="A07 holds nothing that half manages"):
        asked(book, tmp_path)


def test_something_held_without_a_price_is_refused(book: BookStore, tmp_path: Path) -> None:
    hold(book, tmp_path, (49, 102))
    place = priced(tmp_path, "date,spy,TLT", *CLOSES)
    policy = policy_from({**BASE, "data": {"use": "folder", "path": str(place)}})
    market: Market = load_market(policy)
    blank = {name: np.where([[True, False]], values, np.nan) for name, values in market.fields.items()}
    with pytest.raises(UsageError, match="no price of TLT is known on"):
        drift(policy, replace(market, fields=blank), book, scope_of(book, "A07"))


def test_what_was_bought_lately_is_read_from_the_book(book: BookStore, tmp_path: Path) -> None:
    hold(book, tmp_path, (30, 20), cash="960")
    rules = [{"limit": {"use": "min_holding", "period": "400D"}, "id": "HOLD", "source": "IPS", "effective_from": "2010-01-01"}]
    rules[0]["severity"] = "block"
    found = asked(book, tmp_path, rules=rules)
    assert found.decision.book.bought is not None
    assert found.decision.book.bought.units.tolist() == [[30.0, 0.0], [0.0, 20.0]]
    assert found.decision.target[0] == pytest.approx(0.612)  # what was bought in January is not sold in March


def test_what_selling_is_taxed_is_read_from_the_lots_of_the_book(book: BookStore, tmp_path: Path) -> None:
    hold(book, tmp_path, (30, 20), cash="960")  # bought at 1, worth 102: a short-term gain of 101 / 102 of it
    tax = {"use": "us_federal", "short": 0.4, "long": 0.2, "ordinary": 0.4, "qualified": 0.2}
    rules = [
        {"limit": {"use": "defer_gains"}, "id": "DEFER", "source": "IPS", "effective_from": "2010-01-01", "severity": "warn"}
    ]
    found = asked(book, tmp_path, rules=rules, tax=tax)
    selling = found.decision.book.selling
    assert selling is not None
    assert selling.weights[:, 0].tolist() == pytest.approx([0.612, 0.196])
    assert selling.now[:, 0].tolist() == pytest.approx([0.4 * 101 / 102, 0.4 * 48 / 49])
