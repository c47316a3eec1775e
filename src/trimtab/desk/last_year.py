"""What an account made over the benchmark of its policy in the last twelve months, by its own record."""

from __future__ import annotations

from trimtab.accounting.database.store import BookStore
from trimtab.core.calendar import plain_date
from trimtab.core.errors import TrimtabError
from trimtab.desk.account_attribution import attribute_account
from trimtab.desk.account_entries import owned
from trimtab.desk.books import Signature, account_of, entries_of
from trimtab.desk.policy import Policy
from trimtab.desk.practice import Loader, known_by
from trimtab.desk.prepare import load_market
from trimtab.governance.changes import MONTHS
from trimtab.governance.review_plan import months_after

NEARLY = 330  # days of a record that begins and ends at decisions: fewer are not a year
FRESH = 62  # days by which it may end before today


def over_the_benchmark(
    book: BookStore, account: str, policy: Policy, by: Signature, load: Loader = load_market
) -> float | None:
    """The compounded return of an account less that of its benchmark, over the year to the instant of `by`, a fraction.

    None where it has no year, or what it did cannot be told from the data of its policy.
    """
    on = by.day
    try:
        scope = account_of(book, account)
        market = known_by(load(policy.with_horizon(end=None)), by.at)
        mine = owned(policy, scope, entries_of(book, tuple(scope.places)), book.instruments())
        found = attribute_account(policy, market, mine, first=months_after(on, -MONTHS)).attribution
    except TrimtabError:
        return None
    first, last = plain_date(found.starts[0]), plain_date(found.ends[-1])
    if (last - first).days < NEARLY or (on - last).days > FRESH:
        return None
    return found.total - found.benchmark_total
