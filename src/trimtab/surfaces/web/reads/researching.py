"""What a form of research offers: the policies that can be run, and the numbers of one that a sweep can vary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trimtab.core.errors import TrimtabError
from trimtab.desk import gallery
from trimtab.desk.load import load_policy
from trimtab.desk.neighbourhood import neighbourhood
from trimtab.desk.sweep_columns import text_of

FOLDER, MOST = Path("policies"), 200


def policy_choices() -> list[dict[str, Any]]:
    """The policies of the workspace, then the samples of the gallery: what a form takes, and what it is called."""
    found = sorted([*FOLDER.glob("*.yaml"), *Path().glob("*policy*.yaml")])[:MOST]
    files = [{"policy": one.as_posix(), "title": one.stem, "own": True} for one in found]
    samples = [{"policy": name, "title": gallery.entry(name).title, "own": False} for name in gallery.samples()]
    return [*files, *samples]


def offered(policy: str) -> dict[str, Any]:
    """The numbers of a policy that a sweep can vary: key, own value, and a line of the grid a quarter and a half off."""
    try:
        own = Path(policy)
        made = load_policy(policy) if own.is_file() else gallery.named(policy)
        found = neighbourhood(made).parameters
    except TrimtabError as error:
        return {"refused": str(error), "title": policy, "keys": []}
    keys = []
    for one in found:
        values = [text_of(value) for value in one.axis.values]
        keys.append({"key": one.name, "own": values[one.own], "values": values, "grid": f"{one.name}={','.join(values)}"})
    return {"title": made.title or made.name, "name": made.name, "sha256": made.sha256, "keys": keys}
