"""A desk whose book is in PostgreSQL: the same pages, an approval, copies while it is served, its death."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.accounting.database import servers
from tests.surfaces.web.served_desk import Served, copied, demo_desk_built, serving

__all__ = ["demo_desk_built"]


@pytest.fixture(scope="module")
def database() -> Iterator[servers.Server]:
    with servers.serving() as found:
        yield found


def trimtab(folder: Path, *words: str) -> str:
    """A command in a terminal of its own."""
    command = [sys.executable, "-m", "trimtab", *words, "--workspace", str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def desk(demo_desk_built: Path, tmp_path: Path, database: servers.Server) -> Iterator[tuple[Served, str]]:
    """The demonstration's book, moved into PostgreSQL, and served from there; and its address."""
    folder, address = copied(demo_desk_built, tmp_path / "desk"), database.address(tmp_path.name.replace("-", "_").lower())
    trimtab(folder, "restore", "book.db", "--to", address)
    for leftover in folder.glob("book.db*"):
        leftover.unlink()
    with serving(folder, "--book", address) as found:
        yield found, address


def orders(served: Served) -> list[dict[str, object]]:
    return list(served.api().get("/orders/list", params={"account": "DEMO-1", "all": True}).json()["orders"])


def backed_up(served: Served) -> Path:
    """Back the book up by the API; where the copy is."""
    client = served.api("olga")
    job = client.post("/backup", json={}, headers={"idempotency-key": "copy"})
    assert job.status_code == 202, job.text
    until = time.monotonic() + 60
    while client.get(f"/jobs/{job.json()['id']}").json()["state"] in ("waiting", "running") and time.monotonic() < until:
        time.sleep(0.2)
    (found,) = (one["name"] for one in client.get("/files").json()["files"] if one["name"].startswith("backups/"))
    return served.folder / found


def test_the_desk_is_the_same_and_a_proposal_is_approved(desk: tuple[Served, str]) -> None:
    served, address = desk
    browser = served.browser("ben")
    for path in ("/", "/allocation", "/trades?account=DEMO-1", "/orders", "/journal", "/performance", "/policy"):
        assert browser.get(path).status_code == 200, path
    batch = next(str(one["ticket"]["batch"]) for one in orders(served) if one["status"] == "planned")  # type: ignore[index]
    form = {"csrf": served.csrf(browser), "key": "once", "orders": batch, "next": "/"}
    assert browser.post("/do/orders-approve", data=form).status_code == 303
    mine = [one for one in orders(served) if one["ticket"]["batch"] == batch]  # type: ignore[index]
    assert {(one["status"], one["approved_by"]) for one in mine} == {("approved", "ben")}
    assert ": sound, " in trimtab(served.folder, "verify", "--book", address)


def test_it_is_copied_and_brought_back_while_it_is_served(desk: tuple[Served, str], database: servers.Server) -> None:
    served, _ = desk
    copy = backed_up(served)
    assert copy.with_name(f"{copy.name}.users").exists()
    trimtab(served.folder, "restore", str(copy), "--to", database.address("brought_back"))
    there = trimtab(served.folder, "book", "show", "--book", database.address("brought_back"), "--json")
    assert there == trimtab(served.folder, "book", "show", "--book", desk[1], "--json")


def test_a_dead_database_is_said_and_what_comes_back_goes_on(desk: tuple[Served, str], database: servers.Server) -> None:
    served, _ = desk
    before = orders(served)
    database.kill()
    try:
        answer = served.api().get("/orders/list", params={"account": "DEMO-2"})
        assert answer.status_code == 503, answer.text
        assert answer.json()["code"] == "TT-BOK-007"
        assert "Traceback" not in answer.text
        assert served.browser().get("/sign-in").status_code == 200
    finally:
        database.start()
    assert orders(served) == before
