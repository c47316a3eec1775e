"""Which policies a desk knows: those that its accounts follow, and the files in its folder of policies."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from pathlib import Path
from typing import Any

from trimtab.core.errors import TrimtabError
from trimtab.desk import gallery
from trimtab.desk.following import Following, followings, named_policy
from trimtab.surfaces.cli.book_options import opened
from trimtab.surfaces.serving import policy_files
from trimtab.surfaces.serving.asking import READER
from trimtab.surfaces.serving.verbs import Served, namespace

Plain = dict[str, Any]
HERE = Path()  # the process stands in the workspace


def options_of(served: Served, verb: str, **values: Any) -> Namespace:
    """The options of a verb, as it would be asked here."""
    return namespace(served, verb, values, READER)


def known_policies(served: Served) -> list[Plain]:
    """Every policy by the name that verbs take, with its title, SHA-256, the accounts that follow it, and any fault."""
    found: dict[str, list[str]] = {}
    shas: dict[str, str] = {}
    for one in _followings(served):
        written = below(one.policy)
        found.setdefault(written, []).append(one.account)
        shas[written] = one.sha256
    for name in policy_files.listed(HERE):
        found.setdefault(f"{policy_files.FOLDER}/{name}", [])
    rows = [_known(written, accounts, shas.get(written, "")) for written, accounts in sorted(found.items())]
    many = Counter(row["name"] for row in rows)
    return [row | {"label": row["name"] if many[row["name"]] == 1 else f"{row['name']}, {_file(row)}"} for row in rows]


def _file(row: Plain) -> str:
    """The file of a policy without its folder: what tells two of one name apart."""
    return str(row["policy"]).removeprefix(f"{policy_files.FOLDER}/")


def accounts_of(served: Served) -> list[Plain]:
    """The accounts (and sleeves) that follow a policy, with its name."""
    return [{"account": one.account, "policy": below(one.policy), "name": one.name} for one in _followings(served)]


def below(written: str) -> str:
    """A policy as it is called inside the workspace; what lies elsewhere, and the gallery's, keep their name."""
    place = Path(written)
    root = HERE.resolve()
    return place.relative_to(root).as_posix() if place.is_absolute() and place.is_relative_to(root) else written


def _followings(served: Served) -> list[Following]:
    with opened(options_of(served, "book list")) as book:
        return list(followings(book).values())


def _known(written: str, accounts: list[str], sha: str) -> Plain:
    row: Plain = {"policy": written, "accounts": accounts, "followed": sha, "name": written, "title": written, "sha256": ""}
    row["editable"] = Path(written).parent.as_posix() == policy_files.FOLDER
    row["gallery"] = written in gallery.names()
    try:
        policy = named_policy(written)
    except TrimtabError as error:
        return row | {"fault": str(error)}
    named = {"name": policy.name, "title": policy.title, "sha256": policy.sha256}
    changed = "the file has changed since accounts were told to follow it" if sha and policy.sha256 != sha else ""
    return row | named | {"fault": changed}
