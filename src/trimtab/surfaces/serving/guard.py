"""What every request passes, before anything of ours reads it: its host, its size; and what every answer carries.

A host that is not ours is refused, so that a name that somebody points at this machine opens nothing (DNS rebinding). Every
answer says what a browser may do with it. Each request has an id, is timed and counted, and leaves one line in the log, in
which no query, cookie, header or body stands.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trimtab.surfaces.serving.metrics import Metrics
from trimtab.surfaces.serving.station import LOG

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
BODY, UPLOAD = 1_000_000, 20_000_000  # bytes
UPLOADS = ("/api/v1/files", "/data/import", "/files")


@dataclass(slots=True)
class Guard:
    """The outermost part of the application. `hosts` may be named by a request, whatever port; with `secure` browsers are
    told to come by TLS alone.
    """

    app: ASGIApp
    metrics: Metrics
    hosts: tuple[str, ...] = LOOPBACK
    secure: bool = False
    clock: Callable[[], float] = field(default=time.perf_counter)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        passing = _Passing(self, scope, receive, send)
        await passing.serve()


@dataclass(slots=True)
class _Passing:
    """One request on its way."""

    guard: Guard
    scope: Scope
    receive: Receive
    send: Send
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    status: int = 500
    begun: bool = False
    taken: int = 0

    async def serve(self) -> None:
        start = self.guard.clock()
        self.scope.setdefault("state", {})["id"] = self.id
        try:
            refused = self._refused()
            if refused:
                await self._refuse(*refused)
            else:
                await self.guard.app(self.scope, self._counted, self._passed_on)
        except Exception as error:  # noqa: BLE001 - the outermost: whatever it is, an answer goes out
            if not self.large:
                LOG.exception("fault", exc_info=error, extra={"request": self.id})
                await self._refuse(500, f"Something went wrong that nobody foresaw. The log has it under {self.id}.")
        finally:
            if self.large:
                await self._refuse(413, "The body is too large.")
            self._note(self.guard.clock() - start)

    def _refused(self) -> tuple[int, str] | None:
        headers = dict(self.scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        name, _, port = (host, "", "") if host.endswith("]") else host.rpartition(":") if ":" in host else (host, "", "")
        if name not in self.guard.hosts or not (port.isascii() and (port.isdigit() or not port)):
            return 421, "This host is not served here. Name it with --origin."
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._most:
            return 413, "The body is too large."
        return None

    @property
    def _most(self) -> int:
        return UPLOAD if self.scope["path"].startswith(UPLOADS) else BODY

    @property
    def large(self) -> bool:
        """Whether more came than is taken, whatever its length was said to be."""
        return self.taken > self._most

    async def _counted(self) -> Message:
        message = await self.receive()
        self.taken += len(message.get("body", b""))
        if self.large:
            raise _TooLarge
        return message

    async def _passed_on(self, message: Message) -> None:
        """What the application answers; not what it makes of a body that was cut off, which is no fault of its own."""
        if self.begun or not self.large:
            await self._told(message)

    async def _told(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun, self.status = True, message["status"]
            given = {name.lower() for name, _ in message["headers"]}
            more = {**HEADERS, "x-request-id": self.id}
            if self.guard.secure:
                more["strict-transport-security"] = "max-age=31536000"
            added = [(name.encode(), value.encode()) for name, value in more.items() if name.encode() not in given]
            message = {**message, "headers": [*message["headers"], *added]}
        await self.send(message)

    async def _refuse(self, status: int, text: str) -> None:
        """A plain answer, where none was begun."""
        if self.begun:
            return
        self.status = status
        body = json.dumps({"type": "about:blank", "status": status, "title": text, "detail": text, "request_id": self.id})
        kinds: list[tuple[bytes, bytes]] = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
        await self._told({"type": "http.response.start", "status": status, "headers": kinds})
        await self.send({"type": "http.response.body", "body": body.encode()})

    def _note(self, seconds: float) -> None:
        route: Any = self.scope.get("route")
        path = getattr(route, "path", "") or ("/static" if self.scope["path"].startswith("/static") else "other")
        self.guard.metrics.request(self.scope["method"], path, self.status, seconds)
        who = self.scope["state"].get("visitor", "")
        told = {"request": self.id, "method": self.scope["method"], "route": path, "status": self.status, "by": who}
        told["address"] = (self.scope.get("client") or ("",))[0]
        LOG.info("request", extra=told | {"ms": round(1000.0 * seconds, 1)})


class _TooLarge(Exception):
    """A body went on beyond its bound."""
