"""What a report makes of an order: any stream of true reports ends in the truth, and what cannot be is said."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core import settling
from trimtab.core.money import ZERO
from trimtab.core.orders import FINAL, TRANSITIONS, WAITING, WORKING, Standing, Status, Ticket
from trimtab.core.settling import Settlement, settle
from trimtab.core.venues import Execution, Report

D = Decimal
S = Status


def order(status: Status = S.SENT, units: int = 10, filled: int = 0, claimed: int | None = None) -> Standing:
    ticket = Ticket("o", "A1", "SPY", D(units), D(100))
    count = filled if claimed is None else claimed
    return Standing(ticket, status, D(filled), D(filled) * 100, claimed=D(count))


def execution(name: str, units: int, price: str = "100", cost: str = "0", of: str = "o") -> Execution:
    return Execution(name, of, D(units), D(price), D(cost), date(2026, 1, 5), "2026-01-05T15:00:00Z")


def report(status: Status, *executions: Execution, filled: int | None = None, venue_id: str = "") -> Report:
    count = sum((one.units for one in executions), ZERO) if filled is None else D(filled)
    return Report("o", status, venue_id, count, executions)


def told(standing: Standing, reports: Sequence[Report]) -> tuple[Standing, dict[str, Execution], list[Settlement]]:
    """The order after all reports, booking as a store does, each step checked against the table."""
    booked: dict[str, Execution] = {}
    answers = []
    for one in reports:
        answer = settle(standing, booked, one)
        assert all(to in TRANSITIONS[at] for at, to in itertools.pairwise([standing.status, *answer.steps]))
        assert not {fresh.id for fresh in answer.booked} & set(booked)
        booked |= {fresh.id: fresh for fresh in answer.booked}
        standing = answer.standing
        answers.append(answer)
    return standing, booked, answers


@st.composite
def histories(draw: st.DrawFn) -> tuple[Standing, list[Report]]:
    """An order at a venue from its arrival to its end: every report complete up to its time, with all fills so far."""
    side, whole = draw(st.sampled_from([1, -1])), draw(st.integers(1, 9))
    cuts = sorted(draw(st.sets(st.integers(1, whole), max_size=4)))
    sizes = [after - before for before, after in itertools.pairwise([0, *cuts])]
    prices = [str(draw(st.integers(9000, 11000)) / D(100)) for _ in sizes]
    fills = [execution(f"f{k}", side * size, prices[k], "0.35") for k, size in enumerate(sizes)]
    complete = bool(cuts) and cuts[-1] == whole
    ends = (S.FILLED,) if complete else (S.CANCELLED, S.EXPIRED) if fills else (S.CANCELLED, S.EXPIRED, S.REJECTED)
    seen = [report(S.SENT), report(S.ACKED)]
    seen += [report(S.PARTIAL, *fills[: k + 1]) for k in range(len(fills) - complete)]
    return order(draw(st.sampled_from([S.INTENT, S.SENT])), side * whole), [*seen, report(draw(st.sampled_from(ends)), *fills)]


def untrue(standing: Standing, truth: Report) -> list[str]:
    """Where the order is not what the venue says it is."""
    spent = sum((one.units * one.price for one in truth.executions), ZERO)
    cost = sum((one.cost for one in truth.executions), ZERO)
    pairs = {
        "status": (standing.status, truth.status),
        "filled": (standing.filled, truth.filled),
        "claimed": (standing.claimed, truth.filled),
        "spent": (standing.spent, spent),
        "cost": (standing.cost, cost),
    }
    return [name for name, (ours, theirs) in pairs.items() if ours != theirs]


@given(histories(), st.data())
@settings(max_examples=150)
def test_any_order_and_duplication_of_true_reports_ends_in_the_truth(
    history: tuple[Standing, list[Report]], data: st.DataObject
) -> None:
    start, reports = history
    again = data.draw(st.lists(st.sampled_from(reports), max_size=4))
    stream = data.draw(st.permutations(reports + again))
    after, booked, answers = told(start, stream)
    assert untrue(after, reports[-1]) == []
    assert tuple(booked[one.id] for one in reports[-1].executions) == reports[-1].executions
    assert not any(answer.contradictions or answer.missing for answer in answers)


@given(histories(), st.data())
@settings(max_examples=100)
def test_dropped_reports_do_not_matter_as_long_as_the_last_one_comes(
    history: tuple[Standing, list[Report]], data: st.DataObject
) -> None:
    start, reports = history
    some = data.draw(st.lists(st.sampled_from(reports), max_size=4))
    after, _, _ = told(start, [*some, reports[-1]])
    assert untrue(after, reports[-1]) == []


def test_the_laws_catch_a_book_that_does_not_know_its_executions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault: nothing is recognised as booked already."""
    real = settling._fresh
    monkeypatch.setattr(settling, "_fresh", lambda standing, _, said: real(standing, {}, said))
    one = report(S.PARTIAL, execution("f", 4))
    standing = settle(order(), {}, one).standing
    standing = settle(standing, {"f": one.executions[0]}, one).standing
    assert untrue(standing, one) == ["filled", "claimed", "spent"]


@st.composite
def anything(draw: st.DrawFn) -> tuple[Standing, dict[str, Execution], Report]:
    """Any order and any report, possible or not."""
    units = draw(st.sampled_from([10, -10]))
    filled = draw(st.integers(0, 10)) * (1 if units > 0 else -1)
    known = {"old": execution("old", filled)} if filled else {}
    fills = draw(
        st.lists(
            st.builds(execution, st.sampled_from(["old", "a", "b"]), st.integers(-12, 12), of=st.sampled_from(["o", "x"])),
            max_size=3,
        )
    )
    claimed = filled + draw(st.integers(0, 2)) * (1 if units > 0 else -1)
    standing = order(draw(st.sampled_from(Status)), units, filled, claimed)
    return standing, known, Report("o", draw(st.sampled_from(Status)), "", D(draw(st.integers(-12, 12))), tuple(fills))


@given(anything())
@settings(max_examples=200)
def test_no_report_makes_an_illegal_step_or_loses_a_fill(case: tuple[Standing, dict[str, Execution], Report]) -> None:
    before, known, said = case
    answer = settle(before, known, said)
    assert all(to in TRANSITIONS[at] for at, to in itertools.pairwise([before.status, *answer.steps]))
    assert answer.standing.status is (answer.steps[-1] if answer.steps else before.status)
    new = {one.id for one in said.executions if one.order == "o"} - set(known)
    assert {one.id for one in answer.booked} == new
    assert len(answer.booked) == len(new)
    assert answer.standing.filled == before.filled + sum(one.units for one in answer.booked)
    assert answer.missing == answer.standing.claimed - answer.standing.filled
    if before.status in FINAL | WAITING:
        assert not answer.steps


@given(anything())
@settings(max_examples=200)
def test_a_report_is_a_contradiction_exactly_where_it_cannot_be(case: tuple[Standing, dict[str, Execution], Report]) -> None:
    before, known, said = case
    assert bool(settle(before, known, said).contradictions) == impossible(before, known, said)


def impossible(before: Standing, known: dict[str, Execution], said: Report) -> bool:
    """Told a second time, clause by clause: what a venue cannot truly say of an order as it stands."""
    mine = [one for one in said.executions if one.order == "o"]
    first = {one.id: one for one in reversed(mine)} | known
    total = before.filled + sum((one.units for one in {x.id: x for x in reversed(mine)}.values() if one.id not in known), ZERO)
    whole, at, to = before.ticket.units, before.status, said.status
    new = [one for one in mine if one.id not in known]
    fills = [
        any(one.order != "o" for one in said.executions if one.id not in known),
        any(one != first[one.id] for one in said.executions if one.id in first and (one.id in known or one.order == "o")),
        any(one.units * whole <= 0 for name, one in first.items() if name not in known),
        any(count * whole < 0 or abs(count) > abs(whole) for count in (total, said.filled)),
    ]
    most = max(abs(total), abs(said.filled))
    unborn = at in WAITING or at in (S.DECLINED, S.NEVER_ARRIVED)
    states = [
        unborn and (bool(new) or to is not S.NEVER_ARRIVED),
        at in FINAL and (most > abs(before.claimed) or (to in FINAL and to is not at)),
        to in (S.REJECTED, S.NEVER_ARRIVED) and bool(most or before.claimed),
        at in WORKING and total != whole and not _can_be_told(at, to, total),
    ]
    return any(fills) or any(states)


def _can_be_told(at: Status, to: Status, total: Decimal) -> bool:
    """Whether a working order may be reported so. Old news is no contradiction, and what has fills is partial at least."""
    if to is S.INTENT:
        return at is not S.UNKNOWN or bool(total)
    if to is S.NEVER_ARRIVED:
        return at is S.UNKNOWN
    if to is S.REJECTED:
        return at is not S.PARTIAL
    return to in (S.SENT, S.ACKED, S.PARTIAL, S.FILLED, S.CANCELLED, S.EXPIRED, S.UNKNOWN)


# Worked examples, one for each branch. The order is for 10.


@pytest.mark.parametrize("status", [S.PLANNED, S.HELD, S.APPROVED])
@pytest.mark.parametrize("filled", [0, 4])
def test_no_venue_says_that_an_order_waits_here_whatever_is_filled(status: Status, filled: int) -> None:
    answer = settle(order(S.ACKED, 10, filled), {}, report(status))
    assert (answer.steps, len(answer.contradictions)) == ((), 1)


def test_a_fill_may_overtake_the_acknowledgement() -> None:
    after, _, answers = told(order(S.SENT), [report(S.PARTIAL, execution("a", 4, "99.5", "0.2")), report(S.ACKED)])
    assert (after.status, after.filled, after.spent, after.cost) == (S.PARTIAL, 4, D("398.0"), D("0.2"))
    assert answers[1].steps == ()


def test_a_report_finds_an_order_whose_leaving_was_not_noted() -> None:
    answer = settle(order(S.INTENT), {}, report(S.FILLED, execution("a", 10), venue_id="V7"))
    assert answer.steps == (S.SENT, S.FILLED)
    assert answer.standing.venue_id == "V7"


def test_the_venues_name_of_an_order_stays_where_a_report_has_none() -> None:
    assert settle(replace(order(), venue_id="V7"), {}, report(S.ACKED)).standing.venue_id == "V7"


def test_all_units_filled_is_filled_whatever_the_report_calls_it() -> None:
    assert settle(order(S.ACKED), {}, report(S.PARTIAL, execution("a", 10))).steps == (S.FILLED,)
    assert settle(order(S.ACKED), {}, report(S.CANCELLED, execution("a", 10))).steps == (S.FILLED,)


def test_another_fill_is_another_partial_step_and_the_same_report_none() -> None:
    one, two = execution("a", 4), execution("b", 2)
    _, _, answers = told(order(), [report(S.PARTIAL, one), report(S.PARTIAL, one, two), report(S.PARTIAL, one, two)])
    assert [answer.steps for answer in answers] == [(S.PARTIAL,), (S.PARTIAL,), ()]
    assert [len(answer.booked) for answer in answers] == [1, 1, 0]


def test_an_execution_told_twice_in_one_report_counts_once() -> None:
    one = execution("a", 4)
    assert settle(order(), {}, report(S.PARTIAL, one, one, filled=4)).standing.filled == 4


def test_late_fills_within_the_count_of_the_venue_are_no_contradiction() -> None:
    # It was cancelled with 6 filled, of which 4 are known: 2 are missing. They come later, and nothing is wrong.
    cancelled = settle(order(S.PARTIAL, filled=4), {"a": execution("a", 4)}, report(S.CANCELLED, filled=6))
    assert (cancelled.steps, cancelled.missing, cancelled.contradictions) == ((S.CANCELLED,), 2, ())
    late = settle(cancelled.standing, {"a": execution("a", 4)}, report(S.PARTIAL, execution("b", 2), filled=6))
    assert (late.steps, late.missing, late.contradictions, late.standing.filled) == ((), 0, (), 6)


def test_a_late_fill_beyond_the_count_of_the_venue_is_booked_and_said() -> None:
    late = settle(order(S.CANCELLED, filled=4), {"a": execution("a", 4)}, report(S.PARTIAL, execution("b", 2), filled=6))
    assert late.contradictions == ("order o is cancelled, and more of it was filled: 6, after 4",)
    assert (late.standing.filled, late.standing.status) == (6, S.CANCELLED)


def test_a_greater_count_of_a_final_order_is_a_contradiction_before_its_fills_come() -> None:
    # Regression: the count alone passed, and raised what late fills were held against.
    late = settle(order(S.CANCELLED, filled=4), {"a": execution("a", 4)}, report(S.CANCELLED, filled=6))
    assert late.contradictions == ("order o is cancelled, and more of it was filled: 6, after 4",)


def test_filled_means_all_of_it_whatever_count_comes_with_the_word() -> None:
    # Regression: FILLED with 7 of 10 ended the order at 7, and nobody missed the 3.
    answer = settle(order(S.ACKED), {}, report(S.FILLED, execution("a", 7)))
    assert (answer.steps, answer.missing, answer.contradictions) == ((S.FILLED,), 3, ())


def test_an_execution_that_has_changed_is_said_and_not_booked_again() -> None:
    answer = settle(order(S.PARTIAL, filled=4), {"a": execution("a", 4)}, report(S.PARTIAL, execution("a", 4, "101")))
    assert answer.contradictions == ("execution a was 4 at 100, now it is 4 at 101",)
    assert answer.booked == ()
    moved = execution("a", 4)._replace(at="2026-01-06T15:00:00Z")
    told = settle(order(S.PARTIAL, filled=4), {"a": execution("a", 4)}, report(S.PARTIAL, moved)).contradictions[0]
    assert told.endswith("now it is 4 at 100 on 2026-01-06T15:00:00Z")  # regression: both halves read alike


def test_a_commission_that_comes_after_its_fill_is_booked_once_and_by_itself() -> None:
    first = settle(order(), {}, report(S.FILLED, execution("e", 10)))
    known = {one.id: one for one in first.booked}
    late = settle(first.standing, known, report(S.FILLED, execution("e", 10, cost="1.25")))
    assert [(one.id, one.units, one.cost) for one in late.booked] == [("e/cost", ZERO, Decimal("1.25"))]
    assert (late.contradictions, late.standing.filled, late.standing.cost) == ((), 10, Decimal("1.25"))
    known |= {one.id: one for one in late.booked}
    for said in (execution("e", 10, cost="1.25"), execution("e", 10)):  # again, and the first word of it late
        again = settle(late.standing, known, report(S.FILLED, said))
        assert (again.booked, again.contradictions) == ((), ())
    twice = report(S.FILLED, execution("e", 10, cost="1.25"), execution("e", 10, cost="1.25"))
    assert len(settle(first.standing, {one.id: one for one in first.booked}, twice).booked) == 1
    other = settle(late.standing, known, report(S.FILLED, execution("e", 10, cost="2")))
    assert other.booked == ()
    assert "was 10 at 100 for 1.25, now it is 10 at 100 for 2" in other.contradictions[0]


def test_an_execution_of_another_order_is_said_and_not_booked() -> None:
    answer = settle(order(), {}, report(S.ACKED, execution("a", 4, of="p"), filled=0))
    assert answer.contradictions == ("execution a is of the order p, not of o",)
    assert answer.standing.filled == 0


def test_a_fill_in_the_other_direction_is_booked_and_said() -> None:
    answer = settle(order(), {}, report(S.PARTIAL, execution("a", -4)))
    assert answer.contradictions == ("execution a goes the other way: -4 of an order of 10", "order o of 10 has -4 filled")
    assert len(answer.booked) == 1


def test_more_filled_than_ordered_is_booked_and_said() -> None:
    answer = settle(order(), {}, report(S.FILLED, execution("a", 11)))
    assert answer.contradictions == ("order o of 10 has 11 filled",)
    assert answer.standing.filled == 11


@pytest.mark.parametrize("count", [11, -3])
def test_a_count_of_the_venue_that_cannot_be_is_said(count: int) -> None:
    # Regression for -3: a count in the other direction passed.
    answer = settle(order(), {}, report(S.ACKED, filled=count))
    assert answer.contradictions == (f"order o of 10 has {count} filled by the venue's count",)


@pytest.mark.parametrize("at", [S.PLANNED, S.HELD, S.APPROVED, S.DECLINED, S.NEVER_ARRIVED])
def test_what_never_left_cannot_be_at_the_venue(at: Status) -> None:
    answer = settle(order(at), {}, report(S.PARTIAL, execution("a", 4)))
    assert answer.contradictions == (f"order o is {at.value}, and the venue reports it as partial",)
    assert (answer.standing.filled, answer.steps) == (4, ())


def test_an_end_does_not_become_another_end() -> None:
    answer = settle(order(S.CANCELLED), {}, report(S.EXPIRED))
    assert answer.contradictions == ("order o is cancelled, and the venue reports it as expired",)
    assert settle(order(S.CANCELLED), {}, report(S.CANCELLED)).contradictions == ()


def test_a_rejection_of_what_is_filled_is_said() -> None:
    answer = settle(order(S.PARTIAL, filled=4), {"a": execution("a", 4)}, report(S.REJECTED))
    assert answer.contradictions == ("order o is reported as rejected, and 4 of it are filled",)
    assert answer.steps == ()


def test_what_has_fills_cannot_have_never_arrived() -> None:
    # Regression: an order with 4 filled, then UNKNOWN, ended as never arrived when its venue had forgotten it.
    answer = settle(order(S.UNKNOWN, filled=4), {"a": execution("a", 4)}, report(S.NEVER_ARRIVED))
    assert answer.contradictions == ("order o is reported as never_arrived, and 4 of it are filled",)
    assert answer.steps == ()


def test_a_rejection_after_a_partial_fill_that_nobody_saw_does_not_break_the_machine() -> None:
    # Regression: a partial order without a known fill, then rejected, raised IllegalMove in the middle of a transaction.
    answer = settle(order(S.PARTIAL), {}, report(S.REJECTED))
    assert answer.contradictions == ("order o is partial, and the venue reports it as rejected",)


def test_doubt_about_a_partly_filled_order_is_not_lost() -> None:
    # Regression: UNKNOWN was read as partial, because it has fills.
    assert settle(order(S.PARTIAL, filled=4), {}, report(S.UNKNOWN, filled=4)).steps == (S.UNKNOWN,)


@pytest.mark.parametrize("to", [S.SENT, S.ACKED, S.PARTIAL, S.FILLED, S.REJECTED, S.CANCELLED, S.EXPIRED, S.NEVER_ARRIVED])
def test_an_unknown_order_becomes_what_the_venue_reports(to: Status) -> None:
    fills = {S.PARTIAL: (execution("a", 4),), S.FILLED: (execution("a", 10),)}.get(to, ())
    answer = settle(order(S.UNKNOWN), {}, report(to, *fills))
    assert (answer.steps, answer.contradictions) == ((to,), ())


@pytest.mark.parametrize("to", [S.PLANNED, S.HELD, S.APPROVED, S.DECLINED])
def test_a_venue_cannot_report_what_only_people_decide(to: Status) -> None:
    assert settle(order(S.ACKED), {}, report(to)).contradictions == (
        f"order o is acked, and the venue reports it as {to.value}",
    )


def test_nothing_new_changes_nothing() -> None:
    before = order(S.ACKED)
    assert settle(before, {}, report(S.ACKED)) == Settlement(before, (), (), (), D(0))
