"""The decisions of an account as the journal has them: what was proposed, what came to nothing, what a rule stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from trimtab.accounting.database.notes import Noted, notes
from trimtab.accounting.database.store import BookStore
from trimtab.core.money import ZERO
from trimtab.desk.due import LOOKED
from trimtab.desk.following_history import recorded_day
from trimtab.desk.past_turnover import KIND

BLOCKED, GATE = "blocked", "gate"


@dataclass(frozen=True, slots=True)
class Made:
    """A decision on the session `when`: record and instant (UTC) of its note, its policy (empty: an order by hand), and
    the label and net asset value of what was proposed.
    """

    place: str
    when: date
    record: int
    recorded: np.datetime64
    policy: str
    batch: str = ""
    nav: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Judged:
    """What the gate said of a decision on the session `when`: rows of rule, source, order, value, limit, outcome."""

    when: date
    record: int
    evaluations: tuple[tuple[str, ...], ...]


def instant(recorded: str) -> np.datetime64:
    """An instant of the journal."""
    return np.datetime64(recorded.removesuffix("Z"), "s")


def decisions_made(book: BookStore, place: str) -> tuple[Made, ...]:
    """Every decision of an account (or sleeve), oldest record first; orders by hand have one each, without a policy."""
    found = [_made(one) for kind in (KIND, LOOKED, BLOCKED) for one in notes(book, kind, place)]
    return tuple(sorted(found, key=lambda one: one.record))


def _made(one: Noted) -> Made:
    body: Mapping[str, Any] = one.body
    nav = Decimal(str(body["nav"])) if "nav" in body else ZERO
    policy = str(body.get("policy", ""))
    return Made(one.place, _when(one), one.record, instant(one.recorded), policy, str(body.get("batch", "")), nav)


def _when(one: Noted) -> date:
    """The session that was decided on; of what was blocked before that was written down, the day of the note."""
    return date.fromisoformat(one.body["when"]) if "when" in one.body else recorded_day(one)


def judged(book: BookStore, place: str) -> Iterator[Judged]:
    """What the gate said of each decision when it was made."""
    sessions = {one.batch: one.when for one in decisions_made(book, place) if one.batch}
    for one in notes(book, GATE, place):
        if (when := sessions.get(str(one.body.get("batch", "")))) is not None:
            yield Judged(when, one.record, _rows(one))
    yield from (Judged(_when(one), one.record, _rows(one)) for one in notes(book, BLOCKED, place))


def _rows(one: Noted) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(map(str, row)) for row in one.body["evaluations"])
