"""What came out of a policy, in fractions: wealth and weights at the ends of months, and its figures; no amount of money."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from trimtab.desk.result import Result
from trimtab.desk.summary import summary

CLOSE_ENOUGH = 1e-9
FIGURES = (
    *("first", "last", "cagr", "volatility", "sharpe", "sharpe_low", "sharpe_high", "max_drawdown", "worst_month"),
    *("turnover_per_year", "cost_per_year", "decisions", "fills", "cagr_before_taxes", "cagr_after_sale", "tax_per_year"),
    *("cagr_gross_of_fees", "cagr_gross_of_funds", "fee_per_year"),
)
ABSENT = "nothing"  # what stands where a name is missing
SHOWN = 5  # differences that are said


def results_of(result: Result) -> dict[str, Any]:
    """Plain values: dates, wealth as a multiple of the start, weights by asset, and figures."""
    months = result.dates.astype("datetime64[M]")
    rows = np.flatnonzero(np.append(months[1:] != months[:-1], True))
    figures = summary(result)
    return {
        "execution": result.execution_words,
        "figures": {name: figures[name] for name in FIGURES},
        "dates": [str(day) for day in result.dates[rows]],
        "wealth": [float(value) for value in result.wealth[rows] / result.wealth[0]],
        "weights": {
            asset.id: [float(value) if math.isfinite(value) else None for value in result.weights[rows, a]]
            for a, asset in enumerate(result.assets)
        },
    }


def result_differences(theirs: Mapping[str, Any], here: Mapping[str, Any]) -> tuple[str, ...]:
    """Where two results differ by more than 1e-9, in words: the first few places, and how many more there are."""
    found = list(_differences("", theirs, here))
    more = (f"and {len(found) - SHOWN} more",) if len(found) > SHOWN else ()
    return (*found[:SHOWN], *more)


def _differences(where: str, one: Any, other: Any) -> Iterator[str]:
    if isinstance(other, Mapping) and isinstance(one, Mapping):
        for key in sorted({*map(str, one), *map(str, other)}):
            yield from _differences(f"{where} {key}".strip(), one.get(key, ABSENT), other.get(key, ABSENT))
    elif isinstance(other, list) and isinstance(one, list) and len(one) == len(other):
        for k, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from _differences(f"{where}[{k}]", mine, theirs)
    elif not _same(one, other):
        yield f"{where} is {_said(one)} in the bundle, {_said(other)} here"


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float | int) and isinstance(other, float | int) and not isinstance(one, bool):
        return math.isclose(one, other, rel_tol=CLOSE_ENOUGH, abs_tol=CLOSE_ENOUGH)
    return type(one) is type(other) and bool(one == other)


def _said(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} values"
    return f"{value:.12g}" if isinstance(value, float) else str(value)[:60]
