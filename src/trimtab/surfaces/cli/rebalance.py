"""`rebalance` and `decide --account`: the review of many accounts, one account trade by trade, and the proposal."""

from __future__ import annotations

import os
import socket
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.controls import Evaluation, Outcome
from trimtab.core.errors import UsageError
from trimtab.desk.live import SystemClock
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market
from trimtab.desk.proposing import Fate, Proposed, propose_all
from trimtab.desk.rebalancing import Rebalance, Trade
from trimtab.desk.reviewing import Moment, Review, Skipped, review, wanted
from trimtab.execution.judgement import ALWAYS
from trimtab.surfaces.cli.book_options import count, money, signature
from trimtab.surfaces.cli.book_options import opened as opened_book
from trimtab.surfaces.cli.options import as_of, counted, hint, on_data, opened, print_json, progress, say
from trimtab.surfaces.cli.screen import wrapped

FEW = 3  # accounts that are shown trade by trade


@contextmanager
def order_book(options: Namespace) -> Iterator[OrderBook]:
    """The orders of the book of record, written by whoever is asked for."""
    with opened_book(options) as book:
        yield OrderBook(book, SystemClock(), signature(options).author)


def claimant() -> str:
    """Host and number of the process, so that a claim whose answer was lost is known again."""
    return f"{socket.gethostname()}:{os.getpid()}"


def asked_name(options: Namespace) -> str:
    """The account or household that is asked for; empty for all. Raises UsageError where none or several are."""
    given: list[str] = [name for name in (options.account, options.household) if name] + ([""] if options.all else [])
    if len(given) != 1:
        what = "several of --account, --household and --all are given" if given else "no account is named"
        raise UsageError(what, remedy="Write --account A07, --household Mueller or --all.")
    return given[0]


def moment(options: Namespace) -> Moment:
    """The date that is looked at, and now."""
    now = SystemClock().now()
    day = as_of(options)
    return np.datetime64(day if day is not None else now.astype("datetime64[D]"), "D"), now


def reviewed(orders: OrderBook, options: Namespace) -> Review:
    """Every account that is asked for."""
    chosen = opened(options.policy, options).with_horizon(end=None) if options.policy else None

    def prepared(policy: Policy) -> Policy:
        return on_data(policy, options)

    asked = wanted(orders.store, asked_name(options), chosen, prepared)
    return review(orders, asked, load_market, moment(options), progress(options, "accounts", unit="account"))


def rebalance(options: Namespace) -> int:
    """Show what is to be traded; with --commit propose it, for a person to approve. Exit 5 where something waits."""
    with order_book(options) as orders:
        found = reviewed(orders, options)
        made = _proposed(orders, found.rebalances, options) if options.commit else None
    if options.json:
        print_json("rebalance", document(found, made))
    else:
        for line in lines(found, made, lots=options.lots):
            say(line)
        if made is None and any(one.trades for one in found.rebalances):
            hint(" nothing was written: add --commit to propose this", options)
    return exit_code(found, made)


def _proposed(orders: OrderBook, found: Sequence[Rebalance], options: Namespace) -> tuple[Proposed, ...]:
    reason = getattr(options, "supersede", "")
    return propose_all(orders, found, signature(options), claimant=claimant(), supersede=reason)


def decide_accounts(options: Namespace) -> int:
    """Decide on real books and propose what is to be traded; with --if-due only where the schedule calls for it."""
    with order_book(options) as orders:
        found = reviewed(orders, options)
        due = [one for one in found.rebalances if one.outlook.due or not options.if_due]
        made = propose_all(orders, due, signature(options), claimant=claimant())
    if options.json:
        print_json("decide", document(Review(tuple(due), found.skipped), made))
        return exit_code(found, made)
    for one in made:
        say(f" {one.rebalance.name:<12} {one.rebalance.outlook.policy.name:<24} {_said(one)}")
    _say_skipped(found.skipped)
    if len(due) < len(found.rebalances):
        say(f" nothing to do: {counted(len(found.rebalances) - len(due), 'account')} without a decision date on this session")
    return exit_code(found, made)


def _said(one: Proposed) -> str:
    if one.fate in (Fate.PROPOSED, Fate.STANDING) and one.orders:
        word = "proposed" if one.fate is Fate.PROPOSED else "proposed before"
        return f"{counted(len(one.orders), 'order')} {word}: trimtab orders list --batch {one.batch}"
    if one.fate is Fate.UNDECIDED:
        return "; ".join((*one.rebalance.outlook.stale, *filter(None, [one.rebalance.decision.refused])))
    if one.fate is Fate.BLOCKED:
        return "BLOCKED: " + "; ".join(stopping(one.rebalance))
    return str(one.fate.value)


def exit_code(found: Review, made: Sequence[Proposed] | None) -> int:
    """Of 6, 3, 4, 5 the first that applies."""
    parts = found.rebalances if made is None else made
    codes = {one.exit_code for one in parts}
    return next((code for code in (6, 3, 4, 5) if code in codes), 0)


def lines(found: Review, made: Sequence[Proposed] | None, *, lots: bool) -> Iterator[str]:
    """The screen: a table of accounts, and the trades of a few."""
    several = len(found.rebalances) != 1
    if several:
        yield from table(found)
    if len(found.rebalances) <= FEW:
        for one in found.rebalances:
            yield ""
            yield from detail(one, lots=lots)
    for name, why in found.skipped:
        yield from wrapped(f"skipped {name}: {why}")
    for proposed in made or ():
        yield f" {proposed.rebalance.name}: {_said(proposed)}"


def table(found: Review) -> Iterator[str]:
    """A line an account."""
    blocked = sum(one.blocked for one in found.rebalances)
    act = sum(bool(one.trades) for one in found.rebalances) - blocked
    rest = len(found.rebalances) - act - blocked
    count_words = counted(len(found.rebalances), "account")
    yield f" REBALANCE REVIEW    {count_words}: {act} need action, {blocked} blocked, {rest} need none"
    head = f" {'Account':<10} {'Model':<18}{'Value':>16} {'Drift':>7}  {'Action':<11}{'Turnover':>9}"
    yield f"{head}{'ST gain':>12}{'LT gain':>12}{'Cost':>10}  Policy"
    for one in found.rebalances:
        short, long = sum(t.short for t in one.trades), sum(t.long for t in one.trades)
        turnover = f"{one.turnover:8.1%}" if one.trades else f"{'-':>8}"
        value = f"{one.book.nav:>16,.2f} {one.drift:>7.1%}"
        yield (
            f" {one.name:<10} {one.outlook.policy.name[:18]:<18}{value}  {one.action:<11}{turnover} "
            f"{short:>11,.0f} {long:>11,.0f} {money(one.estimate, 9)}  {rules_words(one)}"
        )


def rules_words(one: Rebalance) -> str:
    """What the gate says, in a few words."""
    if one.decision.refused:
        return one.decision.refused
    if one.outlook.stale:
        return f"STALE: {one.outlook.stale[0]}"
    stops, warns = stopping(one), [e for e in one.judgement.evaluations if e.outcome is Outcome.WARN]
    if one.trades and stops:
        return "; ".join(stops)
    return f"warns: {', '.join(dict.fromkeys(e.rule for e in warns))}" if warns else "ok"


def stopping(one: Rebalance) -> list[str]:
    """The rules that block, each with what was measured and what is allowed."""
    return [said(e) for e in one.judgement.evaluations if e.outcome is Outcome.BLOCK]


def said(one: Evaluation) -> str:
    """An evaluation in a line."""
    source = f" ({one.source})" if one.source and one.source != ALWAYS else ""
    return f"{one.rule}{source}: {one.words}" + ("" if one.source == ALWAYS else f"; {one.value}, at most {one.limit}")


def detail(one: Rebalance, *, lots: bool) -> Iterator[str]:
    """One account: Now, Trade, After, Target for every asset, then its trades."""
    policy, decision = one.outlook.policy, one.decision
    yield f" {one.name} under {policy.title}    policy {policy.sha256[:12]}    as of {decision.today.when}"
    figures = f"drift {one.drift:.1%}    turnover {one.turnover:.1%}"
    yield f" {policy.currency.code} {one.book.nav:,.2f} managed    {one.action}    {figures}"
    width = max([16, *(len(asset.title) for asset in policy.universe)])
    yield f" {'':<{width}}     Now       Trade   After  Target"
    rows = zip(policy.universe, one.book.held.tolist(), one.after.tolist(), decision.target.tolist(), strict=True)
    for asset, held, then, target in rows:
        yield _row(asset.title, width, held, then, target)
    rest = [1.0 - float(np.sum(weights)) for weights in (one.book.held, one.after, decision.target)]
    yield _row("Cash", width, *rest)
    for trade in one.trades:
        yield from _trade_lines(one, trade, lots=lots)
    yield from _remarks(one)


def _row(name: str, width: int, held: float, then: float, target: float) -> str:
    traded = then - held
    verb = "-" if abs(traded) < 5e-5 else f"{'BUY ' if traded > 0 else 'SELL'} {abs(traded) * 100:5.1f}"
    if name == "Cash":
        verb = "-" if abs(traded) < 5e-5 else f"{traded * 100:+10.1f}"
    return f" {name:<{width}} {held * 100:7.1f}  {verb:>10} {then * 100:7.1f} {target * 100:7.1f}"


def _trade_lines(one: Rebalance, trade: Trade, *, lots: bool) -> Iterator[str]:
    verb = "BUY " if trade.units > 0 else "SELL"
    where = "" if trade.place == one.account.id else f" in {trade.place}"
    gains = f"    gains short {money(trade.short)} long {money(trade.long)}" if trade.units < 0 else ""
    tax = "" if trade.units > 0 else f"    tax {money(trade.tax)}"
    yield (
        f" {verb} {count(abs(trade.units)):>14} {one.instruments[trade.asset]:<8} at {count(trade.reference)}{where}"
        f"    cost {money(trade.estimate)} ({trade.bps:.1f} bp){gains}{tax}"
    )
    yield from wrapped(f"  because {trade.reason}")
    if lots and trade.lots:
        taken = ", ".join(f"{count(units)} of lot {lot}" for lot, units in trade.lots)
        yield from wrapped(f"  lots: {taken}")


def _remarks(one: Rebalance) -> Iterator[str]:
    tally = {outcome: sum(e.outcome is outcome for e in one.judgement.evaluations) for outcome in Outcome}
    yield f" rules: {tally[Outcome.PASS]} pass, {tally[Outcome.WARN]} warn, {tally[Outcome.BLOCK]} block"
    for e in one.judgement.evaluations:
        if e.outcome is not Outcome.PASS:
            yield from wrapped(f"{e.outcome.name} {said(e)}")
    if one.decision.refused:
        yield from wrapped(f"NOTHING IS TRADED: {one.decision.refused}")
    for a in one.decision.below_minimum:
        yield f" below the smallest trade, not placed: {one.instruments[a]}"
    if one.owed:
        yield f" set aside for taxes: {money(one.owed)}"
    for other in one.outside:
        yield from wrapped(f"not counted: {count(other.units)} {other.name} ({other.why})")
    for line in one.outlook.stale:
        yield from wrapped(f"STALE {line}. The policy allows {one.outlook.policy.horizon.stale_days} days.")


def _say_skipped(skipped: Sequence[Skipped]) -> None:
    for name, why in skipped:
        for line in wrapped(f"skipped {name}: {why}"):
            say(line)


def document(found: Review, made: Sequence[Proposed] | None) -> dict[str, Any]:
    """The same in plain values: weights are fractions, money and units exact text."""
    fates = {} if made is None else {one.rebalance.name: one for one in made}
    return {
        "accounts": [account_document(one, fates.get(one.name)) for one in found.rebalances],
        "skipped": [one._asdict() for one in found.skipped],
        "exit_code": exit_code(found, made),
    }


def account_document(one: Rebalance, made: Proposed | None) -> dict[str, Any]:
    """One account in plain values."""
    policy, decision = one.outlook.policy, one.decision
    rows = zip(policy.universe, one.book.held.tolist(), one.after.tolist(), decision.target.tolist(), strict=True)
    return {
        "account": one.name,
        "policy": policy.name,
        "policy_sha256": policy.sha256,
        "as_of": str(one.outlook.as_of),
        "when": str(decision.today.when),
        "due": one.outlook.due,
        "nav": float(one.book.nav),
        "drift": one.drift,
        "turnover": one.turnover,
        "action": one.action,
        "assets": {asset.id: {"held": held, "after": then, "target": target} for asset, held, then, target in rows},
        "trades": [_trade_document(one, trade) for trade in one.trades],
        "estimate": str(one.estimate),
        "tax": None if one.tax is None else str(one.tax),
        "tax_set_aside": str(one.owed),
        "evaluations": [e._asdict() | {"outcome": e.outcome.value} for e in one.judgement.evaluations],
        "outside": [{"name": o.name, "units": str(o.units), "why": o.why} for o in one.outside],
        "stale": list(one.outlook.stale),
        "refused": decision.refused,
        "proposal": None if made is None else {
            "fate": made.fate.value, "batch": made.batch, "orders": [order.id for order in made.orders],
        },
    }  # fmt: skip


def _trade_document(one: Rebalance, trade: Trade) -> dict[str, Any]:
    return {
        "instrument": one.instruments[trade.asset],
        "asset": one.outlook.policy.universe[trade.asset].id,
        "place": trade.place,
        "units": f"{trade.units:f}",
        "reference": f"{trade.reference:f}",
        "reason": trade.reason,
        "lots": [{"lot": lot, "units": f"{units:f}"} for lot, units in trade.lots],
        "estimate": str(trade.estimate),
        "bps": float(trade.bps),
        "short_gain": str(trade.short),
        "long_gain": str(trade.long),
        "tax": None if trade.tax is None else str(trade.tax),
    }
