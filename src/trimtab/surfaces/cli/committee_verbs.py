"""The verbs of an investment committee, `committee pack` and `committee minutes`, and their options."""

from __future__ import annotations

import argparse
from typing import Any

from trimtab.surfaces.cli.book_verbs import Adding, place_of_book
from trimtab.surfaces.cli.order_verbs import accounts


def add_committee(verbs: Any, common: argparse.ArgumentParser, adding: Adding) -> None:
    """Add them."""
    written = place_of_book(common)
    inner = adding.group(verbs, "committee", "the quarter of an investment committee: what lies before it, and its minutes")
    words = ("what lies before the committee, as one file", "trimtab committee pack 2010Q4 --account A07")
    pack = adding.verb(inner, written, "pack", "committee:pack", words)
    pack.add_argument("quarter", metavar="QUARTER", help="a quarter of the calendar, such as 2026Q3")
    accounts(pack)
    text = "the page (default: committee/QUARTER.html in the workspace, QUARTER-A07.html of one account)"
    pack.add_argument("--html", metavar="FILE", nargs="?", const="", default="", help=text)
    text = "print it as PDF too, with an installed Chromium or Chrome (default: beside the page)"
    pack.add_argument("--pdf", metavar="FILE", nargs="?", const="", default=None, help=text)
    pack.add_argument("--again", action="store_true", help="replace an earlier pack in its place")
    pack.add_argument("--data", metavar="DIR", help="a folder of prices instead of the policies' own data")
    words = ("write down a vote; without one, list the minutes", "trimtab committee minutes")
    said = adding.verb(inner, written, "minutes", "committee:minutes", words)
    said.add_argument("--proposal", metavar="P-N", default="", help="what was voted on, by its number in the pack")
    said.add_argument("--vote", metavar="FOR:AGAINST", default="", help="such as 4:1")
    said.add_argument("--why", metavar="TEXT", default="", help="what decided it; it will be read later")
    said.add_argument("--revisit", metavar="DATE", default="", help="when to look at it again: 2027-03 or 2027-03-15")
    said.add_argument("--pack", metavar="FILE", default="", help="what lay before the committee (default: the last page)")
    said.add_argument("--attended", metavar="NAMES", default="", help="who was there, comma separated")
