"""Fractions as a reader sees them in a sentence: `12.3 %`, with a sign where it matters, or `unknown`."""

from __future__ import annotations

import math


def percent(value: float, digits: int = 1) -> str:
    """0.123 as `12.3 %`; NaN as `unknown`."""
    return f"{100.0 * value + 0.0:.{digits}f} %" if math.isfinite(value) else "unknown"


def signed(value: float, digits: int = 1) -> str:
    """0.123 as `+12.3 %`; NaN as `unknown`."""
    return f"{100.0 * value + 0.0:+.{digits}f} %" if math.isfinite(value) else "unknown"


def number(value: float, digits: int = 2) -> str:
    """0.123 as `0.12`; NaN as `unknown`."""
    return f"{value + 0.0:.{digits}f}" if math.isfinite(value) else "unknown"
