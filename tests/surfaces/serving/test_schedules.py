"""Schedules at work on a desk that only remembers: once, by their own name, caught up once, and honest after a crash."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.surfaces.serving.scheduled_desk import BEGIN, Rig
from trimtab.accounting.database.access import FILE, AccessStore
from trimtab.core.errors import DataError, UsageError
from trimtab.surfaces.access.roles import Role
from trimtab.surfaces.serving import schedule_runs, schedule_store, schedules
from trimtab.surfaces.serving.job_record import State
from trimtab.surfaces.serving.schedule_kinds import What
from trimtab.surfaces.serving.schedule_rules import Memory, Run, Turn, planned
from trimtab.surfaces.serving.schedule_store import KEY, RUNS, ScheduleStore
from trimtab.surfaces.serving.verbs import Refusal, Said


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    for name in ("TRIMTAB_NOTIFY", "TRIMTAB_NOTIFY_ESCALATE"):
        monkeypatch.delenv(name, raising=False)
    made = Rig(tmp_path)
    yield made
    made.close()


def test_what_is_due_runs_once_by_the_name_of_the_schedule(rig: Rig) -> None:
    rig.put()
    rig.desk.said = Said("{}", 5)

    async def day() -> None:
        for _ in range(30):  # half-hours from 7:00 on
            await rig.looked()
            rig.clock.on(minutes=30)

    asyncio.run(day())
    assert rig.desk.done == [("decide", {"if_due": True, "all": True}, "schedule:evening")]
    assert rig.runs() == [("done", 5, "it waits for approval")]


def test_a_week_away_is_caught_up_once_and_the_clock_that_jumps_back_doubles_nothing(rig: Rig) -> None:
    rig.put()
    rig.clock.on(days=5)

    async def back() -> None:
        await rig.looked()
        rig.clock.on(days=-3)
        await rig.looked()
        rig.clock.on(days=3)
        await rig.looked()

    asyncio.run(back())
    assert len(rig.desk.done) == 1
    (run,) = rig.schedules.kept.memory("evening").runs
    assert (run.left_out, str(run.due)) == (4, "2026-03-06T23:30:00")


def test_a_run_is_on_disk_before_its_work_begins_and_is_never_two_at_once(rig: Rig) -> None:
    one = rig.put(when="every 5 minutes")

    async def work() -> None:
        rig.desk.gate = asyncio.Event()
        rig.clock.on(minutes=5)
        await rig.schedules.look()
        await asyncio.sleep(0)
        with closing(AccessStore.open(rig.folder / FILE)) as other:
            memory = ScheduleStore(other).memory("evening")
            assert memory.running is not None
            assert not ScheduleStore(other).claim("evening", replace(memory.running, due=memory.running.due + 300))
        with pytest.raises(UsageError, match="is running"):
            rig.schedules.run_now("evening")
        rig.clock.on(minutes=20)
        await rig.schedules.look()
        assert len(rig.desk.done) == 1
        rig.desk.gate.set()
        await rig.schedules.ended()
        await rig.looked()  # what came due meanwhile, once

    asyncio.run(work())
    assert len(rig.desk.done) == 2
    assert one.author == "schedule:evening"


@pytest.mark.parametrize(("what", "lines"), [(What.MONTH, 2), (What.STATUS, 1)])
def test_after_a_crash_a_run_is_unknown_and_done_once_more_where_that_is_harmless(rig: Rig, what: What, lines: int) -> None:
    rig.put(what=what)
    rig.clock.on(hours=12)
    assert rig.schedules.kept.claim("evening", Run(np.datetime64("2026-03-02T23:30:00"), Turn.RUNNING, rig.clock.now()))
    reborn = rig.again()  # without an end of the first

    async def life() -> None:
        reborn.schedules.begin()
        await reborn.schedules.ended()
        await reborn.looked()
        await reborn.looked()
        await reborn.schedules.close()

    asyncio.run(life())
    runs = rig.schedules.kept.memory("evening").runs
    assert len(runs) == 1
    if what is What.MONTH:
        assert (runs[0].turn, runs[0].tries) == (Turn.DONE, 2)
        assert rig.desk.done == [("month", {"all": True}, "schedule:evening")]
    else:
        assert runs[0].turn is Turn.UNKNOWN
        assert "look at what it came to" in runs[0].line
    assert lines
    reborn.store.close()


def test_the_job_of_a_run_is_asked_by_the_next_life(rig: Rig) -> None:
    rig.put(what=What.BACKUP, by="olga")
    rig.work.state = State.WAITING

    async def first() -> None:
        rig.clock.on(hours=12)
        await rig.schedules.look()
        await asyncio.sleep(0.01)
        await rig.schedules.close()

    asyncio.run(first())
    (job,) = rig.work.jobs.values()
    assert (job.verb, job.by) == ("backup", "schedule:evening")
    assert job.values == {}  # the verb makes a name that no other attempt has
    reborn = rig.again()

    async def second() -> None:
        reborn.schedules.begin()
        reborn.work.end(job.id, State.FAILED, 4, "no room on the disk")
        await reborn.schedules.ended()
        assert reborn.runs() == [("failed", 4, "no room on the disk")]
        assert [one.cause.what for one in reborn.schedules.alerts.open()] == ["schedule evening: failed"]
        await reborn.schedules.close()

    asyncio.run(second())
    assert len(rig.work.jobs) == 1
    reborn.store.close()


@pytest.mark.parametrize("change", ["role", "gone"])
def test_who_may_no_longer_do_it_by_hand_gets_it_done_by_no_schedule(rig: Rig, change: str) -> None:
    rig.put()
    users = rig.door.users
    if change == "role":
        users.set_roles("anna", {Role.ADMINISTRATOR}, by="olga", now=BEGIN)
    else:
        users.disable("anna", by="olga", now=BEGIN)
    rig.clock.on(hours=12)
    asyncio.run(rig.looked())
    assert rig.desk.done == []
    ((turn, _, line),) = rig.runs()
    assert turn == "refused"
    assert "anna, who answers for this schedule, has no right to trade" in line


def test_on_a_practice_desk_nothing_runs_of_itself_and_by_hand_it_does(rig: Rig) -> None:
    rig.put()
    rig.desk.world.stands_still = True

    async def work() -> None:
        rig.clock.on(days=2)
        await rig.looked()
        assert rig.desk.done == []
        rig.schedules.run_now("evening")
        await rig.schedules.ended()

    asyncio.run(work())
    assert len(rig.desk.done) == 1
    assert rig.schedules.alerts.open() == []


@pytest.mark.parametrize(
    ("said", "turn", "alerts"),
    [
        (Said("{}", 0), ("done", 0), 0),
        (Said("{}", 5), ("done", 5), 0),
        (Said("{}", 4), ("done", 4), 1),
        (Said("{}", 3), ("done", 3), 1),
        (Refusal("TT-USE-001", "no account A9", "", "", 2), ("refused", 2), 1),
        (RuntimeError("secret"), ("failed", 1), 1),
    ],
    ids=str,
)
def test_how_a_run_ends_and_when_that_is_an_alert(rig: Rig, said: Said, turn: tuple[str, int], alerts: int) -> None:
    rig.put()
    rig.desk.said = said
    rig.clock.on(hours=12)
    asyncio.run(rig.looked())
    ((word, code, line),) = rig.runs()
    assert (word, code) == turn
    assert "secret" not in line
    assert len(rig.schedules.alerts.open()) == alerts
    rig.desk.said = Said("{}", 0)
    rig.clock.on(days=1)
    asyncio.run(rig.looked())
    assert rig.schedules.alerts.open() == []  # the cause is gone


def test_one_that_does_not_read_is_shown_and_keeps_no_other_from_running(rig: Rig) -> None:
    rig.put()
    with closing(AccessStore.open(rig.folder / FILE)) as store:
        records = store.setting(KEY)
        broken = {"a-bad": {**records["evening"], "when": "whenever"}, "a-worse": [1], "a-what": {"what": "orders approve"}}
        store.put_setting(KEY, {**records, **broken})
        store.put_setting(f"{RUNS}a-bad", {"after": str(BEGIN), "runs": []})
    good, bad = rig.schedules.kept.all()
    assert [one.name for one in good] == ["evening"]
    assert [one.name for one in bad] == ["a-bad", "a-what", "a-worse"]
    rig.clock.on(hours=12)
    asyncio.run(rig.looked())
    assert len(rig.desk.done) == 1
    rig.schedules.kept.remove("a-worse")
    assert [one.name for one in rig.schedules.kept.all()[1]] == ["a-bad", "a-what"]


def test_runs_that_do_not_read_stop_their_schedule_for_nobody_knows_what_ran(rig: Rig) -> None:
    rig.put()
    with closing(AccessStore.open(rig.folder / FILE)) as store:
        store.put_setting(f"{RUNS}evening", {"after": "yesterday", "runs": []})
    with pytest.raises(DataError, match="does not read"):
        rig.schedules.kept.memory("evening")
    rig.clock.on(hours=12)
    asyncio.run(rig.looked())
    assert rig.desk.done == []


def test_what_was_off_or_changed_is_not_caught_up(rig: Rig) -> None:
    one = rig.put()
    rig.schedules.kept.put(replace(one, enabled=False), rig.clock.now(), new=False)
    rig.clock.on(days=1)
    asyncio.run(rig.looked())
    rig.schedules.kept.put(replace(one, enabled=True), rig.clock.now(), new=False)
    asyncio.run(rig.looked())
    assert rig.desk.done == []
    with pytest.raises(UsageError, match="already"):
        rig.put()


def test_a_change_that_cannot_be_told_is_not_made(rig: Rig) -> None:
    one = rig.put()

    def fails() -> None:
        raise DataError("the book cannot be written")

    with pytest.raises(DataError):
        rig.schedules.kept.put(replace(one, when="daily at 01:00"), BEGIN, new=False, told=fails)
    assert rig.schedules.kept.get("evening").when == "weekdays at 18:30"
    with pytest.raises(DataError):
        rig.schedules.kept.remove("evening", told=fails)
    assert rig.schedules.kept.get("evening") == one


def test_what_is_kept_is_plain_json_and_holds_no_address(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIMTAB_NOTIFY", "json://user:canary-token@127.0.0.1:9")
    rig.put(what=What.STATUS)
    with closing(AccessStore.open(rig.folder / FILE)) as store:
        assert json.loads(json.dumps(store.setting(KEY)))["evening"]["to"] == "TRIMTAB_NOTIFY"
    raw = b"".join(one.read_bytes() for one in rig.folder.iterdir() if one.name.startswith(FILE))
    assert b"canary-token" not in raw


def test_begin_and_close_leave_nothing_behind(rig: Rig) -> None:
    station = rig.schedules.station

    async def life() -> None:
        schedules.begin(station)
        assert schedules.schedules_of(station).at_work
        await schedules.schedules_of(station).ended()
        await schedules.close(station)
        await schedules.close(station)  # once more does no harm
        assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []

    asyncio.run(life())
    assert schedules.NAME not in station.more


def test_of_two_servers_that_see_the_same_run_one_has_it(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    one = rig.put()
    rig.clock.on(hours=12)

    def winners() -> list[bool]:
        with closing(AccessStore.open(rig.folder / FILE)) as other:
            shelves = (rig.schedules.kept, ScheduleStore(other))
            runs = [planned(one, shelf.memory("evening"), rig.clock.now()) for shelf in shelves]
            found = zip(shelves, runs, strict=True)
            return [shelf.claim("evening", run) for shelf, run in found if run is not None]

    assert winners() == [True, False]
    rig.schedules.kept.keep("evening", replace(rig.schedules.kept.memory("evening").runs[0], turn=Turn.DONE))
    rig.clock.on(days=1)
    monkeypatch.setattr(Memory, "running", None)
    monkeypatch.setattr(schedule_store, "_free", lambda *_: True)  # planted: nobody looks whether it has begun
    assert winners() == [True, True]


def test_without_a_look_at_rights_the_planted_schedule_runs(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.put()
    rig.door.users.disable("anna", by="olga", now=BEGIN)
    monkeypatch.setattr(schedule_runs, "require_answered_for", lambda *_: None)
    rig.clock.on(hours=12)
    asyncio.run(rig.looked())
    assert len(rig.desk.done) == 1  # what the test of rights would have found
