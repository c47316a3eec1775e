"""The application behind /api/v1, with its description (OpenAPI 3.1) at /api/v1/openapi.json."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

import trimtab
from trimtab.core.errors import TrimtabError
from trimtab.surfaces.access.refusals import LockedOut
from trimtab.surfaces.api.account_routes import add_accounts
from trimtab.surfaces.api.file_routes import add_files
from trimtab.surfaces.api.job_routes import add_jobs
from trimtab.surfaces.api.problems import MEDIA, problem
from trimtab.surfaces.api.routes import add_operations
from trimtab.surfaces.serving.station import Station
from trimtab.surfaces.serving.verbs import Refusal

_WORDS = """Every verb of the command line, by the same words: `trimtab orders approve` is `POST /orders/approve`.

Send a personal token: `Authorization: Bearer trimtab_...`. Writes need an `Idempotency-Key`: a repeat with the same key is
answered as the first was. Errors are `application/problem+json`, with the codes of the command line."""
_STATUSES = {
    400: "The request does not read.",
    401: "Nobody is signed in.",
    403: "This is not for you.",
    404: "There is no such thing.",
    409: "The desk, as it stands, refuses.",
    412: "It has changed since it was read.",
    413: "The body is too large.",
    422: "The request has not the form that is described.",
    428: "A header is missing.",
    429: "Too often, or too much at once.",
    503: "Not now: it takes too long, or the book cannot be reached.",
}
_ADDRESSES = {
    404: ("TT-API-002", "there is nothing at this address"),
    405: ("TT-API-003", "this address does not take that method"),
}


def api(station: Station) -> FastAPI:
    """The API of a station."""
    problems: dict[int | str, dict[str, Any]] = {
        status: {"description": text, "content": {MEDIA: {"schema": {"type": "object"}}}} for status, text in _STATUSES.items()
    }
    problems[431] = {"description": "The head of the request is too large."}  # before it is a request: nothing is said
    problems[400]["content"]["text/plain"] = {"schema": {"type": "string"}}  # of what cannot be read as a request at all
    made = FastAPI(
        title="Trimtab",
        version=trimtab.__version__,
        description=_WORDS,
        docs_url=None,
        redoc_url=None,
        responses=problems,
        openapi_url="/openapi.json",
        strict_content_type=True,
    )
    made.state.station = station
    router = APIRouter()
    made.state.routes = router.routes
    add_operations(router)
    add_jobs(router)
    add_accounts(router)
    add_files(router)
    made.include_router(router)
    made.add_exception_handler(TrimtabError, _refused)
    made.add_exception_handler(RequestValidationError, _misshapen)
    made.add_exception_handler(HTTPException, _http)
    made.add_exception_handler(Exception, _fault)
    return made


async def _refused(request: Request, error: Exception) -> Response:
    headers = {"retry-after": str(error.wait)} if isinstance(error, LockedOut) else {}
    found = Refusal.of(error)
    if found.code == "TT-ACC-001":
        headers["www-authenticate"] = "Bearer"
    return problem(found, request.state.id, headers)


async def _misshapen(request: Request, error: Exception) -> Response:
    """The first thing that is wrong with the form of a request, in one line."""
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    first = faults[0] if faults else {"loc": ("request",), "msg": "it does not read"}
    where = ".".join(str(part) for part in first["loc"])
    what = f"{where}: {first['msg']}"
    return problem(Refusal("TT-API-001", what, "", "See /api/v1/openapi.json.", 2), request.state.id)


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    codes = {
        404: ("TT-API-002", "there is nothing at this address"),
        405: ("TT-API-003", "this address does not take that method"),
    }
    code, what = codes.get(status, ("TT-API-004", str(getattr(error, "detail", "the request does not read"))))
    headers = {"allow": _allowed(request)} if status == 405 else dict(getattr(error, "headers", None) or {})
    return problem(Refusal(code, what, "", "See /api/v1/openapi.json.", 2), request.state.id, headers)


def _allowed(request: Request) -> str:
    """Every method that an address takes, by whatever route."""
    fitting = [one for one in request.app.state.routes if one.matches(request.scope)[0] is not Match.NONE]
    return ", ".join(sorted({method for one in fitting for method in one.methods or ()}))


async def _fault(request: Request, error: Exception) -> Response:
    """What nobody foresaw; the guard writes it into the log."""
    return problem(Refusal.of(error), request.state.id)
