"""A loopback server that answers as Alpaca's trading API (version 2) does, and breaks as networks do.

It keeps orders and fills, checks keys, refuses a client id that it has seen, and counts every request. A fault is put on a
kind of request (`submit`, `find`, `order`, `cancel`, `fills`, `orders`, `positions`) and stays until it is taken off.
Shapes: the models of alpaca-py and Alpaca's published API reference.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import NAMESPACE_URL, uuid5

KEY, SECRET = "PKCANARY5EA5DEADBEEF", "canarySecret0f1e2d3c4b5a69788796a5b4"
LIVE_KEY, LIVE_SECRET = "AKCANARY11FEDEADBEEF", "canaryLive998877665544332211aabbcc"
KEYS = {"TRIMTAB_ALPACA_KEY": KEY, "TRIMTAB_ALPACA_SECRET": SECRET}
LIVE_KEYS = {"TRIMTAB_ALPACA_LIVE_KEY": LIVE_KEY, "TRIMTAB_ALPACA_LIVE_SECRET": LIVE_SECRET}
_KINDS = {"orders": "orders", "orders:by_client_order_id": "find", "positions": "positions"}
_STARTED = "2026-01-05T14:31:00.123456789Z"
PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@dataclass
class State:
    """What the broker has, and what was asked of it."""

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)  # by client id
    fills: list[dict[str, Any]] = field(default_factory=list)
    positions: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)  # kind, headers, body
    faults: dict[str, str] = field(default_factory=dict)  # kind of request -> fault
    hidden_fills: int = 0  # how many of the latest are not told yet
    knows_filter: bool = True  # whether it chooses fills by order
    turns_pages: bool = True
    released: threading.Event = field(default_factory=threading.Event)

    def count(self, kind: str) -> int:
        return sum(one == kind for one, _, _ in self.requests)

    def fill(self, client_id: str, units: str, price: str, at: str = "2026-01-05T14:32:00.5Z", *, told: bool = True) -> None:
        """Fill some of an order; not `told`: the order does not say so."""
        order = self.orders[client_id]
        done = float(order["filled_qty"]) + float(units)
        if told:
            order["filled_qty"], order["filled_avg_price"] = f"{done:g}", price
            order["status"] = "filled" if done == float(order["qty"]) else "partially_filled"
        self.fills.append(
            {
                "id": f"20260105143200500::{uuid5(NAMESPACE_URL, f'fill {len(self.fills):06}')}",
                "activity_type": "FILL",
                "transaction_time": at,
                "type": "fill" if order["status"] == "filled" else "partial_fill",
                "price": price,
                "qty": units,
                "side": order["side"],
                "symbol": order["symbol"],
                "leaves_qty": f"{float(order['qty']) - done:g}",
                "order_id": order["id"],
                "cum_qty": f"{done:g}",
                "order_status": order["status"],
            }
        )

    def put(self, client_id: str, qty: str = "10", at: str = _STARTED, **rest: Any) -> dict[str, Any]:
        """An order as the broker tells it."""
        name = str(uuid5(NAMESPACE_URL, f"order {client_id}"))
        order = {
            "id": name,
            "client_order_id": client_id,
            "created_at": at,
            "updated_at": at,
            "submitted_at": at,
            "filled_at": None,
            "expired_at": None,
            "canceled_at": None,
            "failed_at": None,
            "replaced_at": None,
            "replaced_by": None,
            "replaces": None,
            "asset_id": str(uuid5(NAMESPACE_URL, "SPY")),
            "symbol": "SPY",
            "asset_class": "us_equity",
            "notional": None,
            "qty": qty,
            "filled_qty": "0",
            "filled_avg_price": None,
            "order_class": "",
            "order_type": "market",
            "type": "market",
            "side": "buy",
            "position_intent": "buy_to_open",
            "time_in_force": "day",
            "limit_price": None,
            "stop_price": None,
            "status": "accepted",
            "extended_hours": False,
            "legs": None,
            "trail_percent": None,
            "trail_price": None,
            "hwm": None,
            "subtag": None,
            "source": None,
        }
        self.orders[client_id] = {**order, **rest}
        return self.orders[client_id]

    def by_id(self, name: str) -> dict[str, Any] | None:
        return next((one for one in self.orders.values() if one["id"] == name), None)


Answer = tuple[int, Any]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        pass

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        state: State = self.server.state
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        path, query = url.path.removeprefix("/v2/"), {name: x[0] for name, x in parse_qs(url.query).items()}
        kind = self._kind(path)
        state.requests.append((kind, dict(self.headers), json.loads(body) if body else query))
        fault = state.faults.get(kind, "")
        with suppress(OSError):
            if getattr(self, f"_fault_{fault}", self._no_fault)(lambda: self._answer(kind, path, query, body), fault):
                self.close_connection = True

    def _kind(self, path: str) -> str:
        if path.startswith("account/activities/FILL"):
            return "fills"
        if path.startswith("orders/"):
            return "cancel" if self.command == "DELETE" else "order"
        return "submit" if self.command == "POST" else _KINDS.get(path, "other")

    def _no_fault(self, answer: Any, fault: str) -> bool:
        """The answer; or the refusal of a status that stands in the fault (`500 done`: after doing what was asked)."""
        if not fault:
            self._send(*answer())
            return False
        status, _, done = fault.partition(" ")
        if done:
            answer()
        self._send(int(status), _REFUSALS[status])
        return False

    def _fault_drop_request(self, answer: Any, fault: str) -> bool:
        return True

    def _fault_drop_answer(self, answer: Any, fault: str) -> bool:
        answer()
        return True

    def _fault_slow(self, answer: Any, fault: str) -> bool:
        made = answer()
        self.server.state.released.wait(5)
        self._send(*made)
        return True

    def _fault_reset(self, answer: Any, fault: str) -> bool:
        answer()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        return True

    def _fault_half_open(self, answer: Any, fault: str) -> bool:
        status, made = _with_body(*answer())
        self._head(status, len(json.dumps(made)))
        self.wfile.flush()
        self.server.state.released.wait(5)
        return True

    def _fault_html(self, answer: Any, fault: str) -> bool:
        answer()
        self._raw(200, PAGE, "text/html")
        return False

    def _fault_html_502(self, answer: Any, fault: str) -> bool:
        answer()
        self._raw(502, PAGE, "text/html")
        return False

    def _fault_html_404(self, answer: Any, fault: str) -> bool:
        self._raw(404, PAGE, "text/html")
        return False

    def _fault_cut(self, answer: Any, fault: str) -> bool:
        """Less than was announced."""
        status, made = _with_body(*answer())
        text = json.dumps(made).encode()
        self._head(status, len(text))
        self.wfile.write(text[: len(text) // 2])
        return True

    def _fault_cut_short(self, answer: Any, fault: str) -> bool:
        """As much as was announced, but no whole JSON."""
        status, made = _with_body(*answer())
        self._raw(status, json.dumps(made).encode()[:-5])
        return False

    def _fault_other(self, answer: Any, fault: str) -> bool:
        """JSON, but not what was asked for."""
        answer()
        self._send(200, {"hello": "world"})
        return False

    def _fault_redirect(self, answer: Any, fault: str) -> bool:
        self.send_response(302)
        self.send_header("Location", "http://127.0.0.1:1/v2/orders")
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False

    def _fault_duplicate(self, answer: Any, fault: str) -> bool:
        """The request comes twice; the answer is that to the second one."""
        answer()
        self._send(*answer())
        return False

    def _fault_echo(self, answer: Any, fault: str) -> bool:
        """An error page that repeats what it was sent, keys and all."""
        self._send(422, {"code": 1, "message": f"bad request: {dict(self.headers)}"})
        return False

    def _answer(self, kind: str, path: str, query: dict[str, str], body: bytes) -> Answer:
        keys = (self.headers.get("APCA-API-KEY-ID"), self.headers.get("APCA-API-SECRET-KEY"))
        if keys not in self.server.keys:
            return 401, _REFUSALS["401"]
        made: Answer = getattr(self, f"_do_{kind}", _unknown)(path, query, body)
        return made

    def _do_submit(self, path: str, query: dict[str, str], body: bytes) -> Answer:
        asked, state = json.loads(body), self.server.state
        if asked["client_order_id"] in state.orders:
            return 422, {"code": 40010001, "message": "client_order_id must be unique"}
        rest = {name: asked[name] for name in ("symbol", "side", "type", "time_in_force", "limit_price") if name in asked}
        return 200, state.put(asked["client_order_id"], asked["qty"], **rest)

    def _do_find(self, path: str, query: dict[str, str], body: bytes) -> Answer:
        name = query["client_order_id"]
        order = self.server.state.orders.get(name)
        return (200, order) if order else (404, {"code": 40410000, "message": f"order not found for {name}"})

    def _do_order(self, path: str, query: dict[str, str], body: bytes) -> Answer:
        order = self.server.state.by_id(path.removeprefix("orders/"))
        return (200, order) if order else (404, {"code": 40410000, "message": "order not found"})

    def _do_cancel(self, path: str, query: dict[str, str], body: bytes) -> Answer:
        order = self.server.state.by_id(path.removeprefix("orders/"))
        if order is None:
            return 404, {"code": 40410000, "message": "order not found"}
        if order["status"] in {"filled", "canceled", "expired", "rejected"}:
            return 422, {"code": 42210000, "message": f'order is already in "{order["status"]}" state'}
        order["status"] = "canceled"
        return 204, None

    def _do_fills(self, path: str, query: dict[str, str], body: bytes) -> Answer:
        state = self.server.state
        told = state.fills[: len(state.fills) - state.hidden_fills]
        told = [one for one in told if one["transaction_time"] > query["after"]]
        if state.knows_filter and "order_id" in query:
            told = [one for one in told if one["order_id"] == query["order_id"]]
        if (token := query.get("page_token")) and state.turns_pages:
            told = told[1 + [one["id"] for one in told].index(token) :]
        return 200, told[: int(query["page_size"])]

    def _do_orders(self, path: str, query: dict[str, str], body: bytes) -> Answer:
        told = sorted(self.server.state.orders.values(), key=lambda one: one["submitted_at"])
        if query["status"] == "open":
            told = [one for one in told if one["status"] in {"accepted", "new", "partially_filled"}]
        return 200, [one for one in told if one["submitted_at"] > query.get("after", "")][: int(query["limit"])]

    def _do_positions(self, path: str, query: dict[str, str], body: bytes) -> Answer:
        return 200, self.server.state.positions

    def _send(self, status: int, made: Any) -> None:
        self._raw(status, b"" if made is None else json.dumps(made).encode())

    def _raw(self, status: int, text: bytes, kind: str = "application/json; charset=UTF-8") -> None:
        self._head(status, len(text), kind)
        self.wfile.write(text)

    def _head(self, status: int, length: int, kind: str = "application/json; charset=UTF-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status != 204:
            self.send_header("Content-Length", str(length))
        self.end_headers()


def _with_body(status: int, made: Any) -> Answer:
    """An answer that can be cut, where there is nothing to say as well."""
    return (status, made) if made else (200, {"message": "accepted"})


def _unknown(path: str, query: dict[str, str], body: bytes) -> Answer:
    return 404, {"message": "endpoint not found."}


_REFUSALS: dict[str, Any] = {
    "401": {"message": "unauthorized."},
    "403": {"code": 40310000, "message": "insufficient buying power", "buying_power": "12.34", "cost_basis": "1000"},
    "404": {"message": "endpoint not found."},
    "422": {"code": 42210000, "message": "fractional orders must be DAY orders"},
    "429": {"code": 42910000, "message": "rate limit exceeded"},
    "500": {"code": 50010000, "message": "internal server error occurred"},
    "503": {"code": 50310000, "message": "service unavailable"},
    "504": {"code": 50410000, "message": "request timed out"},
}


@contextmanager
def alpaca_server() -> Iterator[tuple[str, State]]:
    """The address of a server, and its state."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.state, server.keys = State(), {(KEY, SECRET), (LIVE_KEY, LIVE_SECRET)}
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", server.state
    finally:
        server.state.released.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
