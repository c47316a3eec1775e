"""The pack of a quarter: one state of the book, parts that stand without each other, sums to the cent, the same each time."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from tests.desk.committee_world import QUARTER, TODAY, built
from tests.promoted import validated
from trimtab.accounting.database.events import Note
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import DataError, InvariantError, UsageError
from trimtab.data.market import Market
from trimtab.desk.books import Signature
from trimtab.desk.committee import Pack, Wanted, pack_of
from trimtab.desk.committee_period import quarter_of
from trimtab.desk.live import SystemClock
from trimtab.desk.load import load_policy
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market
from trimtab.desk.process_notes import MINUTES, OVERRIDE
from trimtab.governance.adherence import Duty
from trimtab.surfaces.committee_document import pack_document

BY = Signature("anna", np.datetime64(TODAY))


@pytest.fixture(scope="module")
def world() -> Path:
    return built()[0]


def wanted(folder: Path, quarter: str = QUARTER, name: str = "") -> Wanted:
    return Wanted(quarter_of(quarter, BY.day), BY, folder, load_market, lambda policy: policy, name)


def packed(folder: Path, asked: Wanted | None = None) -> Pack:
    with BookStore.open(folder / "book.db") as book:
        return pack_of(OrderBook(book, SystemClock(), "anna"), asked or wanted(folder))


@pytest.fixture(scope="module")
def pack(world: Path) -> Pack:
    return packed(world)


def test_it_is_of_one_state_of_the_book_and_names_it(world: Path, pack: Pack) -> None:
    with BookStore.open(world / "book.db") as book:
        assert pack.head == book.head()
    assert (pack.quarter.name, pack.until, pack.made, pack.whole) == (QUARTER, date(2011, 6, 30), BY.day, True)
    assert [one.name for one in pack.accounts] == ["A07", "C1"]
    assert [one.accounts for one in pack.policies] == [("A07",)]


def test_the_same_book_makes_the_same_pack(world: Path, pack: Pack) -> None:
    again = json.dumps(pack_document(packed(world)), allow_nan=False)
    assert again == json.dumps(pack_document(pack), allow_nan=False)


def test_what_others_write_meanwhile_is_not_in_it(world: Path, pack: Pack, tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    shutil.copytree(world, folder)

    def meddled(policy: Policy) -> Market:
        with BookStore.open(folder / "book.db") as other:
            body = {"id": "O-9", "begins": "2011-06-01", "ends": "2011-08-01", "shifts": {"SPY": "0.01"}, "holds": []}
            other.append([Note(OVERRIDE, body | {"why": "late"}, "A07")], recorded=BY.at, author="ben")
        return load_market(policy)

    found = packed(folder, replace(wanted(folder), load=meddled))
    assert found.head == pack.head
    assert pack_document(found)["proposals"] == pack_document(pack)["proposals"]
    assert pack_document(found)["accounts"] == pack_document(pack)["accounts"]
    with BookStore.open(folder / "book.db") as book:
        assert book.head() != pack.head


def test_what_an_account_lacks_stops_no_other_part(pack: Pack) -> None:
    """C1 follows no policy: each of its parts says so, and A07 has all of them."""
    mine, other = pack.accounts
    for name in ("results", "promised", "attribution", "process"):
        assert "C1 follows no policy" in getattr(other, name).why
        assert getattr(other, name).found is None
        assert getattr(mine, name).found is not None
        assert not getattr(mine, name).why


def test_overrides_and_the_rest_are_account_less_model(pack: Pack) -> None:
    discretion = pack.accounts[0].discretion.found
    assert discretion is not None
    ladder = discretion.ladder.found
    assert ladder is not None
    assert [one.name for one in ladder.effects] == ["O-1", "rest"]
    assert sum(one.effect for one in ladder.effects) == pytest.approx(ladder.account - ladder.model, abs=1e-12)
    assert sum((one.money for one in ladder.effects), Decimal(0)) == ladder.money
    results = pack.accounts[0].results.found
    assert results is not None
    assert ladder.account == pytest.approx(results.spans[0].mine, abs=1e-12)
    (edited,) = discretion.interventions
    assert (edited.what, edited.instrument, edited.why, edited.by) == ("edited", "TLT", "client keeps some", "anna")


def test_attribution_adds_up_to_the_cent_and_to_the_return_of_the_quarter(pack: Pack) -> None:
    found, results = pack.accounts[0].attribution.found, pack.accounts[0].results.found
    assert found is not None
    assert results is not None
    whole = found.attribution
    assert whole.gain - whole.benchmark_gain == sum((row.money for row in whole.rows), Decimal(0))
    assert "overrides" in {row.part.value for row in whole.rows}
    quarter = results.spans[0]
    assert (quarter.first, quarter.last) == (whole.starts[0].item(), whole.ends[-1].item())
    assert whole.total == pytest.approx(quarter.mine, abs=1e-12)
    assert whole.benchmark_total == pytest.approx(quarter.theirs, abs=1e-12)


def test_the_process_is_what_the_journal_shows(pack: Pack) -> None:
    """Three month ends were due, June was not decided; the review due in April was not held. 25 * 2/3 + 25 + 20 + 20 + 0."""
    process = pack.accounts[0].process.found
    assert process is not None
    assert process.on_time == (2, 3)
    assert float(process.adherence.score) == pytest.approx(25 * 2 / 3 + 65)
    assert {one.duty for one in process.adherence.violations} == {Duty.SIGNALS, Duty.REVIEWS}
    assert [(one.series, one.account) for one in process.incidents] == [("SPY", "A07")]


def test_what_was_promised_begins_on_the_day_it_went_on_paper(pack: Pack) -> None:
    fan = pack.accounts[0].promised.found
    assert fan is not None
    assert fan.launched == date(2010, 1, 6)
    assert len(fan.path) == 17  # from the 6th to the 6th, up to 6 June 2011


def test_proposals_stand_with_what_they_still_need(pack: Pack) -> None:
    promotion, renewal = pack.proposals
    assert (promotion.number, renewal.number) == ("P-3", "P-4")
    assert any("no decision was recorded in" in need for need in promotion.needs)
    assert renewal.until == date(2011, 7, 20)


def test_a_changed_policy_file_is_said_and_the_ledger_stands(world: Path, tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    shutil.copytree(world, folder)
    told = world / "policy.yaml"  # the book names it by this place
    text = told.read_text(encoding="utf-8")
    told.write_text(text.replace("tilt: 0.10", "tilt: 0.05"), encoding="utf-8")
    try:
        found = packed(folder)
    finally:
        told.write_text(text, encoding="utf-8")
    account, (policy,) = found.accounts[0], found.policies
    assert "has changed since A07 was told to follow it" in account.results.why
    assert "has changed" in policy.studied.why
    assert account.discretion.found is not None
    assert account.discretion.found.overrides
    assert policy.committed is not None
    assert policy.stage.value == "paper"


def test_data_that_are_missing_stop_what_needs_them_alone(world: Path) -> None:
    def nothing(_: Policy) -> Market:
        raise DataError("the vendor is away", remedy="Try later.")

    found = packed(world, replace(wanted(world, name="A07"), load=nothing))
    assert found.accounts[0].results.why == "the vendor is away. Try later."
    assert found.policies[0].health.why == "the vendor is away. Try later."
    assert found.proposals


def test_a_broken_invariant_stops_all(world: Path) -> None:
    def broken(_: Policy) -> Market:
        raise InvariantError("sums do not add up")

    with pytest.raises(InvariantError):
        packed(world, replace(wanted(world), load=broken))


def test_a_quarter_that_is_not_over_is_looked_at_until_today(world: Path) -> None:
    found = packed(world, wanted(world, "2011Q3", "A07"))
    assert (found.until, found.whole) == (BY.day, False)
    earlier = packed(world, replace(wanted(world, name="A07"), last=date(2011, 5, 31)))
    assert earlier.until == date(2011, 5, 31)


def test_an_unknown_account_is_refused(world: Path) -> None:
    with pytest.raises(UsageError, match="no account, sleeve or household 'A08'"):
        packed(world, wanted(world, name="A08"))


def test_a_pack_of_one_household_says_nothing_of_another_s_proposals_and_votes(world: Path, tmp_path: Path) -> None:
    """An override of C1 that ends, and a vote on it, are seen by all and by C1; A07's and its policy's are not by C1."""
    folder = tmp_path / "desk"
    shutil.copytree(world, folder)
    body = {"id": "O-1", "begins": "2011-06-01", "ends": "2011-08-01", "shifts": {"SPY": "0.01"}, "holds": [], "why": "secret"}
    vote = {"proposal": "P-5", "what": "renew it", "vote": "3:0", "why": "secret", "revisit": "2011-07-04", "pack": "a" * 64}
    with BookStore.open(folder / "book.db") as book:
        book.append([Note(OVERRIDE, body, "C1"), Note(MINUTES, vote)], recorded=np.datetime64("2011-07-01"), author="carl")

    def away(_: Policy) -> Market:
        raise DataError("no prices are needed here")

    found = {name: packed(folder, replace(wanted(folder, name=name), load=away)) for name in ("Mueller", "C1", "")}
    seen = {name: [one.number for one in pack.proposals] for name, pack in found.items()}
    assert seen == {"Mueller": ["P-3", "P-4"], "C1": ["P-5"], "": ["P-3", "P-4", "P-5"]}
    assert {name: len(pack.minutes) + len(pack.revisit) for name, pack in found.items()} == {"Mueller": 0, "C1": 2, "": 2}
    assert "secret" not in str(pack_document(found["Mueller"]))
    assert "harvest" not in str(pack_document(found["C1"]))


def test_the_validation_of_the_workspace_stands_beside_the_economics(world: Path, pack: Pack, tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    shutil.copytree(world, folder)
    (before,) = pack.policies
    assert before.economics.found is not None
    assert before.economics.found.validation == ""
    validated(folder, load_policy(folder / "policy.yaml"), failed=("crises",))
    (after,) = packed(folder).policies
    assert after.economics.found is not None
    assert after.economics.found.validation == "not shown"
