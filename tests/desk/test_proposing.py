"""Proposals: each run once, whatever is repeated, superseded or cut off in between."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from tests.desk import desk_worlds
from tests.desk.desk_worlds import LAST, buy, desk, values
from trimtab.accounting.database.events import InstrumentListed, Note
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import UsageError
from trimtab.core.households import Account, Contract, Instrument
from trimtab.core.orders import Status
from trimtab.core.taxes import Wrapper
from trimtab.desk import proposing
from trimtab.desk.following import KIND as FOLLOWS
from trimtab.desk.load import policy_from
from trimtab.desk.proposing import Fate, propose_all
from trimtab.desk.reviewing import review, wanted
from trimtab.desk.venues import Where, open_venue
from trimtab.execution.brokers.paper import PaperBroker

A = Account("A", "Mueller", Wrapper.EXEMPT)


def test_a_proposal_leads_to_the_weights_of_the_policy(tmp_path: Path) -> None:
    """100,100 in cash: 50 % of it in SPY at 100 is 500.5 units, 30 % in TLT at 50 is 600.6, 10 % in GLD at 200 is 50.05."""
    with desk(tmp_path, [A]) as one:
        one.holds("A", 100_100)
        (made,) = one.proposes("A")
        assert {s.ticket.instrument: int(s.ticket.units) for s in made.orders} == {"SPY": 500, "TLT": 600, "GLD": 50}
        assert made.fate is Fate.PROPOSED
        assert made.exit_code == 5


def test_a_repeat_answers_with_what_stands_and_opens_no_batch(tmp_path: Path) -> None:
    with desk(tmp_path, [A]) as one:
        one.holds("A", 100_100)
        (first,) = one.proposes("A")
        last = one.book.last()
        (again,) = one.proposes("A")
        assert again.fate is Fate.STANDING
        assert again.orders == first.orders
        assert again.batch == first.batch
        assert one.book.last() == last


def test_superseding_cancels_what_waits_and_plans_anew_under_other_ids(tmp_path: Path) -> None:
    with desk(tmp_path, [A]) as one:
        one.holds("A", 100_100)
        (first,) = one.proposes("A")
        (second,) = one.proposes("A", supersede="a typing error")
        assert second.fate is Fate.PROPOSED
        assert not {s.id for s in first.orders} & {s.id for s in second.orders}
        assert {one.orders.standing(s.id).status for s in first.orders} == {Status.CANCELLED}


def test_what_works_is_not_superseded_and_nobody_else_suffers(tmp_path: Path) -> None:
    with desk(tmp_path, [A, Account("B", "Meier", Wrapper.EXEMPT)]) as one:
        one.holds("A", 100_100)
        one.holds("B", 100_100)
        a, b = one.proposes()
        one.sends(one.approved(a))
        again = {made.rebalance.name: made.fate for made in one.proposes(supersede="anew")}
        assert again == {"A": Fate.BUSY, "B": Fate.PROPOSED}
        assert {one.orders.standing(s.id).status for s in b.orders} == {Status.CANCELLED}


def test_an_order_that_waits_since_another_day_is_not_doubled(tmp_path: Path) -> None:
    with desk(tmp_path, [A]) as one:
        one.holds("A", 100_100)
        (old,) = one.proposes("A")
        one.clock.at += np.timedelta64(1, "D")
        assert [made.fate for made in one.proposes("A")] == [Fate.BUSY]
        assert [made.fate for made in one.proposes("A", supersede="a day later")] == [Fate.PROPOSED]
        assert {one.orders.standing(s.id).status for s in old.orders} == {Status.CANCELLED}


@pytest.mark.parametrize("how", ["another policy", "superseded"])
def test_what_was_traded_after_the_day_that_is_looked_at_is_not_traded_again(tmp_path: Path, how: str) -> None:
    """On Tuesday 500 SPY are bought, and Monday's book is looked at: it lacks them, and would have them bought once more."""
    with desk(tmp_path, [A]) as one:
        one.holds("A", 100_100)
        (first,) = one.proposes("A")
        one.clock.at += np.timedelta64(1, "D")
        one.orders.cancel_waiting([s.id for s in first.orders], "done by telephone")
        one.posts("A", buy(0, 500, "100", date(2026, 11, 3)))
        policy = one.policy
        if how == "another policy":
            policy = policy_from(values(tmp_path, benchmark={"SPY": 0.6, "TLT": 0.3, "GLD": 0.1}))
            told = {"policy": "", "sha256": policy.sha256, "name": policy.name}
            one.book.append([Note(FOLLOWS, told, "A")], recorded=one.clock.at, author="ann")
        (found,) = review(one.orders, wanted(one.book, "A", policy), lambda _: one.seen, (LAST, one.clock.at)).rebalances
        assert (found.later, found.action, found.exit_code) == (date(2026, 11, 3), "traded", 4)
        supersede = "prices corrected" if how == "superseded" else ""
        (made,) = propose_all(one.orders, [found], one.by, claimant="test", supersede=supersede)
        assert (made.fate, made.exit_code, made.orders) == (Fate.LATE, 4, ())
        assert {s.status for s in one.orders.standings("A")} == {Status.CANCELLED}
        (tuesday,) = one.rebalances("A", policy)
        assert tuesday.later is None
        assert "SPY" not in {tuesday.instruments[t.asset] for t in tuesday.trades if t.units > 100}


def test_two_sleeves_under_one_policy_each_get_a_run_on_one_day(tmp_path: Path) -> None:
    """40,100 in each: 200 SPY (of 200.5), 240 TLT (of 240.6), 20 GLD (of 20.05), booked in the sleeve that decided."""
    with desk(tmp_path, [A], {"core": "A", "sat": "A"}) as one:
        one.holds("A/core", 40_100)
        one.holds("A/sat", 40_100)
        made = [*one.proposes("A/core"), *one.proposes("A/sat")]
        assert [p.fate for p in made] == [Fate.PROPOSED] * 2
        for proposed, place in zip(made, ("A/core", "A/sat"), strict=True):
            assert {s.ticket.booked for s in proposed.orders} == {place}
            assert {s.ticket.instrument: int(s.ticket.units) for s in proposed.orders} == {"SPY": 200, "TLT": 240, "GLD": 20}
            assert {s.ticket.policy for s in proposed.orders} == {one.policy.sha256}
        assert len({s.id for p in made for s in p.orders}) == 6
        done = one.sends(one.approved(*made))
        assert not [str(refusal.error) for refusal in done.refused]
        assert not any(sent.why for sent in done.sent)
        assert [p.fate for p in one.proposes("A/core")] == [Fate.STANDING], (
            "its own orders work, those of the other do not count"
        )


def test_what_a_rule_blocks_is_written_down_and_not_planned(tmp_path: Path) -> None:
    rules = [{"limit": {"use": "max_weight", "at_most": 0.6}, "id": "IPS-1"}]
    controls = [{"control": {"use": "order_units", "at_most": 100}, "id": "size"}]
    with desk(tmp_path, [A], rules=rules, controls=controls) as one:
        one.holds("A", 100_100)
        (made,) = one.proposes("A")
        assert made.fate is Fate.BLOCKED
        assert made.exit_code == 3
        assert one.orders.standings() == ()
        notes = proposing.notes(one.book, "blocked")
        assert [note.place for note in notes] == ["A"]
        assert ["size", "block"] in [[row[0], row[-1]] for row in notes[0].body["evaluations"]]
        decision = made.rebalance.decision.today.when
        assert (notes[0].body["when"], notes[0].body["policy"]) == (str(decision), made.rebalance.outlook.policy.sha256)


def test_an_asset_that_the_book_lists_in_another_currency_is_refused_by_name(tmp_path: Path) -> None:
    with desk(tmp_path, [A], universe={"SPY": {}, "TLT": {}, "GLD": {}, "EUX": {"series": "SPY"}}) as one:
        one.book.append([InstrumentListed(Instrument("EUX", currency="EUR"))], recorded=one.clock.at, author="ann")
        one.holds("A", 1000)
        with pytest.raises(Exception, match="EUX is listed in EUR"):
            one.rebalances("A")


def test_a_name_that_means_something_else_in_the_book_is_not_ordered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: as many contracts were bought as units of a fund at that price, and anew each time, as none was held."""
    first, *rows = desk_worlds._table().split()
    monkeypatch.setattr(desk_worlds, "_table", lambda: "\n".join([f"{first},ES", *(f"{row},50" for row in rows), ""]))
    with desk(tmp_path, [A], universe={"SPY": {}, "TLT": {}, "GLD": {}, "ES": {}}) as one:
        listed = Instrument("ES", Contract.FUTURE, multiplier=Decimal(50))
        one.book.append([InstrumentListed(listed)], recorded=one.clock.at, author="ann")
        one.holds("A", 1000)
        with pytest.raises(UsageError, match="ES is listed as a future"):
            one.accounts().asked("A")


def test_two_assets_that_are_one_instrument_in_the_book_are_not_traded(tmp_path: Path) -> None:
    """Regression: what was held counted for the first, and the second was bought anew each time."""
    with desk(tmp_path, [A], universe={"SPY": {}, "TLT": {}, "GLD": {}, "Twin": {"series": "SPY"}}) as one:
        one.holds("A", 1000)
        with pytest.raises(UsageError, match="two assets of flat are SPY in the book"):
            one.accounts().asked("A")


@pytest.mark.parametrize("fails", range(3))
def test_whatever_is_cut_off_between_the_transactions_a_repeat_plans_once(
    fails: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Policy note, batch, plan: the process dies before the n-th of them; the next one does all that is left."""
    with desk(tmp_path, [A]) as one:
        one.holds("A", 100_100)
        found, count = one.rebalances("A"), 0
        change = BookStore.change

        def dying(self: BookStore, work):  # type: ignore[no-untyped-def]
            nonlocal count
            count += 1
            if count > fails:
                raise KeyboardInterrupt
            return change(self, work)

        monkeypatch.setattr(BookStore, "change", dying)
        with pytest.raises(KeyboardInterrupt):
            proposing.propose_all(one.orders, found, one.by, claimant="dead")
        monkeypatch.undo()
        assert one.orders.standings() == ()
        (made,) = one.proposes("A")
        assert made.fate is Fate.PROPOSED
        assert len(one.orders.standings()) == 3


def test_accounts_with_changed_or_missing_policies_are_skipped_and_the_others_go_on(tmp_path: Path) -> None:
    with desk(tmp_path, [A]) as one:
        one.holds("A", 100_100)
        asked = wanted(one.book, "", None)
        assert [skip.account for skip in asked.skipped] == ["A"]
        assert "follows no policy" in asked.skipped[0].why
        assert review(one.orders, asked, lambda _: one.market, (None, one.clock.at)).rebalances == ()


def test_the_paper_account_is_funded_once(tmp_path: Path) -> None:
    with desk(tmp_path, [A]) as one:
        one.holds("A", 50_000, GLD=10)
        (made,) = one.proposes("A")
        one.sends(one.approved(made))
        for _ in range(2):
            broker = open_venue(Where("paper", "A", tmp_path), one.accounts(), one.clock)
            assert isinstance(broker, PaperBroker)
            assert broker.money("A") == Decimal(50_000)
            assert broker.positions("A") == {"GLD": Decimal(10)}
