"""Runs: who may begin the run of a key, and which generation it is."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from trimtab.accounting.database import schema
from trimtab.accounting.database.columns import selected
from trimtab.accounting.database.events import RunClaimed, RunKey
from trimtab.accounting.database.projection import due, generations
from trimtab.accounting.database.session import Row, Session


class Run(NamedTuple):
    """A claimed run; `superseded` is the record that says it does not count any more, and `reason` why."""

    key: RunKey
    generation: int
    record: int
    claimant: str = ""
    superseded: int | None = None
    reason: str = ""

    @property
    def name(self) -> str:
        """The key with its generation as one text, out of which the ids of its orders are made (core.orders.client_id)."""
        return run_name(self.key, self.generation)


def run_name(key: RunKey, generation: int) -> str:
    """The same before there is a run."""
    return f"{key.account}|{key.as_of.isoformat()}|{key.policy}|{generation}"


class Claim(NamedTuple):
    """The run of a key, and whether this claim made it; if not, somebody else has it."""

    run: Run
    new: bool


def claim_of(session: Session, key: RunKey, claimant: str) -> tuple[Run, RunClaimed | None]:
    """Inside a writing transaction: the run that stands, or the one that is to be claimed with the event that claims it."""
    rows = generations(session, key)
    generation = due(rows)
    if generation is None:
        return run_in(rows[-1]), None
    return Run(key, generation, -1, claimant), RunClaimed(key, generation, claimant)


def run_at(session: Session, record: int | None) -> Run | None:
    """The run that this record claimed."""
    rows = selected(session, schema.RUNS, "WHERE record = ?", (record,)) if record is not None else []
    return run_in(rows[0]) if rows else None


def run_in(row: Row) -> Run:
    """The run that a row keeps."""
    account, as_of, policy, generation, record, claimant, superseded, reason = row
    return Run(RunKey(account, date.fromisoformat(as_of), policy), generation, record, claimant, superseded, reason)
