"""A sweep as a job, with the real child: progress, the document, and what a sweep that was cancelled goes on from."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.surfaces.serving.planted import NOW, Hands, desk, over
from trimtab.desk.trials import Registry
from trimtab.surfaces.serving.job_record import Job, State
from trimtab.surfaces.serving.jobs import CHILD, Jobs
from trimtab.surfaces.serving.verbs import Refusal, Said

VALUES = {"policy": "trend-overlay", "grid": ["signals.average.window=8M,10M"]}
# The real child, but for parts of one variant, and a rest after each of them.
SLOW = """
import sys, time
from trimtab.desk import sweep_cutting
from trimtab.surfaces.serving import job_child
sweep_cutting.LEAST = 1
told = job_child.Telling.__call__
def slow(self, what, done, total, left):
    told(self, what, done, total, left)
    time.sleep(REST if done else 0.0)
job_child.Telling.__call__ = slow
sys.exit(job_child.main())
"""


def carried(
    folder: Path, child: tuple[str, ...], grid: str, cancel_at: int = 0
) -> tuple[Job, Said | Refusal | None, list[int]]:
    """The job at its end, what it said, and the steps that were seen."""

    async def run() -> tuple[Job, Said | Refusal | None, list[int]]:
        seen: list[int] = []
        async with Jobs(folder, desk(), clock=Hands(), child=child) as jobs:
            job = await jobs.start("sweep", VALUES | {"grid": [grid]}, "anna", NOW)
            while not job.state.over:
                job = await jobs.changed(job.id, job.version, 30.0)
                seen += [job.progress.done] if job.progress is not None else []
                if cancel_at and seen and seen[-1] >= cancel_at:
                    await jobs.cancel(job.id)
                    job = await over(jobs, job.id)
            return job, await jobs.outcome(job.id), seen

    return asyncio.run(run())


def test_a_sweep_tells_its_progress_and_leaves_its_document(tmp_path: Path) -> None:
    job, said, seen = carried(tmp_path, CHILD, "signals.average.window=8M,10M")
    assert (job.state, job.progress, seen[0], seen[-1]) == (State.DONE, ("trend-overlay", 1, 1, 0.0), 0, 1), job
    assert isinstance(said, Said)
    assert (said.document["kind"], said.exit_code) == ("sweep", 0)


def test_a_sweep_that_is_cancelled_keeps_and_counts_what_is_finished_and_goes_on_from_there(tmp_path: Path) -> None:
    def slow(rest: float) -> tuple[str, ...]:
        return (sys.executable, "-c", SLOW.replace("REST", str(rest)))

    grid = "signals.average.window=6M,7M,8M,9M"
    job, _, _ = carried(tmp_path, slow(0.5), grid, cancel_at=3)
    assert job.state is State.CANCELLED
    assert job.line.startswith("it was cancelled; stopped: 2 parts of 4 kept and counted;")
    assert Registry(tmp_path).count().total == 2
    job, said, seen = carried(tmp_path, slow(0.0), grid)
    assert isinstance(said, Said)
    assert (job.state, job.progress and job.progress.done, seen[0]) == (State.DONE, 4, 2)  # two were there
    assert Registry(tmp_path).count().total == 4
