"""Trades within tolerance and lag: what a decision proposed was filled by the end of the session after that of its trade.

What stayed unfilled is counted at the prices of the decision. Less than 25 basis points of net asset value is kept: what is
too small to matter is nobody's fault. Orders that a logged override is about, and what was crossed inside an account, do not
count, and neither does what the system itself cut to the cash that was there, before orders left or at the fill.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from trimtab.accounting.database.order_events import OrderEdited, OrderFilled, OrderPlanned
from trimtab.accounting.database.order_history import Happened, order_history
from trimtab.accounting.database.order_rows import these
from trimtab.core.money import ZERO, exact, text_of
from trimtab.core.orders import FINAL, MANUAL, Standing, Status
from trimtab.desk.blocking import CROSSED, REST, TOO_SMALL
from trimtab.desk.cash_cut import CUT, unpaid
from trimtab.desk.circumstances import instant_of
from trimtab.desk.decisions_made import Made
from trimtab.desk.duties import Case, Found, shown
from trimtab.desk.logged_overrides import Logged
from trimtab.governance.adherence import Duty, Violation

TOLERANCE = Decimal("0.0025")  # of net asset value: 25 basis points
SYSTEM = (CUT, REST)  # edits that no person made
INSIDE = (CROSSED, TOO_SMALL)  # cancelled because nothing of it had to go out

_WORDS = {
    Status.DECLINED: "declined",
    Status.HELD: "held",
    Status.CANCELLED: "cancelled",
    Status.EXPIRED: "expired",
    Status.REJECTED: "rejected by the broker",
    Status.NEVER_ARRIVED: "never arrived at the broker",
}


@dataclass(slots=True)
class Told:
    """What the journal tells of an order: units as it was planned, what was filled on which day, and the last edit of it."""

    planned: Decimal = ZERO
    record: int = 0
    fills: tuple[tuple[date, Decimal, int], ...] = ()
    edit: Happened | None = None

    def by(self, day: date) -> Decimal:
        """Units, with their sign, filled up to a day."""
        return sum((units for when, units, _ in self.fills if when <= day), ZERO)


def told_of(history: tuple[Happened, ...]) -> Mapping[str, Told]:
    """By order; fills of slices count for the order that they are slices of."""
    found: dict[str, Told] = defaultdict(Told)
    parents: dict[str, str] = {}
    for one in history:
        event = one.event
        if isinstance(event, OrderPlanned):
            parents[event.ticket.id] = event.ticket.parent
            found[event.ticket.id].planned, found[event.ticket.id].record = event.ticket.units, one.record
        elif isinstance(event, OrderEdited):
            if event.reason in SYSTEM:
                found[event.order].planned = event.units
            else:
                found[event.order].edit = one
        elif isinstance(event, OrderFilled):
            name = event.execution.order
            row = (event.execution.day, event.execution.units, one.record)
            for own in filter(None, (name, parents.get(name, ""))):
                found[own].fills += (row,)
    return found


def traded_in_time(case: Case, logged: Logged) -> Found:
    """The proposals, and those that were not carried out in time. One whose orders may still be filled in time is not due."""
    told = told_of(order_history(case.orders.store, case.account))
    batches = _by_batch(case)
    occasions, violations = set(), []
    for made in case.decided:
        own = batches.get(made.batch, []) if made.batch and made.policy else []
        if not own:
            continue
        due = case.calendar.fill_by(made.when)
        short = _short(case, (made, own), told, logged)
        if short and case.now <= case.calendar.close(due) and any(one.status not in FINAL for one, _ in short):
            continue
        occasions.add(case.occasion(made.when))
        violations += [_violation(case, made.when, one, told[one.id]) for one, _ in short]
    return Found(frozenset(occasions), tuple(violations))


def _by_batch(case: Case) -> dict[str, list[Standing]]:
    """The orders of each proposal; what gave way to another proposal does not count, and slices count with their order."""
    found: dict[str, list[Standing]] = defaultdict(list)
    for one in case.orders.standings(case.account):
        ticket = one.ticket
        if ticket.strategy == MANUAL or ticket.parent or not case.covers(ticket.booked):
            continue
        run = case.orders.run_of(one.id)
        if run is None or run.superseded is None:
            found[ticket.batch].append(one)
    return found


def _short(
    case: Case, proposal: tuple[Made, list[Standing]], told: Mapping[str, Told], logged: Logged
) -> list[tuple[Standing, Decimal]]:
    """The orders of a proposal that were not filled in time, with what that is worth; none where all of it is too small."""
    made, own = proposal
    due, by = case.calendar.fill_by(made.when), case.calendar.close(case.calendar.fill_by(made.when))
    found = []
    with exact():
        for one in own:
            if (one.status is Status.CANCELLED and one.why in INSIDE) or logged.about(one.ticket.instrument, made.when, by):
                continue
            planned, done = told[one.id].planned, one.ticket.units if _cut_at_fill(one, by) else told[one.id].by(due)
            missing = max(ZERO, planned - done if planned > 0 else done - planned) * one.ticket.reference
            if missing:
                found.append((one, missing))
        small = sum((missing for _, missing in found), ZERO) < TOLERANCE * made.nav
    return [] if small else found


def _cut_at_fill(one: Standing, by: np.datetime64) -> bool:
    """Whether an order left in time, and money paid for no more of it: all of it that could be was filled."""
    return unpaid(one) and bool(instant_of(one.sent_at) <= by)


def _violation(case: Case, when: date, one: Standing, told: Told) -> Violation:
    due = case.calendar.fill_by(when)
    name = f"{one.ticket.instrument}: "
    record = these(case.orders.store.session, [one.id])[one.id].record
    late = [row for row in told.fills if row[0] > due]
    edited = told.edit
    if one.status in _WORDS and not late:
        what = f"{_WORDS[one.status]}{f' ({one.why})' if one.why else ''}"
    elif late:
        what, record = f"filled on {late[-1][0]}, due by {due}", late[-1][2]
    elif edited is not None and isinstance(edited.event, OrderEdited) and one.status is Status.FILLED:
        what = f"{_count(told.planned)} made {_count(edited.event.units)} by {edited.author} ({edited.event.reason})"
        record = edited.record
    else:
        what = f"{_count(told.by(due))} of {_count(told.planned)} units filled by {due}, now {one.status.value}"
    return Violation(Duty.TRADES, case.occasion(when), when, name + what, shown(record))


def _count(units: Decimal) -> str:
    return text_of(abs(units))
