"""Load on a served desk: clients in a process of their own, and the memory of the server while they ask."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.surfaces.web.served_desk import Served

CLIENTS = 16
PATHS = (
    *("/", "/signals", "/allocation", "/rebalance", "/orders", "/policy", "/performance", "/journal", "/committee", "/data"),
    *("/api/v1/status", "/api/v1/orders/list", "/api/v1/rebalance?all=true", "/api/v1/book/show", "/static/frame.css"),
)
TILTS = ",".join(f"0.{k:03d}" for k in range(10, 250))
HERE = Path(__file__).with_name("clients.py")


def loaded(served: Served, seconds: float, clients: int = CLIENTS, paths: tuple[str, ...] = PATHS) -> dict[str, float]:
    """Ask a server for so long: answers a second, errors, and percentiles in milliseconds."""
    browser = served.browser("vera")
    for path in paths:  # what is asked for the first time is worked out
        assert browser.get(path).status_code == 200
    words = [served.url, str(seconds), str(clients), browser.cookies["trimtab"], *paths]
    done = subprocess.run([sys.executable, str(HERE), *words], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def memory(served: Served) -> int:
    """Bytes that the server and its workers hold to themselves (Linux)."""
    return sum(_held(number) for number in (served.process.pid, *children(served.process.pid)))


def _held(number: int) -> int:
    """Private memory of a process: what is shared between them counts nowhere."""
    text = Path(f"/proc/{number}/smaps_rollup").read_text(encoding="ascii")
    rows = dict(line.split(":", 1) for line in text.splitlines()[1:] if ":" in line)
    return sum(int(rows[name].split()[0]) for name in ("Private_Clean", "Private_Dirty")) * 1024


def children(number: int) -> list[int]:
    """The processes that a process has begun, and those that they have."""
    found = [int(one) for one in Path(f"/proc/{number}/task/{number}/children").read_text().split()]
    return [*found, *(deeper for one in found for deeper in children(one))]


def sweeping(served: Served) -> str:
    """Begin a sweep of some thousand variants, which takes minutes; the name of the job."""
    grid = ["signals.average.window=" + ",".join(f"{k}M" for k in range(3, 27)), f"allocator.tilt={TILTS}"]
    body: dict[str, Any] = {"policy": "trend-overlay", "grid": grid}
    answer = served.api("alan").post("/sweep", json=body, headers={"idempotency-key": secrets.token_hex(8)})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])
