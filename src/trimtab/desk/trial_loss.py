"""Trials that a registry does not know of although their work lies beside it: runs and sweeps without a line.

A registry cannot be switched off by deleting it. Each saved run must be named by a line, each sweep with results too, and
there can be no fewer trials than were ever counted: each line says how many there were with it, and each `run.json` how many
there were when it was made.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from trimtab.desk.trial_chain import Entry
from trimtab.desk.trial_count import recorded

YEARLY = (1, 4, 12, 52, 252)  # periods a year
ACCEPT = "trimtab trials accept-loss --reason WHY"


@dataclass(frozen=True, slots=True)
class Saved:
    """What lies in a workspace: runs by name with what `run.json` says of them, and sweeps that have results."""

    runs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sweeps: tuple[str, ...] = ()

    @property
    def claimed(self) -> int:
        """The highest number of trials that any run was told."""
        told = (meta.get("trials") for meta in self.runs.values())
        return max((number for number in told if isinstance(number, int)), default=0)


@dataclass(frozen=True, slots=True)
class Missing:
    """How many trials are missing at least, and the runs and sweeps that no line names."""

    trials: int = 0
    runs: tuple[str, ...] = ()
    sweeps: tuple[str, ...] = ()
    words: str = ""


def saved(folder: Path) -> Saved:
    """Look into `runs/` and `sweeps/`; a run whose `run.json` cannot be read is a run all the same."""
    runs = {place.name: _meta(place) for place in _folders(folder / "runs")}
    sweeps = [place.name for place in _folders(folder / "sweeps") if any(place.rglob("*.parquet"))]
    return Saved(runs, tuple(sweeps))


def missing(here: Saved, entries: Iterable[Entry], *, coming: Entry | None = None) -> Missing:
    """What lies here and has no line; nothing where all have one. What the line `coming` next names is not missing."""
    entries = list(entries)
    naming = [*entries, *([] if coming is None else [coming])]
    named = {entry["run"] for entry in naming if "run" in entry} | _accepted(entries, "runs")
    swept = {entry["sweep"] for entry in naming if "sweep" in entry} | _accepted(entries, "sweeps")
    runs = tuple(sorted(set(here.runs) - named))
    sweeps = tuple(name for name in here.sweeps if not any(one.startswith(name) or name.startswith(one) for one in swept))
    known = recorded(entries)
    once = max([here.claimed, *(entry.get("n", 0) for entry in entries)])
    count = max(len(runs) + len(sweeps), once - known)
    return Missing(count, runs, sweeps, _words(here, len(entries), max(once, known)) if count > 0 else "")


def frequencies(here: Saved, entries: Iterable[Entry]) -> dict[str, int]:
    """Periods a year of runs whose line does not say it, from the dates of the saved run."""
    found = {}
    for entry in entries:
        if "run" in entry and not entry.get("periods_per_year") and entry.get("periods"):
            years = _years(here.runs.get(entry["run"], {}).get("summary"))
            if years > 0.0:
                a_year = math.log(entry["periods"] / years)
                found[entry["run"]] = min(YEARLY, key=lambda f: abs(math.log(f) - a_year))
    return found


def _words(here: Saved, lines: int, once: int) -> str:
    lie = [_counted(len(here.runs), "run"), *([_counted(len(here.sweeps), "sweep")] if here.sweeps else [])]
    what = f"trials are missing: {' and '.join(lie)} {'lies' if lie == ['1 run'] else 'lie'} here and {_counted(lines, 'line')}"
    told = f"; {once} were counted once" if once > 0 else ""
    return f"{what}{told}. They count all the same. Restore trials.jsonl, or accept the loss: {ACCEPT}"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _accepted(entries: list[Entry], key: str) -> set[str]:
    return {name for entry in entries if "lost" in entry for name in entry.get(key, ())}


def _folders(place: Path) -> list[Path]:
    found = place.iterdir() if place.is_dir() else ()
    return sorted(one for one in found if one.is_dir() and not one.name.startswith("."))


def _meta(place: Path) -> Mapping[str, Any]:
    try:
        meta = json.loads((place / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return meta if isinstance(meta, dict) else {}


def _years(figures: Any) -> float:
    """Length of a run by its key figures; 0 where they do not say it."""
    try:
        first, last = date.fromisoformat(figures["first"]), date.fromisoformat(figures["last"])
    except (TypeError, KeyError, ValueError):
        return 0.0
    return (last - first).days / 365.25
