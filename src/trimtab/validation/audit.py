"""The whole audit of a component: every check on every specimen, one finding a check, no exception let through."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trimtab.validation import contract, lookahead
from trimtab.validation.memory import memory
from trimtab.validation.specimen import Exam, Finding, Specimen, Subject, asked

Check = Callable[[Exam], tuple[bool, str] | None]

CHECKS: dict[str, Check] = {
    "shape": contract.shape,
    "infinities": contract.finite,
    "warm-up": contract.warm_up,
    "nothing known": contract.unknown,
    "constant prices": contract.constant,
    "fewest assets": contract.fewest,
    "no dates": contract.empty,
    "probabilities": contract.probabilities,
    "covariances": contract.covariances,
    "windows": contract.windows,
    "sentence": contract.sentence,
    "memory": memory,
    "asked twice": lookahead.twice,
    "one date alone": lookahead.alone,
    "poisoned future": lookahead.poisoned,
    "no future": lookahead.truncated,
    "older history": lookahead.older,
    "order of assets": lookahead.order,
    "earlier calls": lookahead.calls,
}
FIRST = "answers"


def audit(subject: Subject, specimens: Sequence[Specimen]) -> tuple[Finding, ...]:
    """One finding a check that applies. A component that cannot be asked at all fails `answers`, and nothing else is run."""
    exams = []
    for specimen in specimens:
        try:
            exams.append(Exam(subject, specimen, asked(subject, specimen)))
        except Exception as error:  # noqa: BLE001 - code of others may fail in any way
            return (_raised(error, FIRST, specimen),)
    found = (_checked(name, check, exams) for name, check in CHECKS.items())
    return tuple(finding for finding in found if finding is not None)


def _checked(name: str, check: Check, exams: Sequence[Exam]) -> Finding | None:
    """The first failure on any specimen, else what the check says of each; None where it applies to none."""
    said = []
    for exam in exams:
        try:
            outcome = check(exam)
        except Exception as error:  # noqa: BLE001 - as above
            return _raised(error, name, exam.specimen)
        if outcome is not None and not outcome[0]:
            return Finding(name, False, f"{outcome[1]} ({exam.specimen.name})")
        if outcome is not None:
            said.append((outcome[1], exam.specimen.name))
    if not said:
        return None
    same = len({detail for detail, _ in said}) == 1
    return Finding(name, True, said[0][0] if same else "; ".join(f"{detail} ({where})" for detail, where in said))


def _raised(error: Exception, name: str, specimen: Specimen) -> Finding:
    """What was raised, in a line. A window that may not be written into is a fault of its own."""
    if isinstance(error, ValueError) and "read-only" in str(error):
        return Finding("windows", False, f"it writes into a window that it is handed, which is read-only ({specimen.name})")
    text = " ".join(str(error).split())
    return Finding(name, False, f"it raises {type(error).__name__}: {text} ({specimen.name})")
