"""Exports whose process died: by the disk every order is sent or proved unsent, and nothing waits for ever."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.desk.desk_worlds import DAY, Desk, desk
from tests.execution.brokers.venue_words import stamped
from trimtab.core.households import Account
from trimtab.core.orders import Status, Ticket, TradingState
from trimtab.core.taxes import Wrapper
from trimtab.core.venues import NotSent
from trimtab.desk.exported import begin, settle_exports
from trimtab.execution.brokers.file import FileVenue

A = Account("A", "Mueller", Wrapper.EXEMPT)


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path, [A]) as made:
        yield made


class Killed(BaseException):
    """The process is gone."""


def broken_off(one: Desk, folder: Path, step: str, patch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Two approved orders whose exporter died: before the file stood, or behind it."""
    tickets = [Ticket(name * 32, "A", "SPY", Decimal(10), Decimal(100), as_of=DAY) for name in "ab"]
    one.orders.add(tickets)
    names = tuple(each.id for each in one.orders.approve([each.id for each in tickets], "bob"))
    venue = FileVenue(folder, lambda _: b"orders")
    begin(one.orders, venue, names)
    deliver = FileVenue._deliver

    def dying(self: FileVenue, *what: object, **more: object) -> object:
        if step == "after":
            deliver(self, *what, **more)  # type: ignore[arg-type]
        raise Killed

    with patch.context() as inside:
        inside.setattr(FileVenue, "_deliver", dying)
        with pytest.raises(Killed):
            venue.export(stamped(*tickets), names, one.orders)
    assert {one.orders.standing(name).status for name in names} == {Status.INTENT}
    return names


@pytest.mark.parametrize(("step", "status"), [("before", Status.CANCELLED), ("after", Status.SENT)])
def test_what_an_exporter_that_died_left_is_settled_by_the_disk(
    one: Desk, step: str, status: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = broken_off(one, one.folder / "out", step, monkeypatch)
    with one.orders.sender("A"):  # it is not dead, as long as this is held
        assert settle_exports(one.orders) == ()
    for file in (one.folder / "out").glob("*.csv"):
        file.unlink()  # a person has taken it away
    assert [(each.id, each.status) for each in settle_exports(one.orders)] == [(name, status) for name in names]
    assert settle_exports(one.orders) == ()
    assert one.orders.state("A") is TradingState.ACTIVE


def test_nothing_is_proved_where_the_folder_is_gone(one: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    names = broken_off(one, one.folder / "out", "after", monkeypatch)
    (one.folder / "out").rename(one.folder / "away")
    assert {each.status for each in settle_exports(one.orders)} == {Status.INTENT}
    one.orders.move(names[0], Status.UNKNOWN, "a sender to a broker found it")
    (one.folder / "away").rename(one.folder / "out")
    assert {each.status for each in settle_exports(one.orders)} == {Status.SENT}


def test_an_order_that_a_sender_made_unknown_is_settled_too(one: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    names = broken_off(one, one.folder / "out", "before", monkeypatch)
    for name in names:
        one.orders.move(name, Status.UNKNOWN, "a sender to a broker found it")
    assert {each.status for each in settle_exports(one.orders)} == {Status.NEVER_ARRIVED}
    one.orders.release("A", "it never left")
    assert one.orders.state("A") is TradingState.ACTIVE


def test_a_folder_that_cannot_be_made_stops_the_export_before_anything_is_noted(one: Desk, tmp_path: Path) -> None:
    (tmp_path / "flat").write_text("a file", encoding="utf-8")
    last = one.book.last()
    with pytest.raises(NotSent, match="cannot be written"):
        begin(one.orders, FileVenue(tmp_path / "flat", lambda _: b""), ["a" * 32])
    assert one.book.last() == last
