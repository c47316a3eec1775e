"""The connections of the server, held in bounds that its library has none for: how much a request says of itself, and how long
it takes to say it.

Headers without end would fill the memory of the machine, and connections on which nothing comes would take the places of
everybody else; neither needs to sign in. What is too much or too slow is cut off.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD = 65_536  # bytes of an address and headers
HEAD_SECONDS, BODY_SECONDS = 10.0, 60.0  # until they are there, and until the body is
_TOO_MUCH = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Bounded(HttpToolsProtocol):
    """A connection that sends its requests in bounds, or is closed."""

    _taken = 0  # bytes of a head that is not complete
    _in_head = True
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless that is too much."""
        if self._in_head:
            if self._late is None:  # a further request on a connection that was kept
                self._wait(HEAD_SECONDS)
            self._taken += len(data)
            if self._taken > HEAD + len(data):
                self._cut(_TOO_MUCH)
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        """The head is there: what comes now is the body."""
        self._in_head, self._taken = False, 0
        self._wait(BODY_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is there."""
        self._in_head = True
        self._came()
        super().on_message_complete()

    def _wait(self, seconds: float) -> None:
        self._came()
        self._late = self.loop.call_later(seconds, self._cut, b"")

    def _came(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _cut(self, words: bytes) -> None:
        """Close the connection; with a word where no answer is under way."""
        self._came()
        transport, cycle = self.transport, cast("Any", self.cycle)  # None before the first request
        if words and (cycle is None or cycle.response_complete):
            transport.write(words)
        transport.close() if words else transport.abort()
