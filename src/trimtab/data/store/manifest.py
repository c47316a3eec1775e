"""The manifest of a store: which files make it up, each with its SHA-256. Whoever reads it sees the old or the new store.

A change is: take the lock, write new files beside the old ones (draft, fsync, rename, fsync of the folder), replace the
manifest in the same way. Nothing that a manifest names is ever changed. Files that a change replaces stay for some changes
more, for readers that still hold an older manifest. What a killed writer leaves behind is swept by the next one.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.errors import DataError, UsageError
from trimtab.data.store.packages import package

NAME = "manifest.json"
FORMAT = 1
LATE = 16  # a reader may be so many changes behind


@dataclass(frozen=True, slots=True)
class Part:
    """One immutable file: its name below the store, its table, rows, size and SHA-256."""

    name: str
    table: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """State `number` of a store: its parts, when anything was last recorded, and the names of parts kept for late readers."""

    number: int = 0
    parts: tuple[Part, ...] = ()
    recorded: np.datetime64 = field(default=np.datetime64("1970-01-01T00:00:00", "s"))
    retired: Mapping[str, int] = field(default_factory=dict)  # name of a part to the change that replaced it

    def of(self, table: str) -> tuple[Part, ...]:
        """The parts of a table, oldest first."""
        return tuple(part for part in self.parts if part.table == table)

    @property
    def text(self) -> str:
        """As it is written."""
        names = Part.__dataclass_fields__
        parts = [{name: getattr(part, name) for name in names} for part in self.parts]
        body = {"format": FORMAT, "number": self.number, "recorded": f"{self.recorded}Z", "retired": dict(self.retired)}
        return json.dumps(body | {"parts": parts}, indent=1, allow_nan=False) + "\n"

    @property
    def digest(self) -> str:
        """SHA-256 over the parts: what a store holds, as one word."""
        return hashlib.sha256("\n".join(part.sha256 for part in self.parts).encode()).hexdigest()


def read_manifest(root: Path) -> Manifest:
    """The manifest in `root`. Raises UsageError where there is no store, DataError where its manifest is damaged."""
    place = root / NAME
    try:
        text = place.read_text(encoding="utf-8")
    except FileNotFoundError:
        remedy = f"Make one: trimtab data init --store {root}."
        raise UsageError("there is no market store", where=str(root), remedy=remedy) from None
    try:
        return _parsed(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        remedy = "Restore the store from a backup; nothing was written over it."
        raise DataError(f"the manifest cannot be read ({error})", where=str(place), remedy=remedy) from None


def _parsed(body: Any) -> Manifest:
    if body["format"] != FORMAT:
        raise ValueError(f"format {body['format']}, this version knows {FORMAT}: upgrade Trimtab")
    parts = tuple(Part(**part) for part in body["parts"])
    recorded = np.datetime64(body["recorded"].removesuffix("Z"), "s")
    return Manifest(int(body["number"]), parts, recorded, dict(body["retired"]))


@contextmanager
def locked(root: Path, *, wait: float = 30.0) -> Iterator[None]:
    """The right to write, held by one process at a time and let go by the system if it dies."""
    filelock: Any = package("filelock")
    lock = filelock.FileLock(root / ".lock")
    try:
        lock.acquire(timeout=wait)
    except filelock.Timeout:
        remedy = "Wait for it, or stop it; a lock of a process that died does not stay."
        raise DataError("another process is writing to this store", where=str(root), remedy=remedy) from None
    try:
        yield
    finally:
        lock.release()


Write = Callable[[Path], None]


def add_part(root: Path, table: str, rows: int, write: Write) -> Part:
    """Write one new file by `write(path)` and put it in place, on disk before its name is."""
    folder = root / table
    folder.mkdir(exist_ok=True)
    draft = folder / f".draft-{secrets.token_hex(6)}"
    try:
        write(draft)
        sha, size = _sealed(draft)
        name = f"{table}/{sha[:16]}.parquet"
        draft.replace(root / name)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _sync_folder(folder)
    return Part(name, table, rows, size, sha)


def commit(
    root: Path,
    before: Manifest,
    added: tuple[Part, ...],
    *,
    now: np.datetime64,
    dropped: frozenset[str] = frozenset(),
) -> Manifest:
    """Replace the manifest by one with the `added` parts and without those named in `dropped`."""
    kept = tuple(part for part in before.parts if part.name not in dropped)
    names = {part.name for part in kept}
    new = tuple(part for part in added if part.name not in names)
    number = before.number + 1
    late = {name: since for name, since in before.retired.items() if number - since < LATE}
    retired = late | dict.fromkeys(sorted(dropped), number)
    after = replace(before, number=number, parts=(*kept, *new), recorded=now, retired=retired)
    put_text(root / NAME, after.text)
    return after


def put_text(place: Path, text: str) -> None:
    """Replace a small file, on disk before its name is."""
    draft = place.with_name(f".draft-{secrets.token_hex(6)}")
    try:
        draft.write_text(text, encoding="utf-8")
        _sealed(draft)
        draft.replace(place)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _sync_folder(place.parent)


def sweep(root: Path, manifest: Manifest) -> None:
    """Remove what a killed writer left behind. Only under the lock."""
    kept = {part.name for part in manifest.parts} | set(manifest.retired)
    for folder in root.iterdir():
        if folder.name.startswith(".draft-"):
            folder.unlink(missing_ok=True)
        elif folder.is_dir():
            for file in folder.iterdir():
                name = f"{folder.name}/{file.name}"
                if (file.suffix == ".parquet" or file.name.startswith(".draft-")) and name not in kept:
                    file.unlink(missing_ok=True)


def _sealed(draft: Path) -> tuple[str, int]:
    """SHA-256 and size of a file that is on disk now."""
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    return sha256(draft), draft.stat().st_size


def sha256(place: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
