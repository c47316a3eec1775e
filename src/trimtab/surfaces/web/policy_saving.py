"""The editor of policy files: what was typed is checked and kept whole, or comes back with the place of the fault.

A file that an account follows keeps its parameters: they change by a request and under another name, never beneath it.
"""

from __future__ import annotations

import asyncio
import difflib
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trimtab.core.errors import ApprovalRequired, PolicyError, TrimtabError
from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.serving import policy_files
from trimtab.surfaces.serving.entrance import require_meant, visitor_of
from trimtab.surfaces.serving.station import LOG, Station, station_of
from trimtab.surfaces.web.deeds import field, fields_of
from trimtab.surfaces.web.frame import Frame, framed
from trimtab.surfaces.web.page import Asker, Page, Query, Shown
from trimtab.surfaces.web.reads.policies import known_policies
from trimtab.surfaces.web.rendering import filled, page_response

_AROUND = 2  # lines that are shown before and after a fault
_DIFFERENCES = 400  # lines of them that are shown


@dataclass(frozen=True, slots=True)
class Typed:
    """What stood in the form: `version` is that of the file that was `opened`, which another name leaves as it is."""

    name: str
    text: str
    version: str
    opened: str = ""

    @property
    def expected(self) -> str:
        """The version that what is typed is kept over: under another name a new file, never one that is there."""
        return policy_files.NEW if self.opened and self.opened != self.name else self.version


async def opened_file(station: Station, name: str, origin: str = "") -> dict[str, Any]:
    """The text and version of a file; of one that is not there yet nothing, or the text of `origin`. Raises UsageError."""
    if name in policy_files.listed(station.folder):
        found = policy_files.read(station.folder, name)
        return {"text": found.text, "as_read": found.version, "opened": name}
    policy_files.require_name(station.folder, name)
    text = policy_files.read(station.folder, origin).text if origin else ""
    return {"text": text, "as_read": policy_files.NEW}


async def save(request: Request) -> Response:
    """Keep what was typed, over the version that it was typed into."""
    visitor, fields = visitor_of(request), await fields_of(request)
    require_meant(request, visitor, field(fields, "csrf"))
    visitor.require(Right.RESEARCH)
    station, name = station_of(request), field(fields, "file").strip()
    text = field(fields, "text").replace("\r\n", "\n").replace("\r", "\n")
    typed = Typed(name, text, field(fields, "version").strip(), field(fields, "opened").strip())
    try:
        await _require_free(station, name, text)
        kept = await asyncio.to_thread(policy_files.write, station.folder, name, text, expected=typed.expected)
    except TrimtabError as error:
        values, status = _again(station, typed, error)
        asker = Asker(station, Query(), visitor)
        page = Page("/policy/edit", "policy-edit", f"Edit {name[:90]}", _nothing, kept=False)
        return page_response(filled(await framed(Frame(page, asker), Shown("policy_edit.html", values)), visitor), status)
    finally:
        station.asking.changed()
    LOG.info("policy file", extra={"by": visitor.name, "file": kept.path, "sha256": kept.version})
    station.more["flashes"].tell(
        visitor.session, "done", f"{kept.path} is kept. It reads as a policy, and its rules are below."
    )
    return RedirectResponse(f"/policy?policy={kept.path}", 303)


async def _require_free(station: Station, name: str, text: str) -> None:
    """Raises ApprovalRequired where accounts follow the file, and what was typed is another policy."""
    known = await station.asking.call(known_policies, station.asking.served)
    followed = next((one for one in known if one["policy"] == f"{policy_files.FOLDER}/{name}" and one["accounts"]), None)
    if followed is None:
        return
    policy = await asyncio.to_thread(policy_files.check, station.folder, name, text)
    if policy.sha256 != followed["followed"]:
        who = ", ".join(followed["accounts"])
        what = f"{who} follow{'s' if len(followed['accounts']) == 1 else ''} {name}, and this is another policy"
        raise ApprovalRequired(what, remedy="Save it under another name, then ask for the change on its page.")


def _again(station: Station, typed: Typed, error: TrimtabError) -> tuple[dict[str, Any], int]:
    """The editor as it was left, with one line that says why; beside what somebody else wrote, where that is the reason."""
    name, text = typed.name, typed.text
    values: dict[str, Any] = {
        "file": name,
        "text": text,
        "as_read": typed.version,
        "opened": typed.opened,
        "refused": str(error),
        "code": error.code,
        "rows": [],
    }
    values |= {"files": list(policy_files.listed(station.folder)), "fault": _fault(text, error), "theirs": None}
    if isinstance(error, policy_files.Changed):
        present = _present(station, name)
        lines = difflib.unified_diff(present.text.splitlines(), text.splitlines(), "theirs", "yours", lineterm="", n=2)
        values |= {"theirs": present.text, "as_read": present.version, "opened": name, "difference": list(lines)[:_DIFFERENCES]}
        return values, 412
    return values, 422 if isinstance(error, PolicyError) else 409


def _present(station: Station, name: str) -> policy_files.PolicyText:
    """What lies there now; nothing where somebody took it away."""
    try:
        return policy_files.read(station.folder, name)
    except TrimtabError:
        return policy_files.PolicyText(name, "", policy_files.NEW)


def _fault(text: str, error: TrimtabError) -> dict[str, Any] | None:
    """Where it is: line, column, and the lines around it."""
    place = policy_files.place_of(error)
    if place is None:
        return None
    line, column = place
    lines = text.split("\n")
    first = max(line - 1 - _AROUND, 0)
    around = [{"number": first + k + 1, "text": one} for k, one in enumerate(lines[first : line + _AROUND])]
    return {"line": line, "column": column, "what": error.what, "remedy": error.remedy, "around": around}


async def _nothing(_: Asker) -> Shown:
    return Shown("policy_edit.html", {})


DEEDS = (("/policy/save", save),)
