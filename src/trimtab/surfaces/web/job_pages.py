"""Long work in a browser: a page per job, its state as JSON for the page's own script, and the button that ends it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from trimtab.surfaces.access.refusals import Forbidden
from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.api.answering import told as said_document
from trimtab.surfaces.api.job_routes import job_document
from trimtab.surfaces.serving.entrance import require_meant, visitor_of
from trimtab.surfaces.serving.job_record import Job, State
from trimtab.surfaces.serving.operations import operation
from trimtab.surfaces.serving.station import station_of
from trimtab.surfaces.serving.verbs import Said
from trimtab.surfaces.web.deeds import field, fields_of
from trimtab.surfaces.web.job_words import fields_again, home_of, job_title, moment_words, outcome_shown, progress_words
from trimtab.surfaces.web.page import Asker, Page, Shown, Values

OF_MACHINE = ("folder",)  # where a policy lay on the machine of the server is told to nobody
_OF_FORM = {"target": "policy"}  # what the forms of research call it
LONGEST = 400_000  # characters of a document that is shown whole


async def job(asker: Asker) -> Shown:
    """One job: how far it has come, and what came of it."""
    jobs = asker.station.jobs
    found = jobs.get(asker.query.path["id"])
    title = job_title(found.verb, found.values)
    told, going = job_document(found), not found.state.over
    mine = found.by == asker.visitor.name or Right.ADMINISTER in asker.visitor.rights
    values: Values = {"job": told, "going": going, "mine": mine, "facts": _facts(found, told), "line": found.line}
    values |= {"messages": [], "document": "", "shown": None, "how_far": progress_words(found.by, told["progress"])}
    values |= {"again": None if going else _again(asker, found), "home": home_of(found.verb)}
    outcome = None if going else await jobs.outcome(found.id)
    if isinstance(outcome, Said):
        document = {name: value for name, value in said_document(outcome).items() if name not in OF_MACHINE}
        text = json.dumps(document, indent=2) if len(outcome.text) <= LONGEST else ""
        values |= {
            "document": text,
            "shown": outcome_shown(found.verb, found.values, document),
            "messages": list(outcome.messages),
        }
    return Shown("job.html", values, title=title)


def _again(asker: Asker, found: Job) -> Values | None:
    """How a job that did not come to its end is begun again: a form as it was, and where its fields can be changed."""
    asked = operation("POST", found.verb)
    if found.state is State.DONE or asked.right not in asker.visitor.rights:
        return None
    fields = fields_again(found.values)
    own = [(name, value) for name, value in fields if name in asked.options]
    changed = f"/research?{urlencode([(_OF_FORM.get(name, name), value) for name, value in own])}#begin"
    words = "Go on with it" if found.state in (State.CANCELLED, State.LOST) else "Begin it again as it was"
    return {
        "action": f"/do/{found.verb.replace(' ', '-')}",
        "fields": own,
        "words": words,
        "change": changed if found.verb in ("backtest", "sweep", "validate") else "",
    }


def _facts(found: Job, told: Mapping[str, Any]) -> list[list[str]]:
    """What was asked, by whom and when."""
    asked = "; ".join(
        f"{name} {_text(value)}" for name, value in sorted(found.values.items()) if value not in (None, "", [], False)
    )
    rows = [
        ("Asked", asked),
        ("By", found.by),
        ("Asked at", moment_words(told["made"])),
        ("Began", moment_words(told["started"])),
        ("Ended", moment_words(told["ended"])),
    ]
    return [[name, str(value)] for name, value in rows if value]


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


PAGES = (Page("/jobs/{id}", "job", "Job", job, kept=False),)


async def state(request: Request) -> Response:
    """How far a job has come, without its outcome."""
    visitor_of(request).require(Right.READ)
    found = job_document(station_of(request).jobs.get(request.path_params["id"]))
    return Response(json.dumps(found), 200, {"cache-control": "no-store"}, "application/json")


async def end(request: Request) -> Response:
    """End a job; what it has finished is kept."""
    visitor, jobs = visitor_of(request), station_of(request).jobs
    require_meant(request, visitor, field(await fields_of(request), "csrf"))
    found = jobs.get(request.path_params["id"])
    if found.by != visitor.name and Right.ADMINISTER not in visitor.rights:
        raise Forbidden("the job is somebody else's", remedy="Ask whoever began it, or an administrator.")
    await jobs.cancel(found.id)
    return RedirectResponse(f"/jobs/{found.id}", 303)


ROUTES = [
    Route("/jobs/{id}/state", state, name="job-state"),
    Route("/jobs/{id}/end", end, methods=["POST"], name="do-job-end"),
]
