"""A desk with single sign-on in this process, and browsers that come to it by way of a provider on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np

from tests.surfaces.web.provider import CANARY_SECRET, CLIENT, Provider
from trimtab.accounting.database.access import FILE, AccessStore
from trimtab.desk.live import SystemClock
from trimtab.surfaces.access.door import Door, Parameters
from trimtab.surfaces.access.passwords import Cost
from trimtab.surfaces.access.roles import ALL, Role
from trimtab.surfaces.serving.asking import Asking
from trimtab.surfaces.serving.entrance import COOKIE
from trimtab.surfaces.serving.guard import Guard
from trimtab.surfaces.serving.jobs import Jobs
from trimtab.surfaces.serving.station import Station
from trimtab.surfaces.serving.verbs import Served
from trimtab.surfaces.web.app import application
from trimtab.surfaces.web.single_sign_on import SECRET, SingleSignOn, identity_of, set_up

ORIGIN = "http://localhost:8765"
WHERE = "x-location"
PASSWORD = "canary kettle of marble"  # noqa: S105 - of people who are made for tests
CHEAP = Parameters(cost=Cost(rounds=1, memory=8, lanes=1))


@dataclass
class Clock:
    """The machine's, and some seconds."""

    ahead: int = 0

    def now(self) -> np.datetime64:
        """The instant."""
        return SystemClock().now() + np.timedelta64(self.ahead, "s")


@dataclass
class Desk:
    """The application of a desk; `anna` bears the identity s-1001 of the provider, `olga` has a password."""

    app: Guard
    station: Station
    provider: Provider
    clock: Clock
    seen: list[str] = field(default_factory=list)  # whole answers, as browsers got them

    def browser(self) -> httpx.AsyncClient:
        """One that keeps its cookies, and follows nothing by itself."""
        return httpx.AsyncClient(transport=Still(self.app), base_url=ORIGIN)

    async def get(self, browser: httpx.AsyncClient, path: str) -> httpx.Response:
        """An answer of the desk."""
        answer = await browser.get(path)
        self.seen.append(f"{answer.headers}\n{answer.text}")
        return answer

    async def begun(self, browser: httpx.AsyncClient, goal: str = "/") -> str:
        """The address at the provider to which a browser is sent."""
        answer = await self.get(browser, str(httpx.URL("/sign-in/firm", params={"next": goal})))
        assert answer.status_code == 303, answer.text
        return led(answer)

    async def returning(self, browser: httpx.AsyncClient, goal: str = "/") -> str:
        """The address by which the provider sends a browser back."""
        return sent_back(await self.begun(browser, goal))

    async def signed_in(self, browser: httpx.AsyncClient, goal: str = "/") -> httpx.Response:
        """The whole way."""
        return await self.get(browser, await self.returning(browser, goal))

    def who(self, browser: httpx.AsyncClient) -> str:
        """Who is signed in in a browser; empty for nobody."""
        found = self.station.door.visitor_of_session(browser.cookies.get(COOKIE, ""), self.clock.now())
        return found.name if found else ""

    @property
    def firm(self) -> SingleSignOn:
        """Its single sign-on."""
        found: SingleSignOn = self.station.more["oidc"]
        return found

    def reset(self) -> None:
        """As it was, but for users that were made since: making the whole of it anew takes long."""
        self.provider.reset()
        self.seen.clear()
        self.clock.ahead = 0
        self.station.more.update(set_up(self.provider.issuer, CLIENT, self.station.origin, {SECRET: CANARY_SECRET}))
        self.station.door.users.enable("anna", by="olga", now=self.clock.now())


class Still(httpx.ASGITransport):
    """The application, asked as it stands; `httpx` must not look at where it leads: some of it is no address at all."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """An answer, with its `location` under another name."""
        answer = await super().handle_async_request(request)
        if "location" in answer.headers:
            answer.headers[WHERE] = answer.headers.pop("location")
        return answer


def led(answer: httpx.Response) -> str:
    """Where an answer leads to; empty for nowhere."""
    return str(answer.headers.get(WHERE, ""))


def sent_back(address: str) -> str:
    """Where the provider sends a browser that comes by an address of its own."""
    parts = urlsplit(address)
    asked = HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    asked.request("GET", f"{parts.path}?{parts.query}")
    answer = asked.getresponse()
    asked.close()
    return str(answer.headers["location"])


@contextmanager
def desk(folder: Path, provider: Provider, *, origin: str = ORIGIN) -> Iterator[Desk]:
    """A desk with two users."""
    store, clock = AccessStore.open(folder / FILE), Clock()
    served, door = Served("book.db", "market", None), Door(store, CHEAP)
    asking = Asking(served, folder, {})
    made = Station(asking, door, Jobs(folder, served), folder, clock, origin, origin.startswith("https:"))
    made.more.update(set_up(provider.issuer, CLIENT, origin, {SECRET: CANARY_SECRET}))
    door.users.create("olga", ALL, by="test", now=clock.now(), password=door.passwords.hashed("olga", PASSWORD))
    door.users.create("anna", [Role.VIEWER], by="olga", now=clock.now(), external=identity_of(made, "s-1001"))
    try:
        yield Desk(application(made), made, provider, clock)  # its addresses depend on what stands in `more`
    finally:
        asking.close()
        store.close()
