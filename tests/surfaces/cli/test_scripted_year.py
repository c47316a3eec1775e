"""A scripted year: adherence, what overrides cost and the committee's pack show exactly what was written into it.

Two overrides, a late rebalance, a limit that an override breaks, a declined order, a missing price and costs that creep up;
everything else was done as the process asks. And law 1 across the whole loop: with the fills that it had, the paper account
is the backtest of its policy.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.desk.replaying import replayed
from tests.surfaces.cli.scripted_year import ACCOUNT, BEGIN, CASH, END, Year, begun, live_through, violations
from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.store import BookStore
from trimtab.core.money import Money
from trimtab.desk.account_entries import owned
from trimtab.desk.backtest import backtest
from trimtab.desk.beside import beside
from trimtab.desk.books import account_of, entries_of
from trimtab.desk.load import load_policy
from trimtab.desk.prepare import load_market, until
from trimtab.desk.record import decision_record

QUARTERS = ("2018Q1", "2018Q2", "2018Q3", "2018Q4")
LATE, BREACH, DECLINED = "2018-05-31", "2018-08-31", "2018-10-31"


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Year:
    with pytest.MonkeyPatch.context() as patch:
        folder: Path = tmp_path_factory.mktemp("year")
        patch.chdir(folder)
        patch.delenv("TRIMTAB_BOOK", raising=False)
        patch.setenv("COLUMNS", "120")
        found = begun(folder)
        live_through(found)
        return found


@pytest.fixture
def year(lived: Year) -> Iterator[Year]:
    before = Path.cwd()
    os.chdir(lived.folder)
    yield lived
    os.chdir(before)


def test_the_score_is_100_less_exactly_what_was_written_into_the_year(year: Year) -> None:
    """Of 12 decisions each: two were not traded as the process asks, one broke a limit. 100 - 25 x 2/12 - 20 x 1/12."""
    said = year.document(f"adherence --account {ACCOUNT} --from {BEGIN} --to {END}")
    assert list(violations(said)) == [("trades", LATE), ("limits", BREACH), ("trades", DECLINED)]
    assert {one["duty"]: (one["due"], one["kept"]) for one in said["duties"]} == {
        "signals": (12, 12), "trades": (12, 10), "limits": (12, 11), "overrides": (12, 12), "reviews": (4, 4),
    }  # fmt: skip
    assert Fraction(said["score_exact"]) == 100 - Fraction(25 * 2, 12) - Fraction(20, 12)
    assert all(one["evidence"].startswith("journal ") for one in said["violations"])


def test_every_violation_names_a_record_that_the_journal_has(year: Year) -> None:
    said = year.document(f"adherence --account {ACCOUNT} --from {BEGIN} --to {END}")
    with BookStore.open(year.folder / "book.db") as book:
        known = {record.number: record for record in book.records()}
    for one in said["violations"]:
        assert int(one["evidence"].removeprefix("journal ")) in known
    declined = next(one for one in said["violations"] if one["when"] == DECLINED)
    assert "not before the meeting" in known[int(declined["evidence"].removeprefix("journal "))].body


def test_overrides_are_listed_with_what_they_brought_which_adds_up_to_the_account(year: Year) -> None:
    """Account less model = each override + the rest, daily and linked; the model is the backtest of the policy alone."""
    rows = year.document(f"overrides --account {ACCOUNT} --all")
    assert [(one["id"], one["by"], one["why"]) for one in rows["overrides"]] == [
        ("O-1", "anna", "cheaper abroad"),
        ("O-2", "anna", "more of what does well"),
    ]
    assert [one["what"] for one in rows["interventions"]] == ["declined"]
    shadow = year.document(f"shadow {ACCOUNT}")["shadow"]
    wealth = shadow["wealth"]
    parts = sum(one["linked"] for one in shadow["overrides"]) + shadow["rest"]["linked"]
    assert parts == pytest.approx(wealth["account"][-1] - wealth["model"][-1], abs=1e-12)
    assert [one["gain"] for one in rows["overrides"]] == [one["linked"] for one in shadow["overrides"]]
    policy = load_policy("year.yaml").with_horizon(start=date.fromisoformat(BEGIN), capital=Money(Decimal(CASH)))
    alone = backtest(policy, until(load_market(policy), np.datetime64(END)))
    np.testing.assert_allclose(wealth["model"], alone.wealth / CASH, rtol=0.0, atol=1e-8)


def test_what_was_expected_and_validated_was_drawn_from_nothing_after_the_launch(year: Year) -> None:
    expected, proof = (json.loads(next(year.folder.glob(place)).read_text(encoding="utf-8"))
                       for place in ("expectations/*.json", "runs/*/validation.json"))  # fmt: skip
    assert expected["source"]["last"] == proof["last"] == BEGIN


@pytest.fixture(scope="module")
def packs(lived: Year) -> dict[str, Any]:
    """The committee's pack of each quarter, of the one account."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(lived.folder)
        made = {name: lived.document(f"committee pack {name} --account {ACCOUNT}") for name in QUARTERS}
    return {name: one["accounts"][0] for name, one in made.items()}


def test_the_incident_is_written_down_and_broke_no_duty(year: Year, packs: dict[str, Any]) -> None:
    account = packs["2018Q2"]
    (incident,) = account["process"]["incidents"]
    assert incident["series"] == year.names[3]
    assert [(one["duty"], one["when"]) for one in account["process"]["violations"]][:1] == [("trades", LATE)]
    assert account["process"]["duties"]["signals"]["broken"] == 0


def test_the_packs_show_each_deed_in_its_quarter_and_nowhere_else(packs: dict[str, Any]) -> None:
    for quarter, overrides, broken in (
        ("2018Q1", ["O-1"], set()),
        ("2018Q2", ["O-1"], {("trades", LATE)}),
        ("2018Q3", ["O-2"], {("limits", BREACH)}),
        ("2018Q4", [], {("trades", DECLINED)}),
    ):
        account = packs[quarter]
        assert [one["id"] for one in account["decisions"]["overrides"]] == overrides, quarter
        assert {(one["duty"], one["when"]) for one in account["process"]["violations"]} == broken, quarter
        effects = [one["effect"] for one in account["decisions"]["effects"]["effects"]]
        named = {one["name"] for one in account["decisions"]["effects"]["effects"]}
        assert ("O-2" in named) is (quarter > "2018Q2"), quarter  # nobody had written it down before
        told = account["decisions"]["effects"]
        assert sum(effects) == pytest.approx(told["account"] - told["model"], abs=1e-12)
        money = [Decimal(one["money"]) for one in account["attribution"]["causes"]]
        assert sum(money) == Decimal(account["attribution"]["gain"]) - Decimal(account["attribution"]["benchmark_gain"])


def test_costs_that_crept_up_for_four_quarters_ring_and_the_journal_verifies(year: Year) -> None:
    assert "1.25 times what was assumed" in year.run("status", (0, 5))
    assert "sound" in year.run("verify")


def test_with_the_fills_that_it_had_the_account_is_the_backtest_of_its_policy(year: Year) -> None:
    """Law 1: given the account's own fills, on their days and at their prices, the desk decides what the journal says.

    Every signal, aim, weight and unit of all twelve decisions. Dividends on the way make the book on which it decides.
    """
    policy = load_policy("year.yaml").with_horizon(capital=Money(Decimal(CASH)))
    market = until(load_market(policy), np.datetime64(END))
    with BookStore.open(year.folder / "book.db") as book:
        scope = account_of(book, ACCOUNT)
        mine = owned(policy, scope, entries_of(book, tuple(scope.places)), book.instruments())
        written = [one.body for one in notes(book, "record", ACCOUNT)]
    again = {one["id"]: one for one in (decision_record(policy, it) for it in replayed(beside(policy, market, mine)))}
    told = [{key: value for key, value in one.items() if key not in ("batch", "traded")} for one in written]
    assert len(told) == 12
    for one in told:
        assert differences(one, json.loads(json.dumps(again[one["id"]]))) == [], one["when"]


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Where two records differ by more than the order of a sum: 1e-12."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [line for key in one for line in differences(one[key], other[key], f"{path}.{key}")]
    near = isinstance(one, float) and isinstance(other, float) and abs(one - other) <= 1e-12
    return [] if near or one == other else [f"{path}: {one} {other}"]
