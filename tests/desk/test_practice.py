"""A practice desk: a clock that only moves forward, a past that knows no future, a book that never passes for a real one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.desk.worlds import market, policy
from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import DataError, UsageError
from trimtab.core.money import Money
from trimtab.desk.books import Signature
from trimtab.desk.following import followings
from trimtab.desk.live import PRACTICE, PracticeClock, SystemClock, clock_of
from trimtab.desk.practice import KIND, Desk, begin, keep_clock, known_by, loader_of, move, own_book, practised, require_real
from trimtab.desk.prepare import load_market
from trimtab.desk.venues import arm

AT = np.datetime64("2018-01-31T23:00:00")
CASH = Money.parse("100000 USD")


def begun(folder: Path, at: np.datetime64 = AT) -> Path:
    begin(folder, str(folder / "book.db"), Desk("ME", CASH, "trend-overlay", at), "anna")
    return folder


def by(at: np.datetime64 = AT) -> Signature:
    return Signature("anna", at)


# The clock.


def test_a_workspace_without_practice_lives_by_the_clock_of_the_machine(tmp_path: Path) -> None:
    assert isinstance(clock_of(tmp_path), SystemClock)
    assert isinstance(clock_of(tmp_path / "nowhere"), SystemClock)


def test_a_practice_desk_lives_by_its_own_and_says_so_in_its_journal(tmp_path: Path) -> None:
    begun(tmp_path)
    assert clock_of(tmp_path) == PracticeClock(AT)
    with own_book(tmp_path, str(tmp_path / "book.db")) as book:
        assert practised(book) == AT
        assert notes(book, KIND)[0].body == {"clock": "2018-01-31T23:00:00Z", "said": "began"}
        assert book.purses("ME") == {"USD": 100_000}
        assert followings(book)["ME"].name == "trend-overlay"


@given(st.lists(st.integers(-5, 9), max_size=8))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_practice_time_only_moves_forward(tmp_path_factory: pytest.TempPathFactory, days: list[int]) -> None:
    """Law: after any wishes the clock stands at the latest of those that were granted, in the folder as in the journal."""
    folder = begun(tmp_path_factory.mktemp("desk"))
    now = AT
    for count in days:
        to = now + np.timedelta64(count, "D")
        with own_book(folder, str(folder / "book.db")) as book:
            if count > 0:
                assert move(folder, book, to, by(now)) == to
                now = to
            else:
                with pytest.raises(UsageError, match="only moves forward"):
                    move(folder, book, to, by(now))
            assert practised(book) == now
        assert clock_of(folder).now() == now


def test_a_clock_that_does_not_read_is_no_other_clock(tmp_path: Path) -> None:
    for text in ("", "{}", '{"clock": "soon"}', '{"clock": 7}', "[]", '{"clock": "2018-02-30T00:00:00Z"}'):
        (tmp_path / PRACTICE).write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match="does not read"):
            clock_of(tmp_path)


def test_the_journal_says_what_time_it_is(tmp_path: Path) -> None:
    """A clock that was turned by hand, or that nobody could turn any more, is put right; then all goes on."""
    begun(tmp_path)
    for wrong in (AT - np.timedelta64(1, "D"), AT + np.timedelta64(400, "D")):
        keep_clock(tmp_path, wrong)
        with pytest.raises(UsageError, match="it was put right"):
            own_book(tmp_path, str(tmp_path / "book.db"))
        with own_book(tmp_path, str(tmp_path / "book.db")):
            assert clock_of(tmp_path).now() == AT


# What is known.


@given(st.integers(1, 300), st.sampled_from([float("nan"), 1000.0]))
@settings(max_examples=12, deadline=None)
def test_the_future_changes_nothing(row: int, factor: float) -> None:
    """Law: whatever prices come after the clock, the market that is known by it is the same, to the last bit."""
    made = policy()
    whole = market(made, count=320)
    at = whole.closes_at(np.array([row]))[0]
    other = market(made, count=320)
    for values in other.fields.values():
        values.setflags(write=True)
        values[row + 1 :] *= factor
    seen, same = known_by(whole, at), known_by(other, at)
    assert seen.sessions[-1] == whole.sessions[row]
    assert seen.digest == same.digest
    assert len(known_by(whole, at - np.timedelta64(1, "s")).sessions) == row


def test_before_the_first_session_nothing_can_be_practised() -> None:
    whole = market(policy(), count=30)
    with pytest.raises(DataError, match="no session has closed"):
        known_by(whole, np.datetime64("1999-01-01T00:00:00"))


def test_a_real_workspace_loads_everything(tmp_path: Path) -> None:
    assert loader_of(tmp_path) is load_market


# Never a real one.


def test_nothing_real_leaves_a_practice_book(tmp_path: Path) -> None:
    begun(tmp_path)
    with own_book(tmp_path, str(tmp_path / "book.db")) as book:
        with pytest.raises(UsageError, match="practice book"):
            require_real(book)
        with pytest.raises(UsageError, match="practice book"):
            arm(OrderBook(book, clock_of(tmp_path), "anna"), "ME", "alpaca", AT)


def test_a_book_that_stands_is_never_turned_into_a_practice_desk(tmp_path: Path) -> None:
    with BookStore.create(tmp_path / "book.db", recorded=AT, author="anna"):
        pass
    kept = (tmp_path / "book.db").read_bytes()
    with pytest.raises(UsageError, match="stands there already"):
        begun(tmp_path)
    assert (tmp_path / "book.db").read_bytes() == kept
    assert not (tmp_path / PRACTICE).exists()
    with pytest.raises(UsageError, match="real book"), own_book(tmp_path, str(tmp_path / "book.db")) as book:
        move(tmp_path, book, AT + np.timedelta64(1, "D"), by())


def test_a_practice_folder_with_another_book_and_a_practice_book_elsewhere_are_refused(tmp_path: Path) -> None:
    begun(tmp_path / "practice")
    with BookStore.create(tmp_path / "real.db", recorded=AT, author="anna"):
        pass
    with pytest.raises(UsageError, match="is a practice desk, and the book is a real one"):
        own_book(tmp_path / "practice", str(tmp_path / "real.db"))
    with pytest.raises(UsageError, match=r"has no practice\.json"):
        own_book(tmp_path, str(tmp_path / "practice" / "book.db"))


def test_a_desk_that_cannot_begin_leaves_nothing_behind(tmp_path: Path) -> None:
    """Without data, in another currency, without money, under an unknown policy."""
    wrong = (
        Desk("ME", CASH, "trend-overlay", np.datetime64("1900-01-01T00:00:00")),
        Desk("ME", Money.parse("100 EUR"), "trend-overlay", AT),
        Desk("ME", Money.parse("0 USD"), "trend-overlay", AT),
        Desk("ME", CASH, "no-such-policy", AT),
        Desk("not a name/at all", CASH, "trend-overlay", AT),
    )
    for one in wrong:
        with pytest.raises((UsageError, DataError, ValueError)):
            begin(tmp_path, str(tmp_path / "book.db"), one, "anna")
        assert list(tmp_path.iterdir()) == [], one


def test_a_desk_whose_beginning_was_interrupted_can_be_begun(tmp_path: Path) -> None:
    (tmp_path / PRACTICE).write_text(json.dumps({"clock": "2017-01-31T23:00:00Z"}), encoding="utf-8")
    begun(tmp_path)
    assert clock_of(tmp_path).now() == AT
