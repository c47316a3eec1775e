"""Runs every verb with a name outside of the workspace for each option that takes text, and tells what was opened.

A process of its own, since a hook of Python's audit events cannot be taken away again: the folder of the workspace and
the name come as arguments. As a control two ways are tried at the end without the check.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.surfaces.attacks.attacked import PLANTED
from tests.surfaces.attacks.reaching import SETTING, Way, texts, ways
from trimtab.surfaces.serving.operations import Kind
from trimtab.surfaces.serving.places import SETTINGS, require_inside
from trimtab.surfaces.serving.verbs import Served, tried

_NETWORK = ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system")
_FILES = ("open", "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename", "sqlite3.connect")


def main(folder: str, name: str) -> None:
    """Print what was reached, with the way that led there, once with the check and once without."""
    os.chdir(folder)
    found: list[str] = []
    now = [""]

    def heard(event: str, given: tuple[Any, ...]) -> None:
        what = str(given[0]) if given else ""
        telling = event in _NETWORK or (event in _FILES and ("canary" in what or PLANTED in what))
        if now[0] and telling:
            found.append(f"{now[0]}: {event} {what}")

    sys.addaudithook(heard)
    told = {}
    for how, tries in (("checked", _tries(name)), ("unchecked", _known(name))):
        for way, text in tries:
            now[0] = way.words
            _asked(way, text, checked=how == "checked")
            now[0] = ""
        told[how] = sorted(set(found))
        found.clear()
    sys.stdout.write(json.dumps(told))


def _tries(name: str) -> list[tuple[Way, str]]:
    plain = [(way, name) for way in texts() if way.operation.kind is not Kind.LONG]
    settings = [(way, text) for way in ways(SETTINGS, (Kind.READ,)) for text in SETTING[:2]]
    return [*plain, *settings, *_known(name)]


def _known(name: str) -> list[tuple[Way, str]]:
    """Two ways that lead out where names are not checked."""
    every = {way.words: way for way in ways(("policy", "set"), (Kind.READ,))}
    return [(every["read-policy-check policy"], name), (every["read-what-if set"], SETTING[0])]


def _asked(way: Way, text: str, *, checked: bool) -> None:
    values = way.values(text)
    try:
        if checked:
            require_inside(Path(), values)
        tried(Served(), way.operation.verb, {**values, **way.operation.fixed}, "reader")
    except Exception:  # noqa: BLE001, S110 - whatever it says: only what it reaches counts
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])
