"""`why --account`: why an account holds so many units of an asset."""

from __future__ import annotations

from argparse import Namespace

from trimtab.core.errors import UsageError
from trimtab.desk.account_why import account_why
from trimtab.surfaces.cli.options import as_of, print_json, say
from trimtab.surfaces.cli.rebalance import order_book
from trimtab.surfaces.cli.sending import judge_of
from trimtab.surfaces.cli.wrapping import wrapped

HEADS = {"model": "what the model said", "people": "what people changed", "orders": "what was ordered", "held": "what is held"}


def why_account(options: Namespace) -> int:
    """From what the model said down to the lots."""
    if options.of or options.since:
        raise UsageError("--account tells of a book, --run and --since of a run", remedy="Leave --run and --since out.")
    with order_book(options) as orders:
        found = account_why(orders, judge_of(orders, options), options.account, options.asset, as_of(options))
    if options.json:
        body = {"account": found.account, "asset": found.asset, "when": str(found.when)}
        print_json("why", body | {name: list(lines) for name, lines in found.parts.items()})
        return 0
    say(f" {found.asset} in {found.account}, by the decision of {found.when}")
    for name, lines in found.parts.items():
        say(f" {HEADS[name]}")
        for line in lines:
            for part in wrapped(line, indent=4):
                say(f"  {part}")
    return 0
