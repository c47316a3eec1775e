"""Ten failures in a quarter of an hour lock an account, and an address (F11)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.surfaces.access.doors import AGENT, ANNA, BEN, HERE, NOW, desk, entered, later
from trimtab.accounting.database.access import AccessStore
from trimtab.surfaces.access.door import Door
from trimtab.surfaces.access.lockout import Limits, Lockout, place_of
from trimtab.surfaces.access.refusals import LockedOut, NotSignedIn


def guess(door: Door, name: str = "anna", address: str = HERE, at: np.datetime64 = NOW) -> str:
    """What a wrong password is answered."""
    with pytest.raises((NotSignedIn, LockedOut)) as caught:
        door.sign_in(name, "a wrong password", address, AGENT, at)
    return str(caught.value)


def each(number: int) -> str:
    return f"198.51.100.{number}"


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), max_size=40))
def test_the_lock_is_what_a_plain_count_says(steps: list[tuple[int, bool]]) -> None:
    """The reference counts failures of the last 15 minutes in a list; a success empties it."""
    limits = Limits(failures=4)
    lockout, at, failures = Lockout(store := AccessStore.in_memory(), limits), 0, list[int]()
    for number, (pause, right) in enumerate(steps):
        at += pause
        failures = [one for one in failures if one > at - 900]
        if len(failures) >= 4:
            with pytest.raises(LockedOut) as caught:
                lockout.charge("anna", each(number), later(seconds=at))
            assert caught.value.wait == failures[-4] + 900 - at
            continue
        charge = lockout.charge("anna", each(number), later(seconds=at))
        failures = [] if right else [*failures, at]
        if right:
            with store.writing():
                lockout.take_back(charge)


def test_the_tenth_failure_locks_the_account_from_everywhere() -> None:
    door = desk()
    for number in range(10):
        assert guess(door, "ANNA" if number % 2 else "anna", each(number)).startswith("the name or the password")
    with pytest.raises(LockedOut, match="Try again in 15 minutes") as caught:
        door.sign_in("anna", ANNA, each(99), AGENT, NOW)
    assert (caught.value.code, caught.value.wait) == ("TT-ACC-002", 900)
    assert door.sign_in("ben", BEN, each(99), AGENT, NOW)  # others are let in


def test_nine_failures_lock_nothing_and_a_success_begins_anew() -> None:
    door = desk()
    for _ in range(3):
        for number in range(9):
            guess(door, "anna", each(number))
        entered(door)


def test_the_lock_ends_when_the_first_failure_is_a_quarter_of_an_hour_old() -> None:
    door = desk()
    for number in range(10):
        guess(door, address=each(number), at=later(seconds=number))
    assert "too many" in guess(door, address=each(20), at=later(minutes=14, seconds=59))
    assert "not right" in guess(door, address=each(21), at=later(minutes=15))
    assert "too many" in guess(door, address=each(22), at=later(minutes=15))  # nine of the old ones, and that one


def test_refused_attempts_do_not_lengthen_the_lock() -> None:
    door = desk()
    for number in range(10):
        guess(door, address=each(number))
    for number in range(20):
        guess(door, address=each(number), at=later(minutes=14))
    entered(door, at=later(minutes=15))


def test_one_address_that_tries_many_names() -> None:
    door = desk()
    for number in range(10):
        guess(door, f"somebody{number}")
    with pytest.raises(LockedOut):
        door.sign_in("anna", ANNA, HERE, AGENT, NOW)
    assert door.sign_in("anna", ANNA, each(1), AGENT, NOW)


def test_a_success_does_not_clear_the_address() -> None:
    """Else whoever has one account of their own guesses for ever, ten at a time."""
    door = desk()
    for number in range(9):
        guess(door, f"somebody{number}")
    door.sign_in("ben", BEN, HERE, AGENT, NOW)
    guess(door, "somebody9")
    assert "too many" in guess(door, "somebody10")


def test_a_name_that_nobody_has_is_answered_as_others_are() -> None:
    door = desk()
    said = {
        name: [guess(door, name, f"203.0.113.{start + k}") for k in range(12)] for start, name in [(0, "anna"), (50, "nobody")]
    }
    assert said["anna"] == said["nobody"]
    assert len(set(said["anna"])) == 2


def test_attempts_at_once_are_no_more_guesses() -> None:
    """All are begun before the first is checked: the eleventh is refused all the same."""
    door = desk()
    begun = [door.attempt("anna", f"guess number {number}", each(number), NOW) for number in range(10)]
    with pytest.raises(LockedOut):
        door.attempt("anna", ANNA, each(11), NOW)
    for one in begun:
        with pytest.raises(NotSignedIn):
            door.admit(one, one.checked(), AGENT, NOW)


def test_a_count_after_the_check_would_let_them_through() -> None:
    """The control: with the charge noted only after the password was checked, a hundred attempts at once are guesses."""
    door, heard = desk(), 0
    lockout = Lockout(AccessStore.in_memory(), Limits())

    class Late(Lockout):
        def charge(self, name, address, now):  # type: ignore[no-untyped-def]
            made = super().charge(name, address, now)
            with self._store.writing():
                self.take_back(made)
            return made

    for lock, guesses in [(Late(AccessStore.in_memory(), Limits()), 100), (lockout, 10)]:
        door._lockout, heard = lock, 0
        for number in range(100):
            try:
                door.attempt("anna", "guess", each(number), NOW)
            except LockedOut:
                break
            heard += 1
        assert heard == guesses


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("testclient", "testclient"),
        ("x" * 500, "x" * 64),
        ("\ud800", "?"),
    ],
)
def test_the_place_of_an_address(address: str, place: str) -> None:
    assert place_of(address) == place


def test_a_clock_that_ran_ahead_locks_nobody_for_long() -> None:
    door = desk()
    for number in range(10):
        guess(door, address=each(number), at=later(days=2))
    entered(door, at=NOW)


def test_rows_are_bounded_and_old_ones_go() -> None:
    store_rows = 40
    store = AccessStore.in_memory()
    lockout = Lockout(store, Limits(rows=store_rows))

    def kept() -> int:
        ((count,),) = store._session.execute("SELECT COUNT(*) FROM failures")
        return int(count)

    for number in range(100):
        lockout.charge(f"somebody{number}", each(number % 200), NOW)
        assert kept() <= store_rows
    assert kept() == store_rows
    lockout.charge("anna", HERE, later(hours=1))
    assert kept() == 2


def test_a_password_in_the_field_of_the_name_is_not_kept(tmp_path) -> None:  # type: ignore[no-untyped-def]
    told: list[object] = []
    with AccessStore.open(tmp_path / "access.db") as store:
        door = desk(store, lambda *one: told.append(one))
        for number in range(10):
            guess(door, "canary-typed-in-the-wrong-field", each(number))
        assert ("locked", {"user": "", "address": each(9)}) in told
        kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"canary" not in kept
    assert b"wrong-field" not in kept
    assert "canary" not in repr(told)
