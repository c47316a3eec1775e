"""The finished parts of a job in a folder of its own, so that a job which was ended goes on where it stood.

`<digest>/job.json` says what the job is; `parts/` holds a Parquet file for each finished part, whose name carries the
SHA-256 of its bytes; `results.parquet` holds them all in the order of the parts, whoever finished first. Files are written
beside their place, synced and renamed: a file that is there is whole, and one that was damaged since is done again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from trimtab.core.errors import DataError, UsageError
from trimtab.desk.shipping import checked_address
from trimtab.desk.sweep_packages import package
from trimtab.desk.writing import write_text

_PART = re.compile(r"(\d{8})-([0-9a-f]{32})\.parquet")
_CORRUPT = "Remove the folder of the job, and it starts from the beginning."


@dataclass(frozen=True)
class Job:
    """What a job is, in plain values: whatever changes its results. `parts` is how many there are."""

    what: Mapping[str, Any]
    parts: int

    def __post_init__(self) -> None:
        for text in _texts(self.what):
            if "://" in text:
                checked_address(text)  # what is written down holds no key

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the description."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def text(self) -> str:
        """As job.json holds it."""
        return json.dumps({"job": self.what, "parts": self.parts}, sort_keys=True, allow_nan=False, indent=1)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _texts(key)
            yield from _texts(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _texts(part)


@dataclass(slots=True)
class PartsStore:
    """The folder of one job, held by this process. `finished` maps the number of a part to its file."""

    folder: Path
    job: Job
    finished: dict[int, Path] = field(default_factory=dict)

    @property
    def missing(self) -> list[int]:
        """The parts that are still to be done."""
        return [index for index in range(self.job.parts) if index not in self.finished]

    def keep(self, index: int, columns: Mapping[str, Any]) -> None:
        """Write a finished part: columns of one length, numbers, dates or texts. A part is kept once. Raises DataError."""
        if index in self.finished or not 0 <= index < self.job.parts:
            raise DataError(f"part {index} is kept already, or none of this job", where=str(self.folder))
        draft = self._draft(lambda path: _write(path, [_table(columns)]))
        digest = _sha256(draft)
        place = self.folder / "parts" / f"{index:08d}-{digest[:32]}.parquet"
        _settle(draft, place)
        self.finished[index] = place

    def part(self, index: int) -> Any:
        """A finished part, a table of pyarrow."""
        return package("pyarrow.parquet").read_table(self.finished[index])

    def collect(self, gaps: Mapping[int, str]) -> Path | None:
        """Write `results.parquet` from the finished parts, and `gaps.json` where some are missing; returns the results.

        The bytes depend on the parts alone. None: no part is finished, and there are no results, not even older ones.
        Raises DataError where two parts have different columns.
        """
        place, listed = self.folder / "results.parquet", self.folder / "gaps.json"
        tables = (self.part(index) for index in sorted(self.finished))
        if self.finished:
            _settle(self._draft(lambda path: _write(path, tables)), place)
        else:
            place.unlink(missing_ok=True)
        if gaps:
            write_text(listed, json.dumps({str(index): gaps[index] for index in sorted(gaps)}, indent=1) + "\n")
        else:
            listed.unlink(missing_ok=True)
        return place if self.finished else None

    def _draft(self, write: Callable[[Path], None]) -> Path:
        draft = self.folder / "parts" / f".draft-{secrets.token_hex(6)}"
        try:
            write(draft)
            with draft.open("rb+") as file:
                os.fsync(file.fileno())
        except OSError as error:
            draft.unlink(missing_ok=True)
            what = f"a part cannot be written ({error.strerror or type(error).__name__})"
            raise DataError(what, where=str(self.folder), remedy="Make room, and start the job again: it goes on.") from error
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        return draft


@contextlib.contextmanager
def opened(root: Path, job: Job) -> Iterator[PartsStore]:
    """The folder of a job below `root`, held while the block runs, with what is finished already.

    Raises UsageError where another process runs the same job, DataError where the folder is another job's.
    """
    package("pyarrow")
    folder = root / job.digest[:32]
    (folder / "parts").mkdir(parents=True, exist_ok=True)
    with _held(folder):
        _described(folder, job)
        yield PartsStore(folder, job, _found(folder, job))


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    filelock: Any = package("filelock")
    lock, holder = filelock.FileLock(folder / ".lock"), folder / ".holder"
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        with contextlib.suppress(OSError, UnicodeDecodeError):
            who = holder.read_text(encoding="utf-8").strip()
            raise UsageError(f"{who} runs this job", where=str(folder), remedy="Wait for it, or end it.") from None
        raise UsageError("another process runs this job", where=str(folder), remedy="Wait for it, or end it.") from None
    try:
        holder.write_text(f"process {os.getpid()}", encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _described(folder: Path, job: Job) -> None:
    place = folder / "job.json"
    if not place.exists():
        write_text(place, job.text + "\n")
    elif place.read_text(encoding="utf-8", errors="replace") != job.text + "\n":
        raise DataError("job.json says another job than this one", where=str(place), remedy=_CORRUPT)


def whole_parts(folder: Path, job: Job) -> dict[int, Path]:
    """The finished parts of a job in its folder, by number: those whose bytes are what their name says. Removes nothing."""
    found: dict[int, Path] = {}
    for path in sorted((folder / "parts").glob("*.parquet")):
        match = _PART.fullmatch(path.name)
        if match is not None and int(match[1]) < job.parts and int(match[1]) not in found:
            with contextlib.suppress(OSError):  # it may be gone by now, or be no file
                if _sha256(path).startswith(match[2]):
                    found[int(match[1])] = path
    return found


def _found(folder: Path, job: Job) -> dict[int, Path]:
    """The finished parts; what is damaged, or was being written when a run ended, is removed."""
    found = whole_parts(folder, job)
    for path in {*(folder / "parts").iterdir()} - {*found.values()}:
        path.unlink()
    return found


def _table(columns: Mapping[str, Any]) -> Any:
    pa = package("pyarrow")
    try:
        return pa.table(dict(columns))
    except (pa.ArrowException, TypeError, ValueError) as error:
        what = f"the columns of a part are no table ({error})"
        raise DataError(what, remedy="Give numbers, dates or texts, as many in each column.") from error


def _write(path: Path, tables: Any) -> None:
    """The tables as groups of rows of one file."""
    parquet, writer = package("pyarrow.parquet"), None
    try:
        for table in tables:
            if writer is None:
                writer = parquet.ParquetWriter(path, table.schema, compression="zstd", write_page_checksum=True)
            elif table.schema != writer.schema:
                what = f"a part has the columns {table.schema.names}, another {writer.schema.names}, or of another kind"
                raise DataError(what, remedy="Each part must give the same columns.")
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def _settle(draft: Path, place: Path) -> None:
    """Rename, and make the name as safe as the file."""
    draft.replace(place)
    if os.name == "posix":
        handle = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
