"""`backtest` and `compare`: run a policy over past days, and set two runs side by side."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from trimtab.desk.backtest import backtest as run
from trimtab.desk.canonical import differences
from trimtab.desk.counterparts import counterparts
from trimtab.desk.policy import Policy
from trimtab.desk.result import Result
from trimtab.desk.rivals import SAA, rival
from trimtab.surfaces.cli.delivery import deliver
from trimtab.surfaces.cli.markets import market_of
from trimtab.surfaces.cli.options import ended, hint, on_data, opened, print_json, progress, say, workspace
from trimtab.surfaces.cli.outputs import Output, require_free, require_no_data
from trimtab.surfaces.cli.wrapping import wrapped


def backtest(options: Namespace) -> int:
    """Run, count the trial, save the run, write the report, print the screen."""
    policy = opened(options.policy, options)
    if options.report:
        require_free(options.report, Output.REPORT, "--report")
        require_no_data(options.report, policy, "--report")
    folder, market = workspace(options), market_of(policy, options)
    result = run(policy, market, progress=progress(options, policy.name))
    others = tuple(rivals(policy, result, options))
    name, report = deliver(result, others, folder, options, options.report or "")
    if not options.json:
        say(f" run {name}    report: {report}")
        hint(f" next: trimtab why {policy.universe[0].id}    trimtab compare {name} RUN", options)
    return 0


def rivals(policy: Policy, result: Result, options: Namespace) -> Iterator[Result]:
    """The results of everyone that `--vs` names, over the dates of the run itself; a regime always beside itself left out."""
    start = result.dates[0].item()
    for name in filter(None, (part.strip() for part in options.vs.split(","))):
        other = rival(policy, name)
        if name != SAA:
            other = ended(on_data(other, options), options)
        shared = other.universe == policy.universe and other.series == policy.series and name == SAA
        market = result.market if shared else market_of(other, options)
        yield run(other.with_horizon(start=start), market)
    for other in counterparts(policy):
        yield run(other.with_horizon(start=start), result.market)


def compare(options: Namespace) -> int:
    """What differs in the policies, and in what came out."""
    folder = workspace(options)
    metas = [folder.meta(name) for name in options.runs]
    policies = [folder.policy(meta["run"]) for meta in metas]
    changes = differences(policies[0].identity.canonical, policies[1].identity.canonical)
    if options.json:
        print_json("compare", {"runs": metas, "differences": list(changes)})
        return 0
    for line in comparison(metas, changes):
        say(line)
    return 0


def comparison(metas: list[dict[str, Any]], changes: tuple[str, ...]) -> Iterator[str]:
    """Lines: the changes of the policy in words, then each figure twice and its difference."""
    first, second = metas
    yield f" {first['run']} {first['title']}    against    {second['run']} {second['title']}"
    if first["data_sha256"] != second["data_sha256"]:
        yield " ! the two runs saw different data"
    for change in changes or ("the policies are the same",):
        yield from wrapped(change)
    yield f" {'':<20}{first['run']:>16}{second['run']:>16}{'difference':>14}"
    for key, value in first["summary"].items():
        other = second["summary"].get(key)
        if value is None and other is None:
            continue
        if isinstance(value, int | float) and isinstance(other, int | float):
            yield f" {key:<20}{value:>16,.4f}{other:>16,.4f}{other - value:>+14,.4f}"
        else:
            yield f" {key:<20}{value!s:>16}{other!s:>16}"
