"""The verbs of the month: `practice`, `month`, `status`."""

from __future__ import annotations

import argparse
from typing import Any

from trimtab.surfaces.cli.book_verbs import Adding, place_of_book
from trimtab.surfaces.cli.order_verbs import accounts

POLICY = "a policy file, or the name of one in the gallery"


def add_month(verbs: Any, common: argparse.ArgumentParser, adding: Adding) -> None:
    """Add them all."""
    written = place_of_book(common)
    _practice(verbs, written, adding)
    _month(verbs, written, adding)
    _status(verbs, written, adding)


def _month(verbs: Any, written: argparse.ArgumentParser, adding: Adding) -> None:
    words = ("the month of accounts, as far as it goes today", "trimtab month --account A07")
    made = adding.verb(verbs, written, "month", "month:walk_month", words)
    made.add_argument("policy", metavar="POLICY", nargs="?", default="", help=f"{POLICY} (default: the one they follow)")
    accounts(made)
    way = made.add_mutually_exclusive_group()
    way.add_argument("--broker", choices=("paper",), default="paper", help="where orders are sent (default: paper)")
    way.add_argument("--export", metavar="FORM", default="", help="write orders into a file instead: see orders export")
    made.add_argument("--data", metavar="DIR", help="a folder of prices instead of the policy's own data")
    _notify(made)


def _status(verbs: Any, written: argparse.ArgumentParser, adding: Adding) -> None:
    words = ("do I need to act today, and on what first", "trimtab status")
    made = adding.verb(verbs, written, "status", "status:show_status", words)
    made.add_argument("--account", metavar="ACCOUNT", default="", help="only this account, or ACCOUNT/SLEEVE (default: all)")
    made.add_argument("--household", metavar="NAME", default="", help="only the accounts of a household")
    made.add_argument("--data", metavar="DIR", help="a folder of prices instead of the policies' own data")
    _notify(made)


def _notify(made: Any) -> None:
    text = "tell this address what came of it, through apprise; as often as wanted (or in TRIMTAB_NOTIFY)"
    made.add_argument("--notify", metavar="URL", action="append", default=[], help=text)
    made.add_argument("--notify-details", action="store_true", help="with units and amounts (default: title and first lines)")


def _practice(verbs: Any, written: argparse.ArgumentParser, adding: Adding) -> None:
    example = 'trimtab practice trend-overlay --account ME --cash "100000 USD" --at 2018-01-31 --workspace practice'
    words = ("a desk in the past, with a clock of its own", example)
    made = adding.verb(verbs, written, "practice", "practice:practice", words)
    text = "a policy file, or the name of one in the gallery: begins a desk (default: say what time it is there)"
    made.add_argument("policy", metavar="POLICY", nargs="?", default="", help=text)
    made.add_argument("--account", metavar="ACCOUNT", default="", help="the account to open")
    made.add_argument("--household", metavar="NAME", default="", help="of the account (default: Practice)")
    made.add_argument("--cash", metavar="MONEY", default="100000 USD", help="what it begins with (default: 100000 USD)")
    made.add_argument("--at", metavar="WHEN", default="", help="the first date, evening; or an instant, 2018-01-31T23:00:00Z")
    made.add_argument("--next", action="store_true", help="move the clock on, to when something can happen")
    made.add_argument("--to", metavar="WHEN", default="", help="move the clock on, to a date, evening, or an instant")
