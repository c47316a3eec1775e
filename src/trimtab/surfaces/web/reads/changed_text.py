"""The file of a policy with other values in it: each is put where the old one stands, so that comments and order stay."""

from __future__ import annotations

import copy
import re
from typing import Any

from trimtab.core.errors import UsageError
from trimtab.desk.following import followed_by
from trimtab.desk.yaml12 import Document, Path, parse
from trimtab.surfaces.cli.book_options import opened
from trimtab.surfaces.serving import policy_files
from trimtab.surfaces.serving.verbs import Served
from trimtab.surfaces.web.reads.policies import below, options_of

_SCALAR = re.compile(r"[^\s,\[\]{}#'\"]+")
_VALUE = re.compile(r"[^\s,\[\]{}#'\":&*!|>%@`]{1,60}")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def changed_text(served: Served, account: str, changes: tuple[str, ...], name: str) -> str:
    """The text of the policy that an account follows, with `changes` (`KEY=VALUE`), called as its new file is.

    Raises UsageError for a key or value that cannot be put in, or data that would be looked for in another place.
    """
    with opened(options_of(served, "book list")) as book:
        policy = followed_by(book, account)
    text = policy.identity.source
    if "path" in policy.identity.canonical["data"] and below(policy.identity.folder) != policy_files.FOLDER:
        remedy = "Copy the policy into policies/ at the command line first."
        raise UsageError("its data are named as seen from another folder", remedy=remedy)
    stem = name.removesuffix(".yaml")
    if not _NAME.fullmatch(stem):
        raise UsageError(f"{name[:90]!r} is no name of a policy file", remedy="Use A-Z a-z 0-9 . _ - alone.")
    for key, _, value in (one.partition("=") for one in changes):
        text = put(text, key, value)
    return put(text, "name", stem)


def put(text: str, key: str, value: str) -> str:
    """The text with `value` where the value of a dotted key stands. Raises UsageError where nothing simple stands there."""
    document = parse(text, "policy")
    path = _path(document, key)
    line, column = document.places[path]
    lines = text.splitlines(keepends=True)
    old = _SCALAR.match(lines[line - 1], column - 1) if line <= len(lines) else None
    if old is None or not _VALUE.fullmatch(value):
        raise UsageError(f"{key} cannot be set to {value[:60]!r} here", remedy="Change it in the editor of the policy.")
    lines[line - 1] = lines[line - 1][: old.start()] + value + lines[line - 1][old.end() :]
    changed = "".join(lines)
    if parse(changed, "policy").values != _expected(document, path, value):
        raise UsageError(f"{key} cannot be set to {value[:60]!r} here", remedy="Change it in the editor of the policy.")
    return changed


def _path(document: Document, key: str) -> Path:
    """The path of a dotted key. Raises UsageError where no such value stands in the file."""
    path: list[str | int] = []
    here: Any = document.values
    for word in key.split("."):
        step: str | int = int(word) if isinstance(here, list) and word.isdecimal() else word
        known = (
            step in here if isinstance(here, dict) else isinstance(step, int) and isinstance(here, list) and step < len(here)
        )
        if not known:
            raise UsageError(f"{key} does not stand in the file", remedy="Add it in the editor of the policy.")
        here = here[step]
        path.append(step)
    if isinstance(here, dict | list):
        raise UsageError(f"{key} holds more than one value", remedy="Change it in the editor of the policy.")
    return tuple(path)


def _expected(document: Document, path: Path, value: str) -> Any:
    """The values of the document with another one at a path, read as YAML reads it."""
    values: Any = copy.deepcopy(document.values)
    here = values
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = parse(f"- {value}\n", "value").values[0]
    return values
