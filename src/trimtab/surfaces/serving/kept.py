"""Answers that are kept: worked out once for a state of the desk, whoever asks, however many ask at once.

Two kinds of answers are given as they are while they are worked out anew behind them: an old one where time passes, and one
that research has overtaken by less than `LAG`, for a sweep writes every second. So nobody waits for the clock or for a sweep,
and everybody waits for what was just written to the book, to a file of the desk, or by a job that has ended.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from trimtab.surfaces.serving.world import State, World

T = TypeVar("T")
LOOK = 0.2  # seconds for which the state is taken to be as it was seen
OLD = 60.0  # seconds after which an answer is worked out anew where time passes
LAG = 15.0  # seconds by which an answer may be behind research that is being written
MOST = 32_000_000  # letters that are kept


@dataclass(slots=True)
class _Answer(Generic[T]):
    state: State
    at: float  # of the loop's clock
    value: T
    size: int


def size_of(value: object) -> int:
    """How many letters an answer has: those of its text where it is one, or holds one."""
    text = value if isinstance(value, str) else getattr(value, "text", None)
    return len(text if isinstance(text, str) else repr(value))


class Kept(Generic[T]):
    """Answers by key, at most `most` letters of them, the least asked for going first; if `wide`, they depend on research too.

    Answers of an earlier desk go as soon as it is another one: nobody will be given them.
    """

    __slots__ = ("_answers", "_firm", "_held", "_looked", "_most", "_state", "_wide", "_working", "_world")

    def __init__(self, world: World, most: int = MOST, *, wide: bool = True) -> None:
        self._world, self._most, self._wide = world, most, wide
        self._answers: OrderedDict[Hashable, _Answer[T]] = OrderedDict()
        self._working: dict[tuple[Hashable, State], asyncio.Task[T]] = {}
        self._state, self._looked, self._held = (-2, 0, 0), -LOOK, 0
        self._firm = -LOOK  # what was worked out before is not given behind research

    def state(self) -> State:
        """The state of the desk, looked at a few times a second."""
        now = asyncio.get_running_loop().time()
        if now - self._looked >= LOOK:
            found = self._world.state(wide=self._wide)
            if found[:2] != self._state[:2]:
                self._answers.clear()
                self._held = 0
            self._state, self._looked = found, now
        return self._state

    @property
    def held(self) -> int:
        """How many letters are kept."""
        return self._held

    def changed(self) -> None:
        """Something was written here, or a job has ended: look again before the next answer."""
        self._looked, self._firm = -LOOK, asyncio.get_running_loop().time()

    async def get(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """The answer of a key, as it is now."""
        state, now = self.state(), asyncio.get_running_loop().time()
        kept = self._answers.get(key)
        if kept is None or (kept.state != state and not self._lags(kept, state, now)):
            return await asyncio.shield(self._worked(key, state, work))
        self._answers.move_to_end(key)
        if kept.state != state:
            self._behind(key, state, work)
        elif now - kept.at > OLD and not self._world.stands_still:
            self._worked(key, state, work)
        return kept.value

    def _lags(self, kept: _Answer[T], state: State, now: float) -> bool:
        """Whether an answer is of the desk as it is, and behind its research by little."""
        return kept.state[:2] == state[:2] and kept.at > self._firm and now - kept.at < LAG

    def _behind(self, key: Hashable, state: State, work: Callable[[], Awaitable[T]]) -> None:
        """Have an answer worked out anew, one piece of work at a time: research may be on by the time that it is there."""
        if not any(busy == key for busy, _ in self._working):
            self._worked(key, state, work)

    def _worked(self, key: Hashable, state: State, work: Callable[[], Awaitable[T]]) -> asyncio.Task[T]:
        """The one piece of work on a key and state; begun where it is not under way."""
        running = self._working.get((key, state))
        if running is None:
            running = asyncio.ensure_future(self._carried_out(key, state, work))
            self._working[key, state] = running
            running.add_done_callback(lambda done: self._over(key, state, done))
        return running

    async def _carried_out(self, key: Hashable, state: State, work: Callable[[], Awaitable[T]]) -> T:
        at = asyncio.get_running_loop().time()
        value = await work()
        if state[:2] == self._state[:2] and (size := size_of(value)) <= self._most:
            self._keep(key, _Answer(state, at, value, size))
        return value

    def _keep(self, key: Hashable, answer: _Answer[T]) -> None:
        before = self._answers.pop(key, None)
        self._answers[key] = answer
        self._held += answer.size - (before.size if before else 0)
        while self._held > self._most:
            self._held -= self._answers.popitem(last=False)[1].size

    def _over(self, key: Hashable, state: State, done: asyncio.Task[T]) -> None:
        self._working.pop((key, state), None)
        if not done.cancelled():
            done.exception()  # whoever waits has it; what was worked out behind an old answer is tried again by the next
