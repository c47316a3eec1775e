"""A long list a page at a time. A cursor names the place and the list it was cut from: a list that changed is begun again."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any

from trimtab.core.errors import TrimtabError

PAGE, MOST = 100, 1000  # rows


class Stale(TrimtabError):
    """The list has changed since its cursor was made."""

    exit_code = 2
    code = "TT-API-010"


class NoCursor(TrimtabError):
    """What was given is no cursor of ours."""

    exit_code = 2
    code = "TT-API-010"


def paged(document: dict[str, Any], rows: str, limit: int, cursor: str) -> dict[str, Any]:
    """The document with one page of its list `rows`, and `next` where there is more; `total` says how many there are.

    Raises NoCursor or Stale for a cursor that does not fit.
    """
    whole = document.get(rows)
    if not isinstance(whole, list):
        return document
    mark = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:12]
    start = _start(cursor, mark) if cursor else 0
    part = whole[start : start + limit]
    after = start + len(part)
    following = _cursor(after, mark) if after < len(whole) else None
    return {**document, rows: part, "total": len(whole), "next": following}


def _cursor(start: int, mark: str) -> str:
    return base64.urlsafe_b64encode(f"{start}:{mark}".encode()).decode().rstrip("=")


def _start(cursor: str, mark: str) -> int:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        start, _, of = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii").partition(":")
        place = int(start)
    except (ValueError, binascii.Error):
        raise NoCursor("the cursor is none of ours", remedy="Take it from `next` of the page before.") from None
    if of != mark or place < 0:
        raise Stale("the list has changed since", remedy="Begin again without a cursor.")
    return place
