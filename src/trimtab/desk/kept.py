"""Policies by name or by hash: a file, one of the gallery, or what the journal keeps of one whose file is gone or edited."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import PolicyError, UsageError
from trimtab.desk import gallery
from trimtab.desk.following import followed, followings, named_policy
from trimtab.desk.load import read_policy
from trimtab.desk.policy import Policy
from trimtab.desk.process_notes import COMMITTED
from trimtab.desk.proposing import kept_policy
from trimtab.desk.yaml12 import parse

_HASH = re.compile(r"[0-9a-f]{4,64}")


def kept_as(book: BookStore, sha256: str) -> Policy:
    """The policy with this hash, as the journal keeps it. Raises UsageError where it has none, or reads it otherwise by now."""
    note = kept_policy(book, sha256)
    document = parse(note["source"], f"policy {note['name']}")
    held = read_policy(document, source=note["source"], folder=Path(note["folder"]))
    if held.sha256 != sha256:
        what = f"policy {note['name']} of the journal reads as {held.sha256[:12]}, not as {sha256[:12]}"
        raise UsageError(what, remedy="It was written for another version: decline its orders, and propose again.")
    return held


def policy_in(book: BookStore, written: str) -> Policy:
    """A policy by its file, its name in the gallery, or the first letters of its hash in the journal.

    Raises UsageError where letters mean several or none, PolicyError for a file that does not hold.
    """
    if Path(written).is_file() or written in gallery.names() or not _HASH.fullmatch(written):
        return named_policy(written)
    found = sorted({str(one.body["sha256"]) for one in notes(book, "policy") if str(one.body["sha256"]).startswith(written)})
    if len(found) == 1:
        return kept_as(book, found[0])
    if found:
        raise UsageError(f"{written} means {len(found)} policies of the journal", remedy="Give more letters of its hash.")
    what = f"there is no policy file {written}, and the journal keeps none with such a hash"
    raise UsageError(what, remedy="See which there are: trimtab policy status.")


def policies_of(book: BookStore) -> tuple[Policy, ...]:
    """Every policy that somebody has committed to, oldest first, then those that accounts follow, as far as they can be read.

    A followed file that says something else by now is left out, unless the journal keeps what it said.
    """
    kept = {str(one.body["sha256"]) for one in notes(book, "policy")}
    follow = {one.sha256: one for one in followings(book).values()}
    found = []
    for sha256 in dict.fromkeys([*(str(one.body["sha256"]) for one in notes(book, COMMITTED)), *follow]):
        with suppress(PolicyError, UsageError):
            found.append(kept_as(book, sha256) if sha256 in kept else followed(follow[sha256]))
    return tuple(found)
