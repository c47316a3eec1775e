"""Import: upload a broker's file, say which column is which, look at every row, and only then book it by a button.

All that was chosen stands in the address. Looking writes nothing; the button is the operation `book import` with commit.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trimtab.core.errors import TrimtabError, UsageError
from trimtab.surfaces.access.refusals import Forbidden, NotSignedIn
from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.access.visitor import Visitor
from trimtab.surfaces.serving.entrance import require_meant, require_own_origin, visitor_of
from trimtab.surfaces.serving.operations import operation
from trimtab.surfaces.serving.station import station_of
from trimtab.surfaces.serving.uploads import ENDINGS, LARGEST, keep, kept, place_of, remove
from trimtab.surfaces.web.deed_values import values_of
from trimtab.surfaces.web.page import Asker, Shown, Values
from trimtab.surfaces.web.reads.importing import FIELDS, NAMES, accounts, looked

PATH, FILLS = "/data/import", "/orders"
_OPTIONS = ("account", "format", "map", "dayfirst", "comma", "on", "currency", "only", "again")
_SAID = frozenset(_OPTIONS) - {"format"} | {"read_as"}


async def importing(asker: Asker) -> Shown:
    """The step that is next: upload, map, look."""
    station, file = asker.station, asker.query.one("file")
    values: Values = {
        "files": [{"place": one.place, "name": one.name, "size": one.size} for one in kept(station.folder)],
        "accounts": await asker.call(accounts, station.asking.served),
        "endings": ", ".join(ENDINGS),
        "largest": LARGEST // 1_000_000,
        "file": file,
        "name": file.rpartition("/")[2][13:],
        "formats": NAMES,
        "fields": FIELDS,
        "said": {},
        "found": None,
        "line": "",
    }
    if file:
        try:
            place_of(station.folder, file)
            values |= await _looked(asker, file)
        except TrimtabError as error:
            values["line"] = str(error)
    return Shown("data_import.html", values, "found.look.problems")


async def _looked(asker: Asker, file: str) -> Values:
    """What the file comes to by what was said of it; the fields are checked as those of the form that books it."""
    named = {"read_as": "format"}  # `format` in an address asks for the page as data
    fields = [(named.get(name, name), value) for name, value in asker.query.fields if name in _SAID and value.strip()]
    said = values_of(operation("POST", "book import"), [("file", file), *fields])
    given = {name: value for name, value in said.items() if value not in ("", [], False)}
    found = await asker.call(looked, asker.station.asking.served, given)
    again = {"file": file} | {"read_as" if name == "format" else name: given[name] for name in _OPTIONS if name in given}
    here = f"{PATH}?{urlencode({name: 'yes' if value is True else value for name, value in again.items()}, doseq=True)}"
    unsaid = not given.get("account") and "into which account" in found["line"]
    return {"found": found, "said": {name: given.get(name) for name in _OPTIONS}, "here": here, "unsaid": unsaid}


async def upload(request: Request) -> Response:
    """Keep a file, and go on to look at it; one of fills goes on to the form that reconciles it."""
    require_own_origin(request)
    visitor = visitor_of(request)
    request.state.visitor = visitor.name
    request.state.back = PATH
    try:
        visitor.require(Right.TRADE)
        name, content = await _sent(request, visitor)
        made = await asyncio.to_thread(keep, station_of(request).folder, name, content)
    except (NotSignedIn, Forbidden):
        raise
    except TrimtabError as error:
        return _told(request, visitor, "refused", str(error), request.state.back)
    station_of(request).asking.changed()
    anchor = "#reconcile" if request.state.back == FILLS else ""
    return RedirectResponse(f"{request.state.back}?{urlencode({'file': made.place})}{anchor}", 303)


async def _sent(request: Request, visitor: Visitor) -> tuple[str, bytes]:
    """The file of the form and its name; one byte more than may be is enough to know that it is too large."""
    async with request.form(max_files=1, max_fields=5) as form:
        require_meant(request, visitor, str(form.get("csrf", "")))
        request.state.back = FILLS if form.get("next") == FILLS else PATH
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            raise UsageError("no file was chosen", remedy="Choose one, then upload it.")
        return file.filename, await file.read(LARGEST + 1)


async def take_away(request: Request) -> Response:
    """Remove an uploaded file."""
    visitor = visitor_of(request)
    request.state.visitor = visitor.name
    async with request.form(max_files=0, max_fields=5) as form:
        require_meant(request, visitor, str(form.get("csrf", "")))
        place = str(form.get("file", ""))
    visitor.require(Right.TRADE)
    station = station_of(request)
    try:
        await asyncio.to_thread(remove, station.folder, place)
    except TrimtabError as error:
        return _told(request, visitor, "refused", str(error), PATH)
    station.asking.changed()
    return _told(request, visitor, "done", "The file is removed. What was booked from it stays booked.", PATH)


def _told(request: Request, visitor: Visitor, kind: str, words: str, path: str) -> Response:
    flashes: Any = station_of(request).more["flashes"]
    flashes.tell(visitor.session, kind, words)
    return RedirectResponse(path, 303)


DEEDS = ((PATH, upload), (f"{PATH}/remove", take_away))
