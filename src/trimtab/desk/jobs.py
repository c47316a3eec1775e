"""A job that can be ended and started again: its parts over a crew, each kept when it is finished, then the results."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trimtab.core.errors import UsageError
from trimtab.desk.crew import Crew
from trimtab.desk.parts_store import PartsStore
from trimtab.desk.workers import Progress, spread

Columns = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where the results lie (None: no part is done), how many parts this run did and found done, and why others are missing."""

    results: Path | None
    done: int
    found: int
    gaps: Mapping[int, str]


def carry_out(
    work: Callable[[Any, Any], Columns],
    parts: Sequence[Any],
    *,
    store: PartsStore,
    crew: Crew,
    shared: Any = None,
    progress: Progress | None = None,
) -> Outcome:
    """Do the parts that `store` is missing and keep each at once; `work(shared, part)` gives the columns of a part.

    A gap is tried again the next time. `progress` counts what was found as done. Ctrl-C leaves what is finished. Raises
    what `spread` and `PartsStore.keep` raise.
    """
    if len(parts) != store.job.parts:
        what = f"{len(parts)} parts are not the {store.job.parts} of the job"
        raise UsageError(what, remedy="Describe the job with the number of its parts.")
    todo, found, gaps = store.missing, len(store.finished), dict[int, str]()
    todo_parts, total = [parts[index] for index in todo], len(parts)

    def told(done: int, _: int, left: float) -> None:
        if progress is not None:
            progress(found + done, total, left)

    with contextlib.closing(spread(work, todo_parts, crew=crew, shared=shared, progress=told)) as doing:  # type: ignore[type-var]
        for done in doing:
            index = todo[done.index]
            if done.value is None:
                gaps[index] = done.gap or "the work gave nothing"
            else:
                store.keep(index, done.value)
    return Outcome(store.collect(gaps), len(todo) - len(gaps), found, gaps)
