"""The line to a venue that outlives its callers: a faulty venue in the parent, asked over a socket by a child that dies.

What the venue knows is the truth (tests/execution/faulty_venue.py). The parent serves one child at a time and needs no
thread: it waits for a question, for the end of the child, or for the moment at which it kills it.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import socket
import struct
import time
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tests.execution.faulty_venue import Batch, FaultyVenue
from trimtab.core.venues import NoAnswer, NotSent, Report
from trimtab.execution.brokers.stamp import ticket_of

Cross = Callable[[str], None]
_HEAD = struct.Struct("!I")
PATIENCE = 60.0  # seconds after which a child is stuck


def framed(what: object) -> bytes:
    body = pickle.dumps(what)
    return _HEAD.pack(len(body)) + body


class Line:
    """The venue as a child sees it. It takes the same order twice (`unique` is False): nothing but the outbox prevents that."""

    name, live, unique = "faulty", False, False

    def __init__(self, end: socket.socket, cross: Cross) -> None:
        self._end, self._cross = end, cross

    def submit(self, stamped: Any, order: str) -> Report:
        return self._ask("submit", ticket_of(stamped, order))

    def cancel(self, order: str) -> Report:
        return self._ask("cancel", order)

    def find(self, order: str) -> Report | None:
        return self._ask("find", order)

    def reports(self, since: date) -> tuple[Report, ...]:
        return self._ask("reports", since)

    def positions(self, account: str) -> Mapping[str, Decimal] | None:
        return self._ask("positions", account)

    def wait(self) -> Any:
        """Some time passes, and the market with it; the instant afterwards."""
        return self._ask("wait", None)

    def _ask(self, verb: str, what: object) -> Any:
        message = framed((verb, what))
        self._cross(f"{verb}: before its first byte")
        self._end.sendall(message[:5])
        self._cross(f"{verb}: after its first byte")
        self._end.sendall(message[5:])
        self._cross(f"{verb}: after its last byte")
        kind, answer = pickle.loads(self._read(_HEAD.unpack(self._read(_HEAD.size))[0]))
        self._cross(f"{verb}: after the answer")
        if kind != "answer":
            raise {"NoAnswer": NoAnswer, "NotSent": NotSent}.get(kind, ValueError)(answer)
        return answer

    def _read(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            part = self._end.recv(count - len(found))
            if not part:
                raise NoAnswer("the line is dead")
            found += part
        return found


class Served:
    """A child as the parent sees it: it answers its questions, and kills it where and when it is told to.

    `point` is `arrived` or `answering`: the venue has the message, and none or half of the answer has left, the `nth` time.
    """

    def __init__(self, venue: FaultyVenue, start: Mapping[str, Decimal], point: str = "", nth: int = 0) -> None:
        self.venue, self.start, self.point, self.nth = venue, start, point, nth
        self.shot = False

    def until_its_end(self, child: int, end: socket.socket, after: float | None = None) -> int:
        """How the child ended: 0, 1 or minus the signal. It is killed `after` so many seconds, if it lives so long."""
        begun, heard = time.monotonic(), b""
        while True:
            left = (PATIENCE if after is None else after) - (time.monotonic() - begun)
            if left <= 0 and not self.shot:
                self._shoot(child)
                after = PATIENCE
            ready, _, _ = select.select([end], [], [], max(left, 0.0) if not self.shot else 1.0)
            if not ready:
                continue
            try:
                part = end.recv(65536)
            except ConnectionResetError:
                part = b""
            if not part:
                return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            heard = self._hear(heard + part, child, end)

    def _hear(self, heard: bytes, child: int, end: socket.socket) -> bytes:
        """Answer every whole message, and keep the rest."""
        while len(heard) >= _HEAD.size and len(heard) >= (size := _HEAD.size + _HEAD.unpack(heard[: _HEAD.size])[0]):
            verb, what = pickle.loads(heard[_HEAD.size : size])
            heard = heard[size:]
            answer = framed(self._answered(verb, what))
            self.nth -= verb == "submit" and self.point != ""
            if verb == "submit" and self.point and self.nth == 0:
                if self.point == "answering":
                    self._say(end, answer[: len(answer) // 2])
                self._shoot(child)
                continue
            self._say(end, answer)
        return heard

    def _answered(self, verb: str, what: Any) -> tuple[str, object]:
        try:
            if verb == "submit":
                return "answer", self.venue.submit(Batch((what,)), what.id)
            if verb == "wait":
                return "answer", self._passes()
            answer = getattr(self.venue, verb)(what)
        except Exception as error:  # noqa: BLE001 - whatever the venue raises, the child is to trip over the same
            return type(error).__name__, str(error)
        if verb == "positions":
            names = self.start.keys() | answer.keys()
            held = {name: self.start.get(name, Decimal(0)) + answer.get(name, Decimal(0)) for name in names}
            answer = {name: units for name, units in held.items() if units}
        return "answer", answer

    def _passes(self) -> object:
        self.venue.clock.wait(self.venue.chance.choice((30, 61, 90)))
        self.venue.work()
        return self.venue.clock.now()

    def _shoot(self, child: int) -> None:
        self.shot = True
        os.kill(child, signal.SIGKILL)

    @staticmethod
    def _say(end: socket.socket, words: bytes) -> None:
        try:
            end.sendall(words)
        except (BrokenPipeError, ConnectionResetError):
            return  # it died before it was answered
