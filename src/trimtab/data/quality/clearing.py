"""A history after its findings: certain repairs made, doubtful cells unknown, the findings among its issues."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from trimtab.core.errors import DataError
from trimtab.data.history import History, Issue
from trimtab.data.quality.findings import Finding, Outcome


def cleared(history: History, findings: Iterable[Finding]) -> History:
    """The history with the findings about it carried out and listed as issues; nothing else changes.

    Raises DataError where a finding refuses the series.
    """
    own = [finding for finding in findings if finding.series == history.about.name]
    refused = [finding for finding in own if finding.outcome is Outcome.REFUSE and not finding.waived]
    if refused:
        first = refused[0]
        where = f"{first.series} {first.first}"
        raise DataError(first.what, where=where, remedy=f"{first.action}. Or waive the detector {first.detector}.")
    done = applied(history, own)
    issues = [Issue(f"{f.code} {f.what}", _place(f), f.action) for f in own]
    return replace(done, issues=(*history.issues, *dict.fromkeys(issues)))


def applied(history: History, findings: Sequence[Finding]) -> History:
    """The history with repairs and quarantines carried out in their order."""
    values = dict(history.fields)
    for finding in findings:
        if not finding.changes or finding.field not in values:
            continue
        array = values[finding.field].astype(np.float64)
        array[finding.rows] = np.nan if finding.repaired is None else finding.repaired
        values[finding.field] = array
    return replace(history, fields=values)


def _place(finding: Finding) -> str:
    span = str(finding.first) if finding.first == finding.last else f"{finding.first} to {finding.last}"
    return f"{finding.series} {span}"
