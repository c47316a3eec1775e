"""A small application like the desk, sound as it stands, into which one hole is planted at a time: the control of all attacks.

What the attacks find in it, they would find in the desk.
"""

from __future__ import annotations

import csv
import html
import io
import json
import secrets
import socket
import ssl
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.surfaces.web.served_desk import PASSWORD, PERSONS
from trimtab.core.formulas import neutral
from trimtab.surfaces.access.roles import Right, rights_of

CSP = "default-src 'none'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used: to make a full one takes longer than to ask
LINE = 'name="csrf" value="'


@dataclass
class Holed:
    """The application, served; `hole` is the one planted now, empty for none."""

    root: Path
    url: str = ""
    hole: str = ""
    sessions: dict[str, tuple[str, str]] = field(default_factory=dict)  # secret: name, csrf
    failures: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    clients: list[httpx.Client] = field(default_factory=list)

    @contextmanager
    def with_hole(self, name: str) -> Iterator[Holed]:
        """Plant a hole for the time of a block."""
        for forgotten in (self.notes, self.failures, self.sessions, self.log):
            forgotten.clear()  # type: ignore[attr-defined]
        self.hole = name
        try:
            yield self
        finally:
            self.hole = ""

    def browser(self, person: str = "") -> httpx.Client:
        """A client, signed in as somebody."""
        client = httpx.Client(base_url=self.url, trust_env=False, timeout=30, verify=PLAIN)
        self.clients.append(client)
        if person:
            assert client.post("/sign-in", data={"name": person, "password": PASSWORD}).status_code == 303
        return client

    def csrf(self, client: httpx.Client) -> str:
        """The secret of the forms of a session."""
        return client.get("/").text.partition(LINE)[2].partition('"')[0]

    def visitor(self, request: Request) -> tuple[str, str]:
        """Name and csrf of whoever asks; empty for nobody."""
        return self.sessions.get(request.cookies.get("trimtab", ""), ("", ""))


def _refused(status: int) -> Response:
    return Response("no", status)


def _own_site(holed: Holed, request: Request) -> bool:
    origin, site = request.headers.get("origin", ""), request.headers.get("sec-fetch-site", "")
    own = not origin or urllib.parse.urlsplit(origin).netloc == request.headers["host"] or holed.hole == "origin"
    return own and (site in ("", "none", "same-origin") or holed.hole == "site")


def onward(holed: Holed, wanted: str) -> str:
    """Where to go next."""
    if holed.hole == "redirect":
        return wanted or "/"
    good = wanted.startswith("/") and wanted[1:2] not in ("/", "\\") and not any(ord(one) < 33 for one in wanted)
    return wanted if good else "/"


async def sign_in(holed: Holed, request: Request) -> Response:
    """The door."""
    if not _own_site(holed, request) and holed.hole != "login":
        return _refused(403)
    form = await request.form()
    name, password = str(form.get("name", "")), str(form.get("password", ""))
    keys = [name] if holed.hole == "address" else [name, "from here"]
    if max(holed.failures.get(key, 0) for key in keys) >= 10 and holed.hole != "guess":
        return Response("later", 429, {"retry-after": "900"})
    if holed.hole == "logs":
        holed.log.append(f"{name} {password}")
    if password != PASSWORD or name not in PERSONS:
        for key in keys:
            holed.failures[key] = holed.failures.get(key, 0) + 1
        unknown = holed.hole == "tells" and name not in PERSONS
        return Response("no such user" if unknown else "wrong", 401)
    secret = secrets.token_hex(16)
    if holed.hole == "fixed":
        secret = request.cookies.get("trimtab", "") or secret
    holed.sessions[secret] = (name, secrets.token_hex(8))
    made = RedirectResponse(onward(holed, str(form.get("next", "/"))), 303)
    made.set_cookie("trimtab", secret, httponly=holed.hole != "flags", samesite="lax")
    return made


async def sign_out(holed: Holed, request: Request) -> Response:
    """Out."""
    if holed.hole != "lives":
        holed.sessions.pop(request.cookies.get("trimtab", ""), None)
    return RedirectResponse("/sign-in", 303)


async def page(holed: Holed, request: Request) -> Response:
    """A page with a form, and what was noted; as a table on demand."""
    name, csrf = holed.visitor(request)
    if not name and holed.hole != "stranger":
        return RedirectResponse("/sign-in", 303)
    form = request.query_params.get("format")
    if form == "csv":
        out = io.StringIO()
        csv.writer(out).writerows([note if holed.hole == "formula" else neutral(note), -1.5] for note in holed.notes)
        return Response(out.getvalue(), media_type="text/csv")
    if form == "json":
        return Response(json.dumps({"value": float("nan") if holed.hole == "nan" else 1.0}), media_type="application/json")
    shown = [note if holed.hole in ("script", "script-csp") else html.escape(note) for note in holed.notes]
    text = f'<!doctype html><form><input {LINE}{csrf}"></form><p class="noted">{"</p><p>".join(shown)}</p>'
    policy = {} if holed.hole == "script" else {"content-security-policy": CSP}
    return Response(text, 200, policy, "text/html; charset=utf-8")


async def note(holed: Holed, request: Request) -> Response:
    """Write a note: a deed of whoever may trade."""
    name, csrf = holed.visitor(request)
    if not name:
        return _refused(401)
    given = str((await request.form()).get("csrf", ""))
    if holed.hole == "query":
        given = given or request.query_params.get("csrf", "")
    if holed.hole == "plain" and request.headers.get("content-type") == "text/plain":
        given = json.loads(await request.body() or b"{}").get("csrf", "")
    known = (
        given == csrf or holed.hole == "token" or (holed.hole == "other" and given in {b for _, b in holed.sessions.values()})
    )
    if not known or not _own_site(holed, request):
        return _refused(403)
    if Right.TRADE not in rights_of(PERSONS[name]) and holed.hole != "role":
        return _refused(403)
    holed.notes.append(str((await request.form()).get("note", "")))
    return RedirectResponse("/", 303)


async def users(holed: Holed, request: Request) -> Response:
    """For an administrator."""
    name, _ = holed.visitor(request)
    if not name:
        return _refused(401)
    held = rights_of(PERSONS[name])
    return JSONResponse(sorted(PERSONS)) if Right.ADMINISTER in held or holed.hole == "role" else _refused(403)


async def job(holed: Holed, request: Request) -> Response:
    """End a job of tom's."""
    name, _ = holed.visitor(request)
    may = name == "tom" or (bool(name) and holed.hole == "object")
    return Response("ended") if may else _refused(403 if name else 401)


async def file(holed: Holed, request: Request) -> Response:
    """A file below the root, by its name."""
    given = request.query_params.get("name", "")
    outside = "\0" in given or ".." in given.split("/") or given.startswith(("/", "~"))
    if outside and holed.hole != "traversal":
        return _refused(409)
    if holed.hole == "twice":
        given = urllib.parse.unquote(given)
    place = holed.root / given
    try:
        if holed.hole not in ("traversal", "link", "twice") and not place.resolve().is_relative_to(holed.root.resolve()):
            return _refused(409)
        return Response(place.read_bytes())
    except (OSError, ValueError):
        return _refused(404)


async def policy(holed: Holed, request: Request) -> Response:
    """A policy as YAML: an address in it is never asked, an alias never unfolded."""
    text = (await request.body()).decode()
    if "*" in text and holed.hole != "aliases":
        return _refused(409)
    if text.startswith("\x80") and holed.hole != "aliases":
        return _refused(409)
    try:
        values: Any = yaml.safe_load(text)
    except yaml.YAMLError:
        return _refused(409)
    where = str(values.get("data", "")) if isinstance(values, dict) else ""
    if holed.hole == "reach" and where.startswith("http"):
        try:
            urllib.request.urlopen(where, timeout=2).read()  # noqa: S310 - the hole
        except (OSError, ValueError):
            return _refused(409)
    return Response("taken") if holed.hole in ("reach", "aliases") else _refused(409)


async def fault(holed: Holed, request: Request) -> Response:
    """Something goes wrong."""
    if holed.hole == "trace":
        return Response('Traceback (most recent call last):\n  File "/srv/app.py", line 3, in f\nKeyError: x', 500)
    return Response("Something went wrong.", 500)


def _bounded(holed: Holed, app: ASGIApp) -> ASGIApp:
    """The guard of the small application: its host, and its size."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        if not headers.get(b"host", b"").startswith(b"127.0.0.1:") and holed.hole != "host":
            await _refused(421)(scope, receive, send)
        elif int(headers.get(b"content-length", b"0")) > 1_000_000 and holed.hole != "large":
            await _refused(413)(scope, receive, send)
        elif b"chunked" in headers.get(b"transfer-encoding", b"") and holed.hole != "large":
            await _refused(411)(scope, receive, send)
        else:
            await app(scope, receive, send)

    return guarded


Endpoint = Callable[[Holed, Request], Awaitable[Response]]
PATHS: tuple[tuple[str, str, Endpoint], ...] = (
    ("/", "GET", page),
    ("/users", "GET", users),
    ("/file", "GET", file),
    ("/fault", "GET", fault),
    ("/sign-in", "POST", sign_in),
    ("/sign-out", "POST", sign_out),
    ("/do/note", "POST", note),
    ("/jobs/1/end", "POST", job),
    ("/policy", "POST", policy),
)


@contextmanager
def holed_server(root: Path) -> Iterator[Holed]:
    """The application on a port of its own, in a thread."""
    import uvicorn

    holed = Holed(root)

    def bound(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def called(request: Request) -> Response:
            return await endpoint(holed, request)

        return called

    app = Starlette(routes=[Route(path, bound(endpoint), methods=[method]) for path, method, endpoint in PATHS])
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(_bounded(holed, app), port=port, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    holed.url = f"http://127.0.0.1:{port}"
    try:
        yield holed
    finally:
        for client in holed.clients:
            client.close()
        server.should_exit = True
        thread.join(10)
