"""What a committee's pack says of a policy, for all accounts that follow it: commitment, signals, regimes, economics.

Signals and regimes are those of the policy's own backtest up to the end of the quarter, which decided as the accounts were
to decide; so the health of signals since launch stands beside that of the years before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np

from trimtab.accounting.database.orders import OrderBook
from trimtab.attribution.health import SignalHealth
from trimtab.core.errors import DataError
from trimtab.core.money import Money, decimal_of
from trimtab.data.market import Market
from trimtab.desk.backtest import backtest
from trimtab.desk.committee_told import Told, require, told
from trimtab.desk.economising import CostAlarm, Economised, Known, Terms, cost_alarm, economics_of
from trimtab.desk.following import Following
from trimtab.desk.health_review import review_health
from trimtab.desk.notes import notes
from trimtab.desk.policy import Policy
from trimtab.desk.promotions import standing
from trimtab.desk.regime_table import Regimes, regimes_of
from trimtab.desk.result import Result
from trimtab.desk.staged import Committed, commitment_of, since, stage_of
from trimtab.desk.trial_code import code_of
from trimtab.desk.workspace import Workspace
from trimtab.governance.promotion import Stage, missing

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Followers:
    """The accounts that follow a policy, as it was last said, and what they are worth together."""

    accounts: tuple[str, ...]
    following: Following
    worth: float


@dataclass(frozen=True, slots=True)
class Ground:
    """Where things are read: the orders of the book, the workspace, and the last day that is looked at."""

    orders: OrderBook
    folder: Path
    until: date
    today: date


@dataclass(frozen=True, slots=True, eq=False)
class Studied:
    """A policy's backtest: how it was executed, flaws of its data, and the trials of the workspace beside it."""

    result: Result
    execution: str
    notes: tuple[str, ...]
    trials: int
    distinct: int
    missing: str


@dataclass(frozen=True, slots=True, eq=False)
class PolicyPart:
    """What concerns one policy. `launched` is the first day on paper or live, None before; `costs` are those of accounts.

    `missing` is what its next stage still asks for, whatever a committee votes.
    """

    following: Following
    accounts: tuple[str, ...]
    worth: float
    title: str
    stage: Stage
    launched: date | None
    committed: Committed | None
    studied: Told[Studied]
    health: Told[tuple[SignalHealth, ...]]
    regimes: Told[Regimes]
    economics: Told[Economised]
    costs: tuple[CostAlarm, ...]
    missing: tuple[str, ...]


def policy_part(ground: Ground, followers: Followers, policy: Told[Policy], market: Told[Market]) -> PolicyPart:
    """All parts of a policy; it is run once."""
    book, sha256 = ground.orders.store, followers.following.sha256
    launched = since(book, sha256, Stage.PAPER)
    economics = told(lambda: _economics(ground, followers, require(policy), require(market)))
    studied = told(lambda: _studied(ground, require(policy), require(market), economics.found))
    return PolicyPart(
        followers.following,
        followers.accounts,
        followers.worth,
        followers.following.name if policy.found is None else policy.found.title,
        stage_of(book, sha256, None if policy.found is None else code_of(policy.found)),
        launched,
        commitment_of(book, sha256),
        studied,
        told(lambda: _health(require(studied).result, launched)),
        told(lambda: regimes_of(require(studied).result)),
        economics,
        tuple(cost_alarm(ground.orders, name) for name in followers.accounts),
        told(lambda: _missing(ground, require(policy))).found or (),
    )


def _missing(ground: Ground, policy: Policy) -> tuple[str, ...]:
    """What the stage above still asks for."""
    found = standing(ground.orders.store, ground.folder, policy).evidence
    above = found.stage.next
    return () if above is None else missing(above, found, ground.today)


def _studied(ground: Ground, policy: Policy, market: Market, known: Economised | None) -> Studied:
    result = Workspace(ground.folder).counted(known.result if known is not None else backtest(policy, market))
    trials, flaws = result.trials, notes(policy, market)
    return Studied(result, result.execution_words, flaws, trials.total, trials.distinct, trials.missing)


def _economics(ground: Ground, followers: Followers, policy: Policy, market: Market) -> Economised:
    """At what the accounts are worth together; costs of data and software are those that the policy states."""
    if not followers.worth > 0.0:
        raise DataError("what the accounts are worth is not known", remedy="See their performance for what is missing.")
    assets = Money(decimal_of(followers.worth).quantize(_CENT), policy.horizon.capital.currency)
    return economics_of(policy, market, Terms(assets), known=Known.of(ground.folder, policy))


def _health(result: Result, launched: date | None) -> tuple[SignalHealth, ...]:
    """Since the launch against before it, where something was decided on both sides; else the latest three years."""
    dates = [decision.today.when for decision in result.decisions]
    split = None if launched is None else np.datetime64(launched, "D")
    both = split is not None and dates and dates[0] < split <= dates[-2 if len(dates) > 1 else -1]
    found = review_health(result, live_from=split if both else None)
    if not found:
        raise DataError(f"{result.policy.name} has no signals", remedy="Nothing is missing: it decides without any.")
    return found
