"""Data to the workers, once: a market as one file under its SHA-256, on a disk that all see or in an object store.

A worker fetches a parcel once in a process, checks every byte against the digest, and keeps the market. Access to a store
comes from the environment of each machine (its role, or the variables of Amazon's and Azure's own tools): no key passes
through Trimtab, and an address that holds one is refused.
"""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from trimtab.core.errors import DataError, TrimtabError, UsageError
from trimtab.data.market import Market
from trimtab.desk.market_codec import pack, unpack
from trimtab.desk.sweep_packages import package

SCHEMES = frozenset(("file", "s3", "s3a", "abfs", "abfss", "az", "memory"))
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://(.*)", re.DOTALL | re.IGNORECASE)
_KEYS = re.compile(r"[?&#;]|accountkey=|sharedaccess|sig=|://[^/]*:[^/]*@", re.IGNORECASE)
_AZURE_HOST = re.compile(r"[\w$-]+@[\w.-]+")  # container@account.dfs.core.windows.net names a place, and no person


@dataclass(frozen=True, slots=True)
class Parcel:
    """A market elsewhere: where it lies, the SHA-256 of its bytes, and how many there are."""

    address: str
    digest: str
    size: int

    def fetch(self) -> Market:
        """The market; the same object every time within a process. Raises DataError where it is missing or another one."""
        return _fetched(self)


def ship(market: Market, place: str | Path) -> Parcel:
    """Put a market into a folder or an object store (`s3://bucket/folder`), unless it is there already.

    Raises UsageError for an address that is none or holds a key, DataError where it cannot be written.
    """
    packed = pack(market)
    digest = hashlib.sha256(packed).hexdigest()
    address = f"{checked_address(str(place)).rstrip('/')}/{digest[:32]}.market"
    parcel = Parcel(address, digest, len(packed))
    with _explained("written", address):
        if folder := _local(address):
            _write_file(folder, packed)
        else:
            store, path = _store(address)
            store.invalidate_cache()
            if not store.exists(path) or store.size(path) != len(packed):
                store.pipe_file(path, packed)
    return parcel


def checked_address(address: str) -> str:
    """The address, where it names a place and nothing else. Raises UsageError, which does not repeat what it may hold."""
    match = _SCHEME.fullmatch(address)
    if match is None:
        return str(Path(address).resolve())
    if match[1].lower() not in SCHEMES:
        what = f"an address that begins with {match[1]}:// is none that Trimtab ships to"
        raise UsageError(what, remedy=f"Use a folder, or one of: {', '.join(sorted(SCHEMES))}.")
    host = match[2].partition("/")[0]
    azure = match[1].lower().startswith("abfs") and _AZURE_HOST.fullmatch(host)
    if _KEYS.search(address) or ("@" in host and not azure):
        remedy = "Name the place alone; keys stand in the environment, or better, the machine has a role."
        raise UsageError(f"the {match[1]}:// address holds more than a place", remedy=remedy)
    return address


@lru_cache(maxsize=2)
def _fetched(parcel: Parcel) -> Market:
    with _explained("fetched", parcel.address):
        packed = _bytes(parcel)
    if len(packed) != parcel.size or hashlib.sha256(packed).hexdigest() != parcel.digest:
        remedy = "Remove it there and start the job again: it is shipped anew."
        raise DataError("these are not the data of the job: their SHA-256 is another", where=parcel.address, remedy=remedy)
    return unpack(packed)


def _bytes(parcel: Parcel) -> Any:
    place = _local(parcel.address)
    if place is None:
        store, path = _store(parcel.address)
        return store.cat_file(path)
    with place.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _local(address: str) -> Path | None:
    match = _SCHEME.fullmatch(address)
    if match is None:
        return Path(address)
    return Path(match[2]) if match[1].lower() == "file" else None


def _store(address: str) -> tuple[Any, str]:
    scheme = address.partition("://")[0]
    if scheme != "memory":
        package("s3fs" if scheme.startswith("s3") else "adlfs", "objects")
    store, path = package("fsspec.core", "objects").url_to_fs(address)
    return store, path


@contextlib.contextmanager
def _explained(done: str, address: str) -> Iterator[None]:
    """One line for whatever a store raises. Its own text may hold a key or a signed address, and is not repeated."""
    try:
        yield
    except TrimtabError:
        raise
    except Exception as error:  # noqa: BLE001 - each store has its own errors
        what = f"the data of the job cannot be {done} ({type(error).__name__})"
        remedy = "Check that it is there, and what this machine's role or variables allow it."
        raise DataError(what, where=address, remedy=remedy) from None


def _write_file(place: Path, packed: bytes) -> None:
    if place.exists() and place.read_bytes() == packed:
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=".draft-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(packed)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(place)
    except BaseException:  # Ctrl-C too: no half file stays behind
        Path(name).unlink(missing_ok=True)
        raise
