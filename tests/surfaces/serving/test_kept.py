"""Answers that are kept hold for the state that they were worked out in, and are worked out once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.surfaces.serving.kept import LAG, LOOK, MOST, OLD, Kept, size_of
from trimtab.surfaces.serving.world import State, World


class Made:
    """A desk whose state the test sets."""

    def __init__(self, *, still: bool = True) -> None:
        self.now: State = (0, 0, 0)
        self.stands_still = still

    def state(self, *, wide: bool) -> State:
        return self.now if wide else (*self.now[:2], 0)


class Worker:
    """Works out what the state is, and counts how often it was asked to."""

    def __init__(self, made: Made) -> None:
        self.made, self.count, self.gate = made, 0, asyncio.Event()
        self.gate.set()

    async def __call__(self) -> State:
        self.count += 1
        found = self.made.now
        await self.gate.wait()
        return found


def over(made: Made, most: int = MOST) -> Kept[Any]:
    return Kept(cast("World", made), most)


def run(work: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(cast("Any", work()))


@given(st.lists(st.sampled_from(["write", "ask one", "ask two"]), max_size=20))
def test_no_answer_is_older_than_what_was_written_here(steps: list[str]) -> None:
    async def work() -> None:
        made = Made()
        kept, worker = over(made), Worker(made)
        for step in steps:
            if step == "write":
                made.now = (made.now[0] + 1, 0, 0)
                kept.changed()
            else:
                assert await kept.get(step, worker) == made.now

    run(work)


def test_many_who_ask_at_once_wait_for_one_piece_of_work() -> None:
    async def work() -> None:
        made = Made()
        kept, worker = over(made), Worker(made)
        worker.gate.clear()
        asked = [asyncio.ensure_future(kept.get("key", worker)) for _ in range(16)]
        await asyncio.sleep(0)
        worker.gate.set()
        assert set(await asyncio.gather(*asked)) == {(0, 0, 0)}
        assert worker.count == 1

    run(work)


def test_who_goes_away_takes_nobody_elses_answer_along() -> None:
    async def work() -> None:
        made = Made()
        kept, worker = over(made), Worker(made)
        worker.gate.clear()
        first, second = (asyncio.ensure_future(kept.get("key", worker)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        worker.gate.set()
        assert await second == (0, 0, 0)

    run(work)


def test_a_write_of_another_process_is_seen_within_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        made, at = Made(), [100.0]
        kept, worker = over(made), Worker(made)
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: at[0])
        assert await kept.get("key", worker) == (0, 0, 0)
        made.now = (1, 0, 0)
        assert await kept.get("key", worker) == (0, 0, 0)  # not looked at again yet
        at[0] += LOOK
        assert await kept.get("key", worker) == (1, 0, 0)

    run(work)


@pytest.mark.parametrize("still", [True, False])
def test_where_time_passes_an_old_answer_is_worked_out_anew_behind_it(still: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        made, at = Made(still=still), [100.0]
        kept, worker = over(made), Worker(made)
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: at[0])
        await kept.get("key", worker)
        at[0] += OLD + 1
        await kept.get("key", worker)
        await asyncio.sleep(0)
        assert worker.count == (1 if still else 2)

    run(work)


def test_a_fault_is_told_and_not_kept() -> None:
    async def work() -> None:
        made = Made()
        kept, count = over(made), [0]

        async def faulty() -> int:
            count[0] += 1
            if count[0] == 1:
                raise ValueError("once")
            return 7

        with pytest.raises(ValueError, match="once"):
            await kept.get("key", faulty)
        assert await kept.get("key", faulty) == 7

    run(work)


def test_the_least_asked_for_goes_first() -> None:
    async def work() -> None:
        made = Made()
        kept, worker = over(made, 2 * size_of(made.now)), Worker(made)
        for key in ("one", "two", "one", "three", "one"):
            await kept.get(key, worker)
        assert worker.count == 3
        await kept.get("two", worker)
        assert worker.count == 4

    run(work)


def test_what_is_kept_has_a_bound_in_letters_and_nothing_of_an_earlier_state_is_held() -> None:
    async def work() -> None:
        made = Made()
        kept: Kept[str] = over(made, 1000)

        async def long() -> str:
            return "x" * 300

        for number in range(50):
            await kept.get(number, long)
        assert kept.held == 900
        await kept.get("too long to keep", lambda: asyncio.sleep(0, "x" * 2000))
        assert kept.held == 900
        await kept.get("again", long)
        made.now = (1, 0, 0)
        kept.changed()
        assert await kept.get("other", lambda: asyncio.sleep(0, "new")) == "new"
        assert kept.held == 3

    run(work)


def test_behind_a_sweep_by_little_and_behind_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """What research writes each second keeps nobody waiting; a write to the desk, an ended job and `LAG` seconds do."""

    async def work() -> None:
        made, at = Made(), [100.0]
        kept, worker = over(made), Worker(made)
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: at[0])

        async def asked(after: float) -> State:
            at[0] += after
            found: State = await kept.get("key", worker)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            return found

        assert await asked(0.0) == (0, 0, 0)
        made.now = (0, 0, 1)  # a part of the sweep is written
        assert await asked(1.0) == (0, 0, 0)
        assert await asked(1.0) == (0, 0, 1)  # it was worked out behind the answer before
        made.now = (0, 0, 2)
        assert await asked(LAG) == (0, 0, 2)  # nobody asked for long
        made.now = (1, 0, 3)
        assert await asked(1.0) == (1, 0, 3)  # an order was approved
        made.now = (1, 0, 4)
        kept.changed()  # the sweep is over
        assert await asked(1.0) == (1, 0, 4)

    run(work)


def test_behind_an_answer_one_piece_of_work_is_done_at_a_time() -> None:
    async def work() -> None:
        made = Made()
        kept, worker = over(made), Worker(made)
        await kept.get("key", worker)
        worker.gate.clear()
        for number in range(1, 6):
            made.now = (0, 0, number)
            await asyncio.sleep(LOOK)
            assert await kept.get("key", worker) == (0, 0, 0)
        assert worker.count == 2
        worker.gate.set()
        await asyncio.sleep(0.01)

    run(work)
