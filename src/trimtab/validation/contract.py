"""Does a component keep the contract of its role: shapes, unknowns, odd markets, words, windows left as they are?

Each check gives a pair: whether it is passed, and why in words; None where it does not apply.
"""

from __future__ import annotations

import re

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.terms import CLOSE, TOTAL_RETURN
from trimtab.core.values import Forecast, Regime, Scores
from trimtab.validation.comparison import differs
from trimtab.validation.specimen import Exam, Specimen, asked

Outcome = tuple[bool, str]

PLACES = 1e-9  # how far probabilities may be from 1 in sum, and covariances from symmetry, relatively
UNTOLD = re.compile(r"\b(nan|inf)\b", re.IGNORECASE)


def shape(exam: Exam) -> Outcome:
    """The value of the role, of the assets asked about, one row a date."""
    subject, view = exam.subject, exam.specimen.at(exam.every)
    with np.errstate(all="ignore"):
        answer = subject.ask(view)
    if not isinstance(answer, subject.kind):
        return False, f"it answers with {type(answer).__name__}, not with {subject.kind.__name__}"
    if isinstance(answer, Scores) and answer.assets != view.assets:
        return False, "the assets of its scores are not those of the view"
    for name, values in exam.batch.items():
        wanted = {"score": 2, "mean": 2, "covariance": 3, "probability": 2}[name]
        good = values.ndim == wanted and values.shape[0] == len(view.days)
        good = good and (name == "probability" or values.shape[1:] == (len(view.assets),) * (wanted - 1))
        if not good:
            return False, f"{name} has shape {values.shape} for {len(view.days)} dates and {len(view.assets)} assets"
        if values.dtype != np.float64:
            return False, f"{name} holds {values.dtype}, not float64"
    return True, f"{', '.join(f'{name} {values.shape}' for name, values in exam.batch.items())}"


def finite(exam: Exam) -> Outcome:
    """Numbers or NaN, never an infinity."""
    for world in (exam.specimen, exam.specimen.constant(), exam.specimen.another()):
        for name, values in exam.asked(world).items():
            cells = np.argwhere(np.isinf(values))
            if len(cells):
                return False, f"{name} is infinite on {world.dates[int(cells[0][0])]} ({world.name})"
    return True, "numbers or NaN, never an infinity"


def warm_up(exam: Exam) -> Outcome:
    """Silent until enough is known, then not."""
    said = np.flatnonzero(exam.spoken)
    if len(said) == 0:
        return False, f"it never says anything on {len(exam.specimen.dates)} dates"
    first = int(said[0])
    if first == 0:
        return True, "speaks from the first date on"
    return True, f"speaks from {exam.specimen.dates[first]} on, after {first} dates"


def unknown(exam: Exam) -> Outcome:
    """Where no price and no series has any value, an answer that prices would have changed is invented."""
    for name, values in exam.asked(exam.specimen.unknown()).items():
        usual = exam.batch[name]
        made_up = np.isfinite(values) & differs(values, usual) if values.shape == usual.shape else np.isfinite(values)
        cells = np.argwhere(made_up)
        if len(cells):
            where = tuple(cells[0].tolist())
            date = exam.specimen.dates[where[0]]
            return False, f"{name} is {values[where]:.6g} on {date} though nothing at all is known; unknown is NaN"
    return True, "says nothing where nothing is known"


def constant(exam: Exam) -> Outcome:
    """Prices and series that never change."""
    return _survives(exam, exam.specimen.constant(), exam.every)


def fewest(exam: Exam) -> Outcome:
    """One asset, or only those that it names."""
    world = exam.specimen.fewest()
    good, detail = _survives(exam, world, exam.every)
    return good, f"{detail} ({world.count} assets, those that it names)" if world.count > 1 else detail


def empty(exam: Exam) -> Outcome:
    """No decision at all."""
    return _survives(exam, exam.specimen, range(0))


def _survives(exam: Exam, world: Specimen, numbers: range) -> Outcome:
    """Whether it answers at all, with as many rows as there are dates; what it raises is reported by the audit."""
    for name, values in asked(exam.subject, world, numbers).items():
        if len(values) != len(numbers):
            return False, f"{name} has {len(values)} rows for {len(numbers)} dates"
    return True, "answered"


def windows(exam: Exam) -> Outcome:
    """What a view hands out is left as it is."""
    view = exam.specimen.at(exam.every)
    before = [np.array(view.window(field, 2)) for field in (CLOSE, TOTAL_RETURN)]
    with np.errstate(all="ignore"):
        exam.subject.ask(view)
    after = [view.window(field, 2) for field in (CLOSE, TOTAL_RETURN)]
    same = not any(differs(one, other).any() for one, other in zip(before, after, strict=True))
    return same, "windows are left as they are" if same else "it changes the numbers in the windows that it is handed"


def sentence(exam: Exam) -> Outcome:
    """Text on every asset, at dates at which it speaks and at which it does not."""
    said = np.flatnonzero(exam.spoken)
    chosen = dict.fromkeys((0, *said[:1].tolist(), *said[len(said) // 2 :][:1].tolist(), *said[-1:].tolist(), exam.every[-1]))
    for d in chosen:
        view = exam.specimen.at([d])
        for asset in range(exam.specimen.count):
            with np.errstate(all="ignore"):
                text = exam.subject.sentence(view, asset)
            what = _fault_of(text)
            if what:
                return False, f"its sentence {what} on {exam.specimen.dates[d]} (asset {asset})"
    return True, f"says why, known or unknown, on {len(chosen)} dates"


def _fault_of(text: object) -> str:
    if not isinstance(text, str):
        return f"is {type(text).__name__}, not text,"
    if not text.strip():
        return "is empty"
    found = UNTOLD.search(text)
    return f"says {found[0]!r} instead of why it is unknown" if found else ""


def probabilities(exam: Exam) -> Outcome | None:
    """Rows within 0 to 1 that sum to 1, or are NaN throughout. Evidence of a model with memory may be all 0."""
    if exam.subject.kind is not Regime:
        return None
    rows, dates = exam.batch["probability"], exam.specimen.dates
    total = rows.sum(axis=1)
    good = np.isnan(rows).all(axis=1) | ((rows >= 0.0).all(axis=1) & (np.abs(total - 1.0) <= PLACES))
    if exam.subject.fold is not None:
        good |= (rows == 0.0).all(axis=1)
    bad = np.flatnonzero(~good)
    if len(bad):
        row = ", ".join(f"{p:.4g}" for p in rows[bad[0]])
        return False, f"the probabilities are {row} on {dates[bad[0]]}; they must sum to 1, or all be NaN"
    return True, "probabilities sum to 1"


def covariances(exam: Exam) -> Outcome | None:
    """Known blocks that are symmetric and positive semidefinite."""
    if exam.subject.kind is not Forecast:
        return None
    for d, matrix in enumerate(exam.batch["covariance"]):
        fault = _covariance_fault(matrix)
        if fault:
            return False, f"{fault} on {exam.specimen.dates[d]}"
    return True, "symmetric, and no portfolio has a negative variance"


def _covariance_fault(matrix: Array) -> str:
    """What is wrong with the part of a covariance (A, A) that is known."""
    if (np.isnan(matrix) != np.isnan(matrix.T)).any():
        return "the covariance is known on one side of its diagonal only"
    known = np.isfinite(np.diagonal(matrix))
    block = matrix[np.ix_(known, known)]
    if block.size == 0:
        return ""
    block = np.where(np.isfinite(block), block, 0.0)
    scale = float(np.abs(block).max())
    if float(np.abs(block - block.T).max()) > PLACES * scale:
        return "the covariance is not symmetric"
    least = float(np.linalg.eigvalsh(0.5 * (block + block.T))[0])
    complete = bool(np.isfinite(matrix[np.ix_(known, known)]).all())
    return f"a portfolio has a variance of {least:.3g}" if complete and least < -PLACES * scale else ""
