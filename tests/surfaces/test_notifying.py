"""Notifications: title and first lines alone, no secret in any message, and no exit code of a command changed by one."""

from __future__ import annotations

import json
import sys
import threading
from argparse import Namespace
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import ModuleType
from typing import Any

import pytest

from trimtab.surfaces.notifying import LINES, VARIABLE, kind_of, notify

LONG = ["A07: 2 orders wait", "B1: 2 orders wait", "G1: 2 orders wait", "C1: 2 orders wait"]
DETAILS = ["C1: sell 102 TLT"]


class Fake:
    """What apprise is to us: an address is taken or not, a notification leaves or not, or the service breaks."""

    def __init__(self, log: list[tuple[str, str, str]]) -> None:
        self.log, self.address = log, ""

    def add(self, address: str) -> bool:
        self.address = address
        return not address.startswith("nonsense")

    def notify(self, body: str, title: str) -> bool:
        if "broken" in self.address:
            raise ConnectionError(f"no way to {self.address}")
        self.log.append((self.address, title, body))
        return "refused" not in self.address


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """An apprise that only remembers."""
    kept: list[tuple[str, str, str]] = []
    double: Any = ModuleType("apprise")
    double.Apprise = lambda: Fake(kept)
    monkeypatch.setitem(sys.modules, "apprise", double)
    monkeypatch.delenv(VARIABLE, raising=False)
    return kept


def options(*addresses: str, details: bool = False) -> Namespace:
    return Namespace(notify=list(addresses), notify_details=details)


def test_nobody_is_told_where_nobody_asked(log: list[Any]) -> None:
    assert notify(options(), "title", LONG, 5) == ()
    assert log == []


def test_title_and_first_lines_leave_and_all_lines_where_details_are_wanted(log: list[Any]) -> None:
    assert notify(options("slack://a/b/c"), "Trimtab: YES", LONG, 5, details=DETAILS) == ()
    assert log == [("slack://a/b/c", "Trimtab: YES", "\n".join([*LONG[:LINES], "[exit 5]"]))]
    notify(options("slack://a/b/c", details=True), "Trimtab: YES", LONG, 5, details=DETAILS)
    assert "102 TLT" in log[-1][2]
    notify(options("slack://a/b/c"), "title", ["why\nA07: done\tall"], 5)
    assert log[-1][2] == "why A07: done all\n[exit 5]"  # what people wrote forges no line


def test_every_address_is_told_once_those_of_the_environment_too(log: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "json://one json://two")
    notify(options("json://two", "json://three"), "title", [], 0)
    assert [address for address, _, _ in log] == ["json://two", "json://three", "json://one"]
    assert log[0][2] == "nothing to do\n[exit 0]"


@pytest.mark.parametrize("address", ["nonsense://token-9", "slack://refused/token-9", "slack://broken/token-9"])
def test_one_that_fails_is_said_without_its_token(address: str, log: list[Any]) -> None:
    (said,) = notify(options(address), "title", LONG, 5)
    assert "token-9" not in said
    assert said.startswith("no notification left for ")


def test_an_address_shows_its_kind_alone() -> None:
    assert kind_of("slack://TOKEN/A/B") == "slack://***"
    assert kind_of("mailto://user:secret@example.com") == "mailto://***"
    for odd in ("TOKEN", "", "user:secret@host://x", "://TOKEN"):
        assert kind_of(odd) == "***"


def test_without_apprise_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    (said,) = notify(options("slack://TOKEN"), "title", LONG, 5)
    assert "pip install 'trimtab[notify]'" in said
    assert "TOKEN" not in said


class Post(BaseHTTPRequestHandler):
    """Keeps what is posted to it."""

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.posted.append(json.loads(self.rfile.read(length)))  # type: ignore[attr-defined]  # ours
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on the screen."""


@pytest.fixture
def server() -> Iterator[Any]:
    """A service on this machine."""
    made: Any = HTTPServer(("127.0.0.1", 0), Post)
    made.posted = []
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # of apprise, before Python 3.13
def test_apprise_itself_posts_title_and_lines(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("apprise")
    monkeypatch.delenv(VARIABLE, raising=False)
    address = f"json://127.0.0.1:{server.server_port}/"
    assert notify(options(address), "Trimtab: YES", LONG, 5, details=DETAILS) == ()
    assert server.posted[0]["title"] == "Trimtab: YES"
    assert server.posted[0]["message"].splitlines()[0] == LONG[0]
    assert "102 TLT" not in json.dumps(server.posted)
