"""Decisions on time: one for every scheduled date, recorded before the first session after it had ended.

What came to nothing counts, and what a rule stopped: both were looked at. A decision for another session does not.
"""

from __future__ import annotations

from datetime import date

from trimtab.accounting.database.notes import notes
from trimtab.desk.decisions_made import Made, instant
from trimtab.desk.duties import Case, Found, shown
from trimtab.desk.process_notes import INCIDENT
from trimtab.governance.adherence import Duty, Violation

NOWHERE = "no decision in the journal"


def decided_in_time(case: Case) -> Found:
    """The scheduled decision dates, and those on which nothing was decided in time. What may still be decided is not due."""
    own: dict[date, Made] = {}
    for one in case.made:
        if one.policy == case.stretch.sha256:
            own[one.when] = min(own.get(one.when, one), one, key=lambda made: (made.recorded, made.record))
    occasions, violations = set(), []
    for when in case.calendar.due(case.first, case.last):
        made, by = own.get(when), case.calendar.decide_by(when)
        kept = made is not None and made.recorded <= by
        if not kept and case.now <= by:
            continue
        occasions.add(case.occasion(when))
        if not kept:
            violations.append(_missed(case, when, made))
    return Found(frozenset(occasions), tuple(violations))


def _missed(case: Case, when: date, made: Made | None) -> Violation:
    what, evidence = f"decision of {when} was not made: {_trouble(case, when)}", NOWHERE
    if made is None and (later := _later(case, when)) is not None:
        what, evidence = f"{what}; the next one was for {later.when}", shown(later.record)
    if made is not None:
        what = f"decision of {when} was made at {_text(made.recorded)}, due by {_text(case.calendar.decide_by(when))}"
        evidence = shown(made.record)
    return Violation(Duty.SIGNALS, case.occasion(when), when, what, evidence)


def _later(case: Case, when: date) -> Made | None:
    """The decision that came in place of one that was missed, before the next scheduled one."""
    following = case.calendar.following(when)
    found = [one for one in case.made if one.policy == case.stretch.sha256 and when < one.when < following]
    return min(found, key=lambda one: (one.recorded, one.record), default=None)


def _trouble(case: Case, when: date) -> str:
    """What was wrong with the data in those days, if anybody wrote it down."""
    begin, end = case.calendar.close(when), case.calendar.decide_by(when)
    said = [
        f"{one.body.get('what', 'data')} (journal {one.record})"
        for one in notes(case.orders.store, INCIDENT)
        if one.place in ("", case.place, case.account) and begin <= instant(one.recorded) <= end
    ]
    return said[-1] if said else "nobody looked"


def _text(at: object) -> str:
    return f"{str(at)[:16].replace('T', ' ')} UTC"
