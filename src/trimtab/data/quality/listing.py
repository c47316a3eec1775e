"""Findings as a list for people and for programs: what, where, how sure, and what happens to it.

One defect that touches several fields of the same rows is one line. What the reader had to say comes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trimtab.data.history import Issue
from trimtab.data.quality.findings import Finding, Outcome

_GRAVE = {Outcome.REFUSE: 0, Outcome.QUARANTINE: 1, Outcome.REPAIR: 2, Outcome.DEGRADE: 3, Outcome.NOTE: 4}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the list, ready to print."""

    what: str
    where: str
    sure: str
    action: str


def listed(findings: Sequence[Finding], issues: Sequence[Issue] = ()) -> tuple[Line, ...]:
    """Rows of the list, the gravest first; then by series and date."""
    made = [Line(issue.what, issue.where, "certain", issue.action) for issue in dict.fromkeys(issues)]
    ordered = sorted(grouped(findings), key=lambda group: (_GRAVE[group[0].outcome], group[0].series, group[0].first))
    return (*made, *(_line(group) for group in ordered))


def grouped(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Findings of one defect together: same detector, series, dates and words."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for f in findings:
        key = (f.code, f.detector, f.series, f.what, f.outcome, f.waived, f.first, f.last)
        groups.setdefault(key, []).append(f)
    return list(groups.values())


def as_dicts(findings: Sequence[Finding], issues: Sequence[Issue] = ()) -> list[dict[str, object]]:
    """The same as plain values for JSON: text, whole numbers and finite fractions only."""
    made: list[dict[str, object]] = [
        {"what": issue.what, "where": issue.where, "sure": 1.0, "action": issue.action, "outcome": "read"}
        for issue in dict.fromkeys(issues)
    ]
    return [*made, *(_plain(group) for group in grouped(findings))]


def _line(group: list[Finding]) -> Line:
    first = group[0]
    span = str(first.first) if first.first == first.last else f"{first.first} to {first.last}"
    fields = ", ".join(sorted({finding.field.name for finding in group}))
    where = f"{first.series} {fields} {span}"
    return Line(f"{first.code} {first.what}", where, how_sure(first.sure), done(first))


_SAID = {Outcome.QUARANTINE: "set aside", Outcome.DEGRADE: "flag", Outcome.NOTE: "kept"}


def done(finding: Finding) -> str:
    """What happens to it, in words, each once."""
    word, action = finding.outcome.value, finding.action
    told = finding.waived or _SAID.get(finding.outcome, word) in action
    return action if told else f"{word}: {action}"


def how_sure(sure: float) -> str:
    """A probability in words."""
    steps = ((0.985, "certain"), (0.85, "almost certain"), (0.6, "likely"), (0.3, "possible"))
    return next((word for least, word in steps if sure >= least), "a hint")


def _plain(group: list[Finding]) -> dict[str, object]:
    first = group[0]
    return {
        "code": first.code,
        "detector": first.detector,
        "series": first.series,
        "fields": sorted({finding.field.name for finding in group}),
        "first": str(first.first),
        "last": str(first.last),
        "count": max(finding.count for finding in group),
        "sure": round(first.sure, 4),
        "outcome": first.outcome.value,
        "what": first.what,
        "action": first.action,
        "waived": first.waived,
    }
