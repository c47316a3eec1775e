"""What tables of the screen share: a width, names and numbers that keep to their columns, and never a minus before a zero."""

from __future__ import annotations

import shutil
from decimal import Decimal

from trimtab.core.visible import in_line
from trimtab.surfaces.cli.book_options import count

WIDE = 118  # columns of a terminal that shows every column of a table


def wide() -> bool:
    """Whether the terminal shows whole tables; a pipe does."""
    return shutil.get_terminal_size((120, 24)).columns >= WIDE


def clipped(text: str, width: int) -> str:
    """A name in `width` letters: one that is longer loses its end, and says so by a tilde."""
    shown = in_line(" ".join(text.split()))
    return f"{shown if len(shown) <= width else f'{shown[: width - 1]}~':<{width}}"


def number(value: Decimal | None, width: int) -> str:
    """Units or a price in `width` letters: where all its digits do not fit, the last of its decimals are left out."""
    text = count(value)
    places = 0 if value is None or "." not in text else len(text.partition(".")[2])
    while len(text) > width and places > 0:
        places -= 1
        text = count(Decimal(f"{value:.{places}f}"))
    return f"{text:>{width}}"


def percent(fraction: float, width: int, digits: int = 1, *, signed: bool = False) -> str:
    """A fraction as a number of percent; the head of its column says so."""
    return f"{round(100.0 * fraction, digits) + 0.0:{'+' if signed else ''}{width}.{digits}f}"
