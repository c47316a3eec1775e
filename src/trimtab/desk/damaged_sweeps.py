"""Sweeps of a policy whose results can no longer be read: whoever looks for what was swept before is told of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trimtab.core.errors import DataError
from trimtab.desk.result import Result
from trimtab.desk.sweep_packages import package
from trimtab.desk.sweep_result import JOB, RESULTS, SweepResult
from trimtab.desk.swept_before import SWEEPS
from trimtab.desk.version import code_version


def damage_words(workspace: Path, result: Result) -> tuple[str, ...]:
    """A sentence for each finished sweep of the policy of `result`, on its data and by this code, that is damaged.

    Of one whose variants cannot be read either nobody can say whether the policy is among them: it is told too.
    """
    return tuple(
        f"The results of the sweep in {place} are damaged, and its variants are not looked at. The same sweep again mends them."
        for place in _finished(workspace, result)
        if not _whole(place)
    )


def _finished(workspace: Path, result: Result) -> Iterator[Path]:
    """Folders of sweeps on the same data and code that have results, of this policy or perhaps of another with it."""
    for place in sorted((workspace / SWEEPS).glob("*")):
        try:
            job: dict[str, Any] = json.loads((place / JOB).read_text(encoding="utf-8"))["job"]
            same = job["data"] == result.seen_digest and job["code"] == code_version()
            if same and (place / RESULTS).is_file() and _may_hold(place, job["policy"], result.policy.sha256):
                yield place
        except (OSError, ValueError, KeyError, TypeError):  # the folder of no job
            continue


def _may_hold(place: Path, base: str, sha256: str) -> bool:
    if base == sha256:
        return True
    try:
        held = package("pyarrow.parquet").read_table(place / RESULTS, columns=["policy"]).column("policy").to_pylist()
    except (OSError, ValueError, KeyError):
        return True
    return sha256 in held


def _whole(place: Path) -> bool:
    try:
        SweepResult.read(place)
    except DataError:
        return False
    return True
