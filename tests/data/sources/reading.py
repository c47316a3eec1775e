"""Reading a history in a test: its rows by date, and the files of the shared samples of what vendors send."""

from __future__ import annotations

import numpy as np

from tests.shared_data import shared
from trimtab.core.terms import Field
from trimtab.data.history import History


def sample(name: str) -> bytes:
    """The bytes of a shared sample."""
    return shared(f"wire/{name}").read_bytes()


def rows(history: History, *fields: Field) -> list[tuple[object, ...]]:
    """The date as text, then the values of `fields`, None where unknown, for each row."""
    cells = [history.fields[field].tolist() for field in fields]
    return [
        (str(day), *(None if np.isnan(value) else value for value in values))
        for day, *values in zip(history.dates, *cells, strict=True)
    ]


def noted(history: History) -> list[str]:
    """What the issues say, with what was done."""
    return [f"{issue.where}: {issue.what}: {issue.action}" for issue in history.issues]
