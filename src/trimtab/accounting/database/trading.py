"""What accounts may send: for each cause a state, of which the strictest holds; and until when live trading is armed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from trimtab.accounting.database import schema
from trimtab.accounting.database.columns import select
from trimtab.accounting.database.order_events import TradingSet
from trimtab.accounting.database.session import Session
from trimtab.core.orders import Cause, TradingState

_STRICTNESS = {TradingState.ACTIVE: 0, TradingState.REDUCING: 1, TradingState.HALTED: 2}


class Restraint(NamedTuple):
    """Why an account does not trade freely."""

    account: str
    cause: Cause
    state: TradingState
    why: str
    record: int  # of the journal


def restraints(session: Session, account: str = "") -> tuple[Restraint, ...]:
    """What holds an account (empty: all) back; none where it is active. The strictest first."""
    rows = select(session, schema.TRADING, {"account": account} if account else None)
    found = [Restraint(one, Cause(cause), TradingState(state), why, record) for one, cause, state, why, record in rows]
    standing = [one for one in found if one.state is not TradingState.ACTIVE]
    return tuple(sorted(standing, key=lambda one: -_STRICTNESS[one.state]))


def state_of(session: Session, account: str) -> TradingState:
    """The strictest of what holds it back."""
    found = restraints(session, account)
    return found[0].state if found else TradingState.ACTIVE


def setting(session: Session, accounts: Iterable[str], state: TradingState, cause: Cause, why: str) -> list[TradingSet]:
    """The events that put accounts into a state for a cause; none for one that is so already, and says why."""
    events = []
    for account in dict.fromkeys(accounts):
        there = {one.cause: one for one in restraints(session, account)}.get(cause)
        if there is None or (there.state, there.why) != (state, why):
            events.append(TradingSet(account, cause, state, why))
    return events


def lifting(session: Session, account: str, causes: Iterable[Cause], why: str) -> list[TradingSet]:
    """The events that take causes away, as far as they stand."""
    wanted = set(causes)
    found = [one for one in restraints(session, account) if one.cause in wanted]
    return [TradingSet(account, one.cause, TradingState.ACTIVE, why) for one in found]
