"""What is attacked: one desk for the session, served in a process of its own, into which anything may be written; and the
small application into which holes are planted.
"""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import httpx

CANARY = "canary-4711-never-shown"
SECRETS = {  # what stands in the environment of the server, and must stand nowhere else
    "TRIMTAB_ADMIN": "canary-admin-0815-in-the-environment",
    "ALPACA_SECRET_KEY": "canary-broker-0816-in-the-environment",
    "FRED_API_KEY": "canary0817intheenvironment000000",
}
PLANTED = "planted_module"  # a module that leaves a mark when it is imported


class Attacked(Protocol):
    """What an attack needs of what it attacks."""

    url: str

    def browser(self, person: str = "") -> httpx.Client:
        """A client, signed in as somebody."""

    def csrf(self, client: httpx.Client) -> str:
        """The secret of the forms of a session."""


@dataclass
class Heard:
    """A server on loopback that nobody has a reason to ask; `paths` are what was asked for."""

    port: int = 0
    paths: list[str] = field(default_factory=list)


@contextmanager
def listener() -> Iterator[Heard]:
    """Listen for whoever is made to ask."""
    found = Heard()

    class Told(http.server.BaseHTTPRequestHandler):
        """Notes what is asked for; sends whoever asks to another place on loopback."""

        def do_GET(self) -> None:
            found.paths.append(self.path)
            self.send_response(302)
            self.send_header("location", f"http://127.0.0.1:{found.port}/redirected")
            self.end_headers()

        do_POST = do_HEAD = do_GET  # noqa: N815 - the names that the library asks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Counted(http.server.ThreadingHTTPServer):
        """Notes every connection, whatever is said on it."""

        def verify_request(self, request: object, client_address: object) -> bool:
            found.paths.append("connected")
            return True

    server = Counted(("127.0.0.1", 0), Told)
    found.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True, kwargs={"poll_interval": 0.05}).start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
