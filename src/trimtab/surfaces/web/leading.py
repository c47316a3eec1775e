"""Where on the pages a command of the desk is done: `trimtab orders approve 2026-11-02/3` is a button on the trade review."""

from __future__ import annotations

import shlex
from functools import cache
from typing import NamedTuple
from urllib.parse import urlencode


class Lead(NamedTuple):
    """Words for a link, and its address; both empty where no page does it."""

    words: str = ""
    href: str = ""


NOWHERE = Lead()
_STANDS_FOR = ("FILLS", "POLICY", "paper")  # where a command leaves a name to whoever gives it
# By the first words of the command: words for the link, page, name of the field that the command's own name fills, anchor.
_LEADS = {
    ("orders", "approve"): ("Review and approve", "/trades", "batch", ""),
    ("orders", "hold"): ("Review what is put aside", "/trades", "batch", ""),
    ("month",): ("Walk the month", "/rebalance", "account", "month"),
    ("rebalance",): ("See which rule stops it", "/trades", "account", "checks"),
    ("release",): ("Look and release", "/orders", "account", "restraints"),
    ("reconcile",): ("Reconcile", "/orders", "account", "reconcile"),
    ("data",): ("Update the data", "/data", "", ""),
    ("review",): ("Hold the review", "/committee", "account", ""),
    ("committee",): ("Open the committee", "/committee", "", ""),
    ("policy",): ("Open the policies", "/policy", "", ""),
}


def lead(text: str) -> Lead:
    """The page for the command in a text; NOWHERE without one, or where its page is not there."""
    command = text.partition("trimtab ")[2]
    if not command:
        return NOWHERE
    words = _words(command)
    for length in (2, 1):
        if (found := _LEADS.get(tuple(words[:length]))) is not None and found[1] in paths():
            return _led(found, words[length:])
    return NOWHERE


def _words(command: str) -> list[str]:
    """The words of a command; the ones between blanks where quotes do not close."""
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def _led(found: tuple[str, str, str, str], rest: list[str]) -> Lead:
    """The link, filled with the account that the command names, else with its first name; words in capitals stand for one."""
    words, page, field, anchor = found
    named = rest[rest.index("--account") + 1 :] if "--account" in rest else [one for one in rest if one not in _STANDS_FOR]
    name = next((one for one in named if not one.startswith("-")), "")
    query = f"?{urlencode({field: name})}" if field and name else ""
    return Lead(words, f"{page}{query}{f'#{anchor}' if anchor else ''}")


@cache
def paths() -> frozenset[str]:
    """Where pages are."""
    from trimtab.surfaces.web.pages.every import PAGES

    return frozenset(page.path for page in PAGES)
