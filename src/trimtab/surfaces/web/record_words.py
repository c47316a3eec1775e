"""A record of wealth in sentences: what was found stands in the title of its figure, and figures are written one way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MINUS = "\u2212"


def percent(value: float | None, *, signed: bool = False) -> str:
    """A fraction as percent with one decimal: `-4.1 %`, with its sign where it is a change."""
    if value is None:
        return "n/a"
    written = f"{100.0 * value:{'+' if signed else ''}.1f} %".replace("-", MINUS)
    return "0.0 %" if written.strip(f"+{MINUS}") == "0.0 %" else written


def headline(found: Mapping[str, Any], benchmark: str = "the benchmark") -> str:
    """What a record made over its days, beside its benchmark where that is known."""
    unit = " a year" if found["a_year"] else ""
    made = f"It made {percent(found['mine'])}{unit} from {found['from']} to {found['to']}"
    if found["ahead"] is None:
        return f"{made}."
    apart = percent(abs(found["ahead"]))
    side = "more" if found["ahead"] > 0 else "less"
    return f"{made}, {benchmark} {percent(found['theirs'])}: {'as much' if apart == '0.0 %' else f'{apart}{unit} {side}'}."


def growth_title(points: Mapping[str, Any], benchmark: str = "its benchmark") -> str:
    """What ten thousand became."""
    mine, theirs = points["wealth"][-1], points["benchmark"][-1]
    first = points["wealth"][0]
    became = f"{first:,.0f} became {mine:,.0f}"
    return became if theirs is None else f"{became}, in {benchmark} {theirs:,.0f}"


def fall_title(falls: Sequence[Mapping[str, Any]]) -> str:
    """The deepest fall in a sentence without an end."""
    if not falls:
        return "It never fell below a high"
    worst = falls[0]
    end = f"made good by {worst['recovered']}" if worst["recovered"] else "not made good yet"
    return f"The deepest fall was {percent(abs(worst['depth']))}, from {worst['peak']} to {worst['trough']}, {end}"


def year_sentence(years: Sequence[Mapping[str, Any]]) -> str:
    """How many whole years were up, and the best and the worst of them."""
    whole = [row for row in years if row["whole"] and row["total"] is not None]
    if not whole:
        return "No calendar year is whole yet."
    up, best, worst = sum(row["total"] > 0 for row in whole), max(whole, key=_total), min(whole, key=_total)
    ends = [f"{name} {row['year']} ({percent(row['total'], signed=True)})" for name, row in (("best", best), ("worst", worst))]
    return f"{up} of {len(whole)} whole years were up; {', '.join(ends)}."


def _total(row: Mapping[str, Any]) -> float:
    return float(row["total"])


def lights_sentence(checks: Sequence[Mapping[str, Any]]) -> str:
    """How many checks of a validation have each light: `4 PASS, 12 WARN`."""
    counts = {light: sum(one["light"] == light for one in checks) for light in ("PASS", "WARN", "FAIL", "UNKNOWN")}
    words = [f"{count} {light}" for light, count in counts.items() if count and light != "UNKNOWN"]
    left = f"{counts['UNKNOWN']} without an answer" if counts["UNKNOWN"] else ""
    return ", ".join([*words, left] if left else words) + "."
