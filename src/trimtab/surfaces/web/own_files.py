"""What is served as it lies: our own style and modules, Plotly's script from the installed package, health and metrics."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trimtab.core.errors import TrimtabError
from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.serving.entrance import visitor_of
from trimtab.surfaces.serving.station import station_of
from trimtab.surfaces.web.rendering import HERE

_KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_PLOTLY = "plotly.min.js"


@cache
def _names() -> frozenset[str]:
    """The files there are. Only these names ever reach the disk, or are remembered."""
    return frozenset(one.name for one in (HERE / "static").iterdir() if one.suffix in _KINDS) | {_PLOTLY}


@cache
def _file(name: str) -> tuple[bytes, bytes, str]:
    """A file of ours by its plain name, itself and packed, with the hash that names it."""
    import gzip

    content = (_plotly() if name == _PLOTLY else HERE / "static" / name).read_bytes()
    return content, gzip.compress(content, 6, mtime=0), hashlib.sha256(content).hexdigest()[:32]


def _plotly() -> Path:
    import plotly

    return Path(str(plotly.__file__)).parent / "package_data" / _PLOTLY


async def static(request: Request) -> Response:
    """A file of ours, which a browser may keep, and asks about by its ETag."""
    name = request.path_params["name"]
    if name not in _names():
        return Response("There is no such file.", 404, media_type="text/plain")
    content, packed, sha = _file(name)
    kept = "public, max-age=604800" if name == _PLOTLY else "public, max-age=0, must-revalidate"
    headers = {"etag": f'"{sha}"', "cache-control": kept, "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == f'"{sha}"':
        return Response(status_code=304, headers=headers)
    kind = _KINDS[Path(name).suffix]
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, 200, {**headers, "content-encoding": "gzip"}, kind)
    return Response(content, 200, headers, kind)


async def healthy(request: Request) -> Response:
    """Whether the server answers and its book can be read: 200, or 503. Nothing about the desk is told."""
    try:
        record = station_of(request).asking.narrow.state()[0]
    except TrimtabError:
        record = -1
    body = {"ok": record >= 0, "book": "read" if record >= 0 else "not readable"}
    return Response(json.dumps(body), 200 if record >= 0 else 503, {"cache-control": "no-store"}, "application/json")


async def metrics(request: Request) -> Response:
    """Counters for a Prometheus, which signs in with a token of somebody who may administer."""
    visitor_of(request).require(Right.ADMINISTER)
    text = station_of(request).more["metrics"].text()
    return Response(text, 200, {"cache-control": "no-store"}, "text/plain; version=0.0.4; charset=utf-8")


ROUTES = [
    Route("/static/{name}", static, name="static"),
    Route("/healthz", healthy, name="health"),
    Route("/metrics", metrics, name="metrics"),
]
