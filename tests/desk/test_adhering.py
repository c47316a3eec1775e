"""The score of a process out of its journal: kept to the letter it is 100, and each fault costs its duty and nothing else."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.desk.adhered_worlds import BEGUN, ENDS, EVENING, MORNING, NIGHT, Desk, at, desk, later, session
from trimtab.core.entries import Cancel, Dividend, Entry, Fill, Flow
from trimtab.core.errors import UsageError
from trimtab.core.households import Account
from trimtab.core.orders import Status
from trimtab.desk.adhering import adherence_of
from trimtab.desk.blocking import REST
from trimtab.desk.books import Signature, open_account
from trimtab.desk.cash_cut import CUT
from trimtab.desk.episodes import episodes
from trimtab.execution.brokers.paper_fills import SHORT
from trimtab.governance.adherence import Adherence, Duty, Violation, joined

LAST = date(2001, 6, 10)
NOW = at(date(2001, 6, 20))
DUE = date(2001, 4, 10)  # the first review: three months after the account was told to follow
WHOLE = {Duty.SIGNALS: 5, Duty.TRADES: 5, Duty.LIMITS: 5, Duty.OVERRIDES: 5, Duty.REVIEWS: 1}
MONTH = ENDS[1]


def lived(
    made: Desk, month: Callable[[Desk, date], None] | None = None, *, review: int | None = 10, kind: str = "quarter"
) -> Adherence:
    """Five months, of which the second is `month`, and a review so many days after it is due."""
    held = None if review is None else later(DUE, review)
    for before, when in itertools.pairwise((BEGUN, *ENDS)):
        if held is not None and before < held <= when:
            made.review(DUE, held, kind)
        if when == MONTH and month is not None:
            month(made, when)
        else:
            made.month(when)
    return made.kept(BEGUN, LAST, NOW)


def only(found: Adherence, duty: Duty, occasions: int = 5) -> None:
    """One occasion of one duty was not kept: its weight over the occasions is lost, exactly, and nothing else."""
    assert {one.duty for one in found.violations} == {duty}, found.violations
    assert found.score == 100 - Fraction(duty.weight, occasions)
    assert all(one.evidence.strip() and one.what.strip() for one in found.violations)


# Laws.


def test_a_process_that_is_kept_to_the_letter_scores_100(tmp_path: Path) -> None:
    with desk(tmp_path) as made:
        found = lived(made)
        assert dict(found.due) == WHOLE
        assert found.violations == ()
        assert found.score == 100


def test_where_nothing_was_due_the_score_is_100_and_nothing_is_counted(tmp_path: Path) -> None:
    with desk(tmp_path) as made:
        found = made.kept(BEGUN, later(BEGUN, 10))
        assert found.score == 100
        assert not any(found.due.values())


FAULTS: dict[str, tuple[Duty, Callable[[Desk, date], None]]] = {}


def fault(duty: Duty) -> Callable[[Callable[[Desk, date], None]], Callable[[Desk, date], None]]:
    def kept(how: Callable[[Desk, date], None]) -> Callable[[Desk, date], None]:
        FAULTS[how.__name__] = (duty, how)
        return how

    return kept


@fault(Duty.SIGNALS)
def decided_after_the_first_session(made: Desk, when: date) -> None:
    """At 22:30 UTC of 1 March the first session after 28 February had been over since 21:00: a late look."""
    made.look(when, made=at(session(when), EVENING))


@fault(Duty.SIGNALS)
def decided_for_another_session(made: Desk, when: date) -> None:
    made.look(session(when, -1))


@fault(Duty.TRADES)
def declined(made: Desk, when: date) -> None:
    found = made.decide(when)
    made.orders.decline(found[1].id, "too dear")
    made.send(found[:1], session(when))
    made.fill(found[0], session(when))


@fault(Duty.TRADES)
def held(made: Desk, when: date) -> None:
    for one in made.decide(when):
        made.orders.hold(one.id, "on holiday")


@fault(Duty.TRADES)
def cancelled(made: Desk, when: date) -> None:
    made.orders.cancel_waiting([one.id for one in made.decide(when)], "cancelled by a person")


@fault(Duty.TRADES)
def rejected(made: Desk, when: date) -> None:
    sold, bought = found = made.decide(when)
    made.send(found, session(when))
    made.fill(sold, session(when))
    made.end(bought, Status.REJECTED, "no permission", session(when))


@fault(Duty.TRADES)
def expired_half_filled(made: Desk, when: date) -> None:
    sold, bought = found = made.decide(when)
    made.send(found, session(when))
    made.fill(sold, session(when))
    made.fill(bought, session(when), 15)
    made.end(bought, Status.EXPIRED, "the auction is over", session(when))


@fault(Duty.TRADES)
def filled_too_late(made: Desk, when: date) -> None:
    """The trade is due on 1 March, everything is to be filled on 2 March, and it was on 5 March (a Monday)."""
    found = made.decide(when)
    made.send(found, session(when, 3))
    for one in found:
        made.fill(one, session(when, 3))


@fault(Duty.TRADES)
def cut_by_a_person(made: Desk, when: date) -> None:
    sold, bought = found = made.decide(when)
    made.orders.edit(bought.id, units=Decimal(10), reason="rather less")
    made.send(found, session(when))
    for one in (sold, bought):
        made.fill(one, session(when))


@fault(Duty.LIMITS)
def warned_by_a_rule(made: Desk, when: date) -> None:
    found = made.decide(when, outcome="warn")
    made.send(found, session(when))
    for one in found:
        made.fill(one, session(when))


@fault(Duty.OVERRIDES)
def made_larger_by_a_person(made: Desk, when: date) -> None:
    sold, bought = found = made.decide(when)
    made.orders.edit(bought.id, units=Decimal(40), reason="I like it")
    made.send(found, session(when))
    for one in (sold, bought):
        made.fill(one, session(when))


@fault(Duty.OVERRIDES)
def order_by_hand(made: Desk, when: date) -> None:
    made.month(when)
    one = made.by_hand(session(when, 3), "C", 5)
    made.send([one], session(when, 3))
    made.fill(one, session(when, 3))


@fault(Duty.OVERRIDES)
def trade_without_an_order(made: Desk, when: date) -> None:
    made.month(when)
    made.enter(bought(session(when, 4)), on=session(when, 4))


def bought(day: date, units: int = 7, order: str = "") -> Fill:
    return Fill(day, 2, Decimal(units), Decimal(100), Decimal(-100 * units), Decimal(1), order)


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_costs_its_duty_the_weight_of_one_occasion_and_nothing_else(tmp_path: Path, name: str) -> None:
    duty, how = FAULTS[name]
    with desk(tmp_path) as made:
        found = lived(made, how)
        if name.startswith("decided"):  # what was never proposed is not traded either: four are left
            assert found.due[Duty.TRADES] == 4
        only(found, duty)
        record = {one.number for one in made.book.records()}
        for one in found.violations:
            shown = one.evidence.removeprefix("journal ")
            assert one.evidence == "no decision in the journal" or int(shown) in record


def test_a_rule_that_stops_a_decision_is_a_violation_and_the_decision_was_made(tmp_path: Path) -> None:
    """What is stopped is written down as `blocked`: looked at in time, nothing to trade, and the limit was not kept."""

    def blocked(made: Desk, when: date) -> None:
        rows = [["state", "always", "", "0", "0", "pass"], ["IPS-1", "section 4.1", "", "0.02", "0", "block"]]
        body = {"batch": "", "evaluations": rows, "policy": made.policy.sha256, "when": when.isoformat()}
        made.note("blocked", body, at(when))
        made.note("blocked", body, at(session(when), MORNING))  # tried again: the same occasion

    with desk(tmp_path) as made:
        found = lived(made, blocked)
        only(found, Duty.LIMITS)
        assert found.due == {**WHOLE, Duty.TRADES: 4}
        assert len(found.violations) == 2


def test_what_a_control_of_orders_stops_is_no_breach_of_a_limit(tmp_path: Path) -> None:
    def stopped(made: Desk, when: date) -> None:
        rows = [["max_order", "", "x", "9", "5", "block"], ["IPS-1", "section 4.1", "", "0", "0", "pass"]]
        made.note("blocked", {"batch": "", "evaluations": rows, "policy": made.policy.sha256, "when": str(when)}, at(when))

    with desk(tmp_path) as made:
        assert lived(made, stopped).score == 100


def test_a_review_that_was_not_held_or_too_late_is_a_violation(tmp_path: Path) -> None:
    with desk(tmp_path / "never") as made:
        only(lived(made, review=None), Duty.REVIEWS, 1)
    with desk(tmp_path / "late") as made:
        found = lived(made, review=31)
        only(found, Duty.REVIEWS, 1)
        assert "held on 2001-05-11, 30 days" in found.violations[0].what
    with desk(tmp_path / "last day") as made:
        assert lived(made, review=30, kind="cycle").score == 100  # a full cycle looks at the process too


def test_what_is_dated_back_is_no_log_of_what_was_done_before(tmp_path: Path) -> None:
    """A regression: 51 bought by hand on 5 March, and logged on 2 April by a clock that was set back to 1 March."""

    def logged_late(made: Desk, when: date) -> None:
        made.month(when)
        day = session(when, 3)
        one = made.by_hand(day, "A", 51)
        made.send([one], day)
        made.fill(one, day)

    with desk(tmp_path) as made:
        for when in ENDS[:3]:
            (logged_late if when == MONTH else Desk.month)(made, when)
        first = session(MONTH)
        body = {"id": "O-1", "begins": str(first), "ends": "2001-03-09", "shifts": {"A": "0.05"}, "holds": [], "why": "cheap"}
        record = made.note("override", body, at(first, MORNING))
        for when in ENDS[3:]:
            made.month(when)
        found = made.kept(BEGUN, date(2001, 4, 9), at(date(2001, 4, 9)))
        assert [(one.duty, str(one.when), one.what, one.evidence) for one in found.violations] == [
            (
                Duty.OVERRIDES,
                "2001-04-02",
                "dated back by anna: as of 2001-03-01, after a record of 2001-04-02",
                f"journal {record}",
            )
        ]


def test_a_clock_that_is_put_right_by_a_day_dates_nothing_back(tmp_path: Path) -> None:
    with desk(tmp_path) as made:
        for hours, broken in ((24, 0), (25, 1)):
            made.note("gate", {"batch": "", "evaluations": []}, at(MONTH))
            made.note("gate", {"batch": "", "evaluations": []}, at(MONTH) - np.timedelta64(hours, "h"), by="ben")
            assert made.kept(MONTH, MONTH, NOW).broken(Duty.OVERRIDES) == broken
        (found,) = [one for one in made.kept(MONTH, MONTH, NOW).violations if one.duty is Duty.OVERRIDES]
        assert found.what == "dated back by ben: as of 2001-02-27, after a record of 2001-02-28"


def test_two_faults_of_different_duties_add_up(tmp_path: Path) -> None:
    with desk(tmp_path) as made:
        for when in ENDS:
            (declined if when == ENDS[1] else warned_by_a_rule if when == ENDS[3] else Desk.month)(made, when)
        found = made.kept(BEGUN, LAST, NOW)
        assert found.score == 100 - Fraction(25, 5) - Fraction(20, 5) - 10


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(5)), late=st.sets(st.integers(0, 4)))
def test_the_order_of_the_notes_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], late: set[int]
) -> None:
    """Decisions that came to nothing, written in any order: only their own instants count for whether they were in time."""
    with desk(tmp_path_factory.mktemp("any")) as made:
        for k in order:
            made.look(ENDS[k], made=at(session(ENDS[k]), NIGHT) if k in late else at(ENDS[k]))
        made.review(DUE, DUE)
        found = made.kept(BEGUN, LAST, NOW)
        assert found.earned(Duty.SIGNALS) == 25 - Fraction(25 * len(late), 5)
        assert [one.when for one in found.violations if one.duty is Duty.SIGNALS] == [ENDS[k] for k in sorted(late)]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.sets(st.integers(1, 140), max_size=4))
def test_periods_that_follow_each_other_come_to_the_whole(tmp_path_factory: pytest.TempPathFactory, cuts: set[int]) -> None:
    with desk(tmp_path_factory.mktemp("cut")) as made:
        for when, how in zip(ENDS, (Desk.month, declined, warned_by_a_rule, order_by_hand, filled_too_late), strict=True):
            how(made, when)
        whole = made.kept(BEGUN, LAST, NOW)
        bounds = [BEGUN, *(later(BEGUN, cut) for cut in sorted(cuts)), later(LAST, 1)]
        parts = joined([made.kept(a, later(b, -1), NOW) for a, b in itertools.pairwise(bounds)])
        for duty in set(Duty) - {Duty.OVERRIDES}:  # what people did is told of the decision before it, in the same period
            assert (parts.due[duty], parts.broken(duty)) == (whole.due[duty], whole.broken(duty))
        assert sorted(map(_told, parts.violations)) == sorted(map(_told, whole.violations))


def _told(one: Violation) -> tuple[str, str, str, str]:
    return one.duty.name, str(one.when), one.what, one.evidence


# What is no violation.


def test_a_decision_in_the_morning_before_the_first_session_closes_is_in_time(tmp_path: Path) -> None:
    with desk(tmp_path) as made:
        assert lived(made, lambda on, when: on.look(when, made=at(session(when), "T21:00:00"))).score == 100


def test_a_decision_in_time_stays_one_when_it_is_looked_at_again(tmp_path: Path) -> None:
    def month(made: Desk, when: date) -> None:
        made.look(when)
        made.look(when, made=at(session(when, 2)))

    with desk(tmp_path / "first") as made:
        assert lived(made, month).score == 100
    with desk(tmp_path / "last") as made:  # an instant counts, not the place in the journal
        for when in ENDS:
            made.look(when, made=at(session(when, 2)))
            made.look(when)
        assert made.kept(BEGUN, DUE, NOW).broken(Duty.SIGNALS) == 0


def test_a_little_that_stayed_unfilled_is_within_tolerance(tmp_path: Path) -> None:
    """25 basis points of 100,000 are 250: two units at 100 are less, three are more. 2.5 is no longer less."""

    def missing(units: int) -> Callable[[Desk, date], None]:
        def month(made: Desk, when: date) -> None:
            sold, bought = found = made.decide(when)
            made.send(found, session(when))
            made.fill(sold, session(when))
            made.fill(bought, session(when), 30 - units)
            made.end(bought, Status.EXPIRED, "the day is over", session(when))

        return month

    with desk(tmp_path / "two") as made:
        assert lived(made, missing(2)).score == 100
    with desk(tmp_path / "three") as made:
        only(lived(made, missing(3)), Duty.TRADES)


def test_a_fill_on_the_session_after_that_of_the_trade_is_within_the_lag(tmp_path: Path) -> None:
    def month(made: Desk, when: date) -> None:
        found = made.decide(when)
        made.send(found, session(when))
        for one in found:
            made.fill(one, session(when, 2))

    with desk(tmp_path) as made:
        assert lived(made, month).score == 100


def test_what_the_system_cut_to_the_cash_or_crossed_is_no_persons_fault(tmp_path: Path) -> None:
    for reason in (CUT, REST):

        def month(made: Desk, when: date, reason: str = reason) -> None:
            found = made.decide(when)
            made.orders.edit(found[1].id, units=Decimal(20), reason=reason)
            made.send(found, session(when))
            for one in found:
                made.fill(one, session(when))

        with desk(tmp_path / reason.replace(" ", "-")) as made:
            assert lived(made, month).score == 100


@pytest.mark.parametrize(("sent", "broken"), [(1, 0), (3, 1)])
def test_what_money_did_not_pay_for_at_the_fill_is_kept_where_it_left_in_time(tmp_path: Path, sent: int, broken: int) -> None:
    """Regression: the price rose before the fill, money paid for 20 of 30, and the rest counted as left to expire."""

    def month(made: Desk, when: date) -> None:
        sold, bought = made.decide(when)
        made.send([sold], session(when))
        made.fill(sold, session(when))
        made.send([bought], session(when, sent))
        made.fill(bought, session(when, sent), 20)
        made.end(bought, Status.EXPIRED, f"the auction is over{SHORT}", session(when, sent))

    with desk(tmp_path) as made:
        assert lived(made, month).broken(Duty.TRADES) == broken
        first, second, *_ = (one.reached["reconcile"] for one in episodes(made.orders, "P1"))
        assert (first, second) == ("2 filled", "1 filled, 66.6% of A filled, no cash for more")


def test_a_proposal_that_gave_way_to_another_does_not_count(tmp_path: Path) -> None:
    def month(made: Desk, when: date) -> None:
        first = made.decide(when)
        run = made.orders.run_of(first[0].id)
        assert run is not None
        made.orders.supersede(run, "prices were mended")
        made.month(when)

    with desk(tmp_path) as made:
        found = lived(made, month)
        assert found.score == 100
        assert dict(found.due) == WHOLE


def test_a_logged_override_keeps_what_it_is_about(tmp_path: Path) -> None:
    """An override of A that lives on the day covers the declined order of A, and an order made larger; none of B."""

    def logged(made: Desk, when: date) -> None:
        body = {
            "id": "O-1",
            "begins": str(when),
            "ends": str(later(when, 30)),
            "shifts": {"A": "-0.02"},
            "holds": [],
            "why": "x",
        }
        made.note("override", body, at(when, MORNING))

    def less(made: Desk, when: date) -> None:
        logged(made, when)
        declined(made, when)

    def more(made: Desk, when: date) -> None:
        logged(made, when)
        made_larger_by_a_person(made, when)

    def other(made: Desk, when: date) -> None:
        logged(made, when)
        sold, bought = made.decide(when)
        made.orders.decline(sold.id, "no")
        made.send([bought], session(when))
        made.fill(bought, session(when))

    for name, month in (("less", less), ("more", more)):
        with desk(tmp_path / name) as made:
            assert lived(made, month).score == 100, name
    with desk(tmp_path / "other") as made:
        only(lived(made, other), Duty.TRADES)


def test_an_override_that_was_logged_afterwards_keeps_nothing(tmp_path: Path) -> None:
    def month(made: Desk, when: date) -> None:
        declined(made, when)
        body = {"id": "O-1", "begins": str(when), "ends": str(later(when, 30)), "shifts": {}, "holds": ["A"], "why": "x"}
        made.note("override", body, at(session(when, 5)))

    with desk(tmp_path) as made:
        only(lived(made, month), Duty.TRADES)


@pytest.mark.parametrize(("units", "kept"), [(50, True), (51, False)])
def test_orders_by_hand_within_the_bounds_of_the_policy_are_kept(tmp_path: Path, units: int, kept: bool) -> None:
    """Bounds of 5 % of 100,000 are 5,000: 50 units at 100."""

    def month(made: Desk, when: date) -> None:
        made.month(when)
        one = made.by_hand(session(when, 3), "C", units)
        made.send([one], session(when, 3))
        made.fill(one, session(when, 3))

    with desk(tmp_path, "0.05") as made:
        found = lived(made, month)
        assert found.score == (100 if kept else 96)


def test_an_order_by_hand_that_came_to_nothing_is_no_override(tmp_path: Path) -> None:
    def month(made: Desk, when: date) -> None:
        made.month(when)
        made.orders.decline(made.by_hand(session(when, 3), "C", 50).id, "four eyes said no")

    with desk(tmp_path) as made:
        assert lived(made, month).score == 100


def _entered(*entries: Callable[[date], Entry]) -> Callable[[Desk, date], None]:
    """A month as it should be, and these entries four sessions after it: from number 5 on, after the money and four fills."""

    def month(made: Desk, when: date) -> None:
        made.month(when)
        day = session(when, 4)
        made.enter(*(one(day) for one in entries), on=day)

    return month


def test_a_dividend_that_is_put_back_into_what_paid_it_is_no_override(tmp_path: Path) -> None:
    """7 units at 100 are 700: what paid 701 pays for them, what paid 699 does not."""
    for paid, score in ((701, 100), (699, 96)):
        with desk(tmp_path / str(paid)) as made:
            month = _entered(lambda day, paid=paid: Dividend(day, 2, Decimal(paid)), bought)  # type: ignore[misc]
            assert lived(made, month).score == score


def test_a_correction_is_no_override_and_what_was_cancelled_is_none(tmp_path: Path) -> None:
    """The trade that was booked wrongly and cancelled is gone; what stands in its place mends it, another one does not."""
    with desk(tmp_path / "mended") as made:
        assert lived(made, _entered(bought, lambda day: Cancel(day, 5), lambda day: bought(day, 8))).score == 100
    with desk(tmp_path / "gone") as made:
        assert lived(made, _entered(bought, lambda day: Cancel(day, 5))).score == 100
    with desk(tmp_path / "other") as made:
        only(lived(made, _entered(bought, lambda day: Cancel(day, 5), lambda day: bought(later(day, 1)))), Duty.OVERRIDES)


def test_what_was_bought_before_the_policy_was_followed_is_no_override(tmp_path: Path) -> None:
    with desk(tmp_path) as made:
        assert lived(made, _entered(lambda _: bought(later(BEGUN, -5)), lambda day: Flow(day, Decimal(9)))).score == 100


def test_what_can_still_be_done_in_time_is_not_due(tmp_path: Path) -> None:
    """On the morning of 1 March nobody has decided yet; that evening the session was over, and it is missing."""
    with desk(tmp_path) as made:
        made.month(ENDS[0])
        soon = made.kept(BEGUN, ENDS[1], at(session(ENDS[1]), MORNING))
        assert (soon.score, soon.due[Duty.SIGNALS]) == (100, 1)
        over = made.kept(BEGUN, ENDS[1], at(session(ENDS[1])))
        assert (over.score, over.due[Duty.SIGNALS]) == (Fraction(100) - Fraction(25, 2), 2)
        found = made.decide(ENDS[2])
        made.send(found, session(ENDS[2]))
        assert made.kept(ENDS[2], ENDS[2], at(session(ENDS[2]))).due[Duty.TRADES] == 0
        late = made.kept(ENDS[2], ENDS[2], at(session(ENDS[2], 2), NIGHT))
        assert (late.due[Duty.TRADES], late.broken(Duty.TRADES)) == (1, 1)


def test_duties_go_on_where_the_data_end(tmp_path: Path) -> None:
    """The market ends on 26 March 2002: month ends after it are due all the same, by weekdays as before it."""
    with desk(tmp_path) as made:
        found = made.kept(date(2002, 3, 1), date(2002, 6, 30), at(date(2002, 7, 10)))
        assert [str(one.when) for one in found.violations if one.duty is Duty.SIGNALS] == [
            "2002-03-29", "2002-04-30", "2002-05-31", "2002-06-28",
        ]  # fmt: skip


def test_an_account_without_money_has_nothing_to_decide(tmp_path: Path) -> None:
    """It is told to follow the policy on 10 January; money comes on 15 March, so that March is its first month."""
    with desk(tmp_path / "never", funded=False) as made:
        assert not any(made.kept(BEGUN, LAST, NOW).due.values())
    with desk(tmp_path / "later", funded=False) as made:
        made.enter(Flow(date(2001, 3, 15), Decimal(100_000)), on=date(2001, 3, 15))
        found = made.kept(BEGUN, LAST, NOW)
        assert [str(one.when) for one in found.violations if one.duty is Duty.SIGNALS] == [
            "2001-03-30",
            "2001-04-30",
            "2001-05-31",
        ]


def test_a_data_incident_stands_beside_the_decision_that_was_missed(tmp_path: Path) -> None:
    def month(made: Desk, when: date) -> None:
        made.note("incident", {"what": "no price of A", "series": "A", "month": "2001-02"}, at(when, NIGHT), "")

    with desk(tmp_path) as made:
        found = lived(made, month)
        only(found, Duty.SIGNALS)
        assert "no price of A (journal" in found.violations[0].what


def test_a_period_that_ends_before_it_begins_and_an_account_without_a_policy_are_refused(tmp_path: Path) -> None:
    with desk(tmp_path) as made:
        with pytest.raises(UsageError, match="before it begins"):
            made.kept(LAST, BEGUN)
        with pytest.raises(UsageError, match="no account, sleeve or household 'Z9'"):
            adherence_of(made.orders, "Z9", BEGUN, LAST)
        open_account(made.book, Account("P2", "Paper"), Signature("anna", at(BEGUN)))
        with pytest.raises(UsageError, match="P2 follows no policy, so that there is no process to keep to"):
            adherence_of(made.orders, "P2", BEGUN, LAST)


def test_by_default_a_period_is_judged_as_it_stood_at_its_end(tmp_path: Path) -> None:
    with desk(tmp_path) as made:
        assert made.kept(ENDS[0], ENDS[0]) == made.kept(ENDS[0], ENDS[0], np.datetime64("2001-02-01T00:00:00"))
