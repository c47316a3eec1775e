"""What an account decided last and what became of it, read from the journal and the orders: a month has no file of its own.

An episode begins with a decision on a date of the schedule and ends when all of its orders are done with. How far it has
come is told by them alone, so that whoever was interrupted goes on where it stood.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

import numpy as np

from trimtab.accounting.database.events import Note
from trimtab.accounting.database.notes import Noted, notes
from trimtab.accounting.database.orders import OrderBook
from trimtab.core.money import exact
from trimtab.core.orders import FINAL, WORKING, Standing, Status
from trimtab.desk.books import Signature
from trimtab.desk.cash_cut import unpaid
from trimtab.desk.due import LOOKED, due
from trimtab.desk.past_turnover import KIND
from trimtab.desk.process_notes import MONTH
from trimtab.desk.rebalancing import Rebalance

STEPS = ("update", "check", "decide", "propose", "approve", "send", "reconcile", "report")
_UNSENT_ENDS = frozenset({Status.DECLINED, Status.CANCELLED})


@dataclass(frozen=True, slots=True)
class Episode:
    """A decision of an account (or sleeve, by `name`) and its orders; `batch` is empty where nothing was to be traded."""

    name: str
    policy: str
    when: date
    batch: str
    orders: tuple[Standing, ...] = ()
    slices: tuple[Standing, ...] = ()  # of orders that were cut: they leave in their place

    @property
    def every(self) -> tuple[Standing, ...]:
        """The orders, and the slices of those that were cut."""
        return (*self.orders, *self.slices)

    @property
    def month(self) -> str:
        """The calendar month of the decision."""
        return f"{self.when:%Y-%m}"

    def of(self, *statuses: Status) -> tuple[Standing, ...]:
        """The orders of these statuses."""
        return tuple(one for one in self.orders if one.status in statuses)

    @property
    def working(self) -> tuple[Standing, ...]:
        """The orders that a venue may have."""
        return tuple(one for one in self.every if one.status in WORKING)

    @property
    def over(self) -> bool:
        """Whether nothing of it is left to do."""
        return all(one.status in FINAL for one in self.orders)

    @property
    def reached(self) -> Mapping[str, str]:
        """What is said of every step that is behind it, in order. A step is behind once nothing waits for it any more."""
        if not self.batch:
            return {"decide": f"decided on {self.when}", "propose": "nothing was to be traded"}
        found = {"decide": f"decided on {self.when}", "propose": f"{_counted(self.orders)} as {self.batch}"}
        if not self.of(Status.PLANNED, Status.HELD):
            found["approve"] = _approved(self.orders)
            if not self.of(Status.APPROVED):
                found["send"] = _sent(self.every)
                if self.over:
                    found["reconcile"] = _ended(self.every)
        return found


def last_episode(orders: OrderBook, name: str) -> Episode | None:
    """The last decision of an account or a sleeve; None where it never made one."""
    found = episodes(orders, name)
    return found[-1] if found else None


def episodes(orders: OrderBook, name: str) -> tuple[Episode, ...]:
    """Every decision of an account or a sleeve, oldest first, each day's once: the last word of it."""
    said: dict[date, tuple[int, str, str]] = {}
    for kind in (KIND, LOOKED):
        for one in (note for note in notes(orders.store, kind, name) if "policy" in note.body):  # not of orders by hand
            when = date.fromisoformat(str(one.body["when"])[:10])
            if when not in said or said[when][0] < one.record:
                said[when] = (one.record, str(one.body["policy"]), str(one.body.get("batch", "")))
    own = [one for one in orders.standings(name.partition("/")[0]) if not one.ticket.parts and _covers(name, one)]
    days = sorted(said)
    found = []
    for k, when in enumerate(days):
        until = days[k + 1] if k + 1 < len(days) else date.max
        _, policy, batch = said[when]
        inside = [one for one in own if when <= one.ticket.as_of < until and not _superseded(one)]
        some = tuple(one for one in inside if not one.ticket.parent)
        cut = tuple(one for one in inside if one.ticket.parent)
        found.append(Episode(name, policy, when, batch or (some[-1].ticket.batch if some else ""), some, cut))
    return tuple(found)


def awaited(orders: OrderBook, found: Sequence[Rebalance]) -> tuple[Rebalance, ...]:
    """Those of the rebalances whose account has not decided under the policy on the last date of its schedule.

    A decision that a rule stopped, or that lacked data, is awaited still.
    """
    return tuple(one for one in due(orders, found) if not _made(orders, one))


def _made(orders: OrderBook, one: Rebalance) -> bool:
    last = last_episode(orders, one.name)
    if last is None or last.policy != one.outlook.policy.sha256:
        return False
    return bool(np.datetime64(last.when) >= one.outlook.scheduled)


def open_orders(orders: OrderBook, name: str) -> tuple[Standing, ...]:
    """The orders of an account or a sleeve that are not done with; members, not the blocks that hold them."""
    every = orders.standings(name.partition("/")[0])
    return tuple(one for one in every if one.status not in FINAL and not one.ticket.parts and _covers(name, one))


def _covers(name: str, one: Standing) -> bool:
    return name in (one.ticket.account, one.ticket.booked)


def _superseded(one: Standing) -> bool:
    """Whether it was taken back before anybody approved it: another proposal stands in its place."""
    return one.status is Status.CANCELLED and not one.approved_by and not one.sent_at


def month_notes(orders: OrderBook, name: str) -> tuple[Noted, ...]:
    """The notes of the months of an account or a sleeve."""
    return notes(orders.store, MONTH, name)


def reported(orders: OrderBook, episode: Episode) -> bool:
    """Whether its report was written."""
    return any(one.body["step"] == "report" and _same(one, episode) for one in month_notes(orders, episode.name))


def note_steps(orders: OrderBook, episode: Episode, said: Mapping[str, str], by: Signature) -> None:
    """Write down the steps that are behind an episode, each once."""
    known = {one.body["step"] for one in month_notes(orders, episode.name) if _same(one, episode)}
    shared = {"month": episode.month, "policy": episode.policy, "when": str(episode.when), "outcome": "done"}
    new = {step: text for step, text in said.items() if step not in known}
    events = [Note(MONTH, shared | {"step": step, "said": text}, episode.name) for step, text in new.items()]
    if events:
        orders.store.append(events, recorded=by.at, author=by.author)


def _same(one: Noted, episode: Episode) -> bool:
    return bool(one.body.get("when") == str(episode.when) and one.body["policy"] == episode.policy)


def _counted(some: Sequence[Standing]) -> str:
    return f"{len(some)} order{'' if len(some) == 1 else 's'}"


def _approved(some: Sequence[Standing]) -> str:
    yes = [one for one in some if one.approved_by]
    names = ", ".join(sorted({one.approved_by for one in yes}))
    no = len(some) - len(yes)
    parts = [f"{_counted(yes)} approved by {names}"] if yes else []
    return "; ".join([*parts, f"{no} turned down"] if no else parts) or "nothing is left of it"


def _sent(some: Sequence[Standing]) -> str:
    gone = [one for one in some if one.sent_at]
    venues = ", ".join(sorted({one.venue for one in gone}))
    return f"{_counted(gone)} sent to {venues}" if gone else "nothing was sent"


def _ended(some: Sequence[Standing]) -> str:
    return came_of([one for one in some if not (one.status in _UNSENT_ENDS and not one.sent_at)]) or "nothing had left"


def came_of(some: Sequence[Standing]) -> str:
    """How many orders were filled, expired and so on; of those that money paid for no more, how much was filled."""
    short = [one for one in some if unpaid(one)]
    words = [one.status.value for one in some if not unpaid(one)]
    counted = [f"{words.count(word)} {word}" for word in dict.fromkeys(words)]
    return ", ".join([*counted, *(f"{_share(one)} of {one.ticket.instrument} filled, no cash for more" for one in short)])


def _share(one: Standing) -> str:
    """What part of an order was filled, rounded down: never all of it."""
    with exact():
        share = (one.filled / one.ticket.units).quantize(Decimal("0.001"), ROUND_DOWN)
    return f"{share:.1%}"
