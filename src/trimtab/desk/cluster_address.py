"""Whether a Ray cluster stands at an address. Ray itself asks for minutes, and says so in lines of its own.

Its head speaks HTTP/2 (gRPC): a server of that answers the opening words of a client with a frame of SETTINGS (RFC 9113,
3.4). Where Ray uses TLS it is only asked whether somebody listens there.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator

_OPENING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))  # and an empty frame of SETTINGS
_FRAME, _KIND, _SETTINGS = 9, 3, 4  # bytes of a frame's head, which of them is its kind, and that of SETTINGS
_SECONDS = 5.0


def ray_answers(address: str, *, seconds: float = _SECONDS) -> bool:
    """Whether a head of Ray can be reached at `host:port` or `ray://host:port`, within about `seconds`.

    An address without a port, such as `auto`, is Ray's own to look up: it counts as reached.
    """
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon or not port.isdigit():
        return True
    try:
        with contextlib.closing(socket.create_connection((host.strip("[]"), int(port)), timeout=seconds)) as there:
            if os.environ.get("RAY_USE_TLS", "0").lower() not in ("", "0", "false"):
                return True
            there.sendall(_OPENING)
            head = b"".join(_heard(there))
    except (OSError, OverflowError, UnicodeError):
        return False
    return len(head) == _FRAME and head[_KIND] == _SETTINGS


def _heard(there: socket.socket) -> Iterator[bytes]:
    """The head of the first frame, as it comes; less where the other side says no more."""
    left = _FRAME
    while left and (some := there.recv(left)):
        left -= len(some)
        yield some
