"""The full-cycle review: the only one that looks at what was earned, and that opens parameters. Three to five years long.

It shows 3 and 5 years and a cycle of the benchmark from peak to peak, where the record lies in the fan that was written down
before launch, the odds of lagging that were known then, and what validation found. Below the 5th percentile is a reason to
look for a fault, and not yet one to stop: 1 of 20 sound policies stands there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from trimtab.accounting.database.store import BookStore
from trimtab.core.calendar import plain_date
from trimtab.core.errors import ApprovalRequired, DataError, UsageError
from trimtab.data.market import Market
from trimtab.desk.account_entries import owned
from trimtab.desk.adhering import Loader
from trimtab.desk.books import account_of, entries_of
from trimtab.desk.own_record import OwnRecord, Span, own_record, spans_of
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market, until
from trimtab.desk.promised import Promised, promised
from trimtab.desk.proof import proof_of
from trimtab.desk.review_periods import Kind, Reviewed, cycle_under_way, reviewed
from trimtab.desk.validation import Validation, kept
from trimtab.desk.workspace import Workspace
from trimtab.validation.checks import DEFLATED_SHARPE, OVERFITTING, Check

STALE = 10  # days by which prices may end before the cycle does: holidays and a weekend
LOW = 5.0  # percentile below which somebody looks for a fault
SHOWN = ("3 years", "5 years", "full cycle", "whole record")


@dataclass(frozen=True, slots=True, eq=False)
class FullCycle:
    """An account over a full cycle. `promise` is None where nothing was written down before launch: `no_promise` says why.

    `validation` is the last one of the very policy; None where there is none.
    """

    about: Reviewed
    record: OwnRecord
    spans: tuple[Span, ...]
    promise: Promised | None
    no_promise: str
    validation: Validation | None

    @property
    def lagging(self) -> dict[int, float]:
        """The odds of being behind the benchmark by years, as they were known before launch."""
        return {} if self.promise is None else self.promise.expected.fan.lagging

    @property
    def percentiles(self) -> dict[str, float]:
        """Where wealth, deepest fall and shortfall stand among what was expected, 0 to 100."""
        if self.promise is None:
            return {}
        found = self.promise.standing
        return {name: getattr(found, name).percentile for name in ("wealth", "drawdown", "shortfall")}

    @property
    def verdict(self) -> str:
        """What follows, in a sentence. Never to stop: that is a change, with its own reason."""
        if self.promise is None:
            return f"Nothing can be said of the fan: {self.no_promise}"
        if any(one < LOW for one in self.percentiles.values()):
            return "Below the 5th percentile of what was expected: investigate, not stop."
        return "Inside what was expected before launch: no reason to change anything."

    @property
    def evidence(self) -> tuple[Check, ...]:
        """What validation says of the choice among variants: deflated Sharpe ratio, probability of overfitting."""
        checks = () if self.validation is None else self.validation.checks
        return tuple(check for check in checks if check.name in (DEFLATED_SHARPE, OVERFITTING))


def require_cycle(book: BookStore, place: str, today: date) -> Reviewed:
    """The full-cycle review of an account. Raises ApprovalRequired, with the date, while parameters are closed."""
    found = reviewed(book, place, today, Kind.CYCLE)
    if cycle_under_way(book, place, today) is None:
        what = f"parameters of {found.policy.name} are closed until the full cycle of {place} is over on {found.following}"
        raise ApprovalRequired(what, remedy="Look at the process: trimtab review --quarter.")
    return found


def full_cycle(book: BookStore, folder: Path, place: str, today: date, *, load: Loader = load_market) -> FullCycle:
    """The full-cycle review of an account (or sleeve) on a day; `folder` is the workspace with what was expected.

    Raises ApprovalRequired while parameters are closed, and what a record cannot be made of.
    """
    about = require_cycle(book, place, today)
    market = until(load(about.policy), today)
    _require_reach(about, market)
    record = _record(book, about.policy, place, market)
    spans = spans_of(record, ("since the last cycle", about.first), today)
    kept_promise, why = _promise(folder, about, record, today)
    return FullCycle(about, record, tuple(one for one in spans if one.name in SHOWN), kept_promise, why, _proof(folder, about))


def _require_reach(about: Reviewed, market: Market) -> None:
    """Raises DataError where prices end long before the cycle does: figures would be those of another time."""
    last, over = plain_date(market.sessions[-1]), about.due or about.last
    if last + timedelta(days=STALE) < over:
        what = f"prices of {about.policy.name} end on {last}, and the cycle on {over}"
        raise DataError(what, remedy="Bring the data up to date: trimtab data update.")


def _record(book: BookStore, policy: Policy, place: str, market: Market) -> OwnRecord:
    scope = account_of(book, place)
    return own_record(policy, market, owned(policy, scope, entries_of(book, tuple(scope.places)), book.instruments()))


def _promise(folder: Path, about: Reviewed, record: OwnRecord, today: date) -> tuple[Promised | None, str]:
    """Where the record since the policy was followed lies in the fan, or why nobody knows."""
    try:
        return promised(folder, about.policy, record, about.stretch.begins, today), ""
    except (UsageError, DataError) as error:
        return None, str(error)


def _proof(folder: Path, about: Reviewed) -> Validation | None:
    found = proof_of(folder, about.policy)
    return None if found is None else kept(Workspace(folder).path(found.run))
