"""The queue of jobs: what may wait, who is told, what is cancelled, what a restart finds. Children are planted and quick."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.surfaces.serving.planted import NOW, PATIENT, QUICK, Hands, child, desk, over
from trimtab.core.errors import DataError, TrimtabError, UsageError
from trimtab.surfaces.serving import job_record, job_shelf
from trimtab.surfaces.serving.job_outcome import Outcome, write_outcome
from trimtab.surfaces.serving.job_record import Job, State, Step
from trimtab.surfaces.serving.job_shelf import Shelf
from trimtab.surfaces.serving.jobs import Closed, Jobs, Limits, NoJob, TooMuch
from trimtab.surfaces.serving.verbs import Refusal, Said

SWEEP = {"policy": "policy.yaml", "grid": ["signals.average.window=8M,10M"]}


def opened(folder: Path, code: str = QUICK, clock: Hands | None = None, **limits: int | float) -> Jobs:
    return Jobs(folder, desk(), limits=Limits(**({"grace": 5.0} | limits)), clock=clock or Hands(), child=child(code))  # type: ignore[arg-type]


def left(folder: Path, letter: str, state: State, made: np.datetime64 = NOW) -> Job:
    """A job that an earlier life left on the shelf."""
    job = Job(letter * 32, "sweep", SWEEP, "anna", "a sweep", made, state)
    Shelf(folder).keep(job)
    return job


def test_a_job_runs_and_its_document_is_what_the_verb_said(tmp_path: Path) -> None:
    async def run() -> None:
        clock = Hands()
        async with opened(tmp_path, clock=clock) as jobs:
            job = await jobs.start("sweep", SWEEP, "anna", NOW, "Windows of the trend")
            assert (job.state, job.by, job.title, job.made) == (State.RUNNING, "anna", "Windows of the trend", NOW)
            clock.at = NOW + np.timedelta64(7, "s")
            done = await over(jobs, job.id)
            assert (done.state, done.started, done.ended) == (State.DONE, NOW, clock.at)
            assert done.outcome == {"line": "", "exit_code": 0, "code": "", "messages": []}
            said = await jobs.outcome(job.id)
            assert isinstance(said, Said)
            asked = said.document
            assert {name: asked[name] for name in ("verb", "values", "by")} == {"verb": "sweep", "values": SWEEP, "by": "anna"}
            assert asked["served"] == {"book": "", "store": "market", "data": None}
            with pytest.raises(TypeError):
                done.values["policy"] = "other.yaml"  # type: ignore[index]
            json.dumps([done.state, done.progress, done.outcome], allow_nan=False)

    asyncio.run(run())
    assert (tmp_path / "jobs").stat().st_mode & 0o777 == 0o700
    assert {one.stat().st_mode & 0o777 for one in (tmp_path / "jobs").iterdir()} == {0o700}


def spans_of_five(folder: Path, at_once: int) -> list[tuple[float, float]]:
    """When each of five jobs began and ended, as their children noted."""
    folder.mkdir()
    noting = QUICK + (
        "began = time.monotonic()\ntime.sleep(0.1)\n"
        "open(f'{asked[\"values\"][\"k\"]}.times', 'w').write(f'{began} {time.monotonic()}')\n"
    )

    async def run() -> None:
        async with opened(folder, noting, at_once=at_once) as jobs:
            names = [(await jobs.start("sweep", {"k": k}, "anna", NOW)).id for k in range(5)]
            assert [jobs.get(one).state.value for one in names] == ["running"] * at_once + ["waiting"] * (5 - at_once)
            assert [job.id for job in jobs.list()] == names[::-1]
            for one in names:
                await over(jobs, one)

    asyncio.run(run())
    times = [(folder / f"{k}.times").read_text().split() for k in range(5)]
    return [(float(began), float(ended)) for began, ended in times]


def test_jobs_run_a_few_at_a_time_in_their_order(tmp_path: Path) -> None:
    def together(spans: list[tuple[float, float]]) -> int:
        return max(sum(began <= at < ended for began, ended in spans) for at, _ in spans)

    spans = spans_of_five(tmp_path / "two", 2)
    assert together(spans) == 2
    assert all(spans[k][0] < spans[k + 2][0] for k in range(3))
    assert together(spans_of_five(tmp_path / "five", 5)) > 2  # the control


@pytest.mark.parametrize("waiting", [0, 3])
def test_more_than_may_wait_are_refused_and_nothing_is_kept_of_them(tmp_path: Path, waiting: int) -> None:
    async def run() -> None:
        async with opened(tmp_path, PATIENT, waiting=waiting) as jobs:
            for _ in range(1 + waiting):
                await jobs.start("sweep", SWEEP, "anna", NOW)
            before = sorted((tmp_path / "jobs").iterdir())
            with pytest.raises(TooMuch) as refused:
                await jobs.start("sweep", SWEEP, "ben", NOW)
            assert (refused.value.code, sorted((tmp_path / "jobs").iterdir())) == ("TT-JOB-001", before)
            if waiting:
                await jobs.cancel(jobs.list()[0].id)
                assert (await jobs.start("sweep", SWEEP, "ben", NOW)).state is State.WAITING

    asyncio.run(run())


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_keeps_what_is_finished(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path, PATIENT) as jobs:
            first, second = [await jobs.start("sweep", SWEEP, name, NOW) for name in ("anna", "ben")]
            assert (await jobs.cancel(second.id)).state is State.CANCELLED
            assert [job.id for job in jobs.list("ben")] == [second.id]
            await asyncio.sleep(0.2)
            assert (await jobs.cancel(first.id)).state is State.RUNNING
            await jobs.cancel(first.id)
            job = await over(jobs, first.id)
            assert (job.state, job.line) == (State.CANCELLED, "it was cancelled; stopped: 2 of 5 parts kept and counted")
            assert (await jobs.cancel(first.id)) == job  # over is over

    asyncio.run(run())


@pytest.mark.parametrize(
    "name", ["../x", "..", "", "x" * 32, "a" * 31, "A" * 32, "a" * 32, "a" * 32 + "\n", "/etc/passwd", "%2e%2e"]
)
def test_what_names_no_job_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "job.json").write_text("{}")

    async def run() -> None:
        async with opened(tmp_path) as jobs:
            for ask in (jobs.outcome(name), jobs.cancel(name), jobs.changed(name, 0, 1.0)):
                with pytest.raises(NoJob):
                    await ask
            with pytest.raises(NoJob) as refused:
                jobs.get(name)
            assert refused.value.code == "TT-JOB-002"

    asyncio.run(run())


def test_names_are_drawn_anew_each_time_and_never_a_path(tmp_path: Path) -> None:
    async def run() -> list[str]:
        async with opened(tmp_path, PATIENT, waiting=30) as jobs:
            return [(await jobs.start("sweep", SWEEP, "anna", NOW)).id for _ in range(30)]

    names = asyncio.run(run())
    assert len({name[:8] for name in names}) == len({name[-8:] for name in names}) == 30
    assert all(len(name) == 32 and set(name) <= set("0123456789abcdef") for name in names)


def test_a_long_poll_wakes_at_a_change_and_gives_up_in_time(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path, PATIENT) as jobs:
            first, second = [await jobs.start("sweep", SWEEP, "anna", NOW) for _ in range(2)]
            assert (await jobs.changed(second.id, second.version + 1, 5.0)) == second  # what was seen is not what is
            assert (await jobs.changed(second.id, second.version, 0.05)) == second
            polls = [asyncio.create_task(jobs.changed(second.id, second.version, 5.0)) for _ in range(3)]
            await asyncio.sleep(0)
            await jobs.cancel(second.id)
            assert {job.state for job in await asyncio.gather(*polls)} == {State.CANCELLED}
            assert (await jobs.changed(second.id, jobs.get(second.id).version, 5.0)).state is State.CANCELLED  # over: at once
            last = asyncio.create_task(jobs.changed(first.id, jobs.get(first.id).version, 5.0))
            await asyncio.sleep(0.1)
        with pytest.raises(Closed):
            await last
        with pytest.raises(Closed) as refused:
            await jobs.start("sweep", SWEEP, "anna", NOW)
        assert refused.value.code == "TT-JOB-003"

    asyncio.run(asyncio.wait_for(run(), 12.0))


def test_shut_down_loses_what_runs_and_keeps_what_waits_for_a_day(tmp_path: Path) -> None:
    async def first() -> tuple[str, str, str]:
        async with opened(tmp_path, PATIENT) as jobs:
            running, fresh, old = [
                (await jobs.start("sweep", SWEEP, "anna", NOW - np.timedelta64(hours, "h"))).id for hours in (0, 1, 20)
            ]
            await asyncio.sleep(0.2)
        assert jobs.get(running).state is State.LOST
        return running, fresh, old

    async def second(running: str, fresh: str, old: str) -> None:
        jobs = opened(tmp_path, clock=Hands(NOW + np.timedelta64(5, "h")))
        assert [jobs.get(one).state.value for one in (running, fresh, old)] == ["lost", "waiting", "lost"]
        assert "kept and counted" in jobs.get(running).line
        async with jobs:
            assert (await over(jobs, fresh)).state is State.DONE
            assert (await jobs.outcome(old), (await jobs.outcome(fresh)) is None) == (None, False)

    names = asyncio.run(first())
    asyncio.run(second(*names))


def test_a_restart_finds_what_a_killed_server_left(tmp_path: Path) -> None:
    said, refusal = Said('{"kind": "sweep"}', 0, messages=("done well",)), Refusal("TT-DAT-001", "no data", "", "", 4)
    outcomes: Mapping[str, Outcome | None] = {
        "a": None,
        "b": Outcome(said),
        "c": Outcome(refusal),
        "d": Outcome(Said("", 1, messages=("3 parts kept",)), interrupted=True),
        "e": Outcome(said, interrupted=True),  # it was through when it was interrupted
        "f": Outcome(replace(refusal, ours=True)),
    }
    for letter, outcome in outcomes.items():
        job = left(tmp_path, letter, State.RUNNING)
        if outcome is not None:
            write_outcome(Shelf(tmp_path).outcome(job.id), outcome)
    left(tmp_path, "0", State.RUNNING)
    Shelf(tmp_path).outcome("0" * 32).write_text("[1")
    (tmp_path / "jobs" / ("1" * 32)).mkdir()  # a crash came before the record
    for _ in range(2):  # what was found is kept
        jobs = opened(tmp_path)
        states = {job.id[0]: job.state.value for job in jobs.list()}
        assert states == {"a": "lost", "b": "done", "c": "refused", "d": "lost", "e": "done", "f": "failed", "0": "failed"}
        assert jobs.get("d" * 32).line.endswith("3 parts kept")
        assert "does not read" in jobs.get("0" * 32).line
        assert asyncio.run(jobs.outcome("b" * 32)) == said
        with pytest.raises(DataError, match="does not read"):
            asyncio.run(jobs.outcome("0" * 32))
    assert not (tmp_path / "jobs" / ("1" * 32)).exists()


def test_old_jobs_are_swept_and_waiting_ones_never(tmp_path: Path) -> None:
    for k, letter in enumerate("abcdef"):
        job = left(tmp_path, letter, State.DONE, NOW - np.timedelta64(40, "D"))
        Shelf(tmp_path).keep(replace(job, ended=NOW - np.timedelta64(k * 9, "D")))
    left(tmp_path, "0", State.WAITING)
    broken = tmp_path / "jobs" / ("9" * 32)
    broken.mkdir()
    (broken / "job.json").write_text("{")
    jobs = opened(tmp_path, kept=3)
    assert sorted(job.id[0] for job in jobs.list()) == ["0", "a", "b", "c"]  # the three latest
    assert sorted(job.id[0] for job in opened(tmp_path, kept=200, days=10).list()) == ["0", "a", "b"]
    assert sorted(one.name[0] for one in (tmp_path / "jobs").iterdir()) == ["0", "9", "a", "b"]
    opened(tmp_path, clock=Hands(np.datetime64("2200-01-01T00:00:00", "s")))
    assert not broken.exists()


def accepted(folder: Path, values: Mapping[str, object]) -> bool:
    async def run() -> bool:
        async with opened(folder) as jobs:
            try:
                await over(jobs, (await jobs.start("sweep", values, "anna", NOW)).id)
            except UsageError:
                return False
            return True

    return asyncio.run(run())


def test_no_password_is_kept_of_a_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    canary = {"policy": "policy.yaml", "grid": ["a=1", {"data": "postgresql://anna:canary@db/x"}]}
    assert accepted(tmp_path, {"grid": ["window=8M,10M"]})
    assert not accepted(tmp_path, canary)
    assert not accepted(tmp_path, {"account": float("nan")})
    assert not accepted(tmp_path, {"account": object()})
    texts = [one.read_text() for one in (tmp_path / "jobs").rglob("*.json")]
    assert len(texts) == 2
    assert not any("canary" in text for text in texts)
    monkeypatch.setattr(job_record, "masked", lambda text: text)  # the control
    assert accepted(tmp_path, canary)
    assert any("canary" in one.read_text() for one in (tmp_path / "jobs").rglob("job.json"))


def test_where_the_desk_lies_reaches_the_child_and_no_record(tmp_path: Path) -> None:
    served = replace(desk(), book="postgresql://anna:canary@db/book")

    async def run() -> str:
        async with Jobs(tmp_path, served, clock=Hands(), child=child(QUICK)) as jobs:
            job = await over(jobs, (await jobs.start("sweep", SWEEP, "anna", NOW)).id)
            said = await jobs.outcome(job.id)
            assert isinstance(said, Said)
            assert said.document["served"]["book"] == served.book
            return job.id

    assert "canary" not in (tmp_path / "jobs" / asyncio.run(run()) / "job.json").read_text()


def test_a_disk_that_takes_nothing_refuses_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device")

    async def run() -> None:
        async with opened(tmp_path) as jobs:
            with monkeypatch.context() as patch:
                patch.setattr(job_shelf, "write_text", full)
                with pytest.raises(TrimtabError, match="No space left"):
                    await jobs.start("sweep", SWEEP, "anna", NOW)
                assert (jobs.list(), [*(tmp_path / "jobs").iterdir()]) == ([], [])
            job = await jobs.start("sweep", SWEEP, "anna", NOW)
            monkeypatch.setattr(job_shelf, "write_text", full)  # from now on: the job goes on, and is over
            assert (await over(jobs, job.id)).state is State.DONE

    asyncio.run(run())


@pytest.mark.parametrize("wrong", [{"at_once": 0}, {"waiting": -1}, {"seconds": 0.0}, {"memory": 0}, {"seconds": float("nan")}])
def test_limits_that_cannot_be_are_refused(wrong: Mapping[str, int]) -> None:
    with pytest.raises(UsageError):
        Limits(**wrong)


def test_a_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("")
    with pytest.raises(UsageError, match="folder of jobs"):
        opened(tmp_path)


def test_a_record_is_read_back_as_it_was() -> None:
    job = Job("a" * 32, "sweep", SWEEP, "anna", "t", NOW, State.DONE, Step("x", 1, 2, 0.5), NOW, NOW, {"line": "l"}, 4)
    assert job_record.recorded(job_record.record(job)) == job
    assert job_record.recorded(job_record.record(replace(job, progress=None, started=None))).progress is None
