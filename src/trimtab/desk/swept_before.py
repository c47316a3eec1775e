"""Whether a sweep of the same policy on the same data lies in the workspace: its variants need not be run again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trimtab.core.errors import DataError
from trimtab.desk.grid import Axis, Grid
from trimtab.desk.result import Result
from trimtab.desk.sweep_result import JOB, RESULTS, SweepResult

SWEEPS = "sweeps"
MOST = 4000  # variants: larger sweeps take longer to judge than neighbours to run


def swept_before(workspace: Path, result: Result) -> tuple[Grid, SweepResult] | None:
    """The finished sweep with most variants of the policy of `result` on its data, and its grid; None where there is none.

    One that has gaps, cannot be read, or has more than MOST variants is passed over.
    """
    found = [(len(grid), place.name, grid, place) for place, grid in _same(workspace, result) if len(grid) <= MOST]
    for _, _, grid, place in sorted(found, key=lambda one: one[:2], reverse=True):
        try:
            swept = SweepResult.read(place)
        except DataError:
            continue
        if not swept.gaps and len(swept) == len(grid):
            return grid, swept
    return None


def _same(workspace: Path, result: Result) -> Iterator[tuple[Path, Grid]]:
    """Folders of finished sweeps of the same policy and data."""
    for place in sorted((workspace / SWEEPS).glob("*")):
        if not (place / RESULTS).is_file():
            continue
        try:
            job: dict[str, Any] = json.loads((place / JOB).read_text(encoding="utf-8"))["job"]
            same = job["policy"] == result.policy.sha256 and job["data"] == result.seen_digest
            axes = tuple(Axis(_path(name), tuple(values)) for name, values in job["grid"]) if same else ()
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if axes:
            yield place, Grid(axes)


def _path(name: str) -> tuple[str | int, ...]:
    return tuple(int(part) if part.isdigit() else part for part in name.split("."))
