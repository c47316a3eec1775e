"""Errors as documents (RFC 9457, `application/problem+json`): the same words and stable codes as on the command line.

401, 403 and 429 say who may; 404 and 405 what there is not; 422 that a request has not the form that the description asks
for; 409 that the desk, as it stands, refuses what was asked, with the code and the exit code that say why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from trimtab.surfaces.serving.verbs import Refusal

MEDIA = "application/problem+json"
_STATUS = {
    "TT-ACC-001": 401,
    "TT-ACC-002": 429,
    "TT-ACC-003": 403,
    "TT-API-001": 422,
    "TT-API-002": 404,
    "TT-API-003": 405,
    "TT-API-004": 400,
    "TT-API-005": 503,
    "TT-API-007": 412,
    "TT-API-008": 428,
    "TT-API-011": 404,
    "TT-BOK-007": 503,
    "TT-BOK-008": 503,
    "TT-JOB-001": 429,
    "TT-JOB-002": 404,
    "TT-JOB-003": 503,
}
_TITLES = {
    400: "The request does not read",
    401: "Nobody is signed in",
    403: "This is not for you",
    404: "There is no such thing",
    405: "This is not done here",
    409: "The desk refuses",
    412: "It has changed since it was read",
    413: "This is too large",
    422: "The request has not the form that is asked for",
    428: "A header is missing",
    429: "Too often, or too much at once",
    500: "A fault of ours",
    503: "Not now",
}


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal."""
    return 500 if refusal.ours else _STATUS.get(refusal.code, 409)


def problem(refusal: Refusal, request_id: str = "", headers: Mapping[str, str] | None = None) -> Response:
    """The answer that a refusal is."""
    status = status_of(refusal)
    return Response(json.dumps(document(refusal, request_id)), status, dict(headers or {}), MEDIA)


def document(refusal: Refusal, request_id: str = "") -> dict[str, Any]:
    """The refusal in plain values."""
    status = status_of(refusal)
    return {
        "type": "about:blank",
        "title": _TITLES.get(status, "The desk refuses"),
        "status": status,
        "detail": refusal.line,
        "code": refusal.code,
        "where": refusal.where,
        "remedy": refusal.remedy,
        "exit_code": refusal.exit_code,
        "request_id": request_id,
    }
