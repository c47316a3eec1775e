"""The verbs `review` and `adherence`, and their options."""

from __future__ import annotations

import argparse
from typing import Any

from trimtab.surfaces.cli.book_verbs import Adding, place_of_book, reading_book
from trimtab.surfaces.cli.order_verbs import accounts

DATA = "a folder of prices instead of the policy's own data"


def add_review(verbs: Any, common: argparse.ArgumentParser, adding: Adding) -> None:
    """Add both."""
    words = ("was the process kept to: the score, with every violation", "trimtab adherence --account A07")
    score = adding.verb(verbs, reading_book(common), "adherence", "adherence:adherence", words)
    accounts(score)
    score.add_argument("--from", dest="first", metavar="DATE", default="", help="from this day (default: the first one)")
    score.add_argument("--to", dest="until", metavar="DATE", default="", help="to this day (default: today)")
    score.add_argument("--data", metavar="DIR", help=DATA)
    words = ("the review that is due: of the process, or of a full cycle", "trimtab review --quarter --account A07")
    made = adding.verb(verbs, place_of_book(common), "review", "process_review:review", words)
    kind = made.add_mutually_exclusive_group()
    kind.add_argument("--quarter", action="store_true", help="the process alone; no figure of what it earned (default)")
    kind.add_argument("--cycle", action="store_true", help="3 to 5 years, and whether parameters are open")
    kind.add_argument("--calendar", action="store_true", help="what is due when, and what to do then")
    accounts(made)
    made.add_argument("--hold", action="store_true", help="write down that it was held (default: only show)")
    made.add_argument("--attended", metavar="NAMES", default="", help="of --hold: who was there, comma separated")
    made.add_argument("--said", metavar="TEXT", default="", help="of --hold: what was said; needed for a score below 100")
    made.add_argument("--data", metavar="DIR", help=DATA)
