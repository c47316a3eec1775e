"""Whether a sweep that holds the policy, on the same data, lies in the workspace: its variants need not be run again.

The policy is what was swept, or one of the variants, written down afterwards: then they are what it was chosen from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trimtab.core.errors import DataError, TrimtabError
from trimtab.desk.grid import Axis, Grid
from trimtab.desk.result import Result
from trimtab.desk.sweep_inputs import inputs
from trimtab.desk.sweep_packages import package
from trimtab.desk.sweep_result import JOB, RESULTS, SweepResult
from trimtab.desk.variants import Variants
from trimtab.desk.version import code_version

SWEEPS = "sweeps"
INPUTS = ("own_code", "files")
MOST = 4000  # variants: larger sweeps take longer to judge than neighbours to run


def swept_before(workspace: Path, result: Result) -> tuple[Grid, SweepResult] | None:
    """The finished sweep with most variants beside the policy of `result` on its data, and its grid; None where there is none.

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
    """Folders of finished sweeps of, or with, the same policy, on the same data."""
    for place in sorted((workspace / SWEEPS).glob("*")):
        if not (place / RESULTS).is_file():
            continue
        try:
            job: dict[str, Any] = json.loads((place / JOB).read_text(encoding="utf-8"))["job"]
            same = job["data"] == result.seen_digest and job["code"] == code_version()
            same = same and _holds(place, job["policy"], result.policy.sha256)
            axes = tuple(Axis(_path(name), tuple(values)) for name, values in job["grid"]) if same else ()
            if axes and inputs(Variants.of(result.policy, Grid(axes))) == {key: job[key] for key in INPUTS if key in job}:
                yield place, Grid(axes)
        except (OSError, ValueError, KeyError, TypeError, TrimtabError):
            continue


def _holds(place: Path, base: str, sha256: str) -> bool:
    """Whether a policy is that of a sweep, or one of its variants."""
    if base == sha256:
        return True
    return sha256 in package("pyarrow.parquet").read_table(place / RESULTS, columns=["policy"]).column("policy").to_pylist()


def _path(name: str) -> tuple[str | int, ...]:
    return tuple(int(part) if part.isdigit() else part for part in name.split("."))
