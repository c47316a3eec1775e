"""What lies before an investment committee once a quarter: one value, made of one state of the book (UX 4.4).

Decisions against the model, adherence, performance inside or outside of what was promised, attribution, signal health,
regimes, economics, and proposals with the minutes of before. A part that cannot be made says why in its place; the others
stand all the same. The parts of an account are made here, those of a policy in committee_policy.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import UsageError
from trimtab.data.market import Market
from trimtab.desk.account_attribution import AccountAttribution
from trimtab.desk.account_entries import owned
from trimtab.desk.attributed_accounts import attribute_in
from trimtab.desk.books import Signature, account_of, entries_of, scope_of
from trimtab.desk.committee_period import Quarter
from trimtab.desk.committee_policy import Followers, Ground, PolicyPart, policy_part
from trimtab.desk.committee_process import Process, process_of
from trimtab.desk.committee_proposals import PROMOTION, Proposal, concerning, proposals_of, to_vote
from trimtab.desk.committee_told import Told, require, told
from trimtab.desk.dates import decision_rows
from trimtab.desk.discretion import Discretion, discretion_of
from trimtab.desk.following import Following, followed, followings
from trimtab.desk.minutes import Minutes, minutes_of, to_revisit
from trimtab.desk.own_record import OwnRecord, Span, own_record, spans_of
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import until
from trimtab.desk.promised import Promised, promised
from trimtab.desk.staged import since
from trimtab.governance.promotion import Stage

Loader = Callable[[Policy], Market]
Prepared = Callable[[Policy], Policy]
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a pack is wanted of: a quarter, accounts by `name` (empty: all), the workspace, and how data are read.

    `by` says who asks and when: the day of it is today. Nothing after `last` is looked at, where it is given.
    """

    quarter: Quarter
    by: Signature
    folder: Path
    load: Loader
    prepared: Prepared
    name: str = ""
    last: date | None = None

    @property
    def until(self) -> date:
        """The last day that is looked at: that of the quarter, or today, or the one that is asked for."""
        return min(self.quarter.last, self.by.day, self.last or date.max)


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """The account's own record, and what it made over spans of time."""

    record: OwnRecord
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, eq=False)
class AccountPart:
    """What concerns one account (or sleeve): each part, or why it cannot be told."""

    name: str
    follows: Following | None
    discretion: Told[Discretion]
    process: Told[Process]
    results: Told[Results]
    promised: Told[Promised]
    attribution: Told[AccountAttribution]


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """All of it: `head` is the hash of the journal that it was read from, `proposals` what is to be voted on.

    `minutes` are those of before, `revisit` the ones to be looked at again by now. Both and the proposals concern the accounts
    of the pack, or all: other people's are none of its readers' business.
    """

    quarter: Quarter
    until: date
    made: date
    by: str
    head: str
    name: str
    accounts: tuple[AccountPart, ...]
    policies: tuple[PolicyPart, ...]
    proposals: tuple[Proposal, ...]
    minutes: tuple[Minutes, ...]
    revisit: tuple[Minutes, ...]

    @property
    def whole(self) -> bool:
        """Whether the quarter is over."""
        return self.until == self.quarter.last


def pack_of(orders: OrderBook, wanted: Wanted) -> Pack:
    """The pack of a quarter. Raises UsageError for an unknown account, and where the book has none."""
    book, wanted = orders.store, replace(wanted, load=_once(wanted.load))
    with book.reading():
        known = followings(book)
        names = tuple(_places(book, wanted.name, known))
        cases = {name: _Case(orders, wanted, name, known.get(name)) for name in names}
        accounts = tuple(case.part() for case in cases.values())
        policies = tuple(_policies(cases, accounts))
        today = wanted.by.day
        asked = tuple(concerning(book, scope_of(book, wanted.name).places, proposals_of(book, today)))
        numbers = {one.number for one in asked}
        every = tuple(one for one in minutes_of(book, wanted.last) if one.proposal in numbers)
        proposals = tuple(_conditions(one, policies) for one in to_vote(asked, wanted.quarter.following.last))
        head = (wanted.quarter, wanted.until, today, wanted.by.author, book.head(), wanted.name)
        return Pack(*head, accounts, policies, proposals, every, to_revisit(every, today))


def _conditions(one: Proposal, policies: Sequence[PolicyPart]) -> Proposal:
    """A promotion with what it still needs."""
    needs = next((part.missing for part in policies if one.sha256 == part.following.sha256), one.needs)
    return replace(one, needs=needs) if one.kind == PROMOTION else one


def _once(load: Loader) -> Loader:
    """Each policy's market read once."""
    known: dict[str, Market] = {}

    def loaded(policy: Policy) -> Market:
        if policy.sha256 not in known:
            known[policy.sha256] = load(policy)
        return known[policy.sha256]

    return loaded


def _places(book: BookStore, name: str, known: dict[str, Following]) -> Iterator[str]:
    """The accounts that a name covers, and those of their sleeves that follow a policy of their own."""
    scope = scope_of(book, name)
    for place, account in scope.places.items():
        sleeves = [one for one in scope.places if one.startswith(f"{account.id}/") and one in known]
        if place in known or place == name or (place == account.id and not sleeves):
            yield place


class _Case:
    """An account under the policy that it follows, with data up to the end of the quarter, or why not."""

    def __init__(self, orders: OrderBook, wanted: Wanted, name: str, follows: Following | None) -> None:
        self.orders, self.wanted, self.name, self.follows = orders, wanted, name, follows
        self.policy = told(self._policy)
        self.market = told(lambda: until(wanted.load(self.known), wanted.until))
        self.record = told(self._record)

    @property
    def known(self) -> Policy:
        """The policy. Raises UsageError, with the reason, where there is none."""
        return require(self.policy)

    def part(self) -> AccountPart:
        """All parts of the account."""
        return AccountPart(
            self.name,
            self.follows,
            told(lambda: discretion_of(self.orders, self.name, self._window, self._load)),
            told(lambda: process_of(self.orders, self.name, self._window, self.wanted.by.at, self._load)),
            told(self._results),
            told(self._promised),
            told(self._attribution),
        )

    @property
    def followed(self) -> Following:
        """Which policy it follows. Raises UsageError where it follows none."""
        if self.follows is None:
            remedy = f"Say which: trimtab book follow {self.name} POLICY."
            raise UsageError(f"{self.name} follows no policy, so that there is nothing to hold it to", remedy=remedy)
        return self.follows

    @property
    def _window(self) -> tuple[date, date]:
        return self.wanted.quarter.first, self.wanted.until

    def _load(self, policy: Policy) -> Market:
        return self.wanted.load(self.wanted.prepared(policy))

    def _policy(self) -> Policy:
        return self.wanted.prepared(followed(self.followed)).with_horizon(end=None)

    def _record(self) -> OwnRecord:
        book, policy = self.orders.store, self.known
        scope = account_of(book, self.name)
        mine = owned(policy, scope, entries_of(book, tuple(scope.places)), book.instruments())
        return own_record(policy, require(self.market), mine)

    def _results(self) -> Results:
        record, quarter = require(self.record), self.wanted.quarter
        return Results(record, spans_of(record, (quarter.name, quarter.first - ONE_DAY), self.wanted.until))

    def _promised(self) -> Promised:
        record, policy = require(self.record), self.known
        book, first = self.orders.store, record.dates[0].item()
        launched = since(book, policy.sha256, Stage.LIVE) or since(book, policy.sha256, Stage.PAPER) or first
        return promised(self.wanted.folder, policy, record, max(launched, first), self.wanted.until)

    def _attribution(self) -> AccountAttribution:
        """From the last decision before the quarter on: it holds the whole quarter."""
        policy, market = self.known, require(self.market)
        sessions = market.sessions[decision_rows(policy, market)]
        before = sessions[sessions < np.datetime64(self.wanted.quarter.first)]
        first = before[-1].item() if len(before) else None
        return attribute_in(self.orders.store, self.name, self._load, first=first, as_of=self.wanted.until)


def _policies(cases: Mapping[str, _Case], parts: Sequence[AccountPart]) -> Iterator[PolicyPart]:
    """Each policy that is followed once, for all accounts that follow it."""
    groups: dict[str, list[str]] = {}
    for part in parts:
        if part.follows is not None:
            groups.setdefault(part.follows.sha256, []).append(part.name)
    for names in groups.values():
        first = cases[names[0]]
        worth = [one.found.value for name in names if (one := cases[name].record).found is not None]
        followers = Followers(tuple(names), first.followed, sum(worth))
        ground = Ground(first.orders, first.wanted.folder, first.wanted.until, first.wanted.by.day)
        yield policy_part(ground, followers, first.policy, first.market)
