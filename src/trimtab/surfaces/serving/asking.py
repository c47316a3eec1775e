"""The desk, asked from an event loop: verbs run in worker processes, so that no question keeps another one waiting.

Reads are kept by the state of the desk (kept.py). Writes are never kept, and never cut off: whoever asked may go away, what
was begun is brought to its end. The kill switch does not queue: it has a process of its own (hand.py).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple, Unpack

import anyio
from anyio import CapacityLimiter, to_process, to_thread

from trimtab.core.errors import TrimtabError
from trimtab.desk.books import book_address
from trimtab.surfaces.serving.hand import Hand
from trimtab.surfaces.serving.kept import Kept
from trimtab.surfaces.serving.operations import Operation
from trimtab.surfaces.serving.places import require_inside
from trimtab.surfaces.serving.verbs import Refusal, Said, Served, tried
from trimtab.surfaces.serving.world import World

T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")
PATIENCE = 120.0  # seconds that a reading verb may take; what takes longer is a job
READER = "reader"  # by whose name what only reads is asked


class TooLong(TrimtabError):
    """A question took longer than anybody waits."""

    code = "TT-API-005"


class Asking:
    """Everything that pages, API and tools ask of a desk. `folder` is its workspace, in which the process stands."""

    __slots__ = ("_readers", "_writers", "folder", "hand", "kept", "narrow", "served", "world")

    def __init__(
        self, served: Served, folder: Path, environment: Mapping[str, str], *, workers: int = 2, hand: Hand | None = None
    ) -> None:
        self.served, self.folder, self.hand = served, folder, hand
        self.world = World(folder, book_address(served.book, folder, environment))
        self.kept: Kept[Any] = Kept(self.world)
        self.narrow: Kept[Any] = Kept(self.world, wide=False)  # of what does not depend on research
        self._readers, self._writers = CapacityLimiter(workers), CapacityLimiter(workers)

    async def read(self, operation: Operation, values: Mapping[str, Any]) -> Said | Refusal:
        """What a reading verb says, kept while nothing changes."""
        require_inside(self.folder, values)
        given = {**values, **operation.fixed}
        key = (operation.id, json.dumps(given, sort_keys=True, default=str))
        work = partial(self._read, tried, self.served, operation.verb, given, READER)
        found: Said | Refusal = await self.fitting(wide=operation.wide).get(key, work)
        return found

    def fitting(self, *, wide: bool) -> Kept[Any]:
        """Where answers are kept that depend on research too, or do not."""
        return self.kept if wide else self.narrow

    def changed(self) -> None:
        """Something was written here: look again before the next answer."""
        self.kept.changed()
        self.narrow.changed()

    async def call(self, function: Callable[[Unpack[Arguments]], T], *arguments: *Arguments) -> T:
        """What a function of a module answers, kept likewise; the arguments have a form that tells them apart."""
        key = (f"{function.__module__}:{function.__name__}", repr(arguments))
        found: T = await self.kept.get(key, partial(self._read, function, *arguments))
        return found

    async def do(self, operation: Operation, values: Mapping[str, Any], by: str) -> Said | Refusal:
        """Have a verb change something, by somebody's name."""
        require_inside(self.folder, values)
        given = {**values, **operation.fixed}
        work = asyncio.ensure_future(self._done(operation, given, by))
        return await asyncio.shield(work)

    async def _done(self, operation: Operation, given: Mapping[str, Any], by: str) -> Said | Refusal:
        try:
            if operation.verb == "kill" and self.hand is not None:
                return await to_thread.run_sync(self.hand.do, operation.verb, given, by)
            return await to_process.run_sync(tried, self.served, operation.verb, given, by, limiter=self._writers)
        finally:
            self.changed()

    async def _read(self, function: Callable[[Unpack[Arguments]], T], *arguments: *Arguments) -> T:
        try:
            with anyio.fail_after(PATIENCE):
                return await to_process.run_sync(function, *arguments, cancellable=True, limiter=self._readers)
        except TimeoutError:
            what = f"the answer took longer than {PATIENCE:.0f} s"
            raise TooLong(what, remedy="Ask for less, or at the command line.") from None

    def close(self) -> None:
        """Give the connection to the book back, and end the process of the kill switch."""
        self.world.close()
        if self.hand is not None:
            self.hand.close()
