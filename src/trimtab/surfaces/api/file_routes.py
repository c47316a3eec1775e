"""Files over the API: policies that are edited, files that are uploaded to be imported, and what the desk has made."""

import asyncio
import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Path, Request, UploadFile
from pydantic import Field
from starlette.responses import FileResponse, Response

from trimtab.surfaces.access.refusals import Forbidden
from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.access.visitor import Visitor
from trimtab.surfaces.api.answering import answer, once
from trimtab.surfaces.api.keyed import keyed
from trimtab.surfaces.serving import downloads, policy_files, uploads
from trimtab.surfaces.serving.entrance import holder
from trimtab.surfaces.serving.shapes import Asked
from trimtab.surfaces.serving.station import station_of

READING = [Depends(holder(Right.READ))]
Trader = Annotated[Visitor, Depends(holder(Right.TRADE))]
Analyst = Annotated[Visitor, Depends(holder(Right.RESEARCH))]
Reader = Annotated[Visitor, Depends(holder(Right.READ))]
PolicyName = Annotated[str, Path(alias="name", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}\.yaml$")]
FileName = Annotated[str, Path(alias="name", max_length=300)]


class PolicyBody(Asked):
    """A policy file."""

    text: Annotated[str, Field(max_length=policy_files.MOST_BYTES, description="YAML 1.2, as in a file")]


def add_files(router: APIRouter) -> None:
    """Add the routes of files."""
    _add_policies(router)
    told_as: dict[str, Any] = {"tags": ["files"], "response_model": dict[str, Any]}

    @router.get("/files", name="read-files", operation_id="read-files", dependencies=READING, **told_as)
    async def listed(request: Request) -> Response:
        """Every file that the desk hands out, by its name in the workspace."""
        found = await asyncio.to_thread(downloads.listed, station_of(request).folder)
        return answer(request, _told("files", {"files": [{"name": one.name, "size": one.size} for one in found]}))

    @router.post("/files", name="do-file", operation_id="do-file", status_code=201, dependencies=[Depends(keyed)], **told_as)
    async def uploaded(request: Request, visitor: Trader, file: UploadFile) -> Response:
        """Upload a file to be imported or reconciled. Nothing is booked by it."""
        content, name = await file.read(uploads.LARGEST + 1), file.filename or ""

        async def work() -> tuple[int, dict[str, Any], dict[str, str]]:
            kept = await asyncio.to_thread(uploads.keep, station_of(request).folder, name, content)
            sha = hashlib.sha256(content).hexdigest()
            return 201, _told("file", {"name": kept.place, "size": kept.size, "sha256": sha}), {}

        return await once(request, visitor, name.encode() + content, work)

    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    binary: dict[int | str, dict[str, Any]] = {200: {"content": content}}
    raw: dict[str, Any] = {"tags": ["files"], "response_class": Response, "responses": binary}

    @router.get("/files/{name:path}", name="read-file", operation_id="read-file", **raw)
    async def given(request: Request, visitor: Reader, name: FileName) -> Response:
        """One of these files. Copies of the book are for an administrator."""
        if name.startswith("backups/") and Right.ADMINISTER not in visitor.rights:
            raise Forbidden("copies of the book are an administrator's", remedy="Ask one.")
        place = await asyncio.to_thread(downloads.place_of, station_of(request).folder, name)
        return FileResponse(place, media_type="application/octet-stream", filename=place.name)


def _add_policies(router: APIRouter) -> None:
    told_as: dict[str, Any] = {"tags": ["policies"], "response_model": dict[str, Any]}

    @router.get("/policies", name="read-policies", operation_id="read-policies", dependencies=READING, **told_as)
    async def listed(request: Request) -> Response:
        """The policy files of the workspace. A verb takes them as `policies/NAME.yaml`."""
        found = await asyncio.to_thread(policy_files.listed, station_of(request).folder)
        return answer(request, _told("policies", {"policies": list(found)}))

    @router.get("/policies/{name}", name="read-policy", operation_id="read-policy", dependencies=READING, **told_as)
    async def one(request: Request, name: PolicyName) -> Response:
        """The text of one, and its version."""
        found = await asyncio.to_thread(policy_files.read, station_of(request).folder, name)
        body = {"name": found.name, "path": found.path, "text": found.text, "version": found.version}
        return answer(request, _told("policy-file", body))

    @router.put("/policies/{name}", name="keep-policy", operation_id="keep-policy", dependencies=[Depends(keyed)], **told_as)
    async def kept(
        request: Request,
        visitor: Analyst,
        name: PolicyName,
        asked: Annotated[PolicyBody, Body()],
        version: Annotated[
            str, Header(alias="If-Match", max_length=80, description="the version that was read; empty: it is new")
        ] = "",
    ) -> Response:
        """Keep a policy over the version that was read. It is checked first; what does not hold is not kept."""
        folder = station_of(request).folder

        async def work() -> tuple[int, dict[str, Any], dict[str, str]]:
            expected = version.strip('"')
            found = await asyncio.to_thread(lambda: policy_files.write(folder, name, asked.text, expected=expected))
            station_of(request).asking.changed()
            return 200, _told("policy-file", {"name": found.name, "path": found.path, "version": found.version}), {}

        return await once(request, visitor, f"{version}\0{asked.text}".encode(), work)


def _told(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"trimtab": 1, "kind": kind, **body}
