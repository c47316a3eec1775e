"""From a rebalance to a proposal in the book of record: the run is claimed and its orders are planned in one transaction.

A repeat answers with the run that stands; nothing is planned twice. What the gate blocks is written down and not planned.
The policy is kept in the journal with the first run under it, so that what was decided can be judged again by its own rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from trimtab.accounting.database.events import InstrumentListed, Note, RunKey
from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.planning import Plan, Planned
from trimtab.accounting.database.runs import Run
from trimtab.accounting.database.store import BookStore
from trimtab.core.controls import Evaluation
from trimtab.core.errors import UsageError
from trimtab.core.households import Instrument
from trimtab.core.orders import WORKING, Standing
from trimtab.desk.books import Signature
from trimtab.desk.past_turnover import KIND
from trimtab.desk.policy import Policy
from trimtab.desk.rebalancing import Rebalance
from trimtab.desk.record import decision_record
from trimtab.desk.tickets import Asking, run_key, tickets_of


class Fate(Enum):
    """What became of a rebalance that was to be proposed."""

    PROPOSED = "proposed"
    STANDING = "standing"  # the run was proposed before: its orders are shown
    NOTHING = "nothing to do"
    BLOCKED = "blocked"
    UNDECIDED = "undecided"  # stale data, or nothing can be decided
    BUSY = "orders are working"


@dataclass(frozen=True, slots=True)
class Proposed:
    """A rebalance and what became of it; `orders` are those of its run, `batch` their label."""

    rebalance: Rebalance
    fate: Fate
    batch: str = ""
    run: Run | None = None
    orders: tuple[Standing, ...] = ()

    @property
    def exit_code(self) -> int:
        """3 where a rule blocks, 4 where nothing can be decided, 5 where orders wait for a person, else 0."""
        codes = {Fate.PROPOSED: 5, Fate.STANDING: 5 if self.waiting else 0, Fate.BLOCKED: 3, Fate.UNDECIDED: 4, Fate.BUSY: 5}
        return codes.get(self.fate, 0)

    @property
    def waiting(self) -> tuple[Standing, ...]:
        """The orders that a person has still to decide on, or to send."""
        return tuple(one for one in self.orders if one.status.value in ("planned", "held", "approved"))


def propose_all(
    orders: OrderBook, found: Sequence[Rebalance], by: Signature, *, claimant: str, supersede: str = ""
) -> tuple[Proposed, ...]:
    """Propose what is to be traded, account by account, under one label; with a reason to `supersede`, standing runs give way.

    Raises DataError where an order that works stands in the way of superseding.
    """
    if not found:
        return ()
    keep_policies(orders.store, {one.outlook.policy.sha256: one.outlook.policy for one in found}, by)
    fates = [_fate(orders, one) for one in found]
    due = [one for one, fate in zip(found, fates, strict=True) if fate is None]
    done = iter(_planned(orders, due, by, claimant=claimant, supersede=supersede))
    made = tuple(next(done) if fate is None else Proposed(one, fate) for one, fate in zip(found, fates, strict=True))
    _keep(orders.store, [one for one in made if one.fate is Fate.BLOCKED], by)
    return made


def _planned(
    orders: OrderBook, due: Sequence[Rebalance], by: Signature, *, claimant: str, supersede: str
) -> tuple[Proposed, ...]:
    """Plan them all in one transaction, under one label."""
    if not due:
        return ()
    keys = [run_key(one) for one in due]
    for key in keys if supersede else ():
        if (standing := _standing(orders, key)) is not None:
            orders.supersede(standing, supersede)
    _list(orders.store, due, by)
    asking = Asking(by, orders.new_batch(max(key.as_of for key in keys)))
    plans = [_plan(one, key, asking) for one, key in zip(due, keys, strict=True)]
    pairs = zip(due, orders.plan_many(plans, claimant=claimant), strict=True)
    return tuple(_proposed(one, planned, asking) for one, planned in pairs)


def _plan(found: Rebalance, key: RunKey, asking: Asking) -> Plan:
    notes_of = (
        Note(KIND, noted_of(found, asking.batch), found.name),
        Note("gate", gate_note(found, asking.batch), found.name),
        Note("record", decision_record(found.outlook.policy, found.decision) | {"batch": asking.batch}, found.name),
    )
    return Plan(key, lambda generation: tickets_of(found, generation, asking), notes_of)


def _proposed(found: Rebalance, done: Planned, asking: Asking) -> Proposed:
    batch = done.standings[0].ticket.batch if done.standings else asking.batch
    return Proposed(found, Fate.PROPOSED if done.new else Fate.STANDING, batch, done.run, done.standings)


def _fate(orders: OrderBook, found: Rebalance) -> Fate | None:
    """What becomes of it without planning anything; None: it is to be planned."""
    if found.decision.refused or found.outlook.stale:
        return Fate.UNDECIDED
    if not found.trades:
        return Fate.NOTHING
    if found.blocked:
        return Fate.BLOCKED
    working = orders.standings(found.account.id, WORKING)
    own = run_key(found)
    if any(one.ticket.as_of != own.as_of or one.ticket.policy != own.policy for one in working):
        return Fate.BUSY
    return None


def _standing(orders: OrderBook, key: RunKey) -> Run | None:
    runs = orders.store.runs(key)
    return runs[-1] if runs and runs[-1].superseded is None else None


def noted_of(found: Rebalance, batch: str) -> dict[str, Any]:
    """What later decisions ask of this one: its value, and what repaired a breach, by instrument."""
    mended = found.decision.reach.base - found.book.held
    pairs = zip(found.instruments, mended.tolist(), strict=True)
    return {
        "batch": batch,
        "when": str(found.decision.today.when),
        "nav": float(found.book.nav),
        "funded": found.book.funded,
        "mended": {name: weight for name, weight in pairs if weight and np.isfinite(weight)},
    }


def gate_note(found: Rebalance, batch: str) -> dict[str, Any]:
    """Every evaluation of the gate, as the journal keeps it."""
    return {"batch": batch, "evaluations": [evaluation_row(one) for one in found.judgement.evaluations]}


def evaluation_row(one: Evaluation) -> list[str]:
    """Rule, source, order, value, limit, outcome."""
    return [one.rule, one.source, one.on, one.value, one.limit, one.outcome.value]


def _keep(book: BookStore, blocked: Iterable[Proposed], by: Signature) -> None:
    """What was blocked, and by which rule, is written down."""
    events = [Note("blocked", gate_note(one.rebalance, ""), one.rebalance.name) for one in blocked]
    if events:
        book.append(events, recorded=by.at, author=by.author)


def _list(book: BookStore, due: Sequence[Rebalance], by: Signature) -> None:
    """List what the accounts are to hold and the book does not know yet."""
    known = {one.id for one in book.instruments()}
    new = {one.instruments[trade.asset]: one.account.currency for one in due for trade in one.trades}
    events = [InstrumentListed(Instrument(name, currency=code)) for name, code in sorted(new.items()) if name not in known]
    if events:
        book.append(events, recorded=by.at, author=by.author)


def keep_policies(book: BookStore, policies: Mapping[str, Policy], by: Signature) -> None:
    """Keep policies in the journal, each once."""
    kept = {one.body["sha256"] for one in notes(book, "policy")}
    events = [Note("policy", policy_note(policy)) for sha, policy in sorted(policies.items()) if sha not in kept]
    if events:
        book.append(events, recorded=by.at, author=by.author)


def policy_note(policy: Policy) -> dict[str, Any]:
    """A policy as the journal keeps it: its own text, and where its relative names start."""
    identity = policy.identity
    return {"sha256": policy.sha256, "name": policy.name, "source": identity.source, "folder": identity.folder}


def kept_policy(book: BookStore, sha256: str) -> Mapping[str, Any]:
    """The note of the policy with this hash. Raises UsageError where the journal has none."""
    for one in reversed(notes(book, "policy")):
        if one.body["sha256"] == sha256:
            return dict(one.body)
    raise UsageError(f"the journal has no policy {sha256[:12]}", remedy="Propose again: trimtab decide --all.")
