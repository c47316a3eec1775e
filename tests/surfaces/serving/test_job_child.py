"""The child of a job: SIGINT once, progress a few times a second, a limit of memory, and no life beyond its server's."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.surfaces.serving.planted import NOW, Hands, desk, gone, over
from trimtab.core.errors import DataError
from trimtab.surfaces.serving import job_child, job_outcome
from trimtab.surfaces.serving.job_child import Interruption, Telling, carried_out
from trimtab.surfaces.serving.job_outcome import Outcome, read_outcome, write_outcome
from trimtab.surfaces.serving.job_record import Job, State, step_of
from trimtab.surfaces.serving.jobs import Jobs, Limits
from trimtab.surfaces.serving.verbs import Refusal, Said, Served

# A child as it is, but for the verb: what stands in the values is what it does.
VERB = """
import os, sys, time
import numpy
from trimtab.surfaces.serving import job_child
from trimtab.surfaces.serving.verbs import Said

def run(served, verb, values, by, progress):
    open("draft", "w").write(str(os.getpid()))
    os.rename("draft", "process")
    print("this is no progress", flush=True)
    progress("parts", 1, 4, 0.3)
    if values["does"] == "sleep":
        time.sleep(60)
    if values["does"] == "spin":
        while True:
            pass
    if values["does"] == "eat":
        eaten = numpy.zeros(1 << 31, dtype=numpy.uint8)  # addresses that nobody touches
    if values["does"] == "niceness":
        return Said(f'{{"nice": {os.nice(0)}}}', 0)
    return Said("{}", 0)

job_child.run = run
PLANT
sys.exit(job_child.main())
"""
CHILD = (sys.executable, "-c", VERB.replace("PLANT", ""))


def asked(**values: Any) -> dict[str, Any]:
    return {
        "served": {"book": "", "store": "market", "data": None},
        "verb": "x",
        "values": values,
        "by": "anna",
        "memory": None,
    }


def told(monkeypatch: pytest.MonkeyPatch, does: Callable[[], Said], **more: Any) -> Said | Refusal:
    def run(served: Served, verb: str, values: Mapping[str, Any], by: str, progress: Any) -> Said:
        assert (served, verb, dict(values), by) == (Served(), "x", {"a": 1}, "anna")
        return does()

    monkeypatch.setattr(job_child, "run", run)
    return carried_out(asked(a=1) | more, print)


def raising(error: BaseException) -> Callable[[], Said]:
    def does() -> Said:
        raise error

    return does


def test_what_a_verb_raises_is_a_refusal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(monkeypatch, lambda: Said("{}", 4)) == Said("{}", 4)
    refused = told(monkeypatch, raising(DataError("no prices", where="prices.csv", remedy="Add some.")))
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.line, refused.ours) == ("TT-DAT-001", "prices.csv: no prices. Add some.", False)
    stopped = told(monkeypatch, raising(KeyboardInterrupt()))
    assert isinstance(stopped, Refusal)
    assert (stopped.code, stopped.ours) == ("TT-JOB-005", False)
    for memory, words in (
        (None, "more memory than that a job"),
        (1 << 30, "more than the 1.0 GiB of memory that a job may take"),
    ):
        full = told(monkeypatch, raising(MemoryError()), memory=memory)
        assert isinstance(full, Refusal)
        assert (full.code, full.ours) == ("TT-JOB-006", True)
        assert memory is None or words in full.what
    assert capsys.readouterr().err == ""
    unforeseen = told(monkeypatch, raising(ZeroDivisionError("canary")))
    assert isinstance(unforeseen, Refusal)
    assert (unforeseen.ours, "canary" in unforeseen.line) == (True, False)
    assert "ZeroDivisionError: canary" in capsys.readouterr().err  # which is for the log


def heard(steps: list[tuple[float, int, int]], monkeypatch: pytest.MonkeyPatch, every: float = job_child.EVERY) -> list[int]:
    """Which steps (second, done, total) are told."""
    channel, at = io.BytesIO(), iter([second for second, _, _ in steps])
    monkeypatch.setattr(job_child, "EVERY", every)
    monkeypatch.setattr(job_child, "time", SimpleNamespace(monotonic=lambda: next(at)))
    telling = Telling(channel)
    for _, done, total in steps:
        telling("parts", done, total, float("nan"))
    found = [step_of(line) for line in channel.getvalue().splitlines()]
    return [step.done for step in found if step is not None]


def test_progress_is_told_a_few_times_a_second_and_its_end_always(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = [(k / 1024, k, 1000) for k in range(1000)] + [(0.9991, 1000, 1000), (0.9992, 1000, 1000)]
    assert heard(steps, monkeypatch) == [0, 205, 410, 615, 820, 1000]
    assert len(heard(steps, monkeypatch, every=0.0)) == 1002  # the control


def test_a_server_that_is_gone_does_not_stop_the_verb() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(BrokenPipeError), os.fdopen(writing, "wb") as channel:
        Telling(channel)("parts", 1, 2, 0.0)  # says nothing; closing the pipe does


def interruptions(kind: Callable[[], Interruption], deaf: bool = False) -> int:
    """How many of three signals interrupt."""
    stopped, count = kind(), 0
    stopped.deaf = deaf
    before = signal.signal(signal.SIGINT, stopped)
    try:
        for _ in range(3):
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                count += 1
    finally:
        signal.signal(signal.SIGINT, before)
    return count


def test_the_first_signal_interrupts_and_no_other() -> None:
    class Nervous(Interruption):
        """A mutant that is interrupted while it keeps what is finished."""

        def __call__(self, *_: object) -> None:
            raise KeyboardInterrupt

    assert interruptions(Interruption) == 1
    assert interruptions(Interruption, deaf=True) == 0
    assert interruptions(Nervous) == 3


def test_an_outcome_is_read_back_and_one_that_is_too_large_becomes_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "outcome.json"
    assert read_outcome(place) is None
    for outcome in (Outcome(Said('{"a": "\u00e9"}', 4, ("l",), ("m",)), True), Outcome(Refusal("c", "w", "p", "r", 2, True))):
        write_outcome(place, outcome)
        assert read_outcome(place) == outcome
    write_outcome(place, Outcome(Said("", 0, tuple(map(str, range(5000))))))
    kept = read_outcome(place)
    assert kept is not None
    assert isinstance(kept.told, Said)
    assert (len(kept.told.lines), kept.told.lines[-1]) == (job_outcome.LINES, "4999")
    monkeypatch.setattr(job_outcome, "MOST", 1 << 10)
    write_outcome(place, Outcome(Said("x" * 2000, 0)))
    found = read_outcome(place)
    assert found is not None
    assert isinstance(found.told, Refusal)
    assert (found.told.code, found.told.ours) == ("TT-JOB-004", True)


def ended(folder: Path, does: str, memory: int | None = None, act: str = "") -> tuple[Job, Said | Refusal | None]:
    async def run() -> tuple[Job, Said | Refusal | None]:
        async with Jobs(folder, desk(), limits=Limits(memory=memory), clock=Hands(), child=CHILD) as jobs:
            job = await jobs.start("sweep", {"does": does}, "anna", NOW)
            while act and jobs.get(job.id).progress is None:
                await jobs.changed(job.id, jobs.get(job.id).version, 5.0)
            if act:
                await jobs.cancel(job.id)
            job = await over(jobs, job.id)
            return job, await jobs.outcome(job.id)

    return asyncio.run(run())


def test_a_real_child_is_modest_and_what_it_prints_is_no_progress(tmp_path: Path) -> None:
    job, said = ended(tmp_path, "niceness")
    assert isinstance(said, Said)
    assert (job.state, said.document["nice"]) == (State.DONE, min(19, os.nice(0) + job_child.MODESTY))
    assert job.progress == ("parts", 1, 4, 0.3)


def test_a_child_that_wants_more_memory_than_it_may_take_fails(tmp_path: Path) -> None:
    job, refusal = ended(tmp_path, "eat", memory=2 << 30)
    assert isinstance(refusal, Refusal)
    assert (job.state, refusal.code) == (State.FAILED, "TT-JOB-006")
    assert job.line.startswith("it needs more than the 2.0 GiB of memory that a job may take")
    assert ended(tmp_path, "eat")[0].state is State.DONE  # the control


@pytest.mark.parametrize("does", ["sleep", "spin"])
def test_a_real_child_is_cancelled_while_it_waits_or_works(tmp_path: Path, does: str) -> None:
    job, refusal = ended(tmp_path, does, act="cancel")
    assert isinstance(refusal, Refusal)
    assert (job.state, refusal.code) == (State.CANCELLED, "TT-JOB-005")
    assert job.line == "it was cancelled; it was stopped; nothing half-written was kept."


SERVER = """
import json, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdin=subprocess.PIPE, start_new_session=True)
import os
child.stdin.write(json.dumps(json.loads(sys.argv[2]) | {"server": os.getpid()}).encode())
child.stdin.close()
child.wait()
"""


@pytest.mark.parametrize(("plant", "follows"), [("", True), ("job_child._follow = lambda server, grace: None", False)])
def test_a_child_does_not_outlive_a_server_that_was_killed(tmp_path: Path, plant: str, follows: bool) -> None:
    request = asked(does="sleep") | {"outcome": str(tmp_path / "outcome.json"), "grace": 5.0}
    words = [sys.executable, "-c", SERVER, VERB.replace("PLANT", plant), json.dumps(request)]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        while not (tmp_path / "process").exists():
            assert server.poll() is None
            threading.Event().wait(0.02)
        server.kill()
    process = int((tmp_path / "process").read_text())
    assert gone(process, 5.0 if follows else 1.2) is follows
    if follows:
        outcome = read_outcome(tmp_path / "outcome.json")
        assert outcome is not None
        assert outcome.interrupted
    else:
        os.kill(process, signal.SIGKILL)
