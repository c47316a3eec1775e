"""Another policy for an account that follows one on paper or live: only by request, signed by others, after the cooling-off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.promoted import moved, put_at
from tests.surfaces.cli.desk_folder import POLICY, closes, days, put, table
from trimtab.accounting.database.events import EntryPosted, InstrumentListed, Note
from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.refusals import Busy
from trimtab.accounting.database.store import BookStore
from trimtab.core.entries import Fill, Flow
from trimtab.core.errors import ApprovalRequired, ParameterError, UsageError
from trimtab.core.households import Account, Instrument
from trimtab.core.taxes import Wrapper
from trimtab.desk import change_requests
from trimtab.desk.books import Signature, open_account, open_sleeve
from trimtab.desk.change_requests import Requested, changes_of, lacking, request, sign, terms_of
from trimtab.desk.following import follow, followings, require_followed
from trimtab.desk.kept import kept_as, policies_of, policy_in
from trimtab.desk.last_year import over_the_benchmark
from trimtab.desk.load import load_policy
from trimtab.desk.past_turnover import KIND as DECISION
from trimtab.desk.policy import Policy
from trimtab.desk.process_notes import CHANGED, REVIEWED
from trimtab.desk.reviewing import wanted
from trimtab.governance.changes import Cause
from trimtab.governance.promotion import Stage

ASKED, READY = "2026-03-02T09:00:00", "2026-03-12T09:00:00"  # ten days later
SECOND = np.timedelta64(1, "s")


@dataclass
class World:
    """A book with two accounts that follow `old`, which is live, and `new`, which is at a stage."""

    folder: Path
    book: BookStore
    old: Policy
    new: Policy

    def by(self, who: str, at: str | np.datetime64 = READY) -> Signature:
        return Signature(who, np.datetime64(str(at), "s"))

    def asks(self, cause: Cause = Cause.FLAW, why: str = "dividends were counted twice", who: str = "ann") -> Requested:
        return request(self.book, (self.old, self.new), cause, why, self.by(who, ASKED))

    def signs(self, *people: str, name: str = "C-1") -> None:
        for one in people:
            sign(self.book, name, self.by(one))

    def follows(self, account: str = "A07", at: str | np.datetime64 = READY, written: str = "new.yaml") -> None:
        follow(self.book, account, str(self.folder / written), self.by("ann", at))

    @property
    def followed(self) -> str:
        return followings(self.book)["A07"].sha256


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The last year was 1 % over the benchmark, where nothing else is said."""
    folder = put(tmp_path / "desk")
    (folder / "new.yaml").write_text(POLICY.replace("tilt: 0.10}", "tilt: 0.05}"), encoding="utf-8")
    old, new = (load_policy(folder / name) for name in ("policy.yaml", "new.yaml"))
    year_was(monkeypatch, 0.01)
    at = np.datetime64("2026-01-05T09:00:00", "s")
    with BookStore.create(folder / "book.db", recorded=at, author="ann") as book:
        made = World(folder, book, old, new)
        for account in ("A07", "B1"):
            open_account(book, Account(account, "Mueller", Wrapper.EXEMPT), made.by("ann", at))
            made.follows(account, at, "policy.yaml")
        put_at(book, old, at=at)
        put_at(book, new, at=at)
        yield made


def year_was(patch: pytest.MonkeyPatch, relative: float | None) -> None:
    patch.setattr(change_requests, "over_the_benchmark", lambda *_: relative)


def refusal(world: World, account: str = "A07", at: str | np.datetime64 = READY) -> str:
    """What is said where an account may not change; and that nothing was written."""
    before = world.book.head()
    with pytest.raises(ApprovalRequired) as caught:
        world.follows(account, at)
    assert caught.value.exit_code == 5
    assert world.book.head() == before
    return caught.value.what


def test_a_change_is_asked_for_signed_and_cooled_off(world: World) -> None:
    assert "nobody has asked for the change" in refusal(world)
    assert world.asks().id == "C-1"
    assert "somebody other than ann has to approve it" in refusal(world)
    world.signs("ben")
    assert "the cooling-off ends on 2026-03-12" in refusal(world, at=np.datetime64(READY) - SECOND)
    world.follows()
    assert world.followed == world.new.sha256
    (found,) = changes_of(world.book)
    assert [(one.account, one.on) for one in found.made] == [("A07", date(2026, 3, 12))]
    assert found.shadow_until == date(2026, 9, 12)  # six months
    body = {"id": "C-1", "old": world.old.sha256, "new": world.new.sha256}
    assert [(one.place, one.body) for one in notes(world.book, CHANGED)] == [("A07", body)]


def test_each_account_takes_it_up_for_itself(world: World) -> None:
    world.asks()
    world.signs("ben")
    world.follows("B1")
    assert lacking(world.book, changes_of(world.book)[0], world.by("")) == {"A07": ()}
    world.follows("A07", "2026-04-01T09:00:00")
    (found,) = changes_of(world.book)
    assert [one.account for one in found.made] == ["B1", "A07"]
    assert found.shadow_until == date(2026, 10, 1)


@pytest.mark.parametrize(("relative", "people"), [(0.05, 1), (-0.05, 1), (0.051, 2), (-0.2, 2), (None, 2)])
def test_after_an_extreme_year_and_one_that_is_not_known_two_sign(
    world: World, monkeypatch: pytest.MonkeyPatch, relative: float | None, people: int
) -> None:
    year_was(monkeypatch, relative)
    world.asks()
    signers = ["ben", "carl"][:people]
    world.signs(*signers[:-1])
    assert "sign" in refusal(world) or "approve" in refusal(world)
    world.signs(signers[-1])
    world.follows()


def test_who_asks_does_not_sign_and_nobody_signs_twice(world: World) -> None:
    world.asks()
    for who in ("ann", " Ann ", "ann\u200b", "\u200bann"):
        with pytest.raises(ApprovalRequired, match="asked for C-1 and does not sign it"):
            world.signs(who)
    world.signs("ben")
    with pytest.raises(ApprovalRequired, match="BEN has signed C-1 already"):
        world.signs("BEN")
    for who in (" ", "\u200b"):
        with pytest.raises(UsageError, match="nobody signs"):
            world.signs(who)
    with pytest.raises(UsageError, match="there is no change request 'C-9'"):
        world.signs("carl", name="C-9")


@pytest.mark.parametrize("stage", [Stage.DRAFT, Stage.CANDIDATE, Stage.PAPER])
def test_a_live_account_never_changes_to_what_is_not_live(world: World, stage: Stage) -> None:
    world.asks()
    world.signs("ben", "carl")
    moved(world.book, world.new, Stage.LIVE, stage, at=np.datetime64(READY))
    assert f"is at the stage {stage.value}" in refusal(world)


def test_taking_the_old_policy_back_does_not_spare_the_request(world: World) -> None:
    moved(world.book, world.old, Stage.LIVE, Stage.DRAFT, at=np.datetime64(READY))
    assert "nobody has asked for the change" in refusal(world)


def test_an_account_on_a_draft_or_a_candidate_follows_what_it_likes(world: World) -> None:
    open_account(world.book, Account("C1", "Other", Wrapper.EXEMPT), world.by("ann"))
    (world.folder / "third.yaml").write_text(POLICY.replace("3M", "4M"), encoding="utf-8")
    world.follows("C1", READY, "third.yaml")
    world.follows("C1", READY, "policy.yaml")  # from a draft to what is live
    assert not notes(world.book, CHANGED)
    world.follows("A07", READY, "policy.yaml")  # the same once more
    assert not notes(world.book, CHANGED)


def test_a_scheduled_review_opens_parameters_only_after_a_full_cycle(world: World) -> None:
    """A quarterly review does not, nor one of another account, nor one that is more than 90 days old."""
    world.asks(Cause.REVIEW, "the third year is over")
    world.signs("ben")
    for kind, place, at in (
        ("quarter", "", ASKED),
        ("cycle", "B1", ASKED),
        ("cycle", "", "2025-12-12T08:59:59"),
    ):
        world.book.append([Note(REVIEWED, {"kind": kind}, place)], recorded=np.datetime64(at, "s"), author="ann")
        assert "no full-cycle review is under way" in refusal(world)
    world.book.append([Note(REVIEWED, {"kind": "cycle"}, "A07")], recorded=np.datetime64(ASKED, "s"), author="ann")
    world.follows()


def test_a_request_lapses_and_is_asked_for_again(world: World) -> None:
    """10 days of cooling-off, and 90 on: 10 June."""
    world.asks()
    world.signs("ben")
    with pytest.raises(UsageError, match="C-1 asks for this change already"):
        world.asks()
    late = np.datetime64("2026-06-10T09:00:01", "s")
    assert "C-1 lapsed on 2026-06-10" in refusal(world, at=late)
    pair = (world.old, world.new)
    assert request(world.book, pair, Cause.FLAW, "still so", world.by("ann", late)).id == "C-2"
    assert "the cooling-off ends on 2026-06-20" in refusal(world, at=late)


def test_the_terms_are_those_of_the_policy_that_is_followed(tmp_path: Path, world: World) -> None:
    strict = POLICY.replace("3M", "5M") + "changes: {cooling_off: 30, extreme: 0.02}\n"
    (world.folder / "strict.yaml").write_text(strict, encoding="utf-8")
    policy = load_policy(world.folder / "strict.yaml")
    open_account(world.book, Account("C1", "Other", Wrapper.EXEMPT), world.by("ann"))
    world.follows("C1", ASKED, "strict.yaml")
    put_at(world.book, policy, Stage.PAPER, at=np.datetime64(ASKED, "s"))
    found = request(world.book, (policy, world.new), Cause.MANDATE, "the client's wish", world.by("ann", ASKED))
    assert found.cools_until(terms_of(policy)).date() == date(2026, 4, 1)
    world.signs("ben")
    with pytest.raises(ApprovalRequired, match="the cooling-off ends on 2026-04-01"):
        world.follows("C1", READY)


def test_a_change_has_a_reason_a_person_and_another_policy(world: World) -> None:
    with pytest.raises(ParameterError, match="no reason"):
        world.asks(why=" ")
    with pytest.raises(ParameterError, match="nobody asks"):
        world.asks(who=" ")
    with pytest.raises(ParameterError, match="the same"):
        request(world.book, (world.old, world.old), Cause.FLAW, "why", world.by("ann"))
    assert changes_of(world.book) == ()


# Who never followed anything.


def decided(world: World, place: str, policy: Policy) -> None:
    """An order was proposed for an account under a policy, whatever it follows."""
    body = {"policy": policy.sha256, "when": "2026-01-30", "batch": "2026-01-30/1"}
    world.book.append([Note(DECISION, body, place)], recorded=np.datetime64("2026-01-31"), author="ann")


@pytest.mark.parametrize(
    ("place", "managed"), [("C1", "C1"), ("C1/core", "C1"), ("C1", "C1/core")], ids=["itself", "its account", "its sleeve"]
)
@pytest.mark.parametrize("told", [False, True], ids=["decided", "followed"])
def test_a_first_policy_is_free_only_where_no_live_one_manages_the_money(
    world: World, place: str, managed: str, told: bool
) -> None:
    """Regressions: an account that never followed its policy changed it without a request, and so did its sleeves."""
    open_account(world.book, Account("C1", "Other", Wrapper.EXEMPT), world.by("ann"))
    open_sleeve(world.book, "C1", "core", world.by("ann"))
    if told:
        world.follows(managed, ASKED, "policy.yaml")
    else:
        decided(world, managed, world.old)
    with pytest.raises(UsageError, match=f"{place} (is held to|follows) .*, not mine"):
        require_followed(world.book, {place: world.new})
    require_followed(world.book, {place: world.old})
    assert "nobody has asked for the change" in refusal(world, place)
    world.asks()
    world.signs("ben")
    assert managed in lacking(world.book, changes_of(world.book)[0], world.by(""))
    world.follows(place)
    assert followings(world.book)[place].sha256 == world.new.sha256
    assert [one.account for one in changes_of(world.book)[0].made] == [place]
    require_followed(world.book, {place: world.new})


def test_a_draft_that_a_sleeve_followed_before_does_not_spare_the_request(world: World) -> None:
    open_sleeve(world.book, "A07", "core", world.by("ann"))
    (world.folder / "third.yaml").write_text(POLICY.replace("3M", "4M"), encoding="utf-8")
    decided(world, "A07/core", load_policy(world.folder / "third.yaml"))
    assert "A07/core is held to mine, which is live" in refusal(world, "A07/core")


def test_an_account_that_never_followed_a_draft_takes_any_policy(world: World) -> None:
    open_account(world.book, Account("C1", "Other", Wrapper.EXEMPT), world.by("ann"))
    (world.folder / "third.yaml").write_text(POLICY.replace("3M", "4M"), encoding="utf-8")
    decided(world, "C1", load_policy(world.folder / "third.yaml"))
    require_followed(world.book, {"C1": world.new})
    world.follows("C1")
    assert not notes(world.book, CHANGED)


def test_accounts_that_are_held_to_another_policy_are_skipped_where_all_are_asked_for(world: World) -> None:
    open_account(world.book, Account("C1", "Other", Wrapper.EXEMPT), world.by("ann"))
    decided(world, "C1", world.old)
    told = {one.account: one.why for one in wanted(world.book, "", world.new).skipped}
    assert set(told) == {"A07", "B1", "C1"}
    assert told["C1"] == f"is held to mine ({world.old.sha256[:12]}), not mine: leave the policy out"


def test_a_policy_that_is_promoted_while_an_account_leaves_it_is_asked_for_once_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A regression: between the question and the record the policy went live, and the account left it for a draft."""
    open_account(world.book, Account("C1", "Other", Wrapper.EXEMPT), world.by("ann"))
    (world.folder / "third.yaml").write_text(POLICY.replace("3M", "4M"), encoding="utf-8")
    third, asked = load_policy(world.folder / "third.yaml"), change_requests.require_change
    world.follows("C1", READY, "third.yaml")

    def slow(*words: Any) -> Any:
        found = asked(*words)
        put_at(world.book, third, at=np.datetime64(READY, "s"))
        return found

    monkeypatch.setattr(change_requests, "require_change", slow)
    with pytest.raises(Busy, match="somebody else has written"):
        world.follows("C1")
    assert followings(world.book)["C1"].sha256 == third.sha256
    assert "nobody has asked for the change" in refusal(world, "C1")


# Names and the journal.


def test_a_policy_is_found_by_file_by_name_and_by_the_letters_of_its_hash(world: World) -> None:
    (world.folder / "policy.yaml").write_text(POLICY.replace("3M", "6M"), encoding="utf-8")  # edited since
    assert policy_in(world.book, world.old.sha256[:8]).sha256 == world.old.sha256
    assert policy_in(world.book, str(world.folder / "new.yaml")).sha256 == world.new.sha256
    assert policy_in(world.book, "trend-overlay").name == "trend-overlay"
    for letters, said in (("0000", "the journal keeps none"), ("nowhere.yaml", "cannot read the policy")):
        with pytest.raises(UsageError, match=said):
            policy_in(world.book, letters)
    assert kept_as(world.book, world.old.sha256).sha256 == world.old.sha256
    assert {one.sha256 for one in policies_of(world.book)} == {world.old.sha256, world.new.sha256}


# The last year.


def test_the_last_year_is_that_of_the_account_over_its_benchmark(tmp_path: Path) -> None:
    """All in SPY at its close of 4 January; a year later the benchmark, 60 SPY and 40 TLT at each month end, is what differs.

    By hand from the closes alone: each month the benchmark makes 0.6 r(SPY) + 0.4 r(TLT), the account r(SPY).
    """
    folder = put(tmp_path / "desk", table(300), POLICY.replace("costs: {use: linear, bps: 5}\n", ""))
    policy, when = load_policy(folder / "policy.yaml"), [np.datetime64(day) for day in days(300)]
    prices = closes(300).round(4)
    with BookStore.create(folder / "book.db", recorded=np.datetime64("2010-01-04", "s"), author="ann") as book:
        by = Signature("ann", np.datetime64("2011-02-28T22:00:00", "s"))
        open_account(book, Account("A07", "Mueller", Wrapper.EXEMPT), by)
        book.append(
            [InstrumentListed(Instrument(name, currency="USD")) for name in ("SPY", "TLT")], recorded=by.at, author="ann"
        )
        price = Decimal(f"{prices[0, 0]:.4f}")
        bought = Fill(date(2010, 1, 4), 0, Decimal(100), price, -100 * price, Decimal(0), "")
        book.append([EntryPosted("A07", Flow(date(2010, 1, 4), 100 * price)), EntryPosted("A07", bought)],
                    recorded=by.at, author="ann")  # fmt: skip

        def evening(day: str) -> Signature:
            return Signature("ann", np.datetime64(f"{day}T23:00:00", "s"))

        found = over_the_benchmark(book, "A07", policy, evening("2011-02-25"))
        assert over_the_benchmark(book, "A07", policy, evening("2010-10-29")) is None  # not a year yet
        assert over_the_benchmark(book, "A07", policy, evening("2012-03-01")) is None  # the data end a year before
        open_still = Signature("ann", np.datetime64("2011-02-25T15:00:00", "s"))
        known = over_the_benchmark(book, "A07", policy, open_still)
        assert known == over_the_benchmark(book, "A07", policy, evening("2011-02-24")) != found  # its close is not known yet
        assert over_the_benchmark(book, "B1", policy, evening("2011-02-25")) is None  # no such account
    ends = [k for k in range(300) if k == 299 or when[k].astype("datetime64[M]") != when[k + 1].astype("datetime64[M]")]
    inside = [k for k in ends if np.datetime64("2010-02-25") <= when[k] <= np.datetime64("2011-02-25")]
    inside += [] if when[inside[-1]] == when[-1] else [int(np.searchsorted(when, np.datetime64("2011-02-25")))]
    steps = prices[inside[1:]] / prices[inside[:-1]]
    assert found == pytest.approx(steps[:, 0].prod() - (steps @ [0.6, 0.4]).prod(), abs=1e-6)
