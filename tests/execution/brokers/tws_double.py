r"""A double of Trader Workstation (TWS): a loopback server that speaks its wire protocol, with state and faults.

It follows server version 178 of the TWS API (`tws_shapes.py`): handshake `API\0` with a length-prefixed range of versions,
answer of version and time, startApi, then managedAccounts and nextValidId; after that requests and answers as TWS gives them.
A fault happens at one request, once; the double is sound again afterwards, and keeps what it took. As TWS does, it takes a
second order with the reference of the first: whoever sends it twice has two.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
import time
from collections.abc import Callable

from tests.execution.brokers import tws_shapes as shapes
from tests.execution.brokers.tws_shapes import Placed, packed

NAMES = {"3": "place", "4": "cancel", "7": "executions", "16": "open", "61": "positions", "99": "completed"}
TIME = "20260105 15:30:00 America/New_York"
Messages = list[list[object]]


class Tws:
    """The double. `fills` are rows of units and price that each new order gets at once; the rest of it stays open.

    `faults` are by request: `lost` (nothing happens), `hang` (it happens, nothing is answered), `die`, `answer then die`, `cut`
    (a part of the answer, then the end), `garble` (a field is missing), `slow`, `double`, `empty`, or a code of connectivity,
    which is told before the answer.
    """

    def __init__(self, accounts: str = "DU123456", seed: int = 0) -> None:
        self.accounts, self.random = accounts, random.Random(seed)
        self.orders: list[Placed] = []
        self.fills: list[tuple[float, float]] = []
        self.faults: dict[str, str | int] = {}
        self.greets = "well"
        self.refusal: tuple[int, str] | None = None
        self.notices: list[tuple[int, str]] = []
        self.commissions, self.currency, self.early, self.time = True, "USD", False, TIME
        self.positions: Messages = []
        self.stale, self.asked, self.slowness = False, list[str](), 0.2
        self.greeting: Messages = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.failures: list[str] = []
        self._lines: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        self.refuse()
        for one in self._lines:
            _end(one)
        for thread in self._threads:
            thread.join(5)
        assert not self.failures, self.failures

    def refuse(self) -> None:
        """Nobody listens any more."""
        _end(self._server)
        self._server.close()

    def hang_up(self) -> None:
        """The connections that stand are ended."""
        for one in self._lines:
            _end(one)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._lines.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                client = self._greet(connection)
                while client is not None and self._answer(connection, _read(connection), client):
                    pass
            except (OSError, EOFError):
                return
            except AssertionError as error:
                self.failures.append(str(error))

    def _greet(self, connection: socket.socket) -> int | None:
        """The handshake; the client's number, or None where it is not let in."""
        assert _exactly(connection, 4) == b"API\0"
        low, high = _exactly(connection, struct.unpack(">I", _exactly(connection, 4))[0]).lstrip(b"v").split(b"..")
        assert int(low) <= shapes.VERSION <= int(high)
        if self.greets == "never":
            _exactly(connection, 1)
        connection.sendall(packed([shapes.VERSION, "20260105 15:30:00 EST"]))
        start = _read(connection)
        assert start[:2] == ["71", "2"], start
        if self.greets == "in use":
            connection.sendall(packed(shapes.error(-1, 326, "Unable to connect as the client id is already in use.")))
            return None
        mine = [one.number for one in self.orders if one.client == int(start[2])]
        number = 1 if self.stale else max([1, *[number + 1 for number in mine]])
        connection.sendall(packed([15, 1, self.accounts]) + packed([9, 1, number]))
        for message in self.greeting:
            connection.sendall(packed(message))
        return int(start[2])

    def _answer(self, connection: socket.socket, fields: list[str], client: int) -> bool:
        """Does what is asked, with the fault that was written down for it. Whether the connection stands."""
        name = NAMES.get(fields[0], "")
        self.asked.append(name or fields[0])
        fault = self.faults.pop(name, "")
        if fault in {"lost", "die unread"}:
            return fault == "lost"
        handle: Callable[[list[str], int], Messages] = getattr(self, f"_{name}", lambda *_: [])
        messages = handle(fields, client)
        if isinstance(fault, int):
            messages = [shapes.error(-1, fault, f"Connectivity message {fault}"), *messages]
        if fault == "empty":
            messages = messages[-1:] if name != "executions" else [one for one in messages if one[0] == 55]
        if fault == "slow":
            time.sleep(self.slowness)
        if fault in {"hang", "die"}:
            return fault == "hang"
        connection.sendall(self._wire(messages, str(fault)))
        return fault not in {"cut", "answer then die"}

    def _wire(self, messages: Messages, fault: str) -> bytes:
        if fault == "garble":
            at = self.random.randrange(2, len(messages[0]) - 1)
            messages = [[*messages[0][:at], *messages[0][at + 1 :]], *messages[1:]]
        if fault == "double":
            messages = [one for one in messages for _ in range(2)]
        wire = b"".join(map(packed, messages))
        return wire[: self.random.randrange(5, len(packed(messages[0])))] if fault == "cut" else wire

    def _place(self, fields: list[str], client: int) -> Messages:
        if self.refusal:
            return [shapes.error(int(fields[1]), *self.refusal)]
        one = shapes.read_order(fields, client, 1100000001 + len(self.orders))
        assert all((one.client, one.number) != (other.client, other.number) for other in self.orders), "a number in use"
        self.orders.append(one)
        before = [message for units, price in self.fills for message in self.fill(one, units, price)] if self.early else []
        taken = [shapes.open_order(one), shapes.order_status(one)]
        taken += [shapes.error(one.number, *notice) for notice in self.notices]
        if self.early:
            return [message for message in before if message[0] in {11, 59}] + taken
        return taken + [message for units, price in self.fills for message in self.fill(one, units, price)]

    def fill(self, one: Placed, units: float, price: float) -> Messages:
        """Fills some of an order; the messages that tell of it."""
        row = (f"0000e0d5.{one.perm:08x}.{len(one.fills) + 1:02d}.01", units, price)
        one.fills.append(row)
        one.status = "Filled" if one.filled == one.units else "Submitted"
        told = [shapes.execution(one, row, -1, self.time)]
        told += [shapes.commission(row, self.currency)] if self.commissions else []
        return [*told, shapes.open_order(one), shapes.order_status(one)]

    def correct(self, one: Placed, price: float) -> None:
        """The last execution of an order is corrected."""
        name, units, _ = one.fills[-1]
        head, _, tail = name.rpartition(".")
        one.fills.append((f"{head}.{int(tail) + 1:02d}", units, price))

    def _cancel(self, fields: list[str], client: int) -> Messages:
        number = int(fields[2])
        mine = [one for one in self.orders if (one.number, one.client) == (number, client)]
        if not mine:
            return [shapes.error(number, 10147, f"OrderId {number} that needs to be cancelled is not found.")]
        one = mine[0]
        if one.over:
            return [shapes.error(number, 10148, f"OrderId {number} that needs to be cancelled can not be cancelled.")]
        one.status = "Cancelled"
        return [shapes.order_status(one), shapes.error(number, 202, "Order Canceled - reason:")]

    def _open_orders(self) -> list[Placed]:
        return [one for one in self.orders if not one.over]

    def _open(self, fields: list[str], client: int) -> Messages:
        rows = [message for one in self._open_orders() for message in (shapes.open_order(one), shapes.order_status(one))]
        return [*rows, [53, 1]]

    def _completed(self, fields: list[str], client: int) -> Messages:
        return [*(shapes.completed_order(one, TIME) for one in self.orders if one.over), [102]]

    def _executions(self, fields: list[str], client: int) -> Messages:
        asked, rows = int(fields[2]), [(one, row) for one in self.orders for row in one.fills]
        told = [shapes.execution(one, row, asked, self.time) for one, row in rows]
        fees = [shapes.commission(row, self.currency) for _, row in rows if self.commissions]
        return [*told, [55, 1, asked], *fees]

    def _positions(self, fields: list[str], client: int) -> Messages:
        return [*self.positions, [62, 1]]


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it ended by itself
        connection.shutdown(socket.SHUT_RDWR)


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def _read(connection: socket.socket) -> list[str]:
    return _exactly(connection, struct.unpack(">I", _exactly(connection, 4))[0]).decode().split("\0")[:-1]
