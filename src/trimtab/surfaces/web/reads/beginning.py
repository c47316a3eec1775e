"""What a desk is begun with: its accounts and what each follows, and the policies that one could follow.

Runs in a worker process, which stands in the workspace.
"""

from __future__ import annotations

from typing import Any

from trimtab.desk import gallery
from trimtab.desk.following import followings
from trimtab.surfaces.cli.book_options import opened
from trimtab.surfaces.serving import policy_files
from trimtab.surfaces.serving.verbs import Served
from trimtab.surfaces.web.reads.policies import HERE, below, options_of

Plain = dict[str, Any]


def beginnings(served: Served) -> Plain:
    """Every account with its household, what it follows and whether anything is booked; and the policies there are."""
    with opened(options_of(served, "book list")) as book:
        followed = {one.account: below(one.policy) for one in followings(book).values()}
        accounts = [
            {
                "account": one.id,
                "household": one.household,
                "follows": followed.get(one.id, ""),
                "booked": book.count(one.id) > 0,
            }
            for one in book.accounts()
        ]
    return {"accounts": accounts, "policies": _policies()}


def _policies() -> list[list[str]]:
    """Name and words of each: those of the workspace, then the gallery's, first what runs on the sample data."""
    own = [f"{policy_files.FOLDER}/{name}" for name in policy_files.listed(HERE)]
    kept = sorted(gallery.names(), key=lambda name: (not gallery.entry(name).sample, name))
    return [*([name, name] for name in own), *([name, _words(name)] for name in kept)]


def _words(name: str) -> str:
    entry = gallery.entry(name)
    return f"{entry.title} ({'gallery, on the sample data' if entry.sample else 'gallery, needs prices'})"
