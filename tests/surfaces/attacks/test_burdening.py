"""F10: nothing too large, too deep or too slow is taken, nothing breaks by it, and everybody else is served meanwhile."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from tests.surfaces.attacks.burdening import FORM, JSON, MANY, chunks, connection, head, patience, resident, spoken, swallowed
from tests.surfaces.attacks.holed import Holed
from tests.surfaces.web.served_desk import Served
from trimtab.surfaces.serving.guard import Guard
from trimtab.surfaces.serving.metrics import Metrics
from trimtab.surfaces.web import wire

FORMS = ("/sign-in", "/sign-out", "/do/kill", "/do/backtest", "/stop")


def cookie(served: Served) -> str:
    return f"trimtab={served.browser('one').cookies['trimtab']}"


def test_no_body_is_too_large_for_nothing(attacked: Served) -> None:
    held, before = cookie(attacked), resident(attacked.process.pid)
    for path in FORMS[:3]:
        for known in ("", held) if path != "/sign-out" else (held,):  # whoever is out already is not listened to
            assert not swallowed(attacked, path, FORM, cookie=known)
    for path in ("/api/v1/kill", "/api/v1/tokens"):
        assert not swallowed(attacked, path, JSON, cookie=held)
    assert spoken(attacked, head(attacked, "POST /sign-in", content_type=FORM, transfer_encoding="chunked"), chunks(30)) == 413
    assert resident(attacked.process.pid) - before < 40_000
    assert '"level": "error"' not in attacked.log.read_text()


def test_a_body_that_passes_is_seen(holed: Holed) -> None:
    for hole in ("", "large"):
        with holed.with_hole(hole):
            assert bool(swallowed(holed, "/policy", FORM, wait=1)) is bool(hole)


def test_what_is_odd_is_refused_and_breaks_nothing(attacked: Served) -> None:
    """Deep documents, many fields, long addresses and headers, methods and bytes that mean nothing."""
    held = cookie(attacked)
    api = {"cookie": held, "content_type": JSON, "idempotency_key": "deep", "authorization": f"Bearer {attacked.tokens['one']}"}
    bodies = [
        b"[" * 300_000,
        b'{"a":' * 150_000,
        b'"' + b"\\ud800" * 100_000,
        b"9" * 900_000,
        b"\xff\xfe",
        b"{" + b'"a":1,' * 90_000,
    ]
    asked = [(head(attacked, "POST /api/v1/kill", content_length=str(len(body)), **api), body) for body in bodies]
    fields = b"&".join(b"f%d=1" % k for k in range(20_000))
    asked += [
        (head(attacked, f"POST {path}", content_type=FORM, content_length=str(len(fields)), cookie=held), fields)
        for path in FORMS
    ]
    parts = b"--x\r\ncontent-disposition: form-data; name=a\r\n\r\n\r\n" * 2000
    multi = {"content_type": "multipart/form-data; boundary=x", "content_length": str(len(parts)), "cookie": held}
    asked.append((head(attacked, "POST /do/kill", **multi), parts))
    asked += [(head(attacked, f"GET /static/{'a' * size}.css"), b"") for size in (300, 5000, 60_000, 3_000_000)]
    asked += [(head(attacked, "GET /sign-in", **{f"x{k}": "a" * 1000 for k in range(3000)}), b"")]
    asked += [(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 50 + b"\r\n\r\n", b""), (head(attacked, "BREW /sign-in"), b"")]
    before = resident(attacked.process.pid)
    for beginning, body in asked:
        status = spoken(attacked, beginning, body)
        assert status == 0 or 400 <= status < 500, (beginning[:80], body[:20], status)
    assert attacked.browser().get("/healthz").status_code == 200
    assert resident(attacked.process.pid) - before < 60_000
    assert '"level": "error"' not in attacked.log.read_text()


def test_headers_without_end_do_not_fill_the_memory(attacked: Served) -> None:
    before = resident(attacked.process.pid)
    endless = [head(attacked, "GET /sign-in")[:-2], *(b"x-%d: %s\r\n" % (k, b"a" * 100_000) for k in range(300))]
    assert spoken(attacked, *endless) in (0, 400, 431)
    assert resident(attacked.process.pid) - before < 10_000


def test_slow_bodies_hold_nobody_up(attacked: Served) -> None:
    client = attacked.browser("one")
    client.get("/healthz")
    with ExitStack() as stack:
        for path in FORMS * 8:
            made = stack.enter_context(connection(attacked))
            made.sendall(head(attacked, f"POST {path}", content_type=FORM, content_length="900000") + b"name=")
        start = time.perf_counter()
        assert client.get("/healthz").status_code == 200
        assert client.post("/do/decide", data={"csrf": "x"}).status_code == 403
        assert time.perf_counter() - start < 3.0


@dataclass
class Wired:
    """A server whose application reads what it is sent and says so, in a thread."""

    url: str

    def browser(self, person: str = "") -> object:
        raise NotImplementedError

    csrf = browser


async def reading(scope: Scope, receive: Receive, send: Send) -> None:
    while scope["type"] == "http" and (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@contextmanager
def wired(protocol: type[asyncio.Protocol] | str) -> Iterator[Wired]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    guard = Guard(reading, Metrics())
    server = uvicorn.Server(uvicorn.Config(guard, port=port, http=protocol, log_level="critical", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield Wired(f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join(10)


def held_open(target: Wired) -> list[str]:
    """Connections on which nothing comes any more, and that are kept for long."""
    tries = {
        "nothing": [],
        "half a head": [head(target, "GET /")[:-2]],  # type: ignore[arg-type]
        "half a body": [head(target, "POST /", content_length="100"), b"a"],  # type: ignore[arg-type]
    }
    return [name for name, parts in tries.items() if patience(target, *parts, most=1.5) > 1.4]  # type: ignore[arg-type]


def test_a_connection_on_which_nothing_comes_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same server without the bounds."""
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(wire, "BODY_SECONDS", 0.3)
    with wired(wire.Bounded) as target:
        assert held_open(target) == []
        whole = head(target, "POST /", content_length=str(MANY // 6)) + b"a" * (MANY // 6)  # type: ignore[arg-type]
        assert spoken(target, whole, wait=5) == 200  # type: ignore[arg-type]
        with connection(target) as made:  # type: ignore[arg-type] - two requests on one connection
            for _ in range(3):
                made.sendall(head(target, "GET /"))  # type: ignore[arg-type]
                said = b""
                while not said.endswith(b"ok"):
                    said += made.recv(65_536)
    with wired("httptools") as target:
        assert held_open(target) == ["nothing", "half a head", "half a body"]
