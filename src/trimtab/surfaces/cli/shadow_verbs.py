"""The verb `shadow` and its options."""

from __future__ import annotations

import argparse
from typing import Any

from trimtab.surfaces.cli.book_verbs import Adding, place_of_book


def add_shadow(verbs: Any, common: argparse.ArgumentParser, adding: Adding) -> None:
    """Add it."""
    words = ("what the model as specified made beside an account, and what people made of it", "trimtab shadow A07")
    made = adding.verb(verbs, place_of_book(common), "shadow", "shadow:shadow", words)
    made.add_argument("account", metavar="ACCOUNT", help="an account, or ACCOUNT/SLEEVE")
    made.add_argument("--from", dest="first", metavar="DATE", help="from the last session up to a day (default: all of it)")
    made.add_argument("--old", action="store_true", help="beside the policies that it has left, for as long as they run on")
    made.add_argument("--data", metavar="DIR", help="a folder of prices instead of the policies' own data")
