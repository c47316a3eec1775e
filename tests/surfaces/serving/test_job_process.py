"""Children that crash, hang, flood and leave others behind: the server goes on, and holds only so much of what they say."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.surfaces.serving.planted import NOW, PATIENT, QUICK, READ, STUBBORN, Hands, child, desk, gone, over
from trimtab.surfaces.serving import job_process
from trimtab.surfaces.serving.job_outcome import MOST
from trimtab.surfaces.serving.job_process import LINES, LONGEST, Lines
from trimtab.surfaces.serving.job_record import Job, State
from trimtab.surfaces.serving.jobs import Jobs, Limits

NAMED = "open('process', 'w').write(str(os.getpid()))\n"


def ended(folder: Path, code: str, *, seconds: float = 30.0, grace: float = 0.3, act: signal.Signals | str = "") -> Job:
    """How a job with this child ends, where `act` is done to it once it has spoken."""

    async def run() -> Job:
        jobs = Jobs(folder, desk(), limits=Limits(seconds=seconds, grace=grace), clock=Hands(), child=child(code))
        async with jobs:
            job = await jobs.start("sweep", {}, "anna", NOW)
            while act and not (folder / "process").exists():
                await asyncio.sleep(0.02)
            if isinstance(act, signal.Signals):
                os.kill(int((folder / "process").read_text()), act)
            elif act:
                await jobs.cancel(job.id)
            return await over(jobs, job.id)

    return asyncio.run(run())


SLEEP = READ + "open('draft', 'w').write(str(os.getpid()))\nos.rename('draft', 'process')\ntime.sleep(60)\n"


def test_a_child_that_is_killed_fails_with_a_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    job = ended(tmp_path, "import sys\nprint('last words', file=sys.stderr, flush=True)\n" + SLEEP, act=signal.SIGKILL)
    assert job.state is State.FAILED
    assert job.line.startswith("its process was ended by SIGKILL, perhaps because memory ran out.")
    assert f"job {job.id} (sweep) failed" in caplog.text
    assert "last words" in caplog.text
    assert "last words" not in (tmp_path / "jobs" / job.id / "job.json").read_text()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (READ + "sys.exit(3)", "ended with 3 and left nothing"),
        ("raise SystemExit(0)", "ended with 0 and left nothing"),  # it does not even read its request
        (READ + "os.kill(os.getpid(), signal.SIGSEGV)", "ended by SIGSEGV"),
        (READ + "open(asked['outcome'], 'w').write('{')", "does not read"),
        (READ + "open(asked['outcome'], 'w').write('[' * 100000)", "does not read"),
        (QUICK.replace("'said'", "'other'"), "does not read"),
        (QUICK + "leave(messages=[1])", "nobody foresaw this"),
        (READ + f"open(asked['outcome'], 'w').truncate({MOST + 1})", "larger than 32 MiB"),
    ],
)
def test_a_child_that_leaves_nothing_good_fails_with_a_line(tmp_path: Path, code: str, words: str) -> None:
    job = ended(tmp_path, code)
    assert (job.state, words in job.line) == (State.FAILED, True), job.line


def test_a_child_that_cannot_be_started_fails_and_the_next_one_runs(tmp_path: Path) -> None:
    async def run() -> None:
        async with Jobs(tmp_path, desk(), clock=Hands(), child=("/no/such/python",)) as jobs:
            names = [(await jobs.start("sweep", {}, "anna", NOW)).id for _ in range(2)]
            lines = [(await over(jobs, one)).line for one in names]
        assert lines == ["its process cannot be started (No such file or directory)"] * 2

    asyncio.run(run())


def test_a_stubborn_child_is_killed_when_its_time_is_up(tmp_path: Path) -> None:
    job = ended(tmp_path, STUBBORN.replace("print(", NAMED + "print("), seconds=0.4)
    assert (job.state, job.line) == (State.FAILED, "it ran for longer than 0.4 s, and was ended")
    assert gone(int((tmp_path / "process").read_text()), 1.0)


def test_without_the_kill_it_would_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above: the end of a stubborn child is our doing, and not its own."""
    stopped: list[int] = []
    monkeypatch.setattr(job_process, "_kill", stopped.append)
    monkeypatch.setattr(job_process, "_AFTER", 0.1)
    job = ended(tmp_path, STUBBORN.replace("print(", NAMED + "print("), seconds=0.4)
    assert job.line.startswith("it ran for longer than")
    assert int((tmp_path / "process").read_text()) in stopped


def test_a_child_that_hears_keeps_what_is_finished_when_its_time_is_up(tmp_path: Path) -> None:
    job = ended(tmp_path, PATIENT, seconds=0.5, grace=5.0)
    assert (job.state, job.line) == (
        State.FAILED,
        "it ran for longer than 0.5 s, and was ended; stopped: 2 of 5 parts kept and counted",
    )


def test_a_child_that_had_finished_when_it_was_cancelled_is_done(tmp_path: Path) -> None:
    heedless = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + QUICK + SLEEP.removeprefix(READ)
    job = ended(tmp_path, heedless, act="cancel")
    assert job.state is State.DONE


PARENT = READ + textwrap.dedent("""
    import subprocess
    other = subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"])
    open("draft", "w").write(f"{other.pid}")
    os.rename("draft", "process")
    """)


@pytest.mark.parametrize(("rest", "act"), [("time.sleep(60)", "cancel"), ("os.kill(os.getpid(), 9)", ""), ("sys.exit(1)", "")])
def test_what_a_child_started_ends_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rest: str, act: str) -> None:
    monkeypatch.setattr(job_process, "_AFTER", 0.2)
    ended(tmp_path, PARENT + rest, act=act)
    assert gone(int((tmp_path / "process").read_text()), 1.0)


def test_without_the_group_it_would_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above."""
    monkeypatch.setattr(job_process, "_AFTER", 0.2)
    monkeypatch.setattr(job_process, "_kill", [].append)
    ended(tmp_path, PARENT + "sys.exit(1)")
    other = int((tmp_path / "process").read_text())
    assert not gone(other, 0.0)
    os.kill(other, signal.SIGKILL)


def test_a_flood_is_read_slowly_and_held_in_part(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    flood = READ + (
        "sys.stdout.write('[' * 400_000 + '\\n' + 'x\\n' * 50_000)\n"
        'sys.stdout.write(\'{"what": "flood", "done": 1, "total": 2, "left": NaN}\\n\')\n'
        "sys.stderr.write('e' * 200_000 + '\\n' + 'short\\n' * 1000 + 'no end')\nsys.stdout.flush()\nsys.exit(1)"
    )
    with caplog.at_level(logging.WARNING):
        job = ended(tmp_path, flood)
    assert job.progress is not None
    assert (job.progress.what, job.progress.done, job.progress.left) == ("flood", 1, None)
    assert caplog.text.count("short") <= LINES
    assert "no end" in caplog.text
    assert len(caplog.text) < 2 * LONGEST


@given(st.lists(st.binary(max_size=40), max_size=8), st.lists(st.integers(0, 400), max_size=8))
def test_lines_are_the_lines_however_they_come(lines: list[bytes], cuts: list[int]) -> None:
    clean = [line.replace(b"\n", b"") for line in lines]
    data = b"".join(line + b"\n" for line in clean) + b"rest"
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    reading = Lines()
    assert [line for k in range(len(edges) - 1) for line in reading.fed(data[edges[k] : edges[k + 1]])] == clean
    assert reading.rest == b"rest"


class Careless(Lines):
    """A mutant that holds a line however long it is."""

    def fed(self, data: bytes) -> list[bytes]:
        *whole, self._rest = (self._rest + data).split(b"\n")
        return whole


@pytest.mark.parametrize(("kind", "bounded"), [(Lines, True), (Careless, False)])
def test_a_line_without_an_end_is_held_in_part(kind: type[Lines], bounded: bool) -> None:
    reading, longest = kind(), 0
    for _ in range(20):
        reading.fed(b"x" * LONGEST)
        longest = max(longest, len(reading.rest))
    (line,) = reading.fed(b"\n")
    assert (longest <= LONGEST and len(line) <= LONGEST) is bounded
    assert line.startswith(b"xxx")


def test_a_loop_that_is_torn_down_ends_the_child(tmp_path: Path) -> None:
    async def run() -> None:
        jobs = Jobs(tmp_path, desk(), clock=Hands(), child=child(SLEEP))
        for _ in range(2):
            await jobs.start("sweep", {}, "anna", NOW)
        while not (tmp_path / "process").exists():
            await asyncio.sleep(0.02)

    asyncio.run(run())  # nobody calls close
    assert gone(int((tmp_path / "process").read_text()), 1.0)
    again = Jobs(tmp_path, desk(), clock=Hands(), child=(sys.executable,))
    assert {job.state for job in again.list()} == {State.WAITING, State.LOST}
