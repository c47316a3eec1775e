import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.execution.brokers.venue_words import stamped
from tests.execution.exports.sheets import SHEET, ticket
from trimtab.core.errors import DataError, Halted, InvariantError
from trimtab.core.orders import Cause, Standing, Status, Ticket
from trimtab.core.venues import NoAnswer, NotSent, Report
from trimtab.execution.brokers.file import FileVenue
from trimtab.execution.exports.blotter import blotter, read_blotter
from trimtab.execution.memory_orders import MemoryOrders

TICKETS = tuple(ticket(id=f"{n:016x}", account=name) for n, name in enumerate(("ann", "bob", "cyd"), 1))
IDS = [one.id for one in TICKETS]


class Killed(BaseException):
    """The process is gone."""


def told(standings: tuple[Standing, ...]) -> bytes:
    return blotter(standings, SHEET).encode()


def venue(folder: Path) -> FileVenue:
    return FileVenue(folder, told)


def book(tickets: tuple[Ticket, ...] = TICKETS) -> MemoryOrders:
    store = MemoryOrders()
    store.plan(tickets)
    for one in tickets:
        store.move(one.id, Status.APPROVED)
    return store


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.csv"))


def statuses(store: MemoryOrders) -> set[Status]:
    return {one.status for one in store.standings()}


def recover(store: MemoryOrders, folder: Path) -> None:
    """What the next process does: INTENT becomes UNKNOWN, then the venue is asked."""
    for one in store.standings():
        if one.status is Status.INTENT:
            store.move(one.id, Status.UNKNOWN)
            found = venue(folder).find(one.id)
            store.record(found or Report(one.id, Status.NEVER_ARRIVED), "file")


def test_an_export_is_one_file_and_every_order_in_it_is_sent(tmp_path: Path) -> None:
    store = book()
    done = venue(tmp_path).export(stamped(*TICKETS), IDS, store)
    assert files(tmp_path) == [done.path]
    assert [row["order_id"] for row in read_blotter(done.path.read_text()).rows] == IDS
    assert statuses(store) == {Status.SENT}
    assert {one.venue for one in store.standings()} == {"file"}
    assert venue(tmp_path).find(IDS[1]) == Report(IDS[1], Status.SENT, done.path.name)
    assert venue(tmp_path).find("other") is None
    assert {one.order for one in venue(tmp_path).reports(date(2000, 1, 1))} == set(IDS)
    assert venue(tmp_path).reports(date(2199, 1, 1)) == ()
    assert hashlib.sha256("\n".join(IDS).encode()).hexdigest() in done.path.name
    assert hashlib.sha256(done.path.read_bytes()).hexdigest() == done.sha256


def steps(monkeypatch: pytest.MonkeyPatch, at: int, error: Callable[[], BaseException]) -> Callable[[], int]:
    """Raise at the `at`-th thing that is done to the disk or the store; how many were done."""
    count = 0

    def wrap(owner: object, name: str, *, after: bool) -> None:
        real = getattr(owner, name)

        def step(*args: object, **kwargs: object) -> object:
            nonlocal count
            count += 1
            if count == at:
                raise error()
            answer = real(*args, **kwargs)
            if after:
                count += 1
                if count == at:
                    raise error()
            return answer

        monkeypatch.setattr(owner, name, step)

    wrap(os, "fsync", after=False)
    for name in ("open", "rename", "unlink", "mkdir"):
        wrap(Path, name, after=name == "rename")
    for name in ("intend", "record", "move"):
        wrap(MemoryOrders, name, after=True)
    return lambda: count


@pytest.mark.parametrize("taken_away", [False, True])
def test_killed_at_any_step_the_orders_are_sent_if_and_only_if_the_file_was_there(tmp_path: Path, taken_away: bool) -> None:
    at, most, seen = 0, 1, set()
    while at < most:
        at += 1
        folder = tmp_path / str(at)
        store = book()
        with pytest.MonkeyPatch.context() as patch:
            done = steps(patch, at, Killed)
            try:
                venue(folder).export(stamped(*TICKETS), IDS, store)
            except Killed:
                most = at + 1
            assert done() >= at or most == at
        there = bool(files(folder))
        if taken_away:
            for one in files(folder):
                one.unlink()
        recover(store, folder)
        after = statuses(store)
        seen |= after
        if there:
            assert after == {Status.SENT}, at
        else:
            assert after <= {Status.APPROVED, Status.NEVER_ARRIVED}, at
    assert at > 25
    assert seen == {Status.APPROVED, Status.NEVER_ARRIVED, Status.SENT}


def test_a_full_disk_at_any_step_leaves_no_order_in_doubt_but_after_the_last_rename(tmp_path: Path) -> None:
    ended = set()
    for at in range(1, 60):
        folder = tmp_path / str(at)
        store = book()
        with pytest.MonkeyPatch.context() as patch:
            steps(patch, at, lambda: OSError(28, "No space left on device"))
            try:
                venue(folder).export(stamped(*TICKETS), IDS, store)
                ended.add("done")
            except (NotSent, NoAnswer, OSError) as fault:
                ended.add(type(fault).__name__)
        there = bool(files(folder))
        recover(store, folder)
        for one in store.standings():
            if one.status is Status.UNKNOWN:
                store.record(venue(folder).find(one.id) or Report(one.id, Status.NEVER_ARRIVED), "file")
        unsent = {Status.APPROVED, Status.NEVER_ARRIVED, Status.CANCELLED}
        assert statuses(store) == {Status.SENT} if there else statuses(store) <= unsent, at
    assert {"done", "NotSent", "NoAnswer"} <= ended


def test_a_file_that_stands_there_is_not_overwritten_and_its_orders_are_proved_unsent(tmp_path: Path) -> None:
    done = venue(tmp_path).export(stamped(*TICKETS), IDS, book())
    before = done.path.read_bytes()
    other = tmp_path / "other"
    other.mkdir()
    (other / done.path.name).write_bytes(b"mine")
    store = book()
    with pytest.raises(NotSent, match="stands there"):
        venue(other).export(stamped(*TICKETS), IDS, store)
    assert (other / done.path.name).read_bytes() == b"mine"
    assert statuses(store) == {Status.CANCELLED}
    assert venue(other).find(IDS[0]) is None
    assert done.path.read_bytes() == before


def test_a_book_that_forgot_an_export_does_not_repeat_it(tmp_path: Path) -> None:
    venue(tmp_path).export(stamped(*TICKETS), IDS, book())
    restored = book()
    with pytest.raises(InvariantError, match="exported before"):
        venue(tmp_path).export(stamped(*TICKETS), IDS[:1], restored)
    assert statuses(restored) == {Status.APPROVED}
    assert venue(tmp_path).submit(stamped(*TICKETS), IDS[0]).status is Status.SENT
    assert len(files(tmp_path)) == 1


def test_exporting_again_needs_a_reason_and_writes_beside_the_first(tmp_path: Path) -> None:
    first = venue(tmp_path).export(stamped(*TICKETS), IDS, book())
    with pytest.raises(DataError, match="reason"):
        venue(tmp_path).again(stamped(*TICKETS), IDS, " ")
    with pytest.raises(DataError, match="together"):
        venue(tmp_path).again(stamped(*TICKETS), IDS[:2], "lost")
    second = venue(tmp_path).again(stamped(*TICKETS), IDS, "the mail was lost")
    third = venue(tmp_path).again(stamped(*TICKETS), IDS, "and again")
    assert [one.edition for one in (first, second, third)] == [1, 2, 3]
    assert len(files(tmp_path)) == 3
    assert venue(tmp_path).find(IDS[0]) == Report(IDS[0], Status.SENT, first.path.name)
    with pytest.raises(InvariantError):
        venue(tmp_path).again((), IDS, "no stamp")


def test_one_order_is_a_file_of_one(tmp_path: Path) -> None:
    report = venue(tmp_path).submit(stamped(*TICKETS), IDS[0])
    assert report == Report(IDS[0], Status.SENT, files(tmp_path)[0].name)


def test_nothing_is_moved_for_orders_that_may_not_all_go(tmp_path: Path) -> None:
    sender = venue(tmp_path)
    held, halted = book(), book()
    held.move(IDS[2], Status.CANCELLED)
    halted.halt("cyd", Cause.PERSON, "kill")
    for store, error in ((held, DataError), (halted, Halted)):
        with pytest.raises(error):
            sender.export(stamped(*TICKETS), IDS, store)
        assert {one.status for one in store.standings() if one.id != IDS[2]} == {Status.APPROVED}
    store = book()
    for stamp, ids in ((object(), IDS), (stamped(*TICKETS[:2]), IDS), (stamped(*TICKETS), [IDS[0], IDS[0]]), (stamped(), [])):
        with pytest.raises((InvariantError, DataError)):
            sender.export(stamp, ids, store)
    changed = replace(TICKETS[0], units=Decimal(999))
    with pytest.raises(InvariantError, match="changed"):
        sender.export(stamped(changed), IDS[:1], store)
    assert statuses(store) == {Status.APPROVED}
    assert files(tmp_path) == []


def test_what_cannot_be_told_is_found_before_intent(tmp_path: Path) -> None:
    def unable(standings: tuple[Standing, ...]) -> bytes:
        raise DataError("no")

    store = book()
    with pytest.raises(DataError):
        FileVenue(tmp_path, unable).export(stamped(*TICKETS), IDS, store)
    assert statuses(store) == {Status.APPROVED}
    with pytest.raises(DataError, match="end with"):
        FileVenue(tmp_path, told, "../x").export(stamped(*TICKETS), IDS, store)


def test_a_file_cannot_be_called_back_and_tells_nothing_of_positions(tmp_path: Path) -> None:
    with pytest.raises(NotSent, match="called back"):
        venue(tmp_path).cancel(IDS[0])
    assert venue(tmp_path).positions("ann") is None
    assert (venue(tmp_path).name, venue(tmp_path).live, venue(tmp_path).unique) == ("file", False, False)


@pytest.mark.parametrize("junk", [b"", b"{", b"[]", b'{"orders": 1}', b"\xff"])
def test_a_note_that_does_not_read_is_no_answer(tmp_path: Path, junk: bytes) -> None:
    (tmp_path / ".sent").mkdir()
    (tmp_path / ".sent" / "x.json").write_bytes(junk)
    with pytest.raises(NoAnswer):
        venue(tmp_path).find(IDS[0])
