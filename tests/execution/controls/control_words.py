"""Lines and moments by hand, for tests of controls."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

from trimtab.core.controls import Circumstances, Earlier, Line

NOW = np.datetime64("2026-01-06T15:00:00", "s")  # a Tuesday, 10:00 in New York
CUT_OFF = np.datetime64("2026-01-05T23:00:00", "s")


def line(units: str = "10", price: str = "20", asset: int = 0, **rest: Any) -> Line:
    count, reference = Decimal(units), Decimal(price)
    return Line(rest.pop("id", f"l{asset}"), asset, count, reference, abs(count * reference), **rest)


def sent(units: str = "10", price: str = "20", asset: int = 0, *, at: Any = NOW, order: str = "before") -> Earlier:
    count = Decimal(units)
    return Earlier(order, asset, count, abs(count * Decimal(price)), np.datetime64(at, "s"))


def moment(*earlier: Earlier, now: Any = NOW, **rest: Any) -> Circumstances:
    plain = {"prices": np.array([20.0, 50.0]), "nav": Decimal(1000), "earlier": earlier}
    return Circumstances(np.datetime64(now, "s"), CUT_OFF, CUT_OFF, **(plain | rest))
