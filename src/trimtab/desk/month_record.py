"""What the month of an account came to: decided, traded, what it cost, held against target, and whether it was kept to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from trimtab.accounting.database.notes import Noted, notes
from trimtab.core.calendar import plain_date
from trimtab.core.errors import TrimtabError
from trimtab.core.money import ZERO, exact
from trimtab.core.orders import Standing
from trimtab.desk import errands
from trimtab.desk.adhering import adherence_of
from trimtab.desk.episodes import Episode
from trimtab.desk.month_steps import Setting
from trimtab.desk.practice import practised
from trimtab.desk.process_notes import INCIDENT
from trimtab.desk.rebalancing import Rebalance
from trimtab.desk.settlement import shortfalls, summed
from trimtab.desk.staged import stage_of
from trimtab.execution.shortfall import Shortfall
from trimtab.governance.adherence import Adherence
from trimtab.governance.overrides import Override


@dataclass(frozen=True, slots=True)
class HeldLine:
    """One asset of the policy: weights that are held, wanted, and apart, and the units in the book."""

    asset: str
    name: str
    held: float
    target: float
    units: Decimal

    @property
    def apart(self) -> float:
        """Held less target."""
        return self.held - self.target


@dataclass(frozen=True, slots=True)
class MonthRecord:
    """The month of one account (or sleeve), as its page tells it. `decided` is the record of the decision, where one is kept.

    `process` is None where nobody was held to anything; `why_not` then says so.
    """

    episode: Episode
    policy: str
    stage: str
    currency: str
    decided: Mapping[str, Any]
    held: tuple[HeldLine, ...]
    cash: float
    value: Decimal
    priced: date
    drift: float
    overrides: tuple[Override, ...] = ()
    cost: Shortfall | None = None
    untold: tuple[str, ...] = ()
    process: Adherence | None = None
    why_not: str = ""
    incidents: tuple[Noted, ...] = ()
    practice: bool = False

    @property
    def orders(self) -> tuple[Standing, ...]:
        """Those of the episode; what was cut, and its slices."""
        return self.episode.every

    @property
    def fees(self) -> Decimal:
        """Fees and commissions that were paid, in money."""
        with exact():
            return sum((one.cost for one in self.orders), ZERO)

    @property
    def estimate(self) -> Decimal:
        """What trading the units that were filled was estimated to cost, in money."""
        with exact():
            return sum((one.ticket.expected(one.filled) for one in self.orders), ZERO)


def month_record(setting: Setting, episode: Episode, one: Rebalance) -> MonthRecord:
    """Everything of it. `one` is how the account stands against its policy now."""
    told = errands.with_members(setting.orders, [order.id for order in episode.every])
    parts, untold = shortfalls(setting.orders, told, lambda order: errands.closing(setting.judge, order))
    code = one.account.currency
    store = setting.orders.store
    process, why_not = _process(setting, episode)
    return MonthRecord(
        episode,
        one.outlook.policy.title,
        stage_of(store, episode.policy).value,
        code,
        decision_of(setting, episode),
        _lines(setting, one),
        float(1.0 - one.book.held.sum()),
        one.outlook.policy.currency.round(Decimal(str(one.book.nav))),
        plain_date(one.outlook.when),
        one.drift,
        one.overrides,
        summed(parts, code) if parts else None,
        untold,
        process,
        why_not,
        tuple(note for note in notes(store, INCIDENT, episode.name) if note.body["month"] == episode.month),
        practised(store) is not None,
    )


def decision_of(setting: Setting, episode: Episode) -> Mapping[str, Any]:
    """What the journal keeps of the decision; empty where nothing was to be traded, and so nothing was planned."""
    found = [one.body for one in notes(setting.orders.store, "record", episode.name) if one.body["batch"] == episode.batch]
    return found[-1] if found and episode.batch else {}


def _lines(setting: Setting, one: Rebalance) -> tuple[HeldLine, ...]:
    """By asset of the policy."""
    _, units = setting.judge.accounts(one.outlook.policy.sha256).holdings(one.account.id)
    rows = zip(one.outlook.policy.universe, one.instruments, one.book.held.tolist(), one.traded.target.tolist(), strict=True)
    return tuple(HeldLine(asset.id, asset.title, held, target, units.get(name, ZERO)) for asset, name, held, target in rows)


def _process(setting: Setting, episode: Episode) -> tuple[Adherence | None, str]:
    """How the process was kept, from the first of the month of the decision until now."""
    last: date = setting.by.day
    first = min(episode.when.replace(day=1), last)
    try:
        found = adherence_of(setting.orders, episode.name, first, last, now=setting.now, load=setting.load)
    except TrimtabError as error:
        return None, str(error)
    return found, ""


def done_words(record: MonthRecord) -> str:
    """What was done, in a sentence."""
    filled: Sequence[Standing] = [one for one in record.orders if one.filled]
    if not record.episode.batch:
        return "nothing was to be traded"
    if not filled:
        return "nothing was filled"
    moves = [f"{_side(one)} {_plain(abs(one.filled))} {one.ticket.instrument}" for one in filled[:3]]
    more = f" and {len(filled) - 3} more" if len(filled) > 3 else ""
    return f"{', '.join(moves)}{more}"


def _side(one: Standing) -> str:
    return "bought" if one.filled > 0 else "sold"


def _plain(units: Decimal) -> str:
    return f"{round(units, 4).normalize():f}"
