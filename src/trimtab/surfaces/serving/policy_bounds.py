"""What a policy that came through a browser or the API may name: registered components, and data inside the workspace.

It is looked at as plain values, before anything is built: a name such as `module:Class` would run code when it is built.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from trimtab.core.errors import PolicyError
from trimtab.desk.bundle_policy import require_registered
from trimtab.desk.yaml12 import Document
from trimtab.desk.yaml12 import Path as Keys

SOURCES = ("samples", "synthetic", "folder", "store")
_CODE, _DATA = "TT-POL-030", "TT-POL-031"
_REGISTERED = "Here a policy names registered components only: install it as a package with an entry point."


def require_bounds(document: Document, root: Path, folder: Path) -> None:
    """Raises PolicyError, with its place, for code of one's own and for what lies outside of `root`.

    Names of files are read from `folder`, in which the policy lies.
    """
    for path, text, is_key in _texts(document.values, ()):
        if not _prose(path) and _is_code(text):
            what = f"{text!r} is code outside Trimtab"
            raise PolicyError(what, where=document.where(path, key=is_key), remedy=_REGISTERED, code=_CODE)
    if not isinstance(document.values, dict):
        return
    for path, name in _files(document.values):
        _require_inside(document, path, str(name), (root, folder))
    data = document.values.get("data")
    use = data.get("use") if isinstance(data, dict) else None
    if isinstance(use, str) and use not in SOURCES:
        remedy = f"Here data come from {', '.join(SOURCES[:-1])} or {SOURCES[-1]}."
        raise PolicyError(f"data.use is {use!r}", where=document.where(("data", "use")), remedy=remedy, code=_DATA)


def _files(values: Mapping[str, Any]) -> Iterator[tuple[Keys, Any]]:
    """Everything in a policy that names a file or folder."""
    for section, key in (("data", "path"), ("tax", "rates")):
        part = values.get(section)
        if isinstance(part, dict) and part.get(key) is not None:
            yield (section, key), part[key]
    if values.get("views") is not None:
        yield ("views",), values["views"]


def _require_inside(document: Document, path: Keys, name: str, around: tuple[Path, Path]) -> None:
    root, folder = around
    odd = "\0" in name or "\\" in name or "://" in name or name.startswith(("/", "~"))
    if odd or not _resolved(folder / name).is_relative_to(root.resolve()):
        what = f"{'.'.join(map(str, path))} is {name[:60]!r}, which lies outside of the workspace"
        remedy = "Name what lies in it, as seen from the policy: ../market."
        raise PolicyError(what, where=document.where(path), remedy=remedy, code=_DATA)


def _resolved(place: Path) -> Path:
    try:
        return place.resolve()
    except (OSError, RuntimeError):  # links in a ring, or too long a name
        return Path("/")


def _is_code(text: str) -> bool:
    try:
        require_registered([text])
    except PolicyError:
        return True
    return False


def _prose(path: Keys) -> bool:
    """Whether a text is for people alone, and is never looked up."""
    if path in (("title",), ("description",)):
        return True
    return len(path) == 3 and (path[0], path[2]) in (("universe", "name"), ("rules", "source"))


def _texts(value: Any, path: Keys) -> Iterator[tuple[Keys, str, bool]]:
    """Every text with its place, keys too: names may be looked up as well."""
    if isinstance(value, str):
        yield path, value, False
    elif isinstance(value, dict):
        for key, part in value.items():
            yield (*path, key), key, True
            yield from _texts(part, (*path, key))
    elif isinstance(value, list):
        for k, part in enumerate(value):
            yield from _texts(part, (*path, k))
