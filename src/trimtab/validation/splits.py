"""A history cut into rows to learn from and rows to be judged on, without what the first know of the second.

The outcome of a row rests on more rows than its own (a return over the next month, say): its label is an interval of rows.
Purging drops rows to learn from whose labels overlap those of rows to be judged on; an embargo also drops rows that begin
up to h rows after one of those labels has ended, because what happened then echoes on (López de Prado 2018, "Advances in
Financial Machine Learning", chapter 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Index, frozen
from trimtab.core.errors import ParameterError


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """The first and the last row (T,), both included, that the outcome of each row rests on.

    The last may lie beyond the history. Raises ParameterError for other shapes, and for a label that ends before it starts.
    """

    start: Index
    end: Index

    def __post_init__(self) -> None:
        start, end = (np.array(rows, dtype=np.intp) for rows in (self.start, self.end))
        if start.ndim != 1 or start.shape != end.shape:
            what = f"starts {start.shape} and ends {end.shape} of labels differ in shape, or have more than one axis"
            raise ParameterError(what, remedy="Give one start and one end a row.")
        if (end < start).any():
            row = int(np.argmax(end < start))
            what = f"the label of row {row} ends at row {end[row]} before it starts at {start[row]}"
            raise ParameterError(what, field="end", remedy="Both are included: a label of one row starts and ends there.")
        object.__setattr__(self, "start", frozen(start))
        object.__setattr__(self, "end", frozen(end))

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Rows to learn from, and rows to be judged on, both in time order.

    Raises ParameterError where either is empty: long labels and long embargoes leave nothing to learn from.
    """

    train: Index
    test: Index

    def __post_init__(self) -> None:
        for name, rows in (("learn from", self.train), ("be judged on", self.test)):
            if not len(rows):
                what = f"a split has no rows to {name}"
                raise ParameterError(what, remedy="Use fewer splits, shorter labels, a shorter embargo, or more history.")
        object.__setattr__(self, "train", frozen(self.train))
        object.__setattr__(self, "test", frozen(self.test))


def spanning(count: int, *, ahead: int = 0) -> Labels:
    """Labels of `count` rows that rest each on its own row and the next `ahead` rows."""
    if count < 0 or ahead < 0:
        raise ParameterError(f"{count} labels over the next {ahead} rows", remedy="Neither can be below zero.")
    rows = np.arange(count)
    return Labels(rows, rows + ahead)


def edges(count: int, parts: int) -> Index:
    """Where each of `parts` runs of `count` rows begins, and the end: (parts + 1,). The first ones are a row longer."""
    size, rest = divmod(count, parts)
    order = np.arange(parts + 1)
    return np.asarray(order * size + np.minimum(order, rest), dtype=np.intp)


def apart(labels: Labels, train: Index, test: Index, *, embargo: int = 0) -> Index:
    """Those rows of `train` whose labels touch no label of `test`, and start later than `embargo` rows after its end."""
    if embargo < 0:
        raise ParameterError(f"an embargo of {embargo} rows", field="embargo", remedy="Give 0 or more rows.")
    if not (len(train) and len(test)):
        return train
    beyond = int(labels.start[train].max()) - int(labels.end[test].min())
    embargo = min(embargo, max(0, beyond))  # a longer one drops the same rows, and may run over the largest number
    order = np.argsort(labels.start[test], kind="stable")
    start = labels.start[test][order]
    never = np.iinfo(np.intp).min
    furthest = np.maximum.accumulate(np.append(never, labels.end[test][order] + embargo))
    before = np.searchsorted(start, labels.end[train], side="right")  # labels of `test` that start in time to be touched
    touched = furthest[before] >= labels.start[train]
    return np.asarray(train[~touched])


def stitched(splits: Sequence[Split], outcomes: Sequence[Array], count: int) -> Array:
    """One history (count,) from what came out of each split, in the order of its test rows; NaN where none was judged.

    Raises ParameterError where a split has another number of outcomes than test rows, and where two judge the same row.
    """
    whole, times = np.full(count, np.nan), np.zeros(count, dtype=np.intp)
    if len(splits) != len(outcomes):
        raise ParameterError(f"{len(outcomes)} outcomes of {len(splits)} splits", remedy="Give one array a split, in order.")
    for number, (split, outcome) in enumerate(zip(splits, outcomes, strict=True)):  # each has its own length
        whole[split.test] = matching(outcome, split.test, number)
        times[split.test] += 1
    if (times > 1).any():
        what = f"row {int(np.argmax(times > 1))} is judged by more than one split"
        raise ParameterError(what, remedy="Combinatorial splits make several histories: use `paths`.")
    return whole


def matching(outcome: Array, test: Index, number: int) -> Array:
    """The outcome of split `number` as floats; ParameterError where it has another length than its test rows."""
    values = np.asarray(outcome, dtype=float)
    if values.shape != test.shape:
        what = f"split {number} has outcomes of shape {values.shape} for {len(test)} test rows"
        raise ParameterError(what, remedy="Give one number a test row, in the order of `split.test`.")
    return values
