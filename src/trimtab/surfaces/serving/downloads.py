"""Files that the desk has made and hands out: exports of orders, packs, months, statements, and what was uploaded.

A file is named as it lies in the workspace. Only plain files in these folders are handed out, none that is a link, and no
copy of users.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from trimtab.accounting.database.access_copy import ENDING
from trimtab.core.errors import UsageError

FOLDERS = ("orders", "uploads", "months", "statements", "committee", "backups")
MOST = 5000  # files that are listed
_DEEP = 2  # folders below


class NoFile(UsageError):
    """There is no such file to hand out."""

    code = "TT-API-011"


@dataclass(frozen=True, slots=True)
class Found:
    """A file: its name inside the workspace, and its size."""

    name: str
    size: int


def listed(root: Path) -> tuple[Found, ...]:
    """What may be handed out, by name."""
    found = [one for folder in FOLDERS for one in _below(root / folder, root, _DEEP)]
    return tuple(sorted(found[:MOST], key=lambda one: one.name))


def place_of(root: Path, name: str) -> Path:
    """Where a file lies that is handed out. Raises NoFile for anything else."""
    parts = PurePosixPath(name).parts
    good = bool(parts) and parts[0] in FOLDERS and 2 <= len(parts) <= _DEEP + 2 and "\\" not in name and "\0" not in name
    place = root.joinpath(*parts) if good else root
    if not good or any(one in ("..", ".") or one.startswith(".") for one in parts) or not _plain(place, root):
        raise NoFile("there is no such file", remedy="See the list of files.")
    return place


def _plain(place: Path, root: Path) -> bool:
    """Whether it is a file itself, in folders themselves: no link on the way."""
    inside = [place, *(one for one in place.parents if one.is_relative_to(root) and one != root)]
    if place.name.endswith(ENDING):
        return False
    return place.is_file() and not any(one.is_symlink() for one in inside) and place.resolve().is_relative_to(root.resolve())


def _below(folder: Path, root: Path, deep: int) -> Iterator[Found]:
    if not folder.is_dir() or folder.is_symlink():
        return
    for one in sorted(folder.iterdir()):
        if one.name.startswith(".") or one.name.endswith(ENDING) or one.is_symlink():
            continue
        if one.is_file():
            yield Found(one.relative_to(root).as_posix(), one.stat().st_size)
        elif deep:
            yield from _below(one, root, deep - 1)
