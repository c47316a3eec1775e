"""Nothing but the protocol stands on standard output, whatever prints; a desk that is asked for long still answers."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from anyio import to_process
from mcp import Client

from tests.surfaces.mcp.asleep import asleep
from tests.surfaces.mcp.planted import NOISE
from trimtab.surfaces.mcp import server as served
from trimtab.surfaces.mcp.offered import offered
from trimtab.surfaces.mcp.server import Desk, server
from trimtab.surfaces.serving.asking import Asking
from trimtab.surfaces.serving.verbs import Said, Served

HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
ASKED = (
    {"id": 1, "method": "initialize", "params": HELLO},
    {"method": "notifications/initialized"},
    {"id": 2, "method": "tools/call", "params": {"name": "status", "arguments": {}}},
    {"id": 3, "method": "tools/list"},
)  # fmt: skip


def answered(command: list[str]) -> tuple[list[str], str]:
    """The lines that a server writes to standard output for what is asked, and what it writes beside."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=environment,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    for one in ASKED:
        process.stdin.write(json.dumps({"jsonrpc": "2.0", **one}) + "\n")
    process.stdin.flush()
    lines: list[str] = []
    while not any('"id":3' in line for line in lines):  # the input stays open until all is answered
        lines.append(line := process.stdout.readline())
        assert line, "the server ended before it had answered"
    rest, beside = process.communicate(timeout=30)
    assert process.returncode == 0, beside[-500:]
    return [*lines, *rest.splitlines()], beside


def stray(lines: list[str]) -> list[str]:
    """The lines that are no message of the protocol."""
    found = []
    for line in lines:
        try:
            fits = json.loads(line).get("jsonrpc") == "2.0"
        except (ValueError, AttributeError):
            fits = False
        if not fits:
            found.append(line)
    return found


def test_what_a_verb_prints_does_not_reach_the_protocol(tmp_path: Path):
    lines, beside = answered(["tests.surfaces.mcp.planted", "chatty", str(tmp_path)])
    assert not stray(lines)
    assert beside.count(NOISE) == 3  # it did print, to where people look
    assert {json.loads(line).get("id") for line in lines} == {1, 2, 3}


def test_control_a_line_that_nothing_guards_is_seen(tmp_path: Path):
    lines, _ = answered(["tests.surfaces.mcp.planted", "early", str(tmp_path)])
    assert [line.strip() for line in stray(lines)] == [NOISE]


class Slow(Desk):
    """A desk whose verbs take half a second, elsewhere."""

    done = False

    async def _asked(self, operation: Any, values: dict[str, Any]) -> Said:
        await asyncio.to_thread(time.sleep, 0.5)
        self.done = True
        return Said('{"trimtab": 1}', 0)


class Blocking(Slow):
    """The fault: the verb runs where the protocol does."""

    async def _asked(self, operation: Any, values: dict[str, Any]) -> Said:
        time.sleep(0.5)
        self.done = True
        return Said('{"trimtab": 1}', 0)


async def overtaken(desk: Slow) -> bool:
    """Whether a ping is answered while a tool works."""
    async with Client(server(desk), mode="legacy") as client:
        work = asyncio.ensure_future(client.call_tool("backtest", {"policy": "trend-overlay"}))
        await asyncio.sleep(0.1)
        await client.session.send_ping()
        before = not desk.done
        await work
        return before


@pytest.mark.parametrize(("kind", "wanted"), [(Slow, True), (Blocking, False)])
def test_a_ping_does_not_wait_for_a_tool(kind: type[Slow], wanted: bool, tmp_path: Path):
    asking = Asking(Served(), tmp_path, {})
    assert asyncio.run(overtaken(kind(asking, offered()))) is wanted
    asking.close()


def test_work_that_takes_too_long_is_ended_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(served, "tried", asleep)
    monkeypatch.setattr(served, "PATIENCE", 0.2)

    async def asked() -> tuple[Any, int]:
        number = await to_process.run_sync(os.getpid)  # a worker that has begun: it is given the work
        asking = Asking(Served(), tmp_path, {})
        try:
            return await Desk(asking, offered()).called("backtest", {"policy": "number"}), number
        finally:
            asking.close()

    said, number = asyncio.run(asked())
    assert said.is_error
    assert said.structured_content["code"] == "TT-API-005"
    assert not alive(number)


class Holding(Desk):
    """The fault: work that nobody waits for any more goes on."""

    async def _worked(self, operation: Any, values: dict[str, Any]) -> Any:
        return await to_process.run_sync(asleep, None, operation.verb, values, "")


@pytest.mark.parametrize(("kind", "lives"), [(Desk, False), (Holding, True)])
def test_work_that_an_assistant_gives_up_on_is_ended(
    kind: type[Desk], lives: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(served, "tried", asleep)

    async def given_up() -> bool:
        asking = Asking(Served(), tmp_path, {})
        async with Client(server(kind(asking, offered())), mode="legacy") as client:
            work = asyncio.ensure_future(client.call_tool("backtest", {"policy": "number"}))
            while not (tmp_path / "number").exists():
                await asyncio.sleep(0.02)
            work.cancel()
            found = await lives_on(int((tmp_path / "number").read_text()), 0.5 if lives else 20.0)
        asking.close()
        return found

    assert asyncio.run(given_up()) is lives


async def lives_on(number: int, seconds: float) -> bool:
    """Whether a process is there after so many seconds; it is ended then."""
    for _ in range(int(seconds / 0.02)):
        if not alive(number):
            return False
        await asyncio.sleep(0.02)
    os.kill(number, signal.SIGKILL)
    return True


def alive(number: int) -> bool:
    """Whether there is a process of this number."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_what_nobody_foresaw_is_told_by_its_kind_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    class Faulty(Desk):
        async def _asked(self, operation: Any, values: dict[str, Any]) -> Said:
            raise RuntimeError("canary of a secret")

    async def asked() -> Any:
        return await Faulty(Asking(Served(), tmp_path, {}), offered()).called("status", {})

    said = asyncio.run(asked())
    assert said.is_error
    assert said.structured_content["code"] == "TT-ERR-001"
    assert "canary" not in said.model_dump_json()
    assert "canary" in caplog.text  # it is in the log of the server
