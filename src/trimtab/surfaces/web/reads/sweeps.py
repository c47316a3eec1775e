"""The sweeps of the workspace, read back: which there are, the best variants of one beside their number, and maps of it."""

from __future__ import annotations

import json
import math
import re
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import DataError, TrimtabError, UsageError
from trimtab.desk.sweep_columns import text_of
from trimtab.desk.sweep_result import JOB, RESULTS, SweepResult
from trimtab.desk.sweep_review import MEDIANS, plain, point_words
from trimtab.desk.swept import FIGURES
from trimtab.desk.workspace import Workspace

FOLDER, PARTS = Path("sweeps"), "parts"
MAPPED = ("sharpe", "cagr", "volatility", "max_drawdown", "turnover_per_year", "cost_per_year")
TOP = 20
_NAME = re.compile(r"[0-9a-f]{32}")


def sweep_folder(name: str) -> Path:
    """The folder of a sweep by its name. Raises UsageError where there is none."""
    place = FOLDER / name
    if not _NAME.fullmatch(name) or place.is_symlink() or not (place / JOB).is_file():
        raise UsageError(f"there is no sweep {name[:40]!r}", remedy="See the list of sweeps under Research.")
    return place


def sweep_table() -> list[dict[str, Any]]:
    """A row a sweep: policy, grid, how many variants, whether it is finished, and its best Sharpe ratio, which was picked."""
    names = sorted(one.parent.name for one in FOLDER.glob(f"*/{JOB}") if _NAME.fullmatch(one.parent.name))
    return [row for name in names if (row := _row(name))]


def _row(name: str) -> dict[str, Any]:
    try:
        job = _job(name)
        many = math.prod(len(values) for _, values in job["grid"])
        told = {"sweep": name, "name": job["name"], "grid": ", ".join(key for key, _ in job["grid"]), "variants": many}
        finished = (FOLDER / name / RESULTS).is_file()
        best = SweepResult.read(FOLDER / name) if finished else None
    except (TrimtabError, KeyError, TypeError, ValueError):
        return {"sweep": name, "name": "", "grid": "", "variants": None, "state": "damaged", "best": None}
    top = None if best is None or best.best is None else plain(float(best.figures["sharpe"][best.best]))
    return {**told, "last": job["months"][-1], "state": "finished" if finished else "unfinished", "best": top}


def _job(name: str) -> dict[str, Any]:
    try:
        found = json.loads((sweep_folder(name) / JOB).read_text(encoding="utf-8"))["job"]
        return {key: found[key] for key in ("name", "grid", "policy", "months", "engine", "code")}
    except (OSError, ValueError, KeyError, TypeError):
        raise DataError(f"the sweep {name} is damaged", remedy="Start the same sweep again.") from None


def one_sweep(name: str) -> dict[str, Any]:
    """A sweep: its grid, the best variants, the medians, and what is left of the best beside all trials."""
    job = _job(name)
    if not (FOLDER / name / RESULTS).is_file():
        parts = sum(1 for _ in (FOLDER / name / PARTS).glob("*.parquet"))
        what = f"this sweep of {job['name']} is not finished: {parts} parts of it are kept"
        raise UsageError(what, remedy="Begin the same sweep again under Research: what is finished is not done twice.")
    found = SweepResult.read(sweep_folder(name))
    count = Workspace(Path()).registry.count()
    grid = [{"key": key, "values": [text_of(one) for one in values]} for key, values in job["grid"]]
    told = {"sweep": name, "name": job["name"], "policy_sha256": job["policy"], "engine": job["engine"], "grid": grid}
    dates = {"first": str(found.first.min()) if len(found) else None, "last": job["months"][-1]}
    numbers = {"variants": math.prod(len(values) for _, values in job["grid"]), "run": len(found), "failed": len(found.failed)}
    return told | dates | numbers | {
        "gaps": [{"part": part, "why": why} for part, why in sorted(found.gaps.items())],
        "why_failed": [{"variant": number, "why": why} for number, why in sorted(found.failed.items())][:TOP],
        "deflated_words": found.deflated(count.at(found.periods_per_year)).words,
        "trials": count.total,
        "distinct_trials": count.distinct,
        "effective_trials": count.effective,
        "medians": {key: _median(found.figures[key]) for key in MEDIANS},
        "top": _top(found),
    }  # fmt: skip


def _top(found: SweepResult) -> list[dict[str, Any]]:
    rows = []
    for place, row in enumerate(found.ranking[:TOP].tolist(), 1):
        figures = {key: plain(float(found.figures[key][row])) for key in FIGURES}
        rows.append({"place": place, "variant": int(found.numbers[row]), "point": point_words(found, row), **figures,
                     "policy_sha256": found.policies[row][:12]})  # fmt: skip
    return rows


def _median(values: Array) -> float | None:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else None


def sweep_map(name: str, across: str, down: str, figure: str) -> dict[str, Any]:
    """A figure of a sweep over two of its keys, by the grid's own values; the median over what other keys there are.

    Raises UsageError for a key that was not varied, or a figure that is not mapped.
    """
    job, found = _job(name), SweepResult.read(sweep_folder(name))
    keys = {key: [text_of(one) for one in values] for key, values in job["grid"]}
    for key in (across, down):
        if key not in keys:
            raise UsageError(f"{key[:60]!r} was not varied in this sweep", remedy=f"Varied were: {', '.join(keys)}.")
    if figure not in MAPPED or across == down:
        what = f"{figure[:40]!r} is no figure of a map" if figure not in MAPPED else "a map has two different keys"
        raise UsageError(what, remedy=f"Take two keys and one of: {', '.join(MAPPED)}.")
    at = [[text_of(one) for one in found.points[key]] for key in (across, down)]
    cells = {(x, y): _cell(found.figures[figure], at, (x, y)) for x, y in product(keys[across], keys[down])}
    rows = [[cells[x, y] for x in keys[across]] for y in keys[down]]
    others = [key for key in keys if key not in (across, down)]
    known = [value for value in cells.values() if value is not None]
    told = {"across": across, "down": down, "figure": figure, "x": keys[across], "y": keys[down], "z": rows, "others": others}
    return told | {"low": min(known, default=None), "high": max(known, default=None)}


def _cell(values: Array, at: list[list[str]], point: tuple[str, str]) -> float | None:
    here = np.array([(x, y) == point for x, y in zip(*at, strict=True)], dtype=bool)
    return _median(values[here])
