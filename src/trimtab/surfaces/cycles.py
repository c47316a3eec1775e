"""The full-cycle review as plain values, the same for Python and JSON; fractions, not percent."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from trimtab.desk.full_cycle import FullCycle
from trimtab.desk.own_record import Span


def cycle_document(found: FullCycle) -> dict[str, Any]:
    """Spans of time, where the record lies in the fan, the verdict, the odds of lagging, and the evidence of validation."""
    told = found.promise
    return {
        "spans": [_span(one) for one in found.spans],
        "percentiles": {name: _plain(value) for name, value in found.percentiles.items()},
        "inside": None if told is None else told.inside,
        "verdict": found.verdict,
        "no_promise": found.no_promise,
        "lagging": {str(years): odds for years, odds in found.lagging.items()},
        "validation": None if found.validation is None else found.validation.ruling.value,
        "evidence": [
            {"name": one.name, "value": _plain(one.value), "light": one.light.value, "words": one.words}
            for one in found.evidence
        ],
    }


def _span(one: Span) -> dict[str, Any]:
    told = {key: _plain(value) for key, value in asdict(one).items() if isinstance(value, float)}
    return {"name": one.name, "first": one.first.isoformat(), "last": one.last.isoformat(), "why": one.why, **told}


def _plain(value: float) -> float | None:
    return value if np.isfinite(value) else None
