"""The verb `economics` and its options."""

from __future__ import annotations

import argparse
from typing import Any

from trimtab.surfaces.cli.book_verbs import Adding, reading_book
from trimtab.surfaces.cli.seeds import seed


def add_economics(verbs: Any, common: argparse.ArgumentParser, adding: Adding) -> None:
    """Add it."""
    words = ("is a policy worth its cost, and from which size on", "trimtab economics trend-overlay --aum 50m")
    made = adding.verb(verbs, reading_book(common), "economics", "economics:economics", words)
    made.add_argument("policy", metavar="POLICY", help="a policy file, or the name of one in the gallery")
    made.add_argument("--aum", metavar="MONEY", required=True, help="how much money is run: 50m, 1.2bn, 50000000, '50m USD'")
    made.add_argument("--data-cost", metavar="MONEY", help="what data cost a year (default: as the fees of the policy say)")
    made.add_argument("--software", metavar="MONEY", help="what software costs a year (default: nothing)")
    text = "what management takes a year: 0.5%%, 50bp or 0.005 (default: adviser and funds, as the policy says)"
    made.add_argument("--management", metavar="RATE", help=text)
    made.add_argument("--hurdle", metavar="RATE", default="0", help="what must be left over a year (default: 0)")
    text = "count only what it costs more than its benchmark held still (default: all of it)"
    made.add_argument("--net-of", choices=["benchmark"], help=text)
    text = "realised against assumed cost of this account of the book (default: of the backtest)"
    made.add_argument("--account", metavar="NAME", help=text)
    made.add_argument("--seed", metavar="S", type=seed, default=1, help="of the intervals (default: 1)")
    made.add_argument("--data", metavar="DIR", help="a folder of prices instead of the policy's own data")
