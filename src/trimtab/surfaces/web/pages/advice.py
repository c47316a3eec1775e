"""Advice: the checklist as a form, all of it in the address; what fits, and why. And the mandate, shown and checked."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trimtab.core.errors import TrimtabError, UsageError
from trimtab.desk.advice_answers import NUMBERS
from trimtab.governance.answers import QUESTIONS
from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.api.refused import require_said
from trimtab.surfaces.cli.advice_verbs import APPROACHES
from trimtab.surfaces.serving.entrance import require_meant, visitor_of
from trimtab.surfaces.serving.operations import operation
from trimtab.surfaces.serving.places import require_inside
from trimtab.surfaces.serving.station import station_of
from trimtab.surfaces.web.deeds import field, fields_of, onward
from trimtab.surfaces.web.page import Asker, Page, Shown, Values
from trimtab.surfaces.web.reads.advice import advised, fraction, mandates, policies, questions

PATH = "/advice"
FIELDS = (*QUESTIONS, "benchmark", *NUMBERS, "wanted", "marginal")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", re.ASCII)
_FILE = "policies/my-policy.yaml"


async def advice(asker: Asker) -> Shown:
    """The questions, and the answer once all six are answered."""
    given = {name: asker.query.one(name)[:200] for name in FIELDS if asker.query.one(name)}
    found = await asker.call(advised, given, _FILE) if given else {"missing": list(QUESTIONS), "line": "", "advice": None}
    held, mandate = asker.query.one("policy"), asker.query.one("mandate")
    lying = await asker.call(mandates)
    values: Values = {
        **found,
        "asked": questions(),
        "given": given,
        "begun": any(name in FIELDS for name, _ in asker.query.fields),
        "approaches": list(APPROACHES),
        "mandates": lying,
        "policies": await asker.call(policies),
        "mandate": await _mandate(asker, mandate, held) if mandate else {},
    }
    return Shown("advice.html", values, "advice.reasons")


async def _mandate(asker: Asker, file: str, policy: str) -> Values:
    """One statement as it reads, and whether a policy keeps to it."""
    try:
        shown = await asker.read("mandate show", mandate=file)
        checked = await asker.maybe("mandate check", mandate=file, policy=policy) if policy else {}
    except TrimtabError as error:  # a name that leads out of the workspace, too
        shown, checked = {"refused": str(error)}, {}
    return {"file": file, "policy": policy, "shown": shown, "checked": checked}


async def write(request: Request) -> Response:
    """Write the policy that the advice begins with, by the verb itself; never over a file."""
    visitor, fields = visitor_of(request), await fields_of(request)
    request.state.visitor = visitor.name
    require_meant(request, visitor, field(fields, "csrf"))
    visitor.require(Right.RESEARCH)
    station, back = station_of(request), onward(field(fields, "next"), PATH)
    try:
        values = _values(fields)
        require_inside(station.folder, values)
        require_said(await station.asking.do(operation("POST", "advise"), values, visitor.name))
        kind, words = "done", f"{values['policy']} is written: test it before anything follows it."
    except TrimtabError as error:
        kind, words = "refused", str(error)
    station.more["flashes"].tell(visitor.session, kind, words)
    return RedirectResponse(back, 303)


def _values(fields: list[tuple[str, str]]) -> Values:
    """The options of the verb. Raises UsageError for a name that is none."""
    name = field(fields, "name").strip().removesuffix(".yaml")
    if not _NAME.fullmatch(name):
        raise UsageError("this cannot be the name of a policy", remedy="Use letters, digits and . _ -")
    given = {key: field(fields, key).strip() for key in FIELDS}
    values: Values = {key: given[key] for key in (*QUESTIONS, "benchmark", "wanted") if given[key]}
    values |= {key: fraction(key, given[key]) for key in NUMBERS if given[key]}
    marginal = {"marginal": True} if given["marginal"] else {}
    return values | marginal | {"policy": f"policies/{name}.yaml"}


PAGES = (Page(PATH, "advice", "Advice", advice, "Keep"),)
DEEDS = ((f"{PATH}/write", write),)
