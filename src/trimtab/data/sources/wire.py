"""One request over HTTP and its whole answer, within limits: nothing here hangs, swells or follows anybody elsewhere.

A watch cuts every connection when the time for the whole answer is up, so that a server that drips (in its headers, its
body or between chunks) ends as surely as one that is silent. The body must be as long as was announced; gzip is unpacked
here, up to the cap.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import TracebackType
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

from trimtab.data.sources.keys import MASK, Login


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often a vendor is asked. Times are seconds; `answer` covers all tries and pauses together."""

    tries: int = 4
    pause: float = 0.5  # before the third try, then doubled; the second comes at once
    longest_pause: float = 20.0  # also of what a vendor asks for in Retry-After
    connect: float = 10.0
    silence: float = 30.0
    answer: float = 120.0
    most_bytes: int = 64 * 2**20  # of an answer, packed or unpacked


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked: an address taken apart, `path` and `query` already written as an address wants them."""

    scheme: str
    host: str
    port: int
    path: str
    query: str = ""
    login: Login | None = None

    @property
    def origin(self) -> tuple[str, str, int]:
        """What must stay the same over a redirect."""
        return self.scheme, self.host, self.port

    def target(self) -> str:
        """Path and query as they are sent, the key among them."""
        parts = [self.query] if self.query else []
        if self.login and self.login.query:
            parts.append(urlencode({self.login.query: self.login.secret.reveal()}))
        return self.path + ("?" + "&".join(parts) if parts else "")

    def headers(self) -> dict[str, str]:
        """The headers as they are sent, the key among them."""
        made = {"Accept-Encoding": "gzip", "User-Agent": "trimtab", "Connection": "close"}
        if self.login and self.login.header:
            made[self.login.header] = self.login.prefix + self.login.secret.reveal()
        return made


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, unpacked."""

    status: int
    headers: Mapping[str, str] = field(repr=False)  # vendors repeat keys in what they answer
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no whole answer, in our own words, and whether another try may help."""

    what: str
    again: bool


def scrubbed(text: str, login: Login | None) -> str:
    """`text` without the key, in any of the ways in which an address or JSON may write it."""
    if login is None:
        return text
    for form in (str, quote, quote_plus, lambda raw: raw.replace("/", "\\/")):
        text = text.replace(form(login.secret.reveal()), MASK)
    return text


@dataclass(slots=True)
class Watch:
    """Cuts the connections that were opened under it when its seconds are over."""

    seconds: float
    _end: float = 0.0
    _sockets: list[socket.socket] = field(default_factory=list)
    _timer: threading.Timer | None = None

    def __enter__(self) -> Watch:
        self._end = time.monotonic() + self.seconds
        self._timer = threading.Timer(self.seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()

    @property
    def left(self) -> float:
        """Seconds until the end, never below zero."""
        return max(0.0, self._end - time.monotonic())

    def add(self, opened: socket.socket) -> None:
        """Watch a connection."""
        self._sockets.append(opened)
        if self.left == 0.0:
            self._cut()

    def _cut(self) -> None:
        for opened in tuple(self._sockets):
            with contextlib.suppress(OSError):  # it may be closed already
                opened.shutdown(socket.SHUT_RDWR)


def exchange(call: Call, patience: Patience, watch: Watch) -> Reply | Fault:
    """Ask once. Never raises for what the network or the server does."""
    errors = import_module("urllib3").exceptions
    try:
        with _opened(call, watch) as pool, _unlogged(call.login):
            answer = _asked(pool, call, patience, watch)
            try:
                got = _read(answer, patience.most_bytes, watch)
            finally:
                answer.close()
        return got if watch.left else _late(watch)
    except errors.SSLError:
        return Fault("its certificate is not trusted, or it speaks no TLS", again=False) if watch.left else _late(watch)
    except (errors.HTTPError, OSError, ValueError) as error:  # ValueError: a header that cannot be read
        return Fault(_words(error, errors), again=True) if watch.left else _late(watch)


def _opened(call: Call, watch: Watch) -> Any:
    """A pool whose connections stand under the watch."""
    urllib3 = import_module("urllib3")
    if call.scheme == "https":
        trusted = import_module("certifi").where()
        pool = urllib3.HTTPSConnectionPool(call.host, call.port, ca_certs=trusted, cert_reqs="CERT_REQUIRED")
    else:
        pool = urllib3.HTTPConnectionPool(call.host, call.port)
    kind = pool.ConnectionCls

    class Watched(kind):  # type: ignore[misc, valid-type]
        def connect(self) -> None:
            super().connect()
            watch.add(self.sock)

    pool.ConnectionCls = Watched
    return pool


def _asked(pool: Any, call: Call, patience: Patience, watch: Watch) -> Any:
    left = max(watch.left, 0.001)
    limit = import_module("urllib3").Timeout(connect=min(patience.connect, left), read=min(patience.silence, left))
    how = {"retries": False, "redirect": False, "preload_content": False, "decode_content": False, "timeout": limit}
    return pool.urlopen("GET", call.target(), headers=call.headers(), **how)


def _read(answer: Any, most: int, watch: Watch) -> Reply | Fault:
    announced = answer.headers.get("Content-Length", "")
    packed = bytearray()
    while chunk := answer.read1(65_536, decode_content=False):
        packed += chunk
        if len(packed) > most:
            return Fault(f"its answer is larger than {most} bytes", again=False)
        if not watch.left:
            return _late(watch)
    if announced.isdecimal() and int(announced) != len(packed):
        return Fault("its answer was cut short", again=True)
    body = _unpacked(bytes(packed), answer.headers.get("Content-Encoding", "").strip().lower(), most)
    return body if isinstance(body, Fault) else Reply(answer.status, dict(answer.headers), body)


def _unpacked(data: bytes, encoding: str, most: int) -> bytes | Fault:
    if encoding in ("", "identity"):
        return data
    if encoding not in ("gzip", "x-gzip"):
        return Fault("its answer is packed in a way that was not asked for", again=False)
    machine = zlib.decompressobj(wbits=31)
    try:
        body = machine.decompress(data, most + 1)
    except zlib.error:
        return Fault("its answer is damaged gzip", again=True)
    if len(body) > most:
        return Fault(f"its answer unpacks to more than {most} bytes", again=False)
    return body if machine.eof and not machine.unused_data else Fault("its answer is damaged gzip", again=True)


def _late(watch: Watch) -> Fault:
    return Fault(f"its answer was not complete after {watch.seconds:g} seconds", again=False)


def _words(error: Exception, errors: Any) -> str:
    """What went wrong. The error's own text names the address, so it is not used."""
    kinds = (
        (errors.NameResolutionError, "its address is not known (is this machine on the network?)"),
        (errors.ConnectTimeoutError, "it cannot be reached in time"),
        (errors.NewConnectionError, "it cannot be reached"),
        (errors.TimeoutError, "it falls silent"),
        (errors.IncompleteRead, "its answer was cut short"),
    )
    broken = isinstance(error, errors.ProtocolError) and len(error.args) > 1
    if broken and "IncompleteRead" in type(error.args[1]).__name__:
        return "its answer was cut short"
    return next((words for kind, words in kinds if isinstance(error, kind)), "the connection broke")


@contextlib.contextmanager
def _unlogged(login: Login | None) -> Iterator[None]:
    """Keep the key out of what urllib3 writes to its log: it writes the path and query of each request."""

    def clean(record: logging.LogRecord) -> bool:
        record.msg, record.args = scrubbed(record.getMessage(), login), ()
        return True

    log = logging.getLogger("urllib3.connectionpool")
    log.addFilter(clean)
    try:
        yield
    finally:
        log.removeFilter(clean)
