"""Which parts of sweeps lie finished in a workspace, and how many variants each stands for, without opening a table.

How many there are follows from `job.json`: a sweep is cut into parts as equal as can be (`sweep_cutting`), the larger ones
first. Where the description cannot be read, each part counts as one variant at least.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_PART = re.compile(r"(\d{8})-[0-9a-f]{32}\.parquet")
Parts = Mapping[int, int]  # variants by number of the part


def finished_parts(place: Path) -> Parts:
    """The parts that lie in the folder of a sweep. Where only its results lie there, all parts but those it says are gaps."""
    variants, cut = _cut(place / "job.json")
    found = {int(match[1]) for match in map(_PART.fullmatch, _names(place / "parts")) if match}
    if not found and any(place.rglob("*.parquet")):
        gaps = {int(name) for name in _plain(place / "gaps.json") if name.isdecimal()}
        found = set(range(cut or 1)) - gaps
    return {index: _size(variants, cut, index) for index in sorted(found)}


def _size(variants: int, cut: int, index: int) -> int:
    """Variants of one of `cut` parts, as `numpy.array_split` cuts them."""
    if not 0 <= index < cut:
        return 1
    return max(variants // cut + (index < variants % cut), 1)


def _cut(description: Path) -> tuple[int, int]:
    """How many variants a sweep has and into how many parts it is cut; (0, 0) where nothing says it."""
    plain = _plain(description)
    try:
        return math.prod(len(values) for _, values in plain["job"]["grid"]), int(plain["parts"])
    except (KeyError, TypeError, ValueError):
        return 0, 0


def _plain(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _names(place: Path) -> list[str]:
    return [path.name for path in place.iterdir()] if place.is_dir() else []
