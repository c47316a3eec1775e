"""`decide` and `why`: what the policy calls for, and the chain of reasons behind one asset's weight."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import numpy as np

from trimtab.core.errors import UsageError
from trimtab.core.trades import Decision
from trimtab.desk.backtest import backtest
from trimtab.desk.policy import Policy
from trimtab.desk.propose import Proposal, propose
from trimtab.desk.record import decision_record
from trimtab.desk.result import Result
from trimtab.desk.trial_code import code_of
from trimtab.desk.why import explain, on_signals
from trimtab.desk.workspace import Workspace
from trimtab.desk.writing import write_text
from trimtab.surfaces.cli.markets import market_of
from trimtab.surfaces.cli.options import as_of, opened, print_json, progress, say, workspace
from trimtab.surfaces.cli.screen import decision_lines, head
from trimtab.surfaces.cli.wrapping import wrapped

FOLDED = 12  # more sentences on signals than this are left out


def decide(options: Namespace) -> int:
    """Compute and record today's decision. Exit 3 where a blocking rule is breached, 4 where data are stale.

    With accounts it is made on their real books, and proposed: exit 5 where orders wait for a person.
    """
    if options.account or options.household or options.all:
        return int(import_module("trimtab.surfaces.cli.rebalance").decide_accounts(options))
    if not options.policy:
        raise UsageError("no policy is named", remedy="Write trimtab decide POLICY, or --account A07 or --all.")
    day = as_of(options)
    policy = opened(options.policy, options).with_horizon(end=None)
    market = market_of(policy, options)
    proposal = propose(policy, market, None if day is None else np.datetime64(day), progress=progress(options, policy.name))
    if options.if_due and not proposal.due:
        say(f" nothing to do: {proposal.decision.today.when} is no decision date of {policy.name}")
        return 0
    record = recorded(proposal)
    place = workspace(options).folder / "decisions" / f"{proposal.as_of}-{policy.sha256[:12]}.json"
    write_text(place, json.dumps(record, indent=2, sort_keys=True, allow_nan=False) + "\n")
    if options.json:
        print_json("decision", record)
    else:
        for line in proposal_lines(proposal):
            say(line)
        say(f" recorded: {place}    nothing was sent")
    return proposal.exit_code


def recorded(proposal: Proposal) -> dict[str, Any]:
    """A proposal as plain values."""
    policy = proposal.result.policy
    return decision_record(policy, proposal.decision) | {
        "as_of": str(proposal.as_of),
        "due": proposal.due,
        "policy": policy.name,
        "policy_sha256": policy.sha256,
        "data_sha256": proposal.result.data_digest,
        "execution": proposal.result.execution_words,
        "breaches": [f"{b.rule.id or b.rule.limit.words}: {b.amount:.4%} over" for b in proposal.breaches],
        "stale": list(proposal.stale),
        "reasons": list(proposal.result.reason(proposal.decision)),
        "exit_code": proposal.exit_code,
    }


def proposal_lines(proposal: Proposal) -> Iterator[str]:
    """The screen of a proposal."""
    yield from head(proposal.result)
    yield ""
    yield from decision_lines(proposal.result, proposal.decision)
    if proposal.as_of != proposal.decision.today.when:
        yield f" asked for {proposal.as_of}: the last session known by then is {proposal.decision.today.when}"
    if not proposal.due:
        yield f" {proposal.decision.today.when} is no decision date of the schedule: shown for information"
    for reason in shortened(proposal.result.reason(proposal.decision)):
        yield from wrapped(reason)
    for breach in proposal.breaches:
        yield from wrapped(f"BREACH {breach.rule.id or breach.rule.limit.words}: {breach.amount:.2%} over")
    for line in proposal.stale:
        yield from wrapped(f"STALE {line}. The policy allows {proposal.result.policy.horizon.stale_days} days.")


def shortened(reasons: Sequence[str]) -> Iterator[str]:
    """The reasons, with those of the signals left out where they are too many to read at one glance."""
    count = sum(map(on_signals, reasons))
    if count > FOLDED:
        yield f"{count} sentences on signals: see `trimtab signals POLICY`, or `trimtab why ASSET` after a backtest."
    yield from (line for line in reasons if count <= FOLDED or not on_signals(line))


def why(options: Namespace) -> int:
    """Replay the run and explain one asset's weight at a date; of an account of the book, its units."""
    if options.account:
        return int(import_module("trimtab.surfaces.cli.why_account").why_account(options))
    folder = workspace(options)
    name = options.of or folder.last()
    result = replayed(folder, folder.meta(name)["run"], options)
    asset = find_asset(result.policy, options.asset)
    number = chosen(result, options)
    decision = result.decisions[number]
    lines = list(explain(result.policy, result.market, decision, asset))
    if options.since and number:
        lines = [*changes(result.decisions[number - 1], decision, asset), *lines]
    if options.json:
        print_json("why", {"run": name, "asset": result.assets[asset].id, "when": str(decision.today.when), "lines": lines})
        return 0
    say(f" {result.assets[asset].title} on {decision.today.when}")
    for line in lines:
        for part in wrapped(line):
            say(f"  {part}")
    return 0


def replayed(folder: Workspace, run: str, options: Namespace) -> Result:
    """The run computed again. Raises UsageError where its data or its owner's code have changed: it would be another run."""
    meta = folder.meta(run)
    policy = folder.policy(run)
    if "own_code" in meta and code_of(policy) != (meta["own_code"] or {}):
        what = f"the code of one's own that run {run} was made with was edited since"
        raise UsageError(what, remedy="Run it again: trimtab backtest POLICY.")
    result = backtest(policy, market_of(policy, options), progress=progress(options, policy.name))
    if result.data_digest != meta["data_sha256"]:
        raise UsageError(f"the data of run {run} have changed since", remedy="Run it again: trimtab backtest POLICY.")
    return result


def chosen(result: Result, options: Namespace) -> int:
    """Number of the last decision up to `--as-of`. Raises UsageError where there is none."""
    day = as_of(options)
    dates = [decision.today.when for decision in result.decisions]
    number = len(dates) if day is None else int(np.searchsorted(dates, np.datetime64(day), side="right"))
    if number == 0:
        raise UsageError(f"no decision up to {day}", remedy=f"The first is of {dates[0]}.")
    return number - 1


def find_asset(policy: Policy, name: str) -> int:
    """Number of an asset by id or title, upper or lower case. Raises UsageError with the nearest name."""
    names = {text.lower(): a for a, asset in enumerate(policy.universe) for text in (asset.id, asset.title)}
    if name.lower() in names:
        return names[name.lower()]
    near = get_close_matches(name.lower(), names, 1)
    known = ", ".join(asset.id for asset in policy.universe)
    remedy = f"Did you mean {policy.universe[names[near[0]]].id}?" if near else f"Assets: {known}."
    raise UsageError(f"no asset {name!r} in policy {policy.name}", remedy=remedy)


def changes(before: Decision, now: Decision, asset: int) -> Iterator[str]:
    """What moved since the decision before: target, signals, score."""
    old, new = float(before.target[asset]), float(now.target[asset])
    yield f"target {new:.1%} (on {before.today.when} {old:.1%}, {(new - old) * 100:+.1f})"
    for k, name in enumerate(now.today.parts.names):
        was, is_now = before.today.parts.values[k, asset], now.today.parts.values[k, asset]
        if np.isfinite(was) and np.isfinite(is_now) and was != is_now:
            yield f"{name} went from {was:+.2f} to {is_now:+.2f}"
    held = (float(before.book.held[asset]), float(now.book.held[asset]))
    yield f"held {held[1]:.1%} (on {before.today.when} {held[0]:.1%}): the market moved the rest"
