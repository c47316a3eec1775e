"""The manifest of a bundle: the hash of every file, what the policy saw, and with which versions it was packed."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from typing import Any

from trimtab.core.errors import UsageError
from trimtab.desk.bundle_data import data_manifest
from trimtab.desk.bundle_policy import UNUSED, Portable, components
from trimtab.desk.result import Result
from trimtab.desk.version import code_version

FORM, VERSION = "trimtab bundle", 1
PACKAGES = ("numpy", "scipy", "pandas")
DATES = ("since", "start", "end")


def manifest_of(made: Portable, result: Result, files: Mapping[str, bytes]) -> dict[str, Any]:
    """The manifest of a policy, its backtest and the other files of its bundle."""
    horizon = result.policy.horizon
    own = made.policy.horizon
    moved = {key: str(day) for key in DATES[:2] if (day := getattr(horizon, key)) != getattr(own, key) and day}
    return {
        "form": FORM,
        "version": VERSION,
        "policy": {
            "name": made.policy.name,
            "sha256": made.policy.sha256,
            "committed": made.committed,
            "left_out": list(made.left_out),
            "components": list(components(made.policy.identity.canonical)),
        },
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())},
        "notes": notes_of(result),
        "dates": moved | {"end": str(result.dates[-1])},
        "data": data_manifest(result.policy, result.market),
        "code": code_version(),
        "versions": {"python": platform.python_version(), **versions()},
    }


def versions() -> dict[str, str]:
    """Versions of the packages that make the numbers, where they are installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def require_shape(manifest: Mapping[str, Any], where: str) -> None:
    """Raise UsageError for a manifest that is not made as `pack` makes it: nobody looks twice later."""
    if manifest.get("form") != FORM or manifest.get("version") != VERSION:
        raise UsageError("this is no bundle of a form that is known here", where=where, remedy="Update Trimtab.")
    parts = ("version", "policy", "files", "dates", "data", "versions", "trials")
    holds = (
        _record(manifest, ("form", "code"), lists=("notes",), others=parts)
        and _record(manifest["policy"], ("name", "sha256", "committed"), lists=("left_out", "components"))
        and _listed(manifest["data"])
        and _named(manifest["dates"], DATES, "end")
        and _named(manifest["versions"], ("python", *PACKAGES), "python")
        and _count(manifest["trials"])
    )
    if not holds:
        raise UsageError("its manifest is not made as one is", where=where, remedy=UNUSED)


def _listed(data: Any) -> bool:
    """Whether the series of a manifest are described."""
    words = ("kind", "currency", "first", "last", "sha256")
    return (
        _record(data, ("use", "frequency", "rest"), others=("series",))
        and isinstance(data["series"], Mapping)
        and all(_record(one, words, others=("rows",)) and _count(one["rows"]) for one in data["series"].values())
    )


def _record(value: Any, words: Iterable[str], *, lists: Iterable[str] = (), others: Iterable[str] = ()) -> bool:
    """Whether a value holds these keys and no other, `words` as text, `lists` as lists of text."""
    return (
        isinstance(value, Mapping)
        and set(value) == {*words, *lists, *others}
        and all(isinstance(value[key], str) for key in words)
        and all(_list_of_words(value[key]) for key in lists)
    )


def _named(value: Any, known: Iterable[str], needed: str) -> bool:
    """Whether a value holds texts under known keys, one of them needed."""
    return isinstance(value, Mapping) and needed in value and _record(value, [key for key in known if key in value])


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _list_of_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def notes_of(result: Result) -> list[str]:
    """What is to be known of a run, in sentences; those with a path stay at home."""
    return [note for note in result.notes if "/" not in note and "\\" not in note]


def note_differences(theirs: Sequence[str], here: Sequence[str]) -> tuple[str, ...]:
    """What is noted on the run here and not in the bundle, and the other way round."""
    lacking = [f"not noted in the bundle: {words}" for words in here if words not in theirs]
    return (*lacking, *(f"noted in the bundle, and not here: {words}" for words in theirs if words not in here))


def remarks_on(manifest: Mapping[str, Any]) -> list[str]:
    """What is not the same here and may explain a difference."""
    here: dict[str, Any] = {"trimtab": code_version(), "python": platform.python_version(), **versions()}
    there = {"trimtab": manifest["code"], **manifest["versions"]}
    other = [name for name in here if there.get(name) not in (None, here[name])]
    return [f"packed with {name} {there[name]}, here it is {here[name]}" for name in other]
