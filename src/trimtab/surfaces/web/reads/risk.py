"""The risk of a few portfolios under one covariance: volatility, tracking error, and whose risk it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from trimtab.attribution.risk import risk_by_asset
from trimtab.desk.record import number


def risks(covariance: Sequence[Sequence[float | None]], books: Mapping[str, Sequence[float | None]]) -> dict[str, Any]:
    """Of each of `books` (weights by asset): volatility a year, tracking error to `benchmark`, shares of risk by asset.

    None where anything that it rests on is unknown. What is not held needs no covariance.
    """
    table = np.array([[np.nan if one is None else one for one in row] for row in covariance], dtype=float)
    known = {name: np.array([np.nan if one is None else one for one in book], dtype=float) for name, book in books.items()}
    base = known.get("benchmark")
    return {name: _of(book, base, table) for name, book in known.items()}


def _of(book: Any, base: Any, table: Any) -> dict[str, Any]:
    total, shares = _risk(book, table)
    tracking = None if base is None else _risk(book - base, table)[0]
    return {"volatility": total, "tracking": tracking, "shares": shares}


def _risk(book: Any, table: Any) -> tuple[float | None, list[float | None]]:
    held = np.where(book[:, None] * book == 0.0, 0.0, table)  # what is not held is idle
    if not np.abs(book).any():
        return 0.0, [None] * len(book)
    found = risk_by_asset(book, held, [str(a) for a in range(len(book))]).risk
    return number(found.total), [number(one) for one in found.shares]
