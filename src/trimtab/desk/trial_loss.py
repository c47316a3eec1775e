"""Trials that a registry does not know of although their work lies beside it: runs and parts of sweeps without a line.

A registry cannot be switched off by deleting it. Each saved run must be named by a line, each finished part of a sweep too,
with all its variants, and there can be no fewer trials than were ever counted: each line says how many there were with it,
each `run.json` how many there were when it was made, and `.counted` beside the runs, and beside the sweeps, how many there
were at the last line.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from trimtab.desk.swept_work import Parts, finished_parts
from trimtab.desk.trial_chain import Entry
from trimtab.desk.trial_count import recorded, variants_of
from trimtab.desk.writing import write_text

RUNS, SWEEPS = "runs", "sweeps"
TOLD = ".counted"  # in both folders: how many trials there were at the last line
_DIGITS = 16  # of a number of trials that can be
YEARLY = (1, 4, 12, 52, 252, 365)  # periods a year
ACCEPT = "trimtab trials accept-loss --reason WHY"


@dataclass(frozen=True, slots=True)
class Saved:
    """What lies in a workspace: runs by name with what `run.json` says of them, sweeps by name with the variants of each
    finished part, and `told`, how many trials there were at the last line; 0 where nothing says it.
    """

    runs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sweeps: Mapping[str, Parts] = field(default_factory=dict)
    told: int = 0

    @property
    def claimed(self) -> int:
        """The highest number of trials that anything here was told."""
        said = (meta.get("trials") for meta in self.runs.values())
        return max([self.told, *(number for number in said if isinstance(number, int))])


@dataclass(frozen=True, slots=True)
class Missing:
    """How many trials are missing at least, the runs and the sweeps that no line names, and of each sweep which parts."""

    trials: int = 0
    runs: tuple[str, ...] = ()
    parts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    words: str = ""

    @property
    def sweeps(self) -> tuple[str, ...]:
        """The sweeps of which a part is missing."""
        return tuple(self.parts)


def saved(folder: Path) -> Saved:
    """Look into `runs/` and `sweeps/`; a run whose `run.json` cannot be read is a run all the same."""
    runs = {place.name: _meta(place) for place in _folders(folder / RUNS)}
    sweeps = {place.name: parts for place in _folders(folder / SWEEPS) if (parts := finished_parts(place))}
    return Saved(runs, sweeps, max(_told(folder / name) for name in (RUNS, SWEEPS)))


def tell(folder: Path, count: int) -> None:
    """Write beside the work how many trials there are. Where that fails the next line tries again: its own is written."""
    for place in (folder / RUNS, folder / SWEEPS):
        if place.is_dir():
            with suppress(OSError):
                write_text(place / TOLD, f"{max(count, _told(place))}\n")


def missing(here: Saved, entries: Iterable[Entry], *, coming: Entry | None = None) -> Missing:
    """What lies here and has no line; nothing where all have one. What the line `coming` next names is not missing."""
    entries = list(entries)
    naming = [*entries, *([] if coming is None else [coming])]
    named = {entry["run"] for entry in naming if "run" in entry} | _accepted(entries)
    runs = tuple(sorted(set(here.runs) - named))
    swept = _by_sweep(naming)
    parts = {name: left for name, every in here.sweeps.items() if (left := tuple(sorted(set(every) - _of(name, swept))))}
    known = recorded(entries)
    once = max([here.claimed, *(entry.get("n", 0) for entry in entries)])
    found_again = 0 if coming is None or not _lies(here, coming, entries) else variants_of(coming)
    lying = len(runs) + sum(here.sweeps[name][part] for name, left in parts.items() for part in left)
    count = max(lying, once - known - found_again)
    words = _words(here, len(entries), max(once, known + count)) if count > 0 else ""
    return Missing(max(count, 0), runs, parts, words)


def parts_named(sweep: str, entries: Iterable[Entry]) -> set[int]:
    """The parts of a sweep that a line names, or whose loss was accepted. A name may be cut short."""
    return _of(sweep, _by_sweep(entries))


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


def _accepted(entries: list[Entry]) -> set[str]:
    return {name for entry in entries if "lost" in entry for name in entry.get("runs", ())}


def _by_sweep(entries: Iterable[Entry]) -> dict[str, set[int]]:
    """The parts that lines name, those of accepted losses too, by the name of their sweep."""
    found: dict[str, set[int]] = {}
    for entry in entries:
        named = {entry["sweep"]: [entry["part"]]} if "sweep" in entry else entry.get("parts", {}) if "lost" in entry else {}
        for name, parts in named.items():
            found.setdefault(name, set()).update(parts)
    return found


def _of(sweep: str, named: Mapping[str, set[int]]) -> set[int]:
    return {part for name, parts in named.items() if _alike(sweep, name) for part in parts}


def _lies(here: Saved, coming: Entry, entries: list[Entry]) -> bool:
    """Whether a line is of a part that was found lying here without one: nothing new was tried."""
    alike = [name for name in here.sweeps if "sweep" in coming and _alike(name, coming["sweep"])]
    return any(coming["part"] in here.sweeps[name] for name in alike) and coming["part"] not in parts_named(alike[0], entries)


def _alike(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _told(place: Path) -> int:
    try:
        text = (place / TOLD).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return 0
    return int(text) if text.isdecimal() and len(text) < _DIGITS else 0


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
