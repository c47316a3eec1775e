"""Levels of named series: the latest known value, what counts as missing, and the words for crossing one."""

from __future__ import annotations

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View


def latest(view: View, name: str) -> Array:
    """(D,) the last value of a series known at each cut-off."""
    return view.series(name, 1)[:, -1]


def positive(values: Array) -> Array:
    """The values above zero, NaN for the others: published files print 0 for what is not known yet."""
    return np.asarray(np.where((values > 0.0) & np.isfinite(values), values, np.nan))


def fresh(view: View, name: str, max_age: int) -> Array:
    """(D,) 1 where the latest value of a series is at most `max_age` days old, else NaN."""
    return np.asarray(np.where(view.age(name) <= max_age, 1.0, np.nan))


def crossing(what: str, where: float, level: str) -> str:
    """What turns a side: `what` crossing `level` from above (`where` > 0) or below; empty where the side is unknown."""
    if np.isnan(where):
        return ""
    if where == 0.0:
        return f"turns as soon as {what} leaves {level}"
    return f"flips when {what} {'falls below' if where > 0.0 else 'rises above'} {level}"


def require_names(**names: str) -> None:
    """Raise ParameterError for the first parameter that names no series."""
    for field, name in names.items():
        if not name:
            raise ParameterError(f"{field} is empty", field=field, remedy="Give the name of a loaded series.")


def require_finite(**numbers: float) -> None:
    """Raise ParameterError for the first parameter that is no plain number."""
    for field, number in numbers.items():
        if not np.isfinite(number):
            raise ParameterError(f"{field} is {number}", field=field, remedy="Give a plain number, such as 0.01.")
