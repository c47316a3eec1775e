"""A part of a committee's pack, or the one line that says why it cannot be made: nothing is left out silently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from trimtab.core.errors import InvariantError, TrimtabError, UsageError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """What was `found`; None where it could not be made, and then `why`."""

    found: T | None
    why: str = ""


def told(make: Callable[[], T]) -> Told[T]:
    """What `make` returns, or why it cannot: data that are missing stop one part and no other. A broken invariant stops all."""
    try:
        return Told(make())
    except InvariantError:
        raise
    except TrimtabError as error:
        return Told(None, reason_of(error))


def reason_of(error: TrimtabError) -> str:
    """An error as one sentence, with its place and its remedy."""
    place = f" ({error.where})" if error.where else ""
    text = f"{error.what}{place}"
    said = text.rstrip(".")
    return " ".join(f"{said}. {error.remedy}".split())


def require(part: Told[T]) -> T:
    """What was found. Raises UsageError with the reason where nothing was."""
    if part.found is None:
        raise UsageError(part.why)
    return part.found
