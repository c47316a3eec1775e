"""Does a memory keep the contract of a fold: each element its own, no look ahead, NaN passed by, nothing written into?"""

from __future__ import annotations

from typing import Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.roles import Fold, Latch
from trimtab.core.values import Regime
from trimtab.numerics.running import latched
from trimtab.validation.comparison import differs
from trimtab.validation.specimen import Exam

Outcome = tuple[bool, str]
STACKED, MOST = 3, 60


def memory(exam: Exam) -> Outcome | None:
    """Every law of a fold, on the component's own rows: as they come, mirrored in time, and with gaps."""
    fold = exam.subject.fold
    if fold is None:
        return None
    rows = _rows(exam)
    whole = walked(fold, rows)
    for fault in (_mutates(fold, rows), _mixes(fold, rows, whole), _foresees(fold, rows, whole), _fills(rows, whole)):
        if fault:
            return False, fault
    if isinstance(fold, Latch) and (taken := fold.takes(rows)) is not None and differs(latched(rows, taken), whole).any():
        return False, "`takes` says otherwise than `advance`"
    if exam.subject.kind is Regime and bool((np.abs(np.nansum(whole, axis=-1) - 1.0) > 1e-9)[_known(whole)].any()):
        return False, "the probabilities with memory do not sum to 1"
    return True, "each element has a memory of its own, and nothing is written into"


def walked(fold: Fold, rows: Array) -> Array:
    """Rows (D, ...) through a fold, one by one."""
    out = np.empty_like(rows)
    state = fold.start(rows[0])
    for d, row in enumerate(rows):  # each state depends on the one before
        state, out[d] = fold.advance(state, row)
    return out


def _rows(exam: Exam) -> Array:
    """(D, 3, N): stacked rows of the component's own answers around the dates on which it speaks."""
    (values,) = exam.batch.values()
    first = int(np.flatnonzero(exam.spoken)[0]) if exam.spoken.any() else 0
    plain = np.array(values[max(0, first - 3) :][:MOST])
    gappy = plain.copy()
    gappy[1::4] = np.nan
    return np.stack([plain, plain[::-1], gappy], axis=1)


def _known(rows: Array) -> Any:
    return np.isfinite(rows).all(axis=-1)


def _mutates(fold: Fold, rows: Array) -> str:
    kept = rows.copy()
    state = fold.start(rows[0])
    for row in rows:
        before = [np.array(part) for part in state]
        after, _ = fold.advance(state, row)
        if any(differs(one, np.asarray(part)).any() for one, part in zip(before, state, strict=True)):
            return "`advance` writes into the state that it is given"
        state = after
    return "`advance` writes into the row that it is given" if differs(kept, rows).any() else ""


def _mixes(fold: Fold, rows: Array, whole: Array) -> str:
    apart = [walked(fold, np.ascontiguousarray(rows[:, k])) for k in range(rows.shape[1])]
    if any(differs(one, whole[:, k]).any() for k, one in enumerate(apart)):
        return "the memory of one variant depends on the others: a stack must give the stack of the answers"
    return ""


def _foresees(fold: Fold, rows: Array, whole: Array) -> str:
    for count in range(1, len(rows) + 1):
        if differs(walked(fold, rows[:count]), whole[:count]).any():
            return f"the first {count} rows alone are answered otherwise than among all"
    other = fold.start(np.full_like(rows[0], np.nan))
    same = all(not differs(np.asarray(a), np.asarray(b)).any() for a, b in zip(other, fold.start(rows[0]), strict=True))
    return "" if same else "`start` reads the numbers of the row; it gives the shape only"


def _fills(rows: Array, whole: Array) -> str:
    invented = np.isnan(rows).all(axis=-1) & np.isfinite(whole).any(axis=-1)
    return "an unknown row is answered by a number" if invented.any() else ""
