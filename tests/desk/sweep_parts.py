"""Work for workers that misbehave: each part is a word and a number, and leaves a mark in a folder each time it is begun."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from trimtab.data.market import Market
from trimtab.desk.gangs import ONE_THREAD

THREADS = tuple(ONE_THREAD)


def _kept() -> list[bytearray]:
    """What stays when a part is done."""
    kept: list[bytearray] = vars(sys).setdefault("leaked_by_tests", [])
    return kept


def begun(folder: str | Path) -> dict[int, int]:
    """How often each part was begun."""
    counts: dict[int, int] = {}
    for path in Path(folder).glob("*.begun"):
        number = int(path.name.split("-")[0])
        counts[number] = counts.get(number, 0) + 1
    return counts


def misbehave(folder: str, part: tuple[str, int]) -> dict[str, Any]:
    """Do what the word says; `-once` does it the first time only."""
    word, number = part
    first = not list(Path(folder).glob(f"{number}-*.begun"))
    (Path(folder) / f"{number}-{os.getpid()}-{uuid4().hex}.begun").touch()
    what, _, once = word.partition("-")
    if first or not once:
        _FAULTS.get(what, _well)()
    return {"number": np.array([number]), "square": np.array([number**2.0])}


def _well() -> None:
    return None


def _killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _hangs() -> None:
    time.sleep(3600.0)


def _raises() -> None:
    raise ValueError("not today")


def _leaks() -> None:
    _kept().append(bytearray(120 << 20))


def _eats() -> None:
    while True:
        _kept().append(bytearray(16 << 20))


def _slow() -> None:
    time.sleep(0.15)


_FAULTS = {"kill": _killed, "hang": _hangs, "raise": _raises, "leak": _leaks, "eat": _eats, "slow": _slow}


def threads(_: Any, part: int) -> list[str | None]:
    """What this process was told about threads, and where it runs."""
    return [*(os.environ.get(name) for name in THREADS), str(os.getpid())]


def closing(market: Market, part: int) -> tuple[int, float, int]:
    """The sum of a column of the market, with the process and the market's own address in it."""
    (values,) = [values for name, values in market.fields.items() if name.name == "close"]
    return os.getpid(), float(values[:, part].sum()), id(market)


def idle(_: Any, part: int) -> int:
    return part
