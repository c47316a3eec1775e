"""The review on the screen: a line an account, and of a few accounts every asset, trade and check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation

import numpy as np

from trimtab.core.controls import Evaluation, Outcome
from trimtab.core.money import ZERO
from trimtab.core.orders import WAITING
from trimtab.desk.override_words import moved_lines
from trimtab.desk.proposing import Fate, Proposed
from trimtab.desk.rebalancing import Rebalance, Trade
from trimtab.desk.reviewing import Review, Skipped
from trimtab.execution.judgement import ALWAYS
from trimtab.surfaces.cli.book_options import count, money
from trimtab.surfaces.cli.options import counted
from trimtab.surfaces.cli.tables import clipped, number, percent, wide
from trimtab.surfaces.cli.wrapping import wrapped

PLACES, MOST_PLACES = 6, 12  # decimals of what was measured
FEW = 3  # accounts that are shown trade by trade
_UNDECIDED = ("stale", "refused", "traded")  # actions that lead to no proposal, over what is known


def review_lines(found: Review, made: Sequence[Proposed] | None, *, lots: bool, rules: bool) -> Iterator[str]:
    """The screen: a table of accounts, the trades of a few, who was skipped, and what became of a proposal."""
    if len(found.rebalances) != 1:
        yield from table(found)
    if len(found.rebalances) <= FEW:
        for one in found.rebalances:
            yield ""
            yield from detail(one, lots=lots)
    for one in found.rebalances if rules else ():
        yield ""
        yield from every_check(one)
    yield from skipped_lines(found.skipped)
    for proposed in made or ():
        yield from wrapped(f"{proposed.rebalance.name}: {fate_words(proposed)}")


def table(found: Review) -> Iterator[str]:
    """A line an account; what stops one stands below it."""
    every, full = found.rebalances, wide()
    stale = sum(one.action in _UNDECIDED for one in every)
    blocked = sum(one.action == "BLOCKED" for one in every)
    act = sum(bool(one.trades) and one.action not in (*_UNDECIDED, "BLOCKED") for one in every)
    rest = f"{len(every) - act - blocked - stale} need none" + (f", {stale} undecided" if stale else "")
    codes = {one.account.currency for one in every}
    unit = f"    money in {codes.pop()}" if len(codes) == 1 else "    money in the currency of each account" if codes else ""
    yield from wrapped(
        f"REBALANCE REVIEW    {counted(len(every), 'account')}: {act} need action, {blocked} blocked, {rest}{unit}"
    )
    if every:
        yield _table_head(full)
    for one in every:
        yield _table_row(one, full)
        for line in stopping(one) if one.action == "BLOCKED" else (*_undecided(one), *_traded_since(one)):
            yield from wrapped(f"  {line}")


def _table_head(full: bool) -> str:
    model = f" {'Model':<12}" if full else ""
    first = f" {'Account':<12}{model} {'Value':>14} {'Drift %':>7}  {'Action':<10} {'Turn. %':>7}"
    gains = f" {'ST gain':>10} {'LT gain':>10}" if full else ""
    after = f" {'Cash %':>7}" if full else ""
    return f"{first}{gains} {'Cost':>9}{after}  Policy"


def _table_row(one: Rebalance, full: bool) -> str:
    short, long = (sum((getattr(t, side) for t in one.trades), ZERO) for side in ("short", "long"))
    model = f" {clipped(one.outlook.policy.name, 12)}" if full else ""
    turnover = percent(one.turnover, 7) if one.trades else f"{'-':>7}"
    first = f" {clipped(one.name, 12)}{model} {one.book.nav:>14,.2f} {percent(one.drift, 7)}  {one.action:<10} {turnover}"
    gains = f" {money(short, 10)} {money(long, 10)}" if full else ""
    after = f" {percent(1.0 - float(one.after.sum()), 7)}" if full else ""
    return f"{first}{gains} {money(one.estimate, 9)}{after}  {_verdict(one)}"


def _verdict(one: Rebalance) -> str:
    """What the rules say, in a word or two."""
    if one.action in (*_UNDECIDED, "none"):
        return "-"
    blocks, warns = (
        len({e.rule for e in one.judgement.evaluations if e.outcome is kind}) for kind in (Outcome.BLOCK, Outcome.WARN)
    )
    words = [f"{blocks} block"] if blocks else []
    words += [f"{warns} warn"] if warns else []
    return ", ".join(words) or "ok"


def _undecided(one: Rebalance) -> Sequence[str]:
    return (*one.outlook.stale, *filter(None, [one.traded.refused]))


def _traded_since(one: Rebalance) -> Sequence[str]:
    """That the book which is looked at lacks fills, and how to look at all of it."""
    if not (one.later and one.trades):
        return ()
    looked = one.outlook.as_of
    return (f"traded on {one.later}, which the book of {looked} lacks: wait for the prices of that day (--as-of {one.later})",)


def stopping(one: Rebalance) -> list[str]:
    """The rules that block, each with what was measured and what is allowed."""
    return [said(e, one) for e in one.judgement.evaluations if e.outcome is Outcome.BLOCK]


def said(check: Evaluation, one: Rebalance) -> str:
    """A check in a line: rule, source, on what, how much."""
    return check_words(check, _on(check, one) if check.on else "")


def check_words(check: Evaluation, name: str) -> str:
    """A check in a line, on what is called `name`; empty: on all of it."""
    source = f" ({check.source})" if check.source and check.source != ALWAYS else ""
    on = f" {name}:" if name else ""
    value, most = figures(check)
    amount = "" if check.source == ALWAYS else f"; {value}, at most {most}"
    return f"{check.rule}{source}:{on} {check.words}{amount}"


def figures(check: Evaluation) -> tuple[str, str]:
    """What was measured, and what is allowed, to six decimals; to more where the two would look alike, and are not."""
    for places in range(PLACES, MOST_PLACES):
        value, most = _rounded(check.value, places), _rounded(check.limit, places)
        if value != most or check.value == check.limit:
            return value, most
    return check.value, check.limit


def _rounded(text: str, places: int) -> str:
    """A number with at most so many decimals; any other text as it is."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    return count(round(value, places)) if value.is_finite() and value.adjusted() < PLACES + MOST_PLACES else text


def _on(check: Evaluation, one: Rebalance) -> str:
    """The instrument of the order that was checked; all of them for the whole batch."""
    assets = {order.id: order.asset for order in one.traded.orders}
    return one.instruments[assets[check.on]] if check.on in assets else check.on or "all trades"


def every_check(one: Rebalance) -> Iterator[str]:
    """Every evaluation: what it is on, what was measured, what is allowed, and where the rule is written."""
    yield f" {one.name}: {counted(len(one.judgement.evaluations), 'check')}"
    yield f" {'':<5} {'Rule':<22} {'On':<12} {'Measured':>14} {'At most':>14}"
    for check in one.judgement.evaluations:
        value, most = (clipped(text, 14).rstrip() for text in figures(check))
        yield f" {check.outcome.name:<5} {clipped(check.rule, 22)} {clipped(_on(check, one), 12)} {value:>14} {most:>14}"
        yield from wrapped(f"      {check.words} ({check.source or 'no source'})", indent=6)


def detail(one: Rebalance, *, lots: bool) -> Iterator[str]:
    """One account: Now, Trade, After, Target for every asset, then its trades."""
    policy, decision = one.outlook.policy, one.traded
    yield from wrapped(f"{one.name} under {policy.title}    policy {policy.sha256[:12]}    as of {decision.today.when}")
    figures = f"drift {percent(one.drift, 1)} %    turnover {percent(one.turnover, 1)} %"
    yield f" {policy.currency.code} {one.book.nav:,.2f} managed    {one.action}    {figures}"
    width = min(32, max([16, *(len(asset.title) for asset in policy.universe)]))
    yield f" {'% of value':<{width}}     Now       Trade   After  Target"
    rows = zip(policy.universe, one.book.held.tolist(), one.after.tolist(), decision.target.tolist(), strict=True)
    for asset, held, then, target in rows:
        yield _row(clipped(asset.title, width), held, then, target)
    rest = [1.0 - float(np.sum(weights)) for weights in (one.book.held, one.after, decision.target)]
    yield _row(f"{'Cash':<{width}}", *rest, cash=True)
    for line in moved_lines(policy, one.decision, one.applied):
        yield from wrapped(f"OVERRIDE {line}")
    for trade in one.trades:
        yield from _trade_lines(one, trade, lots=lots)
    yield from _remarks(one)


def _row(name: str, held: float, then: float, target: float, *, cash: bool = False) -> str:
    traded = then - held
    verb = f"{'BUY ' if traded > 0 else 'SELL'} {percent(abs(traded), 5)}"
    if cash:
        verb = percent(traded, 10, signed=True)
    return f" {name} {percent(held, 7)}  {'-' if abs(traded) < 5e-5 else verb:>10} {percent(then, 7)} {percent(target, 7)}"


def _trade_lines(one: Rebalance, trade: Trade, *, lots: bool) -> Iterator[str]:
    sold = trade.units < 0
    where = "" if trade.place == one.account.id else f" in {clipped(trade.place, 20).rstrip()}"
    side, name = "SELL" if sold else "BUY ", clipped(one.instruments[trade.asset], 12)
    yield (
        f" {side} {number(abs(trade.units), 14)} {name} at {count(trade.reference)}{where}"
        f"    cost {money(trade.estimate)} ({trade.bps:.1f} bp)"
    )
    yield from wrapped(f"  because {trade.reason}")
    if sold:
        washed = f"; wash sales disallow {money(trade.disallowed)}" if trade.disallowed else ""
        gains = f"short-term {money(trade.short)}, long-term {money(trade.long)}"
        yield from wrapped(f"  gains: {gains}{washed}; tax {money(trade.tax)}")
    if lots and sold:
        taken = ", ".join(f"{count(units)} of lot {lot}" for lot, units in trade.lots)
        yield from wrapped(f"  lots: {taken or 'by the method of the account'}")


def _remarks(one: Rebalance) -> Iterator[str]:
    checks = one.judgement.evaluations
    tally = ", ".join(f"{sum(e.outcome is outcome for e in checks)} {outcome.value}" for outcome in Outcome)
    yield f" checks: {tally}    cash after {percent(1.0 - float(one.after.sum()), 1)} %"
    for e in checks:
        if e.outcome is not Outcome.PASS:
            yield from wrapped(f"{e.outcome.name} {said(e, one)}")
    if one.traded.refused:
        yield from wrapped(f"NOTHING IS TRADED: {one.traded.refused}")
    for a in one.traded.below_minimum:
        yield f" below the smallest trade, not placed: {one.instruments[a]}"
    for line in (*one.remarks, *_traded_since(one)):
        yield from wrapped(f"CAUTION {line}")
    if one.owed:
        yield f" set aside for taxes: {money(one.owed)}"
    for other in one.outside:
        yield from wrapped(f"not counted: {count(other.units)} {other.name} ({other.why})")
    for line in one.outlook.stale:
        yield from wrapped(f"STALE {line}. The policy allows {one.outlook.policy.horizon.stale_days} days.")


def fate_words(one: Proposed) -> str:
    """What became of a rebalance that was to be proposed."""
    if one.fate in (Fate.PROPOSED, Fate.STANDING) and one.orders:
        word = "proposed" if one.fate is Fate.PROPOSED else "proposed before"
        return f"{counted(len(one.orders), 'order')} {word} as {one.batch}"
    if one.fate is Fate.UNDECIDED:
        return "not proposed: " + "; ".join(_undecided(one.rebalance))
    if one.fate is Fate.BLOCKED:
        return "BLOCKED, not proposed: " + "; ".join(stopping(one.rebalance))
    if one.fate is Fate.LATE:
        return "not proposed: " + "; ".join(_traded_since(one.rebalance))
    if one.fate is Fate.BUSY:
        return f"not proposed: {ahead_words(one)}"
    return str(one.fate.value)


def ahead_words(one: Proposed) -> str:
    """Which orders stand before a proposal: of which day and policy, and how to go on."""
    of = dict.fromkeys(f"of {o.ticket.as_of} by {o.ticket.strategy} (policy {o.ticket.policy[:12]})" for o in one.ahead)
    waits = all(o.status in WAITING and not o.ticket.block for o in one.ahead)
    what = f"{counted(len(one.ahead), 'order')} {' and '.join(of)} {_DO[len(one.ahead) == 1, waits]}"
    way = '--supersede "why" lets them give way' if waits else "trimtab reconcile tells what became of them"
    return f"{what}: {way if len(one.ahead) > 1 else way.replace('them', 'it')} (see trimtab orders list {one.rebalance.name})"


_DO = {(True, True): "waits", (False, True): "wait", (True, False): "is working", (False, False): "are working"}


def skipped_lines(skipped: Sequence[Skipped]) -> Iterator[str]:
    """Who could not be asked, and why."""
    for one in skipped:
        yield from wrapped(f"skipped {one.account}: {one.why.removeprefix(f'{one.account} ')}")
