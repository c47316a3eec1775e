"""Long work: what is under way, how far it has come, what came of it, and how to end it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from trimtab.surfaces.access.refusals import Forbidden
from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.access.visitor import Visitor
from trimtab.surfaces.api.answering import answer, told
from trimtab.surfaces.api.refused import require_said
from trimtab.surfaces.serving.entrance import holder
from trimtab.surfaces.serving.job_record import Job
from trimtab.surfaces.serving.jobs import NoJob
from trimtab.surfaces.serving.station import station_of

Entered = Annotated[Visitor, Depends(holder(Right.READ))]
READING = [Depends(holder(Right.READ))]
Name = Annotated[str, Path(alias="id", pattern=r"^[A-Za-z0-9_-]{8,64}$")]


def add_jobs(router: APIRouter) -> None:
    """Add the routes of jobs."""
    told_as: dict[str, Any] = {"tags": ["jobs"], "response_model": dict[str, Any]}

    @router.get("/jobs", name="read-jobs", operation_id="read-jobs", dependencies=READING, **told_as)
    async def listed(request: Request) -> Response:
        """Every job that is known, the latest first."""
        return answer(
            request, {"trimtab": 1, "kind": "jobs", "jobs": [job_document(one) for one in station_of(request).jobs.list()]}
        )

    @router.get("/jobs/{id}", name="read-job", operation_id="read-job", dependencies=READING, **told_as)
    async def one(request: Request, name: Name) -> Response:
        """One job: its state, how far it has come, and in the end its document."""
        return answer(request, job_document(station_of(request).jobs.get(name)))

    @router.get("/jobs/{id}/outcome", name="read-outcome", operation_id="read-outcome", dependencies=READING, **told_as)
    async def outcome(request: Request, name: Name) -> Response:
        """The document that a job ended with. It is not there while the job runs, or where it left none."""
        found = await station_of(request).jobs.outcome(name)
        if found is None:
            raise NoJob(f"the job {name} has left no document", remedy="Ask for its state: it may not be over.")
        return answer(request, told(require_said(found)))

    @router.delete("/jobs/{id}", name="end-job", operation_id="end-job", **told_as)
    async def ended(request: Request, visitor: Entered, name: Name) -> Response:
        """End a job that waits or runs; what it has finished is kept. Whoever began it may, and an administrator."""
        jobs = station_of(request).jobs
        if jobs.get(name).by != visitor.name and Right.ADMINISTER not in visitor.rights:
            raise Forbidden("the job is somebody else's", remedy="Ask whoever began it, or an administrator.")
        await jobs.cancel(name)
        return answer(request, job_document(jobs.get(name)))


def job_document(job: Job) -> dict[str, Any]:
    """A job in plain values."""
    return {
        "trimtab": 1,
        "kind": "job",
        "id": job.id,
        "verb": job.verb,
        "by": job.by,
        "title": job.title,
        "state": job.state,
        "progress": job.progress._asdict() if job.progress is not None else None,
        "made": _text(job.made),
        "started": _text(job.started),
        "ended": _text(job.ended),
        "outcome": None if job.outcome is None else dict(job.outcome),
    }


def _text(at: Any) -> str | None:
    return None if at is None else f"{at}Z"
