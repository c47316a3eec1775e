"""Why an account holds so many units of an asset: from what the model said, down to overrides, orders, edits, fills and lots.

Everything comes from the journal: the record of the decision, what people did to its orders, what the venue filled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.order_deeds import Deed, order_deeds
from trimtab.accounting.database.order_events import OrderEdited, OrderMoved, OrderPlanned
from trimtab.accounting.database.orders import OrderBook
from trimtab.core.calendar import plain_date
from trimtab.core.errors import UsageError
from trimtab.core.money import ZERO, exact
from trimtab.core.orders import Standing, Status
from trimtab.desk.as_then import Told, told_of
from trimtab.desk.decide import decide
from trimtab.desk.episodes import Episode, episodes
from trimtab.desk.judging import Judge
from trimtab.desk.outlook import Outlook
from trimtab.desk.overriding import overrides_of
from trimtab.desk.policy import Policy
from trimtab.desk.rebalancing import Asked
from trimtab.desk.why import explain

_SEEN = Decimal("0.0005")  # units
_BY_PEOPLE = {
    Status.HELD: "put aside",
    Status.DECLINED: "turned down",
    Status.APPROVED: "approved",
    Status.CANCELLED: "cancelled",
}


@dataclass(frozen=True, slots=True)
class AccountWhy:
    """The chain of one asset of an account, a part a paragraph: the model, people, orders, what is held."""

    account: str
    asset: str
    when: date
    model: tuple[str, ...]
    people: tuple[str, ...]
    orders: tuple[str, ...]
    held: tuple[str, ...]

    @property
    def parts(self) -> Mapping[str, tuple[str, ...]]:
        """The paragraphs by their heading; those that say nothing are left out."""
        every = {"model": self.model, "people": self.people, "orders": self.orders, "held": self.held}
        return {name: lines for name, lines in every.items() if lines}


def account_why(orders: OrderBook, judge: Judge, name: str, asset: str, until: date | None = None) -> AccountWhy:
    """Why an account (or sleeve) holds what it holds of an asset of its policy, by its last decision up to a day.

    With a day, all of it is as of its end: orders, fills, lots and prices of later are not in it.
    Raises UsageError where it has not decided by then, or the policy has no such asset.
    """
    episode = _episode(orders, name, until)
    policy = judge.policy(episode.policy)
    number = number_of(policy, asset)
    accounts = judge.accounts(episode.policy, until)
    asked = accounts.asked(name)
    names = [one for one, a in {**_series(policy), **accounts.assets}.items() if a == number]
    own = [one for one in episode.orders if one.ticket.instrument in names]
    record = _record(orders, episode)
    one = policy.universe[number]
    deeds = order_deeds(orders.store, asked.account.id)
    model = _model(record, episode, one.id) if record else _now(accounts.outlook, asked, episode, number)
    return AccountWhy(
        name,
        one.title,
        episode.when,
        tuple(model),
        tuple(_overrides(orders, episode, record, one.id)),
        tuple(line for told in told_of(orders, own, deeds, until) for line in _order(told, _wanted(record, one.id))),
        tuple(_held(asked, asked.numbers[number])),
    )


def _episode(orders: OrderBook, name: str, until: date | None) -> Episode:
    found = [one for one in episodes(orders, name) if until is None or one.when <= until]
    if not found:
        by = f" by {until}" if until is not None else ""
        remedy = f"trimtab month --account {name}, or trimtab decide --account {name}."
        raise UsageError(f"{name} has decided nothing{by}", remedy=remedy)
    return found[-1]


def number_of(policy: Policy, name: str) -> int:
    """Number of an asset by id, title or series, upper or lower case. Raises UsageError for an unknown one."""
    every = {text.lower(): a for a, one in enumerate(policy.universe) for text in (one.series, one.title, one.id)}
    if name.lower() not in every:
        known = ", ".join(one.id for one in policy.universe)
        raise UsageError(f"no asset {name!r} in policy {policy.name}", remedy=f"Assets: {known}.")
    return every[name.lower()]


def _series(policy: Policy) -> dict[str, int]:
    return {one.series: a for a, one in enumerate(policy.universe)}


def _record(orders: OrderBook, episode: Episode) -> Mapping[str, Any]:
    """What the journal keeps of the decision; empty where nothing was planned."""
    found = [one.body for one in notes(orders.store, "record", episode.name) if str(one.body["when"]) == str(episode.when)]
    return found[-1] if found else {}


def _model(record: Mapping[str, Any], episode: Episode, asset: str) -> Iterator[str]:
    """From benchmark to target, as the model alone said."""
    row = record["assets"][asset]
    yield f"decided on {episode.when} from what was known by {record['known']}, cut-off {record['cut_off']}"
    said = ", ".join(f"{name} {value:+.2f}" for name, value in row["signals"].items() if value is not None)
    score = f"; score {row['score']:+.2f}" if row["score"] is not None else ""
    if said or score:
        yield f"signals: {said or 'none'}{score}"
    yield f"benchmark {_percent(row['benchmark'])}, aim {_percent(row['aim'])}, after limits {_percent(row['goal'])}"
    yield f"held {_percent(row['held'])}, target {_percent(row['target'])} of {record['nav']:,.2f}"
    for text in record["relaxed"]:
        yield f"a limit gave way: {text}"
    if record.get("refused"):
        yield f"nothing could be decided: {record['refused']}"


def _now(outlook: Outlook, asked: Asked, episode: Episode, number: int) -> Iterator[str]:
    """The same where nothing was to be traded, and so nothing was kept: decided once more, if no session came after it."""
    yield f"decided on {episode.when}: nothing was to be traded"
    if plain_date(outlook.when) == episode.when:
        yield from explain(outlook.policy, outlook.market, decide(outlook.policy, outlook.today, asked.book), number)


def _wanted(record: Mapping[str, Any], asset: str) -> Decimal | None:
    """Units that the weights of the decision come to, before they are rounded; None where the record does not say."""
    row = dict(record["assets"][asset]) if record else {}
    row |= record["traded"]["assets"][asset] if record.get("traded") else {}
    if not row or None in (row["target"], row["held"], row["price"]) or not row["price"]:
        return None
    return Decimal(str((row["target"] - row["held"]) * record["nav"] / row["price"]))


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _overrides(orders: OrderBook, episode: Episode, record: Mapping[str, Any], asset: str) -> Iterator[str]:
    """What living overrides made of the target."""
    traded = record.get("traded")
    if not traded:
        return
    known = {one.id: one for one in overrides_of(orders.store, episode.name)}
    for name in traded["overrides"]:
        one = known.get(name)
        if one is not None:
            shift = (
                f"{float(one.shifts[asset]):+.1%}" if asset in one.shifts else "held" if asset in one.holds else "none of it"
            )
            yield f"override {name} of {one.by}, until {one.ends}: {shift} ({one.why})"
    yield f"target with overrides {_percent(traded['assets'][asset]['target'])}"


def _order(told: Told, exact_units: Decimal | None) -> Iterator[str]:
    """An order: as it was written, what people made of it, and what was filled."""
    one, deeds = told.standing, told.deeds
    ticket, name = one.ticket, one.id[:8]
    written = _written(one, deeds)
    rounded = exact_units is not None and abs(exact_units - written) > _SEEN
    of = f" (of {_plain(abs(exact_units))} that the weights come to)" if exact_units is not None and rounded else ""
    side = "buy" if written > 0 else "sell"
    yield f"{name} {side} {_plain(abs(written))} {ticket.instrument}{of} at {_plain(ticket.reference)}: {ticket.reason}"
    yield from (f"{name} {words}" for deed in deeds if (words := _deed(deed)))
    for fill in told.fills:
        cost = f", cost {_plain(fill.cost)}" if fill.cost else ""
        yield f"{name} filled {_plain(abs(fill.units))} at {_plain(fill.price)} on {fill.day} ({fill.at}){cost}"
    left = ticket.units - one.filled
    if left and one.done_at:
        yield f"{name} {one.status.value}, {_plain(abs(left))} not filled{f': {one.why}' if one.why else ''}"
    elif left:
        yield f"{name} is {one.status.value}: {_plain(abs(left))} are not filled yet"


def _written(one: Standing, deeds: tuple[Deed, ...]) -> Decimal:
    """Units as they were planned, before anybody changed them."""
    return next((deed.event.ticket.units for deed in deeds if isinstance(deed.event, OrderPlanned)), one.ticket.units)


def _deed(deed: Deed) -> str:
    """What somebody did to an order, in words; empty for what a venue said."""
    event, when = deed.event, f"{deed.recorded[:16]}Z"
    if isinstance(event, OrderEdited):
        return f"changed to {_plain(abs(event.units))} by {deed.author}, {when}: {event.reason}"
    if isinstance(event, OrderMoved) and event.to in _BY_PEOPLE:
        why = f": {event.why}" if event.why else ""
        return f"{_BY_PEOPLE[event.to]} by {event.by or deed.author}, {when}{why}"
    if isinstance(event, OrderMoved) and event.to is Status.SENT:
        return f"sent, {when}"
    return ""


def _held(asked: Asked, number: int | None) -> Iterator[str]:
    """Units by place, and the lots that they are of."""
    if number is None:
        yield "none is held: the book does not know the instrument"
        return
    found = asked.found
    with exact():
        total = sum((found.held(place, number) for place in asked.scope.places), ZERO)
    price = asked.book.prices[asked.numbers.index(number)]
    yield f"{_plain(total)} held, at {price:,.4f} each"
    for place in asked.scope.places:
        for lot in found.of(place, number):
            at = f"{place} " if len(asked.scope.places) > 1 else ""
            yield f"{at}lot {lot.id} of {plain_day(lot.acquired)}: {_plain(lot.units)}, cost {lot.cost:,.2f}"


def plain_day(when: Any) -> date:
    """A date, of whatever kind."""
    return when if isinstance(when, date) else plain_date(when)


def _plain(value: Decimal) -> str:
    """A number without idle zeros, to eight decimals."""
    return f"{round(value, 8).normalize():,f}"
