"""What a verb says, kept for a listener instead of printed: documents, lines, messages and how far it has come.

The other surfaces ask the verbs of the command line, so that there is one path and one set of words. Whoever listens gets
what a terminal would have got, and nothing of it is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

Progress = Callable[[str, int, int, float], None]  # of what, so many done, of so many, seconds left (NaN: not known)


@dataclass(slots=True)
class Heard:
    """What was said so far: `documents` as JSON texts, `lines` of result, `messages` to a person."""

    progress: Progress | None = None
    documents: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def come(self, what: str, done: int, total: int, left: float = float("nan")) -> None:
        """Tell how far the work has come."""
        if self.progress is not None:
            self.progress(what, done, total, left)


_LISTENER: ContextVar[Heard | None] = ContextVar("listener", default=None)


def listener() -> Heard | None:
    """Who listens, in this thread or task; None where all goes to the terminal."""
    return _LISTENER.get()


@contextmanager
def listening(progress: Progress | None = None) -> Iterator[Heard]:
    """Everything that verbs say inside is kept."""
    heard = Heard(progress)
    token = _LISTENER.set(heard)
    try:
        yield heard
    finally:
        _LISTENER.reset(token)
