"""What people do by hand is measured as where it is taken, and who changes policy over a weekend misses nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import adhered_worlds
from tests.desk.adhered_worlds import BEGUN, ENDS, MORNING, Desk, at, desk, governed, later, session
from tests.promoted import put_at
from trimtab.core.errors import BreachError
from trimtab.core.orders import Status
from trimtab.desk.books import Signature
from trimtab.desk.due import LOOKED
from trimtab.desk.following_history import stretches
from trimtab.desk.hand_bounds import ByHand, require_bounds
from trimtab.desk.proposing import keep_policies
from trimtab.governance.adherence import Adherence, Duty
from trimtab.governance.overrides import together
from trimtab.governance.promotion import Stage

FEBRUARY, MARCH = ENDS[1], ENDS[2]
SUNDAY = date(2001, 4, 1)
UNTIL = date(2001, 3, 20)
shares = st.integers(-100, 100).map(lambda count: Decimal(count) / 1000)


def follows(made: Desk, size: str, when: date) -> None:
    """From now on the account follows the policy with these bounds."""
    new, moment = governed(size), at(when, "T10:00:00")
    keep_policies(made.book, {new.sha256: new}, Signature("anna", moment))
    made.note("follows", {"policy": "new.yaml", "sha256": new.sha256, "name": "law"}, moment)
    made.size = size


def carries_out(made: Desk, when: date, on: date) -> None:
    """A month that is decided on another day than its session."""
    found = made.decide(when, made=at(on, "T11:00:00"))
    made.send(found, session(when))
    for one in found:
        made.fill(one, session(when))


def reviewed(made: Desk) -> None:
    made.review(date(2001, 4, 10), date(2001, 4, 10))


def kept(made: Desk) -> Adherence:
    return made.kept(BEGUN, date(2001, 6, 10), at(date(2001, 6, 20)))


def spans(made: Desk) -> list[tuple[str, str]]:
    return [(str(one.begins), str(one.ends)) for one in stretches(made.book, "P1")]


# Changes of policy.


@pytest.mark.parametrize("proposed", [True, False])
def test_a_policy_that_is_followed_on_sunday_and_decides_fridays_month_end_in_time_misses_nothing(
    tmp_path: Path, proposed: bool
) -> None:
    """The month ends on Friday 30 March. Decided on Sunday under the new policy, traded on Monday, or nothing to trade."""
    with desk(tmp_path) as made:
        for when in ENDS:
            if when != MARCH:
                made.month(when)
                continue
            follows(made, "0.05", SUNDAY)
            if proposed:
                carries_out(made, MARCH, SUNDAY)
            else:
                made.look(MARCH, made=at(SUNDAY, "T11:00:00"))
            reviewed(made)
        found = kept(made)
        assert spans(made) == [("2001-01-10", "2001-03-30"), ("2001-03-30", "None")]
        assert (found.score, found.due[Duty.SIGNALS], found.violations) == (100, 5, ())


def test_what_the_policy_before_had_decided_stays_its_own(tmp_path: Path) -> None:
    """Friday was decided under the old policy in the evening, and again on Sunday under the new one."""
    with desk(tmp_path) as made:
        for when in ENDS[:3]:
            made.month(when)
        follows(made, "0.05", SUNDAY)
        made.look(MARCH, made=at(SUNDAY, "T11:00:00"))
        assert spans(made) == [("2001-01-10", "2001-04-01"), ("2001-04-01", "None")]


def test_only_the_first_decision_of_a_later_policy_moves_its_begin(tmp_path: Path) -> None:
    """Nobody decided March in time. A decision for it that is made up after April's takes the miss from nobody."""
    with desk(tmp_path) as made:
        for when in ENDS[:2]:
            made.month(when)
        follows(made, "0.05", date(2001, 4, 5))
        reviewed(made)
        made.month(ENDS[3])
        made.look(MARCH, made=at(date(2001, 5, 2)))
        made.month(ENDS[4])
        assert spans(made) == [("2001-01-10", "2001-04-05"), ("2001-04-05", "None")]
        assert [(one.duty, one.when) for one in kept(made).violations] == [(Duty.SIGNALS, MARCH)]


def test_who_only_looked_under_another_policy_follows_the_same_as_before(tmp_path: Path) -> None:
    with desk(tmp_path) as made:
        made.month(ENDS[0])
        made.note(LOOKED, {"policy": governed("0.05").sha256, "when": str(FEBRUARY)}, at(FEBRUARY))
        assert spans(made) == [("2001-01-10", "None")]


@settings(max_examples=40)
@given(days=st.lists(st.tuples(st.integers(0, 120), st.integers(0, 40), st.booleans()), min_size=1, max_size=6))
def test_stretches_follow_each_other_without_a_gap(
    tmp_path_factory: pytest.TempPathFactory, days: list[tuple[int, int, bool]]
) -> None:
    """Whenever it is changed, and whatever is decided after it for an earlier session: each begins where the last one ended."""
    with desk(tmp_path_factory.mktemp("any")) as made:
        for number, (when, back, decides) in enumerate(sorted(days)):
            follows(made, f"0.{number + 10}", later(BEGUN, when))
            if decides:
                made.look(later(BEGUN, when - back), made=at(later(BEGUN, when)))
        found = stretches(made.book, "P1")
        assert found[0].begins == BEGUN
        assert [one.ends for one in found[:-1]] == [one.begins for one in found[1:]]
        assert [one.begins for one in found] == sorted(one.begins for one in found)


# Sizes.


@given(some=st.lists(st.tuples(st.sampled_from("ABC"), shares), max_size=6))
def test_a_size_is_what_is_bought_or_what_is_sold_whichever_is_more(some: list[tuple[str, Decimal]]) -> None:
    """Cash makes up the difference, so that one side is as large as the other with it."""
    sums = {name: sum((share for own, share in some if own == name), Decimal(0)) for name in "ABC"}
    bought = sum((share for share in sums.values() if share > 0), Decimal(0))
    sold = -sum((share for share in sums.values() if share < 0), Decimal(0))
    assert together(some) == max(bought, sold)


def trades(made: Desk, instrument: str, units: int, nav: int = 100_000) -> None:
    """An order by hand, if the bounds let it pass, three sessions after February, filled."""
    day = session(FEBRUARY, 3)
    wanted = ByHand("P1", instrument, Decimal(units), Decimal(100), float(nav))
    require_bounds(made.book, made.policy, wanted, Signature("ben", at(day, MORNING)))
    one = made.by_hand(day, instrument, units)
    made.send([one], day)
    made.fill(one, day)


@pytest.mark.parametrize(
    ("first", "second", "passes"),
    [
        (("A", 40), ("B", -40), True),
        (("A", 40), ("A", -40), True),
        (("A", 40), ("B", 11), False),
        (("A", 40), ("B", -51), False),
    ],
)
def test_what_the_bounds_let_pass_is_no_violation_and_what_they_do_not_is_one(
    tmp_path: Path, first: tuple[str, int], second: tuple[str, int], passes: bool
) -> None:
    """Of 100,000 at a price of 100: 4 % bought and 4 % sold are 4 % one-way; 5.1 % of either side are beyond 5 %."""
    with desk(tmp_path, "0.05") as made:
        put_at(made.book, made.policy, Stage.PAPER, at=at(BEGUN), keep=False)
        made.month(ENDS[0])
        made.month(FEBRUARY)
        trades(made, *first)
        if passes:
            trades(made, *second)
        else:
            with pytest.raises(BreachError):
                trades(made, *second)
            day = session(FEBRUARY, 3)
            one = made.by_hand(day, *second)  # nobody asked
            made.send([one], day)
            made.fill(one, day)
        found = made.kept(BEGUN, UNTIL, at(UNTIL))
        assert found.broken(Duty.OVERRIDES) == (0 if passes else 1)
        assert found.score == (100 if passes else 100 - Fraction(20, 2))


def test_of_an_order_that_is_over_its_fills_count(tmp_path: Path) -> None:
    """80 by hand are 8 %, of which 50 were bought before it expired: 5 %, as where the next order is taken."""
    for count, broken in ((50, 0), (51, 1)):
        with desk(tmp_path / str(count), "0.05") as made:
            made.month(ENDS[0])
            made.month(FEBRUARY)
            day = session(FEBRUARY, 3)
            one = made.by_hand(day, "C", 80)
            made.send([one], day)
            made.fill(one, day, count)
            made.end(one, Status.EXPIRED, "the day is over", day)
            assert made.kept(BEGUN, UNTIL, at(UNTIL)).broken(Duty.OVERRIDES) == broken


@pytest.mark.parametrize(
    ("nav", "units", "broken"),
    [(1_000_000, 500, 0), (1_000_000, 501, 1), (10_000, 5, 0), (10_000, 6, 1)],
)
def test_a_size_is_of_what_the_account_was_worth_at_the_decision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nav: int, units: int, broken: int
) -> None:
    """January was decided at 100,000, February at ten times or a tenth of it: 5 % are of February's."""
    with desk(tmp_path, "0.05") as made:
        made.month(ENDS[0])
        monkeypatch.setattr(adhered_worlds, "NAV", float(nav))
        made.units = {"B": -1, "A": 1}
        made.month(FEBRUARY)
        day = session(FEBRUARY, 3)
        one = made.by_hand(day, "C", units)
        made.send([one], day)
        made.fill(one, day)
        assert made.kept(BEGUN, UNTIL, at(UNTIL)).broken(Duty.OVERRIDES) == broken


@pytest.mark.parametrize(("units", "broken"), [(50, 0), (51, 1)])
def test_where_the_decision_came_to_nothing_the_last_value_before_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, units: int, broken: int
) -> None:
    """February was only looked at; January's 100,000 count, not the 1,000,000 of March."""
    with desk(tmp_path, "0.05") as made:
        made.month(ENDS[0])
        made.look(FEBRUARY)
        day = session(FEBRUARY, 3)
        one = made.by_hand(day, "C", units)
        made.send([one], day)
        made.fill(one, day)
        monkeypatch.setattr(adhered_worlds, "NAV", 1_000_000.0)
        made.month(MARCH)
        until = date(2001, 4, 5)
        assert made.kept(BEGUN, until, at(until)).broken(Duty.OVERRIDES) == broken


def test_the_value_at_the_decision_counts_before_one_that_was_noted_with_an_order_by_hand(tmp_path: Path) -> None:
    """Decided at 100,000; an order by hand notes 200,000 beside it. 6,000 are 6 % of what was decided on."""
    with desk(tmp_path, "0.05") as made:
        made.month(ENDS[0])
        made.month(FEBRUARY)
        day = session(FEBRUARY, 3)
        one = made.by_hand(day, "C", 60)
        made.note("decision", {"batch": one.ticket.batch, "when": str(day), "nav": 200_000.0}, at(day, MORNING))
        made.send([one], day)
        made.fill(one, day)
        assert made.kept(BEGUN, UNTIL, at(UNTIL)).broken(Duty.OVERRIDES) == 1


# Reviews.

CYCLE = date(2004, 1, 10)  # three years after the account was told to follow


@pytest.mark.parametrize(
    ("held", "kept_to", "what"),
    [
        ({"cycle": 30}, True, ""),
        ({"cycle": 31}, False, "full-cycle review due on 2004-01-10 was held on 2004-02-10, 30 days are allowed"),
        ({"quarter": 0}, False, "full-cycle review due on 2004-01-10 was not held, 30 days are allowed"),
        ({}, False, "full-cycle review due on 2004-01-10 was not held, 30 days are allowed"),
        ({"quarter": 0, "cycle": 30}, True, ""),
    ],
)
def test_a_full_cycle_wants_its_own_review_which_stands_for_the_quarterly_one_of_that_day(
    tmp_path: Path, held: dict[str, int], kept_to: bool, what: str
) -> None:
    with desk(tmp_path) as made:
        for kind, late in held.items():
            made.review(CYCLE, later(CYCLE, late), kind)
        found = made.kept(CYCLE, CYCLE, at(later(CYCLE, 60)))
        told = [one for one in found.violations if one.duty is Duty.REVIEWS]
        assert (found.due[Duty.REVIEWS], found.broken(Duty.REVIEWS)) == (1, 0 if kept_to else 1)
        assert [one.what for one in told] == ([] if kept_to else [what])
        assert all(one.evidence == "no review in the journal" for one in told if not held)
        assert all(one.evidence.startswith("journal ") for one in told if held)


def test_a_full_cycle_that_can_still_be_reviewed_in_time_is_not_due(tmp_path: Path) -> None:
    with desk(tmp_path) as made:
        made.review(CYCLE, CYCLE)
        assert made.kept(CYCLE, CYCLE, at(later(CYCLE, 30))).due[Duty.REVIEWS] == 0
        assert made.kept(CYCLE, CYCLE, at(later(CYCLE, 31))).broken(Duty.REVIEWS) == 1
