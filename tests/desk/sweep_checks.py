"""How the tests of sweeps look at answers, processes and markets."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.desk.sweep_parts import misbehave
from trimtab.desk.crew import Crew
from trimtab.desk.workers import Done, spread


def done(parts: list[tuple[str, int]], folder: Path, crew: Crew, **more: Any) -> dict[int, Done[Any]]:
    every = list(spread(misbehave, parts, crew=crew, shared=str(folder), **more))
    assert len(every) == len({one.index for one in every}) == len(parts)  # each part once
    return {one.index: one for one in every}


def squares(found: dict[int, Done[Any]]) -> dict[int, float]:
    return {index: float(one.value["square"][0]) for index, one in found.items() if one.value is not None}


def gone(pids: list[int], seconds: float = 5.0) -> bool:
    """Whether all these processes end in time; one that nobody has asked about counts as ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same, NaN and the units of dates included; the kinds of containers do not count."""
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.dtype == other.dtype and one.shape == other.shape and _bits(one, other)
    if is_dataclass(one):
        return type(one) is type(other) and all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    if isinstance(one, Mapping):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, np.datetime64):
        return one.dtype == other.dtype and (one == other or bool(np.isnat(one) and np.isnat(other)))
    return type(one) is type(other) and (one == other or (one != one and other != other))


def _bits(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    return one.tobytes() == other.tobytes()
