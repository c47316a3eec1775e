"""How many trials the entries of a registry stand for, and how much their Sharpe ratios scatter.

Two trials are one where policy, data and code of one's own are the same (`trial_code`; where a policy runs such code, what a
line calls its policy is the hash of both): other code of Trimtab is no other trial. The scatter is the variance (ddof 1) of
the Sharpe ratio a period across different trials of one frequency of data, the V of the deflated Sharpe ratio (Bailey and
Lopez de Prado 2014). A trial that was lost counts as different from all others.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from trimtab.desk.trial_chain import Entry

SHORT = 12  # hex digits of a hash that tell policies, and data, apart
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Spread:
    """Sum and sum of squares of the Sharpe ratios a period of `count` trials of one frequency."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    def __add__(self, other: Spread) -> Spread:
        return Spread(self.count + other.count, self.total + other.total, self.squares + other.squares)

    @property
    def variance(self) -> float | None:
        """Across trials, ddof 1; None for fewer than two."""
        if self.count < 2:
            return None
        return max(self.squares - self.total**2 / self.count, 0.0) / (self.count - 1)


@dataclass(frozen=True, slots=True)
class Tally:
    """What entries stand for. `runs` is, by trial, the run whose returns stand for it; `independent` the trials whose
    returns nobody kept, each counted as independent of all others, or a sweep's own effective number.
    """

    total: int = 0
    distinct: int = 0
    runs: Mapping[Key, str] = field(default_factory=dict)
    independent: float = 0.0
    spreads: Mapping[int, Spread] = field(default_factory=dict)


@dataclass(slots=True)
class _Sweep:
    """Lines of one sweep: new trials whose worth stands with them all, and what those are worth that stand for themselves."""

    new: int = 0
    worth: float = 1.0
    alone: float = 0.0

    def add(self, entry: Entry, new: int) -> None:
        """One line with so many new trials."""
        if "worth" in entry:
            self.new, self.worth = self.new + new, max(self.worth, float(entry["worth"]))
        else:
            self.alone += min(float(new), float(entry.get("effective") or entry["variants"]))

    @property
    def independent(self) -> float:
        """How many independent trials they are worth."""
        return self.alone + min(float(self.new), self.worth)


def tally(entries: Iterable[Entry], *, lost: int = 0, frequency: Mapping[str, int] | None = None) -> Tally:
    """Count the entries and `lost` trials besides; `frequency` is the periods a year of runs whose line does not say it.

    A part of a sweep all of whose variants were counted before adds nothing but its number to the total. A variant that
    was also run by itself stands in the spread once more.
    """
    entries, known = list(entries), frequency or {}
    runs, measured = _runs(entries, known)
    seen, spreads, sweeps = set(runs), dict[int, Spread](), dict[str, _Sweep]()
    for entry in (one for one in entries if "sweep" in one):
        new = keys_of(entry) - seen
        sweeps.setdefault(entry["sweep"], _Sweep()).add(entry, len(new))
        if new:
            seen |= new
            _add(spreads, entry["periods_per_year"], _swept(entry))
    independent = sum(sweep.independent for sweep in sweeps.values())
    for frequency_of, ratio in measured:
        _add(spreads, frequency_of, Spread(1, ratio, ratio * ratio))
    gone = lost + sum(entry["lost"] for entry in entries if "lost" in entry)
    return Tally(recorded(entries) + lost, len(seen) + gone, runs, independent + gone, spreads)


def variants_of(entry: Entry) -> int:
    """How many trials a line records: 1 for a backtest, its variants for a part of a sweep, 0 for an accepted loss."""
    return 1 if "run" in entry else int(entry.get("variants", 0))


def recorded(entries: Iterable[Entry]) -> int:
    """How many trials the lines stand for, those included whose loss was accepted."""
    return sum(variants_of(entry) + entry.get("lost", 0) for entry in entries)


def keys_of(entry: Entry) -> set[Key]:
    """Policy and data of each trial of a line; those of a sweep that names no policies go by part and place."""
    if "run" in entry:
        return {(entry["policy"][:SHORT], (entry.get("data") or "")[:SHORT])}
    data = entry["data"][:SHORT]
    unnamed = (f"{entry['sweep']}/{entry['part']}/{place}" for place in range(entry["variants"]))
    return {(name[:SHORT] if entry["policies"] else name, data) for name in entry["policies"] or unnamed}


def a_period(entry: Entry, frequency: Mapping[str, int]) -> tuple[int, float] | None:
    """Periods a year and Sharpe ratio a period of a backtest; None where either is unknown."""
    f = entry.get("periods_per_year") or frequency.get(entry["run"])
    ratio = entry.get("sharpe")
    return None if not f or ratio is None else (int(f), ratio / math.sqrt(f))


def _runs(entries: Iterable[Entry], frequency: Mapping[str, int]) -> tuple[dict[Key, str], list[tuple[int, float]]]:
    """The last run of each trial, and the Sharpe ratios that are known of them.

    One that somebody ran for itself goes before one that stood beside another policy, over the dates of that one.
    """
    last: dict[Key, Mapping[str, Any]] = {}
    for entry in sorted((one for one in entries if "run" in one), key=lambda one: "rival" not in one):
        last[next(iter(keys_of(entry)))] = entry
    found = [a_period(entry, frequency) for entry in last.values()]
    return {key: entry["run"] for key, entry in last.items()}, [one for one in found if one is not None]


def _swept(entry: Entry) -> Spread:
    return Spread(int(entry.get("measured", entry["variants"])), entry["sharpe_sum"], entry["sharpe_squares"])


def _add(spreads: dict[int, Spread], frequency: float, spread: Spread) -> None:
    spreads[int(frequency)] = spreads.get(int(frequency), Spread()) + spread
