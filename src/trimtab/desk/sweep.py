"""A sweep: many variants of a policy on one market, in one pass. What they share is worked out once.

Goals come from the same `aims` as those of a backtest, once for each distinct knowledge. Accounts run in lanes where a
policy is plain (see `plain_lanes`), in the float twin where it is not, and in the exact ledger where taxes are paid. Law 8
holds all three together.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trimtab.core.arrays import Index
from trimtab.core.errors import TrimtabError, UsageError
from trimtab.data.market import Market
from trimtab.desk.plain_lanes import plain_book
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import check_market, until
from trimtab.desk.sweep_apart import run_apart
from trimtab.desk.sweep_lanes import run_lanes
from trimtab.desk.sweep_pass import Pass
from trimtab.desk.swept import Swept
from trimtab.desk.variants import Aspect, Variants
from trimtab.numerics.lanes_running import Engine


def sweep(
    variants: Variants, market: Market, numbers: Index | None = None, *, engine: Engine = Engine.AUTO, whole: bool = False
) -> Swept:
    """Run variants `numbers` (V,; all, where it is None) over `market`; with `whole` their wealth at every session is kept.

    A variant that cannot be run is told in `Swept.failed`. Raises UsageError where the market holds other assets than the
    policy, or there is no variant of a number.
    """
    some = np.arange(len(variants)) if numbers is None else np.asarray(numbers, dtype=np.intp)
    if len(some) and not 0 <= some.min() <= some.max() < len(variants):
        raise UsageError(f"variant {some.max()} of {len(variants)}", remedy=f"Give numbers from 0 to {len(variants) - 1}.")
    policies, groups, failed = _read(variants, market, some)
    if policies:
        market = until(market, next(iter(policies.values())).horizon.end)
    made = Pass.over(market, some, policies, groups, failed, whole=whole)
    alive = np.array([int(number) not in failed for number in some], dtype=bool)
    for b in np.unique(groups[Aspect.BOOK][alive]).tolist():
        mine = np.flatnonzero(alive & (groups[Aspect.BOOK] == b))
        policy = policies[Aspect.BOOK, b]
        made.capital[mine] = float(policy.horizon.capital.amount)
        rest = run_lanes(made, policy, mine, engine) if plain_book(policy, market) else mine
        run_apart(made, variants, policy, rest)
    return made.swept()


def _read(
    variants: Variants, market: Market, numbers: Index
) -> tuple[dict[tuple[Aspect, int], Policy], dict[Aspect, Index], dict[int, str]]:
    """A policy for each group that shares an aspect, the first that can be run; the groups; and what cannot be run."""
    policies, groups, failed = dict[tuple[Aspect, int], Policy](), dict[Aspect, Index](), dict[int, str]()
    for aspect in Aspect:
        _, groups[aspect] = variants.group(aspect, numbers)
        order = np.argsort(groups[aspect], kind="stable")
        edges = np.flatnonzero(np.diff(groups[aspect][order])) + 1
        for group, members in enumerate(np.split(numbers[order], edges)):
            known = [variants.representative(aspect, int(number)) for number in members[:1]]
            found = next(_sound(variants, market, known, {}), None)  # may be no variant of this part: nothing is noted of it
            found = found or next(_sound(variants, market, members.tolist(), failed), None)
            if found is not None:
                policies[aspect, group] = found
    return policies, groups, failed


def _sound(variants: Variants, market: Market, numbers: list[int], failed: dict[int, str]) -> Iterator[Policy]:
    """Those of some variants that can be read and run on the market; of the others it is noted why not."""
    for number in numbers:
        if number in failed:
            continue
        policy = None
        try:
            policy = variants.policy(number)
            check_market(policy, market)
        except TrimtabError as error:
            if policy is not None and policy.universe != market.assets:
                raise  # it is no variant that is at fault
            failed[number] = f"{error.what.rstrip('.')}. {error.remedy}" if error.remedy else error.what
            continue
        yield policy
