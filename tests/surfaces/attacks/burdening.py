"""Requests that are too large, too deep, too many or never end (F10), as they go over the wire."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from tests.surfaces.attacks.attacked import Attacked

MANY = 2_000_000  # bytes, more than any form or document needs
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def spoken(target: Attacked, *parts: bytes, wait: float = 10.0) -> int:
    """The status that is answered to some bytes; 0 where the connection is closed without one, -1 where nothing comes."""
    with connection(target, wait) as made:
        with suppress(BrokenPipeError, ConnectionResetError):
            for part in parts:
                made.sendall(part)
        try:
            said = made.recv(65_536)
        except TimeoutError:
            return -1
        except ConnectionResetError:
            return 0
    return int(said.split(b" ", 2)[1]) if said.startswith(b"HTTP/") else 0


@contextmanager
def connection(target: Attacked, wait: float = 10.0) -> Iterator[socket.socket]:
    """A connection to the server."""
    place = urlsplit(target.url)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=wait) as made:
        yield made


def head(target: Attacked, line: str, **headers: str) -> bytes:
    """The beginning of a request."""
    given = {"host": urlsplit(target.url).netloc, **{name.replace("_", "-"): text for name, text in headers.items()}}
    return "\r\n".join([f"{line} HTTP/1.1", *(f"{name}: {text}" for name, text in given.items()), "", ""]).encode()


def chunks(count: int, content: bytes = b"a" * 100_000) -> bytes:
    """A body in pieces, whose length nobody says."""
    return b"".join(b"%x\r\n%s\r\n" % (len(content), content) for _ in range(count)) + b"0\r\n\r\n"


def swallowed(target: Attacked, path: str, kind: str, *, cookie: str = "", wait: float = 10.0) -> list[str]:
    """Bodies that are taken though they are too large, whether their length is said or not."""
    more = {"content_type": kind, "cookie": cookie, "idempotency_key": "large"}
    said = spoken(target, head(target, f"POST {path}", content_length=str(MANY), **more), b"a" * 1000, wait=wait)
    unsaid = spoken(
        target, head(target, f"POST {path}", transfer_encoding="chunked", **more), chunks(MANY // 100_000), wait=wait
    )
    answers = {"with its length": said, "in pieces": unsaid}
    return [f"{path} {name}: {status}" for name, status in answers.items() if not (status == 0 or 400 <= status < 500)]


def resident(pid: int) -> int:
    """Kilobytes of memory that a process holds."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def patience(target: Attacked, *parts: bytes, most: float = 5.0) -> float:
    """Seconds until the server closes a connection on which nothing more comes, at most `most`."""
    start = time.perf_counter()
    with connection(target, most) as made:
        for part in parts:
            made.sendall(part)
        with suppress(TimeoutError, ConnectionResetError):
            while made.recv(65_536):
                pass
    return time.perf_counter() - start
