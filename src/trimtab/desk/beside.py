"""Policies that run beside a real account: from what it held on a day, with the same flows, by their own decisions.

The run is that of a backtest (desk/backtest.Run), with what the account had in the place of the policy's capital: the same
decisions, fills by the policy's schedule and costs, dividends and interest of the market, taxes where the policy has them.
What the account really traded is not in it, nor is what it did before: turnover that limits count, and gains of the tax year.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from trimtab.accounting.ledger import Ledger
from trimtab.accounting.lots import Lots
from trimtab.core.calendar import day
from trimtab.core.entries import Entry, Flow, Opening
from trimtab.core.errors import DataError, InvariantError
from trimtab.core.money import exact
from trimtab.core.values import Aims
from trimtab.data.market import Market
from trimtab.data.view import MarketView
from trimtab.desk.account_entries import Owned
from trimtab.desk.account_record import Clock, Prices, State, first_held, require_all_known
from trimtab.desk.amending import Amending
from trimtab.desk.backtest import Beginning, Run, Walked
from trimtab.desk.daily_worth import Daily, daily_worth, timed
from trimtab.desk.dates import decision_view
from trimtab.desk.decide import aims
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import until
from trimtab.governance.overrides import Override

Told = Mapping[date, Collection[str]]  # by session that was decided on, the ids of the overrides that the account's trade had


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """An account from the session `start` of `market` on, day by day, and what runs beside it needs: worked out once."""

    policy: Policy
    market: Market
    owned: Owned
    view: MarketView
    knowledge: Aims
    start: int
    beginning: Beginning
    account: Daily
    reading: tuple[Clock, Prices]

    @property
    def first(self) -> date:
        """The session that it begins at the end of."""
        found: date = self.market.sessions[self.start].item()
        return found

    def walk(self, overrides: Sequence[Override] = (), told: Told | None = None) -> Walked:
        """The model beside the account, with `overrides` on what it trades. Raises DataError where flows ruin it."""
        amend = Amending(self.policy, overrides, told or {}) if overrides else None
        run = Run(self.policy, self.market, self.view, self.knowledge, self.beginning, amend)
        try:
            with exact():
                return run.walk()
        except InvariantError as error:
            what = f"the model beside {self.owned.name} cannot go on: {error.what}"
            remedy = "Money went out that the model never had: give a later beginning."
            raise DataError(what, remedy=remedy) from error

    def daily(self, walked: Walked) -> Daily:
        """What such a run was worth, read as the account is."""
        with exact():
            return daily_worth(*self.reading, walked.desk.ledger.entries, self.start)


def beside(policy: Policy, market: Market, owned: Owned, *, first: date | None = None) -> Beside:
    """The account from the first decision of the policy, on or after `first`, on which it holds anything.

    It ends with the market, or on the day on which nothing is left. Raises DataError where there is no such decision or
    no day after it, or where something held has no price; UsageError where the account has what the policy does not know.
    """
    view = decision_view(policy, market)
    with exact():
        start, account = _account(policy, market, owned, (view, first))
    if account.lasts < 2:
        what = f"no session follows the first decision of {policy.name} for {owned.name}, on {market.sessions[start]}"
        raise DataError(what, remedy="Wait for the prices of one more day, or give later ones.")
    if account.lasts < len(account.end):
        market = until(market, market.sessions[start + account.lasts - 1])
        view = decision_view(policy, market)
        account = Daily(account.end[: account.lasts], account.flows[: account.lasts])
    reading = (_clock(policy, market, view), Prices(policy, market))
    with exact():
        beginning = _beginning(policy, owned, reading, (start, int(np.searchsorted(view.rows, start))))
    return Beside(policy, market, owned, view, aims(policy, view), start, beginning, account, reading)


def _clock(policy: Policy, market: Market, view: MarketView) -> Clock:
    return Clock(market, frozenset(view.rows.tolist()), at_close=not policy.schedule.wait)


def _account(policy: Policy, market: Market, owned: Owned, seen: tuple[MarketView, date | None]) -> tuple[int, Daily]:
    """The session at whose end it begins, and what the account was worth from then on."""
    view, first = seen
    clock = _clock(policy, market, view)
    told = timed(clock, owned.entries)
    allowed = view.rows if first is None else view.rows[market.sessions[view.rows] >= day(first)]
    start = first_held(told, allowed, owned)
    state = State.of([entry for time, entry in told if time <= 2 * start])
    last = 2 * (len(market.sessions) - 1)
    require_all_known(policy, owned, state, [entry for time, entry in told if 2 * start < time <= last])
    return start, daily_worth(clock, Prices(policy, market), owned.entries, start)


def _beginning(policy: Policy, owned: Owned, reading: tuple[Clock, Prices], at: tuple[int, int]) -> Beginning:
    """What the account has at the end of a session, before any trade of that day's decision, and what its owner does later."""
    (clock, prices), (start, number) = reading, at
    told = timed(clock, owned.entries)
    had = [entry for time, entry in told if time <= 2 * start or (time == 2 * start + 1 and isinstance(entry, Flow | Opening))]
    later: dict[int, list[Entry]] = defaultdict(list)
    for time, entry in told:
        if time > 2 * start + 1 and isinstance(entry, Flow | Opening):
            later[time // 2].append(entry)
    state, when = State.of(had), clock.date(start)
    lots = _lots(policy, owned, had) if policy.tax is not None and policy.tax.bites else None
    opened: list[Entry] = [Flow(when, state.cash)]
    for asset, units in sorted(state.units.items()):
        if lots is not None:
            opened += [Opening(when, asset, lot.units, lot.cost, lot.acquired) for lot in lots.of(asset) if lot.units]
        elif units:
            opened.append(Opening(when, asset, units, units * prices.at(start)[asset], when))
    return Beginning(number, tuple(opened), dict(later))


def _lots(policy: Policy, owned: Owned, had: Sequence[Entry]) -> Lots:
    """The account's lots by then: what they cost, and since when they are held."""
    lots = Lots(policy.execution.lots, money=policy.currency)
    Ledger(len(policy.universe) + len(owned.strangers), lots=lots).extend(had)
    return lots
