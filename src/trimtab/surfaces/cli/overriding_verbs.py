"""The verbs `override` and `overrides`, and their options."""

from __future__ import annotations

import argparse
from typing import Any

from trimtab.surfaces.cli.book_verbs import Adding, place_of_book

EXAMPLE = 'trimtab override --account A07 --shift SPY=+0.03 --shift TLT=-0.03 --until 2011-03-31 --reason "rates will rise"'


def add_overriding(verbs: Any, common: argparse.ArgumentParser, adding: Adding) -> None:
    """Add them both."""
    written = place_of_book(common)
    words = ("change what an account trades, until a day and with a reason; never what the model said", EXAMPLE)
    made = adding.verb(verbs, written, "override", "overriding:override", words)
    made.description += " The policy that the account follows says how much and for how long (overrides: {size: 0.05})."
    made.add_argument("--account", metavar="ACCOUNT", default="", help="account, or ACCOUNT/SLEEVE")
    text = "weight that is added to an asset of the policy, or taken away; what the shifts do not sum to is cash"
    made.add_argument("--shift", metavar="ASSET=+X", action="append", default=[], help=text)
    made.add_argument("--hold", metavar="ASSET", action="append", default=[], help="an asset that is not traded")
    made.add_argument("--from", dest="begins", metavar="DATE", default="", help="its first day (default: today)")
    made.add_argument("--until", metavar="DATE", default="", help="its last day: it ends by itself")
    made.add_argument("--policy", metavar="POLICY", default="", help="default: the one that the account follows")
    made.add_argument("--end", metavar="ID", default="", help="end the override O-1 now, instead of writing one")
    made.add_argument("--reason", metavar="TEXT", default="", help="why; it is kept")
    words = ("overrides with what they cost, and orders that people changed", "trimtab overrides")
    shown = adding.verb(verbs, written, "overrides", "overriding:overrides", words)
    shown.add_argument("--account", metavar="ACCOUNT", default="", help="of one account, or ACCOUNT/SLEEVE (default: of all)")
    shown.add_argument("--all", action="store_true", help="those that are over, too")
    shown.add_argument("--data", metavar="DIR", help="a folder of prices instead of the policies' own data, for what they cost")
