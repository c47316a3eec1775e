"""A server on this machine that plays a script of answers, good and bad, and writes down what it was asked."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from trimtab.data.sources.wire import Patience

QUICK = Patience(tries=3, pause=0.002, longest_pause=0.02, connect=2.0, silence=2.0, answer=10.0, most_bytes=100_000)
HASTY = Patience(tries=3, pause=0.002, longest_pause=0.02, connect=2.0, silence=2.0, answer=0.15, most_bytes=100_000)


@dataclass(frozen=True, slots=True)
class Step:
    """One answer. `body` None: the good one. `how`: whole, cut, drip, drip in the header, reset, or silent."""

    status: int = 200
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    how: str = "whole"
    packed: bool = False


GOOD = Step()


class Loopback:
    """Serves `good` bodies by the beginning of the path; the steps of `script` are played first, one a request."""

    def __init__(self, good: Mapping[str, bytes], script: Iterable[Step] = ()) -> None:
        self.good, self.script = good, iter(script)
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.play = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Loopback:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def next(self) -> Step:
        return next(self.script, GOOD)

    def body(self, path: str) -> bytes:
        return next((body for start, body in self.good.items() if path.startswith(start)), b"not in the script")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    play: Loopback

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the play."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the standard library
        """Say nothing."""

    def do_GET(self) -> None:
        play = self.server.play
        play.asked.append((self.path, dict(self.headers)))
        step = play.next()
        body = play.body(self.path) if step.body is None else step.body
        if step.packed:
            body = gzip.compress(body)
        with suppress(OSError):
            getattr(self, f"_{step.how.replace(' ', '_')}")(step, body)
        self.close_connection = True

    def _head(self, step: Step, length: int) -> None:
        self.send_response(step.status)
        for name, value in step.headers.items():
            self.send_header(name, value)
        if step.packed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _whole(self, step: Step, body: bytes) -> None:
        self._head(step, len(body))
        self.wfile.write(body)

    def _cut(self, step: Step, body: bytes) -> None:
        self._head(step, len(body) + 100)
        self.wfile.write(body)

    def _drip(self, step: Step, body: bytes) -> None:
        self._head(step, len(body))
        for byte in self._slowly(body):
            self.wfile.write(byte)

    def _drip_in_the_header(self, step: Step, body: bytes) -> None:
        for byte in self._slowly(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 10_000):
            self.wfile.write(byte)

    def _drip_between_chunks(self, step: Step, body: bytes) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for byte in self._slowly(b"1;" + b"x" * 10_000):
            self.wfile.write(byte)

    def _chunked(self, step: Step, body: bytes) -> None:
        half = len(body) // 2
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for part in (body[:half], body[half:], b""):
            self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")

    def _chunks_cut(self, step: Step, body: bytes) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + f"{len(body) + 9:x}\r\n".encode() + body)

    def _silent(self, step: Step, body: bytes) -> None:
        self.server.play.closing.wait(5.0)

    def _reset(self, step: Step, body: bytes) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._head(step, len(body))
        self.wfile.flush()
        self.connection.close()

    def _slowly(self, data: bytes) -> Iterator[bytes]:
        for byte in data:
            if self.server.play.closing.is_set():
                return
            time.sleep(0.01)
            yield bytes([byte])
