"""From a rebalance to a proposal in the book of record: the run is claimed and its orders are planned in one transaction.

A repeat answers with the run that stands; nothing is planned twice. What the gate blocks is written down and not planned.
The policy is kept in the journal with the first run under it, so that what was decided can be judged again by its own rules.
"""

from __future__ import annotations

from collections import defaultdict
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
from trimtab.core.orders import MANUAL, WAITING, WORKING, Standing
from trimtab.desk.books import Signature
from trimtab.desk.following import require_followed
from trimtab.desk.override_words import put_note, traded_record
from trimtab.desk.past_turnover import KIND
from trimtab.desk.policy import Policy
from trimtab.desk.rebalancing import Rebalance
from trimtab.desk.record import decision_record
from trimtab.desk.tickets import Asking, run_key, tickets_of
from trimtab.desk.trial_code import code_of


class Fate(Enum):
    """What became of a rebalance that was to be proposed."""

    PROPOSED = "proposed"
    STANDING = "standing"  # the run was proposed before: its orders are shown
    NOTHING = "nothing to do"
    BLOCKED = "blocked"
    UNDECIDED = "undecided"  # stale data, or nothing can be decided
    BUSY = "orders work, or wait since another day"
    LATE = "traded since"  # the book has fills of later days than the one that was decided on


@dataclass(frozen=True, slots=True)
class Proposed:
    """A rebalance and what became of it; `orders` are those of its run, `batch` their label."""

    rebalance: Rebalance
    fate: Fate
    batch: str = ""
    run: Run | None = None
    orders: tuple[Standing, ...] = ()
    ahead: tuple[Standing, ...] = ()  # of another day or policy, which it waits for

    @property
    def exit_code(self) -> int:
        """6 where the account is halted, 3 where a rule blocks, 4 where nothing can be decided, 5 where orders wait, else 0."""
        if self.fate in (Fate.BLOCKED, Fate.UNDECIDED, Fate.LATE):
            return self.rebalance.exit_code
        waits = {Fate.PROPOSED: True, Fate.STANDING: bool(self.waiting), Fate.BUSY: True}
        return 5 if waits.get(self.fate, False) else 0

    @property
    def waiting(self) -> tuple[Standing, ...]:
        """The orders that a person has still to decide on, or to send."""
        return tuple(one for one in self.orders if one.status.value in ("planned", "held", "approved"))


_Fated = tuple[Fate | None, tuple[Standing, ...]]


def propose_all(
    orders: OrderBook, found: Sequence[Rebalance], by: Signature, *, claimant: str, supersede: str = ""
) -> tuple[Proposed, ...]:
    """Propose what is to be traded, account by account, under one label; with a reason to `supersede`, standing runs give way.

    Where an order works, or one of another day still waits, nothing is proposed; with a reason, what waits is cancelled.
    Raises UsageError where an account follows another policy.
    """
    if not found:
        return ()
    require_followed(orders.store, {one.name: one.outlook.policy for one in found})
    keep_policies(orders.store, {one.outlook.policy.sha256: one.outlook.policy for one in found}, by)
    fates = _fates(orders, found, supersede)
    due = [one for one, (fate, _) in zip(found, fates, strict=True) if fate is None]
    done = iter(_planned(orders, due, by, claimant=claimant, supersede=supersede))
    made = tuple(
        next(done) if fate is None else Proposed(one, fate, ahead=before)
        for one, (fate, before) in zip(found, fates, strict=True)
    )
    _keep(orders.store, [one for one in made if one.fate is Fate.BLOCKED], by)
    return made


def _planned(
    orders: OrderBook, due: Sequence[Rebalance], by: Signature, *, claimant: str, supersede: str
) -> tuple[Proposed, ...]:
    """Plan them all in one transaction, under one label; runs that stand are answered with."""
    runs = [(one, standing_run(orders, run_key(one))) for one in due]
    if supersede:
        for one, run in runs:
            _give_way(orders, one, run, supersede)
        runs = [(one, None) for one in due]
    fresh = [one for one, run in runs if run is None]
    asking = Asking(by, orders.new_batch(max(run_key(one).as_of for one in fresh)) if fresh else "")
    _list(orders.store, fresh, by)
    policies = {one.outlook.policy.sha256: one.outlook.policy for one in fresh}
    codes = {sha256: code_of(policy) for sha256, policy in policies.items()}
    plans = [_plan(one, run_key(one), asking, codes[one.outlook.policy.sha256]) for one in fresh]
    planned = iter(orders.plan_many(plans, claimant=claimant) if plans else ())
    done = (next(planned) if run is None else Planned(run, False, orders.of_run(run)) for _, run in runs)
    return tuple(_proposed(one, made, asking) for (one, _), made in zip(runs, done, strict=True))


def _give_way(orders: OrderBook, found: Rebalance, run: Run | None, why: str) -> None:
    """Supersede the run that stands, and cancel what waits of other days."""
    if run is not None:
        orders.supersede(run, why)
    waiting = [one.id for one in orders.standings(found.account.id, WAITING) if _concerns(one, found)]
    if waiting:
        orders.cancel_waiting(waiting, why)


def _plan(found: Rebalance, key: RunKey, asking: Asking, own_code: Mapping[str, str]) -> Plan:
    notes_of = (
        Note(KIND, noted_of(found, asking.batch, own_code), found.name),
        Note("gate", gate_note(found, asking.batch), found.name),
        Note("record", _record(found) | {"batch": asking.batch}, found.name),
    )
    return Plan(key, lambda generation: tickets_of(found, generation, asking), notes_of)


def _record(found: Rebalance) -> dict[str, Any]:
    """What the model said, bit for bit; and beside it, where overrides live, what is traded."""
    policy = found.outlook.policy
    record = decision_record(policy, found.decision)
    return record if found.applied is None else record | {"traded": traded_record(policy, found.applied)}


def _proposed(found: Rebalance, done: Planned, asking: Asking) -> Proposed:
    batch = done.standings[0].ticket.batch if done.standings else asking.batch
    return Proposed(found, Fate.PROPOSED if done.new else Fate.STANDING, batch, done.run, done.standings)


def _fates(orders: OrderBook, found: Sequence[Rebalance], supersede: str) -> list[_Fated]:
    """What becomes of each without planning anything; None: it is to be planned."""
    under_way: dict[str, list[Standing]] = defaultdict(list)
    for one in orders.standings("", WORKING | WAITING):
        under_way[one.ticket.account].append(one)
    fates = [_fate(one, under_way[one.account.id], supersede) for one in found]
    return [(Fate.LATE, ()) if fate is None and _late(orders, one, supersede) else (fate, before)
            for one, (fate, before) in zip(found, fates, strict=True)]  # fmt: skip


def _late(orders: OrderBook, found: Rebalance, supersede: str) -> bool:
    """Whether it would be planned on a book that lacks fills: what was traded since would be traded once more."""
    return found.later is not None and (bool(supersede) or standing_run(orders, run_key(found)) is None)


def _fate(found: Rebalance, under_way: Sequence[Standing], supersede: str) -> _Fated:
    if found.traded.refused or found.outlook.stale:
        return Fate.UNDECIDED, ()
    if not found.trades:
        return Fate.NOTHING, ()
    if found.blocked:
        return Fate.BLOCKED, ()
    as_of, policy = run_key(found).as_of, found.outlook.policy.sha256
    ahead = []
    for one in under_way:
        same = one.ticket.as_of == as_of and one.ticket.policy == policy and one.ticket.strategy != MANUAL
        firm = one.status in WORKING or bool(one.ticket.block)  # nobody takes it back by proposing
        if _concerns(one, found) and (firm if supersede else not same):
            ahead.append(one)
    return (Fate.BUSY if ahead else None), tuple(ahead)


def _concerns(one: Standing, found: Rebalance) -> bool:
    """Whether an order trades in the account, or the sleeve, of a rebalance; those that persons wrote wait for persons."""
    return found.covers(one.ticket.booked) and not (one.status in WAITING and one.ticket.strategy == MANUAL)


def standing_run(orders: OrderBook, key: RunKey) -> Run | None:
    """The run of a key that stands, if any."""
    runs = orders.store.runs(key)
    return runs[-1] if runs and runs[-1].superseded is None else None


def noted_of(found: Rebalance, batch: str, own_code: Mapping[str, str]) -> dict[str, Any]:
    """What later decisions ask of this one: its value, what repaired a breach, and the units planned there, by instrument.

    `own_code` is the code of the policy's owner's that decided: only that which was committed to has its orders leave.
    """
    pairs = zip(found.instruments, (found.traded.reach.base - found.book.held).tolist(), strict=True)
    mended = {name: weight for name, weight in pairs if weight and np.isfinite(weight)}
    units = {found.instruments[order.asset]: float(order.units) for order in found.traded.orders}
    return {
        "batch": batch,
        "policy": found.outlook.policy.sha256,
        "own_code": dict(own_code),
        "when": str(found.decision.today.when),
        "nav": float(found.book.nav),
        "funded": found.book.funded,
        "mended": mended,
        "planned": {name: count for name, count in units.items() if name in mended},
    } | ({} if found.applied is None else {"overrides": put_note(found.outlook.policy, found.applied, found.instruments)})


def gate_note(found: Rebalance, batch: str) -> dict[str, Any]:
    """Every evaluation of the gate, as the journal keeps it."""
    return {"batch": batch, "evaluations": [evaluation_row(one) for one in found.judgement.evaluations]}


def evaluation_row(one: Evaluation) -> list[str]:
    """Rule, source, order, value, limit, outcome."""
    return [one.rule, one.source, one.on, one.value, one.limit, one.outcome.value]


def _keep(book: BookStore, blocked: Iterable[Proposed], by: Signature) -> None:
    """What was blocked, and by which rule, is written down."""
    events = [Note("blocked", gate_note(one.rebalance, "") | _decided(one.rebalance), one.rebalance.name) for one in blocked]
    if events:
        book.append(events, recorded=by.at, author=by.author)


def _decided(found: Rebalance) -> dict[str, str]:
    """Under which policy, and on which session."""
    return {"policy": found.outlook.policy.sha256, "when": str(found.decision.today.when)}


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
