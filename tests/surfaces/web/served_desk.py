"""A desk that is really served: the command in a process of its own, on loopback, with a user of every role.

To use it, import what is needed into a test file: `served` (a server over a demonstration desk, one per file, shared by
its tests, so whoever writes leaves it as others can use it), `served_alone` (a server of one's own over a copy), and
`demo_desk_built`, which both stand on.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.surfaces.demo_desk_fixture import demo_desk_built
from trimtab.accounting.database.access import FILE, AccessStore
from trimtab.desk.live import SystemClock
from trimtab.surfaces.access.door import Door, Parameters
from trimtab.surfaces.access.passwords import Cost
from trimtab.surfaces.access.roles import ALL, Role
from trimtab.surfaces.demo_desk import settled

__all__ = ["Served", "demo_desk_built", "served", "served_alone", "serving"]

PASSWORD = "canary kettle of marble"  # noqa: S105 - of people who are made for tests
CHEAP = Parameters(cost=Cost(rounds=1, memory=8, lanes=1))
PERSONS: dict[str, frozenset[Role]] = {
    "vera": frozenset({Role.VIEWER}),
    "alan": frozenset({Role.ANALYST}),
    "tom": frozenset({Role.TRADER}),
    "ben": frozenset({Role.APPROVER}),
    "olga": frozenset({Role.ADMINISTRATOR}),
    "one": frozenset(ALL),  # who is everything
}


@dataclass
class Served:
    """A server: its address, its workspace, a token per person, and what it wrote into its log."""

    url: str
    folder: Path
    process: subprocess.Popen[str]
    log: Path
    tokens: dict[str, str] = field(default_factory=dict)
    clients: list[httpx.Client] = field(default_factory=list)

    def api(self, person: str = "one", **headers: str) -> httpx.Client:
        """A client of the API with somebody's token."""
        bearer = {"authorization": f"Bearer {self.tokens[person]}"}
        return self._client(f"{self.url}/api/v1", {**bearer, **headers})

    def browser(self, person: str = "") -> httpx.Client:
        """A client with a session's cookie, as a browser has; nobody's without a person."""
        client = self._client(self.url, {})
        if person:
            answer = client.post("/sign-in", data={"name": person, "password": PASSWORD, "next": "/"})
            assert answer.status_code == 303, answer.text[-500:]
        return client

    def _client(self, url: str, headers: dict[str, str]) -> httpx.Client:
        """A client that is closed with the server."""
        self.clients.append(httpx.Client(base_url=url, headers=headers, timeout=120, trust_env=False))
        return self.clients[-1]

    def csrf(self, client: httpx.Client, path: str = "/") -> str:
        """The secret of the forms of a session, as a page has it."""
        found = re.search(r'name="csrf" value="([^"]+)"', client.get(path).text)
        assert found is not None
        return found[1]


@contextmanager
def serving(
    folder: Path,
    *arguments: str,
    extra: dict[str, str] | None = None,
    program: Sequence[str] = ("-m", "trimtab"),
    behind: str = "",
) -> Iterator[Served]:
    """A server over a workspace, until the end of the block. Users are made before it starts.

    With `behind` it is asked there, not where it says that browsers come in.
    """
    tokens = _persons(folder)
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", **(extra or {})}
    environment.pop("TRIMTAB_BOOK", None)
    log = folder.parent / f"{folder.name}.log"
    where = ("--workspace", str(folder), "--port", "0", "--log", str(log))
    command = [sys.executable, *program, "serve", *where, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, stdin=subprocess.DEVNULL)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"https?://\S+", line)
        assert found is not None, line
        made = Served(behind or found[0], folder, process, log, tokens)
        yield made
        for client in made.clients:
            client.close()
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()  # type: ignore[union-attr]


def _persons(folder: Path) -> dict[str, str]:
    """Make everybody, and a token for each."""
    store, now, tokens = AccessStore.open(folder / FILE), SystemClock().now(), {}
    door = Door(store, CHEAP)
    for name, roles in PERSONS.items():
        if name not in {one.name for one in door.users.all()}:
            door.users.create(name, roles, by="test", now=now, password=door.passwords.hashed(name, PASSWORD))
        tokens[name] = door.tokens.create(name, "test", roles, now=now)[1]
    store.close()
    return tokens


def copied(built: Path, place: Path) -> Path:
    """A copy of a demonstration desk."""
    shutil.copytree(built, place)
    return settled(place).folder


@pytest.fixture(scope="module")
def served(demo_desk_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for the tests of a file."""
    folder = copied(demo_desk_built, tmp_path_factory.mktemp("served") / "desk")
    with serving(folder) as found:
        yield found


@pytest.fixture
def served_alone(demo_desk_built: Path, tmp_path: Path) -> Iterator[Served]:
    """A server of one's own."""
    with serving(copied(demo_desk_built, tmp_path / "desk")) as found:
        yield found
