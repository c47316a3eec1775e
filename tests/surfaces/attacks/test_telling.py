"""F13, F16 to F18: secrets stand nowhere but hashed in the store of the door; faults tell nothing; other names open nothing."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import httpx
import pytest

from tests.surfaces.attacks.attacked import SECRETS, Attacked
from tests.surfaces.attacks.burdening import head, spoken
from tests.surfaces.attacks.holed import Holed
from tests.surfaces.web.served_desk import PASSWORD, PERSONS, Served, copied
from trimtab.core.errors import UsageError
from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.serving.asking import Asking
from trimtab.surfaces.serving.verbs import Served as Desk
from trimtab.surfaces.web import app
from trimtab.surfaces.web.page import Asker, Page, Shown
from trimtab.surfaces.web.server import Address, first_code, station

SHOWING = ("/settings", "/settings/installed", "/journal", "/data", "/data/import", "/")
TYPED = "canary of a wrong password"
FAULT = "canary-0099 in the words of a fault"
TELLING = ("Traceback", 'File "', ".py", "site-packages", FAULT, "RuntimeError: ")


def found_in(texts: Mapping[str, str | bytes], secrets: Iterable[str]) -> list[str]:
    """Where a secret stands."""
    wanted = [one.encode() for one in secrets if one]
    plain = {name: text.encode() if isinstance(text, str) else text for name, text in texts.items()}
    return [f"{name}: {one[:16].decode()}~" for name, text in plain.items() for one in wanted if one in text]


def answers(served: Served, client: httpx.Client) -> dict[str, str]:
    """What the server tells: pages as documents, errors, health, counters, and what it says of itself."""
    given = {path: client.get(path, params={"format": "json"}).text for path in SHOWING}
    others = (
        "/metrics",
        "/healthz",
        "/nothing",
        "/jobs/x",
        "/api/v1/nothing",
        "/api/v1/openapi.json",
        "/api/v1/doctor",
        "/api/v1/users",
    )
    given |= {
        path: client.get(path).text for path in (*others, "/api/v1/tokens", "/api/v1/jobs", "/api/v1/journal/show?last=1000")
    }
    stranger = served.browser()
    return given | {f"nobody {path}": stranger.get(path).text for path in ("/", "/healthz", "/metrics", "/sign-in", "/nothing")}


def on_disk(served: Served) -> dict[str, bytes]:
    """Every file of the workspace, of the door too, and the log."""
    files = [one for one in served.folder.rglob("*") if one.is_file() and "leads_out" not in one.parts]
    return {str(one.relative_to(served.folder.parent)): one.read_bytes() for one in (*files, served.log)}


def exported(served: Served, around: Path) -> dict[str, bytes]:
    """The journal and a backup, made at the command line."""
    for words in (["journal", "export", str(around / "journal")], ["backup", str(around / "copy")]):
        command = [sys.executable, "-m", "trimtab", *words, "--workspace", str(served.folder)]
        subprocess.run(command, cwd=around, capture_output=True, timeout=60, env={**os.environ, **SECRETS}, check=True)
    return {str(one): one.read_bytes() for one in around.rglob("*") if one.is_file()}


def test_no_secret_is_told_or_kept(attacked: Served, tmp_path: Path) -> None:
    client = attacked.browser("one")
    csrf = attacked.csrf(client)
    door = attacked.browser()
    texts = {"wrong": door.post("/sign-in", data={"name": "one", "password": TYPED}).text}
    texts["in the name"] = door.post("/sign-in", data={"name": "vera", "password": f"{TYPED} {TYPED}", "next": "/x"}).text
    texts["form"] = client.post("/do/kill", data={"csrf": csrf, "password": "x", "nothing": "y"}).text.replace(csrf, "")
    made = client.post(
        "/api/v1/tokens", json={"name": "x", "roles": ["viewer"]}, headers={"x-csrf-token": csrf, "idempotency-key": "t"}
    )
    token = made.json()["text"]
    attacked.api("one").post(
        "/users", json={"name": "ida", "roles": ["viewer"], "password": TYPED}, headers={"idempotency-key": "u"}
    )
    secrets = [PASSWORD, TYPED, token, *attacked.tokens.values(), client.cookies["trimtab"], csrf, *SECRETS.values()]
    told = {**texts, **answers(attacked, client)}
    assert not found_in(told, [one for one in secrets if one != csrf])
    assert not found_in({name: text for name, text in told.items() if "<form" not in text}, [csrf])  # but in forms of one's own
    assert not found_in(on_disk(attacked), secrets)
    assert not found_in(exported(attacked, tmp_path), secrets)


def test_a_secret_that_is_told_is_seen(holed: Holed) -> None:
    for hole in ("", "logs"):
        with holed.with_hole(hole):
            holed.browser().post("/sign-in", data={"name": "one", "password": TYPED})
            assert bool(found_in({"log": "\n".join(holed.log)}, [TYPED])) is bool(hole)


def test_a_page_that_is_kept_belongs_to_nobody(attacked: Served) -> None:
    """Two who may do the same get the same page, each with what is theirs in it and nothing of the other."""
    api = attacked.api("one")
    made = api.post(
        "/users", json={"name": "two", "roles": sorted(PERSONS["one"]), "password": PASSWORD}, headers={"idempotency-key": "v"}
    )
    assert made.status_code == 201, made.text
    first, second = attacked.browser("one"), attacked.browser("two")
    theirs = [attacked.csrf(first), first.cookies["trimtab"], attacked.tokens["one"]]
    for path in SHOWING:
        first.get(path)
        assert not found_in({path: second.get(path).text}, theirs)


def traced(client: httpx.Client, paths: Iterable[str]) -> list[str]:
    """Faults that tell of the code, or of what it worked on."""
    through = []
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 500, (path, answer.status_code)
        through += [f"{path}: {word}" for word in TELLING if word in answer.text]
    return through


async def broken(_: Asker) -> Shown:
    raise RuntimeError(FAULT)


async def unread(*_: object, **__: object) -> None:
    raise RuntimeError(FAULT)


def test_a_fault_tells_nothing(demo_desk_built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = copied(demo_desk_built, tmp_path / "desk")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(app, "PAGES", (*app.PAGES, Page("/planted", "planted", "Planted", broken, kept=False)))
    monkeypatch.setattr(app, "FIGURES", (*app.FIGURES, ("/figures/planted", Right.READ, unread)))
    monkeypatch.setattr(app, "RAW", (*app.RAW, ("/raw/planted", Right.READ, unread)))
    monkeypatch.setattr(Asking, "read", unread)
    made = station(Desk(), Path(), Address())
    made.door.found_administrator("one", PASSWORD, made.now())
    token = made.door.tokens.create("one", "x", PERSONS["one"], now=made.now())[1]

    async def asked() -> dict[str, httpx.Response]:
        transport = httpx.ASGITransport(app.application(made), raise_app_exceptions=False)
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
            paths = ("/planted", "/planted?format=json", "/figures/planted", "/raw/planted", "/api/v1/status")
            return {path: await client.get(path) for path in paths}

    for path, answer in asyncio.run(asked()).items():
        assert answer.status_code == 500, path
        assert not [word for word in TELLING if word in answer.text], path
        assert answer.headers["x-request-id"]
    made.asking.close()


def test_a_fault_that_tells_is_seen(holed: Holed) -> None:
    for hole in ("", "trace"):
        with holed.with_hole(hole):
            assert bool(traced(holed.browser(), ["/fault"])) is bool(hole)


FOREIGN = (
    *("evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example@127.0.0.1"),
    *("localhost:80@evil.example", "localhost:evil", "localhost#", "localhost/", "localhost:80/x?", "192.168.1.1", "0.0.0.0"),  # noqa: S104
    *("[::2]", "[::1]evil", "rebind.network", "xn--lcalhost-0za", "2130706433", "127.1", "localhost evil.example", ""),
)


def rebound(target: Attacked) -> list[str]:
    """Names that are none of ours, under which something is served all the same."""
    through = []
    for name in FOREIGN:
        for path in ("/sign-in", "/"):
            status = spoken(target, head(target, f"GET {path}", host=name))
            if not (status == 0 or 400 <= status < 500):
                through.append(f"{name} {path}: {status}")
    return through


def test_no_other_name_is_served(attacked: Served, holed: Holed) -> None:
    assert not rebound(attacked)
    with holed.with_hole("host"):
        assert rebound(holed)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "desk.firm.example", "", "127.0.0.1.evil.example", "0"])  # noqa: S104
def test_nothing_but_loopback_listens_unprotected(host: str) -> None:
    with pytest.raises(UsageError, match="nothing protects"):
        Address(host)
    with pytest.raises(UsageError):
        Address(host, proxy="10.0.0.1")
    with pytest.raises(UsageError):
        Address(host, proxy="10.0.0.1", origin="http://desk.firm.example")
    assert Address(host, certificate="a.pem", key="b.pem").secure
    assert Address().loopback  # the default


def test_no_password_comes_with_the_desk(demo_desk_built: Path) -> None:
    assert not (demo_desk_built / "access.db").exists()


def test_without_a_code_nobody_is_first(demo_desk_built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a server that has shown none, an empty one is not right either; the one that was shown is."""
    monkeypatch.chdir(copied(demo_desk_built, tmp_path / "desk"))
    made = station(Desk(), Path(), Address())

    async def asked(code: str) -> int:
        form = {"code": code, "name": "mallory", "password": PASSWORD, "again": PASSWORD}
        transport = httpx.ASGITransport(app.application(made))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return (await client.post("/welcome", data=form)).status_code

    assert [asyncio.run(asked(code)) for code in ("", "x")] == [409, 409]
    assert made.door.first_run()
    code = first_code(made)
    assert asyncio.run(asked(code[:-1])) == 409
    assert asyncio.run(asked(code)) == 303
    made.asking.close()
