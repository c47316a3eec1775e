"""The verbs of commitment under `policy`: commit, promote, status, and change, sign, changes."""

from __future__ import annotations

import argparse
from typing import Any

from trimtab.surfaces.cli.book_verbs import Adding, place_of_book, reading_book
from trimtab.surfaces.cli.expect_verbs import PATHS, SEED, YEARS
from trimtab.surfaces.cli.seeds import seed

STAGES = ("draft", "candidate", "paper", "live")
CAUSES = ("flaw", "data", "mandate", "review")
NAMED = "a policy file, the name of one in the gallery, or the first letters of its SHA-256"


def add_commitment(inner: Any, common: argparse.ArgumentParser, adding: Adding) -> None:
    """Add them under the noun `policy`."""
    written = place_of_book(common)
    _commit(inner, written, adding)
    _promote(inner, written, adding)
    words = ("how far policies have come, and what the next stage needs", "trimtab policy status policy.yaml")
    status = adding.verb(inner, reading_book(common), "status", "commitment:status", words)
    status.add_argument("policy", metavar="POLICY", nargs="?", default="", help=f"{NAMED} (default: all of the book)")
    _changing(inner, written, adding)
    words = ("every change request, who signed it and what it waits for", "trimtab policy changes")
    adding.verb(inner, reading_book(common), "changes", "changing:changes", words)


def _commit(inner: Any, written: argparse.ArgumentParser, adding: Adding) -> None:
    words = (
        "commit to a policy, with what you expect of it and why",
        'trimtab policy commit policy.yaml --hypothesis "Trends persist, as investors react late"',
    )
    made = adding.verb(inner, written, "commit", "commitment:commit_policy", words)
    made.description += " Where nothing is written down of what to expect, that is drawn first, as trimtab expect --save does."
    made.add_argument("policy", metavar="POLICY", help="a policy file, or the name of one in the gallery")
    made.add_argument("--hypothesis", metavar="TEXT", required=True, help="what is expected, and why; it is kept for good")
    made.add_argument("--paths", metavar="N", type=int, default=PATHS, help=f"histories to draw (default: {PATHS:,})")
    made.add_argument("--years", metavar="H", type=int, default=YEARS, help=f"years of each (default: {YEARS})")
    made.add_argument("--seed", metavar="S", type=seed, default=SEED, help=f"the same seed, the same numbers (default: {SEED})")
    made.add_argument("--data", metavar="DIR", help="a folder of prices instead of the policy's own data")


def _promote(inner: Any, written: argparse.ArgumentParser, adding: Adding) -> None:
    words = ("move a policy to another stage, or back", "trimtab policy promote policy.yaml --to candidate")
    made = adding.verb(inner, written, "promote", "commitment:promote_policy", words)
    made.add_argument("policy", metavar="POLICY", help=NAMED)
    made.add_argument("--to", choices=STAGES, required=True, help="one stage up, or any number of them back")
    text = "of --to paper: why the checks that its validation fails are accepted"
    made.add_argument("--accept", metavar="REASON", default="", help=text)
    text = "of --to live: why the six months on paper are waived; two people sign, the second one moves it"
    made.add_argument("--waive", metavar="REASON", default="", help=text)
    made.add_argument("--reason", metavar="TEXT", default="", help="why it goes back; it is kept")


def _changing(inner: Any, written: argparse.ArgumentParser, adding: Adding) -> None:
    words = (
        "ask for another policy in the place of one on paper or live",
        'trimtab policy change policy.yaml other.yaml --cause flaw --reason "dividends were counted twice"',
    )
    made = adding.verb(inner, written, "change", "changing:change", words)
    made.add_argument("old", metavar="OLD", help=f"{NAMED}: the one that is followed")
    made.add_argument("new", metavar="NEW", help=f"{NAMED}: the one that takes its place")
    text = "fundamental flaw, data error, mandate change, or scheduled review of a full cycle"
    made.add_argument("--cause", choices=CAUSES, required=True, help=text)
    made.add_argument("--reason", metavar="TEXT", default="", help="what is wrong, and how it was found; it is kept")
    words = ("sign a change request that somebody else made", "trimtab policy sign C-1 --by ben")
    made = adding.verb(inner, written, "sign", "changing:sign_change", words)
    made.add_argument("request", metavar="REQUEST", help="its id, such as C-1")
