"""Orders leave only where the code that decided on them is the code that the policy was committed to with."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.desk.desk_worlds import Desk, desk, values
from tests.desk.own_signal_worlds import SIDE, loaded
from tests.promoted import put_at
from trimtab.core.errors import ApprovalRequired
from trimtab.core.households import Account
from trimtab.core.orders import Status
from trimtab.core.taxes import Wrapper
from trimtab.desk import proposing
from trimtab.desk.following import follow, followings
from trimtab.desk.prepare import load_market
from trimtab.desk.rebalancing import Rebalance

A = Account("A", "Mueller", Wrapper.EXEMPT)
ALLOWED = {"allocator": {"use": "timing"}, "combine": {"use": "vote"}}
OPENING = "2026-11-03T12:00:00"  # before the session that the orders are for


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk whose policy runs a signal of its owner's, committed to and live."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    folder = tmp_path / "own"
    folder.mkdir()
    said = values(tmp_path, signals={"mine": {"use": "own_side:Side"}}, **ALLOWED)
    (folder / "policy.yaml").write_text(json.dumps(said), encoding="utf-8")
    (folder / "own_sign.py").write_text("SIGN = 1.0\n", encoding="utf-8")
    (folder / "own_side.py").write_text(SIDE, encoding="utf-8")
    with desk(tmp_path, [A]) as made:
        policy = loaded(folder)
        put_at(made.book, policy, at=made.clock.at)
        made.holds("A", 100_000)
        yield replace(made, folder=folder, policy=policy, market=load_market(policy))


def write_code(one: Desk, sign: str) -> None:
    """The code in the folder, as another process would load it."""
    (one.folder / "own_side.py").write_text(SIDE.replace("SIGN *", f"{sign} *"), encoding="utf-8")
    one.policy = loaded(one.folder)


def sent(one: Desk) -> tuple[str, set[Status]]:
    """What is said on the way out, and how the orders stand then."""
    (made,) = one.proposes("A")
    orders = one.approved(made)
    assert orders
    write_code(one, "SIGN")  # whatever decided, the folder has what was committed to
    done = one.sends(orders, OPENING)
    return "; ".join(str(one.error) for one in done.refused), {one.orders.standing(some.id).status for some in orders}


def earlier(found: Rebalance, batch: str, own_code: Mapping[str, str]) -> dict[str, object]:
    """The note of a decision as earlier versions wrote it."""
    return {name: value for name, value in NOTED(found, batch, own_code).items() if name != "own_code"}


NOTED = proposing.noted_of


def test_what_the_committed_code_decided_leaves(own: Desk) -> None:
    assert sent(own) == ("", {Status.ACKED})


def test_what_edited_code_decided_stays_although_the_code_was_put_back(own: Desk) -> None:
    """A regression: the stage was asked of the code in the folder, and orders of a draft left under it."""
    write_code(own, "0.5 * SIGN")
    said, stand = sent(own)
    assert "decided on these orders with code of its owner's that it was not committed to with" in said
    assert stand == {Status.APPROVED}


def test_of_a_decision_that_an_earlier_version_noted_nobody_knows_the_code(own: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proposing, "noted_of", earlier)
    said, stand = sent(own)
    assert "with code of its owner's that nobody wrote down" in said
    assert stand == {Status.APPROVED}


def test_a_policy_without_code_of_its_owners_needs_no_word_of_it_in_the_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposing, "noted_of", earlier)
    with desk(tmp_path, [A]) as one:
        one.holds("A", 100_000)
        (made,) = one.proposes("A")
        assert not one.sends(one.approved(made), OPENING).refused


@pytest.mark.parametrize("edited", [False, True])
def test_the_same_file_beside_other_code_is_not_followed(own: Desk, edited: bool) -> None:
    """A regression: one hash, another folder, other code, and no change request."""
    copy = Path(shutil.copytree(own.folder, own.folder.parent / "copy"))
    follow(own.book, "A", str(own.folder / "policy.yaml"), own.by)
    if edited:
        (copy / "own_side.py").write_text(SIDE.replace("SIGN *", "-SIGN *"), encoding="utf-8")
    for name in ("own_side", "own_sign"):
        sys.modules.pop(name, None)
    importlib.invalidate_caches()
    if edited:
        with pytest.raises(ApprovalRequired, match="runs other code of its owner's here than it was committed to with"):
            follow(own.book, "A", str(copy / "policy.yaml"), own.by)
    else:
        follow(own.book, "A", str(copy / "policy.yaml"), own.by)
    assert (followings(own.book)["A"].policy == str(copy / "policy.yaml")) is not edited
