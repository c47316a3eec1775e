"""The market that a verb looks at. On a practice desk it ends at the clock: `load_market` itself is for no verb."""

from __future__ import annotations

from argparse import Namespace

from trimtab.data.market import Market
from trimtab.desk.live import PracticeClock, clock_of
from trimtab.desk.policy import Policy
from trimtab.desk.practice import Loader, loader_of
from trimtab.surfaces.cli.options import hint, on_data


def market_of(policy: Policy, options: Namespace) -> Market:
    """The market of a policy that is on its data already, as far as it is known in the workspace."""
    return loader_of(options.workspace)(policy)


def loader(options: Namespace) -> Loader:
    """The market of a policy, on the data of `--data`; read once for each policy."""
    known: dict[str, Market] = {}

    def load(policy: Policy) -> Market:
        if policy.sha256 not in known:
            known[policy.sha256] = market_of(on_data(policy, options), options)
        return known[policy.sha256]

    return load


def say_whole(options: Namespace) -> None:
    """Say on a practice desk that a verb, which is no part of the desk's work, looks past its clock."""
    clock = clock_of(options.workspace)
    if isinstance(clock, PracticeClock):
        hint(f" ! this looks at all of the data, also at what comes after {clock.at}Z: it is no part of a decision", options)
