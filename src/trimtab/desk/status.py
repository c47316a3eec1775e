"""Do I need to act today? What waits for somebody, account by account, the most urgent first; and what is only to be known.

Nothing is written. What stands in the way is judged as a month would judge it (desk/month.py), so that the two agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

import numpy as np

from trimtab.accounting.database.notes import notes
from trimtab.core.orders import Standing, Status, TradingState
from trimtab.desk.circumstances import day_of_decision, instant_of
from trimtab.desk.cost_alarm import cost_alarm
from trimtab.desk.episodes import awaited, open_orders
from trimtab.desk.errands import FILE
from trimtab.desk.following import followings
from trimtab.desk.month import check, expected, first_code, reviewed
from trimtab.desk.month_steps import Setting, fetching, opening_of
from trimtab.desk.process_notes import INCIDENT
from trimtab.desk.rebalancing import Rebalance
from trimtab.desk.review_calendar import reviews_due
from trimtab.desk.reviewing import Skipped, Wanted
from trimtab.desk.stopped import stopped_words

SOON = timedelta(days=14)
_RANK = {6: 0, 3: 1, 4: 2, 5: 3, 0: 4}


@dataclass(frozen=True, slots=True)
class Item:
    """Something about an account: with a `code`, somebody has to act, and `command` is how; without, it is to be known."""

    account: str
    what: str
    command: str = ""
    code: int = 0

    @property
    def acts(self) -> bool:
        """Whether somebody has to act."""
        return self.code > 0


@dataclass(frozen=True, slots=True)
class DeskStatus:
    """Everything that is to be said today, the most urgent first; `coming` is the next decision date and whose it is."""

    when: np.datetime64
    items: tuple[Item, ...]
    coming: tuple[tuple[np.datetime64, str], ...] = ()
    skipped: tuple[Skipped, ...] = ()

    @property
    def urgent(self) -> tuple[Item, ...]:
        """What somebody has to act on."""
        return tuple(one for one in self.items if one.acts)

    @property
    def exit_code(self) -> int:
        """Of 6, 3, 4, 5 the first that applies; 0 where nobody has to act."""
        return first_code([*(one.code for one in self.items), *(one.exit_code for one in self.skipped)])


def status(setting: Setting, asked: Wanted) -> DeskStatus:
    """What waits, of every account that is asked for."""
    found, faults = reviewed(setting, asked)
    names = [name for _, own in asked.by_policy.values() for name in own]
    items = list(chain.from_iterable(_of_orders(setting, name) for name in names))
    items += [Item(name, str(error), code=error.exit_code) for name, error in faults.items()]
    items += chain.from_iterable(_of_decision(setting, one) for one in found.rebalances)
    items += _of_calendar(setting, names)
    items += chain.from_iterable(_of_record(setting, name) for name in names)
    when = day_of_decision(setting.now)
    ahead = sorted((date, one.name) for one in found.rebalances if (date := expected(setting, one)) > when)
    skipped = tuple(one for one in found.skipped if one.account not in faults)
    return DeskStatus(when, tuple(sorted(items, key=lambda one: _RANK.get(one.code, 3))), tuple(ahead), skipped)


def _of_orders(setting: Setting, name: str) -> Iterator[Item]:
    """Halted, in doubt, waiting for a person, to be sent, at a venue."""
    account = name.partition("/")[0]
    for one in setting.orders.restraints(account):
        lifted = f'trimtab release {account} --reason "WHY"'
        code = 6 if one.state is TradingState.HALTED else 0
        yield Item(name, f"{one.state.value}: {one.why or one.cause.value}", lifted, code)
    found = open_orders(setting.orders, name)
    doubtful = [one for one in found if one.status in (Status.UNKNOWN, Status.INTENT)]
    if doubtful:
        asks = f"trimtab reconcile --broker {setting.broker}"
        yield Item(name, f"nobody knows whether {_counted(doubtful)} arrived", asks, 6)
    for state, words in ((Status.PLANNED, "for approval"), (Status.HELD, "put aside")):
        some = [one for one in found if one.status is state]
        if some:
            batch = some[0].ticket.batch or some[0].id[:8]
            tail = "" if state is Status.PLANNED else " --release"
            verb = "approve" if state is Status.PLANNED else "hold"
            yield Item(name, f"{_counted(some)} {_wait(some)} {words}", f"trimtab orders {verb} {batch}{tail}", 5)
    approved = [one for one in found if one.status is Status.APPROVED]
    if approved:
        yield _to_send(setting, name, approved)
    yield from _at_venues(setting, name, [one for one in found if one.sent_at and one not in doubtful])


def _to_send(setting: Setting, name: str, approved: Sequence[Standing]) -> Item:
    at = opening_of(setting, approved)
    if np.isnat(at) or at > setting.now:
        return Item(name, f"{_counted(approved)} approved; the market takes orders from {str(at)[:16]}Z on")
    return Item(name, f"{_counted(approved)} approved and not sent", f"trimtab month --account {name}", 5)


def _at_venues(setting: Setting, name: str, sent: Sequence[Standing]) -> Iterator[Item]:
    """Orders under way; those of a session that is over are to be asked for."""
    if not sent:
        return
    there = [one for one in sent if one.venue != FILE]
    if len(there) < len(sent):
        command = f"trimtab reconcile FILLS --account {name.partition('/')[0]}"
        yield Item(name, f"{_counted([one for one in sent if one.venue == FILE])} left in a file and not closed", command, 5)
    for one in there[:1]:
        market = setting.judge.accounts(one.ticket.policy).outlook.market
        closed = market.closes_at(np.array([len(market.sessions) - 1]))[0]
        over = closed > instant_of(one.sent_at)
        words = "the session is over" if over else "fills come after the close"
        command = f"trimtab month --account {name}" if over else ""
        yield Item(name, f"{_counted(there)} at {one.venue} since {one.sent_at[:16]}Z: {words}", command, 5 if over else 0)


def _of_decision(setting: Setting, one: Rebalance) -> Iterator[Item]:
    """A decision that is due, data that are missing, a rule in the way, drift."""
    checked = check(setting, one)
    if checked.code:
        yield Item(one.name, f"a decision is due, and data are missing: {checked.said}", fetching(one.outlook.policy), 4)
        return
    if one.outlook.stale:
        yield Item(one.name, checked.said)
    if awaited(setting.orders, [one]) and not open_orders(setting.orders, one.name):
        yield _due(one)
    elif one.trades and not open_orders(setting.orders, one.name):
        yield Item(one.name, f"drift {one.drift:.1%}: left alone until the next decision")
    for over in one.overrides:
        yield Item(one.name, f"override {over.id[:8]} of {over.by} lives until {over.ends}: {over.why}")


def _due(one: Rebalance) -> Item:
    when = one.decision.today.when
    if one.blocked:
        what = f"the decision of {when} is stopped: {stopped_words(one)}"
        return Item(one.name, what, f"trimtab rebalance --account {one.name}", 3)
    what = f"drift {one.drift:.1%}, {one.action}" if one.trades else "nothing will be traded"
    return Item(one.name, f"a decision is due, of {when}: {what}", f"trimtab month --account {one.name}", 5)


def _of_calendar(setting: Setting, names: Sequence[str]) -> Iterator[Item]:
    """Reviews that are due, and what else stands on the calendar within a fortnight."""
    today = setting.by.day
    every = chain.from_iterable(reviews_due(setting.orders.store, name, today) for name in names if _follows(setting, name))
    for one in sorted(set(every), key=lambda entry: (entry.on, entry.place, entry.what)):
        if one.pending(today):
            yield Item(one.place, f"{one.what} on {one.on}", one.do, 5)
        elif one.on <= today + SOON:
            yield Item(one.place, f"{one.on}: {one.what}: {one.do}")


def _follows(setting: Setting, name: str) -> bool:
    return name in followings(setting.orders.store)


def _of_record(setting: Setting, name: str) -> Iterator[Item]:
    """Costs that creep, and data that were missing this month."""
    if words := cost_alarm(setting.orders, name.partition("/")[0]).words:
        yield Item(name, words)
    month = f"{setting.by.day:%Y-%m}"
    for one in notes(setting.orders.store, INCIDENT, name):
        if one.body["month"] == month:
            yield Item(name, f"incident: {one.body['what']}")


def _counted(some: Sequence[object]) -> str:
    return f"{len(some)} order{'' if len(some) == 1 else 's'}"


def _wait(some: Sequence[object]) -> str:
    return "waits" if len(some) == 1 else "wait"
