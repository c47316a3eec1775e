"""The server: one process that serves one desk, on this machine's own address unless it is told how it is protected.

Anything but loopback is refused without TLS or a declared proxy in front, and without users.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from trimtab.accounting.database.access import FILE, AccessStore
from trimtab.core.errors import UsageError
from trimtab.desk.live import SystemClock
from trimtab.surfaces.access.door import Door
from trimtab.surfaces.serving.asking import Asking
from trimtab.surfaces.serving.guard import LOOPBACK
from trimtab.surfaces.serving.hand import Hand
from trimtab.surfaces.serving.jobs import Jobs
from trimtab.surfaces.serving.noting import Noting
from trimtab.surfaces.serving.station import Station
from trimtab.surfaces.serving.verbs import Served
from trimtab.surfaces.web.app import application
from trimtab.surfaces.web.sign_in import CODE


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens, and how it is protected: its own certificate, or a proxy (its address) that has one."""

    host: str = "127.0.0.1"
    port: int = 8765
    certificate: str = ""
    key: str = ""
    proxy: str = ""
    origin: str = ""
    others: tuple[str, ...] = ()  # origins whose scripts may read, with a token

    def __post_init__(self) -> None:
        self._require_protected()
        if self.origin and (urlsplit(self.origin).scheme not in ("http", "https") or not urlsplit(self.origin).netloc):
            raise UsageError(
                f"--origin {self.origin!r} is no address", remedy="Write it as browsers see it: https://desk.firm.example."
            )
        for other in self.others:
            _require_origin(other)
        if bool(self.certificate) is not bool(self.key):
            raise UsageError("TLS needs a certificate and its key", remedy="Give --tls-certificate and --tls-key.")

    def _require_protected(self) -> None:
        if self.loopback or (self.certificate and self.key) or (self.proxy and self.origin.startswith("https://")):
            return
        what = f"{self.host} can be reached from other machines, and nothing protects what is said"
        remedy = "Give --tls-certificate and --tls-key, or declare the proxy in front: --proxy ADDRESS --origin https://NAME."
        raise UsageError(what, remedy=remedy)

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def secure(self) -> bool:
        """Whether browsers come by TLS."""
        return bool(self.certificate) or self.origin.startswith("https://")

    def url(self, port: int) -> str:
        """How a browser comes in, where the server listens at `port`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.origin or f"{'https' if self.certificate else 'http'}://{host}:{port}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names that a request may call the server by."""
        own = urlsplit(self.origin).hostname or ""
        named = f"[{self.host}]" if ":" in self.host else self.host
        return tuple(dict.fromkeys(filter(None, (*(LOOPBACK if self.loopback or self.proxy else ()), named, own))))


def _require_origin(given: str) -> None:
    """Raises UsageError where something is no origin: scheme, name and port, and nothing besides."""
    found = urlsplit(given)
    if found.scheme not in ("http", "https") or given != f"{found.scheme}://{found.netloc}" or not found.hostname:
        remedy = "Write its scheme and its name: https://pro.openbb.co."
        raise UsageError(f"--allow-origin {given!r} is no origin of a page", remedy=remedy)


def station(served: Served, folder: Path, address: Address, *, workers: int = 2) -> Station:
    """The station of a workspace, in which the process stands. Raises where its door, its book or its folder do not open."""
    store, hand = AccessStore.open(folder / FILE), Hand(served)
    asking = Asking(served, folder, os.environ, workers=workers, hand=hand)
    door, jobs = Door(store, told=Noting(hand)), Jobs(folder, served, over=asking.changed)
    return Station(asking, door, jobs, folder, SystemClock(), address.origin, address.secure, {"store": store})


def first_code(made: Station) -> str:
    """The code with which the first user is made, once; empty where there are users."""
    if not made.door.first_run():
        return ""
    code = secrets.token_urlsafe(9)
    made.more[CODE] = code
    return code


def configuration(made: Station, address: Address) -> Any:
    """How uvicorn is to serve it."""
    import uvicorn

    from trimtab.surfaces.web.wire import Bounded

    return uvicorn.Config(
        application(made, hosts=address.hosts, origins=address.others),
        host=address.host,
        port=address.port,
        ssl_certfile=address.certificate or None,
        ssl_keyfile=address.key or None,
        proxy_headers=bool(address.proxy),
        forwarded_allow_ips=address.proxy or None,
        server_header=False,
        date_header=True,
        access_log=False,
        log_config=None,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=10,
        limit_concurrency=400,
        http=Bounded,
        ws="none",
    )
