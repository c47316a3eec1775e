"""The routes of the API: one per operation, each with the verb's own words, options and example."""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request
from pydantic import Field
from starlette.responses import Response

from trimtab.surfaces.access.visitor import Visitor
from trimtab.surfaces.api.answering import answer, once, tagged, told
from trimtab.surfaces.api.job_routes import job_document
from trimtab.surfaces.api.keyed import keyed
from trimtab.surfaces.api.paging import MOST, PAGE, paged
from trimtab.surfaces.api.refused import require_said
from trimtab.surfaces.serving.entrance import holder
from trimtab.surfaces.serving.operations import OPERATIONS, Kind, Operation
from trimtab.surfaces.serving.places import require_inside
from trimtab.surfaces.serving.shapes import Asked, shape
from trimtab.surfaces.serving.station import station_of
from trimtab.surfaces.serving.verbs import verb_parser

Endpoint = Callable[..., Awaitable[Response]]
_ANSWERS = {Kind.READ: 200, Kind.WRITE: 200, Kind.LONG: 202}


def add_operations(router: APIRouter) -> None:
    """Add a route for every operation of the table."""
    for one in OPERATIONS:
        made = verb_parser(one.verb)
        router.add_api_route(
            one.path,
            _endpoint(one),
            methods=[one.method],
            name=one.id,
            operation_id=one.id,
            summary=(made.description or one.verb).strip(),
            description=f"`{made.get_default('example')}` on the command line. Right: {one.right.value}.",
            tags=[one.verb.split()[0]],
            status_code=_ANSWERS[one.kind],
            response_class=Response,
            responses={_ANSWERS[one.kind]: {"content": {"application/json": {"schema": {"type": "object"}}}}},
            dependencies=[Depends(holder(one.right)) if one.kind is Kind.READ else Depends(keyed)],
        )


class Pages(Asked):
    """Which part of a list."""

    page_size: Annotated[int, Field(ge=1, le=MOST, description="rows of a page")] = PAGE
    cursor: Annotated[str, Field(max_length=200, pattern=r"^[A-Za-z0-9_-]*$", description="`next` of the page before")] = ""


def _endpoint(operation: Operation) -> Endpoint:
    """The endpoint of an operation, which takes what its model says, from whoever holds its right."""
    form = shape(operation)
    if operation.kind is not Kind.READ:
        made, asked = (_writing if operation.kind is Kind.WRITE else _working)(operation), Annotated[form, Body()]
    elif operation.rows:
        made, asked = _listing(operation), Annotated[type(f"{form.__name__}Rows", (form, Pages), {}), Query()]
    else:
        made, asked = _reading(operation), Annotated[form, Query()]
    made.__annotations__["asked"] = asked
    if operation.kind is not Kind.READ:
        made.__annotations__["visitor"] = Annotated[Visitor, Depends(holder(operation.right))]
    return made


def _reading(operation: Operation) -> Endpoint:
    async def whole(request: Request, asked: Asked) -> Response:
        said = require_said(await station_of(request).asking.read(operation, _given(asked)))
        return tagged(request, said.text.encode()) if said.text and not said.messages else answer(request, told(said))

    return whole


def _listing(operation: Operation) -> Endpoint:
    async def listed(request: Request, asked: Asked) -> Response:
        values = _given(asked)
        size, cursor = int(values.pop("page_size")), str(values.pop("cursor"))
        said = require_said(await station_of(request).asking.read(operation, values))
        return answer(request, paged(told(said), operation.rows, size, cursor))

    return listed


def _writing(operation: Operation) -> Endpoint:
    async def done(request: Request, visitor: Visitor, asked: Asked) -> Response:
        values = _given(asked)

        async def work() -> tuple[int, dict[str, Any], dict[str, str]]:
            said = require_said(await station_of(request).asking.do(operation, values, visitor.name))
            return 200, told(said), {}

        return await once(request, visitor, _body(values), work)

    return done


def _working(operation: Operation) -> Endpoint:
    async def begun(request: Request, visitor: Visitor, asked: Asked) -> Response:
        values = {**_given(asked), **operation.fixed}

        async def work() -> tuple[int, dict[str, Any], dict[str, str]]:
            station = station_of(request)
            require_inside(station.folder, values)
            job = await station.jobs.start(operation.verb, values, visitor.name, station.now(), operation.verb)
            return 202, job_document(job), {"location": f"/api/v1/jobs/{job.id}"}

        return await once(request, visitor, _body(values), work)

    return begun


def _body(values: dict[str, Any]) -> bytes:
    """What is asked for, whatever the order and blanks in which it came."""
    return json.dumps(values, sort_keys=True).encode()


def _given(asked: Asked) -> dict[str, Any]:
    """What was given: an option that is left out keeps the default of its verb."""
    return {name: value for name, value in asked.model_dump().items() if value is not None}
