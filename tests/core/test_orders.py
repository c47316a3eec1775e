"""The order machine: its table is the diagram of the design, ids are deterministic and distinct, and ways are legal."""

from __future__ import annotations

import hashlib
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.errors import DataError
from trimtab.core.orders import FINAL, TRANSITIONS, WAITING, WORKING, IllegalMove, Status, client_id, require_move, way

# The diagram: one line an arrow, written down by hand from the design, not from the code. An UNKNOWN order goes to what the
# venue reports (any state that a venue can report), or to NEVER_ARRIVED.
DIAGRAM = """
planned -> held declined approved cancelled
held -> planned cancelled
approved -> intent cancelled
intent -> sent cancelled unknown
sent -> acked partial filled rejected cancelled expired unknown
acked -> partial filled rejected cancelled expired unknown
partial -> partial filled cancelled expired unknown
unknown -> sent acked partial filled rejected cancelled expired never_arrived
"""
ARROWS = {
    (Status(at), Status(to))
    for line in DIAGRAM.strip().splitlines()
    for at, ends in [line.split(" -> ")]
    for to in ends.split()
}
PAIRS = list(itertools.product(Status, Status))


def test_the_table_is_the_diagram() -> None:
    assert {(at, to) for at, after in TRANSITIONS.items() for to in after} == ARROWS
    assert set(TRANSITIONS) == set(Status)


@pytest.mark.parametrize(("at", "to"), PAIRS)
def test_a_step_that_is_not_in_the_diagram_raises(at: Status, to: Status) -> None:
    if (at, to) in ARROWS:
        require_move("o", at, to)
    else:
        with pytest.raises(IllegalMove, match=f"order o is {at.value} and cannot become {to.value}"):
            require_move("o", at, to)


def test_every_status_is_waiting_working_or_final() -> None:
    assert {Status.FILLED, Status.REJECTED, Status.CANCELLED, Status.EXPIRED, Status.NEVER_ARRIVED, Status.DECLINED} == FINAL
    assert len(WAITING) + len(WORKING) + len(FINAL) == len(Status)
    assert set(Status) == WAITING | WORKING | FINAL


def test_every_order_can_still_come_to_an_end() -> None:
    ends = set(FINAL)
    for _ in Status:
        ends |= {at for at, after in TRANSITIONS.items() if after & ends}
    assert ends == set(Status)


@pytest.mark.parametrize(("at", "to"), PAIRS)
def test_a_way_is_made_of_legal_steps_or_raises(at: Status, to: Status) -> None:
    try:
        steps = way("o", at, to)
    except IllegalMove:
        assert (at, to) not in ARROWS
        assert at is not to
        return
    assert all((one, two) in ARROWS for one, two in itertools.pairwise([at, *steps]))
    assert steps[-1:] == (to,) or (at is to and not steps)


def test_ways_by_hand() -> None:
    assert way("o", Status.SENT, Status.ACKED) == (Status.ACKED,)
    assert way("o", Status.ACKED, Status.ACKED) == ()
    assert way("o", Status.PARTIAL, Status.PARTIAL) == (Status.PARTIAL,)  # another fill
    assert way("o", Status.INTENT, Status.FILLED) == (Status.SENT, Status.FILLED)  # it had not been noted that it left
    assert way("o", Status.INTENT, Status.CANCELLED) == (Status.CANCELLED,)  # proved unsent
    assert way("o", Status.INTENT, Status.UNKNOWN) == (Status.UNKNOWN,)
    for at, to in ((Status.APPROVED, Status.FILLED), (Status.INTENT, Status.NEVER_ARRIVED), (Status.FILLED, Status.CANCELLED)):
        with pytest.raises(IllegalMove):
            way("o", at, to)


@given(st.sets(st.tuples(st.text(max_size=20), st.integers(0, 99)), min_size=2, max_size=20), st.integers(16, 64))
@settings(max_examples=100)
def test_ids_are_deterministic_and_distinct(lines: set[tuple[str, int]], length: int) -> None:
    ids = {client_id(run, line, length) for run, line in lines}
    assert ids == {client_id(run, line, length) for run, line in lines}
    assert len(ids) == len(lines)
    assert all(len(one) == length and set(one) <= set("0123456789abcdef") for one in ids)


def test_a_run_that_ends_like_another_and_its_line_are_not_mixed_up() -> None:
    assert client_id("a|1", "2") != client_id("a", "1|2")


def test_a_shorter_id_is_the_beginning_of_the_longer_one() -> None:
    assert client_id("A12|2026-11-02|policy|0", 3, 16) == client_id("A12|2026-11-02|policy|0", 3, 64)[:16]
    assert client_id("run", 3) == hashlib.sha256(b"3:run|3").hexdigest()[:32]  # the same on every machine, from no clock


@pytest.mark.parametrize("length", [0, 15, 65])
def test_an_id_that_is_too_short_or_too_long_is_refused(length: int) -> None:
    with pytest.raises(DataError, match="not told apart"):
        client_id("run", 1, length)
