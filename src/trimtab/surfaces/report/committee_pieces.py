"""What the sections of a committee's pack have in common: a block an account or policy, and a line for what cannot be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TypeVar

from trimtab.desk.committee_told import Told
from trimtab.surfaces.report.markup import Content, Markup, prose, tag
from trimtab.surfaces.report.panel import table, text_head
from trimtab.surfaces.report.wording import capital, minus

T = TypeVar("T")
Named = tuple[str, Told[T]]


def blocks(parts: Sequence[Named[T]], shown: Callable[[str, T], Content]) -> Iterator[Content]:
    """Each part under its name, where there are several; what cannot be told says so in one line, the same reason once."""
    missing: dict[str, list[str]] = {}
    for name, part in parts:
        if part.found is None:
            missing.setdefault(part.why, []).append(name)
            continue
        if len(parts) > 1:
            yield tag("h3", name)
        yield shown(name, part.found)
    for why, names in missing.items():
        yield tag("p", tag("strong", f"{', '.join(names)}: not told. "), prose(capital(minus(why))), class_="note")


def found_in(parts: Sequence[Named[T]]) -> tuple[T, ...]:
    """What could be told."""
    return tuple(part.found for _, part in parts if part.found is not None)


def words(cell: Content) -> Markup:
    """A cell of text."""
    return tag("td", prose(cell), class_="words")


def texts(*names: str) -> list[Content]:
    """Headers of columns of text."""
    return [text_head(name) for name in names]


def when(day: date) -> Markup:
    """A date as the first cell of a row, or in a sentence."""
    return tag("time", day.isoformat())


def grid(head: Sequence[Content], rows: Sequence[Sequence[Content]], label: str, *, sums: bool = False) -> Content:
    """A table; nothing where it has no row."""
    return table(head, rows, label=label, class_=f"figures{' sums' * sums}") if rows else None


def counted(count: int, word: str) -> str:
    """`1 override`, `2 overrides`, `no overrides`."""
    return f"{count or 'no'} {word}{'' if count == 1 else 's'}"
