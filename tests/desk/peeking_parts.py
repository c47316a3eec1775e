"""Components of one's own that know too much, each in a way that few dates show, and honest ones beside them."""

from __future__ import annotations

import csv
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.construction.pace import Pace
from trimtab.core.arrays import Array
from trimtab.core.frictions import CostModel, LimitSet
from trimtab.core.roles import View
from trimtab.core.terms import TOTAL_RETURN
from trimtab.core.trades import Book, Reach
from trimtab.core.values import Forecast, Parts, Regime, Scores, Today

HANDED: list[tuple[Today, Book]] = []  # what the reachers were given
KEPT: dict[str, Any] = {}  # what the reader of files has read, and what the two that conspire pass on


def gain(view: View) -> Array:
    """(D, A) the return over the last row."""
    index = view.window(TOTAL_RETURN, 2)
    return np.asarray(index[:, 1] / index[:, 0] - 1.0)


class Said:
    """It says something."""

    __slots__ = ()

    def sentence(self, view: View, asset: int) -> str:
        return "planted"


@dataclass(frozen=True, slots=True)
class Gained(Said):
    """The last return: honest."""

    def __call__(self, view: View) -> Scores:
        return Scores(view.assets, gain(view))


@dataclass(frozen=True, slots=True)
class FromFile(Said):
    """The last return, and once in this process it looks into a file."""

    path: str = ""

    def __call__(self, view: View) -> Scores:
        if self.path and self.path not in KEPT:
            with Path(self.path).open(encoding="utf-8") as lines:
                KEPT[self.path] = list(csv.reader(lines))
        return Scores(view.assets, gain(view))


@dataclass(frozen=True, slots=True)
class Imports(Said):
    """It imports when it is asked, and what it imports opens files: honest."""

    def __call__(self, view: View) -> Scores:
        import this_is_imported_late  # type: ignore[import-not-found]  # noqa: F401

        return Scores(view.assets, gain(view))


@dataclass(frozen=True, slots=True)
class Starts(Said):
    """It starts another program, which could look anywhere."""

    def __call__(self, view: View) -> Scores:
        subprocess.run([sys.executable, "-c", ""], check=True)
        return Scores(view.assets, gain(view))


@dataclass(frozen=True, slots=True)
class Peek:
    """Paces to the goal, out of what the next date's score says will fall."""

    def __call__(self, today: Today, book: Book, limits: LimitSet, costs: CostModel) -> Reach:
        HANDED.append((today, book))
        said = today.aims.scores.values
        after = said[min(today.d + 1, len(said) - 1)]
        reach = Pace()(today, book, limits, costs)
        return Reach(np.where(after < 0.0, 0.0, reach.target), reach.base, reach.share, reach.left, reach.relaxed)

    words = "peeks"


@dataclass(frozen=True, slots=True)
class Passes(Said):
    """Honest itself, but it passes its batch on to `Receives`."""

    def __call__(self, view: View) -> Scores:
        KEPT["batch"] = dict(zip(view.days.dates.tolist(), gain(view), strict=True))
        return Scores(view.assets, gain(view))


@dataclass(frozen=True, slots=True)
class Receives:
    """Paces to the goal, and once, where the batch of `Passes` goes on to fall by most, holds nothing."""

    def __call__(self, today: Today, book: Book, limits: LimitSet, costs: CostModel) -> Reach:
        reach, after = Pace()(today, book, limits, costs), [d for d in KEPT["batch"] if d > today.when.item()]
        worst = min(KEPT["batch"], key=lambda day: np.nansum(KEPT["batch"][day]))
        held = reach.target if not after or min(after) != worst else 0.0 * reach.target
        return Reach(held, reach.base, reach.share, reach.left, reach.relaxed)

    words = "receives"


@dataclass(frozen=True, slots=True)
class Dodge:
    """The benchmark, but cash once: where the next scores are the lowest of all; if `honest`, where those of the day fall."""

    benchmark: tuple[float, ...] = ()
    honest: bool = False

    def __call__(self, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
        said = scores.values
        falls = np.where(np.isnan(said), 0.0, said).sum(axis=1)
        after = np.append(falls[1:], 0.0)
        out = falls < -0.05 if self.honest else (after == falls.min(initial=0.0)) & (after < 0.0)
        weights = np.where(out[:, np.newaxis], 0.0, np.array(self.benchmark))
        return np.asarray(np.where(np.isnan(said), np.nan, weights))

    words = "dodges"


@dataclass(frozen=True, slots=True)
class Shifted:
    """The mean of the signals, and once, before the worst date of all, its opposite."""

    prepares = None

    def __call__(self, parts: Parts, regime: Regime) -> Scores:
        mean = parts.values.mean(axis=0)
        falls = np.where(np.isnan(mean), 0.0, mean).sum(axis=1)
        after = np.append(falls[1:], 0.0)
        return Scores(parts.assets, np.where(((after == falls.min()) & (after < 0.0))[:, np.newaxis], -mean, mean))

    words = "shifts"
