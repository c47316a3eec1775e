"""The venue `file`: orders in a file that a person carries on. It appears whole, once, and is never overwritten.

A basket imported twice trades twice, so what was written is remembered apart from the file, which a person takes away:

1. the draft, in `.sent`, on disk;
2. the note of it, in `.sent`: the orders, the name and the SHA-256 of the file;
3. the draft is renamed to its place: from this instant it is sent.

A note without its draft therefore says that the file was there, taken away since or not. A note with its draft, or no note,
says that it never was, unless it stands there. `find` answers by that, at once: no message can be under way.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from trimtab.core.errors import DataError, Halted, InvariantError
from trimtab.core.orders import Standing, Status, TradingState
from trimtab.core.roles import OrderStore
from trimtab.core.venues import NoAnswer, NotSent, Report
from trimtab.execution.brokers.stamp import ticket_of

_NOTES = ".sent"
_DRAFT, _NOTE = ".draft", ".json"
_ZERO = Decimal(0)


class Exported(NamedTuple):
    """A file that stands in its place, and the orders that are in it."""

    path: Path
    sha256: str
    orders: tuple[str, ...]
    edition: int = 1  # 2 and above: exported again


@dataclass(frozen=True, slots=True)
class FileVenue:
    """Writes orders to `folder`, as `render` tells them; `suffix` ends the name of a file.

    Nothing but this process writes to `.sent` at a time: the caller holds the lock of the accounts.
    """

    folder: Path
    render: Callable[[tuple[Standing, ...]], bytes]
    suffix: str = ".csv"

    @property
    def name(self) -> str:
        """The venue's word."""
        return "file"

    @property
    def live(self) -> bool:
        """It moves nothing by itself: a person does, who has approved."""
        return False

    @property
    def unique(self) -> bool:
        """Whoever reads the file takes it twice if it is given twice."""
        return False

    @property
    def answers(self) -> bool:
        """Whether the notes of what was exported are in reach: without them `find` would say that nothing ever was."""
        return (self.folder / _NOTES).is_dir()

    def ready(self) -> None:
        """Make the folder of the notes, which lasts. Raises NotSent."""
        try:
            (self.folder / _NOTES).mkdir(parents=True, exist_ok=True)
            _keep_names(self.folder)
        except OSError as fault:
            what = f"{self.folder} cannot be written ({fault.strerror})"
            raise NotSent(what, remedy="Nothing was sent: name another folder, or make room.") from fault

    def export(
        self, stamped: Any, orders: Sequence[str], store: OrderStore, within: Callable[[], None] = lambda: None
    ) -> Exported:
        """Send approved orders in one file: INTENT of all, each of which asks `within`, the file, SENT of all.

        Before INTENT, raises DataError or InvariantError (no stamp, not approved, what cannot be told) and Halted. Raises
        NotSent where the file could not be written: its orders are CANCELLED, proved unsent; NoAnswer where the disk does
        not say whether it was: they are UNKNOWN. After a crash, `find` tells.
        """
        told = _approved(stamped, orders, store)
        if twice := next((order for order in orders if self.find(order)), ""):
            raise InvariantError(f"order {twice} was exported before, and the book does not know", remedy="Reconcile first.")
        raw = self.render(tuple(replace(one, venue=self.name) for one in told))
        intended: list[str] = []
        try:
            for order in orders:
                store.intend(order, self.name, _ZERO, within)
                intended.append(order)
            done = self._deliver(orders, raw)
        except Exception as fault:
            fate = Status.UNKNOWN if isinstance(fault, NoAnswer) else Status.CANCELLED
            for order in intended:
                store.move(order, fate, f"not exported: {fault}")
            raise
        for order in orders:
            store.record(_sent(order, done.path.name), self.name)
        return done

    def again(self, stamped: Any, orders: Sequence[str], reason: str) -> Exported:
        """Another file of orders that were exported together before, in case that one was lost; the caller journals `reason`.

        Raises DataError without a reason, or for orders that were not sent in one file.
        """
        if not reason.strip():
            raise DataError("exporting again needs a reason", remedy="A file that is read twice trades twice.")
        tickets = [ticket_of(stamped, order) for order in orders]
        before = [one for one in self._sent() if tuple(one["orders"]) == tuple(orders)]
        if not before:
            raise DataError("these orders were not exported together before", remedy="Export them first.")
        raw = self.render(tuple(Standing(one, Status.SENT, venue=self.name) for one in tickets))
        return self._deliver(orders, raw, edition=1 + max(int(one["edition"]) for one in before), reason=reason)

    def submit(self, stamped: Any, order: str) -> Report:
        """A file of one order, unless it is in one already. The caller has committed its INTENT."""
        if found := self.find(order):
            return found
        standing = Standing(ticket_of(stamped, order), Status.INTENT, venue=self.name)
        return _sent(order, self._deliver((order,), self.render((standing,))).path.name)

    def cancel(self, order: str) -> NoReturn:
        """A file cannot be called back. Raises NotSent."""
        remedy = "Cancel it where the file was taken to, then reconcile."
        raise NotSent(f"order {order} left in a file, which cannot be called back", remedy=remedy)

    def find(self, order: str) -> Report | None:
        """Sent, with the name of the file, if it ever was in its place; None: it was not, and will not be.

        Raises NoAnswer where a note does not read.
        """
        notes = [one for one in self._sent() if order in one["orders"]]
        return _sent(order, min(notes, key=lambda one: one["edition"])["file"]) if notes else None

    def reports(self, since: date) -> tuple[Report, ...]:
        """Every order whose note was written on or after that day (UTC, by the disk). Raises NoAnswer."""
        return tuple(_sent(order, str(one["file"])) for one in self._sent(since) for order in one["orders"])

    def positions(self, account: str) -> Mapping[str, Decimal] | None:
        """A file tells nothing of positions."""
        return None

    def _sent(self, since: date = date.min) -> Iterator[dict[str, Any]]:
        """The notes of files that have been in their place, by name."""
        try:
            for path in sorted((self.folder / _NOTES).glob(f"*{_NOTE}")):
                note = _note(path)
                day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
                if day >= since and (not path.with_suffix(_DRAFT).exists() or (self.folder / note["file"]).exists()):
                    yield note
        except OSError as fault:
            raise NoAnswer(f"{self.folder} cannot be read ({fault.strerror})", remedy="Restore it, then reconcile.") from fault

    def _deliver(self, orders: Sequence[str], raw: bytes, *, edition: int = 1, reason: str = "") -> Exported:
        """The three steps. Raises NotSent where the file was not put in its place, NoAnswer where that is not sure."""
        key = hashlib.sha256("\n".join(orders).encode()).hexdigest()
        stem = f"orders-{key}" + (f"-{edition}" if edition > 1 else "")
        place, note = self.folder / f"{stem}{self.suffix}", self.folder / _NOTES / f"{stem}{_NOTE}"
        done = Exported(place, hashlib.sha256(raw).hexdigest(), tuple(orders), edition)
        try:
            self._prepare(note, place)
            _write(note.with_suffix(_DRAFT), raw)
            _write_note(note, done, reason)
            _refuse_existing(place)
        except OSError as fault:
            what = f"{place.name} could not be written ({fault.strerror or fault})"
            raise NotSent(what, where=str(self.folder), remedy="Nothing was sent: make room, then try again.") from fault
        try:
            note.with_suffix(_DRAFT).rename(place)
            _keep_names(self.folder, note.parent)
        except OSError as fault:
            what = f"whether {place.name} got to its place is not sure ({fault.strerror or fault})"
            raise NoAnswer(what, where=str(self.folder), remedy="Look at the disk, then reconcile.") from fault
        return done

    def _prepare(self, note: Path, place: Path) -> None:
        """A place for the file, and nothing left of an attempt that did not get there."""
        if not re.fullmatch(r"\.[A-Za-z0-9]{1,8}", self.suffix):
            raise DataError(f"a file cannot end with {self.suffix!r}", remedy="Use .csv, .txt or .fix.")
        note.parent.mkdir(parents=True, exist_ok=True)
        _refuse_existing(place)
        draft = note.with_suffix(_DRAFT)
        if note.exists() and not draft.exists():
            raise NotSent(f"{place.name} was exported before", remedy="Export it again with a reason.")
        note.unlink(missing_ok=True)  # the note before its draft: a note alone would say that it was sent
        _keep_names(note.parent)
        draft.unlink(missing_ok=True)


def _approved(stamped: Any, orders: Sequence[str], store: OrderStore) -> list[Standing]:
    """The standings of orders that may all go. Raises before anything is moved."""
    if not orders or len(set(orders)) < len(orders):
        raise DataError("an export names every order once, and at least one", remedy="Nothing was exported.")
    told = [store.standing(order) for order in orders]
    for one in told:
        if ticket_of(stamped, one.id) != one.ticket:
            raise InvariantError(f"order {one.id} was changed after it was stamped", remedy="Nothing was exported.")
        if one.status is not Status.APPROVED:
            raise DataError(f"order {one.id} is {one.status.value}", remedy="Approve it, or leave it out.")
        if one.ticket.account and store.state(one.ticket.account) is TradingState.HALTED:
            raise Halted(f"{one.ticket.account} is halted", remedy="Nothing was exported: trimtab release.")
    return told


def _sent(order: str, file: str) -> Report:
    return Report(order, Status.SENT, venue_id=file)


def _refuse_existing(place: Path) -> None:
    if place.exists() or place.is_symlink():
        raise NotSent(f"{place.name} stands there already", where=str(place.parent), remedy="It is not overwritten.")


def _note(path: Path) -> dict[str, Any]:
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(note["orders"], list) and isinstance(note["file"], str) and isinstance(note["edition"], int):
            return dict(note)
    except (ValueError, TypeError, KeyError):
        pass
    raise NoAnswer("a note of what was exported does not read", where=str(path), remedy="Restore it, then reconcile.")


def _write_note(path: Path, done: Exported, reason: str) -> None:
    """The note, whole or not at all."""
    told = {"orders": done.orders, "file": done.path.name, "sha256": done.sha256, "edition": done.edition, "reason": reason}
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    _write(part, json.dumps(told, allow_nan=False).encode())
    part.rename(path)
    _keep_names(path.parent)


def _write(path: Path, raw: bytes) -> None:
    """A new file, on disk with its name."""
    with path.open("xb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    _keep_names(path.parent)


def _keep_names(*folders: Path) -> None:
    """The names in the folders, on disk; where a system cannot do that to folders, it does so by itself."""
    if os.name == "nt":
        return
    for folder in folders:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
