"""p-values of several tests, each as if it had been the only one, adjusted for the others.

Bonferroni (1936) and Holm (1979) bound the chance of even one false finding; Benjamini and Yekutieli (2001, "BHY") the expected
share of false ones among the findings, under any dependence. With N p-values in rising order p(1) .. p(N):

    Bonferroni  N p,
    Holm        the largest of (N - k + 1) p(k) up to one's own place,
    BHY         the smallest of N c p(k) / k from one's own place on, c = 1 + 1/2 + .. + 1/N.

One alone of N independent tests has p^M = 1 - (1 - p)^N (Sidak 1967).
"""

from __future__ import annotations

from enum import Enum

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import DataError, ParameterError


class Adjustment(Enum):
    """How p-values are adjusted for the number of tests."""

    BONFERRONI = "bonferroni"
    HOLM = "holm"
    BHY = "bhy"


def adjusted_p_values(p: Array, adjustment: Adjustment) -> Array:
    """Adjusted p-values (..., N) of all N tests that were made, p (..., N); at most 1.

    An unknown p-value makes all of its row unknown: it may have been the smallest. Raises DataError for one outside [0, 1].
    """
    values = np.asarray(p, dtype=float)
    if not values.ndim or ((values < 0.0) | (values > 1.0)).any():
        raise DataError(
            "p-values are probabilities of one or more tests", remedy="Give an array (..., N) of numbers in [0, 1]."
        )
    count = values.shape[-1]
    if not count:
        return values.copy()
    known = np.where(np.isnan(values).any(axis=-1, keepdims=True), np.nan, values)
    if adjustment is Adjustment.BONFERRONI:
        return np.asarray(np.minimum(known * count, 1.0))
    order = np.argsort(known, axis=-1, kind="stable")
    ranked, rank = np.take_along_axis(known, order, axis=-1), np.arange(1, count + 1)
    if adjustment is Adjustment.HOLM:
        steps = np.maximum.accumulate(ranked * (count - rank + 1), axis=-1)
    else:
        scaled = ranked * count * (1.0 / rank).sum() / rank
        steps = np.minimum.accumulate(scaled[..., ::-1], axis=-1)[..., ::-1]
    found = np.empty_like(known)
    np.put_along_axis(found, order, np.minimum(steps, 1.0), axis=-1)
    return found


def independent_p_value(p: Array | float, tests: Array | float) -> Array:
    """1 - (1 - p)^tests (...): the chance that the best of `tests` independent ones has a p-value of `p` or less.

    `tests` need not be whole. Without loss of digits for small p; NaN stays NaN. Raises ParameterError for fewer than one test.
    """
    with np.errstate(divide="ignore"):  # p = 1: log1p is minus infinity, and the answer 1
        return np.asarray(-np.expm1(number_of_tests(tests) * np.log1p(-np.asarray(p, dtype=float))))


def number_of_tests(tests: Array | float) -> Array:
    """The number as an array. Raises ParameterError for fewer than one."""
    count = np.asarray(tests, dtype=float)
    if not ((count >= 1.0) & np.isfinite(count)).all():
        raise ParameterError(f"{tests} tests", field="tests", remedy="Count every variant that was ever run: 1 or more.")
    return count
