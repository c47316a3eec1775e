"""`override` and `overrides`: what people change of an account's trades, written down and listed with what it cost."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.calendar import plain_date
from trimtab.core.errors import UsageError
from trimtab.core.orders import MANUAL, WAITING
from trimtab.desk.books import account_of
from trimtab.desk.circumstances import day_of_decision
from trimtab.desk.following import followed_by, named_policy, require_followed
from trimtab.desk.interventions import Intervention, interventions_of
from trimtab.desk.override_costs import Cost, costs_in
from trimtab.desk.override_words import override_words, what_words, whole_shift
from trimtab.desk.overriding import Kept, Wish, end, kept_overrides
from trimtab.desk.overriding import override as write
from trimtab.surfaces.cli.book_options import money, pairs, signature, when
from trimtab.surfaces.cli.markets import loader
from trimtab.surfaces.cli.options import answer, counted, hint, say
from trimtab.surfaces.cli.order_rows import SHORT
from trimtab.surfaces.cli.rebalance import order_book
from trimtab.surfaces.cli.tables import clipped, number, percent
from trimtab.surfaces.cli.wrapping import wrapped

OVER = ("ended", "taken back")


def override(options: Namespace) -> int:
    """Write an override down, or end one."""
    if options.end:
        return _end(options)
    _require(options)
    by = signature(options)
    wish = Wish(_day(options.until, "--until"), options.reason, _shifts(options.shift), tuple(options.hold), _begins(options))
    with order_book(options) as orders:
        place = account_of(orders.store, options.account).name
        policy = named_policy(options.policy) if options.policy else followed_by(orders.store, place)
        require_followed(orders.store, {place: policy})
        made = write(orders.store, place, policy, wish, by)
        waiting = [one for one in orders.standings(place.partition("/")[0], WAITING) if one.ticket.strategy != MANUAL]
    if options.json:
        return answer("override", {"override": document(Kept(made), by.day, None)}, 0)
    for line in wrapped(f"{made.account}: {override_words(made)}"):
        say(line)
    for line in wrapped(f"It counts in decisions from {made.begins} to {made.ends}; the model's own are kept beside it."):
        say(line)
    if made.begins > plain_date(day_of_decision(by.at)):
        say(f" Decisions on closes before {made.begins} are without it.")
    again = f' --commit --supersede "{made.id}"' if waiting else ""
    for line in wrapped(f"{counted(len(waiting), 'order')} of {made.account} wait without it") if waiting else ():
        say(line)
    hint(f" next: trimtab rebalance --account {made.account}{again}", options)
    return 0


def _require(options: Namespace) -> None:
    """Raises UsageError where an account, what is changed, or why is missing."""
    if not options.account:
        raise UsageError("no account is named", remedy="Write --account A07, or --end O-1 to end one.")
    if not (options.shift or options.hold):
        raise UsageError("nothing is changed", remedy="Write --shift SPY=+0.03, or --hold GLD.")
    if not options.reason.strip():
        raise UsageError("an override needs a reason", remedy='Add --reason "why": it will be read later.')


def _end(options: Namespace) -> int:
    if options.account or options.shift or options.hold or options.until or options.begins:
        raise UsageError("--end ends what was written, and changes nothing else", remedy="Write --end O-1 --reason WHY alone.")
    by = signature(options)
    with order_book(options) as orders:
        kept = end(orders.store, options.end, options.reason, by)
    if options.json:
        return answer("override", {"override": document(kept, by.day, None)}, 0)
    last = "it was taken back before it counted" if kept.withdrawn else f"its last day is {kept.override.ends}"
    say(f" {kept.written.id} of {kept.written.account} is over: {last}")
    return 0


def overrides(options: Namespace) -> int:
    """Overrides, by default those that are not over, and interventions of the accounts; as of a day without what came later."""
    day = when(options)
    with order_book(options) as orders:
        place = account_of(orders.store, options.account).name if options.account else None
        every = kept_overrides(orders.store, place, until=day)
        shown = [one for one in every if options.all or one.state(day) not in OVER]
        hands = [one for one in interventions_of(orders, place or "") if one.recorded.date() <= day]
        costs = _costs(orders, shown, options, day)
    if options.json:
        body = {
            "overrides": [document(one, day, costs.get(one.written.id)) for one in shown],
            "interventions": [hand_document(one) for one in hands],
        }
        return answer("overrides", body, 0)
    for line in lines(shown, hands, costs, day):
        say(line)
    if len(shown) < len(every):
        hint(f" {counted(len(every) - len(shown), 'override')} not shown: over (--all)", options)
    return 0


def _costs(orders: OrderBook, shown: Sequence[Kept], options: Namespace, day: date) -> Mapping[str, Cost]:
    """What each came to by a day, by id."""
    load = loader(options)
    places = dict.fromkeys(one.written.account for one in shown if one.state(day) not in ("waiting", "taken back"))
    return {name: cost for place in places for name, cost in costs_in(orders.store, place, load, day).items()}


def lines(shown: Sequence[Kept], hands: Sequence[Intervention], costs: Mapping[str, Cost], today: date) -> Iterator[str]:
    """The list on the screen: two lines an override, then what was done to orders by hand."""
    if shown:
        yield f" {'Id':<6} {'Account':<12} {'By':<10} {'State':<10} {'From':<10} {'Until':<10} {'Size %':>6} {'Gain %':>8}"
    for one in shown:
        yield from _rows(one, costs.get(one.written.id), today)
    if not shown:
        yield " no override is waiting or living"
    if hands:
        yield ""
        yield f" {'Order':<8} {'Account':<12} {'By':<9} {'Day':<10} {'Done':<8} {'Instr.':<9} {'Units':>10} {'Size %':>6}"
    for hand in hands:
        size = "-" if hand.size is None else percent(float(hand.size), 1, 2)
        day, units = hand.recorded.date().isoformat(), number(hand.units, 10)
        names = f"{hand.order[:SHORT]:<8} {clipped(hand.place, 12)} {clipped(hand.by, 9)}"
        yield f" {names} {day} {hand.what:<8} {clipped(hand.instrument, 9)} {units} {size:>6}"
        if hand.why:
            yield from wrapped(f"  because {hand.why}", indent=4)


def _rows(one: Kept, cost: Cost | None, today: date) -> Iterator[str]:
    made = one.override
    gain = f"{'-':>8}" if cost is None or cost.gain is None else percent(cost.gain, 8, 2, signed=True)
    names = f"{clipped(made.id, 6)} {clipped(made.account, 12)} {clipped(made.by, 10)} {one.state(today):<10}"
    size = f"{'-':>6}" if one.size is None else percent(float(one.size), 6, 2)
    yield f" {names} {made.begins} {made.ends} {size} {gain}"
    yield from wrapped(f"  {what_words(made)}: {made.why}", indent=4)
    if one.ending is not None:
        yield from wrapped(f"  ended by {one.ending.by} on {one.ending.recorded:%Y-%m-%d}: {one.ending.why}", indent=4)
    if cost is not None and cost.money is not None:
        verb = "cost" if cost.money < 0 else "brought"
        yield from wrapped(f"  it {verb} {money(abs(cost.money))} {cost.currency} so far", indent=4)
    elif cost is not None:
        yield from wrapped(f"  what it cost cannot be told: {cost.why}", indent=4)


def document(one: Kept, today: date, cost: Cost | None) -> dict[str, Any]:
    """An override in plain values; `gain` is what it brought, a fraction of the account's value, null where nobody knows."""
    made, ending = one.override, one.ending
    return {
        "id": made.id,
        "account": made.account,
        "by": made.by,
        "recorded": made.recorded.isoformat(),
        "from": made.begins.isoformat(),
        "until": made.ends.isoformat(),
        "shifts": {name: whole_shift(shift) for name, shift in made.shifts.items()},
        "holds": list(made.holds),
        "size": None if one.size is None else whole_shift(one.size),
        "why": made.why,
        "state": one.state(today),
        "ended": None if ending is None else {"by": ending.by, "on": ending.on.isoformat(), "why": ending.why},
        "gain": None if cost is None else cost.gain,
        "gain_money": None if cost is None or cost.money is None else f"{cost.money:f}",
        "gain_untold": "" if cost is None else cost.why,
    }


def hand_document(one: Intervention) -> dict[str, Any]:
    """An intervention in plain values."""
    return {
        "order": one.order,
        "account": one.place,
        "instrument": one.instrument,
        "what": one.what,
        "by": one.by,
        "recorded": one.recorded.isoformat(),
        "why": one.why,
        "units": f"{one.units:f}",
        "size": None if one.size is None else f"{one.size:.6f}",
        "record": one.record,
    }


def _shifts(entries: Sequence[str]) -> dict[str, Decimal]:
    """Weights by asset. Raises UsageError for what is no weight, and for an asset that is named twice."""
    found: dict[str, Decimal] = {}
    for entry in entries:
        for name, text in pairs([entry], "--shift", "SPY=+0.03").items():
            if name in found:
                raise UsageError(f"--shift {name} is given twice", remedy="Give each asset one shift.")
            found[name] = weight(text, f"--shift {entry}")
    return found


def weight(text: str, where: str) -> Decimal:
    """A weight as people write it: +0.03, or 3%. Raises UsageError for what is none, or is above 1."""
    try:
        found = Decimal(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ArithmeticError:
        found = Decimal("NaN")
    if not found.is_finite():
        raise UsageError(f"{where} is no weight", remedy="Write +0.03, or -3%.")
    if abs(found) > 1:
        raise UsageError(f"{where} is beyond 1", remedy=f"Weights are fractions: did you mean {found / 100:+f}?")
    return found


def _begins(options: Namespace) -> date | None:
    return _day(options.begins, "--from") if options.begins else None


def _day(text: str, option: str) -> date:
    """A date. Raises UsageError for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        what = f"{option} {text} is not a date" if text else f"an override needs a last day ({option})"
        raise UsageError(what, remedy=f"Write it as {option} 2011-03-31.") from None
