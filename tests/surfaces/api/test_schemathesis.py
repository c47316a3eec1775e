"""Requests that nobody would think of: schemathesis with all its checks, from the description of the API itself.

The short form runs with `make test`, the full one (10,000 cases and more) with `make soak`. The control is an application
with planted faults, in which the same run must find them.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.surfaces.web.served_desk import Served, demo_desk_built, served_alone

__all__ = ["demo_desk_built", "served_alone"]
SEED = os.environ.get("TRIMTAB_SOAK_SEED", "20260101")
COMMAND = (sys.executable, "-m", "schemathesis.cli")
SETTINGS = ["--checks", "all", "--continue-on-failure", "--no-color", "--request-timeout", "120", "--warnings", "off"]


def tried(url: str, token: str, folder: Path, *more: str) -> tuple[int, int, str]:
    """How many cases were tried, how many failures found, and all that was said."""
    words = [*COMMAND, "run", f"{url}/api/v1/openapi.json", "--url", f"{url}/api/v1", "-H", f"Authorization: Bearer {token}"]
    environment = {**os.environ, "NO_PROXY": "*"}
    command = [*words, "--seed", SEED, *SETTINGS, *more]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, env=environment)
    said = done.stdout + done.stderr
    found = re.search(r"([\d,]+) generated(?:, ([\d,]+) found)?", said)
    assert found is not None, said[-3000:]
    count = [int((part or "0").replace(",", "")) for part in found.groups()]
    return count[0], count[1], said


def test_no_request_breaks_the_api(served_alone: Served, tmp_path: Path) -> None:
    phases = ("--phases", "fuzzing", "--max-examples", "3", "--workers", "2")
    cases, failures, said = tried(served_alone.url, served_alone.tokens["one"], tmp_path, *phases)
    assert cases >= 250
    assert not failures, said[-6000:]
    log = served_alone.log.read_text()
    assert '"level": "error"' not in log, [line for line in log.splitlines() if '"error"' in line][:2]


@pytest.mark.soak
def test_no_request_of_ten_thousand_breaks_the_api(served_alone: Served, tmp_path: Path) -> None:
    phases = ("--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "40", "--workers", "2")
    cases, failures, said = tried(served_alone.url, served_alone.tokens["one"], tmp_path, *phases)
    assert cases >= 10_000, said[-3000:]
    assert not failures, said[-6000:]
    assert '"level": "error"' not in served_alone.log.read_text()


@contextmanager
def holed() -> Iterator[str]:
    """An application with a fault of each kind that the run must find."""
    import uvicorn
    from fastapi import FastAPI, Query

    made, whole = FastAPI(), FastAPI()
    whole.mount("/api/v1", made)

    @made.get("/divide")
    def divide(by: int = Query()) -> dict[str, float]:
        return {"share": 1 / min(by, 0)}  # a fault of the server

    @made.get("/any")
    def whatever(day: str = Query(json_schema_extra={"format": "date"})) -> dict[str, str]:
        return {"day": day}  # takes what it says it does not

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(whole, port=port, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def test_the_same_run_finds_planted_faults(tmp_path: Path) -> None:
    with holed() as url:
        _, failures, said = tried(url, "x", tmp_path, "--phases", "coverage,fuzzing", "--max-examples", "20")
    assert failures >= 2
    assert "/divide" in said
    assert "500" in said
