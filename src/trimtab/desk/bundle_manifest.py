"""The manifest of a bundle: the hash of every file, what the policy saw, and with which versions it was packed."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Mapping
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
        "notes": [note for note in result.notes if "/" not in note and "\\" not in note],  # those with a path stay at home
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
    about, data, dates, versions = (manifest.get(key) for key in ("policy", "data", "dates", "versions"))
    holds = (
        _words(about, ("name", "sha256", "committed"))
        and _list_of_words(about["left_out"] if isinstance(about, Mapping) and "left_out" in about else None)
        and _listed(data)
        and _words(dates, ("end", *(dates if isinstance(dates, Mapping) else ())))
        and _words(versions, versions if isinstance(versions, Mapping) else ())
        and _words(manifest, ("code",))
        and _list_of_words(manifest.get("notes"))
    )
    if not holds:
        raise UsageError("its manifest is not made as one is", where=where, remedy=UNUSED)


def _listed(data: Any) -> bool:
    """Whether the series of a manifest are described."""
    series = data.get("series") if isinstance(data, Mapping) else None
    return isinstance(series, Mapping) and all(_words(one, ("sha256", "first", "last")) for one in series.values())


def _words(value: Any, keys: Iterable[str]) -> bool:
    return isinstance(value, Mapping) and all(isinstance(value.get(key), str) for key in keys)


def _list_of_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def remarks_on(manifest: Mapping[str, Any]) -> list[str]:
    """What is not the same here and may explain a difference."""
    here: dict[str, Any] = {"trimtab": code_version(), "python": platform.python_version(), **versions()}
    there = {"trimtab": manifest["code"], **manifest["versions"]}
    other = [name for name in here if there.get(name) not in (None, here[name])]
    return [f"packed with {name} {there[name]}, here it is {here[name]}" for name in other]
