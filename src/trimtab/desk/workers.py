"""Independent parts of work over many workers, so that a lost worker costs time and not results.

Parts go out in rounds. A part that raises is tried again in a later round, by new processes. A worker that is killed, or
that the watchdog ends because its part hangs, takes the round with it, and nobody can say which of the parts under way was
to blame: all of them go out again (with them a part whose result came in at that very moment, and was not yet handed
over), and a last try is taken alone, so that no part is ever given up for what another did.
After three tries a part is a gap with its reason; the others are whole.
"""

from __future__ import annotations

import contextlib
import sys
import time
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from trimtab import __version__
from trimtab.core.errors import UsageError
from trimtab.desk.attempts import Answer, Attempt
from trimtab.desk.crew import Crew
from trimtab.desk.gangs import Gang, gathered

TRIES = 3  # a part is done once, and tried again twice
Value = TypeVar("Value")
Progress = Callable[[int, int, float], None]


@dataclass(frozen=True, slots=True)
class Done(Generic[Value]):
    """The part at `index`: its `value`, or None and the reason of its `gap`."""

    index: int
    value: Value | None = None
    gap: str = ""


def spread(
    work: Callable[[Any, Any], Value],
    parts: Sequence[Any],
    *,
    crew: Crew,
    shared: Any = None,
    need: int = 0,
    progress: Progress | None = None,
) -> Iterator[Done[Value]]:
    """`work(shared, part)` for every part, each as it is finished, in no order.

    `work` and the parts must be picklable; `shared` goes with every part, so that data are handed over as a `Parcel`, which
    a worker fetches once. `need` is the estimate of bytes a part takes; `progress(done, total, seconds left)` is told after
    each part, NaN seconds before the first. Closing the iterator, or Ctrl-C, ends the workers at once. Raises UsageError
    where the crew cannot be had, the estimate does not fit, or the workers run another version.
    """
    crew.afford(need)
    board = _Board(work, parts, shared, crew)
    doing = _here(board) if crew.in_process else _there(board)
    return _told(doing, len(parts), progress)


def _told(doing: Generator[Done[Value], None, None], total: int, progress: Progress | None) -> Iterator[Done[Value]]:
    began = time.monotonic()
    with contextlib.closing(doing):
        if progress is not None:
            progress(0, total, float("nan") if total else 0.0)
        for count, done in enumerate(doing, 1):
            if progress is not None:
                progress(count, total, (time.monotonic() - began) / count * (total - count))
            yield done


@dataclass(slots=True)
class _Board:
    """Which parts are still to be done, and what happened to them."""

    work: Callable[[Any, Any], Any]
    parts: Sequence[Any]
    shared: Any
    crew: Crew
    mark: str = "part"
    tries: dict[int, int] = field(default_factory=dict)  # of every part that is not done
    lost: set[int] = field(default_factory=set)  # whose worker went missing at the last try
    out: dict[int, float] = field(default_factory=dict)  # under way since
    alone: bool = False  # whether this round takes one part at a time

    def __post_init__(self) -> None:
        self.tries = dict.fromkeys(range(len(self.parts)), 0)

    def next_round(self) -> list[int]:
        """The parts to go out next; last of all, and one at a time, the last try of what may have ended a worker."""
        alone = {index for index in self.lost if self.tries[index] == TRIES - 1}
        others = [index for index in self.tries if index not in alone]
        self.alone = not others
        return others or sorted(alone)

    def attempts(self, indexes: Sequence[int]) -> Iterator[Attempt]:
        """The parts, each marked as under way when it is taken."""
        for index in indexes:
            self.out[index] = time.monotonic()
            yield self.attempt(index)

    def attempt(self, index: int, work: Callable[[Any, Any], Any] | None = None) -> Attempt:
        crew = self.crew
        patience, memory = (None, 0) if crew.in_process else (crew.patience, crew.budget)
        return Attempt(work or self.work, self.shared, self.parts[index], index, patience, memory, self.mark)

    def heard(self, answer: Answer) -> Iterator[Done[Any]]:
        """What an answer makes of its part: done, a gap, or nothing yet."""
        self.out.pop(answer.index, None)
        self.lost.discard(answer.index)
        if not answer.trouble:
            del self.tries[answer.index]
            yield Done(answer.index, answer.value)
        else:
            yield from self.failed(answer.index, answer.trouble)

    def failed(self, index: int, trouble: str) -> Iterator[Done[Any]]:
        """Count a try that came to nothing."""
        self.tries[index] += 1
        if self.tries[index] >= TRIES:
            del self.tries[index]
            self.lost.discard(index)
            yield Done(index, gap=f"{trouble} (tried {TRIES} times)")

    def broken(self, error: Exception) -> Iterator[Done[Any]]:
        """A worker went missing with its round: every part that was under way has had a try."""
        now, patience = time.monotonic(), self.crew.patience
        for index, since in self.out.items():
            hung = patience is not None and now - since >= patience
            trouble = f"no answer within {patience:g} s" if hung else f"its worker was lost ({type(error).__name__})"
            self.lost.add(index)
            if self.alone or self.tries[index] < TRIES - 1:  # in company, a loss never takes the last try
                yield from self.failed(index, trouble)


def _here(board: _Board) -> Generator[Done[Any], None, None]:
    while board.tries:
        for call in board.attempts(list(board.tries)):
            yield from board.heard(call())


def _there(board: _Board) -> Generator[Done[Any], None, None]:
    if not board.parts:
        return
    with gathered(board.crew) as gang:
        board.mark = gang.mark
        _same_version(board, gang)
        while board.tries:
            yield from _round(board, gang)


def _round(board: _Board, gang: Gang) -> Generator[Done[Any], None, None]:
    """One round; it ends early where a worker is lost, or is no good any more."""
    indexes = board.next_round()
    answers = gang.run(board.attempts(indexes), at_once=1 if board.alone else len(indexes))
    spoilt, whole = set[str](), False
    try:
        while True:
            try:
                answer = next(answers, None)
            except Exception as error:  # noqa: BLE001 - each backend has its own errors for a lost worker
                yield from board.broken(error)
                break
            if answer is None:
                whole = not board.tries
                break
            yield from board.heard(answer)
            if answer.spoilt and board.tries:
                spoilt.add(answer.worker)
                break
    finally:
        board.out.clear()
        _end(answers)
        if not whole:
            gang.renew(spoilt)


def _end(answers: Generator[Answer, None, None]) -> None:
    with warnings.catch_warnings():
        # joblib says so where a round ends early, as ours do on purpose.
        warnings.filterwarnings("ignore", r"\d+ tasks ", UserWarning)
        answers.close()


def _version(*_: Any) -> str:
    """What this process runs."""
    return f"Trimtab {__version__} on Python {sys.version_info.major}.{sys.version_info.minor}"


def _reason(error: BaseException) -> str:
    """The last line of what went wrong, in the worker where that is known."""
    cause = error.__cause__ or error
    lines = [line for line in str(cause).splitlines() if line.strip(' "')]
    return f"{type(error).__name__}: {lines[-1].strip()}" if lines else type(error).__name__


def _same_version(board: _Board, gang: Gang) -> None:
    """Ask one worker, before anything is done: whether the parts reach it, and what it runs."""
    ours = _version()
    trial = Attempt(_version, board.work, board.parts[0], 0, board.crew.patience, 0, gang.mark)
    answers = gang.run(iter((trial,)), at_once=1)
    try:
        theirs = next(answers)
    except Exception as error:
        what = f"the workers cannot take the work ({_reason(error)})"
        raise UsageError(what, remedy="Its function and parts must be picklable, and Trimtab installed there.") from error
    finally:
        _end(answers)
    if theirs.value != ours:
        what = f"the workers run {theirs.value or theirs.trouble}, and here it is {ours}"
        raise UsageError(what, remedy="Install one version everywhere: the results would not be the same.")
