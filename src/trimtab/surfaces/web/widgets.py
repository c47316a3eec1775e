"""The tables of the desk for OpenBB Workspace, and for whatever else lays out widgets: `/widgets.json` says where each is.

A widget is the main table of a page, as `?format=rows` gives it: a flat list of rows. Whoever asks sends a token.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.serving.entrance import visitor_of
from trimtab.surfaces.web.pages.every import PAGES

PATH = "/widgets.json"
ROWS = "rows"  # ?format=rows
_ACCOUNT = ("account", "Account", "one of the accounts of the book")
_POLICY = ("policy", "Policy", "a policy of the workspace")
# By the name of a page: what its main table is, and what it may be asked for.
_TABLES: dict[str, tuple[str, tuple[tuple[str, str, str], ...]]] = {
    "today": ("accounts with their drift, and whether they need action", ()),
    "signals": ("each signal: value, score, state, since when, what flips it", (_POLICY,)),
    "allocation": ("static, target and held weights, with their shares of the risk", (_ACCOUNT,)),
    "rebalance": ("accounts: action, turnover, gains, cash, what the policy says", ()),
    "trades": ("now, trade, after and target of an account", (_ACCOUNT,)),
    "orders": ("the blotter, the newest first", (_ACCOUNT,)),
    "policy": ("the rules, with source and last result", (_POLICY,)),
    "performance": ("returns by period, portfolio beside benchmark", (_ACCOUNT,)),
    "research": ("backtests of the workspace", ()),
    "journal": ("what happened, the newest first", ()),
    "committee": ("minutes", ()),
    "data": ("series: last date, freshness, issues", ()),
    "gallery": ("published policies, with sources", ()),
}


def widgets() -> dict[str, Any]:
    """What `/widgets.json` answers: a widget by the name of its page."""
    places = {page.name: page for page in PAGES if page.name in _TABLES and page.group}
    return {f"trimtab_{name}": _widget(places[name].title, places[name].path, *_TABLES[name]) for name in _TABLES}


def _widget(title: str, path: str, words: str, params: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    asked = [
        {"paramName": name, "type": "text", "label": label, "description": text, "value": ""} for name, label, text in params
    ]
    fixed = [{"paramName": "format", "type": "text", "value": ROWS, "show": False}]
    return {
        "name": title,
        "description": f"{title}: {words}",
        "category": "Trimtab",
        "type": "table",
        "endpoint": path.lstrip("/"),
        "gridData": {"w": 40, "h": 12},
        "params": [*fixed, *asked],
    }


def rows_response(rows: Sequence[Mapping[str, Any]]) -> Response:
    """A table as a flat list: what lies deeper than a row is told as text."""
    text = json.dumps([{name: _flat(value) for name, value in row.items()} for row in rows], allow_nan=False, default=str)
    return Response(text, 200, {"cache-control": "private, no-cache"}, "application/json")


def _flat(value: Any) -> Any:
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, allow_nan=False, default=str)
    return value


async def _listed(request: Request) -> Response:
    """The list, to whoever may look."""
    visitor = visitor_of(request)
    request.state.visitor = visitor.name
    visitor.require(Right.READ)
    return Response(json.dumps(widgets()), 200, {"cache-control": "private, no-cache"}, "application/json")


ROUTES = [Route(PATH, _listed, name="widgets")]


def crossing(made: Starlette, origins: Sequence[str]) -> ASGIApp:
    """The application, read by scripts of other origins where they are declared: with a token, never with a cookie."""
    if not origins:
        return made
    return CORSMiddleware(made, allow_origins=origins, allow_methods=["GET"], allow_headers=["authorization"])
