"""A practice desk does not see what was drawn from later data than it knows, and says so where it is asked for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trimtab
from tests.promoted import validated
from tests.surfaces.cli.desk_folder import put, table
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import ApprovalRequired, UsageError
from trimtab.desk.books import Signature
from trimtab.desk.economising import Known
from trimtab.desk.load import load_policy
from trimtab.desk.own_record import OwnRecord
from trimtab.desk.policy import Policy
from trimtab.desk.practice import keep_clock
from trimtab.desk.prepare import load_market
from trimtab.desk.promised import promised
from trimtab.desk.promotions import Step, commit, promote
from trimtab.governance.promotion import Stage
from trimtab.numerics.resampling import Futures
from trimtab.surfaces import python
from trimtab.surfaces.expecting import write_expectations

WHY = "Trends persist, as investors react late."
LAST = "2011-07-15"  # of the prices, which expectations are drawn from
PROOF = "2020-12-31"  # of what tests.promoted calls a validation


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = put(tmp_path_factory.mktemp("foreseen") / "desk", table(400))
    write_expectations(load_policy(folder / "policy.yaml"), folder, load_market, Futures(1, 1, 10))
    return folder


@pytest.fixture
def folder(drawn: Path, tmp_path: Path) -> Path:
    return shutil.copytree(drawn, tmp_path / "desk")


@pytest.fixture
def policy(folder: Path) -> Policy:
    return load_policy(folder / "policy.yaml")


@pytest.fixture
def book(folder: Path) -> Iterator[BookStore]:
    with BookStore.create(folder / "book.db", recorded=evening(LAST), author="ann") as made:
        yield made


def evening(day: str) -> np.datetime64:
    return np.datetime64(f"{day}T23:00:00", "s")


def before(day: str) -> str:
    return str(date.fromisoformat(day) - timedelta(1))


def test_expectations_of_later_prices_are_not_committed_to(book: BookStore, folder: Path, policy: Policy) -> None:
    keep_clock(folder, evening(before(LAST)))
    with pytest.raises(UsageError, match=f"was drawn from data to {LAST}, and this practice desk is at {before(LAST)}") as said:
        commit(book, folder, policy, WHY, Signature("ann", evening(before(LAST))))
    assert "away, and write down what can be expected today: trimtab expect" in said.value.remedy
    keep_clock(folder, evening(LAST))
    assert commit(book, folder, policy, WHY, Signature("ann", evening(LAST))).by == "ann"


def test_a_validation_of_later_prices_is_none_for_a_promotion(book: BookStore, folder: Path, policy: Policy) -> None:
    commit(book, folder, policy, WHY, Signature("ann", evening(LAST)))
    promote(book, folder, policy, Step(Stage.CANDIDATE), Signature("ben", evening(LAST)))
    validated(folder, policy)
    keep_clock(folder, evening(before(PROOF)))
    why = f"not been validated as it stands: that of run a+ was drawn from data to {PROOF}"
    with pytest.raises(ApprovalRequired, match=why):
        promote(book, folder, policy, Step(Stage.PAPER), Signature("ben", evening(before(PROOF))))
    keep_clock(folder, evening(PROOF))
    assert promote(book, folder, policy, Step(Stage.PAPER), Signature("ben", evening(PROOF))).now is Stage.PAPER


def test_neither_the_worth_of_a_policy_nor_its_promise_is_taken_from_its_future(folder: Path, policy: Policy) -> None:
    assert Known.of(folder, policy).expected is not None
    keep_clock(folder, evening(before(LAST)))
    known = Known.of(folder, policy)
    assert known.expected is None
    assert f"drawn from data to {LAST}" in known.unseen
    record = OwnRecord(np.array(["2011-01-31"], dtype="datetime64[D]"), np.ones(1), np.ones(1))
    with pytest.raises(UsageError, match=f"drawn from data to {LAST}"):
        promised(folder, policy, record, date(2011, 1, 31), date(2011, 3, 31))


def test_python_validates_on_a_practice_desk_by_what_it_knows(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(python, "validated", lambda result, *_, **__: seen.append(result))
    keep_clock(folder, evening("2011-03-31"))
    monkeypatch.chdir(folder)
    trimtab.Workspace(".").validate("policy.yaml")
    assert str(seen[0].dates[-1]) == "2011-03-31"
