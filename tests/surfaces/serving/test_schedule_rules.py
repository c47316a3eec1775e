"""What is to be done at an instant: nothing twice whatever the clock does, one run for whoever was away, no approval."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import UsageError
from trimtab.governance.economics import EXCESS
from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.serving.alerts import LEAST, MOST, PATIENCE
from trimtab.surfaces.serving.operations import OPERATIONS
from trimtab.surfaces.serving.schedule_kinds import KINDS, Kind, Way, What
from trimtab.surfaces.serving.schedule_rules import RUNS, Memory, Run, Schedule, Turn, abandoned, planned

BEGIN = np.datetime64("2026-03-02T00:00:00", "s")
HOUR = np.timedelta64(1, "h")


def schedule(what: What = What.DECIDE, when: str = "every 2 hours", **more: object) -> Schedule:
    return Schedule("evening", what, when, "America/New_York", "anna", **more)  # type: ignore[arg-type]


def lived(instants: list[np.datetime64], forget: Callable[[Memory], Memory] = lambda memory: memory) -> list[np.datetime64]:
    """The due instants that ran, of a server that looked at these instants of its clock."""
    memory, ran = Memory(BEGIN), []
    for now in instants:
        run = planned(schedule(), memory, now)
        if run is not None:
            memory = forget(memory.with_run(replace(run, turn=Turn.DONE)))
            ran.append(run.due)
    return ran


CLOCKS = st.lists(st.integers(-50, 400), max_size=25).map(lambda hours: [BEGIN + hour * HOUR for hour in hours])


@given(CLOCKS)
@settings(deadline=None)
def test_nothing_runs_twice_however_the_clock_jumps(instants: list[np.datetime64]) -> None:
    ran = lived(instants)
    assert len(ran) == len(set(ran))
    assert ran == sorted(ran)


def test_a_memory_that_forgets_is_the_planted_fault_that_the_same_law_finds() -> None:
    ran = lived([BEGIN + 4 * HOUR, BEGIN - 3 * HOUR, BEGIN + 4 * HOUR], lambda memory: Memory(BEGIN, memory.runs))
    assert len(ran) != len(set(ran))


@given(st.integers(1, 71))
def test_whoever_was_away_comes_back_to_one_run_that_stands_for_all(hours: int) -> None:
    run = planned(schedule(), Memory(BEGIN), BEGIN + hours * HOUR)
    if hours < 2:
        assert run is None
        return
    assert run is not None
    assert run.turn is Turn.RUNNING
    assert run.due == BEGIN + (hours // 2) * 2 * HOUR
    assert run.left_out == hours // 2 - 1
    assert planned(schedule(), Memory(BEGIN).with_run(replace(run, turn=Turn.DONE)), BEGIN + hours * HOUR) is None


@pytest.mark.parametrize("what", list(What))
def test_what_is_too_old_is_written_down_as_missed_and_does_not_run(what: What) -> None:
    arguments = {"subject": "abc"} if what is What.REPORT else {}
    one = schedule(what, "decision date at 18:00", arguments=arguments)  # due on Tuesday 31 March, 22:00 UTC
    due = np.datetime64("2026-03-31T22:00:00", "s")
    just, late = due + one.kind.grace, due + one.kind.grace + 1
    young, old = planned(one, Memory(BEGIN), just), planned(one, Memory(BEGIN), late)
    assert young is not None
    assert young.turn is Turn.RUNNING
    assert old is not None
    assert (old.turn, old.due) == (Turn.MISSED, due)
    assert planned(one, Memory(BEGIN).with_run(old), late) is None


def test_what_is_off_or_running_already_does_not_begin() -> None:
    now = BEGIN + 5 * HOUR
    assert planned(schedule(enabled=False), Memory(BEGIN), now) is None
    running = Memory(BEGIN).with_run(Run(BEGIN + 2 * HOUR, Turn.RUNNING, BEGIN + 2 * HOUR))
    assert planned(schedule(), running, now) is None


@pytest.mark.parametrize("what", list(What))
def test_after_a_crash_it_is_done_once_more_only_where_that_does_no_harm(what: What) -> None:
    one = schedule(what, "daily at 12:00", arguments={"subject": "abc"} if what is What.REPORT else {})
    now = np.datetime64("2026-03-02T17:00:00", "s")
    begun = planned(one, Memory(BEGIN), now)
    assert begun is not None
    lost = abandoned(begun, now, one.kind)
    again = planned(one, Memory(BEGIN).with_run(begun).with_run(lost), now + 60)
    assert (again is not None) is (what not in (What.STATUS, What.REVIEW))
    if again is not None:
        assert (again.due, again.tries, again.turn) == (begun.due, 2, Turn.RUNNING)
        twice = abandoned(again, now + 120, one.kind)
        assert "look at" in twice.line
        assert planned(one, Memory(BEGIN).with_run(twice), now + 180) is None


def test_runs_are_kept_up_to_a_number_and_a_run_by_hand_moves_nothing() -> None:
    memory = Memory(BEGIN)
    for hour in range(2 * RUNS):
        memory = memory.with_run(Run(BEGIN + hour * HOUR, Turn.DONE, BEGIN))
    assert len(memory.runs) == RUNS
    hand = memory.with_run(Run(BEGIN + 900 * HOUR, Turn.DONE, BEGIN, by_hand=True))
    assert hand.after == memory.after


def approving(kinds: list[Kind]) -> list[Kind]:
    """The kinds that could approve something."""
    return [one for one in kinds if one.right is Right.APPROVE or (one.operation and one.operation.right is Right.APPROVE)]


def test_nothing_that_approves_can_be_scheduled() -> None:
    assert approving(list(KINDS.values())) == []
    planted = Kind("Approve", Way.DO, Right.TRADE, np.timedelta64(1, "h"), asks=("POST", "orders approve"))
    assert approving([planted]) == [planted]
    for what in ("orders approve", "orders arm", "release", "kill", "policy sign"):
        with pytest.raises(ValueError, match="is not a valid What"):
            What(what)


def test_each_kind_asks_an_operation_of_the_table_and_needs_the_right_of_it() -> None:
    for kind in KINDS.values():
        assert kind.operation in OPERATIONS
        assert kind.right is kind.operation.right
        assert set(kind.options) <= set(kind.operation.options)


def test_a_decision_is_asked_for_where_one_is_due_by_the_name_of_the_schedule() -> None:
    assert schedule().asked == {"if_due": True, "all": True}
    assert schedule(account="A07").asked == {"if_due": True, "account": "A07"}
    assert schedule(household="Mueller").whose == "Mueller"
    assert schedule().author == "schedule:evening"
    assert schedule(What.DATA_UPDATE).asked == {"feeds": []}
    assert schedule(What.STATUS).asked == {}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"account": "A07", "household": "Mueller"}, "both named"),
        ({"what": What.BACKUP, "account": "A07"}, "not done for accounts"),
        ({"to": "AWS_SECRET_ACCESS_KEY"}, "environment"),
        ({"to": "TRIMTAB_NOTIFY; x"}, "environment"),
        ({"arguments": {"book": "postgresql://elsewhere"}}, "takes no book"),
        ({"arguments": {"policy": "x"}}, "takes no policy"),
        ({"what": What.REPORT}, "subject"),
        ({"what": What.DATA_UPDATE, "arguments": {"feeds": ["a\nb"]}}, "feeds"),
        ({"account": "A\x000"}, "account"),
        ({"when": "whenever"}, "says no time"),
    ],
)
def test_what_does_not_hold_is_refused(more: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        schedule(**more)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", "Evening", "a b", "-a", "x" * 41, "../x", "a:b"])
def test_names_are_plain(name: str) -> None:
    with pytest.raises(UsageError, match="no name of a schedule"):
        replace(schedule(), name=name)


def documented(text: str) -> list[tuple[str, str]]:
    """What the page says of each kind: its name, and within how many hours it is caught up."""
    table = text.partition("## When nobody was there")[2]
    found = re.findall(r"^\| `([a-z-]+)` \| (\d+) (days|hours) \|", table, re.MULTILINE)
    return [(name, str(int(count) * (24 if unit == "days" else 1))) for name, count, unit in found]


def test_the_page_documents_each_kind_its_right_and_its_grace() -> None:
    text = (Path(__file__).parents[3] / "docs/schedules.md").read_text(encoding="utf-8")
    assert sorted(documented(text)) == sorted((what, str(int(kind.grace / HOUR))) for what, kind in KINDS.items())
    assert documented(text.replace("| 12 hours |", "| 13 hours |")) != documented(text)  # planted
    for what, kind in KINDS.items():
        assert re.search(rf"^\| `{what}` \| .* \| {kind.right} \|$", text, re.MULTILINE)
    assert f"more than {float(EXCESS):g} times" in text
    assert f"last {RUNS} runs" in text
    assert f"after {PATIENCE} minutes (choose {LEAST} to {MOST}" in text
