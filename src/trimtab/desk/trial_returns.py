"""Monthly returns of the saved runs of a workspace, and how many independent trials they are worth.

Wealth is read at the last session of each month. A month that one run has and another has not is one in which they share no
luck: runs over other years are alike only as far as their years are the same, which is what the correlation of their Sharpe
ratios is (`validation.effective_trials`). Of a large file only the month ends are parsed, so that two hundred runs over 25
years of days take well under a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from trimtab.core.arrays import Array, Index
from trimtab.numerics.returns import returns_of
from trimtab.validation.effective_trials import effective_trials

LEAST = 24  # months of returns that a run must have; with fewer it counts as independent
MOST = 1000  # runs whose returns are read, the last ones
SEED = 1  # the same workspace is always worth the same
_NEWLINE, _DATE = ord("\n"), 7  # of the ten letters of a date, seven are year and month
Months = tuple[Index, Array]  # months since 1970 (M,), and wealth at their last session (M,)


def worth(folder: Path, runs: Sequence[str]) -> float:
    """Effective number of the trials whose last runs are `runs`, between 1 and their count; 0 for none.

    A run whose wealth was not kept, is too short or has a gap counts as independent of all others; so do all but the last MOST.
    """
    files = [folder / "runs" / name / "wealth.csv" for name in runs[-MOST:] if name.isalnum()]  # a name is no path
    found = [months for file in files if len((months := month_ends(file))[0]) > LEAST]
    luck = shared_luck(found)
    alone = float(len(runs) - luck.shape[1])
    return alone + effective_trials(luck, seed=SEED).count if luck.shape[1] else alone


def shared_luck(found: Sequence[Months]) -> Array:
    """Returns (M, N) of N runs less their own means, over all months; 0 where a run has none. One with gaps is left out."""
    if not found:
        return np.empty((0, 0))
    first = min(int(months[0]) for months, _ in found)
    last = max(int(months[-1]) for months, _ in found)
    luck = np.zeros((len(found), last - first))
    for row, (months, values) in zip(luck, found, strict=True):  # each run has months of its own
        returns = returns_of(values) if np.all(np.diff(months) == 1) else np.full(1, np.nan)
        row[months[1:] - first - 1] = returns - returns.mean()
    return luck[np.isfinite(luck).all(axis=1)].T


def month_ends(path: Path) -> Months:
    """Months and their last wealth in a `wealth.csv` of a run; empty where the file is not there or is none."""
    try:
        content = path.read_bytes()
        return _month_ends(content)
    except (OSError, ValueError):
        return np.empty(0, dtype=np.intp), np.empty(0)


def _month_ends(content: bytes) -> Months:
    """Raises ValueError where a row does not begin with a date and a number."""
    letters = np.frombuffer(content, dtype=np.uint8)
    ends = np.flatnonzero(letters == _NEWLINE)
    starts = ends[:-1] + 1  # the first line is the head
    if not len(starts) or int((ends[1:] - starts).min()) < _DATE:
        raise ValueError("no rows, or one that is too short")
    month = letters[starts[:, None] + np.arange(_DATE)]
    last = np.append((month[1:] != month[:-1]).any(axis=1), True)
    rows = [content[a : b if b - a < 64 else a + 64].split(b",", 2) for a, b in zip(starts[last], ends[1:][last], strict=True)]
    months = np.array([row[0][:_DATE].decode() for row in rows], dtype="datetime64[M]")
    return months.astype(np.intp), np.array([float(row[1]) for row in rows])
