"""An order that a person writes by hand: planned like any other, judged by the rules of the policy that the account follows.

Its run key is made of its own words, so that a second click finds the first order instead of making another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from functools import partial

import numpy as np

from trimtab.accounting.database.events import InstrumentListed, Note, RunKey
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.planning import Planned
from trimtab.accounting.database.runs import run_name
from trimtab.core.controls import Line, Outcome
from trimtab.core.errors import BreachError, UsageError
from trimtab.core.households import Instrument
from trimtab.core.money import ZERO, decimal_of, exact, text_of
from trimtab.core.orders import MANUAL, WORKING, OrderKind, Standing, Ticket, TimeInForce, client_id
from trimtab.data.market import Market
from trimtab.desk.asked_accounts import Accounts
from trimtab.desk.books import Signature
from trimtab.desk.circumstances import at_planning, text_of_instant
from trimtab.desk.following import require_followed
from trimtab.desk.gates import gate_of
from trimtab.desk.hand_bounds import ByHand, require_bounds
from trimtab.desk.held_in_places import held_in, require_held, unfinished
from trimtab.desk.judging import numbers_of
from trimtab.desk.outlook import Outlook, outlook
from trimtab.desk.past_turnover import KIND
from trimtab.desk.policy import Policy
from trimtab.desk.proposing import evaluation_row, keep_policies, standing_run
from trimtab.desk.rebalancing import Asked
from trimtab.desk.version import code_version
from trimtab.desk.working import book_under_way
from trimtab.execution.gate import Batch, Judgement


@dataclass(frozen=True, slots=True)
class Written:
    """What a person wants: units (above zero buy) of an instrument in an account, how, and why."""

    account: str
    instrument: str
    units: Decimal
    reason: str
    kind: OrderKind = OrderKind.MARKET
    limit: Decimal = ZERO
    tif: TimeInForce = TimeInForce.DAY

    @property
    def digest(self) -> str:
        """SHA-256 of its words: the same order written twice is one."""
        parts = (self.account, self.instrument, f"{self.units.normalize():f}", self.kind.value, f"{self.limit.normalize():f}")
        return hashlib.sha256("|".join((*parts, self.tif.value, self.reason)).encode()).hexdigest()


def write_order(
    orders: OrderBook, written: Written, policy: Policy, load: Callable[[Policy], Market], by: Signature, *, claimant: str
) -> Planned:
    """Plan an order by hand. Raises UsageError for what is no order or a policy not followed, and what the gate raises."""
    _require(written)
    require_followed(orders.store, {written.account: policy})
    said = outlook(policy, load(policy), by.at.astype("datetime64[D]"))
    accounts = Accounts(said, orders.store)
    draft = _draft(written, accounts)
    key = RunKey(draft.asked.account.id, by.day, written.digest)
    if (run := standing_run(orders, key)) is not None:
        return Planned(run, False, orders.of_run(run))
    ticket = _ticket(draft, said, by)
    require_steps(policy, written.instrument, written.units, held_in(orders.store, ticket.booked, written.instrument))
    within = partial(require_bounds, orders.store, policy, _by_hand(draft), by)
    within()
    judgement = _judged(orders, draft, accounts, by)
    require_held(orders, [Standing(ticket)], unfinished(orders, ticket.account), "Nothing was written.")
    keep_policies(orders.store, {policy.sha256: policy}, by)
    _list(orders, draft, by)
    label = orders.new_batch(by.day)
    warned = tuple(one.rule for one in judgement.evaluations if one.outcome is Outcome.WARN)
    bare = replace(ticket, batch=label, warnings=warned)

    def tickets(generation: int) -> list[Ticket]:
        within()  # once more, in the transaction that writes it: others have written meanwhile
        return [replace(bare, id=client_id(run_name(key, generation), 0))]

    return orders.plan(key, tickets, claimant=claimant, notes=_notes(draft, judgement, (label, by)))


@dataclass(frozen=True, slots=True)
class _Draft:
    """An order by hand with the account it is for, the number of its asset, and the price that it is sized by."""

    written: Written
    asked: Asked
    policy: Policy
    asset: int
    price: Decimal


def _draft(written: Written, accounts: Accounts) -> _Draft:
    said, asked = accounts.outlook, accounts.asked(written.account)
    numbers = numbers_of(accounts)
    asset = numbers.get(written.instrument)
    if asset is None:
        what = f"{written.instrument} is not in the policy {said.policy.name}"
        raise UsageError(what, remedy=f"It has: {', '.join(sorted(numbers))}.")
    last = float(said.prices[asset])
    price = _price(last, written.instrument) if last > 0.0 or not written.limit else written.limit
    return _Draft(written, asked, said.policy, asset, price)


def _by_hand(draft: _Draft) -> ByHand:
    """The order as the override that it is."""
    written, asked = draft.written, draft.asked
    return ByHand(asked.scope.name, written.instrument, written.units, draft.price, asked.book.nav)


def _judged(orders: OrderBook, draft: _Draft, accounts: Accounts, by: Signature) -> Judgement:
    """What the gate says. Raises what it raises where it stops the order."""
    account = draft.asked.account.id
    book = book_under_way(accounts, draft.asked, orders.standings(account, WORKING), numbers_of(accounts), frozenset())
    written = draft.written
    notional = abs(written.units * draft.price)
    line = Line(MANUAL, draft.asset, written.units, draft.price, notional, written.limit, written.kind)
    batch = Batch.after([line], book)
    now = replace(at_planning(accounts.outlook, book.nav, orders.state(account), by.at), cutoff=by.at, now=by.at)
    gate = gate_of(draft.policy)
    found = gate.judge(batch, now)
    if found.blocked:
        refuse(found, "Nothing was written.")
        gate.stamp(batch, now=now)
        raise BreachError(found.blocks[0].words, remedy="Nothing was written.")
    return found


def refuse(found: Judgement, remedy: str) -> None:
    """Raises BreachError where more is sold than is held, or bought than is paid for: in units or money, not as a weight."""
    for one in found.blocks:
        if one.rule in ("held", "cash"):
            units = [f"{Decimal(text).normalize():,f}" for text in (one.value, one.limit)] if one.rule == "held" else []
            amount = f": {' of '.join(units)}" if units else ""
            raise BreachError(f"{one.words}{amount}", remedy=remedy)


def _list(orders: OrderBook, draft: _Draft, by: Signature) -> None:
    """List the instrument, where the book does not know it yet."""
    name = draft.written.instrument
    if name not in {one.id for one in orders.store.instruments()}:
        listed = Instrument(name, currency=draft.asked.account.currency)
        orders.store.append([InstrumentListed(listed)], recorded=by.at, author=by.author)


def _ticket(draft: _Draft, said: Outlook, by: Signature) -> Ticket:
    """The ticket, but for its id, its label and its warnings."""
    written, asked, policy = draft.written, draft.asked, draft.policy
    with exact():
        cost = policy.costs.ticket(-written.units * draft.price, draft.asset, asked.book.dealing)
        estimate = policy.currency.round(cost)
    return Ticket(
        id=MANUAL,
        account=asked.account.id,
        instrument=written.instrument,
        units=written.units,
        reference=draft.price,
        place="" if asked.scope.name == asked.account.id else asked.scope.name,
        kind=written.kind,
        limit=written.limit,
        tif=written.tif,
        currency=asked.account.currency,
        as_of=by.day,
        policy=policy.sha256,
        strategy=MANUAL,
        code=code_version(),
        known=text_of_instant(min(said.today.known, by.at)),
        cutoff=text_of_instant(by.at),
        reason=written.reason,
        by=by.author,
        estimate=estimate,
        four_eyes=policy.approval.four_eyes,
    )


def _notes(draft: _Draft, judgement: Judgement, made: tuple[str, Signature]) -> tuple[Note, Note]:
    label, by = made
    book, place = draft.asked.book, draft.asked.scope.name
    decided = {"batch": label, "when": str(by.day), "nav": float(book.nav), "funded": book.funded, "mended": {}}
    rows = [evaluation_row(one) for one in judgement.evaluations]
    return Note(KIND, decided, place), Note("gate", {"batch": label, "evaluations": rows}, place)


def _require(written: Written) -> None:
    if not written.units or not written.units.is_finite():
        raise UsageError(f"an order of {written.units} units trades nothing", remedy="Write 40 to buy, -40 to sell.")
    if not written.reason.strip():
        raise UsageError("an order by hand needs a reason", remedy='Add --reason "why": it will be read later.')
    if (written.kind is OrderKind.LIMIT) is not (written.limit > 0):
        raise UsageError("a limit order needs a price above zero, any other none", remedy="Write --limit 101.50.")


def require_steps(policy: Policy, instrument: str, units: Decimal, held: Decimal) -> None:
    """Raises UsageError for a part of the smallest unit that the policy trades, unless none of what is held is left then."""
    step = policy.lotting.quantum
    with exact():
        if not units % step or not (held + units) % step:
            return
        near = [way for rounding in (ROUND_DOWN, ROUND_UP) if (way := units.quantize(step, rounding))]
    what = f"{policy.name} trades {instrument} in {'whole units' if step == 1 else f'steps of {text_of(step)}'}"
    choice = " or ".join(text_of(abs(way)) for way in near)
    raise UsageError(f"{what}, not {text_of(abs(units))}", remedy=f"The nearest: {choice}.")


def _price(price: float, instrument: str) -> Decimal:
    if not (price > 0.0 and np.isfinite(price)):
        raise UsageError(f"no price of {instrument} is known", remedy="Bring the data up to date, or give --limit.")
    return decimal_of(price)
