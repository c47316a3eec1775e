"""How the API answers: documents with an ETag, writes once per idempotency key, and long work as a job."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from trimtab.core.errors import TrimtabError
from trimtab.surfaces.access.keys import InFlight, Lost, Mismatch, Replay
from trimtab.surfaces.access.visitor import Visitor
from trimtab.surfaces.api.problems import MEDIA, document, status_of
from trimtab.surfaces.serving.station import station_of
from trimtab.surfaces.serving.verbs import Refusal, Said

JSON = "application/json"
KEY = "idempotency-key"


class KeyMissing(TrimtabError):
    """A write came without an idempotency key."""

    exit_code = 2
    code = "TT-API-008"


class KeyTaken(TrimtabError):
    """The key was given for something else, is being worked on, or its answer was lost."""

    code = "TT-API-009"


def told(said: Said) -> dict[str, Any]:
    """The document of a verb; of one that has none its lines."""
    found = said.document if said.text else {"trimtab": 1, "kind": "lines", "lines": list(said.lines)}
    return found | ({"messages": list(said.messages)} if said.messages else {})


def answer(request: Request, body: dict[str, Any] | list[Any], status: int = 200) -> Response:
    """A document with its ETag; 304 where the asker has it already."""
    return tagged(request, json.dumps(body, allow_nan=False).encode(), status)


def tagged(request: Request, content: bytes, status: int = 200) -> Response:
    """The same of a document that is text already."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    wanted = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if status == 200 and request.method in ("GET", "HEAD") and tag in wanted:
        return Response(status_code=304, headers=headers)
    return Response(content, status, headers, JSON)


Work = Callable[[], Awaitable[tuple[int, dict[str, Any], dict[str, str]]]]


async def once(request: Request, visitor: Visitor, body: bytes, work: Work) -> Response:
    """Do something for an idempotency key: a repeat is answered as the first was, and nothing is done again.

    Raises KeyMissing, or KeyTaken where the key stands for something else, is under way, or its answer was lost with the
    process that worked on it.
    """
    key = request.headers.get(KEY, "")
    if not key:
        raise KeyMissing("a write needs an idempotency key", remedy="Send the header Idempotency-Key, a new one per intention.")
    station = station_of(request)
    sha = hashlib.sha256(b"\0".join((request.method.encode(), str(request.url.path).encode(), body))).hexdigest()
    begun = station.keys.begin(visitor.name, key, sha, station.now())
    if isinstance(begun, Replay):
        return Response(begun.body, begun.status, {"idempotency-replayed": "true"}, begun.media)
    _require_free(begun)
    try:
        status, headers, content, media = await _worked(request, work)
    except BaseException:
        station.keys.lose(visitor.name, key)
        raise
    station.keys.finish(visitor.name, key, status, media, content, station.now())
    return Response(content, status, headers, media)


async def _worked(request: Request, work: Work) -> tuple[int, dict[str, str], bytes, str]:
    """What came of the work: a refusal is an answer too, and stands for the key."""
    try:
        status, body, headers = await work()
        return status, headers, json.dumps(body, allow_nan=False).encode(), JSON
    except TrimtabError as error:
        refusal = Refusal.of(error)
        return status_of(refusal), {}, json.dumps(document(refusal, request.state.id)).encode(), MEDIA


def _require_free(begun: object) -> None:
    if isinstance(begun, Mismatch):
        raise KeyTaken("this key was given for another request", remedy="Use a new key for a new intention.")
    if isinstance(begun, InFlight):
        raise KeyTaken("the request with this key is being worked on", remedy="Ask again in a moment, with the same key.")
    if isinstance(begun, Lost):
        what = "the request with this key was begun, and its answer was lost: nobody knows what came of it"
        raise KeyTaken(what, remedy="Look first (orders list, journal show), then use a new key.")
