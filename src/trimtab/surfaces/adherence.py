"""The score of the process and its calendar as plain values, the same for Python, JSON and screens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from trimtab.desk.process_review import ProcessReview
from trimtab.desk.review_calendar import DueReview
from trimtab.governance.adherence import Adherence, Duty, Violation

NOTHING_DUE = "Nothing was due in this time."


def duty_rows(found: Adherence) -> list[dict[str, Any]]:
    """A row a duty: how often it was due and kept, and its points of how many."""
    return [
        {
            "duty": duty.name.lower(),
            "words": duty.words,
            "due": found.due[duty],
            "kept": found.due[duty] - found.broken(duty),
            "points": float(found.earned(duty)),
            "weight": duty.weight,
        }
        for duty in Duty
    ]


def violation_rows(violations: Iterable[Violation]) -> list[dict[str, Any]]:
    """A row a violation, oldest first, with its evidence."""
    return [
        {
            "when": one.when.isoformat(),
            "duty": one.duty.name.lower(),
            "occasion": one.occasion,
            "what": one.what,
            "evidence": one.evidence,
        }
        for one in violations
    ]


def adherence_document(found: Adherence) -> dict[str, Any]:
    """Score, duties and violations. `score_exact` is the fraction that the score is, as text."""
    return {
        "score": float(found.score),
        "score_exact": str(found.score),
        "nothing_due": not any(found.due.values()),
        "duties": duty_rows(found),
        "violations": violation_rows(found.violations),
    }


def calendar_rows(found: Iterable[DueReview]) -> list[dict[str, Any]]:
    """A row an entry, in the order of days."""
    return [
        {"on": one.on.isoformat(), "kind": one.kind.value, "of": one.place, "what": one.what, "do": one.do} for one in found
    ]


def review_document(found: ProcessReview) -> dict[str, Any]:
    """A review of the process. `due` is null where none is due that was not held."""
    about = found.about
    return {
        "account": found.place,
        "policy": about.policy.name,
        "policy_sha256": about.policy.sha256,
        "first": about.first.isoformat(),
        "last": about.last.isoformat(),
        "due": None if about.due is None else about.due.isoformat(),
        "next": about.following.isoformat(),
        "adherence": adherence_document(found.adherence),
        "incidents": [
            {"on": one.when.isoformat(), "what": one.what, "series": one.series, "evidence": one.evidence}
            for one in found.incidents
        ],
        "requests": calendar_rows(found.requests),
        "calendar": calendar_rows(found.calendar),
    }
