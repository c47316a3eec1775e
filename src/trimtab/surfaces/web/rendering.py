"""From the values of a page to what is sent: HTML by a template, JSON, or CSV of its main table.

A rendered page is kept for everybody with the same rights. What belongs to one visitor (the name, the secret of forms, a
key against doing twice, what was just done) stands in it as marks that are filled in at the end.
"""

from __future__ import annotations

import csv
import html
import io
import json
import secrets
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

import trimtab
from trimtab.core.formulas import neutral
from trimtab.core.visible import visible
from trimtab.surfaces.access.visitor import Visitor

HERE = Path(__file__).parent
# Marks that no text of a user can hold: templates write them as they are, everything else is escaped.
CSRF, KEY, NAME, FLASH = map(Markup, ("<!--csrf-->", "<!--key-->", "<!--name-->", "<!--flash-->"))


@cache
def environment() -> Any:
    """The templates; everything that stands in them is escaped."""
    import jinja2

    loader = jinja2.FileSystemLoader(HERE / "templates")
    made = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, finalize=_seen
    )  # fmt: skip
    made.globals |= {"version": trimtab.__version__}
    return made


def _seen(value: Any) -> Any:
    """Text as it is shown: what would steer a reader's eye, or turn the direction of writing, is spelled out."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def rendered(template: str, values: Mapping[str, Any]) -> str:
    """A template with its values."""
    return str(environment().get_template(template).render(values))


def filled(text: str, visitor: Visitor | None, flashes: Sequence[tuple[str, str]] = ()) -> str:
    """A rendered page with what belongs to one visitor."""
    name, csrf = (visitor.name, visitor.csrf) if visitor else ("", "")
    told = "".join(_flash(kind, words) for kind, words in flashes)
    text = text.replace(CSRF, html.escape(csrf)).replace(KEY, secrets.token_urlsafe(12))
    return text.replace(NAME, html.escape(name)).replace(FLASH, told)


def _flash(kind: str, words: str) -> str:
    return rendered("flash.html", {"kind": kind, "words": visible(words)})


def page_response(text: str, status: int = 200) -> Response:
    """A page as it is sent."""
    return Response(text, status, {"cache-control": "private, no-cache"}, "text/html; charset=utf-8")


def json_response(values: Mapping[str, Any]) -> Response:
    """The values of a page."""
    text = json.dumps(values, allow_nan=False, default=str, indent=1)
    return Response(text, 200, {"cache-control": "private, no-cache"}, "application/json")


def csv_response(rows: Sequence[Mapping[str, Any]], name: str) -> Response:
    """The main table of a page; text that a spreadsheet would take for a formula is neutralised."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([neutral(column) for column in columns])
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    headers = {"content-disposition": f'attachment; filename="{name}.csv"', "cache-control": "private, no-cache"}
    return Response(out.getvalue(), 200, headers, "text/csv; charset=utf-8")


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return value
    return neutral(value if isinstance(value, str) else json.dumps(value, allow_nan=False, default=str))
