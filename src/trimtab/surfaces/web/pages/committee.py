"""Committee: was the process kept to, what is to be reviewed, what lies before the committee, and what it decided."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from trimtab.core.errors import UsageError
from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.access.visitor import Visitor
from trimtab.surfaces.api.answering import told
from trimtab.surfaces.api.refused import Refused, require_said
from trimtab.surfaces.committee_files import FOLDER
from trimtab.surfaces.serving.station import station_of
from trimtab.surfaces.serving.verbs import tried
from trimtab.surfaces.web.page import Asker, Page, Shown, Values
from trimtab.surfaces.web.reads.committee import pack_file, packs, reviews

PATH = "/committee"
_ALONE = {"content-security-policy": "sandbox; default-src 'none'", "cache-control": "private, no-cache"}


async def committee(asker: Asker) -> Shown:
    """The whole quarter of a committee on one page."""
    served = asker.station.asking.served
    found, lying = await asker.call(reviews, served), await asker.call(packs)
    chosen = _chosen(lying, asker.query.one("pack"))
    values: Values = {
        **found,
        "score": await asker.maybe("adherence", all=True) if found["accounts"] else {"refused": "There is no account yet."},
        "changes": await asker.maybe("policy changes"),
        "minutes": await _minutes(asker),
        "packs": lying,
        "chosen": chosen,
        "folder": FOLDER,
        "quarter": _quarter_before(found["today"]),
        "year": int(found["today"][:4]),
    }
    return Shown("committee.html", values, "minutes.minutes")


async def _minutes(asker: Asker) -> Values:
    """What was decided. The verb lists them where it is given no vote."""
    try:
        return told(require_said(await asker.call(tried, asker.station.asking.served, "committee minutes", {}, "reader")))
    except Refused as error:
        return {"refused": str(error), "minutes": [], "revisit": []}


def _chosen(lying: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    """The pack that minutes are about: the one that is asked for, else the latest."""
    named = [one for one in lying if one["name"] == name]
    return next(iter([*named, *lying]), None)


def _quarter_before(today: str) -> str:
    """The last quarter that is over by a day: a pack is made of a whole one."""
    year, month = int(today[:4]), int(today[5:7])
    quarter = (month - 1) // 3
    return f"{year}Q{quarter}" if quarter else f"{year - 1}Q4"


async def pack(request: Request, _: Visitor) -> Response:
    """A pack as a file to keep: never a page of this server, for anybody may have written what lies in the folder."""
    name = request.path_params["name"]
    try:
        place = pack_file(station_of(request).folder, name)
    except UsageError as error:
        return Response(f"{error}\n", 404, media_type="text/plain")
    return FileResponse(place, 200, _ALONE, "application/octet-stream", filename=place.name)


PAGES = (Page(PATH, "committee", "Committee", committee, "Process"),)
RAW = ((f"{PATH}/packs/{{name}}", Right.READ, pack),)
