"""What happens to a paper account as time passes, and no broker tells: dividends, splits, endings, interest, fees.

A paper account is one whose orders all went to the paper broker. Its own entries are replayed against the market of its
policy, with the same accrual as a backtest's and on the same sessions (decisions, fills, events), so that a paper portfolio
and a backtest with the same fills are the same to the cent. What is new is booked under keys, once. `income: false` in
`paper/paper.yaml` leaves it to statements that are imported.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from trimtab.accounting.accrual import Accrual
from trimtab.accounting.database.coding import word_of
from trimtab.accounting.database.events import EntryPosted
from trimtab.accounting.database.orders import OrderBook
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.ledger import Ledger
from trimtab.accounting.marks import Track
from trimtab.core.arrays import Index
from trimtab.core.calendar import day
from trimtab.core.entries import Entry, Fee, Fill, Flow, Interest, Opening
from trimtab.core.money import ZERO, exact
from trimtab.core.orders import WORKING
from trimtab.core.schedule import Dividends
from trimtab.data.market import Market
from trimtab.desk.account_entries import owned
from trimtab.desk.backtest import conditions_of
from trimtab.desk.books import Scope, Signature, scope_in
from trimtab.desk.dates import decision_rows, fill_rows, following_session
from trimtab.desk.policy import Policy
from trimtab.desk.real_book import matched

KEY = "paper-income"  # how the keys of its entries begin
PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Income:
    """Entries that are new in a place, in the numbers of the book, each with its key."""

    place: str
    entries: tuple[tuple[Entry, str], ...] = ()
    remark: str = ""  # why nothing could be worked out

    @property
    def cash(self) -> Decimal:
        """What it brings (below zero: takes) in cash."""
        return sum((_cash(entry) for entry, _ in self.entries), ZERO)


def paper_only(orders: OrderBook, account: str) -> bool:
    """Whether all orders of an account that ever left went to the paper broker, at least one did, and none is under way."""
    left = [one for one in orders.standings(account) if one.sent_at]
    return bool(left) and all(one.venue == PAPER and one.status not in WORKING for one in left)


def book_income(orders: OrderBook, scope: Scope, policy: Policy, market: Market, by: Signature) -> tuple[Income, ...]:
    """Book what happened to each place of an account up to the last session of `market`. Returns what was booked, by place."""
    found = tuple(income_of(orders.store, scope, place, policy, market) for place in scope.places)
    events = [EntryPosted(one.place, entry, key) for one in found for entry, key in one.entries]
    if events:
        orders.store.append(events, recorded=by.at, author=by.author)
    return tuple(one for one in found if one.entries or one.remark)


def income_of(book: BookStore, scope: Scope, place: str, policy: Policy, market: Market) -> Income:
    """What the market did to a place and the book does not say yet."""
    instruments = book.instruments()
    rows = [entry for _, entry in book.entries(place)]
    booked = {key: rows[number] for key, number in book.imported(place).items() if key.startswith(KEY)}
    ours = {number for key, number in book.imported(place).items() if key in booked}
    own = [entry for number, entry in enumerate(rows) if number not in ours]
    mine = owned(policy, scope_in({place: scope.places[place]}, place), {place: own}, instruments)
    if mine.strangers and any(getattr(one, "asset", -1) >= len(policy.universe) for one in mine.entries):
        return Income(place, remark=f"{place} holds what {policy.name} does not know: dividends and interest are not booked")
    numbers = matched(policy.universe, instruments)
    whole = len(scope.places) == 1  # fees are on the account as a whole
    with exact():
        due = _keyed(place, _replayed(policy, market, mine.entries, fees=whole), [str(number) for number in numbers])
        fresh = [pair for kind, rows_of in due.items() for pair in _lacking(kind, rows_of, booked)]
    fresh.sort(key=lambda pair: pair[0].when)
    return Income(place, tuple((_in_book(entry, numbers), key) for entry, key in fresh))


Keyed = list[tuple[Entry, str]]


def _keyed(place: str, made: Sequence[Entry], names: Sequence[str]) -> dict[str, Keyed]:
    """By kind (place, word, asset, and why) what is due, each entry with a key of its own: its date, and which of several."""
    found: dict[str, Keyed] = defaultdict(list)
    seen: Counter[str] = Counter()
    for entry in made:
        asset = getattr(entry, "asset", None)
        why = entry.why if isinstance(entry, Fee) else ""
        kind = ":".join((KEY, place, word_of(entry), "" if asset is None else names[asset], why, ""))
        key = f"{kind}{entry.when.isoformat()}"
        seen[key] += 1
        found[kind].append((entry, key if seen[key] == 1 else f"{key}:{seen[key]}"))
    return found


def _lacking(kind: str, due: Keyed, booked: Mapping[str, Entry]) -> Keyed:
    """What is due of a kind and not booked yet.

    Where what is booked is no longer what is due (another policy stops on other days, an entry came late and is dated back),
    the sums count: what they differ by is one entry on the last day, so that no day is paid for twice.
    """
    had = {key: entry for key, entry in booked.items() if key.startswith(kind)}
    amounts = {key: _cash(entry) for entry, key in due}
    if all(amounts.get(key) == _cash(entry) for key, entry in had.items()):
        return [(entry, key) for entry, key in due if key not in had]
    last, _ = due[-1]
    if not isinstance(last, Interest | Fee):  # what comes on a date of its own stands as it was booked then
        return [(entry, key) for entry, key in due if key not in had]
    more = sum(amounts.values(), ZERO) - sum(map(_cash, had.values()), ZERO)
    if not more:
        return []
    amount = -more if isinstance(last, Fee) else more
    return [(last._replace(amount=amount), f"{kind}{last.when.isoformat()}:after {len(had)}")]


def _in_book(entry: Entry, numbers: Sequence[int | None]) -> Entry:
    asset = getattr(entry, "asset", None)
    return entry if asset is None else entry._replace(asset=numbers[asset])  # type: ignore[call-arg]


def _replayed(policy: Policy, market: Market, own: Sequence[Entry], *, fees: bool) -> list[Entry]:
    """What the accrual posts between the own entries of a place, in order, up to the last stop that the market has."""
    if not own:
        return []
    days = market.sessions
    placed = [(max(int(np.searchsorted(days, day(entry.when), side="right")) - 1, 0), entry) for entry in own]
    ledger = Ledger(len(policy.universe), 0)
    accrual = _accrual(policy, market, ledger, placed[0][0], fees=fees)
    made: list[Entry] = []
    for row in _stops(policy, market, decision_rows(policy, market), [row for row, _ in placed], accrual.conditions.eventful):
        here = [entry for at, entry in placed if at == row]
        before = len(ledger.entries)
        accrual.to(row)
        made += ledger.entries[before:]
        ledger.extend([entry for entry in here if not isinstance(entry, Flow | Opening)])
        before = len(ledger.entries)
        accrual.reinvest()
        made += ledger.entries[before:]
        ledger.extend([entry for entry in here if isinstance(entry, Flow | Opening)])  # they count at the end of their session
    return made


def _stops(policy: Policy, market: Market, decided: Index, traded: Sequence[int], eventful: Index) -> list[int]:
    """The sessions on which a backtest stops to book, from the first entry on."""
    filled = fill_rows(policy, market, decided)
    rows = np.unique(np.concatenate([decided, filled, np.array(traded, dtype=np.intp), eventful]))
    return [row for row in rows.tolist() if traded[0] <= row < len(market.sessions)]


def _accrual(policy: Policy, market: Market, ledger: Ledger, row: int, *, fees: bool) -> Accrual:
    """As a backtest has it, for a book that a person began: without taxes, and with fees where it is the whole account."""
    reinvest = policy.execution.dividends is Dividends.REINVEST
    charged = policy.fees if fees else ()
    return Accrual(
        ledger,
        Track(),
        conditions_of(policy, market),
        policy.cash,
        policy.currency,
        policy.digits if reinvest else None,
        row,
        policy.digits,
        holding=policy.holding,
        fees=charged,
        after=following_session(market) if charged else None,
    )


def _cash(entry: Entry) -> Decimal:
    if isinstance(entry, Fill):
        return entry.amount - entry.cost
    amount: Decimal = getattr(entry, "amount", ZERO)
    return -amount if isinstance(entry, Fee) else amount
