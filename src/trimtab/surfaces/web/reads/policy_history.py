"""What the journal says of a policy: committed, moved from stage to stage, followed, asked to be changed; the newest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from trimtab.accounting.database.notes import Noted, notes
from trimtab.desk.following import KIND as FOLLOWS
from trimtab.desk.process_notes import CHANGED, COMMITTED, PROMOTED, REQUESTED, SIGNED, WAIVED
from trimtab.surfaces.cli.book_options import opened
from trimtab.surfaces.serving.verbs import Served
from trimtab.surfaces.web.reads.policies import Plain, options_of

_SHORT = 12

_Words = Callable[[Noted], str]
_WORDS: Mapping[str, _Words] = {
    COMMITTED: lambda one: f"committed: {one.body['hypothesis']}",
    PROMOTED: lambda one: f"moved from {one.body['from']} to {one.body['to']}{_accepted(one.body)}",
    WAIVED: lambda one: f"the months on paper waived: {one.body['why']}",
    FOLLOWS: lambda one: f"{one.place} follows it",
    REQUESTED: lambda one: f"{one.body['id']}: change asked for, {' to '.join(one.body['names'])}: {one.body['why']}",
    SIGNED: lambda one: f"{one.body['id']}: change signed",
    CHANGED: lambda one: f"{one.body['id']}: {one.place} changed over",
}


def policy_history(served: Served, name: str) -> list[Plain]:
    """Every note on a policy of a name, whatever its SHA-256 was, so that its versions stand in one list."""
    found = []
    with opened(options_of(served, "book list")) as book:
        asked = [one for one in notes(book, REQUESTED) if name in one.body["names"]]
        ids = {one.body["id"] for one in asked}
        every = {kind: list(notes(book, kind)) for kind in _WORDS}
        hashes = {
            one.body["sha256"] for kind in (COMMITTED, PROMOTED, FOLLOWS) for one in every[kind] if one.body["name"] == name
        }
        for kind, some in every.items():
            found += [(one, kind) for one in some if one.body.get("sha256") in hashes or one.body.get("id") in ids]
    rows = sorted(found, key=lambda pair: pair[0].record, reverse=True)
    return [_row(one, _WORDS[kind](one)) for one, kind in rows]


def _row(one: Noted, words: str) -> Plain:
    sha = str(one.body.get("sha256", one.body.get("new", "")))
    return {
        "record": one.record,
        "at": one.recorded[:16].replace("T", " "),
        "by": one.author,
        "what": words,
        "sha256": sha[:_SHORT],
    }


def _accepted(body: Mapping[str, Any]) -> str:
    return f"; what its validation fails is accepted: {body['accepted']}" if body.get("accepted") else ""
